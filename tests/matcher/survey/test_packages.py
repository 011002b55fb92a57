import datetime as dt
import pickle

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from matcher.errors import UnreadableFile
from matcher.survey.likert import read_items
from matcher.survey.reading import read_survey

WORDS = {1: "Helemaal mee oneens", 2: "Oneens", 3: "Neutraal", 4: "Eens", 5: "Helemaal mee eens"}
N = 12


def frame(**more):
    points = [float(at % 5 + 1) for at in range(N)]
    return pd.DataFrame(
        {
            "bedrijf": [f"BAK-0{at % 3}" for at in range(N)],
            "v1": points,
            "v2": points[1:] + points[:1],
            "E_mail": ["truus@voorbeeld.nl"] * N,
            "opm": [f"Vraag Truus Jansen {at}" for at in range(N)],
        }
        | more
    )


def sav(path, data=None, **options):
    data = frame() if data is None else data
    told = {
        "column_labels": {"v1": "Ik leer van fouten", "v2": "Wij delen kennis", "opm": "Opmerking"},
        "variable_value_labels": {"v1": WORDS, "v2": WORDS},
    }
    pyreadstat.write_sav(data, path, **{**told, **options})
    return path


@pytest.mark.parametrize(
    ("name", "packed"),
    [("w.sav", {}), ("w.sav", {"row_compress": True}), ("w.zsav", {"compress": True})],
)
def test_values_words_and_questions_of_spss_are_read(tmp_path, name, packed):
    survey = read_survey(sav(tmp_path / name, **packed))
    assert (survey.tool, survey.personal) == ("spss", ("E_mail", "opm"))
    assert {c.name: c.kind for c in survey.columns} == {
        "bedrijf": "company",
        "v1": "item",
        "v2": "item",
    }
    item = survey.column("v1")
    assert (item.question, item.labels["5"]) == ("Ik leer van fouten", "Helemaal mee eens")
    assert read_items(survey, ["v1"]).values["v1"].tolist() == [at % 5 + 1 for at in range(N)]
    assert "ruus" not in repr(survey) + pickle.dumps(survey, protocol=0).decode("latin-1")


MISSING = {
    "codes": ([98, 99], {"98": 1, "99 weet niet": 1}),
    "a range": ([{"lo": 90, "hi": 99}], {"98": 1, "99 weet niet": 1}),
    "a range and a code": ([{"lo": 95, "hi": 98}, 99], {"98": 1, "99 weet niet": 1}),
}


@pytest.mark.parametrize(("ranges", "told"), MISSING.values(), ids=MISSING.keys())
@pytest.mark.parametrize("name", ["w.sav", "w.zsav"])
def test_what_is_declared_missing_is_missing_with_its_reason(tmp_path, name, ranges, told):
    points = [1.0, 2, 3, 4, 5, 98, 99, np.nan, 1, 2, 3, 4]
    labels = {"v1": {**WORDS, 99: "weet niet"}, "v2": WORDS}
    path = sav(
        tmp_path / name,
        frame(v1=points),
        missing_ranges={"v1": ranges},
        variable_value_labels=labels,
        compress=name.endswith("zsav"),
    )
    survey = read_survey(path)
    assert survey.column("v1").missing == {"empty": 1, **told}
    assert "99" not in survey.column("v1").labels
    assert survey.rows["v1"].isna().sum() == 3


def test_a_text_that_is_declared_missing_is_missing(tmp_path):
    team = (["winkel", "kantoor", "nvt"] * N)[:N]
    survey = read_survey(
        sav(tmp_path / "w.sav", frame(team=team), missing_ranges={"team": ["nvt"]})
    )
    assert survey.column("team").missing == {"nvt": 4}


def test_days_are_days_and_answers_in_their_form_are_answers(tmp_path):
    day = [dt.date(2024, 3, at + 1) for at in range(N)]
    moment = [dt.datetime(2024, 3, at + 1, 10, 15) for at in range(N)]
    data = frame(dag=day, moment=moment, v3=[float(at % 5 + 1) for at in range(N)])
    survey = read_survey(sav(tmp_path / "w.sav", data, variable_format={"v3": "DATE11"}))
    assert survey.of_kind("day") == ("dag", "moment")
    assert survey.rows["dag"].astype(str).tolist() == [str(each) for each in day]
    assert survey.rows["moment"].astype(str).tolist() == [str(each) for each in day]
    assert survey.of_kind("item") == ("v1", "v2", "v3")
    assert [(n.code, n.where) for n in survey.notes] == [("survey_answers_as_days", "v3")]


def test_long_names_and_letters_of_another_code_page(tmp_path):
    name = "Hoe_vaak_leert_u_iets_van_uw_collegas_in_het_afgelopen_jaar"
    data = frame().rename(columns={"v1": name})
    labels = {name: "Ideeën één", "v2": "Café"}
    path = sav(tmp_path / "w.sav", data, column_labels=labels)
    assert read_survey(path).column(name).question == "Ideeën één"
    # What SPSS for Windows wrote before it knew Unicode: the same text in Windows-1252, and no
    # record that tells it.
    raw = path.read_bytes()
    at = raw.index(b"\x07\0\0\0\x14\0\0\0")  # record 7, kind 20: the name of the encoding
    raw = raw[:at] + raw[at + 16 + 5 :]
    for text in ("Ideeën één", "Café"):
        utf8, old = text.encode(), text.encode("cp1252")
        raw = raw.replace(utf8, old.ljust(len(utf8)))
    raw = raw.replace((65001).to_bytes(4, "little"), (1252).to_bytes(4, "little"))
    path.write_bytes(raw)
    survey = read_survey(path)
    assert [survey.column(each).question for each in (name, "v2")] == ["Ideeën één", "Café"]


