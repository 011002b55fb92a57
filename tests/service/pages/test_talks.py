"""Every form and link of a page is about the company it shows, whatever other tabs are about."""

import re
from contextlib import closing

import pytest

from service.live.current import current_engine, current_live
from tests.service.pages.tab import Tab

BUILDER = {
    "needs": ["inwerken"],
    "employees": "38",
    "sector": "2025-F",
    "staffing_pressure": "zeer_krap",
    "province": "drenthe",
}
CAFE = {
    "needs": ["taal"],
    "employees": "9",
    "sector": "2025-I",
    "staffing_pressure": "krap",
    "province": "friesland",
}
SHOW = "Laat zien wat past"


@pytest.fixture(scope="module")
def app(make_app, models):
    app = make_app(models)
    with closing(app.extensions["leermatch.database"]):
        yield app


@pytest.fixture
def client(app):
    client = app.test_client()
    yield client
    for each in kept(client):
        etag = client.get(f"/api/v1/conversations/{each['id']}").headers["ETag"]
        client.delete(f"/api/v1/conversations/{each['id']}", headers={"If-Match": etag})


def kept(client):
    """Return the conversations that the service keeps."""
    return client.get("/api/v1/conversations?limit=100").json["conversations"]


def answered(client, company):
    return Tab(client).send(SHOW, **company)


@pytest.fixture
def two(client):
    """Return a tab about the builder, in whose browser a café was filled in meanwhile."""
    tab = answered(client, BUILDER)
    cafe = answered(client, CAFE)
    assert "9 mensen" in cafe.text and "38 mensen" in tab.text
    return tab


def is_about(tab, people, province):
    assert f"{people} mensen" in tab.text, tab.address
    assert province in tab.text, tab.address


FROM_THE_ANSWER = {
    "the sheet": "Blad om mee te nemen",
    "why at this place": "Waarom op deze plek?",
    "a card and back": "Meer over deze aanpak",
    "the menu and back": "Menukaart",
    "the page about and back": "Over",
    "in English and back": "English",
}
BACK = {
    "a card and back": ["Terug naar uw antwoord"],
    "the menu and back": ["Terug naar uw antwoord"],
    "the page about and back": ["Menukaart", "Terug naar uw antwoord"],
    "in English and back": ["Nederlands"],
}


@pytest.mark.parametrize("way", FROM_THE_ANSWER)
def test_a_link_of_an_older_tab_is_about_its_own_company(two, way):
    two.follow(FROM_THE_ANSWER[way])
    for words in BACK.get(way, ()):
        two.follow(words)
    is_about(two, 38, "Drenthe")


def test_the_sliders_of_an_older_tab_set_the_order_of_its_own_company(two):
    two.send("Zet opnieuw op volgorde", max_hours_per_participant="0")
    is_about(two, 38, "Drenthe")
    assert "Ik Ben Drents Ondernemer" in two.text


def test_cards_ticked_in_an_older_tab_are_compared_for_its_own_company(two):
    ids = re.findall(r'name="pick" value="([\w-]+)"', two.text)
    two.send("Leg ze naast elkaar", pick=ids[1:3])
    assert two.address == "/vergelijk"
    assert "38 mensen" in two.text
    assert "38 mensen" in two.follow("Blad om mee te nemen").text
    assert two.text.count("Morgen beginnen") == 2


def test_too_few_ticks_in_an_older_tab_leave_its_own_answer(two):
    is_about(two.send("Leg ze naast elkaar"), 38, "Drenthe")
    assert two.text.count('role="alert"') >= 1


def test_the_answers_of_an_older_tab_are_changed_and_no_others(two):
    two.follow("Aanpassen")
    assert 'value="38"' in two.text
    two.send(SHOW, province="groningen")
    is_about(two, 38, "Groningen")


def test_an_older_tab_records_its_own_company(client, two):
    two.send("Doorverwezen")
    (found,) = kept(client)
    assert found["profile"]["employees"] == 38
    assert "Bouwnijverheid · 38 mensen" in two.text


