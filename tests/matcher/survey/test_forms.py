import datetime as dt
import pickle

import openpyxl
import pytest

from matcher.survey.likert import read_items
from matcher.survey.reading import read_survey
from tests.matcher.survey.survey_makers import MICROSOFT, WHO, table

ASKED = [
    "Bij welk bedrijf werkt u?\xa0",
    "Ik leer van fouten",
    "Wij delen\nkennis",
    "Wat deed u dit jaar?",
    "Wat is uw naam?",
    "Wilt u nog iets kwijt?",
]
DUTCH = ("Helemaal mee oneens", "Mee oneens", "Neutraal", "Mee eens", "Helemaal mee eens")
ENGLISH = ("Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree")
DONE = ("Cursus", "Cursus;Coaching", "Coaching;Stage", "Stage")


def answers(at, mark=";", last=True):
    words = ENGLISH if at % 4 == 3 else DUTCH
    done = DONE[at % 4].replace(";", mark) + (mark if last else "")
    own = f"Anders{at}: vraag Truus Jansen"
    return [f"Bakker {'AB'[at % 2]}", words[at % 5], words[(at + 1) % 5], done, WHO[2], own]


def microsoft(path, language="nl", csv=False, n=20):
    book = openpyxl.Workbook()
    heading = [*MICROSOFT[language], *ASKED]
    rows = []
    for at in range(n):
        begun = dt.datetime(2024, 3, at + 1, 10, 15)
        ended = begun + dt.timedelta(minutes=6, seconds=44)
        moments = [each.strftime("%-m/%-d/%y %H:%M:%S") if csv else each for each in (begun, ended)]
        rows.append([at + 1, *moments, WHO[3], f"{WHO[2]} {WHO[1]}", *answers(at)])
    if csv:
        return table(path, [heading, *rows], encoding="utf-8-sig")
    for row in [heading, *rows]:
        book.active.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("csv", [False, True], ids=["xlsx", "csv"])
def test_an_export_of_microsoft_forms_is_read(tmp_path, language, csv):
    path = microsoft(tmp_path / f"Enquête.{'csv' if csv else 'xlsx'}", language, csv)
    survey = read_survey(path)
    assert survey.tool == "microsoft_forms"
    assert [(c.name, c.kind) for c in survey.columns] == [
        (MICROSOFT[language][2], "day"),
        ("Bij welk bedrijf werkt u?", "company"),
        ("Ik leer van fouten", "item"),
        ("Wij delen kennis", "item"),
        ("Wat deed u dit jaar?", "choice"),
    ]
    assert survey.column("Wat deed u dit jaar?").separator == ";"
    day = survey.rows[MICROSOFT[language][2]]
    assert [str(each)[:10] for each in day[[2, 21]]] == ["2024-03-01", "2024-03-20"]
    assert [note.code for note in survey.notes] == ["survey_month_first"] * csv


def test_two_languages_are_one_scale(tmp_path):
    survey = read_survey(microsoft(tmp_path / "f.xlsx"))
    values = read_items(survey, survey.of_kind("item")).values
    assert values["Ik leer van fouten"].tolist() == [float(at % 5 + 1) for at in range(20)]


def google(path, n=20):
    heading = ["Tijdstempel", "E-mailadres", *ASKED]
    rows = [
        [f"2024/03/{at + 1:02} 10:15:44 AM EET", WHO[3], *answers(at, ", ", last=False)]
        for at in range(n)
    ]
    return table(path, [heading, *rows])


def test_an_export_of_google_forms_is_read(tmp_path):
    survey = read_survey(google(tmp_path / "f.csv"))
    assert (survey.tool, survey.notes) == ("google_forms", ())
    assert survey.column("Wat deed u dit jaar?").separator == ","
    assert str(survey.rows["Tijdstempel"].max())[:10] == "2024-03-20"
    assert survey.personal == ("E-mailadres", "Wat is uw naam?", "Wilt u nog iets kwijt?")


@pytest.mark.parametrize("make", [microsoft, google])
def test_who_answered_is_nowhere_in_what_is_returned(tmp_path, make):
    survey = read_survey(make(tmp_path / ("f.csv" if make is google else "f.xlsx")))
    held = repr(survey) + pickle.dumps(survey, protocol=0).decode("latin-1")
    assert not any(told in held for told in (*WHO, "10:21", "10:15"))


def test_what_only_one_respondent_wrote_among_choices_is_left_out(tmp_path):
    rows = [[*answers(at, ", ", last=False)] for at in range(20)]
    for at, row in enumerate(rows):
        row[3] = "Vraag het Truus Jansen" if at == 7 else "Een cursus"
    rows[3][3] = "Een cursus, vraag het Piet Smit"
    stamps = [[f"2024/03/0{at % 9 + 1} 10:15:44", WHO[3], *row] for at, row in enumerate(rows)]
    path = table(tmp_path / "f.csv", [["Timestamp", "Email Address", *ASKED], *stamps])
    held = pickle.dumps(read_survey(path), protocol=0).decode("latin-1")
    assert "Truus" not in held
    assert "Piet" not in held
