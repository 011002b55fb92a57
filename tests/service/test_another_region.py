"""A service for another region: its own menu card, places, provinces, schools and desks."""

import html
import json
import re

import pytest
from werkzeug.datastructures import MultiDict

from matcher.errors import InvalidMenu, InvalidRegion
from matcher.paths import MENU
from matcher.region import PLACES_FILE, REGIONS_FILE
from service import create_app
from service.settings import Settings, read_settings
from tests.matcher.commands import run

PLACES = """
checked = 2026-11-30

[province.oeverland]
nl = "Oeverland"
en = "Shoreland"
short = ["Oev"]

[province.heuvelland]
nl = "Heuvelland"
en = "Hill Country"

[municipality."Waterhuis"]
province = "oeverland"
region = "de-kreek"
postcodes = ["4601-4609"]
places = ["Waterhuis", "Nieuwe Sluis / New Lock"]

[municipality."Duinrand"]
province = "oeverland"
region = "het-duin"
places = ["Duinrand", "Nieuwe Sluis"]

[municipality."Bergdorp"]
province = "heuvelland"
region = "de-berg"
postcodes = ["4610"]
places = ["Bergdorp"]

[postcodes]
46 = ["oeverland", "heuvelland"]
47 = ["heuvelland"]

[outside]
places = ["Leeuwarden"]
"""
NAMES = {
    "mbo": ("mbo-school: Kreekcollege", "vocational college: Kreekcollege"),
    "hbo": ("Hogeschool Oever", "Shore University"),
    "wo": ("Universiteit van de Oever", "University of the Shore"),
    "desks": ("het Oeverloket", "the Shore Desk"),
    "werkcentrum": ("een Werkcentrum van Oeverland of Heuvelland", "a Werkcentrum there"),
}
BY_PLACE = {
    ("desks", 'province = "oeverland"'): ("Oeverloket Waterhuis", "Shore Desk Waterhuis"),
    ("desks", 'province = "heuvelland"'): ("Bergloket", "Hill Desk"),
    ("werkcentrum", 'region = "de-kreek"'): ("Werkcentrum De Kreek", "Werkcentrum De Kreek"),
    ("werkcentrum", 'region = "het-duin"'): ("Werkcentrum Het Duin", "Werkcentrum Het Duin"),
    ("werkcentrum", 'province = "oeverland"'): (
        "Werkcentrum De Kreek of Het Duin",
        "Werkcentrum De Kreek or Het Duin",
    ),
    ("werkcentrum", 'province = "heuvelland"'): ("Werkcentrum De Berg", "Werkcentrum De Berg"),
}
COMPANY = {
    "needs": ["vakkennis"],
    "employees": "38",
    "sector": "2025-F",
    "staffing_pressure": "krap",
}


def regions():
    rows = [(id_, "", words) for id_, words in NAMES.items()]
    rows += [(id_, where, words) for (id_, where), words in BY_PLACE.items()]
    labour = "".join(
        f'[region.{id_}]\nnl = "{name}"\nen = "{name}"\n'
        for id_, name in (
            ("de-kreek", "De Kreek"),
            ("het-duin", "Het Duin"),
            ("de-berg", "De Berg"),
        )
    )
    return labour + "".join(
        f'[[provider]]\nid = "{id_}"\n{where}\nnl = "{nl}"\nen = "{en}"\n'
        'checked = 2026-11-30\ncertainty = "high"\nsource = "GK"\n'
        for id_, where, (nl, en) in rows
    )


ID = r'^id = "(.+)"'


def menu():
    """Return a menu card of two cards, under names of the region."""
    text = MENU.read_text(encoding="utf-8")
    head, *cards = re.split(r"^\[\[intervention\]\]$", text, flags=re.M)
    ids = {re.search(ID, card, re.M)[1]: card for card in cards}
    own = []
    for id_, new, name in (
        ("leercoach", "dijkcoach", "Dijkcoach"),
        ("bbl", "dijkbaan", "Dijkbaan"),
    ):
        card = re.sub(r"^(goes_with|excludes) = .*$", r"\1 = []", ids[id_], flags=re.M)
        card = card.replace(f'id = "{id_}"', f'id = "{new}"', 1)
        own.append(
            re.sub(r"^name = .*$", f'name = {{ nl = "{name}", en = "{name}" }}', card, flags=re.M)
        )
    head = re.sub(r'^version = ".*"', 'version = "oever-1"', head, flags=re.M)
    first, *facts = re.split(r"^\[\[fact\]\]$", head, flags=re.M)
    told = "".join(own)
    facts = [fact for fact in facts if f'"{re.search(ID, fact, re.M)[1]}"' in told]
    head = "[[fact]]".join((first, *facts))
    return "[[intervention]]".join((head, *own))