def test_a_device_that_lost_its_cookies_is_answered_and_a_tap_says_they_are_gone(client):
    tab = Tab(client)
    client.delete_cookie("session")
    tab.send(SHOW, **BUILDER)
    assert "Bouwnijverheid · 38 mensen" in tab.text
    client.delete_cookie("session")
    tab.send("Doorverwezen")
    assert tab.status == 410 and "of uw cookies zijn weg" in tab.text
    assert "Hoeveel mensen werken er?" in tab.follow("Naar de vragen").text
    assert kept(client) == []


def test_a_model_that_fails_keeps_the_answers_for_when_it_is_back(app, client):
    with app.app_context():
        live = current_live()
    tab = Tab(client)
    served, live.served = live.served, None
    tab.send(SHOW, **BUILDER)
    live.served = served
    assert "Leermatch kan nu niet antwoorden" in tab.text
    # A reload sends again what the page came of, to where it stands.
    assert (tab.status, tab.address) == (503, "/advies")
    page = client.post("/advies", data=BUILDER, follow_redirects=True).text
    assert "Bouwnijverheid · 38 mensen" in page


def test_two_tabs_that_began_empty_record_a_conversation_each(client):
    first, second = Tab(client), Tab(client)
    first.send(SHOW, **BUILDER)
    second.send(SHOW, **CAFE)
    first.send("Doorverwezen")
    second.send("Nu nog niets")
    told = {each["profile"]["employees"]: each["choice"]["kind"] for each in kept(client)}
    assert told == {38: "referred", 9: "nothing_now"}


def test_wiping_one_company_leaves_another_tab_as_it_was(client):
    first, second = Tab(client), Tab(client)
    first.send(SHOW, **BUILDER)
    second.send(SHOW, **CAFE).send("Alles wissen")
    is_about(first.send("Zet opnieuw op volgorde", max_lead_weeks="2"), 38, "Drenthe")
    assert "9 mensen" not in first.go("/").text


STALE = {
    "sliders": "Zet opnieuw op volgorde",
    "comparison": "Leg ze naast elkaar",
    "another approach": "Leg dit vast",
}


@pytest.mark.parametrize("button", STALE.values(), ids=STALE)
def test_what_was_wiped_in_another_tab_is_told_and_changes_nothing(client, button):
    tab = answered(client, BUILDER)
    Tab(client).send("Alles wissen")
    assert tab.send(button).status == 410
    assert "Deze antwoorden zijn er niet meer" in tab.text
    assert kept(client) == []


@pytest.mark.parametrize("words", ["Blad om mee te nemen", "Waarom op deze plek?", "Aanpassen"])
def test_a_link_to_what_was_wiped_shows_nothing_of_it(client, words):
    tab = answered(client, BUILDER)
    Tab(client).send("Alles wissen")
    assert tab.follow(words).status == 410
    assert "38 mensen" not in tab.text and 'value="38"' not in tab.text


def test_new_answers_empty_the_own_pick_and_the_ticks(client):
    tab = Tab(client).send("Eerst mijn eigen keuze", **BUILDER)
    assert tab.address == "/eigen-keuze"
    tab.send(SHOW, kaart="bbl")
    ids = re.findall(r'name="pick" value="([\w-]+)"', tab.text)
    tab.send("Leg ze naast elkaar", pick=ids[:2]).follow("Terug naar uw antwoord")
    assert tab.text.count('form="vergelijk" checked') == 2
    tab.go("/").send(SHOW, **CAFE)
    assert 'form="vergelijk" checked' not in tab.text
    assert tab.follow("Blad om mee te nemen").text.count("Morgen beginnen") == 3
    tab.follow("Terug naar uw antwoord").send("Doorverwezen")
    (found,) = kept(client)
    assert found["own_pick"] is None
    assert "Uw eigen keuze vooraf" not in tab.text


def test_other_limits_of_the_same_company_keep_the_own_pick_and_the_ticks(client):
    tab = Tab(client).send("Eerst mijn eigen keuze", **BUILDER).send(SHOW, kaart="bbl")
    tab.send("Zet opnieuw op volgorde", max_lead_weeks="5").send("Doorverwezen")
    (found,) = kept(client)
    assert found["own_pick"] == "bbl"
    assert found["constraints"]["max_lead_weeks"] == 26


