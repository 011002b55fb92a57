"""Three companies from the first question to the answer, as people really use a page."""

import pytest
from playwright.sync_api import expect

from tests.browser.barriers import WIDTHS
from tests.browser.conftest import BUILDER

pytestmark = pytest.mark.browser

HOME_CARE = {
    "needs": ["Lezen, schrijven of rekenen is voor sommigen moeilijk"],
    "employees": "120",
    "sector": "2025-R",
    "pressure": "Krap Iemand",
    "province": "Groningen",
    "shift_work": "ja",
}
WEB_AGENCY = {
    "needs": [
        "Het vak verandert en wij moeten bijblijven",
        "Werken met computers en apps gaat moeizaam",
    ],
    "employees": "6",
    "sector": "2025-K",
    "pressure": "Gemiddeld",
    "province": "Friesland",
}
COMPANIES = {"zorg": HOME_CARE, "web": WEB_AGENCY}


def dishes(page):
    return page.locator(".dish")


def test_a_company_gets_its_answer(visit, shoot):
    """Answered at one width by hand, and there at another at once; the answer then fits all."""
    person = visit(820)
    page = person.page
    for name, company in COMPANIES.items():
        page.context.clear_cookies(name="session")
        person.go("/")
        if company is HOME_CARE:
            person.fill_by_hand(company)
            person.send_by_hand()
        else:
            person.fill(company)
            person.send()
        assert page.url.startswith(person.address + "/advies?voor=")
        expect(dishes(page)).to_have_count(3)
        expect(page.locator(".company")).to_contain_text(f"{company['employees']} mensen")
        expect(page.locator(".own-words")).to_contain_text(company["needs"][0])
        expect(dishes(page).first.get_by_text("Weg van het werk")).to_be_visible()
        for each in WIDTHS:
            page.set_viewport_size({"width": each, "height": 900})
            assert person.overflow() <= 0, each
            shoot(page, f"answer-{name}-{each}")


def test_tapping_order_is_the_order_of_importance(visit):
    person = visit(390)
    person.go("/")
    # The lists are for who has no script.
    expect(person.page.get_by_label("Op plek 1")).to_be_hidden()
    expect(person.page.get_by_text("Tik het belangrijkste het eerst aan.")).to_be_visible()
    last, first, third = (
        "Ik weet nog niet waar we moeten beginnen",
        "Leiding geven aan mensen is lastig",
        "Het vak verandert en wij moeten bijblijven",
    )
    for words in (last, first, third):
        person.tap(words)
    places = person.page.locator(".need:has(:checked) .place")
    assert places.all_inner_texts() == ["3", "2", "1"]
    expect(person.page.locator("#needs-status")).to_contain_text(f"{last}, {first}, {third}")
    # Letting one go moves the others up.
    person.tap(last)
    assert places.all_inner_texts() == ["2", "1"]
    person.fill(BUILDER | {"needs": []})
    person.send()
    assert person.page.locator(".own-words q").all_inner_texts() == [first, third]


def test_without_script_three_lists_say_what_weighs_most(visit, shoot):
    person = visit(390, java_script_enabled=False)
    person.go("/")
    person.fill(BUILDER)
    person.page.get_by_label("Op plek 1").select_option("digitaal")
    person.page.get_by_label("Op plek 2").select_option("klant")
    shoot(person.page, "intake-no-script-390")
    # The other language has the same answers, and no fault of what is still open.
    person.page.get_by_role("button", name="English").click()
    expect(person.page.locator("html")).to_have_attribute("lang", "en")
    expect(person.page.get_by_label("How many people work there?")).to_have_value("38")
    expect(person.page.locator("[name=needs]:checked")).to_have_count(3)
    assert person.page.locator(".error").count() == 0
    person.page.get_by_role("button", name="Nederlands").click()
    expect(person.page.locator("html")).to_have_attribute("lang", "nl")
    person.send_by_hand()
    assert person.page.locator(".own-words q").all_inner_texts() == [
        "Werken met computers en apps gaat moeizaam",
        "Klanten vragen meer van ons dan vroeger",
        "Nieuwe mensen moeten sneller meedraaien",
    ]


RINGED = """() => { let each = document.activeElement;
    if (each.matches('.need input, .choice input')) each = each.closest('label');
    const style = getComputedStyle(each);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; }"""


