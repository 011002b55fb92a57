"""The blank files of a new study: they open, offer what the menu has, and say what they must."""

import re

import openpyxl
import pytest
from openpyxl.utils import range_boundaries

from matcher.menu.card import parse_menu, read_menu
from matcher.paths import MENU
from matcher.study.questionnaire import own_toml, questionnaire
from matcher.study.templates import N_ROWS, questions_text, write_templates
from matcher.study.workbooks import MADE
from matcher.trials.columns import STATES
from matcher.vocabulary import SBI_VERSIONS, SIZE_CLASSES

LANGUAGES = ("nl", "en")
NAMES = own_toml("templates.toml")["names"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("study") / "templates"
    for language in LANGUAGES:
        write_templates(place, language, read_menu(MENU))
    return place


def opened(folder, kind, language):
    return openpyxl.load_workbook(folder / NAMES[kind][language])


def offered(book):
    """Return heading -> the words offered below it, and whether others are asked about."""
    sheet = book.worksheets[0]
    found = {}
    for offer in sheet.data_validations.dataValidation:
        where, cells = re.fullmatch(r"'(.+)'!(.+)", offer.formula1).groups()
        listed = [row[0].value for row in book[where][cells.replace("$", "")]]
        (covered,) = offer.sqref.ranges
        column, first, _, last = range_boundaries(str(covered))
        assert (first, last) == (2, N_ROWS + 1)
        found[sheet.cell(1, column).value] = (listed, offer.errorStyle, offer.showErrorMessage)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_log_offers_the_cards_of_the_menu_and_every_state(folder, language):
    approaches, states = offered(opened(folder, "log", language)).values()
    cards = [getattr(card.name, language) for card in read_menu(MENU)]
    only = {"nl": "alleen gemeten", "en": "only measured"}[language]
    # What is not on the menu may be typed, after a question.
    assert approaches == ([*cards, only], "warning", True)
    assert len(states[0]) == len(STATES)
    assert [each["state"] for each in own_toml("templates.toml")["log"]["states"]] == [*STATES]


def test_a_card_that_gets_another_name_is_offered_by_that_name(tmp_path):
    source = MENU.read_text(encoding="utf-8").replace('nl = "Leercoach"', 'nl = "Leermaat"')
    write_templates(tmp_path, "nl", parse_menu(source, "menu.toml"))
    approaches, _ = offered(opened(tmp_path, "log", "nl"))["Aanpak"][:2]
    assert "Leermaat" in approaches
    assert "Leercoach" not in approaches


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_keeps_what_excel_would_change(folder, language):
    book = opened(folder, "companies", language)
    sheet = book.worksheets[0]
    assert all(cell.number_format == "@" for row in sheet["A2:G301"] for cell in row)
    versions, sizes = offered(book).values()
    # They are offered, and a number of people may be typed too.
    assert versions == ([*SBI_VERSIONS], None, False)
    assert sizes == ([*SIZE_CLASSES], None, False)
    assert sheet.freeze_panes == "A2"
    assert sheet.max_column == 7


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_in_the_log_look_like_days(folder, language):
    sheet = opened(folder, "log", language).worksheets[0]
    days = [cell.number_format == "dd-mm-yyyy" for cell in sheet[2]]
    assert days == [False, False, True, True] + [False] * 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_workbook_explains_itself(folder, language):
    for kind in ("companies", "log", "sheet"):
        said = [row[0] for row in opened(folder, kind, language).worksheets[-1].values]
        assert len(said) > 5
        assert all(text.endswith(".") for text in said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_questions_can_be_pasted_and_say_what_they_must(folder, language):
    text = (folder / NAMES["questions"][language]).read_text(encoding="utf-8")
    assert text == questions_text(language)
    ask = questionnaire()
    before, copied = re.split(r"^---.*---$", text, flags=re.M)
    assert all(f". {item.text[language]}\n" in copied for item in ask.items)
    assert all(f"   {word[language]}\n" in copied for word in ask.scale)
    for said in (*ask.intro, ask.consent, ask.company_code, ask.pairing_code_help, ask.thanks):
        assert said[language] in copied
    assert all(each[language] in before for each in ask.not_validated)
    assert {"nl": "Zin e van vraag 4", "en": "Sentence e of question 4"}[language] in before
    assert "{" not in text


def test_one_of_the_eight_sentences_is_reversed():
    items = questionnaire().items
    assert [item.is_reversed for item in items] == [n == 4 for n in range(8)]
    assert len(questionnaire().scale) == 7


def test_the_sheet_of_questions_has_what_the_text_has(folder):
    for language in LANGUAGES:
        rows = [*opened(folder, "sheet", language).worksheets[0].values][1:]
        text = questions_text(language)
        assert all(row[2] in text for row in rows)
        assert [row[0] for row in rows if row[5] in ("ja", "yes")] == ["4e"]
        assert [row[0] for row in rows] == list("1234") + [f"4{x}" for x in "abcdefgh"] + ["5", "6"]


def test_the_same_menu_gives_the_same_bytes_at_another_hour(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1_900_000_000.0)
    written = write_templates(tmp_path, "nl", read_menu(MENU))
    assert [path.name for path in written] == [names["nl"] for names in NAMES.values()]
    for path in written:
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name
        if path.suffix == ".xlsx":
            told = openpyxl.load_workbook(path).properties
            assert (told.created, told.modified) == (MADE, MADE)
