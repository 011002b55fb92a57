"""Every page after the answer, and every state it can be in: no barrier, nothing cut off."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from service import create_app
from service.access.passwords import hashed
from service.settings import Settings
from service.store import users
from service.store.clock import text_of
from service.store.tables import conversations
from tests.browser.barriers import looks
from tests.browser.conftest import SENT, Visit, served
from tests.browser.test_choosing import unfold

pytestmark = pytest.mark.browser
PASSWORD = "vier losse woorden hier"
REFUSED = ("400", "404", "405", "409")


@pytest.fixture(scope="module")
def app(models, tmp_path_factory):
    """Return an application that people may write to."""
    return create_app(Settings(models=models, instance=tmp_path_factory.mktemp("states")))


@pytest.fixture(scope="module")
def address(app):
    with served(app) as address:
        yield address


@pytest.fixture(scope="module")
def open_to_owners(models, tmp_path_factory):
    """Serve an application where people sign in, or go on alone; return its address."""
    folder = tmp_path_factory.mktemp("alone")
    app = create_app(Settings(models=models, instance=folder, auth="local", self_service=True))
    person = users.User("anna", "Ik Ben Drents Ondernemer", "administrator", hashed(PASSWORD))
    with app.extensions["leermatch.database"].writing() as connection:
        users.add(connection, person)
    with served(app) as address:
        yield address


def weeks_ago(app, weeks):
    """Let every choice so far have been made some weeks ago."""
    with app.extensions["leermatch.database"].writing() as connection:
        then = text_of(datetime.now(UTC) - timedelta(weeks=weeks))
        connection.execute(update(conversations).values(chosen_at=then))


def refused(person):
    """Leave out that the browser itself reports the status of a refused form."""
    person.complaints[:] = [
        text for text in person.complaints if not any(status in text for status in REFUSED)
    ]


def states(person, app):
    """Walk the pages around a choice and the follow-up; yield the name of each state."""
    page = person.page
    person.go("/op-te-volgen")
    yield "due-empty"
    person.go("/eigen-keuze")
    yield "own-pick"
    person.go("/advies")
    yield "no-answers"
    person.answer(SENT)
    yield "choice"
    page.locator(".taps .tap").first.click()
    page.wait_for_url("**/gesprek/*")
    place = page.url.removeprefix(person.address)
    yield "conversation-new"
    person.go("/blad")
    yield "sheet-code"
    person.go(place)
    page.get_by_label("Schuilnaam van het bedrijf").fill("Bakkerij Jansen & Zonen")
    page.get_by_role("button", name="Bewaar").click()
    page.get_by_text("Bakkerij Jansen & Zonen").or_(page.get_by_role("alert")).first.wait_for()
    yield "conversation-fault"
    person.go(f"{place}/meting")
    yield "measurement"
    page.get_by_label("Gemiddelde score").first.fill("negen")
    page.get_by_label("Hoeveel mensen deden mee?").fill("-2")
    page.get_by_role("button", name="Bewaar").click()
    page.get_by_role("alert").first.wait_for()
    yield "measurement-faults"
    person.go("/op-te-volgen")
    yield "due-later"
    weeks_ago(app, 7)
    person.go("/op-te-volgen")
    unfold(page)
    yield "due-now"
    person.go(place)
    link = page.get_by_label("Link voor het bedrijf").input_value()
    yield "conversation-due"
    page.goto(link)
    yield "company"
    page.get_by_role("button", name="Het is begonnen").click()
    page.wait_for_url("**dank=ja")
    yield "company-thanks"
    page.goto(f"{link}/meting")
    yield "company-measurement"
    person.go(place)
    yield "conversation-told"
    person.go("/code")
    page.get_by_label("Uw code").fill("K7QF")
    page.get_by_role("button", name="Laat zien").click()
    page.get_by_role("alert").wait_for()
    yield "code-fault"
    for name, path in (("error-404", "/bestaat-niet"), ("error-405", "/keuze"), ("api", "/api")):
        person.go(path)
        yield name
    person.go("/widget")
    yield "widget"


ENLARGED = ("no-answers", "error-404")
"""States that are pages of their own, as those of test_choosing.py are."""


def test_no_state_after_the_answer_has_a_barrier_or_sticks_out(visit, shoot, app):
    person = visit()
    for name in states(person, app):
        unfold(person.page)
        looks(person, name, shoot, reflow=True, large=name in ENLARGED)
    refused(person)


def test_an_owner_alone_and_somebody_who_signs_in_meet_no_barrier(browser, open_to_owners, shoot):
    context = browser.new_context(reduced_motion="reduce")
    person = Visit(context.new_page(), open_to_owners)
    page = person.page
    person.answer(SENT)
    assert page.get_by_text("Wat kiest u?").count() == 0
    assert page.get_by_role("heading", name="Bespreek dit met een adviseur").is_visible()
    assert "Ik Ben Drents Ondernemer" in page.locator(".desk").inner_text()
    looks(person, "alone", shoot)
    person.go("/aanmelden")
    page.get_by_label("Uw naam bij Leermatch").fill("anna")
    page.get_by_label("Uw wachtwoord").fill("iets anders")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("alert").wait_for()
    looks(person, "sign-in-wrong", shoot)
    page.get_by_label("Uw wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Log uit").wait_for()
    person.go("/onderzoek")
    looks(person, "research-signed-in", shoot)
    person.go("/advies")  # of parts that were looked at already
    assert person.overflow() <= 0
    shoot(page, "answer-signed-in-1280-dark")
    refused(person)
    assert (person.complaints, person.elsewhere) == ([], [])
    context.close()
