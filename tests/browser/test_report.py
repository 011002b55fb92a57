"""The report as a file in a browser: on a phone, on a desk and on paper, nothing from elsewhere."""

import pytest

from matcher.menu.card import read_menu
from matcher.model.registry import load_model
from matcher.paths import MENU, TRIALS
from matcher.report.pages import write_report
from matcher.trials.reader import read_trials
from tests.matcher.report_makers import findings

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(models, tmp_path_factory):
    """Return the Dutch report as a file that stands alone in its folder."""
    model, _ = load_model(models)
    page = write_report(findings(read_trials(TRIALS, read_menu(MENU)), model), "nl")
    path = tmp_path_factory.mktemp("report") / "report.nl.html"
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture
def opened(browser, report):
    """Return a function that opens the report; no complaint and no request may follow."""
    contexts, complaints, requests = [], [], []

    def open_(width):
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(report.as_uri())
        return page

    yield open_
    assert complaints == []
    assert set(requests) == {report.as_uri()}
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_report_fits_its_window(opened, shoot, width):
    page = opened(width)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    shoot(page, f"report-{width}")
    for fold in page.locator("summary").all():
        fold.click()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate(
        "[...document.querySelectorAll('summary')]"
        ".every((each) => each.getBoundingClientRect().height >= 44)"
    )


def test_the_report_prints_with_its_tables_open_and_nothing_cut_off(opened, report):
    page = opened(680)  # A4 less its margins, at 96 to the inch
    page.emulate_media(media="print")
    tables = "[...document.querySelectorAll('table')].map((each) => each.checkVisibility())"
    shown = page.evaluate(tables)
    assert len(shown) > 8
    assert all(shown)
    cut = (
        "[...document.querySelectorAll('.scroll')]"
        ".filter((each) => each.scrollWidth > each.clientWidth + 1)"
        ".map((each) => each.getAttribute('aria-label'))"
    )
    assert page.evaluate(cut) == []
    paper = page.pdf(path=report.with_suffix(".pdf"), prefer_css_page_size=True)
    assert paper.startswith(b"%PDF")
    page.emulate_media(media="screen")


def test_the_letters_of_a_drawing_can_be_read_on_a_phone(opened):
    page = opened(390)
    sizes = page.evaluate(
        "[...document.querySelectorAll('svg text')]"
        ".map((each) => each.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 11
