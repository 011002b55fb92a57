"""What goes wrong at a table: nothing that was filled in is lost, and the page says what to do."""

import pytest
from playwright.sync_api import expect

from service import create_app
from service.live.current import current_live
from service.settings import Settings
from tests.browser.conftest import BUILDER, PATIENCE, served
from tests.browser.test_flow import WEB_AGENCY
from tests.service.payloads import PAYLOADS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app(models, tmp_path_factory):
    return create_app(Settings(models=models, instance=tmp_path_factory.mktemp("trouble")))


@pytest.fixture(scope="module")
def address(app):
    with served(app) as address:
        yield address


@pytest.fixture
def person(visit):
    person = visit(820)
    person.go("/")
    person.fill(BUILDER)
    return person


def answered(person):
    person.send()
    expect(person.page.locator(".dish")).to_have_count(3)
    return person.page


def recorded(person):
    """Return how many conversations the service keeps."""
    answer = person.page.request.get(f"{person.address}/api/v1/conversations?limit=100")
    return len(answer.json()["conversations"])


def forgive(person, words):
    """Leave out what the browser itself reports."""
    person.complaints[:] = [text for text in person.complaints if words not in text]


def test_two_taps_or_one_after_back_are_one_conversation(person):
    page = answered(person)
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


def test_a_tap_in_an_older_tab_records_what_that_tab_shows(person):
    old = answered(person)
    before = recorded(person)
    person.page = old.context.new_page()
    person.page.set_default_timeout(PATIENCE)
    person.go("/")
    person.page.get_by_label("Hoeveel mensen werken er?").fill(WEB_AGENCY["employees"])
    answered(person)
    old.locator(".taps .tap").first.click()
    old.wait_for_url("**/gesprek/*")
    expect(old.locator(".page-head")).to_contain_text("38 mensen")
    assert recorded(person) == before + 1


def test_a_session_that_is_gone_loses_no_answer_that_stands_on_the_page(person):
    person.page.context.clear_cookies(name="session")
    page = answered(person)
    expect(page.locator(".company")).to_contain_text("38 mensen")
    page.context.clear_cookies(name="session")
    page.locator(".taps .tap").first.click()
    expect(page.get_by_text("of uw cookies zijn weg")).to_be_visible()
    page.get_by_role("link", name="Naar de vragen").click()
    expect(page.get_by_label("Hoeveel mensen werken er?")).to_be_visible()
    forgive(person, "410")


def test_without_a_connection_the_form_stays_as_it_was_and_says_so(person):
    page = person.page
    page.context.set_offline(True)
    page.get_by_role("button", name="Laat zien wat past").click()
    expect(page.locator("#geen-verbinding")).to_be_focused()
    assert page.get_by_label("Hoeveel mensen werken er?").input_value() == "38"
    page.context.set_offline(False)
    answered(person)
    forgive(person, "INTERNET")


def test_a_model_that_fails_keeps_the_answers_for_when_it_is_back(person, app):
    with app.app_context():
        live = current_live()
    served_now = live.served
    page = person.page
    live.served = None
    person.send()
    expect(page.get_by_role("heading", level=1)).to_have_text("Leermatch kan nu niet antwoorden")
    live.served = served_now
    page.reload()
    expect(page.locator(".company")).to_contain_text("38 mensen")
    forgive(person, "503")


@pytest.mark.parametrize("payload", (PAYLOADS[8], PAYLOADS[32]))
def test_a_script_that_somebody_fills_in_is_text(person, payload):
    page = person.page
    page.get_by_label("Voor hoeveel plekken").fill("")
    page.evaluate("document.querySelectorAll('input').forEach((each) => { each.maxLength = 500 })")
    field = page.get_by_label("Hoeveel mensen werken er?")
    field.fill(payload)
    person.send()
    assert field.input_value() == payload[:30]
    field.fill("38")
    page = answered(person)
    page.locator(".taps .tap").first.click()
    page.wait_for_url("**/gesprek/*")
    page.get_by_text("Een datum of reden erbij?").click()
    page.get_by_label("Gestopt? Waarom?").fill(payload)
    # Enter says no state: the first button would.
    page.get_by_label("Gestopt? Waarom?").press("Enter")
    page.get_by_role("button", name="Het is gestopt").click()
    page.get_by_text("Een datum of reden erbij?").wait_for()
    expect(page.get_by_label("Gestopt? Waarom?")).to_have_value(payload)
    page.get_by_label("Schuilnaam van het bedrijf").fill(payload)
    page.get_by_role("button", name="Bewaar").click()
    expect(page.get_by_label("Schuilnaam van het bedrijf")).to_have_value(payload)
    assert page.evaluate("typeof x9x") == "undefined"
    forgive(person, "status of 400")
