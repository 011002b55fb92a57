import pickle

import openpyxl
import pytest

from matcher.survey.likert import read_items
from matcher.survey.reading import read_survey
from tests.matcher.survey.survey_makers import LIMESURVEY, WHO, of_limesurvey, table

QUESTIONS = {
    "G01Q01": "Bij welk bedrijf werkt u?",
    "G02Q02[SQ001]": "Wat vindt u? [Ik leer van fouten]",
    "G02Q02[SQ002]": "Wat vindt u? [Wij delen kennis]",
    "G03Q03[other]": "Wat doet u? [Anders]",
    "G04Q04[comment]": "Waarom? [Opmerking]",
}
FULL = ("Helemaal oneens", "Oneens", "Neutraal", "Eens", "Helemaal eens")
CODES = ("A1", "A2", "A3", "A4", "A5")


def heading(form):
    own = {**LIMESURVEY, **QUESTIONS}
    return {
        "code": list(own),
        "full": list(own.values()),
        "both": [f"{code}. {text}" for code, text in own.items()],
    }[form]


def rows(words, finished=(True,) * 9):
    return [
        [*of_limesurvey(at, done), f"BAK-0{at % 3}", words[at % 5], words[(at + 1) % 5], "", "Jan"]
        for at, done in enumerate(finished)
    ]


@pytest.mark.parametrize("form", ["code", "full", "both"])
@pytest.mark.parametrize("words", [FULL, CODES, tuple("12345")], ids=["full", "codes", "digits"])
def test_each_form_of_names_and_answers_is_read(tmp_path, form, words):
    path = table(tmp_path / "results-survey.csv", [heading(form), *rows(words)], ";", "utf-8-sig")
    survey = read_survey(path)
    assert survey.tool == "limesurvey"
    assert [c.kind for c in survey.columns] == ["day", "company", "item", "item"]
    item = survey.of_kind("item")[0]
    if form != "code":
        assert survey.column(item).question == "Wat vindt u? [Ik leer van fouten]"
    assert read_items(survey, [item]).values[item].tolist()[:5] == [1, 2, 3, 4, 5]


def test_the_same_as_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    for row in [heading("both"), *rows(FULL)]:
        book.active.append(row)
    book.save(tmp_path / "results.xlsx")
    survey = read_survey(tmp_path / "results.xlsx")
    assert (survey.tool, len(survey.of_kind("item")), len(survey.rows)) == ("limesurvey", 2, 9)


def test_answers_that_were_not_sent_in_are_left_out_and_counted(tmp_path):
    finished = (True, False, True, True, False, True, True, True)
    survey = read_survey(table(tmp_path / "r.csv", [heading("code"), *rows(FULL, finished)]))
    assert survey.dropped == {"unfinished": 2}
    assert list(survey.rows.index) == [2, 4, 5, 7, 8, 9]


def test_a_survey_without_dates_has_answers_without_days(tmp_path):
    told = rows(FULL)
    for row in told:
        row[1] = "1980-01-01 00:00:00"
    survey = read_survey(table(tmp_path / "r.csv", [heading("code"), *told]))
    assert survey.dropped == {}
    assert survey.rows["submitdate"].isna().all()


@pytest.mark.parametrize("form", ["code", "full", "both"])
def test_who_answered_is_nowhere_in_what_is_returned(tmp_path, form):
    survey = read_survey(table(tmp_path / "r.csv", [heading(form), *rows(FULL)]))
    held = repr(survey) + pickle.dumps(survey, protocol=0).decode("latin-1")
    assert not any(told in held for told in (WHO[0], "kX9vTokenTruus", "intranet", "10:21"))
    assert len(survey.personal) == 5
