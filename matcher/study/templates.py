"""Blank files to start a new study with: the list of companies, the log and the questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from matcher.files import whole_file
from matcher.menu.card import Menu
from matcher.study.questionnaire import own_toml, questionnaire
from matcher.study.workbooks import add_rows, dress, workbook_bytes
from matcher.vocabulary import SBI_VERSIONS, SIZE_CLASSES, Language

N_ROWS = 300
"""Rows of a blank sheet that are made ready to type in."""
_TEXT, _DAY = "@", "dd-mm-yyyy"
_DAYS = ("start", "end")


def write_templates(folder: Path, language: Language, menu: Menu) -> tuple[Path, ...]:
    """Write the blank files in a folder, which is made if it is not there; return them.

    The log offers the cards of the menu as it is now. Files of the same names are written over.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = _said()["names"]
    written = []
    for kind, content in (
        ("companies", _companies(language)),
        ("log", _log(language, menu)),
        ("questions", questions_text(language).encode()),
        ("sheet", _questions(language)),
    ):
        path = folder / names[kind][language]
        with whole_file(path, 0o644) as file:
            file.write(content)
        written.append(path)
    return tuple(written)


@cache
def _said() -> dict[str, Any]:
    return own_toml("templates.toml")


def _companies(language: Language) -> bytes:
    book = Workbook()
    said = _said()["companies"]
    sheet, at = _blank(book, said, language)
    for letter in at.values():
        _format(sheet, letter, _TEXT)
    lists = _lists(book, language)
    _offer(sheet, at["sbi_version"], _listed(lists, at=1, words=SBI_VERSIONS))
    _offer(sheet, at["size"], _listed(lists, at=2, words=SIZE_CLASSES))
    _explain(book, [each[language] for each in said["explained"]], language)
    return workbook_bytes(book)


def _log(language: Language, menu: Menu) -> bytes:
    book = Workbook()
    said = _said()["log"]
    sheet, at = _blank(book, said, language)
    for column, letter in at.items():
        _format(sheet, letter, _DAY if column in _DAYS else "General")
    lists = _lists(book, language)
    refused = said["not_in_list"]
    cards = [card.name.nl if language == "nl" else card.name.en for card in menu]
    approaches = _listed(lists, at=1, words=[*cards, said["only_measured"][language]])
    states = _listed(lists, at=2, words=[each[language] for each in said["states"]])
    # What is not on the menu may still be typed: it is counted, not refused.
    for column, words, kind in (
        ("intervention", approaches, "approach"),
        ("state", states, "state"),
    ):
        _offer(sheet, at[column], words, refused["title"][language], refused[kind][language])
    _explain(book, [each[language] for each in said["explained"]], language)
    return workbook_bytes(book)


def _blank(
    book: Workbook, said: Mapping[str, Any], language: Language
) -> tuple[Worksheet, dict[str, str]]:
    """Return the sheet to type in, and the letter of each of its columns by what it is."""
    sheet = book.active
    sheet.title = said["sheet"][language]
    columns = said["column"]
    add_rows(sheet, [[column["heading"][language] for column in columns]])
    dress(sheet, 1)
    letters = {column["id"]: get_column_letter(n) for n, column in enumerate(columns, 1)}
    for wide in {"name", "company", "intervention", "note"} & letters.keys():
        sheet.column_dimensions[letters[wide]].width = 36
    return sheet, letters


def _format(sheet: Worksheet, letter: str, number_format: str) -> None:
    for row in range(2, N_ROWS + 2):
        sheet[f"{letter}{row}"].number_format = number_format


def _lists(book: Workbook, language: Language) -> Worksheet:
    return book.create_sheet(_said()["explained"]["lists"][language])


def _listed(sheet: Worksheet, *, at: int, words: Sequence[str]) -> str:
    """Write words in a column; return where they stand, as a formula of a spreadsheet."""
    for row, word in enumerate(words, 1):
        sheet.cell(row, at, word).number_format = _TEXT
    letter = get_column_letter(at)
    sheet.column_dimensions[letter].width = max(map(len, words)) + 2
    return f"{quote_sheetname(sheet.title)}!${letter}$1:${letter}${len(words)}"


