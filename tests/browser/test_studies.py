"""A study in a real browser: from raw files, through the three steps, to what comes out."""

import pytest
from playwright.sync_api import expect

from matcher.study.example import FILES, write_example
from tests.browser.barriers import PRACTICES, looks
from tests.browser.conftest import BUILDER
from tests.matcher.study.test_steps import DECISIONS

pytestmark = pytest.mark.browser

UNTIL_DONE = 120_000


@pytest.fixture(scope="module")
def models(promoted):
    return promoted


@pytest.fixture(scope="module")
def address(writable):
    return writable


@pytest.fixture(autouse=True)
def _prepared(studied_here, looked_into_here):
    """What is a process of its own is proven without a browser."""


def look(person, shoot, name):
    looks(person, f"study-{name}", shoot, PRACTICES)


def press(page, button):
    with page.expect_event("load"):
        page.get_by_role("button", name=button, exact=True).click()


def study(person, tmp_path, look):
    """Take the example through the three steps, until it is closed."""
    write_example(tmp_path, 1)
    page = person.page
    person.go("/onderzoek/studies")
    page.get_by_label("Naam van de studie").fill("Oost 2024")
    page.get_by_label("Uw bestanden").set_input_files([tmp_path / n for n in FILES.values()])
    page.get_by_label("Uw naam").fill("Bram")
    press(page, "Lees de bestanden")

    expect(page.get_by_role("heading", name="Zo lazen wij het")).to_be_visible()
    look("read")
    press(page, "Verder: wie is wie?")
    page.get_by_role("link", name="Hier moet u nog kiezen.").click()
    expect(page.locator("#file2_item_5")).to_be_focused()
    page.locator("#file2_item_5").select_option("idee")
    press(page, "Verder: wie is wie?")

    expect(page.get_by_role("heading", name="Wie is wie?")).to_be_visible()
    look("who")
    for words, meant in DECISIONS.items():
        if words == "item6":
            continue
        group = page.get_by_role("group", name=words, exact=True)
        likely = group.locator(f'input[value="{meant}"]')
        if likely.count():
            likely.check()
            continue
        group.get_by_role("radio", name="iets anders, namelijk:").check()
        group.get_by_role("combobox").fill(meant)
    page.get_by_role("checkbox", name="Ik heb de waarschuwingen bekeken").check()
    press(page, "Verder: dit komt eruit")

    expect(page.get_by_text("25 proeven van 23 bedrijven")).to_be_visible()
    look("out")
    press(page, "Sluit af en haal de bestanden op")


def test_from_raw_files_to_what_comes_out(visit, shoot, tmp_path):
    person = visit()
    page = person.page
    study(person, tmp_path, lambda name: look(person, shoot, name))
    look(person, shoot, "closed")
    with page.expect_download() as taken:
        page.get_by_role("link", name="trials.csv").click()
    assert len(taken.value.path().read_text().splitlines()) == 26
    with page.expect_download() as taken:
        page.get_by_role("button", name="Haal het sleutelbestand op").click()
    assert "VERTROUWELIJK" in taken.value.path().read_text()
    person.go("/onderzoek/studies?taal=en")
    expect(page.get_by_role("link", name="Oost 2024")).to_be_visible()
    look(person, shoot, "list")
    person.complaints[:] = [text for text in person.complaints if "400" not in text]


@pytest.mark.proof
@pytest.mark.usefixtures("warm_trainings")
def test_from_raw_files_to_a_live_ranking(visit, models, tmp_path):
    person = visit()
    page = person.page
    page.set_default_timeout(UNTIL_DONE)
    study(person, tmp_path, lambda _: None)
    press(page, "Bewaar als bestand met uitkomsten")
    accept = page.get_by_role("checkbox", name="Ik heb de waarschuwingen bekeken")
    if accept.count():
        accept.check()
    page.get_by_label("Uw naam").fill("Bram")
    press(page, "Bewaar dit bestand")
    person.go("/onderzoek/trainen")
    expect(page.get_by_role("checkbox", name="Oost 2024.csv")).to_be_checked()
    page.get_by_role("radio", name="Snel").check()
    press(page, "Begin met trainen")
    link = page.get_by_role("link", name="Bekijk wat er verandert en zet live")
    again = page.get_by_role("button", name="Begin opnieuw met trainen")
    expect(link.or_(again)).to_be_visible(timeout=UNTIL_DONE)
    if again.count():
        page.get_by_role("checkbox", name="Ik heb de waarschuwingen bekeken").check()
        press(page, "Begin opnieuw met trainen")
    link.click(timeout=UNTIL_DONE)
    page.get_by_label("Waarom", exact=True).fill("De studie van Oost")
    press(page, "Zet live")
    expect(page.locator(".live")).to_contain_text("De studie van Oost")
    live = page.locator(".live .mono").inner_text()
    person.go("/over")
    expect(page.get_by_text(live)).to_be_visible()
    person.go("/")
    person.fill(BUILDER)
    person.send()
    expect(page.locator(".dish")).to_have_count(3)
    assert "nagebootst" not in page.locator("main").inner_text()
    person.complaints[:] = [text for text in person.complaints if "400" not in text]
