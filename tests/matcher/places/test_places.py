"""What people type for a place, and the table in which it is found."""

import tomllib

import pytest

from matcher.errors import InvalidRegion
from matcher.paths import PLACES
from matcher.places.lookup import Places, normal, read_places
from matcher.places.table import PlacesTable, code_range

G, F, D, Z = "groningen-noord-drenthe", "friesland", "drenthe", "regio-zwolle"


@pytest.fixture(scope="module")
def places():
    return read_places(PLACES)


TYPED = {
    "leeuwarden": ("friesland", F),
    "LEEUWARDEN ": ("friesland", F),
    "Ljouwert": ("friesland", F),
    "Snits": ("friesland", F),
    "Ter Apel": ("groningen", G),
    "terapel": ("groningen", G),
    "'t Zandt": ("groningen", G),
    "\N{RIGHT SINGLE QUOTATION MARK}t zandt": ("groningen", G),
    "De Wijk": ("drenthe", D),
    "St.-Annaparochie": ("friesland", F),
    "st anna parochie": ("friesland", F),
    "IJlst": ("friesland", F),
    "\N{LATIN CAPITAL LIGATURE IJ}lst": ("friesland", F),
    "2e Exloermond": ("drenthe", D),
    "tweede exloërmond": ("drenthe", D),
    "Sudwest Fryslan": ("friesland", F),
    "Hoogeveen (gem.)": ("drenthe", D),
    "gemeente Westerveld": ("drenthe", Z),
    "Alteveer gem Hoogeveen": ("drenthe", D),
    "Alteveer (Noordenveld)": ("drenthe", G),
    "Zuidwolde Dr": ("drenthe", D),
    "Zuidwolde (Gr)": ("groningen", G),
    "Zuidwolde, Drenthe": ("drenthe", D),
    "Spijk Gn": ("groningen", G),
    "Assen": ("drenthe", G),
    "Meppel": ("drenthe", Z),
    "Emmen": ("drenthe", D),
    "8911 AB": ("friesland", F),
    "8911ab": ("friesland", F),
    "8911": ("friesland", F),
    "89": ("friesland", F),
    "NL-8911 AB": ("friesland", F),
    "9401 AB Assen": ("drenthe", G),
    "Assen 9401": ("drenthe", G),
    "7941": ("drenthe", Z),
    "7811 AB": ("drenthe", D),
    "9479 Noordlaren": ("groningen", G),
    "Fryslân": ("friesland", F),
    "Groningen": ("groningen", G),
    # Drenthe lies in three labour-market regions: the province alone does not say which.
    "Drenthe": ("drenthe", None),
    "78": ("drenthe", None),
    "1012 AB": ("anders", None),
    "10": ("anders", None),
    "Zwolle": ("anders", None),
    "7951": ("anders", None),
}


@pytest.mark.parametrize(("typed", "where"), TYPED.items(), ids=TYPED.keys())
def test_a_place_is_found_as_people_type_it(places, typed, where):
    found = places.find(typed)
    assert (found.province, found.region) == where
    assert not found.asks


ASKS = {
    "Zuidwolde": {"groningen", "drenthe"},
    "Noordwolde": {"groningen", "friesland"},
    "Winsum": {"groningen", "friesland"},
    "Wirdum": {"groningen", "friesland"},
    "Marsum": {"groningen", "friesland"},
    "Rottum": {"groningen", "friesland"},
    "Vledderveen": {"groningen", "drenthe"},
    "Echten": {"friesland", "drenthe"},
    "Makkum": {"friesland", "drenthe"},
    "Noordwijk": {"groningen", "anders"},
    "94": {"groningen", "drenthe"},
    "95": {"groningen", "drenthe"},
    "98": {"groningen", "friesland"},
    "83": {"friesland", "drenthe", "anders"},
    "79": {"drenthe", "anders"},
    # A postcode and a place that contradict each other.
    "9401 Leeuwarden": {"drenthe", "friesland"},
}


@pytest.mark.parametrize(("typed", "provinces"), ASKS.items(), ids=ASKS.keys())
def test_what_lies_in_two_provinces_asks(places, typed, provinces):
    found = places.find(typed)
    assert {spot.province for spot in found.spots} == provinces
    assert found.asks and found.province is None and found.region is None


def test_two_labour_market_regions_in_one_province_ask_too(places):
    drents = places.find("Alteveer").within("drenthe")
    assert (drents.province, drents.region, drents.asks) == ("drenthe", None, True)
    assert {spot.told for spot in drents.spots} == {
        "Alteveer (De Wolden)",
        "Alteveer (Hoogeveen)",
        "Alteveer (Noordenveld)",
    }


def test_each_choice_that_is_told_means_that_one_alone(places):
    for name in ASKS:
        for spot in places.find(name).spots:
            if spot.municipality:
                assert places.find(spot.told).spots == (spot,), spot.told


NOWHERE = ["", "   ", "x", "8", "12345", "0123", "x" * 500, "<script>alert(1)</script>", "Atlantis"]


@pytest.mark.parametrize("typed", [*NOWHERE, "89\N{ARABIC-INDIC DIGIT ONE}1", "\x00", "Leewarden"])
def test_what_is_no_place_is_unknown_and_never_guessed(places, typed):
    assert places.find(typed).spots == ()
    assert places.find(typed).province is None


