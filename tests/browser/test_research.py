"""The researcher's story in a real browser, from a file with faults to a model that is live."""

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from matcher.evaluation.judging import as_json
from matcher.model import registry
from matcher.model.artefact import load, save
from matcher.paths import MENU
from service import create_app
from service.settings import Settings
from tests.browser.barriers import PRACTICES, looks
from tests.browser.conftest import PATIENCE, served
from tests.matcher.report_makers import EVALUATION, WHY

pytestmark = pytest.mark.browser

GOOD = Path(__file__).parents[1] / "matcher" / "files" / "experiment-excel.csv"
UNTIL_DONE = 120_000


@pytest.fixture(scope="module")
def models(promoted):
    return promoted


@pytest.fixture(scope="module")
def address(models, tmp_path_factory):
    """Serve an application that may be written to."""
    menu = tmp_path_factory.mktemp("menu") / "menu.toml"
    shutil.copy(MENU, menu)
    instance = tmp_path_factory.mktemp("instance")
    app = create_app(Settings(models=models, instance=instance, menu=menu))
    with served(app) as address:
        yield address


@pytest.fixture
def faulty(tmp_path):
    """Return a file with a fault in four places, and code where somebody could have put it."""
    lines = GOOD.read_text(encoding="cp1252").splitlines()
    cells = [line.split(";") for line in lines]
    column = {name: at for at, name in enumerate(cells[0])}
    cells[3][column["employees"]] = "veel"
    cells[5][column["intervention"]] = "<img src=x onerror=alert(1)>"
    cells[5][column["company"]] = '=HYPERLINK("http://example.com")'
    cells[7][column["start_date"]] = "31-02-2023"
    path = tmp_path / "uitkomsten-fout.csv"
    path.write_text("\n".join(";".join(row) for row in cells), encoding="utf-8")
    return path


def forgive(person):
    """Leave out that the browser itself reports a form that was refused."""
    person.complaints[:] = [text for text in person.complaints if "400" not in text]


@pytest.fixture(autouse=True)
def _prepared(looked_into_here, warm_trainings):
    """What is a process of its own, and imports all, is proven without a browser."""


@pytest.fixture(autouse=True)
def patient():
    """Wait for what a process of its own has to start for, also on a slow machine."""
    expect.set_options(timeout=UNTIL_DONE)
    yield
    expect.set_options(timeout=PATIENCE)


def send(person, path):
    person.go("/onderzoek/bestanden")
    person.page.get_by_label("Uw bestand").set_input_files(path)
    with person.page.expect_event("load"):
        person.page.get_by_role("button", name="Kijk het bestand na").click()


def sign(page, button, reason=None):
    page.get_by_label("Uw naam").fill("Bram")
    if reason:
        page.get_by_label("Waarom", exact=True).fill(reason)
    with page.expect_event("load"):
        page.get_by_role("button", name=button).click()


def look(person, shoot, name):
    """Keep pictures of a page, and let nothing be wrong with it at any width."""
    looks(person, f"research-{name}", shoot, PRACTICES)


def test_from_a_file_with_faults_to_a_live_model_and_back(visit, shoot, models, faulty):
    person = visit()
    page = person.page
    page.set_default_timeout(UNTIL_DONE)
    first = registry.current(models)

    send(person, faulty)
    assert page.locator("td.faulty").count() == 4
    marked = page.locator("tr", has=page.get_by_role("rowheader", name="4", exact=True))
    expect(marked.locator("td.faulty")).to_contain_text("'veel' is geen getal.")
    expect(page.locator("td.faulty img:not(.icon)")).to_have_count(0)
    look(person, shoot, "faults")

    send(person, GOOD)
    expect(page.get_by_text("32 proeven van 24 bedrijven")).to_be_visible()
    look(person, shoot, "preview")
    sign(page, "Bewaar dit bestand")
    expect(page.get_by_text("experiment-excel.csv")).to_be_visible()
    look(person, shoot, "files")

    person.go("/onderzoek/trainen")
    expect(page.get_by_role("checkbox", name="experiment-excel.csv")).to_be_checked()
    page.get_by_role("radio", name="Snel").check()
    look(person, shoot, "training")
    sign(page, "Begin met trainen")
    expect(page.get_by_role("heading", name="Bezig")).to_be_visible()
    look(person, shoot, "running")
    # The page follows by itself.
    done = page.get_by_role("heading", name="Klaar")
    expect(done).to_be_visible(timeout=UNTIL_DONE)
    expect(page.get_by_text("Dit model is niet beoordeeld")).to_be_visible()
    assert registry.current(models) == first
    look(person, shoot, "done")

    page.get_by_role("link", name="Bekijk wat er verandert en zet live").click()
    look(person, shoot, "decide")
    sign(page, "Zet live", "Echte bedrijven erbij")
    expect(page.locator(".live")).to_contain_text("Echte bedrijven erbij")
    second = registry.current(models)
    assert second != first
    look(person, shoot, "overview")
    person.go("/over")
    expect(page.get_by_text(second)).to_be_visible()

    person.go("/onderzoek")
    page.get_by_role("link", name="Terug naar het vorige model").click()
    sign(page, "Ga terug", "Toch liever het oude")
    expect(page.locator(".live")).to_contain_text("Toch liever het oude")
    assert registry.current(models) == first
    assert [d.by for d in registry.ledger(models)] == ["Anna", "Bram", "Bram"]
    forgive(person)


