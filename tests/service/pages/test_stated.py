"""What the pages say of law and money on a day: fresh, about to end, or past.

The statements are typed over from what was checked on 29 November 2026; who acts on them when they
are wrong gets a fine, a void clause or no grant.
"""

import re
from datetime import date
from html import unescape

import pytest

from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.region import Home
from service.live.current import current_served
from service.pages.advice import stated
from service.pages.shared import clock
from service.pages.shared.language import format_day
from tests.service.pages.test_pages import BUILDER, ask

MENU_CARD = read_menu(MENU)
LAST_DAY, NEW_YEAR, YEAR_AFTER = date(2026, 12, 31), date(2027, 1, 2), date(2028, 1, 1)
DAYS = (LAST_DAY, NEW_YEAR, YEAR_AFTER)


@pytest.fixture
def on(monkeypatch):
    """Return a function that moves the clock of the service to a day."""
    return lambda day: monkeypatch.setattr(clock, "today", lambda: day)


def text_of(page):
    """Return a page as it is read."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def card_text(client, card, **query):
    return text_of(client.get(f"/menukaart/{card}", query_string=query).text)


PAST = r"Dit kan verlopen zijn: controleer het bij {}\."
REPORT = r"De laatste dag was 31 december 2026: vraag bij de Nederlandse Autoriteit Uitleenmarkt"
PERMIT = r"De laatste dag was 31 december 2027: vraag bij de Nederlandse Autoriteit Uitleenmarkt"
# Fact, its card, what it says, and with whom to check it on each of the three days; "" is as it
# was checked.
HARMFUL = {
    "wtta-melden": (
        "collegiale-uitleen",
        r"vóór 1 januari 2027 bij de Nederlandse Autoriteit Uitleenmarkt \(NAU\)\. .*toelatinguitl",
        ("", REPORT, REPORT),
    ),
    "wtta-vergunning": (
        "collegiale-uitleen",
        r"Vanaf 1 januari 2028 .*vergunning of een ontheffing .*beide bedrijven een boete",
        ("", PAST.format("de Nederlandse Autoriteit Uitleenmarkt .NAU."), PERMIT),
    ),
    "uitleen-afspraken": (
        "collegiale-uitleen",
        r"collega moet het ermee eens zijn .*loon betalen, ook bij ziekte.*veilig werk",
        ("", "", ""),
    ),
    "cursus-7-611a": (
        "korte-vakcursus",
        r"nodig voor het werk\? .*telt de tijd als werktijd\. .*terug te betalen geldt dan niet",
        ("", "", ""),
    ),
    "derde-leerweg": (
        "praktijkverklaring",
        r"ook voor mensen met een betaalde baan\. .*binnen een jaar",
        ("", PAST.format("RVO"), PAST.format("RVO")),
    ),
    "slim-scholing": (
        "mbo-certificaat",
        r"binnen 13 weken na de aanvraag en is uiterlijk 31 december 2027 klaar",
        ("", PAST.format("Uitvoering van Beleid"), PAST.format("Uitvoering van Beleid")),
    ),
    "slim-school": (
        "bedrijfsschool",
        r"Ook één bedrijf .*tot 24\.999 euro\. Lesgeven zelf betaalt SLIM niet",
        ("", PAST.format("Uitvoering van Beleid"), PAST.format("Uitvoering van Beleid")),
    ),
    "slim-opzetten": (
        "leercoach",
        r"opzetten van een vaste manier van leren\. Een training of cursus zelf betaalt zij niet",
        ("", "", ""),
    ),
    "slim-drempel-5000": (
        "loopbaancheck",
        r"alleen bij een groep .*minstens 5\.000 euro zijn",
        ("", PAST.format("Uitvoering van Beleid"), PAST.format("Uitvoering van Beleid")),
    ),
    "taal-geen-landelijk": (
        "taal-werkvloer",
        r"na 2024 gestopt\. .*geen nieuwe landelijke subsidie .*gemeente of het Taalhuis",
        ("", PAST.format("uw gemeente of het Taalhuis"), PAST.format("uw gemeente of het Taalh.*")),
    ),
    "gor-groningen": (
        "leermeester",
        r"Groninger Ondernemersregeling de helft betalen, tot 5\.000 euro\. .*31 december 2027",
        ("", "", PAST.format("de provincie Groningen")),
    ),
    "hybride-bevoegdheid": (
        "hybride-docent",
        r"zes uur per week .*onder een bevoegde docent\. .*binnen twee jaar .*VOG",
        ("", "", ""),
    ),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_what_costs_a_fine_or_a_grant_is_said_on_each_day_as_it_then_stands(client, on, name):
    card, says, doubts = HARMFUL[name]
    fact = MENU_CARD.fact(name)
    for day, doubt in zip(DAYS, doubts, strict=True):
        on(day)
        told = card_text(client, card)
        assert re.search(says, told), day
        # Up to its own source, behind which the next fact begins.
        own = told[told.index(fact.text.nl) + len(fact.text.nl) :].partition("Nagekeken op")[0]
        assert re.search(doubt, own) if doubt else "controleer" not in own, day
        assert "Nagekeken op 29 november 2026" in told


def test_a_deadline_stands_at_the_top_of_its_card_until_it_is_over(client, on):
    top = "Let op de datum."
    for day, words in {
        date(2026, 11, 29): "nog 32 dagen",
        date(2026, 12, 30): "nog 1 dag.",
        LAST_DAY: "alleen vandaag nog",
    }.items():
        on(day)
        head = card_text(client, "collegiale-uitleen").partition("Weg van het werk")[0]
        assert top in head and words in head and "Meld u vóór 1 januari 2027" in head
    for day in (NEW_YEAR, date(2027, 10, 1), YEAR_AFTER):
        on(day)
        assert top not in card_text(client, "collegiale-uitleen")
    on(date(2027, 10, 2))
    assert "vóór 1 januari 2028 een vergunning" in card_text(client, "collegiale-uitleen")
    assert top not in card_text(client, "bbl")


def test_a_deadline_of_what_makes_room_stands_on_the_advice_and_once_on_the_sheet(client, on):
    """Who cannot spare people is told to borrow some: then the duty to report is theirs too."""
    on(LAST_DAY)
    advice = text_of(ask(client, BUILDER).text)
    sheet = text_of(client.get("/blad").text)
    report = MENU_CARD.fact("wtta-melden").deadline_text.nl
    assert "uitlenen" in sheet
    assert report in advice
    assert sheet.count(report) == 1
    assert sheet.index(report) < sheet.index("Morgen beginnen")
    on(NEW_YEAR)
    assert report not in text_of(client.get("/blad").text)


def test_money_that_may_be_over_is_told_on_the_advice(client, on):
    on(LAST_DAY)
    assert "Dit kan verlopen zijn" not in text_of(ask(client, BUILDER).text)
    on(NEW_YEAR)
    assert "Dit kan verlopen zijn: controleer het bij" in text_of(ask(client, BUILDER).text)


def test_a_scheme_of_another_province_is_not_told_to_a_company(client, on, app):
    on(LAST_DAY)
    card = MENU_CARD.by_id["leermeester"]
    with app.test_request_context("/"):
        told = {
            province: "Groninger" in str(stated.statements(card, "nl", Home(province)).money)
            for province in ("groningen", "drenthe", "anders", None)
        }
    assert told == {"groningen": True, "drenthe": False, "anders": False, None: True}
    assert "Groninger Ondernemersregeling" in card_text(client, "leermeester")


def test_a_scheme_of_a_labour_market_region_is_told_until_another_one_is_known(client, on, app):
    on(LAST_DAY)
    card = MENU_CARD.by_id["leermeester"]
    fact = MENU_CARD.fact("gor-groningen").model_copy(update={"region": ("drenthe", "zwolle")})
    here = card.model_copy(update={"told": (fact,)})
    homes = {
        Home("groningen", None): True,  # in which labour-market region is not known
        Home("groningen", "groningen"): False,
        Home("drenthe", "groningen"): True,
        Home("overijssel", "zwolle"): True,
    }
    with app.test_request_context("/"):
        told = {home: bool(stated.statements(here, "nl", home).money) for home in homes}
    assert told == homes


GATES = {
    date(2026, 6, 1): "Aanvragen kan vanaf 2 juni 2026.",
    date(2026, 6, 2): "U kunt nu aanvragen, tot en met 17 september 2026.",
    date(2026, 9, 17): "U kunt nu aanvragen, tot en met 17 september 2026.",
    date(2026, 9, 18): "Wanneer het weer kan, is nog niet bekend: vraag dit na bij RVO.",
}


@pytest.mark.parametrize("day", GATES, ids=str)
def test_a_grant_says_whether_it_can_be_asked_for(client, on, day):
    on(day)
    assert GATES[day] in card_text(client, "bbl")


def test_english_says_the_same(client, on):
    on(NEW_YEAR)
    told = card_text(client, "bbl", taal="en")
    assert "This may have lapsed: check it with RVO." in told
    assert "When you can again is not known yet: ask RVO." in told
    assert "Checked on 29 November 2026" in told
    assert re.search("verlopen|Nagekeken", told) is None


def test_what_nobody_is_sure_of_says_so(client, on):
    on(LAST_DAY)
    told = card_text(client, "collegiale-uitleen")
    assert "Dit is niet zeker: controleer het bij de Nederlandse Autoriteit" in told


def test_what_was_never_checked_says_so(app, client, monkeypatch):
    with app.app_context():
        engine = current_served().engine
    card = engine.menu.by_id["bbl"]
    fact = card.told[0].model_copy(update={"checked": None, "ask": None})
    monkeypatch.setitem(engine.menu.by_id, "bbl", card.model_copy(update={"told": (fact,)}))
    assert "Niemand heeft dit nagekeken: controleer het bij de bron." in card_text(client, "bbl")


def test_a_source_is_a_link_that_says_nothing_of_who_follows_it(client):
    page = client.get("/menukaart/bbl").text
    links = re.findall(r'<a href="https://[^"]+"[^>]*>', page)
    assert len(links) >= 4
    assert all('rel="noopener noreferrer"' in link for link in links)


def test_today_is_the_day_in_the_netherlands(app, monkeypatch):
    """An hour before midnight in Greenwich it is the new year here."""

    class LateInTheYear(clock.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 12, 31, 23, 30, tzinfo=tz)

    monkeypatch.setattr(clock, "datetime", LateInTheYear)
    with app.test_request_context("/"):
        assert clock.today() == date(2027, 1, 1)
        assert format_day(clock.today(), "nl") == "1 januari 2027"
