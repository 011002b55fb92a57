"""The pages of a version: whole, alone, the same in two languages, and honest."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

import matcher.report.pages
from matcher.evaluation.findings import Challenge, Estimate
from matcher.evaluation.verdict import EXIT_CODES
from matcher.messages import catalogue
from matcher.paths import TRIALS
from matcher.ranking.changes import Predecessor
from matcher.report.closing_sections import changes_section
from matcher.report.pages import write_model_card, write_pages, write_report
from matcher.report.parts import Panel, Point, Wording, Words
from matcher.report.plots import intervals
from matcher.trials.reader import Trials, read_trials
from matcher.vocabulary import LANGUAGES
from tests.matcher.report_makers import EVALUATION, findings

VOID = {"meta", "br", "hr", "img", "input", "link", "path", "use", "rect", "image", "line"}


class Page(HTMLParser):
    """A page as a reader of HTML sees it: tags in order, every attribute, tables by caption."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.tables = [], [], [], {}
        self.texts, self._row, self._caption = [], None, None
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr" and self._caption is not None:
            self.tables[self._caption].append([])

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.open.pop() == tag
        if tag == "table":
            self._caption = None

    def handle_data(self, data):
        self.texts.append(data)
        if "caption" in self.open:
            self._caption = data
            self.tables[data] = []
        elif self.open and self.open[-1] in ("td", "th") and self._caption is not None:
            self.tables[self._caption][-1].append(data)

    def ids(self):
        return [value for _, name, value in self.attributes if name == "id"]


@pytest.fixture(scope="module")
def trials(menu):
    return read_trials(TRIALS, menu)


@pytest.fixture(scope="module")
def found(trials, trained):
    return findings(trials, trained)


@pytest.fixture
def undrawn(monkeypatch):
    """Leave drawings out, which take nine tenths of the time of a page: its words are looked at."""
    monkeypatch.setattr("matcher.report.plots.as_svg", lambda *_: "<svg></svg>")


@pytest.fixture(scope="module")
def texts(found):
    written = write_pages(found)
    assert set(written) == {"report.nl.html", "report.en.html", "model-card.md"}
    return {language: written[f"report.{language}.html"] for language in LANGUAGES}


