from zipfile import ZipFile

import openpyxl
import pytest

from matcher.errors import UnreadableFile
from matcher.survey.reading import read_survey, sheets_of
from tests.matcher.survey.survey_makers import table

HEADING = ["Bedrijf", "Vraag 1, over leren", "Vraag 2", "Afdeling", "Opmerkingen"]
ROWS = [
    [
        f"B-{at % 4}",
        str(at % 5 + 1),
        f"{at % 5 + 1},0",
        ("Winkel", "Kantoor")[at % 2],
        f"Jan zei {at}",
    ]
    for at in range(20)
]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("titles", [[], [["Onderzoek 2024, deel 1"], []]])
def test_a_table_is_found_below_its_title_whatever_the_separator(tmp_path, mark, titles):
    path = table(tmp_path / "t.csv", [*titles, HEADING, *ROWS], mark)
    survey = read_survey(path)
    assert {c.name: c.kind for c in survey.columns} == {
        "Bedrijf": "company",
        "Vraag 1, over leren": "item",
        "Vraag 2": "item",
        "Afdeling": "choice",
    }
    assert survey.personal == ("Opmerkingen",)
    assert survey.rows.index[0] == len(titles) + 2
    assert [note.code for note in survey.notes] == ["table_title_above"] * bool(titles)


PEOPLE = {
    "codes of people": ("Deelnemer", ["P12", "P13", "X4", "AB"], "person"),
    "names of people": ("Deelnemer", ["Jan", "Truus", "Piet", "Fatma"], None),
    "an own code": (
        "Uw persoonlijke code (geboortedag)",
        ["03MA", "12JO", "30AN", "01EL"],
        "person",
    ),
    "a birthday": ("Geboortedatum", ["1-2-1980", "3-4-1975", "5-6-1990", "7-8-1969"], None),
    "who it is": ("Wie is uw leidinggevende?", ["Jan", "Piet", "Jan", "Piet"], None),
    "where they live": ("Postcode", ["1234AB", "1234AB", "5678CD", "5678CD"], None),
    "numbers by another name": ("Bereikbaar", ["06-12345678", "0612345679"] * 2, None),
    "addresses by another name": ("Account", ["a@voorbeeld.nl", "b@voorbeeld.nl"] * 2, None),
}


@pytest.mark.parametrize(("name", "cells", "kind"), PEOPLE.values(), ids=PEOPLE.keys())
def test_a_code_of_somebody_is_kept_and_what_tells_who_it_is_is_not(tmp_path, name, cells, kind):
    rows = [[*row[:3], cell] for row, cell in zip(ROWS, cells * 5, strict=True)]
    survey = read_survey(table(tmp_path / "t.csv", [[*HEADING[:3], name], *rows]))
    kept = {column.name: column.kind for column in survey.columns}
    assert kept.get(name) == kind
    assert survey.personal == (() if kind else (name,))


def test_one_address_in_a_column_of_teams_is_left_out_alone(tmp_path):
    rows = [[*row] for row in ROWS]
    rows[7][3] = "truus@voorbeeld.nl"
    survey = read_survey(table(tmp_path / "t.csv", [HEADING, *rows]))
    assert survey.column("Afdeling").missing == {"personal": 1}
    assert survey.rows["Afdeling"].isna().sum() == 1


def test_a_formula_without_result_is_told_for_each_column_that_is_kept(tmp_path):
    rows = [[*row] for row in ROWS[:4]]
    rows[1][1], rows[2][4] = "=1+1", "=A1"
    path = workbook(tmp_path / "t.xlsx", Nul=[HEADING, *rows])
    with pytest.raises(UnreadableFile) as refusal:
        read_survey(path)
    assert [(f.where, f.code) for f in refusal.value.faults] == [
        ("row 3, Vraag 1, over leren", "table_no_result")
    ]


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_workbook_with_a_password_is_told_to_have_one(tmp_path, kind):
    path = tmp_path / f"t.{kind}"
    if kind == "xlsx":  # a compound file, which names its streams in UTF-16
        stream = "EncryptedPackage".encode("utf-16-le")
        path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream + bytes(512))
    else:
        with ZipFile(path, "w") as archive:
            archive.writestr("content.xml", bytes(range(256)))
            manifest = '<m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry>'
            archive.writestr("META-INF/manifest.xml", manifest)
    with pytest.raises(UnreadableFile) as refusal:
        read_survey(path)
    assert [fault.code for fault in refusal.value.faults] == ["table_workbook_locked"]


