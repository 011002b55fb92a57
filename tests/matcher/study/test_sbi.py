"""From a code of activities, in whatever form, to its section."""

import csv
from pathlib import Path

import pytest

from matcher.study.sbi import _DIVISIONS, Section, _letters, habits, read_section, titles
from matcher.vocabulary import SECTORS

READ = {
    "a class with a point": ("43.21", "F", "2025"),
    "a class without": ("4321", "F", "2025"),
    "five digits": ("43.21.1", "F", "2025"),
    "five digits without points": ("43211", "F", "2025"),
    "a comma": ("43,21", "F", "2025"),
    "the decimals of a data frame": ("43211.0", "F", "2025"),
    "a zero in front": ("01131", "A", "2025"),
    "a division": ("86", "R", "2025"),
    "a title behind it": ("86.10 - Ziekenhuizen", "R", "2025"),
    "a letter before it": ("F 43.21", "F", "2025"),
    "the scheme before it": ("SBI 2008: 62.01", "J", "2008"),
    "a class that only 2008 has": ("62.01", "J", "2008"),
    "a division that only 2008 has": ("45.20", "G", "2008"),
    "a class that only 2025 has": ("95.31", "T", "2025"),
    "several of one section": ("43.21, 43.22 en 43.91", "F", "2025"),
    "a letter that both have": ("C", "C", "2025"),
    "a letter with its title": ("c - industrie", "C", "2025"),
    "a title": ("Bouwnijverheid", "F", "2025"),
    "a title of 2008 alone": ("Informatie en communicatie", "J", "2008"),
    "what people call it": ("Zorg", "R", "2025"),
}


@pytest.mark.parametrize(("cell", "letter", "scheme"), READ.values(), ids=READ.keys())
def test_a_code_is_read_in_any_form(cell, letter, scheme):
    reading = read_section(cell, habits([cell]))
    assert (reading.section, reading.doubt) == (Section(letter, scheme), None)


DOUBTS = {
    "a letter that the schemes differ in": ("J", "sbi_scheme"),
    "the letter that lost the repair of cars": ("G", "sbi_scheme"),
    "a class that means another thing": ("63.91", "sbi_scheme"),
    "a division that does not exist": ("48.11", "sbi_no_such_code"),
    "a letter of another division": ("G 43.21", "sbi_letter_differs"),
    "words": ("iets met hout", "sbi_not_a_code"),
    "the name of the scheme": ("SBI2008", "sbi_not_a_code"),
    "a zero that may be lost": ("1130", "sbi_zero_or_not"),
    "another": ("9100", "sbi_zero_or_not"),
}


@pytest.mark.parametrize(("cell", "doubt"), DOUBTS.values(), ids=DOUBTS.keys())
def test_what_cannot_be_told_is_asked(cell, doubt):
    assert read_section(cell, habits([cell])).doubt == doubt
    assert read_section(cell, habits([cell])).section is None


def test_of_a_zero_that_may_be_lost_both_readings_are_offered():
    assert read_section("1130", habits(["1130"])).codes == ("01.13.0", "11.30")


ZEROS = {
    "the others have five digits": (["1131", "43211", "56111"], "A", "sbi_zero_lost"),
    "the others have four": (["1131", "4321"], "C", None),
    "one of three beside others of four": (["113", "4321"], "A", "sbi_zero_lost"),
    "the column keeps its zeros": (["1130", "0113"], "C", None),
    "a point shows it": (["1.13"], "A", "sbi_zero_lost"),
    "a single digit": (["1"], "A", "sbi_zero_lost"),
    "no such class with a zero": (["5610"], "I", None),
    "others with points say nothing": (["1130", "43.21"], None, "sbi_zero_or_not"),
}


@pytest.mark.parametrize(("cells", "letter", "doubt"), ZEROS.values(), ids=ZEROS.keys())
def test_the_rest_of_the_column_tells_whether_a_zero_is_lost(cells, letter, doubt):
    reading = read_section(cells[0], habits(cells))
    assert (reading.section and reading.section.letter, reading.doubt) == (letter, doubt)


def test_with_a_scheme_the_letter_is_that_of_the_scheme():
    old, new = habits([], "2008"), habits([], "2025")
    assert [read_section("62", each).section for each in (old, new)] == [
        Section("J", "2008"),
        Section("K", "2025"),
    ]
    assert read_section("63.91", old).section == Section("J", "2008")
    assert read_section("K", new).section == Section("K", "2025")
    assert read_section("45.20", new).doubt == "sbi_not_in_2025"
    assert read_section("V", old).doubt == "sbi_no_such_code"


def test_a_column_is_of_a_scheme_when_enough_of_its_codes_are():
    assert habits(["62.01", "45.20", "43.21"]).sbi_version == "2008"
    assert habits(["95.31", "62.10", "43.21"]).sbi_version == "2025"
    assert habits(["62.01", "43.21"]).sbi_version is None
    assert habits(["62.01", "45.20", "95.31"]).sbi_version is None


def test_codes_of_two_sections_are_read_as_the_first():
    reading = read_section("43.21; 62.10", habits([]))
    assert (reading.section, reading.doubt) == (Section("F", "2025"), "sbi_codes_differ")


def test_the_sections_of_the_schemes_are_those_of_the_vocabulary():
    for scheme, letters in _letters().items():
        assert {*letters.values()} == SECTORS[scheme].keys() & {*letters.values()}
        assert {part[0] for part in _DIVISIONS[scheme].split()} == SECTORS[scheme].keys()


def test_the_divisions_of_2025_are_those_of_the_office():
    """In its list each section stands above its divisions."""
    letter, found = "", {}
    for code in titles():
        if code.isalpha():
            letter = code
        elif len(code) == 2:
            found[code] = letter
    assert found == _letters()["2025"]


def test_the_list_of_codes_is_that_of_the_office():
    path = Path(__file__).parents[3] / "matcher/study/sbi2025.csv"
    rows = list(csv.reader(path.read_text("utf-8").splitlines()))
    assert (rows[0], len(rows)) == (["code", "title"], 1955)
    assert titles()["01131"] == "Teelt van groenten in de volle grond"
