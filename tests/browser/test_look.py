"""How a page looks at every size: nothing cut off, nothing too small, nothing from elsewhere."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.barriers import WIDTHS, reflows

pytestmark = pytest.mark.browser

PAGES = {
    "intake": "/",
    "no-answers": "/advies",
    "menu": "/menukaart",
    "card-leermeester": "/menukaart/leermeester",
    "card-lending": "/menukaart/collegiale-uitleen",
    "card-bbl": "/menukaart/bbl",
    "over": "/over",
    "error-404": "/bestaat-niet",
}
SMALL = """
    [...document.querySelectorAll("a, button, input, select, summary, label.need, label.choice")]
        .filter((each) => each.offsetParent && !each.closest("p, .skip") && each.type !== "radio"
            && !(each.type === "checkbox"))
        .map((each) => [each.getBoundingClientRect(), each])
        .filter(([box]) => box.width > 0 && box.height > 0 && box.height < LEAST)
        .map(([box, each]) => `${each.outerHTML.slice(0, 80)} is ${box.height} high`)
"""
COMPANY = {
    "needs": ["Nieuwe mensen moeten sneller meedraaien"],
    "employees": "38",
    "sector": "2025-F",
    "pressure": "Zeer krap",
    "province": "Drenthe",
}


def unfold(page):
    for fold in page.locator("details > summary").all():
        if fold.is_visible():
            fold.click()


@pytest.fixture
def pages(visit):
    """Return a function that walks pages, by default all, at a width and yields each by name."""

    def walk(width, names=tuple(PAGES), **how):
        person = visit(width, **how)
        for name in names:
            person.go(PAGES[name])
            yield name, person
        person.go("/")
        person.fill(COMPANY)
        person.send()
        yield "answer", person
        # The browser itself reports the page that does not exist.
        person.complaints[:] = [text for text in person.complaints if "404" not in text]

    return walk


def test_what_opens_with_a_link_says_so_at_every_size(visit):
    person = visit(390)
    person.page.context.clear_cookies()
    for path in ("/op-te-volgen", "/openen/no-such-link"):
        person.go(path)
        assert person.page.get_by_role("heading", level=1).is_visible()
        for width in WIDTHS:
            person.page.set_viewport_size({"width": width, "height": 900})
            assert person.overflow() <= 0, (path, width)
    person.complaints[:] = [text for text in person.complaints if "403" not in text]


def test_every_page_fits_its_window_and_what_is_touched_is_large_enough(pages, shoot):
    for name, person in pages(1280):
        page = person.page
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert person.overflow() <= 0, (name, width)
            shoot(page, f"{name}-{width}")
        page.set_viewport_size({"width": 390, "height": 900})
        unfold(page)
        assert page.evaluate(SMALL.replace("LEAST", "44")) == [], name
        reflows(person, name, WIDTHS)


def test_pages_follow_a_dark_device(pages, shoot):
    for name, person in pages(1280, ("intake", "card-lending"), color_scheme="dark"):
        ground = person.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(27, 23, 26)"
        shoot(person.page, f"{name}-1280-dark")


def test_nothing_moves_for_who_wants_no_motion(visit):
    person = visit()
    person.go("/")
    moving = "[...document.querySelectorAll('*')].filter((each) =>" + (
        " getComputedStyle(each).transitionDuration !== '0s'"
        " || getComputedStyle(each).animationName !== 'none').length"
    )
    assert person.page.evaluate(moving) == 0


def test_focus_can_be_seen_on_everything_that_takes_it(visit):
    person = visit()
    person.go("/")
    page = person.page
    ringed = """() => { let each = document.activeElement;
        if (each.matches('.need input, .choice input')) each = each.closest('label');
        const style = getComputedStyle(each);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; }"""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        assert page.evaluate(ringed), page.evaluate("document.activeElement.outerHTML.slice(0, 90)")


def test_drawings_arrive_from_the_sprite(visit):
    person = visit()
    person.go("/")
    box = person.page.locator(".need use").first.evaluate("(each) => each.getBBox().width")
    assert box > 5


MOVED = """
    window.moved = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
            // The foot of a short page stands at the bottom of the window and grows upwards.
            window.moved.push(...entry.sources.map(({node}) => node)
                .filter((node) => node?.nodeName !== "FOOTER")
                .filter((node) => !node?.parentElement?.closest("footer"))
                .map((node) => node ? node.nodeName : "gone"));
    }).observe({type: "layout-shift", buffered: true});
"""


def moved(page):
    """Return what moved since the page began, once it stands still."""
    page.wait_for_load_state()
    page.evaluate("new Promise((go) => requestAnimationFrame(() => setTimeout(go, 50)))")
    return page.evaluate("window.moved")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_while_a_page_loads_even_when_its_script_comes_late(visit, width):
    """On a window in which the whole page fits, for what moves below it is not reported."""
    person = visit(width, 6000, apart=True)
    page = person.page
    page.set_default_timeout(30_000)
    page.add_init_script(MOVED)
    page.context.route("**/*.js*", late)
    for path in ("/", "/menukaart", "/menukaart/collegiale-uitleen"):
        person.go(path)
        assert moved(page) == [], path
    person.go("/")
    person.fill(COMPANY)
    person.send()
    expect(page.locator(".dish").first).to_be_visible()
    assert moved(page) == []
    person.go("/blad")
    assert moved(page) == []
    page.evaluate("document.querySelector('main').style.marginTop = '40px'")
    assert moved(page) != []


def late(route):
    """Let a script arrive after the page was painted."""
    time.sleep(0.2)
    route.continue_()


def test_a_print_of_the_answer_leaves_the_buttons_out(visit, shoot):
    person = visit(794)
    person.go("/")
    person.fill(COMPANY)
    person.send()
    page = person.page
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="Aanpassen", exact=True)).to_be_hidden()
    expect(page.locator(".dish").first).to_be_visible()
    expect(page.locator(".basis")).to_be_visible()
    shoot(page, "answer-print")
