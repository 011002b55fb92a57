"""Signing in with a real browser: on a phone and a desk, by keyboard, and back where one was."""

import pytest

from service import create_app
from service.passwords import hashed
from service.settings import Settings
from service.store import users
from tests.browser.barriers import PRACTICES, barriers
from tests.browser.conftest import Visit, served

pytestmark = pytest.mark.browser
PASSWORD = "vier losse woorden hier"


@pytest.fixture(scope="module")
def guarded(models, tmp_path_factory):
    """Serve an application on which people sign in; return its address."""
    folder = tmp_path_factory.mktemp("guarded")
    app = create_app(Settings(models=models, instance=folder, auth="local"))
    person = users.User("anna", "Ik Ben Drents Ondernemer", "advisor", hashed(PASSWORD))
    with app.extensions["leermatch.database"].writing() as connection:
        users.add(connection, person)
    with served(app) as address:
        yield address


@pytest.mark.parametrize("width", [390, 1280])
def test_somebody_signs_in_looks_and_signs_out(browser, guarded, shoot, width):
    context = browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    visit = Visit(context.new_page(), guarded)
    page = visit.page

    def looks_right(name):
        assert visit.overflow() <= 0
        assert barriers(page, PRACTICES) == []
        shoot(page, f"{name}-{width}")

    visit.go("/advies")
    looks_right("sign-in")
    page.get_by_label("Uw naam bij Leermatch").fill("anna")
    page.get_by_label("Uw wachtwoord").fill(PASSWORD)
    page.get_by_label("Laat zien wat ik typ").check()
    assert page.locator("#password").get_attribute("type") == "text"
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/advies")
    page.get_by_role("link", name="anna").click()
    looks_right("password")
    page.get_by_role("button", name="Log uit").click()
    page.wait_for_url("**/aanmelden")
    visit.go("/")
    assert page.url.endswith("/aanmelden?next=/")
    assert (visit.complaints, visit.elsewhere) == ([], [])
    context.close()
