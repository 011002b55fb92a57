"""What goes wrong at a table: nothing that was filled in is lost, and the page says what to do."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import BUILDER, SENT
from tests.service.payloads import PAYLOADS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(writable):
    return writable


@pytest.fixture
def person(visit):
    return visit(820)


def recorded(person):
    """Return how many conversations the service keeps."""
    answer = person.page.request.get(f"{person.address}/api/v1/conversations?limit=100")
    return len(answer.json()["conversations"])


SCRIPTS = (PAYLOADS[8], PAYLOADS[32])
LONG = "document.querySelectorAll('input').forEach((each) => { each.maxLength = 500 })"
"""A browser keeps nobody from sending more than a field should hold."""


def forgive(person, words):
    """Leave out what the browser itself reports."""
    person.complaints[:] = [text for text in person.complaints if words not in text]


def test_two_taps_or_one_after_back_are_one_conversation(person):
    person.answer(SENT)
    page = person.page
    before = recorded(person)
    page.locator(".taps .tap").first.dblclick()
    page.wait_for_url("**/gesprek/*")
    assert recorded(person) == before + 1
    first = page.url
    page.go_back()
    expect(page.locator(".dish")).to_have_count(3)
    page.locator(".taps .tap").nth(1).click()
    page.wait_for_url("**/gesprek/*")
    assert page.url == first
    assert recorded(person) == before + 1


def test_without_a_connection_the_form_stays_as_it_was_and_says_so(person):
    person.go("/")
    person.fill(BUILDER)
    page = person.page
    page.context.set_offline(True)
    page.get_by_role("button", name="Laat zien wat past").click()
    expect(page.locator("#geen-verbinding")).to_be_focused()
    assert page.get_by_label("Hoeveel mensen werken er?").input_value() == "38"
    page.context.set_offline(False)
    person.send()
    expect(page.locator(".company")).to_contain_text("38 mensen")
    forgive(person, "INTERNET")


def test_a_script_that_somebody_fills_in_is_text(person):
    """Two kinds, in each field where they would fit: that of a tag, and that of an attribute."""
    person.go("/")
    person.fill(BUILDER)
    page = person.page
    field = page.get_by_label("Hoeveel mensen werken er?")
    for payload in SCRIPTS:
        page.evaluate(LONG)
        field.fill(payload)
        person.send()
        assert field.input_value() == payload[:40]
    field.fill("38")
    person.send()
    page.locator(".taps .tap").first.click()
    page.wait_for_url("**/gesprek/*")
    for payload in SCRIPTS:
        page.evaluate(LONG)
        page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        page.get_by_label("Gestopt? Waarom?").fill(payload)
        # Enter says no state: the first button would.
        page.get_by_label("Gestopt? Waarom?").press("Enter")
        with page.expect_event("load"):
            page.get_by_role("button", name="Het is gestopt").click()
        expect(page.get_by_label("Gestopt? Waarom?")).to_have_value(payload)
        page.get_by_label("Schuilnaam van het bedrijf").fill(payload)
        with page.expect_event("load"):
            page.get_by_role("button", name="Bewaar").click()
        expect(page.get_by_label("Schuilnaam van het bedrijf")).to_have_value(payload)
        assert page.evaluate("typeof x9x") == "undefined"
    forgive(person, "status of 4")
