"""A list of companies with columns of any naming, and what becomes known of each."""

import pytest

from matcher.paths import PLACES as PLACES_FILE
from matcher.places.lookup import read_places
from matcher.study.columns import guess_roles
from matcher.study.companies import read_companies
from matcher.study.names import match
from matcher.study.sbi import Section
from matcher.study.sizes import Size, read_size

PLACES = read_places(PLACES_FILE)

SIZES = {
    "a number": ("38", 38),
    "with a unit": ("38 medewerkers", 38),
    "about": ("ca. 40 fte", 40),
    "decimals that are none": ("38,0", 38),
    "a class": ("10-19", Size(10, 19)),
    "with a dash": ("10 – 19", Size(10, 19)),
    "up to the next class": ("10 tot 20", Size(10, 19)),
    "up to and with": ("10 t/m 19", Size(10, 19)),
    "as the form has it": ("5 tot 9 mensen", Size(5, 9)),
    "below": ("<10", Size(1, 9)),
    "below in words": ("minder dan 10", Size(1, 9)),
    "at most": ("10 of minder", Size(1, 10)),
    "from": ("250+", Size(250, None)),
    "from in words": ("250 of meer", Size(250, None)),
    "above": ("> 250", Size(251, None)),
    "made a month of": ("okt-19", Size(10, 19)),
    "made a day of": ("5-sep", Size(5, 9)),
    "made a whole day of": ("2026-04-02 00:00:00", Size(2, 4)),
    "unknown": ("weet niet", None),
    "made a day of that may be two": ("2019-10-01", "size_was_a_day"),
    "thousands or not": ("1.250", "table_thousands"),
    "half a person": ("12,5", "table_not_whole"),
    "upside down": ("19-10", "size_upside_down"),
    "words": ("veel", "size_not_read"),
}


@pytest.mark.parametrize(("cell", "size"), SIZES.values(), ids=SIZES.keys())
def test_a_size_is_a_number_or_stays_a_class(cell, size):
    assert read_size(cell) == size


def test_a_class_is_one_of_ours_where_all_of_it_lies_in_one():
    classes = [Size(10, 19), Size(20, 49), Size(1, 9), Size(250, None), Size(50, None)]
    assert [size.size_class for size in classes] == ["10-24", None, None, "100-249", None]


HEADINGS = {
    "Bedrijfscode": "code",
    "Bedrijfsnaam (statutair)": "name",
    "Handelsnaam": "name",
    "KvK-nr.": "register",
    "SBI-code": "sbi",
    "Aantal medewerkers": "employees",
    "Grootteklasse": "size",
    "GEMEENTE": "municipality",
    "Postcode": "postcode",
    "Provincie": "province",
    "Hoe tevreden bent u over de samenwerking met uw bedrijf": "-",
    "Contactpersoon": "-",
}


def test_the_headings_tell_what_a_column_holds():
    assert guess_roles("list", HEADINGS) == HEADINGS


LIST = {
    "Code": ["B01", "B02", "B03", "B04"],
    "Naam": ["Bakkerij Jansen B.V.", "De Vries & Zn.", "Café Thuis", "Smit"],
    "KvK": ["12345678", "01234567", "", "onbekend"],
    "SBI": ["10.71", "43.21", "62.01", ""],
    "Aantal medewerkers": ["38", "10-19", "", "250+"],
    "Plaats": ["Assen", "Zuidwolde (Dr)", "8911 AB Leeuwarden", "Utrecht"],
    "Contactpersoon": ["Piet Pietersen", "", "", ""],
}


def test_what_is_known_is_read_and_the_rest_is_unknown():
    read = read_companies("lijst.xlsx", LIST, PLACES)
    assert read.faults == ()
    one, two, three, four = read.companies
    assert (one.section, one.employees, one.size) == (Section("C", "2025"), 38, None)
    assert (one.province, one.region is not None) == ("drenthe", True)
    assert (two.employees, two.size, two.province) == (None, Size(10, 19), "drenthe")
    assert (three.section, three.province) == (Section("J", "2008"), "friesland")
    assert (four.section, four.size, four.province) == (None, Size(250, None), "anders")
    assert [company.listed.key for company in read.companies] == LIST["Code"]


def test_persons_places_and_register_numbers_stay_behind():
    read = read_companies("lijst.xlsx", LIST, PLACES)
    told = repr(read)
    for kept_out in ("Pietersen", "12345678", "1234567", "Assen", "Leeuwarden", "8911"):
        assert kept_out not in told
    assert match("a.csv", ["1234567"], [""], read.listed).companies() == ["B02"]


