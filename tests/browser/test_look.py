"""How a page looks at every size: nothing cut off, nothing too small, nothing from elsewhere."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.barriers import WIDTHS

pytestmark = pytest.mark.browser


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


def test_the_questions_show_their_drawings_and_do_not_move_for_who_wants_no_motion(visit):
    person = visit()
    person.go("/")
    moving = "[...document.querySelectorAll('*')].filter((each) =>" + (
        " getComputedStyle(each).transitionDuration !== '0s'"
        " || getComputedStyle(each).animationName !== 'none').length"
    )
    assert person.page.evaluate(moving) == 0
    # From the sprite.
    box = person.page.locator(".need use").first.evaluate("(each) => each.getBBox().width")
    assert box > 5


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
def test_nothing_moves_while_a_page_loads_even_when_its_script_comes_late(visit, answers, width):
    """On a window in which the whole page fits, for what moves below it is not reported."""
    person = visit(width, 6000, apart=True, storage_state=answers)
    page = person.page
    page.set_default_timeout(30_000)
    page.add_init_script(MOVED)
    page.context.route("**/*.js*", late)
    for path in ("/", "/menukaart", "/menukaart/collegiale-uitleen", "/advies", "/blad"):
        person.go(path)
        assert moved(page) == [], path
    page.evaluate("document.querySelector('main').style.marginTop = '40px'")
    assert moved(page) != []


def late(route):
    """Let a script arrive after the page was painted."""
    time.sleep(0.2)
    route.continue_()


def test_a_print_of_the_answer_leaves_the_buttons_out(answered, shoot):
    page = answered(794).page
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="Aanpassen", exact=True)).to_be_hidden()
    expect(page.locator(".dish").first).to_be_visible()
    expect(page.locator(".basis")).to_be_visible()
    shoot(page, "answer-print")
