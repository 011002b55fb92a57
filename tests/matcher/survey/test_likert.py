import numpy as np
import pandas as pd
import pytest

from matcher.errors import InvalidSurvey
from matcher.survey.likert import Scale, blocks, read_items
from matcher.survey.reading import read_survey
from matcher.survey.result import Column, Reason, Survey
from matcher.survey.words import is_no_answer, read_answer, scales, scales_of, tidied
from tests.matcher.survey.survey_makers import table


def survey(labels=None, **items):
    """A survey of items; ``labels`` are those of all of them."""
    rows = pd.DataFrame(
        {name: pd.Categorical([word or None for word in words]) for name, words in items.items()}
    )
    rows.index += 2
    columns = tuple(Column(n, n, labels or {}, "item", Reason("labels")) for n in items)
    because = Reason("plain")
    return Survey("w.csv", None, "plain", because, columns, rows, {}, (), (), ())


def numbers(words, labels=None, scale=None):
    return read_items(survey(labels, v1=words), ["v1"], scale).values["v1"].tolist()


SCALES = {
    "agreement of 3": ["Oneens", "Neutraal", "Eens"],
    "agreement of 4": ["Helemaal oneens", "Oneens", "Eens", "Helemaal eens"],
    "agreement of 5": [
        *("Helemaal mee oneens", "Mee oneens", "Niet mee eens, niet mee oneens"),
        *("Mee eens", "Helemaal mee eens"),
    ],
    "agreement of 6": [
        *("Helemaal mee oneens", "Mee oneens", "Beetje mee oneens"),
        *("Beetje mee eens", "Mee eens", "Helemaal mee eens"),
    ],
    "agreement of 7": [
        *("Strongly disagree", "Disagree", "Somewhat disagree", "Neither agree nor disagree"),
        *("Somewhat agree", "Agree", "Strongly agree"),
    ],
    "five of Qualtrics": [
        *("Strongly disagree", "Somewhat disagree", "Neither agree nor disagree"),
        *("Somewhat agree", "Strongly agree"),
    ],
    "how often": ["Nooit", "Zelden", "Soms", "Vaak", "Altijd"],
    "how often of 6": ["Never", "Rarely", "Sometimes", "Often", "Very often", "Always"],
    "how often of 7": [
        *("Nooit", "Bijna nooit", "Af en toe", "Regelmatig", "Dikwijls", "Zeer dikwijls", "Altijd"),
    ],
    "digits": ["1", "2", "3", "4", "5"],
    "decimals": ["1,0", "2,0", "3,0", "4,0", "5,0"],
    "digit and words": ["1 = helemaal oneens", "2", "3", "4", "5 - Helemaal mee eens"],
    "words and digit": ["Helemaal oneens (1)", "Oneens (2)", "Neutraal (3)", "Eens (4)", "5"],
    "codes": ["A1", "A2", "A3", "A4", "A5"],
}


@pytest.mark.parametrize("words", SCALES.values(), ids=SCALES.keys())
def test_the_answers_of_a_scale_are_its_numbers(words):
    assert numbers(words) == list(range(1, len(words) + 1))


@pytest.mark.parametrize(
    "words", [["HELEMAAL  MEE ONEENS", "Ééns", "mee eens.", "neutraal ", "Helemaal\xa0mee eens"]]
)
def test_case_accents_spaces_and_points_do_not_count(words):
    assert numbers(words) == [1, 4, 4, 3, 5]


NO_ANSWERS = ["Weet niet", "n.v.t.", "Niet van toepassing", "Weet niet / n.v.t.", "Don't know", "?"]


@pytest.mark.parametrize("word", NO_ANSWERS)
def test_who_does_not_know_is_missing_and_counted(word):
    read = read_items(survey(v1=["Nooit", "Altijd", word, "Soms", "", "Vaak"]), ["v1"])
    assert read.values["v1"].isna().tolist() == [False, False, True, False, True, False]
    assert read.missing == {"v1": {word: 1}}


def test_words_of_codes_say_how_the_codes_run():
    labels = {"1": "Helemaal mee eens", "2": "Eens", "3": "Neutraal"}
    labels |= {"4": "Oneens", "5": "Helemaal mee oneens", "9": "Weet niet"}
    read = read_items(survey(labels, v1=["1", "2", "3", "4", "5", "9"]), ["v1"])
    assert read.values["v1"].tolist()[:5] == [5, 4, 3, 2, 1]
    assert read.turned == ("v1",)
    assert read.missing == {"v1": {"9 Weet niet": 1}}
    forward = {code: labels[str(6 - int(code))] for code in "12345"}
    assert numbers(list("12345"), forward) == [1, 2, 3, 4, 5]