def test_everything_goes_by_keyboard_and_what_has_the_focus_can_be_seen(visit):
    person = visit()
    page, keys = person.page, person.page.keyboard
    person.go("/")
    keys.press("Tab")
    expect(page.get_by_text("Naar de inhoud")).to_be_focused()
    assert page.evaluate(RINGED)
    keys.press("Enter")
    order = ["inwerken", "digitaal"]
    after = 0  # keys since the first button
    for _ in range(70):
        keys.press("Tab")
        field = page.evaluate(
            "({name: document.activeElement.name, value: document.activeElement.value,"
            " tag: document.activeElement.tagName, html: document.activeElement.outerHTML})"
        )
        if field["tag"] == "BODY":
            break
        assert page.evaluate(RINGED), field["html"][:90]
        if field["name"] == "needs" and field["value"] in order:
            keys.press("Space")
        elif field["name"] == "employees":
            keys.type("38")
        elif field["name"] == "sector":
            page.keyboard.type("Bouw")
        elif field["name"] == "staffing_pressure":
            keys.press("ArrowUp")
        elif field["name"] == "province":
            keys.press("Space")
        if after or field["tag"] == "BUTTON":
            after += 1
    for _ in range(after):
        keys.press("Shift+Tab")
    keys.press("Enter")
    page.wait_for_url("**/advies?voor=*")
    expect(page.locator(".company")).to_have_text(
        "Bouwnijverheid · 38 mensen · Groningen · Zeer krap: we kunnen niemand missen"
    )


def test_more_unfolds_by_keyboard_and_tells_as_much(answered, shoot):
    page = answered().page
    page.locator("summary", has_text="Toon meer").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    opened = page.locator(".row-fold[open]")
    expect(opened).to_have_count(1)
    expect(opened.get_by_text("Morgen beginnen")).to_be_visible()
    page.locator("summary", has_text="De rest van de menukaart").click()
    shoot(page, "answer-open-1280")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_fault_takes_the_reader_to_its_place(visit, shoot, script):
    person = visit(390, java_script_enabled=script)
    person.go("/")
    person.page.get_by_label("Hoeveel mensen werken er?").fill("38,5")
    person.send()
    page = person.page
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(5)
    assert page.get_by_label("Hoeveel mensen werken er?").input_value() == "38,5"
    expect(page.locator("#employees")).to_have_attribute("aria-invalid", "true")
    described = page.locator("#employees").get_attribute("aria-describedby").split()
    assert (
        page.locator(f"#{described[0]}").inner_text() == "Vul een heel getal in, bijvoorbeeld 38."
    )
    if script:
        shoot(page, "intake-errors-390")
    summary.get_by_role("link", name="heel getal").click()
    expect(page.locator("#employees")).to_be_focused()
    # The browser itself reports the status of a refused form.
    person.complaints[:] = [text for text in person.complaints if "400" not in text]


def test_back_and_change_keep_the_answers(answered):
    person = answered()
    page = person.page
    page.get_by_role("link", name="Aanpassen", exact=True).click()
    # The link has words of its own: the page that comes is known by its field.
    expect(page.get_by_label("Hoeveel mensen werken er?")).to_have_value("38")
    expect(page.locator(".need:has(:checked) .place")).to_have_text(["1", "2"])
    page.get_by_label("Hoeveel mensen werken er?").fill("60")
    person.send()
    expect(page.locator(".company")).to_contain_text("60 mensen")
    page.reload()
    expect(page.locator(".company")).to_contain_text("60 mensen")
    page.go_back()
    page.go_forward()
    expect(page.locator(".company")).to_contain_text("60 mensen")


def test_to_a_card_or_another_language_and_back_the_answers_are_kept(answered, shoot):
    page = answered(820).page
    name = dishes(page).first.get_by_role("heading", level=2).inner_text()
    page.get_by_role("link", name=f"Meer over deze aanpak: {name}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_role("link", name="Terug naar uw antwoord").click()
    expect(dishes(page)).to_have_count(3)
    page.get_by_role("link", name="English").click()
    expect(page.locator(".company")).to_contain_text("Construction · 38 people")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    shoot(page, "answer-english-820")
    page.get_by_role("link", name="Menu", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The menu")
    page.get_by_role("link", name="Nederlands").click()
    page.get_by_role("link", name="Terug naar uw antwoord").click()
    expect(page.locator(".company")).to_contain_text("38 mensen")
