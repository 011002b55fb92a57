"""From the answer to a choice: plain questions, limits, side by side, the sheet, and why."""

import re

import pytest
from werkzeug.datastructures import MultiDict

from matcher.disclosure import FEW, summed
from service.live.current import current_engine
from tests.service.pages.test_pages import path_of

BUILDER = {
    "needs": ["inwerken", "digitaal"],
    "employees": "38",
    "sector": "2025-F",
    "staffing_pressure": "zeer_krap",
    "province": "drenthe",
}
WITHOUT_CLASS = BUILDER | {"staffing_pressure": ""}


@pytest.fixture(scope="module")
def app(make_app, models):
    return make_app(models)


@pytest.fixture
def client(app):
    return app.test_client()


def ask(client, answers):
    return client.post("/advies", data=MultiDict(answers), follow_redirects=True)


def cards(page):
    """Return the cards of the answer that can be ticked, in order."""
    return re.findall(r'name="pick" value="([\w-]+)"', page)


CLASSES = {
    "only whether someone can go": ({"spare": "vervanging"}, "Krap: "),
    "three answers, the others tighter": (
        {"spare": "moeite", "vacancies": "4", "horizon": "dagen"},
        "Krap: ",
    ),
    "only the planning": ({"horizon": "maanden"}, "Ruim: "),
    "an own word wins": ({"spare": "nee", "staffing_pressure": "ruim"}, "Ruim: "),
}


@pytest.mark.parametrize(("answers", "word"), CLASSES.values(), ids=CLASSES.keys())
def test_plain_answers_about_missing_people_give_the_class(client, answers, word):
    page = ask(client, WITHOUT_CLASS | answers).text
    assert word in page[page.index('class="company"') :][:200]


def test_the_questions_say_what_the_answers_come_to_and_what_was_chosen_instead(client):
    ask(client, WITHOUT_CLASS | {"spare": "nee"})
    assert "Uit uw antwoorden komt: zeer krap." in client.get("/").text
    ask(client, BUILDER | {"spare": "makkelijk"})
    page = client.get("/").text
    assert "Uit uw antwoorden komt: ruim. U koos zelf: zeer krap. Uw eigen keuze telt." in page


def test_the_class_can_be_asked_without_keeping_an_answer(client):
    said = client.post("/druk", data={"spare": "nee", "employees": "38"})
    assert said.text == "Uit uw antwoorden komt: zeer krap."
    assert client.post("/druk", data={"vacancies": "<b>"}).text == ""
    assert "Er zijn nog geen antwoorden" in client.get("/advies").text


WRONG = {
    "a word for a number": ({"vacancies": "veel"}, "vacancies", "bijvoorbeeld 2"),
    "an answer that is none": ({"spare": "soms"}, "spare", "Kies een van de antwoorden."),
    "another planning": ({"horizon": "jaren"}, "horizon", "Kies een van de antwoorden."),
    "no answer at all": ({}, "staffing_pressure", "Kies of u mensen kunt missen."),
}


