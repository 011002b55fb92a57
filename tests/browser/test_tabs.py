"""Two tabs, Back, and the other language: what only a browser does with a page."""

import re

import pytest
from playwright.sync_api import expect

from service import create_app
from service.settings import Settings
from tests.browser.conftest import BUILDER, PATIENCE, Visit, served
from tests.browser.test_flow import WEB_AGENCY

pytestmark = pytest.mark.browser
PEOPLE, COST = "Hoeveel mensen werken er?", "Kosten in euro"


@pytest.fixture(scope="module")
def address(models, tmp_path_factory):
    """Serve an application that people may write to; return its address."""
    app = create_app(Settings(models=models, instance=tmp_path_factory.mktemp("tabs")))
    with served(app) as address:
        yield address


def tab_beside(person):
    """Open another tab of the same browser."""
    other = Visit(person.page.context.new_page(), person.address)
    other.go("/")
    return other


def test_a_slider_in_one_tab_knows_nothing_of_a_company_in_another(visit):
    person = visit(820)
    person.go("/")
    other = tab_beside(person)
    person.fill(BUILDER)
    person.send()
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


def holds_half(page, people):
    # A page comes back filled just after it was loaded.
    expect(page.get_by_label(people)).to_have_value("38")
    order = page.locator(".need:has(:checked)")
    places = dict(
        zip(
            order.locator("input").evaluate_all("all => all.map((each) => each.value)"),
            order.locator(".place").all_inner_texts(),
            strict=True,
        )
    )
    assert places == {"digitaal": "1", "inwerken": "2", "taal": "3", "klant": "4"}
    expect(page.locator("#sector")).to_have_value("2025-F")
    expect(page.locator("[name=spare]:checked")).to_have_value("vervanging")


WAYS = {"back": "Menukaart", "reload": None, "another page and back": "Over"}


@pytest.mark.parametrize("link", WAYS.values(), ids=WAYS)
def test_a_page_that_comes_back_holds_what_was_filled_in_and_its_order(visit, link):
    person = visit(390)
    person.go("/")
    half(person)
    page = person.page
    if link is None:
        page.reload()
    else:
        page.get_by_role("link", name=re.compile(f"^{link}")).first.click()
        page.wait_for_load_state()
        page.go_back()
    holds_half(page, PEOPLE)
    person.page.get_by_role("radio", name="Drenthe").check()
    person.send()
    assert page.locator(".own-words q").all_inner_texts() == list(NEEDS[:3])
    page.go_back()
    holds_half(page, PEOPLE)


def test_what_was_wiped_does_not_come_back(visit):
    person = visit(390)
    person.go("/")
    person.fill(BUILDER)
    person.send()
    person.page.get_by_role("button", name="Alles wissen").click()
    expect(person.page.get_by_label(PEOPLE)).to_have_value("")
    person.page.go_back()
    expect(person.page.get_by_role("heading", level=1)).to_have_text(
        "Deze antwoorden zijn er niet meer"
    )
    person.page.go_back()
    expect(person.page.get_by_label(PEOPLE)).to_have_value("")
    expect(person.page.locator(".need :checked")).to_have_count(0)
    person.complaints[:] = [text for text in person.complaints if "410" not in text]


def test_the_other_language_has_the_same_answers(visit):
    person = visit(390)
    person.go("/")
    half(person)
    page = person.page
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    holds_half(page, "How many people work there?")
    page.get_by_role("link", name="Nederlands").click()
    holds_half(page, PEOPLE)


def test_without_script_the_other_language_has_the_same_answers_too(visit):
    person = visit(390, java_script_enabled=False)
    person.go("/")
    half(person)
    person.page.get_by_role("button", name="English").click()
    expect(person.page.locator("html")).to_have_attribute("lang", "en")
    expect(person.page.get_by_label("How many people work there?")).to_have_value("38")
    expect(person.page.locator("[name=needs]:checked")).to_have_count(4)
    assert person.page.locator(".error").count() == 0


@pytest.fixture
def measuring(visit):
    """Return somebody on the page of a measurement, with a cost filled in."""
    person = visit(820)
    person.go("/")
    person.fill(BUILDER)
    person.send()
    person.page.locator(".taps .tap").first.click()
    person.page.wait_for_url("**/gesprek/*")
    person.go(f"{person.page.url.removeprefix(person.address)}/meting")
    person.page.get_by_label(COST).fill("1850")
    return person


def test_a_measurement_comes_along_to_the_other_language_and_back_again(measuring):
    page = measuring.page
    page.get_by_role("link", name="English").click()
    expect(page.get_by_label("Cost in euros")).to_have_value("1850")
    page.get_by_role("link", name="Menu", exact=True).click()
    page.go_back()
    expect(page.get_by_label("Cost in euros")).to_have_value("1850")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The measurement has been kept.")).to_be_visible()


REFUSED = {"a fault": ("1.850", "4"), "something odd": ("1850", "45")}


@pytest.mark.parametrize(("cost", "people"), REFUSED.values(), ids=REFUSED)
def test_what_was_sent_back_comes_along_to_the_other_language(measuring, cost, people):
    page = measuring.page
    page.get_by_label(COST).fill(cost)
    page.get_by_label("Hoeveel mensen deden mee?").fill(people)
    page.get_by_role("button", name="Bewaar").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_label("Cost in euros")).to_have_value(cost)
    expect(page.get_by_label("How many people took part?")).to_have_value(people)
    measuring.complaints[:] = [each for each in measuring.complaints if "status of 4" not in each]


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


@pytest.mark.parametrize("width", [390, 1280])
def test_a_link_of_the_faults_reaches_the_first_thing_that_can_be_filled_in(visit, width):
    person = visit(width)
    person.go("/")
    person.send()
    page = person.page
    links = page.get_by_role("alert").get_by_role("link")
    for i in range(links.count()):
        links.nth(i).click()
        name = links.nth(i).get_attribute("href")[1:]
        expect(page.locator(f"[name={name}]").first).to_be_focused()
    person.complaints[:] = [text for text in person.complaints if "400" not in text]


def test_a_fault_of_another_tab_is_no_fault_here(visit):
    person = visit()
    person.go("/")
    other = tab_beside(person)
    person.fill(BUILDER)
    person.send()
    other.page.get_by_label(PEOPLE).fill("0")
    other.send()
    other.page.set_default_timeout(PATIENCE)
    expect(other.page.get_by_role("alert")).to_be_visible()
    person.page.reload()
    expect(person.page.locator(".company")).to_contain_text("38 mensen")