def lay(folder, **files):
    """Lay a region in a folder; return its menu."""
    texts = {"menu.toml": menu(), PLACES_FILE: PLACES, REGIONS_FILE: regions()} | files
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return folder / "menu.toml"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("region")
    settings = Settings(
        menu=lay(folder / "oever"), models=folder / "models", instance=folder / "instance"
    )
    return create_app(settings)


@pytest.fixture
def client(app):
    return app.test_client()


def sheet(client, **answers):
    sent = client.post("/advies", data=MultiDict(COMPANY | answers))
    assert sent.status_code == 303, sent.text
    return html.unescape(client.get("/blad").text)


def test_the_setting_names_the_menu(monkeypatch, tmp_path):
    monkeypatch.setenv("LEERMATCH_MENU", str(tmp_path / "menu.toml"))
    assert read_settings().menu == tmp_path / "menu.toml"


def test_the_pages_ask_for_the_provinces_of_the_region(client):
    page = client.get("/").text
    values = re.findall(r'name="province" value="([\w-]+)"', page)
    assert values == ["oeverland", "heuvelland", "anders"]
    assert "Oeverland" in page and "Drenthe" not in page
    assert "Shoreland" in client.get("/?taal=en").text
    assert 'value="oeverland"' in client.get("/widget").text


DESKS = {
    "a place": ({"place": "waterhuis"}, ("Oeverloket Waterhuis", "Werkcentrum De Kreek<")),
    "a postcode": ({"place": "4602"}, ("Oeverloket Waterhuis", "Werkcentrum De Kreek<")),
    "two digits": ({"place": "47"}, ("Bergloket", "Werkcentrum De Berg<")),
    "a province": ({"province": "oeverland"}, ("Oeverloket", "Werkcentrum De Kreek of Het Duin<")),
    "elsewhere": ({"place": "Leeuwarden"}, ("Het Oeverloket", "Een Werkcentrum van Oeverland")),
}


@pytest.mark.parametrize(("answers", "desks"), DESKS.values(), ids=DESKS.keys())
def test_the_desks_are_those_of_the_region(client, answers, desks):
    page = sheet(client, **answers)
    for desk in desks:
        assert desk in page
    assert "Dijkcoach" in page or "Dijkbaan" in page
    for of_the_north in ("GroBusiness", "Drents", "Ynbusiness", "Groningen", "Leerwerkloket"):
        assert of_the_north not in page


def test_the_situation_names_the_province(client):
    client.post("/advies", data=COMPANY | {"place": "Bergdorp"})
    assert " · Heuvelland · " in client.get("/advies").text
    assert " · Hill Country · " in client.get("/advies?taal=en").text


ASKS = {
    "one name, two regions": ("Nieuwe Sluis", "Nieuwe Sluis (Duinrand)"),
    "two digits, two provinces": ("46", "Postcode 46 kan in Oeverland of Heuvelland liggen."),
    "unknown": ("Assen", "We kennen &#39;Assen&#39; niet."),
}


@pytest.mark.parametrize(("typed", "words"), ASKS.values(), ids=ASKS.keys())
def test_what_is_not_sure_asks(client, typed, words):
    answer = client.post("/advies", data=COMPANY | {"place": typed})
    assert answer.status_code == 400 and words in answer.text


def test_the_menu_card_says_who_can_do_it_in_the_region(client):
    page = html.unescape(client.get("/menukaart/dijkbaan").text)
    assert "Kreekcollege" in page and "Alfa-college" not in page


def test_the_api_has_the_cards_and_knows_its_provinces_as_elsewhere(client):
    """What a model learned of the three northern provinces says nothing of others."""
    cards = client.get("/api/v1/interventions").get_json()["interventions"]
    assert [card["id"] for card in cards] == ["dijkcoach", "dijkbaan"]
    profile = {
        "employees": 38,
        "sector": "F",
        "sbi_version": "2025",
        "needs": ["vakkennis"],
        "staffing_pressure": "krap",
        "province": "anders",
    }
    told = client.post("/api/v1/recommendations", json={"profile": profile})
    assert told.status_code == 200
    refused = client.post(
        "/api/v1/recommendations", json={"profile": profile | {"province": "oeverland"}}
    )
    assert refused.status_code == 400
    (error,) = refused.get_json()["errors"]
    assert error["pointer"] == "/profile/province" and "anders" in error["detail"]


