"""A real browser on the real service, with a small model of its own."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect, sync_playwright

from matcher.model import registry
from matcher.model.artefact import load
from matcher.paths import TRIALS
from matcher.report.pages import write_pages
from matcher.trials.reader import read_trials
from service import create_app
from service.settings import Settings
from tests import beside
from tests.matcher.report_makers import findings
from tests.opened import cookie_of

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One process that draws for all pages of this machine: each new one costs a quarter second.
    "--disable-site-isolation-trials",
    "--disable-software-rasterizer",
    "--in-process-gpu",
    "--process-per-site",
    # Of a command's switches the last holds: what Playwright leaves out too, and the pages behind
    # the address bar, which cost a second of processor in every window.
    "--disable-features=AimEnabled,AvoidCorsURLLoaderRestartOnRedirect,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,"
    "HttpsFirstBalancedModeAutoEnable,HttpsUpgrades,LensOverlay,MediaRouter,"
    "NetworkTimeServiceQuerying,OptimizationHints,PaintHolding,PreconnectToSearch,"
    "ThirdPartyStoragePartitioning,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,"
    "WebUIOmniboxPopup",
]
PATIENCE = 30_000
"""Milliseconds that a page may take on a busy machine; what is there in time waits for none."""
INSTALL = "no Chromium for the browser tests; on Debian or Ubuntu: sudo apt-get install chromium"


def chromium():
    """Return the browser: the one that is named (empty means none), or else one on the path."""
    named = os.environ.get("CHROMIUM")
    if named is not None:
        return named
    return next((path for name in NAMES if (path := shutil.which(name))), "")


@pytest.fixture(scope="session", autouse=True)
def _quick_apps(quick_apps):
    """Many tests have an application of their own."""


@pytest.fixture(scope="session")
def models(trained_folder):
    """Return a folder with a version trained on the outcomes of the repository; never write."""
    return trained_folder.parent


@pytest.fixture(scope="session")
def report_pages(trained_folder, once):
    """Return a folder with a report on the trials of the repository; never write in it."""

    def write(folder):
        model, _ = load(trained_folder)
        for name, page in write_pages(findings(read_trials(TRIALS, model.menu), model)).items():
            (folder / name).write_text(page, encoding="utf-8")

    return once("report-pages", write)


@pytest.fixture(scope="session")
def address(models, tmp_path_factory):
    """Serve the application on a free port of this machine; return its address."""
    app = create_app(Settings(models=models, instance=tmp_path_factory.mktemp("instance")))
    with served(app) as address:
        yield address


@pytest.fixture(scope="module")
def promoted(trained_folder, tmp_path_factory):
    """Return a folder of a module's own with a version that was promoted."""
    folder = tmp_path_factory.mktemp("promoted") / "models"
    shutil.copytree(trained_folder.parent, folder)
    registry.promote(folder, trained_folder.name, "Anna", "Eerste model")
    return folder


@pytest.fixture(scope="module")
def writable(models, tmp_path_factory):
    """Serve an application of a module's own, that people may write to; return its address."""
    app = create_app(Settings(models=models, instance=tmp_path_factory.mktemp("writable")))
    with served(app) as address:
        yield address


_COOKIES: dict[str, dict[str, str]] = {}
"""Address -> cookie of whoever opened the link of the application there."""


@contextmanager
def served(app):
    """Serve an application on a free port of this machine; yield its address."""
    # No style or script changes meanwhile: asking for six of them at each page takes a fifth of it.
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    with beside.served(app) as server:
        address = f"http://127.0.0.1:{server.effective_port}"
        name, value = cookie_of(app, server.effective_port)
        _COOKIES[address] = {"name": name, "value": value, "url": address}
        yield address


@pytest.fixture(scope="session")
def browser():
    """Return a browser; without one these tests skip, and fail where nothing may be left out."""
    path = chromium()
    if not path:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(INSTALL)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


FILLED = """(company) => {
    const labels = [...document.querySelectorAll("label")];
    const words = (each) => each.innerText.replace(/\\s+/g, " ");
    const field = (told) => labels.find((each) => words(each).includes(told)).control;
    const say = (told, value) => {
        const at = field(told);
        at.value = value;
        ["input", "change"].forEach((kind) => at.dispatchEvent(new Event(kind, {bubbles: true})));
    };
    company.needs.forEach((told) => field(told).click());
    say("Hoeveel mensen werken er?", company.employees);
    say("In welke sector werkt u?", company.sector);
    field(company.pressure).click();
    field(company.province).click();
    if (company.shift_work) say("Ploegendienst", company.shift_work);
}"""


