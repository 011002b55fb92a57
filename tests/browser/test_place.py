"""The place or postcode in a real browser: found, offered, asked after, and kept in no draft."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.barriers import looks
from tests.browser.conftest import BUILDER

pytestmark = pytest.mark.browser


def test_a_place_chooses_the_province_and_what_it_chose_follows_it(visit, shoot):
    person = visit(390, 844)
    page = person.page
    person.go("/")
    place, said = page.get_by_label("Plaats of postcode"), page.locator("#plaats")
    chosen = page.locator("[name=province]:checked")
    place.fill("assen")
    expect(said).to_have_text(
        "Assen ligt in Drenthe. Voor werk en leren hoort het bij de regio Groningen Noord-Drenthe."
    )
    assert chosen.get_attribute("value") == "drenthe"
    place.fill("Leewarden")
    # Nobody is told off while they type, but what it may be is offered at once.
    page.get_by_role("button", name="Leeuwarden").wait_for()
    expect(said).to_have_text("")
    expect(chosen).to_have_count(0)
    place.press("Tab")
    expect(said).to_contain_text("We kennen 'Leewarden' niet. Bedoelt u Leeuwarden?")
    shoot(page, "place-offered-390")
    page.keyboard.press("Enter")  # Tab went to the offer
    expect(said).to_have_text("Leeuwarden ligt in Friesland.")
    assert place.input_value() == "Leeuwarden"
    assert chosen.get_attribute("value") == "friesland"
    # What somebody chose themselves is theirs.
    page.get_by_role("radio", name="Groningen").check()
    expect(said).to_contain_text("Leeuwarden ligt in Friesland, maar u koos Groningen.")
    assert chosen.get_attribute("value") == "groningen"


def test_the_place_is_in_no_draft(visit):
    person = visit()
    page = person.page
    person.go("/")
    page.get_by_label("Hoeveel mensen werken er?").fill("38")
    page.get_by_label("Plaats of postcode").fill("Zwiggelte")
    page.get_by_label("Plaats of postcode").press("Tab")
    expect(page.locator("#plaats")).to_contain_text("Zwiggelte ligt in Drenthe.")
    kept = json.dumps(page.evaluate("[history.state, {...sessionStorage}, {...localStorage}]"))
    assert '"38"' in kept and "Zwiggelte" not in kept
    page.get_by_role("link", name="English").click()
    page.get_by_label("Place or postcode").wait_for()
    assert page.get_by_label("Place or postcode").input_value() == ""
    assert page.get_by_label("How many people work there?").input_value() == "38"
    assert page.locator("[name=province]:checked").get_attribute("value") == "drenthe"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_place_that_asks_has_no_barrier_and_is_chosen(visit, shoot, script):
    person = visit(java_script_enabled=script)
    page = person.page
    person.go("/")
    person.fill(BUILDER)
    page.get_by_label("Plaats of postcode").fill("Alteveer")
    person.send()
    expect(page.get_by_role("alert")).to_contain_text("Alteveer kan op meer plekken liggen")
    if script:  # axe is one
        looks(person, "place-asks", shoot, reflow=True, large=True)
    page.get_by_role("radio", name="Alteveer (Noordenveld)").check()
    person.send()
    person.go("/blad")
    assert "Werkcentrum Groningen Noord-Drenthe" in page.locator("main").inner_text()
    person.complaints[:] = [text for text in person.complaints if "400" not in text]