def test_near_names_are_offered(places):
    assert places.near("Leewarden")[0] == "Leeuwarden"
    assert places.near("Hogeveen")[0] == "Hoogeveen"
    assert places.near("Oude Pek") == ("Oude Pekela",)
    assert places.near("Slochterem") == ("Slochteren",)
    assert places.near("<script>") == () == places.near("zz")


def test_the_provinces_count_as_what_a_profile_knows(places):
    assert {each: places.counts_as(each) for each in (*places.provinces, "anders")} == {
        "groningen": "groningen",
        "friesland": "friesland",
        "drenthe": "drenthe",
        "anders": "anders",
    }


def test_every_municipality_of_2026_is_there_with_its_region(places):
    rows = places.table.municipality.values()
    of = {
        province: [row.region for row in rows if row.province == province]
        for province in ("groningen", "friesland", "drenthe")
    }
    assert of["groningen"] == [G] * 10
    assert of["friesland"] == [F] * 18
    assert sorted(of["drenthe"]) == [D] * 6 + [G] * 4 + [Z] * 2
    assert sum(len(row.places) for row in rows) > 800


def test_every_name_of_the_table_finds_its_own_municipality(places):
    for municipality, row in places.table.municipality.items():
        for listed in (municipality, *row.also, *row.places):
            for name in listed.split(" / "):
                assert municipality in {s.municipality for s in places.find(name).spots}, name


def test_postcodes_agree_with_their_two_digits(places):
    """A range of a municipality lies where its two digits say that its province can be."""
    areas = places.table.postcodes
    for name, row in places.table.municipality.items():
        for codes in row.postcodes:
            for code in code_range(codes):
                assert row.province in areas[str(code)[:2]], (name, code)
    for codes in places.table.outside.postcodes:
        for code in code_range(codes):
            assert "anders" in areas[str(code)[:2]], code


def test_names_are_compared_without_case_accents_and_signs():
    assert normal("Wâlterswâld") == normal("WALTERSWALD")
    assert normal("Wehe-den Hoorn") == normal("wehe den hoorn") == "wehedenhoorn"


SMALL = """
checked = 2026-11-30
[province.oost]
nl = "Oost"
en = "East"
[municipality."Dorp"]
province = "oost"
region = "oost"
postcodes = ["7001-7003"]
places = ["Dorp", "Gehucht / Hamlet"]
[municipality."Stad"]
province = "oost"
region = "oost"
[postcodes]
70 = ["oost"]
"""


def small(tmp_path, text=SMALL):
    path = tmp_path / "places.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_another_region_has_provinces_of_its_own(tmp_path):
    found = read_places(small(tmp_path)).find("hamlet")
    assert (found.province, found.region) == ("oost", "oost")
    assert read_places(small(tmp_path)).counts_as("oost") == "anders"


def test_a_file_that_changed_is_read_again(tmp_path):
    assert read_places(small(tmp_path)).find("Nieuw").spots == ()
    path = small(tmp_path, SMALL.replace('"Dorp", ', '"Dorp", "Nieuw", '))
    assert isinstance(read_places(path), Places)
    assert read_places(path).find("Nieuw").province == "oost"


FAULTS = {
    "a municipality in no province": ('= "oost"\nregion', '= "west"\nregion', "region_province"),
    "two digits in no province": ('70 = ["oost"]', '70 = ["west"]', "region_province"),
    "no two digits": ("70 = ", "7 = ", "region_two_digits"),
    "digits in no province": ('70 = ["oost"]', "70 = []", "too_few"),
    "a range that ends before it begins": ("7001-7003", "7003-7001", "region_bad_codes"),
    "letters in a postcode": ("7001-7003", "7001 AB", "region_bad_codes"),
    "an id with a space": ("[province.oost]", '[province."het oosten"]', "region_bad_id"),
    "a province called elsewhere": ("[province.oost]", "[province.anders]", "region_elsewhere"),
    "an empty name": ('"Dorp", ', '" ", ', "region_bad_name"),
    "an answer no profile knows": ('"East"', '"East"\ncounts_as = "oost"', "unknown_value"),
    "a misspelt key": ("postcodes = [", "postcode = [", "unknown_field"),
    "no date": ("checked = 2026-11-30\n", "", "missing"),
    "codes of two municipalities": (
        '[municipality."Stad"]\n',
        '[municipality."Stad"]\npostcodes = ["7003"]\n',
        "region_double_codes",
    ),
    "no TOML": ("[province.oost]", "[province.oost", "region_toml"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_in_the_table_is_told_at_its_key(tmp_path, old, new, code):
    assert old in SMALL
    with pytest.raises(InvalidRegion) as refusal:
        read_places(small(tmp_path, SMALL.replace(old, new, 1)))
    assert code in [fault.code for fault in refusal.value.faults]
    for fault in refusal.value.faults:
        assert fault.where.startswith("places.toml")
        assert fault.text("nl") != fault.text("en")


def test_all_faults_come_at_once(tmp_path):
    text = SMALL.replace('"7001-7003"', '"1"').replace("70 = ", "x = ").replace("nl = ", "n = ")
    with pytest.raises(InvalidRegion) as refusal:
        read_places(small(tmp_path, text))
    assert len(refusal.value.faults) >= 4


def test_a_file_that_is_not_there_says_where_it_belongs(tmp_path):
    with pytest.raises(InvalidRegion, match=r"places\.toml: This file cannot be read"):
        read_places(tmp_path / "places.toml")


def test_the_schema_is_that_of_the_file():
    assert set(tomllib.loads(PLACES.read_text(encoding="utf-8"))) <= set(PlacesTable.model_fields)
