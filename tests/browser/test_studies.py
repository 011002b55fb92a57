"""A study in a real browser: from raw files, through the three steps, to what comes out."""

import pytest
from playwright.sync_api import expect

from matcher.study.example import FILES, write_example
from service import create_app
from service.settings import Settings
from tests.browser.barriers import PRACTICES, looks
from tests.browser.conftest import served
from tests.matcher.study.test_steps import DECISIONS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(models, tmp_path_factory):
    """Serve an application that may be written to."""
    app = create_app(Settings(models=models, instance=tmp_path_factory.mktemp("instance")))
    with served(app) as address:
        yield address


@pytest.fixture(autouse=True)
def _prepared(studied_here, looked_into_here):
    """What is a process of its own is proven without a browser."""


def look(person, shoot, name):
    looks(person, f"study-{name}", shoot, PRACTICES)


def press(page, button):
    with page.expect_event("load"):
        page.get_by_role("button", name=button, exact=True).click()


def test_from_raw_files_to_what_comes_out(visit, shoot, tmp_path):
    write_example(tmp_path, 1)
    person = visit()
    page = person.page
    person.go("/onderzoek/studies")
    page.get_by_label("Naam van de studie").fill("Oost 2024")
    page.get_by_label("Uw bestanden").set_input_files([tmp_path / n for n in FILES.values()])
    page.get_by_label("Uw naam").fill("Bram")
    press(page, "Lees de bestanden")

    expect(page.get_by_role("heading", name="Zo lazen wij het")).to_be_visible()
    look(person, shoot, "read")
    press(page, "Verder: wie is wie?")
    page.get_by_role("link", name="Hier moet u nog kiezen.").click()
    expect(page.locator("#file2_item_5")).to_be_focused()
    page.locator("#file2_item_5").select_option("idee")
    press(page, "Verder: wie is wie?")

    expect(page.get_by_role("heading", name="Wie is wie?")).to_be_visible()
    look(person, shoot, "who")
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
    look(person, shoot, "out")
    press(page, "Sluit af en haal de bestanden op")
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