def test_a_column_of_codes_that_holds_register_numbers_is_one_of_those():
    columns = {"Code": ["12345678", "23456789"], "Bedrijf": ["Vos", "Smit"]}
    read = read_companies("lijst.csv", columns, PLACES)
    assert [each.key for each in read.listed] == ["Vos", "Smit"]
    assert [warning.code for warning in read.warnings] == ["list_code_is_register"]
    assert match("a", ["23456789"], [""], read.listed).companies() == ["Smit"]


def test_names_that_are_codes_are_looked_up_as_codes():
    read = read_companies("lijst.csv", {"Bedrijf": ["B01", "B02"]}, PLACES)
    assert match("a", ["bO2"], [""], read.listed).companies() == ["B02"]


def test_what_somebody_says_counts_before_what_is_guessed():
    columns = {"A": ["B01", "B02"], "Naam": ["x", "y"], "SBI": ["1130", "J"], "n": ["veel", "9"]}
    read = read_companies(
        "lijst.csv",
        columns,
        PLACES,
        roles={"A": "code", "n": "employees", "Naam": "-"},
        answers={"1130": "01.13", "veel": "100-249"},
        sbi_version="2025",
    )
    assert read.faults == ()
    assert [each.section for each in read.companies] == [Section("A", "2025"), Section("J", "2025")]
    assert [each.size or each.employees for each in read.companies] == [Size(100, 249), 9]
    assert read.companies[0].listed.names == ()


FAULTY = {
    "Code": ["B01", "b01", "", "B04", "B05", "B06", "B07"],
    "Naam": ["Vos", "Smit", "", "Bos", "Mol", "Das", "Uil"],
    "SBI": ["1130", "48.1", "43", "J", "G", "x y", "43"],
    "Medewerkers": ["1.250", "veel", "4", "0", "9", "9", "9"],
    "Plaats": ["Zuidwolde", "Assen", "Assen", "Emmen", "Leewarden", "", "Assen"],
    "Provincie": ["", "", "", "Friesland", "", "Utrecht", "Drenthe"],
}


def test_all_faults_are_told_at_once_with_place_value_and_way_out():
    read = read_companies("lijst.xlsx", FAULTY, PLACES)
    told = {(fault.where, fault.code) for fault in read.faults}
    assert told == {
        ("lijst.xlsx, row 4", "list_nameless"),
        ("lijst.xlsx, row 3", "list_company_twice"),
        ("lijst.xlsx, row 2, SBI", "sbi_zero_or_not"),
        ("lijst.xlsx, row 3, SBI", "sbi_no_such_code"),
        ("lijst.xlsx, row 7, SBI", "sbi_not_a_code"),
        ("lijst.xlsx, SBI", "sbi_scheme"),
        ("lijst.xlsx, row 2, Medewerkers", "table_thousands"),
        ("lijst.xlsx, row 3, Medewerkers", "size_not_read"),
        ("lijst.xlsx, row 5, Medewerkers", "table_too_small"),
        ("lijst.xlsx, row 2", "list_place_which"),
        ("lijst.xlsx, row 5", "list_places_differ"),
    }
    (near,) = (warning for warning in read.warnings if warning.code == "list_place_near")
    assert "Leeuwarden" in near.text("nl")
    for each in (*read.faults, *read.warnings):
        assert each.line("nl") != each.line("en")


def test_a_list_without_names_says_which_columns_there_are():
    (fault,) = read_companies("lijst.xlsx", {"Kleur": ["rood"]}, PLACES).faults
    assert (fault.code, "Kleur" in fault.text("nl")) == ("list_no_name", True)


def test_a_choice_of_columns_that_cannot_be_is_told():
    chosen = {"Kleur": "code", "Naam": "bedrijf", "Code": "code", "KvK": "code"}
    read = read_companies("lijst.xlsx", LIST, PLACES, roles=chosen)
    assert {fault.code for fault in read.faults} == {
        "columns_no_such_heading",
        "columns_no_such_role",
        "columns_role_twice",
    }


def test_the_order_of_the_rows_changes_nothing():
    order = [2, 0, 3, 1]
    mixed = {heading: [cells[at] for at in order] for heading, cells in LIST.items()}
    one = read_companies("a", LIST, PLACES, rows=[2, 3, 4, 5])
    other = read_companies("a", mixed, PLACES, rows=[order[at] + 2 for at in range(4)])
    assert set(one.companies) == set(other.companies)
