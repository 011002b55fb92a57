"""From the answer to a choice in a real browser: sliders, ticks, comparing, the printed sheet."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.barriers import barriers, looks
from tests.browser.conftest import SENT
from tests.browser.keyboard import Keyboard

pytestmark = pytest.mark.browser

PAGES = {
    "intake": "/",
    "answer": "/advies",
    "compare": "/vergelijk",
    "sheet": "/blad",
    "why": "/advies/korte-vakcursus",
    "menu": "/menukaart",
    "menu-narrowed": "/menukaart?punt=taal&uren=40",
    "menu-empty": "/menukaart?punt=taal&uren=0&weken=2",
    "card": "/menukaart/leermeester",
    "card-lending": "/menukaart/collegiale-uitleen",
    "card-bbl": "/menukaart/bbl",
    "about": "/over",
}


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")


def order(page):
    return page.locator(".dish h2").all_inner_texts()


ENLARGED = ("intake", "answer", "menu", "card", "card-lending", "card-bbl", "about")
"""Those that are large enough for a finger, and hold text twice as large on a phone too."""


def test_no_page_has_a_barrier_that_a_machine_can_find_or_sticks_out(answered, shoot):
    person = answered()
    for name, path in PAGES.items():
        person.go(path)
        unfold(person.page)
        looks(person, name, shoot, reflow=True, large=name in ENLARGED)


def test_faults_are_no_barrier(visit, shoot):
    person = visit()
    person.go("/")
    person.page.get_by_label("Voor hoeveel plekken").fill("veel")
    person.send()
    looks(person, "intake-faults", shoot)
    person.answer(SENT)
    person.page.get_by_role("button", name="Leg ze naast elkaar").click()
    expect(person.page.get_by_role("alert")).to_be_focused()
    looks(person, "compare-faults", shoot)
    # The browser itself reports the status of a refused form.
    person.complaints[:] = [text for text in person.complaints if "400" not in text]


def test_plain_answers_tell_the_class_at_once_and_an_own_word_wins(visit):
    person = visit(820)
    person.go("/")
    page = person.page
    page.get_by_label("Hoeveel mensen werken er?").fill("38")
    page.get_by_role("radio", name="Alleen met vervanging").first.check()
    expect(page.locator("#druk")).to_have_text("Uit uw antwoorden komt: krap.")
    page.get_by_label("Voor hoeveel plekken").fill("4")
    page.get_by_role("radio", name="Een paar dagen vooruit").check()
    expect(page.locator("#druk")).to_have_text("Uit uw antwoorden komt: zeer krap.")
    page.get_by_role("radio", name="Gemiddeld").check()
    expect(page.locator("#druk")).to_contain_text("U koos zelf: gemiddeld.")


def test_typing_finds_a_sector(visit):
    person = visit(390)
    person.go("/")
    page = person.page
    typed, sector = page.get_by_label("Typ wat u doet"), page.locator("#sector")
    ways = (page.get_by_role("button", name="Bouwnijverheid").click, lambda: typed.press("Enter"))
    for choose in ways:
        typed.fill("loodg")
        choose()
        expect(page.get_by_label("In welke sector werkt u?")).to_have_value("2025-F")
        expect(sector).to_be_focused()
        sector.select_option("")
    typed.fill("zzz")
    expect(page.locator("#sector-gevonden")).to_have_text("Niets gevonden. Kies hieronder.")


def test_a_slider_sets_the_order_at_once_and_keeps_the_ticks(answered):
    person = answered()
    page = person.page
    page.get_by_role("checkbox", name=re.compile("Vergelijk")).first.check()
    ticked = page.locator("[name=pick]:checked").get_attribute("value")
    slider = page.get_by_label("Weken tot de start")
    slider.focus()
    for _ in range(5):
        slider.press("ArrowLeft")
    expect(page.locator("#max_lead_weeks ~ .slider-ends")).to_be_visible()
    expect(page.locator("output[for=max_lead_weeks]")).to_have_text("binnen 2 weken")
    expect(page.locator("#past-niet")).to_be_visible()
    expect(page.locator(".situation-words")).to_contain_text("2 weken")
    expect(slider).to_be_focused()
    assert page.url.startswith(person.address + "/advies?voor=")
    now = page.locator(f"[name=pick][value={ticked}]")
    assert now.count() == 0 or now.is_checked()
    page.reload()
    assert page.get_by_label("Weken tot de start").input_value() == "1"


def test_without_script_a_button_sets_the_order(answered):
    person = answered(390, java_script_enabled=False)
    page = person.page
    before = order(page)
    page.get_by_label("Uren per persoon").fill("0")
    page.get_by_role("button", name="Zet opnieuw op volgorde").click()
    expect(page.locator("output[for=max_hours_per_participant]")).to_have_text("geen uren")
    assert order(page) != before
    expect(page.get_by_role("heading", name="Dit past nu niet")).to_be_visible()


def test_a_lost_connection_leaves_the_order_and_says_so(answered):
    person = answered()
    page = person.page
    before = order(page)
    page.context.set_offline(True)
    page.get_by_label("Uren per persoon").press("ArrowLeft")
    expect(page.locator("#grenzen-status")).to_have_text("Dat lukte niet. Probeer het zo nog eens.")
    assert order(page) == before
    page.context.set_offline(False)
    person.complaints[:] = [text for text in person.complaints if "INTERNET" not in text]


def test_a_comparison_fits_on_one_screen_of_a_tablet(answered):
    person = answered(820, height=1180)
    page = person.page
    for box in page.locator(".dish [name=pick]").all():
        box.check()
    # A fourth would not fit.
    page.locator("summary", has_text="Toon meer").click()
    page.locator(".row-fold > summary").first.click()
    expect(page.locator(".row-fold [name=pick]").first).to_be_disabled()
    page.get_by_role("button", name="Leg ze naast elkaar").click()
    expect(page.locator("table.compare thead th")).to_have_count(3)
    foot = page.locator(".compare-paper").bounding_box()
    assert foot["y"] + foot["height"] <= 1180


def pages_of(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


LONGEST = ("bbl", "mbo-certificaat", "leerambassadeur")


def test_the_sheet_is_one_page_of_a4(visit, shoot):
    """Of the first three cards, and of the three of which it says most, in both languages."""
    person = visit()
    page = person.page
    person.post("/advies", SENT)
    for language, cards in (("nl", ()), ("nl", LONGEST), ("en", LONGEST)):
        if cards:
            person.post("/vergelijk", {"pick": cards})
        person.go(f"/blad?taal={language}")
        expect(page.locator(".sheet-choices > li")).to_have_count(3)
        assert pages_of(page.pdf(prefer_css_page_size=True)) == 1
        page.emulate_media(media="print")
        # On white and in black: what is read has the colours of the printer's ink.
        colour = "(each) => getComputedStyle(each).color"
        assert page.locator(".sheet").evaluate(colour) == "rgb(0, 0, 0)"
        assert barriers(page) == []
        shoot(page, f"sheet-print-{language}-{len(cards)}")
        page.emulate_media(media="null")


def test_a_sheet_is_printed_with_one_tap(answered):
    person = answered(apart=True)
    person.page.add_init_script("window.print = () => { document.title = 'printed'; }")
    person.go("/blad")
    person.page.get_by_role("button", name="Druk dit blad af").click()
    expect(person.page).to_have_title("printed")


def test_everything_to_the_sheet_goes_without_script(answered):
    person = answered(390, java_script_enabled=False)
    page = person.page
    for box in page.locator(".dish [name=pick]").all()[:2]:
        box.check()
    page.get_by_role("button", name="Leg ze naast elkaar").click()
    expect(page.locator("tbody th")).to_have_count(9)
    page.get_by_role("link", name="Blad om mee te nemen").click()
    expect(page.locator(".sheet-choices > li")).to_have_count(2)


def test_by_keyboard_the_choice_is_near_and_the_way_back_ends_at_the_card(answered):
    page = answered(390).page
    keys = Keyboard(page)
    keys.to("[href='#wat-kiest-u']")
    keys.press("Enter")
    keys.press("Tab")
    expect(page.locator(".taps .tap").first).to_be_focused()
    assert keys.keys == 4
    card = page.locator(".more .row").first.get_attribute("id")
    page.goto(page.url.partition("/advies")[0] + f"/advies/{card}")
    keys.to(".crumb a")
    keys.press("Enter")
    page.wait_for_url(f"**/advies?voor=*#{card}")
    keys.press("Tab")
    expect(page.locator(f"#{card} > details > summary")).to_be_focused()