def test_an_own_pick_is_of_the_company_of_its_tab(client):
    tab = Tab(client).send("Eerst mijn eigen keuze", **BUILDER)
    answered(client, CAFE).send("Doorverwezen")
    tab.send(SHOW, kaart="bbl").send("Nu nog niets")
    assert "Is dit hetzelfde bedrijf?" in tab.text
    tab.send("Nee, dit is een ander bedrijf")
    picks = {each["profile"]["employees"]: each["own_pick"] for each in kept(client)}
    assert picks == {9: None, 38: "bbl"}


def corrected(client, **change):
    """Record the builder, correct its answers, and choose again."""
    tab = answered(client, BUILDER)
    tab.send("Doorverwezen")
    tab.go("/").send(SHOW, **change)
    return tab


def test_choosing_again_after_a_correction_asks_and_replaces(client):
    tab = corrected(client, employees="60")
    before = kept(client)[0]
    tab.send("Nu nog niets")
    assert "Is dit hetzelfde bedrijf?" in tab.text
    assert kept(client)[0] == before
    tab.send("Ja, vervang")
    (found,) = kept(client)
    assert (found["id"], found["profile"]["employees"]) == (before["id"], 60)
    assert found["choice"]["kind"] == "nothing_now"


def test_choosing_once_more_after_the_correction_asks_nothing(client):
    tab = corrected(client, employees="60")
    answer = tab.address + "?" + tab.query
    tab.send("Nu nog niets").send("Ja, vervang")
    tab.go(answer).send("Doorverwezen")
    (found,) = kept(client)
    assert found["choice"]["kind"] == "referred"


def test_choosing_on_the_answer_before_a_correction_that_was_recorded_asks_too(client):
    tab = answered(client, BUILDER)
    before = f"{tab.address}?{tab.query}"
    tab.follow("Aanpassen").send(SHOW, employees="60").send("Doorverwezen")
    tab.go(before).send("Nu nog niets")
    assert "Is dit hetzelfde bedrijf?" in tab.text
    assert [each["profile"]["employees"] for each in kept(client)] == [60]


def test_another_company_after_one_that_was_recorded_is_one_of_its_own(client):
    tab = corrected(client, **CAFE)
    tab.send("Nu nog niets").send("Nee, dit is een ander bedrijf")
    assert sorted(each["profile"]["employees"] for each in kept(client)) == [9, 38]
    assert {each["choice"]["kind"] for each in kept(client)} == {"referred", "nothing_now"}


def test_the_answer_that_another_company_is_given_twice_is_one_conversation(client):
    tab = corrected(client, **CAFE)
    tab.send("Nu nog niets")
    form, _ = tab.form("Nee, dit is een ander")
    for _ in range(2):
        assert client.post("/keuze", data=form.fields).status_code == 303
    assert len(kept(client)) == 2


def test_who_goes_back_after_saying_it_was_another_company_makes_no_third(client):
    tab = corrected(client, **CAFE)
    answer = f"{tab.address}?{tab.query}"
    tab.send("Nu nog niets").send("Nee, dit is een ander bedrijf")
    tab.go(answer).send("Doorverwezen")
    assert {each["choice"]["kind"] for each in kept(client)} == {"referred"}
    assert sorted(each["profile"]["employees"] for each in kept(client)) == [9, 38]


def test_a_correction_of_what_somebody_changed_meanwhile_asks_again(client):
    tab = corrected(client, employees="60")
    tab.send("Nu nog niets")
    other = Tab(client, f"/gesprek/{kept(client)[0]['id']}")
    other.send("Bewaar", company="bakker-7")
    tab.send("Ja, vervang")
    assert "Is dit hetzelfde bedrijf?" in tab.text
    assert kept(client)[0]["profile"]["employees"] == 38
    tab.send("Ja, vervang")
    assert kept(client)[0]["profile"]["employees"] == 60
    assert kept(client)[0]["company"] == "bakker-7"


