"""The widget on a page of another site, in a real browser."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from service import create_app
from service.settings import Settings
from service.store.keys import widget_id
from tests.browser.conftest import PATIENCE, served

ORGANISATION = "Ynbusiness"
pytestmark = pytest.mark.browser


@contextmanager
def site(page):
    """Serve one page on a port of its own; yield its origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            found = self.path == "/"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page().encode() if found else b"")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextmanager
def service(models, instance, origins):
    setting, of_key = origins
    app = create_app(Settings(models=models, instance=instance, widget_origins=setting))
    if of_key:
        named = ["--organisation", ORGANISATION, "--scopes", "recommend", "--origin", of_key]
        app.test_cli_runner().invoke(args=["keys", "create", *named], catch_exceptions=False)
    with served(app) as address:
        yield address


ELSEWHERE = "https://een.nl"
WAYS = {
    "the setting names it": lambda origin: ((origin, None), True),
    "the setting names another": lambda origin: ((ELSEWHERE, None), False),
    "its key names it": lambda origin: ((ELSEWHERE, origin), True),
    "its key names another and the setting it": lambda origin: ((origin, ELSEWHERE), False),
}


@pytest.fixture(params=list(WAYS.values()), ids=list(WAYS))
def host(request, models, tmp_path, browser):
    """Return a browser page of another site that shows the widget, and whether it may."""
    address = []
    html = '<!doctype html><title>x</title><p>Platform</p><script src="{}/widget.js"{}></script>'
    with site(lambda: html.format(*address)) as origin:
        origins, allowed = request.param(origin)
        with service(models, tmp_path / "instance", origins) as leermatch:
            by_key = f' data-id="{widget_id(ORGANISATION)}"' if origins[1] else ""
            address.extend((leermatch, by_key))
            page = browser.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(origin)
            yield page, allowed
            page.close()


def test_only_a_site_that_may_shows_the_questions_and_three_approaches(host):
    page, allowed = host
    frame = page.frame_locator("iframe")
    if not allowed:
        page.wait_for_load_state("networkidle")
        assert frame.locator("form").count() == 0
        return
    frame.locator("input[name=needs][value=inwerken]").check()
    frame.locator("#employees").fill("38")
    for name, value in (
        ("sector", "2025-F"),
        ("staffing_pressure", "zeer_krap"),
        ("province", "drenthe"),
    ):
        frame.locator(f"#{name}").select_option(value)
    frame.get_by_role("button").click()
    frame.locator(".widget-cards > li").nth(2).wait_for()
    assert frame.locator(".widget-cards > li").count() == 3
    inside = frame.locator("body").evaluate("body => body.scrollHeight")
    page.wait_for_function(
        "high => Math.abs(document.querySelector('iframe').offsetHeight - high) < 40", arg=inside
    )


@pytest.mark.parametrize("host", [WAYS["the setting names it"]], ids=["allowed"], indirect=True)
def test_a_message_of_another_page_does_not_resize_the_frame(host):
    page, _ = host
    page.wait_for_load_state("networkidle")
    height = "document.querySelector('iframe').offsetHeight"
    before = page.evaluate(height)
    page.evaluate("postMessage({ leermatchHeight: 5432 }, '*')")
    page.evaluate("new Promise(done => setTimeout(done, 0))")
    assert page.evaluate(height) == before != 5432


LONG = (
    '<!doctype html><html lang="nl"><meta name="viewport" content="width=device-width">'
    "<title>Platform</title><main><h1>Platform</h1>"
    + "<p>Tekst van het platform.</p>" * 30
    + '<script src="{}/widget.js"{}></script>'
    + "<p>Nog meer tekst.</p>" * 30
    + "</main>"
)


@pytest.fixture
def phone(models, tmp_path, browser):
    """Return a page of another site on a phone, with the widget halfway."""
    address = []
    with (
        site(lambda: LONG.format(*address)) as origin,
        service(models, tmp_path / "instance", (origin, None)) as leermatch,
    ):
        address.extend((leermatch, ""))
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(PATIENCE)
        page.goto(origin)
        page.frame_locator("iframe").locator("form").wait_for()
        yield page
        page.close()


def in_view(page, inside):
    """Wait until what stands first in the frame is at the top of the window, with the focus."""
    page.wait_for_function("document.activeElement.tagName === 'IFRAME'")
    page.wait_for_function(
        "Math.abs(document.querySelector('iframe').getBoundingClientRect().top) < 60"
    )
    expect(inside).to_be_focused()
    box = inside.bounding_box()
    assert box["y"] >= 0 and box["y"] + 20 < 844


def test_on_a_phone_the_top_of_the_answer_or_of_the_faults_comes_into_view(phone):
    frame = phone.frame_locator("iframe")
    send = frame.get_by_role("button", name="Laat zien wat past")
    assert phone.evaluate("scrollY") == 0
    for words in ("Klanten vragen meer", "Werken met computers"):
        frame.locator(".need", has_text=words).click()
    frame.locator("#employees").fill("38")
    for name, value in (("sector", "2025-F"), ("province", "drenthe")):
        frame.locator(f"#{name}").select_option(value)
    send.click()
    faults = frame.get_by_role("alert")
    in_view(phone, faults)
    faults.get_by_role("link").click()
    expect(frame.locator("#staffing_pressure")).to_be_focused()
    # The order of tapping holds, also on the page that comes back.
    places = frame.locator(".need:has(:checked) .place")
    assert places.all_inner_texts() == ["2", "1"]
    frame.locator("#staffing_pressure").select_option("krap")
    send.click()
    in_view(phone, frame.get_by_role("heading", level=1))
    assert frame.locator(".widget-cards > li").count() == 3
    frame.get_by_role("link", name="Een ander bedrijf").click()
    expect(frame.locator("#employees")).to_have_value("")
    in_view(phone, frame.get_by_role("heading", level=1))