class Visit:
    """One person's browser: its page, and everything that went wrong or went elsewhere."""

    def __init__(self, page, address):
        self.page, self.address = page, address
        self.complaints, self.elsewhere = [], []
        self.scheme = None  # that of whoever started the browser
        page.set_default_timeout(PATIENCE)
        self._heard = {
            "console": lambda message: self.complaints.append(message.text),
            "pageerror": lambda error: self.complaints.append(str(error)),
            "request": self._note,
            "dialog": self._dismiss,
        }
        for event, note in self._heard.items():
            page.on(event, note)
        self._first = page

    def _note(self, request):
        if not request.url.startswith(self.address):
            self.elsewhere.append(request.url)

    def _dismiss(self, dialog):
        self.complaints.append(dialog.message)
        dialog.dismiss()

    def leave(self):
        """Leave the tab as it was found."""
        page = self._first
        for event, note in self._heard.items():
            page.remove_listener(event, note)
        for other in page.context.pages:
            if other is not page:
                other.close()
        page.context.set_offline(False)
        page.goto("about:blank")
        page.emulate_media(media="null", color_scheme="null")

    def go(self, path):
        self.page.goto(self.address + path)

    def overflow(self):
        """Return by how many pixels the page is wider than the window."""
        self.page.wait_for_load_state()
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")

    def post(self, path, sent):
        """Send a form without the page it stands on; return where that leads."""
        told = self.page.request.post(
            self.address + path,
            data=urlencode(sent, doseq=True),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            max_redirects=0,
        )
        assert told.status == 303, told.status
        return told.headers["location"]

    def answer(self, sent):
        """Come to the answer as somebody who answered the questions."""
        self.go(self.post("/advies", sent))

    def send(self):
        with self.page.expect_event("load"):  # not of a change of the address alone
            send = self.page.get_by_role("button", name="Laat zien wat past")
            send.evaluate("(each) => each.click()")

    def tap(self, words):
        self.page.get_by_role("checkbox", name=words, exact=True).click()

    def fill(self, company):
        """Answer the questions at once, with the events that tapping and typing give.

        A browser moves, scrolls and draws for each touch, which costs ten times the rest.
        """
        self.page.evaluate(FILLED, company)

    def fill_by_hand(self, company):
        """Answer the questions as somebody at the table does."""
        page = self.page
        for words in company["needs"]:
            self.tap(words)
        page.get_by_label("Hoeveel mensen werken er?").fill(company["employees"])
        page.get_by_label("In welke sector werkt u?").select_option(company["sector"])
        page.get_by_role("radio", name=company["pressure"]).check()
        page.get_by_role("radio", name=company["province"]).check()
        if "shift_work" in company:
            page.get_by_text("Nog iets preciezer?").click()
            page.get_by_label("Ploegendienst").select_option(company["shift_work"])

    def send_by_hand(self):
        with self.page.expect_event("load"):
            self.page.get_by_role("button", name="Laat zien wat past").click()


@pytest.fixture(scope="session")
def tabs(browser):
    """Return a function that gives the one tab of its kind: half of a visit is opening another."""
    opened = {}

    def tab(**how):
        kind = tuple(sorted(how.items()))
        if kind not in opened:
            opened[kind] = browser.new_context(**how).new_page()
        return opened[kind]

    yield tab
    for page in opened.values():
        page.context.close()


@pytest.fixture
def visit(browser, address, tabs):
    """Return a function that opens a new person's browser; nothing may go wrong in it.

    The first of a test has the tab of all tests of its kind, without cookies. One that others come
    to after it, or that is changed for good (``apart``), has a browser of its own.
    """
    visits, own = [], []

    def open_(width=1280, height=900, *, apart=False, **how):
        # Scrolling that takes its time costs a test its time.
        how = {"reduced_motion": "reduce"} | how
        if visits or apart:
            own.append(browser.new_context(**how))
            page = own[-1].new_page()
        else:
            page = tabs(**how)
        page.context.clear_cookies()
        page.context.add_cookies([_COOKIES[address]])
        page.set_viewport_size({"width": width, "height": height})
        visits.append(Visit(page, address))
        return visits[-1]

    yield open_
    if visits and visits[0].page.context not in own:
        visits[0].leave()
    for context in own:
        context.close()
    for each in visits:
        assert each.elsewhere == []
        assert each.complaints == []


BUILDER = {
    "needs": [
        "Nieuwe mensen moeten sneller meedraaien",
        "Werken met computers en apps gaat moeizaam",
    ],
    "employees": "38",
    "sector": "2025-F",
    "pressure": "Zeer krap",
    "province": "Drenthe",
}


SENT = {
    "needs": ["inwerken", "digitaal"],
    "needs_order": "inwerken|digitaal",
    "employees": "38",
    "sector": "2025-F",
    "staffing_pressure": "zeer_krap",
    "province": "drenthe",
}
"""What the form of the builder sends."""


@pytest.fixture
def answered(visit):
    """Return a function that opens the browser of somebody whose answers were sent."""

    def open_(width=1280, **how):
        person = visit(width, **how)
        person.answer(SENT)
        return person

    return open_


SHOTS = Path(__file__).parents[2] / "build" / "screenshots"


@pytest.fixture(scope="session")
def shoot():
    """Return a function that keeps a picture of a page, if SCREENSHOTS=yes."""
    wanted = os.environ.get("SCREENSHOTS") == "yes"

    def keep(page, name):
        if wanted:
            page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    return keep