def test_words_at_the_ends_alone_say_it_too():
    words = ["1 = helemaal mee eens", "2", "3", "4", "5 = helemaal mee oneens"]
    assert numbers(words) == [5, 4, 3, 2, 1]
    assert numbers(list("1357"), {"1": "Helemaal oneens", "7": "Helemaal eens"}) == [1, 3, 5, 7]
    assert numbers(list("0369"), {"0": "Nooit", "10": "Altijd"}) == [0, 3, 6, 9]


def test_codes_that_begin_at_nought_keep_it():
    labels = dict(zip("01234", ["Nooit", "Zelden", "Soms", "Vaak", "Altijd"], strict=True))
    read = read_items(survey(labels, v1=list("01234")), ["v1"])
    assert (read.scale.least, read.scale.most) == (0, 4)
    assert read.values["v1"].tolist() == [0, 1, 2, 3, 4]


def test_a_word_that_the_scale_lacks_is_told_with_its_rows_and_a_way_out():
    told = survey(
        v1=["Oneens", "Mee eesn", "Helemaal eens", "Mee eesn"],
        v2=["Eens", "Blauw", "Eens", "1-mei"],
    )
    with pytest.raises(InvalidSurvey) as refusal:
        read_items(told, ["v1", "v2"])
    found = [(fault.where, fault.code) for fault in refusal.value.faults]
    assert found == [
        ("row 3, v1", "survey_not_on_scale_near"),
        ("row 5, v2", "table_changed"),
        ("row 3, v2", "survey_not_on_scale"),
    ]
    near = refusal.value.faults[0]
    assert near.params["near"] == "mee eens"
    assert (near.times, near.params["more_rows"]) == (2, "5")
    assert "mee eens" in near.text("nl")
    assert refusal.value.total == 4


def test_a_number_off_the_scale_is_told():
    with pytest.raises(InvalidSurvey) as refusal:
        numbers(["1", "5", "55"], scale=Scale(1, 5))
    assert [fault.params["value"] for fault in refusal.value.faults] == ["55"]


@pytest.mark.parametrize("code", ["99", "-9", "999"])
def test_a_code_that_may_mean_no_answer_is_asked_about_and_can_be_declared(code):
    told = survey(v1=["1", "5", code, "2"])
    with pytest.raises(InvalidSurvey) as refusal:
        read_items(told, ["v1"])
    assert [fault.code for fault in refusal.value.faults] == ["survey_code_of_none"]
    read = read_items(told, ["v1"], no_answer=[code])
    assert (read.scale.most, read.missing) == (5, {"v1": {code: 1}})
    assert read.values["v1"].isna().tolist() == [False, False, True, False]


def test_answers_that_fit_two_scales_leave_a_doubt():
    read = read_items(survey(v1=["Oneens", "Neutraal", "Eens"]), ["v1"])
    assert (read.scale.most, {other.most for other in read.others}) == (3, {5, 7})
    assert read_items(survey(v1=["1", "2", "4"]), ["v1"]).others[0].most == 7


def test_items_are_taken_together_by_what_they_are_answered_with():
    words = {"a": ["Nooit", "Soms"], "b": ["Eens", "Oneens"], "c": ["Vaak", "Altijd"]}
    assert blocks(survey(**words, d=["1", "4"], e=["2", "2"])) == [("a", "c"), ("b",), ("d", "e")]


def test_no_word_has_two_places_on_one_scale_and_none_is_no_answer():
    for scale in scales():
        assert sorted(set(scale.points.values())) == list(range(1, scale.most + 1))
        for word in scale.points:
            assert tidied(word) == word
            assert not is_no_answer(word)


def test_what_is_no_scale_is_of_none():
    assert scales_of(["winkel", "kantoor"]) == []
    assert [read_answer(word).number for word in ("3 maanden", "1-mei", "3 soms")] == [
        None,
        None,
        3,
    ]


def test_many_rows_are_read_by_their_different_answers(tmp_path):
    words = np.array(["Helemaal mee oneens", "Mee oneens", "Neutraal", "Mee eens", "Weet niet"])
    at = np.arange(3_000) % 5
    rows = [["bedrijf", "v1"], *([f"B{n % 7}", words[n % 5]] for n in range(3_000))]
    read = read_items(read_survey(table(tmp_path / "t.csv", rows)), ["v1"])
    assert np.array_equal(read.values["v1"], np.where(at == 4, np.nan, at + 1.0), equal_nan=True)