def test_a_form_without_a_name_says_so_and_keeps_what_was_written(visit, shoot, models):
    person = visit()
    person.go(f"/onderzoek/versies/{registry.versions(models)[0]}/live")
    look(person, shoot, "already-live")
    person.go("/onderzoek/trainen")
    page = person.page
    page.get_by_role("radio", name="Snel").check()
    page.evaluate("document.querySelector('.panel').noValidate = true")
    page.get_by_role("button", name="Begin met trainen").click()
    page.get_by_role("link", name="Vul uw naam in.").click()
    expect(page.get_by_label("Uw naam")).to_be_focused()
    expect(page.get_by_role("radio", name="Snel")).to_be_checked()
    look(person, shoot, "unsigned")
    forgive(person)


def test_english_pages_are_as_good(visit, shoot):
    person = visit()
    for name in ("", "/bestanden", "/trainen"):
        person.go(f"/onderzoek{name}?taal=en")
        look(person, shoot, f"english{name.replace('/', '-')}")


def test_without_a_script_a_training_is_followed_by_a_link(visit, models):
    person = visit(java_script_enabled=False)
    page = person.page
    page.set_default_timeout(UNTIL_DONE)
    send(person, GOOD)
    sign(page, "Bewaar dit bestand")
    person.go("/onderzoek/trainen")
    sign(page, "Begin met trainen")
    page.get_by_role("link", name="Ververs").click()
    page.get_by_role("button", name="Stop de training").click()
    expect(page.get_by_role("heading", name="Gestopt")).to_be_visible()


@pytest.fixture(scope="module")
def evaluated(models, trained_folder, report_pages):
    """Return a version with an evaluation that was made by hand, and its report."""
    model, provenance = load(trained_folder)
    told = [*trained_folder.glob("evaluation.*.md"), *report_pages.iterdir()]
    pages = {path.name: path.read_text(encoding="utf-8") for path in told}
    pages["evaluation.json"] = json.dumps(as_json(EVALUATION, *WHY))
    return save(model, provenance, models, pages)


def test_the_report_opens_without_a_complaint_and_from_here_alone(visit, evaluated, shoot):
    person = visit()
    person.go(f"/onderzoek/versies/{evaluated}")
    look(person, shoot, "version")
    person.page.get_by_role("link", name="Het verslag").click()
    expect(person.page.locator("main svg").first).to_be_visible()
    person.page.locator("nav a").first.click()
    person.page.go_back()


def test_a_fact_is_looked_up_in_a_list_and_renewed_after_a_fault_at_its_field(visit, shoot):
    person = visit()
    page = person.page
    person.go("/onderzoek/feiten")
    look(person, shoot, "facts")
    with page.expect_event("load"):
        page.get_by_role("link", name="wtta-melden").click()
    page.get_by_label("Adres van de bron").fill("toelatinguitleenmarkt.nl")
    sign(page, "Bewaar dit feit")
    expect(page.locator("#source_address-error")).to_contain_text("https://")
    look(person, shoot, "fact")
    page.get_by_label("Adres van de bron").fill("https://www.toelatinguitleenmarkt.nl/melden")
    sign(page, "Bewaar dit feit")
    expect(page.get_by_text("Menukaart 2026.5")).to_be_visible()
    forgive(person)
