"""Signing in with a real browser: on a phone and a desk, by keyboard, and back where one was."""

import re

import pytest

from service import create_app
from service.access.passwords import hashed
from service.settings import Settings
from service.store import sessions, users
from service.store.clock import ago
from tests.browser.barriers import PRACTICES, looks
from tests.browser.conftest import BUILDER, Visit, served

pytestmark = pytest.mark.browser
PASSWORD = "vier losse woorden hier"


@pytest.fixture(scope="module")
def guarded(models, tmp_path_factory):
    """Serve an application on which people sign in; return its address and its database."""
    folder = tmp_path_factory.mktemp("guarded")
    app = create_app(Settings(models=models, instance=folder, auth="local"))
    person = users.User("anna", "Ik Ben Drents Ondernemer", "advisor", hashed(PASSWORD))
    database = app.extensions["leermatch.database"]
    with database.writing() as connection:
        users.add(connection, person)
    with served(app) as address:
        yield address, database


def test_somebody_signs_in_looks_and_signs_out(browser, guarded, shoot):
    context = browser.new_context(reduced_motion="reduce")
    visit = Visit(context.new_page(), guarded[0])
    page = visit.page
    visit.go("/advies")
    looks(visit, "sign-in", shoot, PRACTICES)
    page.get_by_label("Uw naam bij Leermatch").fill("anna")
    page.get_by_label("Uw wachtwoord").fill(PASSWORD)
    page.get_by_label("Laat zien wat ik typ").check()
    assert page.locator("#password").get_attribute("type") == "text"
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/advies")
    page.get_by_role("link", name="anna").click()
    looks(visit, "password", shoot, PRACTICES)
    page.get_by_role("button", name="Log uit").click()
    page.wait_for_url("**/aanmelden")
    visit.go("/")
    assert page.url.endswith("/aanmelden?next=/")
    assert (visit.complaints, visit.elsewhere) == ([], [])
    context.close()


def test_a_form_of_before_the_session_ended_is_there_after_signing_in(browser, guarded, shoot):
    address, database = guarded
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    visit = Visit(context.new_page(), address)
    page = visit.page
    page.set_default_timeout(30_000)

    def let_in():
        page.get_by_label("Uw naam bij Leermatch").fill("anna")
        page.get_by_label("Uw wachtwoord").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()

    visit.go("/aanmelden")
    let_in()
    page.get_by_label("Hoeveel mensen werken er?").wait_for()
    visit.fill(BUILDER)
    page.wait_for_load_state("networkidle")  # the pressure is asked with each answer
    with database.writing() as connection:
        then = ago(sessions.IDLE_SECONDS + 1)
        connection.exec_driver_sql(f"UPDATE sessions SET seen_at = '{then}'")
    visit.send()
    let_in()
    page.get_by_role("heading", name="Wat u stuurde, is er nog").wait_for()
    assert re.fullmatch(rf"{address}/verder/[0-9a-f]{{16}}", page.url)
    looks(visit, "go-on", shoot, PRACTICES)
    page.get_by_role("button", name="Stuur en ga verder").click()
    page.wait_for_url("**/advies?voor=*")
    assert "38 mensen" in page.locator(".company").inner_text()
    page.go_back()
    page.get_by_role("heading", name="Hier staat niets meer klaar").wait_for()
    shoot(page, "go-on-empty-390")
    page.get_by_role("link", name="Naar de vragen").click()
    assert page.get_by_label("Hoeveel mensen werken er?").input_value() == "38"
    assert (visit.complaints, visit.elsewhere) == ([], [])
    context.close()
