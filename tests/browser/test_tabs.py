"""Two tabs, Back, and the other language: what only a browser does with a page."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import BUILDER, PATIENCE, SENT, Visit
from tests.browser.test_flow import WEB_AGENCY

pytestmark = pytest.mark.browser
PEOPLE, COST = "Hoeveel mensen werken er?", "Kosten in euro"


@pytest.fixture(scope="module")
def address(writable):
    return writable


def tab_beside(person):
    """Open another tab of the same browser."""
    other = Visit(person.page.context.new_page(), person.address)
    other.go("/")
    return other


def test_a_slider_in_one_tab_knows_nothing_of_a_company_in_another(visit):
    person = visit(820)
    person.answer(SENT)
    other = tab_beside(person)
    other.fill(WEB_AGENCY)
    other.send()
    expect(other.page.locator(".company")).to_contain_text("6 mensen")
    page = person.page
    first = page.url
    page.get_by_label("Uren per persoon").press("ArrowLeft")
    expect(page.locator("#grenzen-status")).to_contain_text("De volgorde is nieuw.")
    expect(page.locator("#volgorde")).to_contain_text("Ik Ben Drents Ondernemer")
    expect(page.locator("#volgorde")).not_to_contain_text("Ynbusiness")
    expect(page.locator(".situation-words")).to_contain_text("hoogstens 80 uur per persoon")
    assert page.url != first
    # What is opened from here has the limits that are shown.
    page.get_by_role("link", name="Blad om mee te nemen").last.click()
    expect(page.locator(".sheet-situation")).to_contain_text("hoogstens 80 uur per persoon")
    expect(page.locator(".sheet-situation")).to_contain_text("38 mensen")
    page.go_back()
    expect(page.get_by_label("Uren per persoon")).to_have_value("6")
    page.locator(".taps .tap").first.click()
    expect(page.locator(".page-head")).to_contain_text("38 mensen")
    assert other.complaints == []


NEEDS = (
    "Werken met computers en apps gaat moeizaam",
    "Nieuwe mensen moeten sneller meedraaien",
    "Lezen, schrijven of rekenen is voor sommigen moeilijk",
    "Klanten vragen meer van ons dan vroeger",
)


def half(person):
    """Answer some of the questions, the needs in another order than they stand."""
    for words in NEEDS:
        person.tap(words)
    person.page.get_by_label(PEOPLE).fill("38")
    person.page.get_by_label("In welke sector werkt u?").select_option("2025-F")
    person.page.get_by_role("radio", name="Alleen met vervanging").first.check()


def holds_half(page, people="Hoeveel mensen werken er?", many="38"):
    # A page comes back filled just after it was loaded: numbered last of all, once it is shown.
    expect(page.get_by_label(people)).to_have_value(many)
    order = page.locator(".need:has(:checked)")
    expect(order.locator(".place")).to_have_text(["2", "1", "4", "3"])
    needs = order.locator("input").evaluate_all("all => all.map((each) => each.value)")
    assert needs == ["inwerken", "digitaal", "klant", "taal"]
    expect(page.locator("#sector")).to_have_value("2025-F")
    expect(page.locator("[name=spare]:checked")).to_have_value("vervanging")


def follow(page, words):
    """Follow a link to the end: going back before its page is there would go back further."""
    with page.expect_event("load"):
        page.get_by_role("link", name=re.compile(f"^{words}")).first.click()


def test_a_page_that_comes_back_holds_what_was_filled_in_and_its_order(visit):
    """However it comes back: and what was filled in since the time before."""
    person = visit(390)
    person.go("/")
    half(person)
    page = person.page
    page.reload()
    holds_half(page)
    for many, link in (("39", "Menukaart"), ("40", "Over")):
        page.get_by_label(PEOPLE).fill(many)
        follow(page, link)
        page.go_back()
        holds_half(page, many=many)
    page.get_by_label(PEOPLE).fill("41")
    follow(page, "English")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    holds_half(page, "How many people work there?", "41")
    follow(page, "Nederlands")
    holds_half(page, many="41")
    page.get_by_role("radio", name="Drenthe").check()
    person.send()
    assert page.locator(".own-words q").all_inner_texts() == list(NEEDS[:3])
    page.go_back()
    holds_half(page, many="41")


def test_what_was_wiped_does_not_come_back(visit):
    person = visit(390)
    person.go("/")
    person.fill(BUILDER)
    person.send()
    person.page.get_by_role("button", name="Alles wissen").click()
    expect(person.page.get_by_label(PEOPLE)).to_have_value("")
    expect(person.page.locator(":checked[name=needs]")).to_have_count(0)
    person.page.go_back()
    expect(person.page.get_by_role("heading", level=1)).to_have_text(
        "Deze antwoorden zijn er niet meer"
    )
    person.page.go_back()
    expect(person.page.get_by_label(PEOPLE)).to_have_value("")
    expect(person.page.locator(".need :checked")).to_have_count(0)
    person.complaints[:] = [text for text in person.complaints if "410" not in text]


def test_a_measurement_comes_along_to_the_other_language_and_back_again(visit):
    """What was typed, what was refused and what is odd: to be asked about before it is kept."""
    person = visit(820)
    person.answer(SENT)
    page = person.page
    page.locator(".taps .tap").first.click()
    page.wait_for_url("**/gesprek/*")
    person.go(f"{page.url.removeprefix(person.address)}/meting")
    page.get_by_label(COST).fill("1850")
    follow(page, "English")
    expect(page.get_by_label("Cost in euros")).to_have_value("1850")
    follow(page, "Menu$")
    page.go_back()
    expect(page.get_by_label("Cost in euros")).to_have_value("1850")
    for cost, people in (("1.850", "4"), ("1850", "45")):  # a fault, and something odd
        follow(page, "Nederlands")
        page.get_by_label(COST).fill(cost)
        page.get_by_label("Hoeveel mensen deden mee?").fill(people)
        page.get_by_role("button", name="Bewaar").click()
        expect(page.get_by_role("alert").first).to_be_visible()
        follow(page, "English")
        expect(page.get_by_label("Cost in euros")).to_have_value(cost)
        expect(page.get_by_label("How many people took part?")).to_have_value(people)
    page.get_by_label("How many people took part?").fill("4")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The measurement has been kept.")).to_be_visible()
    person.complaints[:] = [each for each in person.complaints if "status of 4" not in each]


def test_a_chosen_file_is_asked_about_before_it_is_let_go(visit, tmp_path):
    person = visit()
    person.go("/onderzoek/bestanden")
    page = person.page
    file = tmp_path / "uitkomsten.csv"
    file.write_text("company\n")
    page.get_by_label("Uw bestand").set_input_files(file)
    page.get_by_role("link", name="English").click()
    assert ["opnieuw kiezen" in text for text in person.complaints] == [True]
    person.complaints.clear()
    expect(page.get_by_label("Uw bestand")).to_have_value(re.compile("uitkomsten"))


def test_a_link_of_the_faults_reaches_the_first_thing_that_can_be_filled_in(visit):
    person = visit()
    person.go("/")
    person.send()
    page = person.page
    links = page.get_by_role("alert").get_by_role("link")
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for link in links.all():
            link.click()
            name = link.get_attribute("href")[1:]
            expect(page.locator(f"[name={name}]").first).to_be_focused()
    person.complaints[:] = [text for text in person.complaints if "400" not in text]


def test_a_fault_of_another_tab_is_no_fault_here(visit):
    person = visit()
    person.answer(SENT)
    other = tab_beside(person)
    other.page.get_by_label(PEOPLE).fill("0")
    other.send()
    other.page.set_default_timeout(PATIENCE)
    expect(other.page.get_by_role("alert")).to_be_visible()
    person.page.reload()
    expect(person.page.locator(".company")).to_contain_text("38 mensen")
