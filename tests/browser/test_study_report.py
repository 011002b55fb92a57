"""The data report of a study as a file in a browser: on a phone and on a desk, without barriers."""

import pytest

from matcher.study_report.page import write_study_report
from tests.browser.barriers import AXE, PRACTICES, VIOLATIONS
from tests.matcher.study_report.made import built

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_the_data_report_fits_its_window_and_has_no_barrier(browser, tmp_path, width, scheme):
    path = tmp_path / "report.nl.html"
    study = built(([20, 12, 9, 3], [14, 8, 6, 2]), off_menu=("paardencoaching",))
    path.write_text(write_study_report(study, "nl"), encoding="utf-8")
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page, requests = context.new_page(), []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    for fold in page.locator("summary").all():
        fold.click()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.evaluate(AXE)
    found = page.evaluate(VIOLATIONS, {"runOnly": list(PRACTICES)})
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert requests == [path.as_uri()]
    context.close()
