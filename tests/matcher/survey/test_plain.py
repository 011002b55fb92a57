import openpyxl
import pytest

from matcher.errors import UnreadableFile
from matcher.survey.reading import read_survey
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
    survey = read_survey(path)
    assert (survey.sheet, len(survey.rows)) == ("Nul", 20)
    assert [note.code for note in survey.notes] == ["table_sheet_read", "survey_sheets_unread"]
    assert len(read_survey(path, "Na").rows) == 5
    with pytest.raises(UnreadableFile) as refusal:
        read_survey(path, "Eind")
    (fault,) = refusal.value.faults
    assert (fault.code, fault.params["choices"]) == ("table_no_such_sheet", "Uitleg, Nul, Na")
