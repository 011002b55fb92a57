"""Three companies from the first question to a model that learned from them."""

import csv
import io

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import BUILDER
from tests.browser.keyboard import Keyboard
from tests.browser.test_flow import HOME_CARE
from tests.matcher.commands import run

pytestmark = pytest.mark.browser
MEASURED = {
    "respondents_before": "12",
    "culture_before": "3,4",
    "culture_before_sd": "0,6",
    "respondents_after": "11",
    "culture_after": "3,9",
    "culture_after_sd": "0,5",
}


@pytest.fixture(scope="module")
def models(promoted):
    return promoted


@pytest.fixture(scope="module")
def address(writable):
    return writable


@pytest.fixture
def come(visit):
    """Return a function that opens a person's browser at the questions."""

    def come(width, **how):
        person = visit(width, **how)
        person.go("/")
        return person

    return come


def ids(page):
    """Return the whole menu in the order of the answer."""
    # A card told in full is known by its tick, another by its link.
    cards = page.locator(".dish [name=pick], .more [name=pick], .row.plain > a")
    found = "(all) => all.map((each) => each.value || each.pathname)"
    return [card.rpartition("/")[2] for card in cards.evaluate_all(found)]


def told_by_company(page, link, state):
    """Let a company say how it goes, and what was measured."""
    page.goto(link)
    page.locator(f".taps [name=state][value={state}]").click()
    page.wait_for_url("**dank=ja")
    page.goto(f"{link}/meting")
    page.locator("[name=scale][value='1-6']").check()
    for name, text in MEASURED.items():
        page.locator(f"#{name}").fill(text)
    page.locator(".send button").click()
    page.wait_for_url("**dank=ja")


def gets_an_answer(person, company):
    """Answer the questions; three approaches and what was said come back."""
    person.fill_by_hand(company)
    person.send_by_hand()
    page = person.page
    assert page.url.startswith(f"{person.address}/advies?voor=")
    expect(page.locator(".dish")).to_have_count(3)
    expect(page.locator(".company")).to_contain_text(f"{company['employees']} mensen")
    expect(page.locator(".own-words")).to_contain_text(company["needs"][0])
    expect(page.locator(".dish").first.get_by_text("Weg van het werk")).to_be_visible()


def with_script(come):
    """A builder at a telephone: all the way by tapping."""
    person = come(390)
    page = person.page
    gets_an_answer(person, BUILDER)
    before = ids(page)
    for box in page.locator(".dish [name=pick]").all()[:2]:
        box.check()
    page.get_by_role("button", name="Leg ze naast elkaar").click()
    expect(page.locator("tbody th")).to_have_count(9)
    page.get_by_role("link", name="Blad om mee te nemen").click()
    expect(page.locator(".sheet-choices > li")).to_have_count(2)
    expect(page.locator(".sheet-code")).to_have_count(0)
    page.get_by_role("link", name="Terug naar uw antwoord").click()
    page.locator(".taps .tap").first.click()
    page.wait_for_url("**/gesprek/*")
    code, link = page.locator(".code").inner_text(), page.locator("input[readonly]").input_value()
    page.get_by_label("Schuilnaam van het bedrijf").fill("bouwer-1")
    page.get_by_role("button", name="Bewaar").click()
    page.get_by_role("link", name="Blad om mee te nemen").click()
    expect(page.locator(".sheet-code")).to_contain_text(code)
    told_by_company(page, link, "started")
    return before, code


def without_script(come):
    """Home care at a tablet that runs no script: another approach than the first three."""
    person = come(820, java_script_enabled=False)
    page = person.page
    gets_an_answer(person, HOME_CARE)
    page.get_by_role("button", name="Leg dit vast").click()
    page.wait_for_url("**/gesprek/*")
    told_by_company(page, page.locator("input[readonly]").input_value(), "started")
    page.locator(".taps [name=state][value=finished]").click()
    expect(page.locator("p strong", has_text="Het is klaar")).to_be_visible()


def by_keyboard(come):
    """A web agency in English, without touching anything but the keys."""
    person = come(1280, locale="en-GB")
    page, keys = person.page, Keyboard(person.page)
    keys.to(".language")
    keys.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    for need in ("digitaal", "transitie"):
        keys.to(f"[name=needs][value={need}]")
        keys.press("Space")
    keys.to("#employees")
    keys.type("6")
    keys.to("#sector-zoek")
    keys.type("website")
    keys.press("Enter")
    expect(page.locator("#sector")).to_be_focused()
    keys.to("[name=staffing_pressure]")
    for _ in range(2):
        keys.press("ArrowDown")
    keys.to("[name=province]")
    keys.press("Space")
    keys.to(".send .button")
    keys.press("Enter")
    page.wait_for_url("**/advies?voor=*")
    assert keys.seconds <= 60
    expect(page.locator(".company")).to_contain_text("6 people")
    keys.to(".taps .tap")
    keys.press("Enter")
    page.wait_for_url("**/gesprek/*")
    keys.to(".tap[value=not_started]")
    keys.press("Enter")
    expect(page.locator(".passed li").first).to_contain_text("Not begun yet")
    return keys


def test_three_companies_teach_the_model_that_advised_them(come, address, models, tmp_path):
    before, code = with_script(come)
    without_script(come)
    by_keyboard(come)

    person = come(390)
    exported = person.page.request.get(f"{address}/api/v1/trials").text()
    rows = list(csv.DictReader(io.StringIO(exported)))
    assert {row["state"]: row["culture_after"] for row in rows} == {
        "started": "3.9",
        "finished": "3.9",
        "not_started": "",
    }
    assert {row["source"] for row in rows} == {"service"}
    assert [row["state"] for row in rows if row["company"] == "bouwer-1"] == ["started"]

    trials = tmp_path / "trials.csv"
    trials.write_text(exported, encoding="utf-8")
    trained = run("retrain", trials, "--quick", "--models", models)
    assert trained.exit_code == 4, trained.output
    version = trained.stdout.splitlines()[-1]
    reason = ("--by", "Bram", "--reason", "Echte bedrijven", "--models", models)
    promoted = run("promote", version, *reason)
    assert promoted.exit_code == 0, promoted.output

    page = person.page
    for _ in range(60):
        if version in page.request.get(f"{address}/over").text():
            break
        page.wait_for_timeout(500)
    person.go("/over")
    expect(page.get_by_text(version)).to_be_visible()
    person.go("/code")
    page.get_by_label("Uw code").fill(code.lower())
    page.get_by_role("button", name="Laat zien").click()
    page.wait_for_url("**/blad?voor=*")
    page.get_by_role("link", name="Terug naar uw antwoord").click()
    page.wait_for_url("**/advies**")  # whole: the sheet names the company too
    expect(page.locator(".company")).to_contain_text("38 mensen")
    after = ids(page)
    assert sorted(after) == sorted(before)
    assert after != before