def test_what_is_recorded_says_elsewhere(client):
    client.post("/advies", data=COMPANY | {"place": "Bergdorp"})
    page = client.get("/advies").text
    fields = {
        n: re.search(rf'name="{n}" value="([^"]*)"', page)[1] for n in ("once", "model", "keuze")
    }
    chosen = client.post("/keuze", data=fields)
    assert chosen.status_code == 303
    told = client.get(f"/api/v1/conversations/{fields['once']}").get_json()
    assert told["profile"]["province"] == "anders"
    assert client.get(chosen.location).status_code == 200


def test_check_reads_what_lies_beside_the_menu(tmp_path):
    result = run("check", "--menu", lay(tmp_path / "oever"))
    assert "places.toml: 3 gemeenten, 5 plaatsen, geen fouten." in result.stdout
    assert "regions.toml: 11 scholen en loketten, geen fouten." in result.stdout
    broken = PLACES.replace('"de-berg"', '"de-top"')
    result = run("check", "--menu", lay(tmp_path / "broken", **{PLACES_FILE: broken}))
    assert result.exit_code == 2
    assert "places.toml /municipality/Bergdorp/region" in result.stderr
    assert "de-kreek, het-duin, de-berg" in result.stderr


def test_check_says_that_a_menu_alone_has_the_region_of_the_product(tmp_path):
    alone = lay(tmp_path / "alone", **{PLACES_FILE: None, REGIONS_FILE: None})
    result = run("check", "--menu", alone)
    assert "Naast deze menukaart liggen geen places.toml en regions.toml" in result.stdout


def start(menu, folder):
    return create_app(Settings(menu=menu, models=folder / "models", instance=folder / "instance"))


def test_a_start_with_a_faulty_region_is_refused(tmp_path):
    alone = lay(tmp_path / "half", **{REGIONS_FILE: None})
    with pytest.raises(InvalidRegion, match=r"regions\.toml: This file cannot be read"):
        start(alone, tmp_path)


def test_a_start_with_a_menu_alone_says_so_in_the_log(tmp_path, capsys):
    start(lay(tmp_path / "alone", **{PLACES_FILE: None, REGIONS_FILE: None}), tmp_path)
    assert '"event":"region_of_the_product"' in capsys.readouterr().err
    start(lay(tmp_path / "whole"), tmp_path)
    assert "region_of_the_product" not in capsys.readouterr().err


def test_a_condition_on_a_province_that_the_profile_does_not_know_is_a_fault(tmp_path):
    """Conditions speak of the profile, and the profile knows no other provinces than the model."""
    condition = """
[[intervention.condition]]
id = "alleen-oeverland"
field = "province"
operator = "=="
value = "oeverland"
effect = "exclude"
text = { nl = "Alleen in Oeverland.", en = "In Oeverland only." }
"""
    with pytest.raises(InvalidMenu) as refusal:
        start(lay(tmp_path / "oever", **{"menu.toml": menu() + condition}), tmp_path)
    (fault,) = refusal.value.faults
    assert "groningen, friesland, drenthe, anders" in fault.text("nl")


def test_a_study_goes_by_the_cards_words_and_places_of_the_region(tmp_path):
    menu = lay(tmp_path / "oever")
    (tmp_path / "lijst.csv").write_text(
        "code;naam;gemeente\nB1;Een bv;Bergdorp\nB2;Twee bv;Snitswolde\n", encoding="utf-8"
    )
    (tmp_path / "log.csv").write_text(
        "bedrijf;wat is gedaan;start;status\n"
        "B1;dijkcoach;1-3-2025;klaar\nB2;leercoach;1-3-2025;klaar\n"
        "B2;coach aan de dijk;1-4-2025;klaar\n",
        encoding="utf-8",
    )
    folder = tmp_path / "studie"
    run("study", "look", tmp_path / "lijst.csv", tmp_path / "log.csv", "--out", folder)
    told = run("study", "match", folder, "--menu", menu)
    assert "synonyms.toml" not in told.stderr, "the product's words are of cards that are not here"
    assert "Snitswolde" in told.stdout, "no place of this region"
    assert "Bergdorp" not in told.stdout
    own = '[dijkcoach]\nnl = ["coach aan de dijk"]\n'
    (menu.parent / "synonyms.toml").write_text(own, encoding="utf-8")
    asked = json.loads(run("study", "match", folder, "--menu", menu, "--json").stdout)
    assert "coach aan de dijk" not in json.dumps(asked["doubts"])
