"""How a page looks at every size: nothing cut off, nothing too small, nothing from elsewhere."""

import pytest
from playwright.sync_api import expect

from tests.browser.barriers import WIDTHS
from tests.browser.conftest import SENT

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


WATCH = """() => new Promise((go) => {
    window.moved = [];
    window.note = (entries) => {
        for (const entry of entries)
            // The foot of a short page stands at the bottom of the window and grows upwards.
            moved.push(...entry.sources.map(({node}) => node)
                .filter((node) => node?.nodeName !== "FOOTER")
                .filter((node) => !node?.parentElement?.closest("footer"))
                .map((node) => node ? node.nodeName : "gone"));
    };
    const begin = () => requestAnimationFrame(() => requestAnimationFrame(() => {
        window.watching = new PerformanceObserver((list) => note(list.getEntries()));
        watching.observe({type: "layout-shift"});
        go();
    }));
    // Drawn once as a whole: what is drawn while a page still arrives grows with each part of it.
    if (document.readyState === "loading")
        document.addEventListener("readystatechange", begin, {once: true});
    else begin();
})"""
MOVED = """() => new Promise((go) => requestAnimationFrame(() => setTimeout(() => {
    note(watching.takeRecords());
    go(moved);
}, 50)))"""
PATHS = {
    "/": "**/druk",
    "/menukaart": "**/drafts.js*",
    "/menukaart/collegiale-uitleen": "**/drafts.js*",
    "/advies": "**/answer.js*",
    "/blad": "**/answer.js*",
}
"""Pages, and what each asks for last."""


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_while_a_page_loads_even_when_its_script_comes_late(visit, width):
    """On a window in which the whole page fits, for what moves below it is not reported."""
    person = visit(width, 6000, apart=True)
    person.post("/advies", SENT)
    page, held, drawn = person.page, [], []

    def late(route):
        if drawn:
            route.continue_()
        else:
            held.append(route)

    page.context.route("**/*.js*", late)
    page.context.route("**/*.svg*", late)
    for path, last in PATHS.items():
        drawn.clear()
        page.goto(person.address + path, wait_until="commit")
        page.evaluate(WATCH)
        assert any(".js" in route.request.url for route in held), path
        with page.expect_event("load"), page.expect_response(last):
            drawn.append(path)
            while held:
                held.pop().continue_()
        assert page.evaluate(MOVED) == [], path
    page.evaluate("document.querySelector('main').style.marginTop = '40px'")
    assert page.evaluate(MOVED) != []


def test_a_print_of_the_answer_leaves_the_buttons_out(answered, shoot):
    page = answered(794).page
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="Aanpassen", exact=True)).to_be_hidden()
    expect(page.locator(".dish").first).to_be_visible()
    expect(page.locator(".basis")).to_be_visible()
    shoot(page, "answer-print")
