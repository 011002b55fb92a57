import csv
import pickle

import openpyxl
import pytest

from matcher.errors import UnreadableFile
from matcher.survey.reading import read_survey
from tests.matcher.survey.survey_makers import TALK, WHO, qualtrics, table

WORDS = ("Helemaal mee oneens", "Mee oneens", "Neutraal", "Mee eens", "Helemaal mee eens")
QUESTIONS = {
    "bedrijf": ("bedrijf", "bedrijf"),
    "Q1_1": ("Hoe eens bent u het hiermee?\nKies. - Ik leer van fouten", "QID1_1"),
    "Q1_2": ("Hoe eens bent u het hiermee?\nKies. - Wij delen kennis", "QID1_2"),
    "Q9": (TALK[1], TALK[0]),
}


def answers(n, words=WORDS):
    return [
        [f"BAK-0{at % 3}", words[at % 5], words[(at + 1) % 5], f"{TALK[2]} {at}"] for at in range(n)
    ]


def kept(survey):
    return {column.name: column.kind for column in survey.columns}


def everything(survey):
    """All that the object holds, also what its repr leaves out."""
    return repr(survey) + pickle.dumps(survey, protocol=0).decode("latin-1")


@pytest.mark.parametrize(
    ("mark", "encoding", "name"),
    [(",", "utf-8-sig", "q.csv"), (";", "cp1252", "q.csv"), ("\t", "utf-16", "q.tsv")],
)
def test_three_rows_of_names_are_read_in_each_dialect(tmp_path, mark, encoding, name):
    path = qualtrics(tmp_path / name, QUESTIONS, answers(9), mark=mark, encoding=encoding)
    survey = read_survey(path)
    assert (survey.tool, survey.guessed_because.code) == ("qualtrics", "qualtrics_ids")
    assert kept(survey) == {"EndDate": "day", "bedrijf": "company", "Q1_1": "item", "Q1_2": "item"}
    asked = "Hoe eens bent u het hiermee? Kies. - Ik leer van fouten"
    assert survey.column("Q1_1").question == asked
    assert list(survey.rows["Q1_1"])[:3] == list(WORDS[:3])
    assert list(survey.rows.index) == list(range(4, 13))
    assert str(survey.rows["EndDate"].iloc[0]) == "2024-03-01 00:00:00"


def test_the_same_as_a_workbook(tmp_path):
    path = qualtrics(tmp_path / "q.csv", QUESTIONS, answers(9))
    book = openpyxl.Workbook()
    with path.open(newline="") as file:
        for row in csv.reader(file):
            book.active.append(row)
    book.save(tmp_path / "q.xlsx")
    survey, same = read_survey(tmp_path / "q.xlsx"), read_survey(path)
    assert survey.rows.equals(same.rows)
    assert (survey.columns, survey.personal) == (same.columns, same.personal)


def test_codes_are_kept_as_codes(tmp_path):
    survey = read_survey(qualtrics(tmp_path / "q.csv", QUESTIONS, answers(9, "12345")))
    assert kept(survey)["Q1_1"] == "item"
    assert set(survey.rows["Q1_1"]) == set("12345")


STATUS = {
    "preview": (("Survey Preview", "True"), ("1", "1"), ("Offline Survey Preview", "True")),
    "spam": (("Spam", "True"), ("8", "1"), ("40", "1")),
    "unfinished": (("IP Address", "False"), ("0", "0"), ("IP Address", "Onwaar")),
}


@pytest.mark.parametrize(
    ("why", "status"), [(why, each) for why, told in STATUS.items() for each in told]
)
def test_an_answer_that_does_not_count_is_left_out_and_counted(tmp_path, why, status):
    meta = [("IP Address", "True")] * 8 + [status]
    survey = read_survey(qualtrics(tmp_path / "q.csv", QUESTIONS, answers(9), meta))
    assert survey.dropped == {why: 1}
    assert list(survey.rows.index) == list(range(4, 12))


def test_an_imported_and_an_offline_answer_count(tmp_path):
    meta = [(status, "True") for status in ("Imported", "4", "Offline", "16", "EX", "32", "0")]
    survey = read_survey(qualtrics(tmp_path / "q.csv", QUESTIONS, answers(7), meta))
    assert survey.dropped == {}
    assert len(survey.rows) == 7


def test_who_answered_is_nowhere_in_what_is_returned(tmp_path):
    survey = read_survey(qualtrics(tmp_path / "q.csv", QUESTIONS, answers(9)))
    for told in (*WHO, TALK[2], "R_0000"):
        assert told not in everything(survey)
    assert {"IPAddress", "RecipientEmail", "LocationLatitude", "Q9"} <= set(survey.personal)