def test_other_limits_after_a_choice_replace_it_without_a_question(client):
    tab = answered(client, BUILDER)
    answer = tab.address + "?" + tab.query
    tab.send("Doorverwezen")
    tab.go(answer).send("Zet opnieuw op volgorde", max_lead_weeks="2").send("Nu nog niets")
    (found,) = kept(client)
    assert found["constraints"]["max_lead_weeks"] == 4
    assert found["choice"]["kind"] == "nothing_now"


def test_the_sheet_of_a_recorded_talk_is_of_that_talk(client):
    tab = answered(client, BUILDER).send("Doorverwezen")
    answered(client, CAFE)
    tab.go(tab.address).follow("Blad om mee te nemen")
    is_about(tab, 38, "Drenthe")
    assert "sheet-code" in tab.text
    is_about(tab.follow("Terug naar uw antwoord"), 38, "Drenthe")


def test_undoing_leads_back_to_the_answer_of_that_talk(client):
    tab = answered(client, BUILDER).send("Doorverwezen")
    answered(client, CAFE)
    is_about(tab.send("Ongedaan maken"), 38, "Drenthe")
    assert kept(client) == []


def test_a_choice_that_was_taken_back_in_another_tab_says_so(client):
    tab = answered(client, BUILDER)
    tab.send(next(words for _, words in tab.form("Nu nog niets")[0].buttons))
    measuring = Tab(client, f"{tab.address}/meting")
    Tab(client, tab.address).send("Ongedaan maken")
    for each, button in ((tab, "Het is begonnen"), (measuring, "Bewaar")):
        assert each.send(button).status == 404
        assert "Dit gesprek is er niet meer" in each.text
    assert kept(client) == []


def test_an_answer_says_nothing_in_another_browser_or_altered(app, client):
    # Two figures stand in every twentieth sealed text by chance; these five do not.
    tab = answered(client, BUILDER | {"employees": "91738"})
    address = f"{tab.address}?{tab.query}"
    assert "91738" not in tab.query and "drenthe" not in tab.query
    assert Tab(app.test_client(), address).status == 410
    other = app.test_client()
    answered(other, CAFE)
    assert Tab(other, address).status == 410
    assert Tab(client, address[:-3] + "abc").status == 410
    assert Tab(client, "/advies?voor=%C3%A9").status == 410
    assert re.search(r"91.?738 mensen", Tab(client, address).text)


def test_the_same_answers_have_the_same_address(client):
    assert answered(client, BUILDER).query == answered(client, BUILDER).query


def test_what_was_tried_can_be_left_out_as_in_the_api(app, client):
    tab = Tab(client)
    with app.app_context():
        cards = [card.id for card in current_engine().menu.rankable]
    assert re.findall(r'name="exclude" value="([\w-]+)"', tab.text) == cards
    tab.send(SHOW, **BUILDER)
    first = re.findall(r'name="pick" value="([\w-]+)"', tab.text)[:2]
    tab.go("/").send(SHOW, exclude=first)
    assert not set(first) & set(re.findall(r'name="pick" value="([\w-]+)"', tab.text))
    assert "zonder 2 aanpakken die u al probeerde" in tab.text
    assert tab.text.count("U gaf aan dat dit niet hoeft.") == 2
    tab.send("Zet opnieuw op volgorde", max_lead_weeks="5").send("Doorverwezen")
    assert kept(client)[0]["constraints"]["exclude"] == first
    assert Tab(client).text.count('name="exclude" value="') == len(cards)
    assert Tab(client).text.count("checked") >= 2


def test_what_is_on_no_menu_is_not_left_out(client):
    tab = Tab(client).send(SHOW, **BUILDER, exclude=["toverles"])
    assert tab.status == 200 and "zonder" not in tab.text.partition("volgorde")[0]


def test_the_order_of_tapping_holds_for_every_need(client):
    needs = ["taal", "klant", "digitaal", "inwerken", "vakkennis"]
    tab = Tab(client).send(SHOW, **BUILDER | {"needs": sorted(needs)}, needs_order="|".join(needs))
    tab.send("Doorverwezen")
    assert kept(client)[0]["profile"]["needs"] == needs
