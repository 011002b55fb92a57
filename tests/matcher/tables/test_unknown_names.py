"""Tables of which nobody knows what their columns may be called."""

import pytest

from matcher.tables.delimited import read_records
from matcher.tables.headings import heading_at, holds_table

TITLE = ["Onderzoek 2024"]
MERGED = ["Onderzoek 2024"] * 4
NAMES = ["bedrijf", "Hoe vaak, per week?", "v2", "v3"]
ROW = ["BAK-01", "3,5", "4", "5"]


@pytest.mark.parametrize("above", [[], [TITLE], [MERGED], [TITLE, [], ["Gemaakt in mei"]]])
def test_names_stand_in_the_first_row_that_is_as_wide_as_the_table(above):
    assert heading_at([*above, NAMES, ROW, ROW], ()) == len(above)


def test_a_row_of_equal_answers_is_no_title():
    assert heading_at([NAMES, ["1"] * 4, ROW], ()) == 0


@pytest.mark.parametrize(
    ("records", "holds"),
    [
        ([NAMES, ROW], True),
        ([NAMES], False),
        ([["Lees mij"], ["Dit is de uitleg"]], False),
        ([], False),
        ([[""], []], False),
    ],
)
def test_a_table_is_two_cells_beside_each_other_and_something_below(records, holds):
    assert holds_table(records, ()) == holds


DIALECTS = {
    "semicolons and decimal commas": "bedrijf;v1;v2\nA;1,5;2,5\nB;3,5;4,5\n",
    "as many commas as semicolons": "bedrijf;v1\nA;1,5\nB;2,5\n",
    "commas in the questions": 'bedrijf;"Vaak, soms, of nooit?";v2\nA;1;2\nB;3;4\n',
    "commas in bare questions": "bedrijf;Vaak, soms, nooit, of altijd?;v2\nA;1;2\nB;3;4\nC;1;2\n",
    "a title above": "Onderzoek, deel 1, 2024, mkb\n\nbedrijf;v1;v2\nA;1;2\nB;3;4\nC;5;6\n",
    "line breaks in a question": 'bedrijf;"Kies,\neen,\ntwee";v2\nA;1;2\nB;3;4\n',
}


@pytest.mark.parametrize("text", DIALECTS.values(), ids=DIALECTS.keys())
def test_the_separator_makes_rows_of_equal_width(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    (records,) = read_records(tmp_path / "t.csv", ())
    assert records[-1][0] in "BC"
    assert len(records[-1]) == (2 if "v2" not in text else 3)