def test_nothing_is_held_of_an_answer_that_is_left_out(tmp_path):
    rows = answers(9)
    rows[0][:2] = "PROEF-00", "Truus probeert"
    meta = [("Survey Preview", "True")] + [("IP Address", "True")] * 8
    held = everything(read_survey(qualtrics(tmp_path / "q.csv", QUESTIONS, rows, meta)))
    assert "PROEF-00" not in held
    assert "Truus" not in held


def test_own_words_are_kept_where_they_are_asked_for(tmp_path):
    survey = read_survey(qualtrics(tmp_path / "q.csv", QUESTIONS, answers(9)), keep=["Q9"])
    assert kept(survey)["Q9"] == "text"
    assert survey.rows["Q9"].iloc[0] == f"{TALK[2]} 0"


def test_what_the_tool_says_is_personal_is_not_kept_whoever_asks_for_it(tmp_path):
    path = qualtrics(tmp_path / "q.csv", QUESTIONS, answers(9))
    survey = read_survey(path, keep=["Q9", "IPAddress"])
    assert "IPAddress" in survey.personal
    assert WHO[0] not in everything(survey)


def test_a_column_that_is_asked_for_and_not_there_is_told(tmp_path):
    path = qualtrics(tmp_path / "q.csv", QUESTIONS, answers(9), headings=2)
    with pytest.raises(UnreadableFile) as refusal:
        read_survey(path, keep=["bedrijg", "iets heel anders"])
    assert [(f.where, f.code) for f in refusal.value.faults] == [
        ("row 1, bedrijg", "survey_no_such_column_near"),
        ("row 1, iets heel anders", "survey_no_such_column"),
    ]


def test_a_question_that_was_seen_and_not_answered_is_missing_with_that_reason(tmp_path):
    rows = answers(9)
    rows[3][1], rows[4][1] = "-99", ""
    survey = read_survey(qualtrics(tmp_path / "q.csv", QUESTIONS, rows))
    assert survey.column("Q1_1").missing == {"empty": 1, "unseen": 1}
    assert survey.rows["Q1_1"].isna().sum() == 2


def test_the_row_of_identifiers_may_have_been_taken_out(tmp_path):
    survey = read_survey(qualtrics(tmp_path / "q.csv", QUESTIONS, answers(9), headings=2))
    assert (survey.tool, survey.guessed_because.code) == ("qualtrics", "qualtrics_names")
    assert len(survey.rows) == 9
    only_names = read_survey(qualtrics(tmp_path / "n.csv", QUESTIONS, answers(9), headings=1))
    assert kept(only_names)["Q1_1"] == "item"
    assert set(only_names.personal) >= {"IPAddress", "RecipientLastName", "Q9"}


def faults(path):
    with pytest.raises(UnreadableFile) as refusal:
        read_survey(path)
    assert all(fault.text("nl") and fault.text("en") for fault in refusal.value.faults)
    return refusal.value


def test_an_export_cut_below_its_questions_is_refused(tmp_path):
    path = qualtrics(tmp_path / "q.csv", QUESTIONS, [], headings=2)
    assert [(f.where, f.code) for f in faults(path).faults] == [("row 2", "survey_qualtrics_cut")]


def test_an_export_cut_within_its_questions_is_refused(tmp_path):
    whole = qualtrics(tmp_path / "q.csv", QUESTIONS, answers(3)).read_bytes()
    path = tmp_path / "cut.csv"
    path.write_bytes(whole[: whole.index(b"Kies. - Wij")])
    assert [fault.code for fault in faults(path).faults] == ["table_open_quote"]


@pytest.mark.parametrize("n", [0, 3])
def test_a_wave_without_answers_is_refused(tmp_path, n):
    path = qualtrics(tmp_path / "q.csv", QUESTIONS, answers(n), [("Survey Preview", "True")] * n)
    (fault,) = faults(path).faults
    assert fault.code == ("survey_no_answers" if n else "table_no_rows")


def test_a_fault_never_repeats_what_stands_in_a_personal_column(tmp_path):
    path = qualtrics(tmp_path / "q.csv", QUESTIONS, answers(9))
    lines = path.read_text().splitlines()
    lines[-1] += ",een cel te veel"
    path.write_text("\n".join(lines))
    refused = faults(path)
    told = str(refused) + "".join(
        f.line(language) for f in refused.faults for language in ["nl", "en"]
    )
    assert [fault.code for fault in refused.faults] == ["table_long_row"]
    assert not any(each in told for each in (*WHO, TALK[2]))


def test_two_questions_of_one_name_are_both_there(tmp_path):
    path = table(tmp_path / "t.csv", [["bedrijf", "Eens?", "Eens?"], *(["a1", "ja", "nee"],) * 9])
    assert [column.name for column in read_survey(path).columns] == [
        "bedrijf",
        "Eens?",
        "Eens? (2)",
    ]
