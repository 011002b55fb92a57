"""The report as a file in a browser: on a phone, on a desk and on paper, nothing from elsewhere."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def report(report_pages, tmp_path):
    """Return the Dutch report as a file that stands alone in its folder."""
    return Path(shutil.copy(report_pages / "report.nl.html", tmp_path))


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


STICKS_OUT = "document.documentElement.scrollWidth - innerWidth"


def test_the_report_fits_its_window_and_its_letters_can_be_read(opened, shoot):
    page = opened(390)
    sizes = page.evaluate(
        "[...document.querySelectorAll('svg text')]"
        ".map((each) => each.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 11
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(STICKS_OUT) <= 0
        shoot(page, f"report-{width}")
    folds = page.locator("summary")
    for fold in folds.all():
        fold.click()
    expect(page.locator("details[open]")).to_have_count(folds.count())
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(STICKS_OUT) <= 0
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