@pytest.mark.parametrize(("answers", "field", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_fault_about_missing_people_stands_at_its_question(client, answers, field, words):
    response = client.post("/advies", data=MultiDict(WITHOUT_CLASS | answers))
    assert response.status_code == 400
    assert f'href="#{field}">' in response.text
    assert f'id="{field}-fout"' in response.text
    assert words in response.text


def test_a_sector_can_be_found_by_other_words(client):
    page = client.get("/").text
    found = re.search(r'<option value="2025-F"[^>]*data-words="([^"]+)"', page)
    assert "loodgieter" in found[1]


def test_every_card_has_four_dials_and_says_who_finishes_and_who_delivers(client):
    page = ask(client, BUILDER).text
    first = page[page.index('class="dish"') : page.index("</article>")]
    assert first.count('class="dial"') == 4
    assert re.search(r"Ongeveer \d+ van de 10 bedrijven zoals dit ronden het af\.", first)
    assert re.search(r"Waarschijnlijk zijn het er \d+ tot \d+\.", first)
    assert "Wie kan dit met u doen in Drenthe?" in first
    assert first.index("Wie kan dit") < first.index(">Geld<")


PROVINCES = {
    "groningen": ("Noorderpoort", "GroBusiness", "Firda"),
    "friesland": ("Firda", "Ynbusiness", "Drenthe College"),
    "drenthe": ("Drenthe College", "Ik Ben Drents Ondernemer", "Firda"),
}


@pytest.mark.parametrize("province", PROVINCES)
def test_who_delivers_is_told_for_the_province(client, province):
    school, desk, elsewhere = PROVINCES[province]
    page = ask(client, BUILDER | {"province": province}).text
    assert school in page
    assert desk in page
    assert elsewhere not in page


def test_outside_the_three_provinces_all_who_might_deliver_are_named(client):
    page = ask(client, BUILDER | {"province": "anders"}).text
    assert "Alfa-college, Aeres, DCTerra, Firda of Noorderpoort" in page
    assert "Werkcentrum van uw regio" in page


WERKCENTRA = {
    "groningen": ("Werkcentrum Groningen Noord-Drenthe",),
    "friesland": ("Werkcentrum in Friesland", "werkcentrum.nl"),
    "drenthe": ("Groningen Noord-Drenthe", "Meppel en Westerveld: Regio Zwolle", "werkcentrum.nl"),
}


@pytest.mark.parametrize("province", WERKCENTRA)
def test_a_werkcentrum_is_told_by_region_and_never_by_municipality(client, province):
    page = ask(client, BUILDER | {"province": province}).text
    for told in WERKCENTRA[province]:
        assert told in page
    assert "Werkcentrum van uw gemeente" not in page


GREEN = {"groningen": "Terra", "friesland": "Aeres", "drenthe": "Terra"}


@pytest.mark.parametrize("province", GREEN)
def test_a_farm_is_sent_to_the_green_school_of_its_own_province(client, province):
    page = ask(client, BUILDER | {"sector": "2025-A", "province": province}).text
    assert GREEN[province] in page
    assert not (set(GREEN.values()) - {GREEN[province]}) & set(re.findall(r"Terra|Aeres", page))


@pytest.mark.parametrize("province", PROVINCES)
def test_a_desk_that_nobody_could_find_in_2026_is_to_be_asked_after(client, province):
    page = ask(client, BUILDER | {"province": province}).text
    assert f"{PROVINCES[province][1]} (vraag na of dit loket er nog is)" in page


def test_doing_nothing_and_asking_someone_else_are_choices_too(client):
    page = ask(client, BUILDER).text
    assert "Nog niets doen" in page
    assert "Doorverwijzen" in page


def test_sliders_set_limits_and_the_order_follows(client):
    ask(client, BUILDER)
    response = client.post("/grenzen", data={"max_hours_per_participant": "1"})
    assert (response.status_code, path_of(response)) == (303, "/advies")
    page = client.get("/advies").text
    assert "hoogstens 4 uur per persoon" in page
    assert "Dit past nu niet" in page
    # The last place of a slider takes the limit away.
    client.post("/grenzen", data={"max_hours_per_participant": "7"})
    assert "hoogstens 4 uur per persoon" not in client.get("/advies").text


def test_a_slider_that_was_not_moved_keeps_a_typed_limit(client):
    ask(client, BUILDER | {"max_hours_per_participant": "10"})
    assert "hoogstens 10 uur" in client.get("/advies").text
    client.post("/grenzen", data={"max_hours_per_participant": "3", "max_lead_weeks": "2"})
    page = client.get("/advies").text
    assert "hoogstens 10 uur per persoon, beginnen binnen 4 weken" in page


@pytest.mark.parametrize(
    "sent",
    ["", "-1", "x", "1e9", "²", "9" * 5000],
    ids=["nothing", "below", "a letter", "1e9", "squared", "long"],
)
def test_a_slider_that_sends_no_place_changes_nothing(client, sent):
    before = ask(client, BUILDER).text
    client.post("/grenzen", data={"max_lead_weeks": sent})
    assert client.get("/advies").text == before


def test_ticked_cards_stand_side_by_side_in_the_order_of_the_answer(client):
    ids = cards(ask(client, BUILDER).text)
    response = client.post("/vergelijk", data=MultiDict({"pick": [ids[4], ids[1]]}))
    assert path_of(response) == "/vergelijk"
    page = client.get("/vergelijk").text
    assert re.findall(r'scope="col"><a href="/menukaart/([\w-]+)\?', page) == [ids[1], ids[4]]
    for row in ("Weg van het werk", "Wat het kan brengen", "Wat het van u vraagt"):
        assert page.count(f'scope="row">{row}<') == 1
    assert f'value="{ids[4]}" form="vergelijk" checked' in client.get("/advies").text


def test_without_ticks_the_first_three_are_compared(client):
    ids = cards(ask(client, BUILDER).text)
    page = client.get("/vergelijk").text
    assert re.findall(r'scope="col"><a href="/menukaart/([\w-]+)\?', page) == ids[:3]


@pytest.mark.parametrize("many", [0, 1, 4])
def test_too_few_or_too_many_ticks_are_told_and_kept(client, many):
    ids = cards(ask(client, BUILDER).text)
    response = client.post("/vergelijk", data=MultiDict({"pick": ids[:many]}))
    assert response.status_code == 400
    assert "Vink twee of drie aanpakken aan." in response.text
    assert len(re.findall(r'form="vergelijk" checked', response.text)) == many


def test_ticks_of_cards_that_do_not_exist_are_no_ticks(client):
    ask(client, BUILDER)
    response = client.post("/vergelijk", data=MultiDict({"pick": ["toverles", "<script>"]}))
    assert response.status_code == 400
    assert "<script>" not in response.text.replace("<script src", "")


def test_clearing_takes_the_ticks_away(client):
    ids = cards(ask(client, BUILDER).text)
    client.post("/vergelijk", data=MultiDict({"pick": ids[3:5]}))
    client.post("/opnieuw")
    ask(client, BUILDER)
    assert 'form="vergelijk" checked' not in client.get("/advies").text


def test_the_sheet_holds_what_goes_home_and_no_scores(client):
    ask(client, BUILDER)
    page = client.get("/blad").text
    sheet = page[page.index('class="sheet"') :]
    assert sheet.count("Morgen beginnen") == 3
    for words in ("Vervanging", "Wie belt u?", "Ik Ben Drents Ondernemer", "Uw adviseur"):
        assert words in sheet
    assert sheet.index("Vervanging") < sheet.index("subsidie")
    assert "nagebootste gegevens" in sheet
    assert not re.search(r"slotjes|van de 10|\d,\d", sheet[: sheet.index("</article>")])


def test_the_sheet_follows_the_ticks(client):
    ids = cards(ask(client, BUILDER).text)
    client.post("/vergelijk", data=MultiDict({"pick": ids[3:5], "blad": "1"}))
    assert client.get("/blad").text.count("Morgen beginnen") == 2


def test_any_card_says_why_it_stands_no_higher(app, client):
    ask(client, BUILDER)
    with app.app_context():
        ids = current_engine().menu.ids
    for card in ids:
        page = client.get(f"/advies/{card}")
        assert page.status_code == 200
        assert "Wat zou dit veranderen?" in page.text or "bovenaan?" in page.text


def test_the_differences_with_the_first_card_are_told_the_heaviest_first(client):
    ids = cards(ask(client, BUILDER).text)
    page = client.get(f"/advies/{ids[-1]}").text
    ahead = page[page.index("Hierin is") :]
    widths = [int(w) for w in re.findall(r'class="bar-middle" width="(\d+)"', ahead)]
    assert widths[0] == 100
    assert "niet hoger?" in page


def test_a_card_that_does_not_suit_says_what_failed(client):
    ask(client, BUILDER | {"employees": "6"})
    page = client.get("/advies/bedrijfsschool").text
    assert "nu niet?" in page
    assert "10 mensen" in page


def test_why_a_card_stands_there_names_the_place_of_the_answer_and_leads_back_to_it(client):
    answer = ask(client, BUILDER).text
    for card in cards(answer)[:3]:
        told = answer[answer.index(f'id="{card}"') :]
        place = re.search(r'<p class="rank">(.*?)</p>', told)[1]
        page = client.get(f"/advies/{card}").text
        assert f'<p class="rank">{place}</p>' in page
        assert re.search(rf'href="/advies\?voor=[\w-]+#{card}"', page)


def test_every_card_of_the_answer_can_be_led_back_to(client):
    answer = ask(client, BUILDER).text
    for card, carried in re.findall(r'href="/menukaart/([a-z-]+)(\?[^"]+)" aria-label', answer):
        assert answer.count(f'id="{card}"') == 1
        page = client.get(f"/menukaart/{card}{carried}").text
        assert f'href="/advies{carried}#{card}"' in page


def test_the_card_on_top_says_so(client):
    ids = cards(ask(client, BUILDER).text)
    assert "Deze aanpak staat al op plek 1." in client.get(f"/advies/{ids[0]}").text


@pytest.mark.parametrize("address", ["/vergelijk", "/blad", "/advies/bbl"])
def test_without_answers_a_page_asks_for_them_first(client, address):
    assert "Er zijn nog geen antwoorden" in client.get(address).text


@pytest.mark.parametrize("address", ["/vergelijk", "/blad", "/advies/bbl"])
def test_with_a_faulty_answer_a_page_leads_back_to_the_questions(client, address):
    client.post("/advies", data=MultiDict(BUILDER | {"employees": "0"}))
    assert path_of(client.get(address)) == "/"


def test_an_unknown_card_has_no_place(client):
    ask(client, BUILDER)
    assert client.get("/advies/toverles").status_code == 404


def test_the_menu_shows_what_meets_every_choice(app, client):
    page = client.get("/menukaart?punt=taal&uren=40&kosten=2").text
    shown = set(re.findall(r'<li><a href="/menukaart/([\w-]+)"', page))
    with app.app_context():
        menu = current_engine().menu
    assert shown == {
        card.id
        for card in menu
        if "taal" in card.needs
        and (card.hours_off_job is None or card.hours_off_job.min <= 40)
        and card.cost_band.min <= 2
    }
    assert f"{len(shown)} aanpakken passen bij uw keuze." in page
    assert '<option value="taal" selected>' in page


def test_a_menu_without_a_match_says_to_choose_wider(client):
    page = client.get("/menukaart?punt=taal&uren=0&weken=2").text
    assert "Geen aanpak past bij uw keuze. Kies iets ruimer." in page


def test_a_choice_that_is_none_shows_the_whole_menu(client):
    assert client.get("/menukaart?uren=x&punt=geld").text.count('<li><a href="/menukaart/') == 26


def test_a_card_says_at_which_companies_it_stands_high(app, client):
    with app.app_context():
        menu = current_engine().menu
    told = 0
    for card in menu:
        page = client.get(f"/menukaart/{card.id}").text
        assert ("Bij welke bedrijven past dit?" in page) == (not card.enabler)
        told += int((re.search(r"Bij (\d+) daarvan staat dit", page) or [0, 0])[1])
    # Three of the menu at each of the 25 companies.
    assert told == 75


def test_a_card_says_how_often_it_was_tried_and_of_few_not_how_often(app, client):
    with app.app_context():
        engine = current_engine()
    for card in engine.menu:
        page, told = client.get(f"/menukaart/{card.id}").text, engine.trials_of(card.id)
        assert ("Is dit al geprobeerd?" in page) == (not card.enabler)
        if card.enabler:
            continue
        assert (f"staan {told.exact} proeven hiermee" in page) == bool(told.exact)
        assert ("minder dan vijf proeven" in page) == (told == FEW)
        assert ("nog geen bedrijf dit geprobeerd" in page) == (told.exact == 0)
    assert summed(engine.told_trials).least <= engine.info.trials


@pytest.mark.parametrize(
    ("language", "words"), [("nl", r"Steunt op ([\w ]+?) nage"), ("en", r"Based on ([\w ]+?) sim")]
)
def test_of_fewer_than_five_trials_no_page_says_how_many(app, client, language, words):
    client.post("/advies", data=MultiDict(BUILDER))
    with app.app_context():
        ids = [card.id for card in current_engine().menu if not card.enabler]
    client.post("/vergelijk", data={"pick": ids[:3]})
    places = ["/advies", "/vergelijk", "/blad", *(f"/advies/{card}" for card in ids)]
    told = [
        count
        for place in places
        for count in re.findall(words, client.get(place, query_string={"taal": language}).text)
    ]
    few = {"nl": ("minder dan vijf", "een paar"), "en": ("fewer than five", "a few")}[language]
    assert few[0] in told
    assert all(count in few or int(count) >= 5 for count in told)