def test_who_answered_and_what_does_not_count_in_a_file_that_qualtrics_wrote_for_spss(tmp_path):
    data = frame(
        Status=[1.0] + [0.0] * (N - 1),
        Finished=[1.0, 0.0] + [1.0] * (N - 2),
        IPAddress=["192.0.2.7"] * N,
        ResponseId=[f"R_{at}" for at in range(N)],
        RecordedDate=[dt.datetime(2024, 3, 1)] * N,
    )
    survey = read_survey(sav(tmp_path / "w.sav", data))
    assert survey.dropped == {"preview": 1, "unfinished": 1}
    assert {"IPAddress", "ResponseId"} <= set(survey.personal)
    assert len(survey.rows) == N - 2


def test_what_is_missing_is_counted_in_the_rows_that_stay(tmp_path):
    points = [99.0, 99, 3, 99, 5, np.nan, 2, 1, 2, 3, 4, 5]
    data = frame(v1=points, Status=[1.0] + [0.0] * (N - 1), Finished=[1.0] * N)
    data["RecordedDate"], data["ResponseId"] = dt.datetime(2024, 3, 1), "R_1"
    survey = read_survey(sav(tmp_path / "w.sav", data, missing_ranges={"v1": [99]}))
    assert survey.dropped == {"preview": 1}
    assert survey.column("v1").missing == {"empty": 1, "99": 2}


def test_a_file_without_columns_to_keep_has_none(tmp_path):
    survey = read_survey(sav(tmp_path / "w.sav", frame()[["E_mail", "opm"]]))
    assert (survey.columns, survey.personal) == ((), ("E_mail", "opm"))


def dta(path, data, **options):
    pyreadstat.write_dta(data, path, **options)
    return path


@pytest.mark.parametrize("whole", [True, False])
def test_the_missing_values_of_stata_keep_their_reason(tmp_path, whole):
    points = [1, 2, "a", None, "b", 3, 4, 5, 1, 2, 3, 4]
    if not whole:
        points = [each if each is None or isinstance(each, str) else float(each) for each in points]
        points[0], points[2] = points[2], points[0]
    path = dta(
        tmp_path / "w.dta",
        frame(v1=points),
        missing_user_values={"v1": ["a", "b"]},
        variable_value_labels={"v1": {**WORDS, "a": "weet niet"} if whole else {"a": "weet niet"}},
        column_labels={"v1": "Ik leer"},
    )
    survey = read_survey(path)
    told = survey.column("v1")
    assert (survey.tool, told.kind, told.question) == ("stata", "item", "Ik leer")
    assert told.missing == {".a weet niet": 1, ".b": 1, ".": 1}
    assert survey.rows["v1"].isna().sum() == 3
    assert "a" not in told.labels


STATA_DAYS = {
    "%td": (23_442, "2024-03-07"),
    "%tm": (770, "2024-03-01"),
    "%tq": (257, "2024-04-01"),
    "%th": (129, "2024-07-01"),
    "%tw": (3_337, "2024-03-04"),
    "%ty": (2_024, "2024-01-01"),
}


@pytest.mark.parametrize(("form", "told"), STATA_DAYS.items())
def test_each_kind_of_day_of_stata_is_a_day(tmp_path, form, told):
    number, day = told
    path = dta(tmp_path / "w.dta", frame(d=[float(number)] * N), variable_format={"d": form})
    reference = pd.read_stata(path, columns=["d"])["d"].astype(str)
    survey = read_survey(path)
    assert survey.rows["d"].astype(str).tolist() == [day] * N
    assert reference.tolist() == [day] * N or form == "%tw"


BROKEN = {
    "another kind of file": (b"bedrijf;v1\nBAK-01;3\n", "survey_package_broken"),
    "empty": (b"", "survey_package_broken"),
    "a password": (b"\x1c" + bytes(7) + b"ENCRYPTEDSAV" + bytes(100), "survey_package_locked"),
}


@pytest.mark.parametrize(("raw", "code"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_file_of_spss_is_refused(tmp_path, raw, code):
    path = tmp_path / "w.sav"
    path.write_bytes(raw)
    with pytest.raises(UnreadableFile) as refusal:
        read_survey(path)
    (fault,) = refusal.value.faults
    assert fault.code == code
    assert fault.text("nl") != fault.text("en")


@pytest.mark.parametrize("cut", [20, 300])
@pytest.mark.parametrize("suffix", [".sav", ".zsav", ".dta"])
def test_a_file_that_was_cut_off_is_refused(tmp_path, cut, suffix):
    path = tmp_path / f"w{suffix}"
    if suffix == ".dta":
        dta(path, frame())
    else:
        sav(path, compress=suffix == ".zsav")
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(UnreadableFile) as refusal:
        read_survey(path)
    assert "ruus" not in str(refusal.value)
    assert [fault.code for fault in refusal.value.faults] == ["survey_package_broken"]


def test_a_wave_without_rows_is_refused(tmp_path):
    with pytest.raises(UnreadableFile) as refusal:
        read_survey(sav(tmp_path / "w.sav", frame().iloc[:0]))
    assert [fault.code for fault in refusal.value.faults] == ["table_no_rows"]