@pytest.fixture(scope="module")
def pages(texts):
    return {language: Page(text) for language, text in texts.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_stands_alone(texts, pages, language):
    page = pages[language]
    assert not {"script", "link", "iframe", "img", "image", "object"} & set(page.tags)
    assert not [a for a in page.attributes if a[1] == "src" or a[1].startswith("on")]
    targets = [value for _, name, value in page.attributes if name in ("href", "xlink:href")]
    assert targets
    assert {target.removeprefix("#") for target in targets} <= set(page.ids())
    assert "://" not in texts[language]
    assert "@import" not in texts[language]
    assert set(re.findall(r"url\((.)", texts[language])) <= {"#"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_things_on_a_page_have_the_same_id(pages, language):
    ids = pages[language].ids()
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_drawing_says_what_it_shows_and_has_its_table(pages, language):
    page = pages[language]
    drawings = page.tags.count("svg")
    assert drawings == page.tags.count("desc") == page.tags.count("details") == 10
    described = [v for t, n, v in page.attributes if (t, n) == ("svg", "aria-labelledby")]
    assert all(part in page.ids() for value in described for part in value.split())
    assert page.tags.count("caption") == page.tags.count("table")
    assert {v for t, n, v in page.attributes if (t, n) == ("th", "scope")} == {"col", "row"}


@pytest.mark.parametrize(
    ("ends", "marks"),
    [((3.76, 3.92), ["3,80", "3,85", "3,90"]), ((3.0, 4.0), ["3,0", "3,2", "3,4"])],
    ids=["close", "apart"],
)
def test_no_two_marks_of_an_axis_read_the_same(ends, marks):
    """With a thousand companies the groups lie within a tenth of a point."""
    point = Point("bouw", Estimate(sum(ends) / 2, *ends))
    words = Words("baseline", "Stand", "Stand per groep", "punten", Wording("nl", ()).number, 1)
    drawing = intervals([Panel("", (point,))], words, reference=None)
    told = re.findall(r">(\d,\d+)</text>", drawing)
    assert [mark for mark in marks if mark in told] == marks
    assert len(set(told)) == len(told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_go_down_one_step_at_a_time(pages, language):
    levels = [int(tag[1]) for tag in pages[language].tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_both_languages_have_the_same_parts_and_other_words(pages):
    dutch, english = (
        [tag for tag in pages[language].tags if tag not in ("g", "path", "use", "text")]
        for language in LANGUAGES
    )
    assert dutch == english
    numbers = [
        [re.sub("[^0-9]", "", cell) for t in p.tables.values() for row in t[1:] for cell in row[1:]]
        for p in pages.values()
    ]
    assert numbers[0] == numbers[1]
    for one, other in zip(*(p.tables for p in pages.values()), strict=True):
        assert one != other


def test_both_catalogues_have_the_same_keys_and_holes():
    dutch, english = (
        {key for key in catalogue(language) if key.startswith("report.")} for language in LANGUAGES
    )
    assert dutch == english
    for key in dutch:
        holes = [set(re.findall(r"{\w+}", catalogue(lang)[key])) for lang in LANGUAGES]
        assert holes[0] == holes[1], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_and_no_hole_is_left_in_a_page(texts, language):
    # matplotlib styles its drawings within them.
    words = re.sub(r"<style.*?</style>", "", texts[language], flags=re.DOTALL)
    assert not re.findall(r"[{}]|report\.\w+\.\w+|gate\.\w+", words)
    assert "None" not in words
    assert "nan" not in re.sub(r"[a-z]*nan[a-z]+|[a-z]+nan", "", words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_simulated_data_say_so_above_everything_else(found, texts, language, monkeypatch):
    banner = catalogue(language)["report.simulated"]
    assert texts[language].index(banner) < texts[language].index('id="short"')
    assert banner in write_model_card(found)
    monkeypatch.setattr(matcher.report.pages, "_SECTIONS", ())
    real = replace(found, facts=replace(found.facts, simulated=False))
    assert banner not in write_report(real, language)
    assert banner not in write_model_card(real)


@pytest.mark.parametrize("verdict", EXIT_CODES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verdict_comes_first_in_three_sentences(found, language, verdict, monkeypatch):
    monkeypatch.setattr(matcher.report.pages, "_SECTIONS", ())  # the head alone: nothing to draw
    text = write_report(replace(found, verdict=verdict), language)
    lead = text[text.index('id="short"') : text.index("<nav")]
    for part in ("what", "means", "do"):
        sentence = catalogue(language)[f"report.verdict.{verdict.replace(' ', '_')}.{part}"]
        assert sentence.replace('"', "&#34;") in lead


def test_the_same_findings_give_the_same_bytes(found, texts):
    assert write_report(found, "nl") == texts["nl"]
    assert write_model_card(found) == write_model_card(found)


def test_the_numbers_on_the_page_are_those_of_the_evaluation(pages):
    tables = pages["en"].tables
    ranking = tables["Gain per company if the first choice had been followed"]
    assert ["Leermatch", "0.10", "0.05 to 0.15", "–", "–", "12"] in ranking
    assert any(row[3:5] == ["+0.03", "−0.01 to 0.09"] for row in ranking)
    # The weight of one trial and the effective number are for who may see the trials.
    own = tables["The gain of each choice in five ways"]
    assert ["Leermatch", *["0.10"] * 5, "0.95", "20%"] in own
    groups = tables["Leermatch less the estimate beforehand, by group"]
    assert groups[1][1:4] == ["14", "−0.20", "−0.31 to −0.10"]
    assert len(groups) == 2
    calibration = tables["What the model said, and what happened"]
    assert calibration[1][1:] == ["0.50 – 0.70", "not shown", "0.61", "0.58", "0.48 to 0.67"]
    assert tables["What changes when one company is left out"][1][1:] == ["3%", "2% to 5%"]
    assert [row[2:] for row in tables["The 1 pairs that become clear first"][1:]] == [
        ["0.051", "66"]
    ]


def test_four_trials_of_a_card_say_nothing_of_its_success(pages, menu):
    rows = pages["en"].tables["What succeeded"][1:]
    assert [(row[0], row[2]) for row in rows] == [(menu.by_id["leermeester"].name.en, "1-4 of 9")]


def test_the_map_shows_no_count_from_one_to_four(pages):
    cells = [
        c
        for row in pages["en"].tables["Number of trials by sector and approach"][1:]
        for c in row[1:]
    ]
    words = {"never", "1-4", "1 or more", "–"}
    assert {"never", "1-4"} < set(cells) <= words | {str(n) for n in range(5, 119)}


def test_the_states_show_no_count_from_one_to_four_nor_what_would_tell_it(found, pages):
    """Three trials are under way; with the nine unknown beside them nobody can tell."""
    assert (found.missing.states["started"].n, found.missing.states["unknown"].n) == (3, 9)
    rows = {row[0]: row[1:] for row in pages["en"].tables["How the trials ended"][1:]}
    assert rows["under way"] == rows["not known"] == ["1 or more", "not shown"]
    assert rows["finished"] == ["61", "44"]
    unknown = pages["en"].tables["Share of the trials of which the answer is not known"]
    assert "How it ended" not in [row[0] for row in unknown]


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("head", ["started", "completed", "gain"])
def test_a_question_that_few_companies_answered_has_no_figure(found, head):
    rest = tuple(b for b in EVALUATION.calibration if b.head != head)
    few = replace(found, evaluation=replace(EVALUATION, calibration=rest))
    page = Page(text := write_report(few, "en"))
    assert "About fewer than 5 companies we say nothing here." in text
    assert "About fewer than 5 companies" not in write_report(found, "en")
    errors = page.tables["Mean squared error of the chances"][1:]
    assert len(errors) == 2
    assert sum("not shown" in row for row in errors) == (head != "gain")
    for written in (text, write_model_card(few)):
        assert ("measured gains 81%" in written) == (head != "gain")


@pytest.mark.usefixtures("undrawn")
def test_what_changed_at_four_controls_is_not_shown(found):
    for n, change in ((0, None), (1, None), (4, None), (5, "+0.18")):
        controls = replace(found.facts, n_controls=n, control_change=0.18)
        counted = replace(found.missing, n_controls=n)
        text = write_report(replace(found, facts=controls, missing=counted), "en")
        assert ("From each gain in the checks below +0.18" in text) == (change is not None)
        assert ("Fewer than 5 companies were measured without" in text) == (0 < n < 5)
        shown = "1-4" if 0 < n < 5 else str(n)
        assert f"without an approach: {shown}." in text


def test_where_nobody_tried_and_nobody_studied_only_the_estimate_speaks(found, pages):
    effects = {e.card: e for e in found.outlook.effects}
    rows = pages["en"].tables["Expected gain of each approach, largest first"][1:]
    assert len(rows) == len(effects)
    for effect, row in zip(found.outlook.effects, rows, strict=True):
        silent = effect.trials.exact == 0 and effect.evidence == 0
        assert (row[5] == "only the estimate beforehand") == silent
        # Adding 0 turns the -0.0 of a tiny loss into the 0.0 that is shown.
        assert row[1] == f"{round(effect.mean, 2) + 0.0:+.2f}".replace("-", "−")
    assert any(row[5] == "only the estimate beforehand" for row in rows)


def test_effects_are_called_associations(texts):
    assert "komt er niet zeker door" in texts["nl"]


def test_a_hidden_group_is_named_without_any_figure(found, pages):
    rows = pages["en"].tables["Where companies started, by group"][1:]
    hidden = [row for row in rows if "not shown" in row]
    groups = [g for dimension in found.baseline.groups.values() for g in dimension]
    assert len(hidden) == sum(g.standing is None for g in groups) > 0
    assert all(row[1:] == ["not shown"] * 4 for row in hidden)


def test_a_page_prints_on_a4_with_its_tables_open(texts):
    printing = texts["nl"].split("@media print")[1].split("</style>")[0]
    assert "size: A4" in printing
    assert "::details-content" in printing


@pytest.mark.parametrize(
    ("version", "loads", "words"),
    [
        (None, False, "Er is geen eerdere versie."),
        ("20260503T101500Z-0123456789ab", False, "De vorige versie kon niet worden gelezen."),
        ("20260503T101500Z-0123456789ab", True, "Vergeleken met versie 20260503T101500Z-0123"),
    ],
    ids=["none", "broken", "there"],
)
def test_the_page_says_what_it_is_compared_with(found, trained, version, loads, words):
    compared = replace(found, since=Predecessor(trained if loads else None, version))
    section = changes_section(compared, Wording("nl", found.menu))
    assert section.parts[0].startswith(words)


@pytest.mark.usefixtures("undrawn")
def test_a_version_that_could_not_be_evaluated_has_a_page_all_the_same(trials, trained):
    frame = trials.frame
    lone = Trials(
        frame[frame["company"] == "c001"].reset_index(drop=True), trials.rows[:1], True, 0, 0
    )
    found = findings(lone, trained, None, ("cannot tell", ("few_companies",)))
    text = write_report(found, "en")
    assert Page(text).tables
    assert text.count("This version was not evaluated") == 7
    assert "Fewer than 5 companies were measured" in text
    assert "Few companies show little" in write_model_card(found)


def test_the_model_card_has_both_languages_and_the_verdict(found):
    card = write_model_card(found)
    assert card.index("# Modelkaart") < card.index("# Model card")
    for language in LANGUAGES:
        assert catalogue(language)["gate.verdict.cannot_tell"] in card
    assert not re.findall(r"[{}]", card)
    assert found.provenance.data_sha256 in card
    assert "81%" in card


@pytest.mark.parametrize("chosen", [False, True])
def test_the_model_card_tells_of_trees_only_where_they_answer(found, chosen):
    nothing = Estimate(None, None, None)
    tried = replace(found.evaluation, challenge=Challenge({}, nothing, {}, chosen))
    card = write_model_card(replace(found, evaluation=tried))
    for language in LANGUAGES:
        assert (catalogue(language)["report.model_card.how_trees"] in card) is chosen
