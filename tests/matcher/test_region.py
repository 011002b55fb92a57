"""Who helps in a region, and what another region must bring."""

from datetime import date

import pytest

from matcher.errors import InvalidRegion
from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.region import PLACES_FILE, REGIONAL, REGIONS_FILE, Home, read_region


@pytest.fixture(scope="module")
def north():
    return read_region(MENU)


def named(region, provider, province=None, labour=None, group=None):
    return region.named(provider, region.home(province, labour), group, "nl")


def test_a_labour_market_region_counts_only_where_the_province_leaves_it_open(north):
    assert north.home("drenthe", "regio-zwolle") == Home("drenthe", "regio-zwolle")
    assert north.home("groningen", "groningen-noord-drenthe") == Home("groningen")
    assert north.home("friesland", "regio-zwolle") == Home("friesland")
    assert north.home("drenthe", "friesland") == Home("drenthe")
    assert north.home("anders", "drenthe") == Home("anders")
    assert north.home(None, "drenthe") == Home()


def test_who_helps_is_looked_up_again_a_year_on_and_what_nobody_confirmed_at_once(north):
    open_ = north.due(date(2026, 12, 1))
    assert {row.id for row in open_} == {"desks"}, "of no desk is it certain that it is still there"
    assert north.due(date(2027, 11, 28)) == open_
    assert len(north.due(date(2027, 11, 29))) == len(north.table.provider)


def test_the_nearest_words_hold(north):
    assert named(north, "werkcentrum", "drenthe", "groningen-noord-drenthe").endswith(
        "Groningen Noord-Drenthe"
    )
    assert named(north, "werkcentrum", "drenthe").startswith("Werkcentrum van uw regio (Assen")
    assert named(north, "werkcentrum", "anders").startswith("Werkcentrum van uw regio (voorheen")
    assert named(north, "werkcentrum") == named(north, "werkcentrum", "anders")
    assert named(north, "desks", "drenthe", "regio-zwolle").startswith("Ik Ben Drents Ondernemer")
    assert named(north, "sbb", "drenthe") is None  # the same in the whole country


def test_green_schools_are_added_for_farms_where_they_are(north):
    assert named(north, "mbo", "friesland", group="landbouw") == "Firda, Aeres"
    assert named(north, "mbo", "friesland", group="bouw") == "Firda"
    assert named(north, "mbo", "anders", group="landbouw") == named(north, "mbo")


def test_every_provider_of_the_menu_that_is_regional_is_told_in_both_languages(north):
    used = {provider for card in read_menu(MENU) for provider in card.providers}
    for provider in used & REGIONAL:
        for province in (None, *north.places.provinces):
            words = [north.named(provider, Home(province), None, lang) for lang in ("nl", "en")]
            assert all(words), (provider, province)


def test_what_was_not_found_in_2026_says_that_it_must_be_asked_after(north):
    for row in north.table.provider:
        if row.certainty in ("low", "unverifiable"):
            assert any(word in row.nl for word in ("vraag", "vonden")), row.nl
        assert row.checked.year == 2026 and row.source


PLACES = """
checked = 2026-11-30
[province.oost]
nl = "Oost"
en = "East"
[municipality."Dorp"]
province = "oost"
region = "de-hoek"
[postcodes]
70 = ["oost"]
"""
GENERAL = "".join(
    f"""
[[provider]]
id = "{each}"
nl = "{each} van hier"
en = "{each} from here"
checked = 2026-11-30
certainty = "high"
source = "GK"
"""
    for each in sorted(REGIONAL)
)
REGIONS = f"""
[region.de-hoek]
nl = "De Hoek"
en = "The Corner"
{GENERAL}
"""


def beside(folder, places=PLACES, regions=REGIONS):
    """Lay a region beside a menu card; return where that is."""
    for name, text in ((PLACES_FILE, places), (REGIONS_FILE, regions)):
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return folder / "menu.toml"


def test_a_region_lies_beside_its_menu(tmp_path):
    region = read_region(beside(tmp_path))
    assert region.beside_menu and list(region.places.provinces) == ["oost"]
    assert region.name_of("de-hoek", "en") == "The Corner"
    assert named(region, "mbo", "oost") == "mbo van hier"


def test_a_menu_with_nothing_beside_it_has_what_the_product_brings(tmp_path):
    region = read_region(tmp_path / "menu.toml")
    assert not region.beside_menu and "drenthe" in region.places.provinces
    assert read_region(MENU).beside_menu


ONE = 'id = "mbo"\n'
FAULTS = {
    "no places": (None, REGIONS, "region_file"),
    "no desks": (PLACES, None, "region_file"),
    "a province that is none": (
        PLACES,
        REGIONS.replace(ONE, ONE + 'province = "west"\n'),
        "region_province_of_places",
    ),
    "a labour-market region that is none": (
        PLACES,
        REGIONS.replace(ONE, ONE + 'region = "west"\n'),
        "region_unknown",
    ),
    "a municipality of another region": (
        PLACES.replace("de-hoek", "west"),
        REGIONS,
        "region_unknown",
    ),
    "a province and a region at once": (
        PLACES,
        REGIONS.replace(ONE, ONE + 'province = "oost"\nregion = "de-hoek"\n'),
        "region_two_wheres",
    ),
    "the same twice": (PLACES, REGIONS + GENERAL, "region_double_provider"),
    "no words for everywhere": (
        PLACES,
        REGIONS.replace(ONE, ONE + 'province = "oost"\n'),
        "region_no_general",
    ),
    "a provider that no card knows": (
        PLACES,
        REGIONS.replace(ONE, 'id = "mbos"\n'),
        "unknown_value",
    ),
    "one language": (PLACES, REGIONS.replace('en = "mbo from here"\n', ""), "missing"),
    "no source": (PLACES, REGIONS.replace('source = "GK"\n', "", 1), "missing"),
    "no date": (PLACES, REGIONS.replace("checked = 2026-11-30\n", "", 1), "missing"),
}


@pytest.mark.parametrize(("places", "regions", "code"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_of_a_region_is_told_with_its_file(tmp_path, places, regions, code):
    with pytest.raises(InvalidRegion) as refusal:
        read_region(beside(tmp_path, places, regions))
    assert code in [fault.code for fault in refusal.value.faults]
    for fault in refusal.value.faults:
        assert fault.where.startswith((PLACES_FILE, REGIONS_FILE))
        assert fault.text("nl") != fault.text("en")


def test_the_faults_of_both_files_come_at_once(tmp_path):
    menu = beside(tmp_path, PLACES.replace("70 = ", "7 = "), REGIONS.replace('nl = "De Hoek"', ""))
    with pytest.raises(InvalidRegion) as refusal:
        read_region(menu)
    assert {fault.where.split()[0] for fault in refusal.value.faults} == {PLACES_FILE, REGIONS_FILE}