def test_what_is_not_of_the_kind_of_its_column_is_told_and_not_guessed(tmp_path):
    heading = ["Bedrijf", "Medewerkers", "Start", "Sector"]
    rows = [[f"B-{at}", str(at + 3), f"{at + 1}-3-2024", "C"] for at in range(12)]
    rows[2][1], rows[3][2], rows[4][2], rows[5][1] = "1.850", "volgt", "maart 2024", "onbekend"
    survey = read_survey(table(tmp_path / "t.csv", [heading, *rows]))
    assert [(c.name, c.kind) for c in survey.columns[1:3]] == [
        ("Medewerkers", "number"),
        ("Start", "day"),
    ]
    assert survey.column("Medewerkers").missing == {"no_number": 1}
    assert (survey.column("Start").missing, survey.column("Start").months) == ({"no_day": 1}, {6})
    assert [(note.code, note.params["value"]) for note in survey.notes] == [
        ("survey_no_number", "1.850"),
        ("survey_no_day", "volgt"),
    ]
    assert survey.rows["Medewerkers"].isna().sum() == 2


def test_a_list_of_companies_with_one_score_keeps_its_words(tmp_path):
    heading = ["Bedrijf", "Sector", "Gemeente", "Prioriteit"]
    towns = ["Den Haag", "Den Bosch", "Alphen aan den Rijn"]
    rows = [[f"B-{at}", "C", towns[at], str(at + 1)] for at in range(3)]
    survey = read_survey(table(tmp_path / "t.csv", [heading, *rows]))
    assert survey.rows["Gemeente"].tolist() == towns


def test_hidden_rows_are_read_and_told(tmp_path):
    path = workbook(tmp_path / "t.xlsx", Nul=[HEADING, *ROWS])
    book = openpyxl.load_workbook(path)
    book.active.row_dimensions[4].hidden = True
    book.save(path)
    survey = read_survey(path)
    assert [(note.code, note.params) for note in survey.notes] == [("table_hidden_rows", {"n": 1})]
    assert len(survey.rows) == 20


UNREADABLE = {
    "nothing": ("t.csv", b"", "table_empty_file"),
    "one column": ("t.csv", b"bedrijf\nBAK-01\n", "table_one_column"),
    "names alone": ("t.csv", b"bedrijf,v1,v2\n", "table_no_rows"),
    "another kind": ("t.docx", b"x", "survey_kind"),
    "no text": ("t.csv", bytes(range(256)), "table_binary"),
}


@pytest.mark.parametrize(("name", "raw", "code"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_table_is_refused(tmp_path, name, raw, code):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(UnreadableFile) as refusal:
        read_survey(tmp_path / name)
    (fault,) = refusal.value.faults
    assert fault.code == code
    assert fault.text("nl") != fault.text("en")


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_the_first_sheet_with_a_table_is_read_and_the_others_are_named(tmp_path):
    path = workbook(
        tmp_path / "t.xlsx", Uitleg=[["Lees mij"]], Nul=[HEADING, *ROWS], Na=[HEADING, *ROWS[:5]]
    )
    assert sheets_of(path) == ("Nul", "Na")
    survey = read_survey(path)
    assert (survey.sheet, len(survey.rows)) == ("Nul", 20)
    assert [note.code for note in survey.notes] == ["table_sheet_read", "survey_sheets_unread"]
    assert len(read_survey(path, "Na").rows) == 5
    with pytest.raises(UnreadableFile) as refusal:
        read_survey(path, "Eind")
    (fault,) = refusal.value.faults
    assert (fault.code, fault.params["choices"]) == ("table_no_such_sheet", "Uitleg, Nul, Na")