def _offer(
    sheet: Worksheet, letter: str, words: str, title: str | None = None, said: str | None = None
) -> None:
    """Offer words in a column; ``said`` is asked of another word, which is never refused."""
    offer = DataValidation("list", formula1=words, allow_blank=True, showErrorMessage=bool(said))
    if said:
        offer.errorStyle, offer.errorTitle, offer.error = "warning", title, said
    offer.add(f"{letter}2:{letter}{N_ROWS + 1}")
    sheet.add_data_validation(offer)


def _explain(book: Workbook, lines: Sequence[str], language: Language) -> None:
    sheet = book.create_sheet(_said()["explained"]["sheet"][language])
    add_rows(sheet, [[line] for line in lines])
    sheet.column_dimensions["A"].width = 90
    for (cell,) in sheet.iter_rows():
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _asked(language: Language) -> Iterator[tuple[str, str, Sequence[str], bool]]:
    """Yield of each question its kind, its words, what stands below it, and whether it is required.

    The first comes after the introduction; sentences come without their number.
    """
    ask, said = questionnaire(), _said()["questions"]
    words = [word[language] for word in ask.scale]
    yield said["one"][language], ask.consent[language], [said["yes"][language]], True
    code_help = [ask.company_code_help[language]]
    yield said["line"][language], ask.company_code[language], code_help, True
    yield said["line"][language], ask.company_name[language], [], True
    yield said["grid"][language], ask.sentences[language], words, False
    own_help = [ask.pairing_code_help[language]]
    yield said["line"][language], ask.pairing_code[language], own_help, False
    yield said["text"][language], ask.remark[language], [], False


def _sentences(language: Language) -> list[tuple[str, str, bool]]:
    """Return the letter of each sentence, its words, and whether it is reversed."""
    return [
        (letter, item.text[language], item.is_reversed)
        for letter, item in zip(ascii_lowercase, questionnaire().items, strict=False)
    ]


def _for_whoever_asks(language: Language) -> list[str]:
    """Return what to know before the questions are copied."""
    turned = ", ".join(letter for letter, _, turned in _sentences(language) if turned)
    said = (*_said()["questions"]["explained"], *questionnaire().not_validated)
    return [each[language].format(reversed=turned) for each in said]


def _of_sentences(language: Language, question: str) -> bool:
    return question == questionnaire().sentences[language]


def questions_text(language: Language) -> str:
    """Return the questions as text to paste into Forms or another tool."""
    ask, said = questionnaire(), _said()["questions"]
    lines = [said["first"][language], ""]
    lines += [f"- {each}" for each in _for_whoever_asks(language)]
    lines += ["", f"--- {said['copy'][language]} ---", "", ask.title[language], ""]
    lines += [each[language] for each in ask.intro]
    for number, (kind, question, below, required) in enumerate(_asked(language), 1):
        may = "" if required else f", {said['optional'][language]}"
        lines += ["", f"{number}. {question} ({kind.lower()}{may})"]
        if _of_sentences(language, question):
            lines += [
                *(f"   {letter}. {text}" for letter, text, _ in _sentences(language)),
                "",
            ]
        lines += [f"   {each}" for each in below]
    return "\n".join([*lines, "", ask.thanks[language], ""])


def _questions(language: Language) -> bytes:
    book = Workbook()
    ask, said = questionnaire(), _said()["questions"]
    sheet = book.active
    sheet.title = said["sheet"][language]
    add_rows(sheet, [said["headings"][language]])
    for number, (kind, question, below, required) in enumerate(_asked(language), 1):
        must = said["yes" if required else "no"][language]
        add_rows(sheet, [[str(number), kind, question, "; ".join(below), must, None]])
        if _of_sentences(language, question):
            for letter, text, turned in _sentences(language):
                mark = said["yes" if turned else "no"][language]
                add_rows(sheet, [[f"{number}{letter}", None, text, None, must, mark]])
    dress(sheet, 1)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    intro = book.create_sheet(ask.title[language])
    add_rows(intro, [[each[language]] for each in (*ask.intro, ask.thanks)])
    intro.column_dimensions["A"].width = 90
    _explain(book, [said["first"][language], *_for_whoever_asks(language)], language)
    return workbook_bytes(book)
