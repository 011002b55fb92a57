"""The pages through the real application: what a person fills in, and what they read."""

import base64
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from werkzeug.datastructures import MultiDict

from matcher.vocabulary import NEEDS
from service.live.current import current_engine, current_live
from service.pages.advice.card_page import suits

BUILDER = {
    "needs": ["inwerken", "digitaal"],
    "need_1": "inwerken",
    "employees": "38",
    "sector": "2025-F",
    "staffing_pressure": "zeer_krap",
    "province": "drenthe",
}
HOME_CARE = {
    "needs": ["taal", "samenwerken"],
    "employees": "120",
    "sector": "2025-R",
    "staffing_pressure": "krap",
    "province": "groningen",
    "shift_work": "ja",
}
WEB_AGENCY = {
    "needs": ["vakkennis", "digitaal"],
    "employees": "6",
    "sector": "2025-K",
    "staffing_pressure": "gemiddeld",
    "province": "friesland",
}


@pytest.fixture(scope="module")
def app(make_app, models):
    return make_app(models)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def info(app):
    """Return a function that changes what is known of the model, for one test."""
    with app.app_context():
        engine = current_engine()
    before = engine.info

    def change(**facts):
        engine.info = replace(before, **facts)

    yield change
    engine.info = before


def path_of(response):
    """Return where an answer leads, without what it carries."""
    return urlsplit(response.headers["Location"]).path


def ask(client, answers, **query):
    """Send the answers and follow to the page that comes back."""
    return client.post("/advies", data=MultiDict(answers), follow_redirects=True, **query)


def test_the_intake_asks_five_questions_and_folds_the_rest(client):
    page = client.get("/").text
    for question in (
        "Waar loopt u nu tegenaan?",
        "Hoeveel mensen werken er?",
        "Kunt u mensen missen?",
    ):
        assert question in page
    assert page.count('class="number"') == 5
    assert page.count("<details") == 2
    assert "<details open" not in page
    assert page.count('<option value="">Weet ik niet</option>') == 12


def test_every_need_can_be_chosen_and_has_its_own_drawing(client):
    page = client.get("/").text
    with client.get("/static/icons.svg") as response:
        icons = response.text
    for need in NEEDS:
        assert f'name="needs" value="{need}"' in page
        assert f'<symbol id="{need}"' in icons


@pytest.mark.parametrize("answers", [BUILDER, HOME_CARE, WEB_AGENCY], ids=["bouw", "zorg", "web"])
def test_a_company_gets_its_situation_and_three_cards(client, answers):
    response = client.post("/advies", data=MultiDict(answers))
    assert (response.status_code, path_of(response)) == (303, "/advies")
    page = client.get(response.headers["Location"]).text
    assert f"{answers['employees']} mensen" in page
    assert page.count('class="dish"') == 3
    assert page.count("Morgen beginnen") >= 10
    assert "Concept-menukaart" in page


def test_the_address_of_the_answer_holds_nothing_of_the_company(client):
    response = ask(client, BUILDER)
    sealed = response.request.query_string.decode().removeprefix("voor=")
    told = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    assert response.status_code == 200 and len(sealed) < 400
    for known in (b"2025-F", b"drenthe", b"inwerken", b"employees"):
        assert known not in told and known.decode() not in sealed
    assert response.headers["Cache-Control"] == "private, no-store"


def test_reload_and_a_way_back_keep_the_answers(client):
    ask(client, BUILDER)
    assert client.get("/advies").text == client.get("/advies").text
    page = client.get("/").text
    assert 'value="inwerken" checked' in page
    assert 'value="38"' in page
    assert '<option value="2025-F" selected ' in page
    assert 'id="fouten"' not in page


def test_naming_a_need_most_important_puts_it_first(client):
    ask(client, BUILDER | {"need_1": "digitaal"})
    page = client.get("/advies").text
    assert page.index("Werken met computers") < page.index("Nieuwe mensen moeten")


def test_more_than_three_needs_are_counted_not_lost(client):
    page = ask(client, BUILDER | {"needs": list(NEEDS[:6]), "need_1": ""}).text
    assert "en nog 3" in page


WRONG = {
    "nothing filled in": ({}, "Kies minstens één punt waar u tegenaan loopt.", "needs"),
    "no headcount": (BUILDER | {"employees": ""}, "Vul in hoeveel mensen er werken.", "employees"),
    "a fraction": (BUILDER | {"employees": "3,5"}, "Vul een heel getal in", "employees"),
    "words": (BUILDER | {"employees": "veel"}, "Vul een heel getal in", "employees"),
    "nobody": (BUILDER | {"employees": "0"}, "Vul 1 of meer in.", "employees"),
    "too many": (BUILDER | {"employees": "9999999"}, "Vul hoogstens 100.000 in.", "employees"),
    "no sector": (BUILDER | {"sector": ""}, "Kies de sector die het best past.", "sector"),
    "a letter without its scheme": (BUILDER | {"sector": "F"}, "Kies de sector", "sector"),
    "a sector that is none": (BUILDER | {"sector": "2025-Z"}, "Kies een sector uit", "sector"),
    "another need": (BUILDER | {"needs": "geld", "need_1": ""}, "Kies een van de", "needs"),
    "no pressure": (BUILDER | {"staffing_pressure": ""}, "Kies of u", "staffing_pressure"),
    "no province": (BUILDER | {"province": ""}, "Kies uw provincie", "province"),
    "another shift": (BUILDER | {"shift_work": "soms"}, "Kies een van de", "shift_work"),
    "none and some": (BUILDER | {"transitions": ["zorg", "geen"]}, "Kies een van", "transitions"),
    "a mark of 7": (BUILDER | {"culture_baseline": "7"}, "van 1 tot en met 6", "culture_baseline"),
    "hours in words": (
        BUILDER | {"max_hours_per_participant": "weinig"},
        "bijvoorbeeld 16",
        "max_hours_per_participant",
    ),
    "not a number of weeks": (
        BUILDER | {"max_lead_weeks": "nan"},
        "Vul een aantal weken",
        "max_lead_weeks",
    ),
    "another cost band": (BUILDER | {"max_cost_band": "9"}, "het meeste is 4", "max_cost_band"),
}


@pytest.mark.parametrize(("answers", "words", "field"), WRONG.values(), ids=WRONG.keys())
def test_a_fault_stands_in_the_summary_and_at_its_field(client, answers, words, field):
    response = client.post("/advies", data=MultiDict(answers))
    assert response.status_code == 400
    summary, _, form = response.text.partition("</ul>")
    assert words in summary
    assert f'href="#{field}"' in summary
    assert f'id="{field}"' in form
    assert f'id="{field}-fout"' in form
    assert "<title>Let op" in response.text


def test_faults_keep_what_was_filled_in(client):
    page = client.post(
        "/advies", data=MultiDict(BUILDER | {"employees": "38,5", "oo_fund": "nee"})
    ).text
    assert 'value="38,5"' in page
    assert 'value="inwerken" checked' in page
    assert '<option value="nee" selected>' in page
    assert '<details class="fold" open>' in page


def test_faults_come_in_the_order_of_the_page(client):
    page = client.post("/advies", data={}).text
    places = [
        page.index(f'<a href="#{name}">') for name in ("needs", "employees", "sector", "province")
    ]
    assert places == sorted(places)


def test_answers_with_a_fault_are_no_question(client):
    client.post("/advies", data=MultiDict(BUILDER | {"employees": "0"}))
    response = client.get("/advies")
    assert (response.status_code, path_of(response)) == (303, "/")
    assert "Vul 1 of meer in." in client.get("/").text


def test_a_value_is_shown_as_text_never_as_markup(client):
    page = client.post("/advies", data=MultiDict(BUILDER | {"employees": '"><script>x()'})).text
    assert "<script>x" not in page


def test_an_answer_that_was_not_asked_yet_says_so(client):
    page = client.get("/advies")
    assert page.status_code == 200
    assert "Er zijn nog geen antwoorden" in page.text


def test_clearing_takes_every_answer_away(client):
    ask(client, BUILDER)
    response = client.post("/opnieuw")
    assert response.status_code == 303
    assert "Er zijn nog geen antwoorden" in client.get("/advies").text
    assert "checked" not in client.get("/").text


def test_limits_set_cards_apart_and_say_what_would_change_that(client):
    page = ask(
        client,
        BUILDER | {"max_hours_per_participant": "3", "max_cost_band": "0", "max_lead_weeks": "5"},
    ).text
    assert "Dit past nu niet" in page
    assert "uur per persoon vrijmaakt." in page
    assert "Dit kan wel vanaf €" in page
    assert (
        "U zoekt: hoogstens 3 uur per persoon, beginnen binnen 5 weken, het mag niets kosten."
        in page
    )


def test_limits_that_nothing_meets_leave_no_winner(client):
    page = ask(client, BUILDER | {"employees": "1", "max_lead_weeks": "0"}).text
    assert "Er past nu niets bij wat u aangaf" in page
    assert 'class="dish"' not in page


def test_a_card_that_is_too_large_for_the_company_says_from_when_it_fits(client):
    page = ask(client, WEB_AGENCY).text
    refused = page[page.index("Dit past nu niet") :]
    assert "Bedrijfsschool" in refused
    assert "vanaf 10 mensen" in refused


def test_no_recommended_card_without_study_shows_an_effect(client):
    page = ask(client, WEB_AGENCY).text
    for part in page.split("<article")[1:] + page.split('class="row-fold"')[1:]:
        body = part.split("</article>")[0].split("</details>")[0]
        assert ("0 van de 5 slotjes" in body) == ("nog niet onderzocht" in body)


def test_simulated_data_are_named_on_every_page(client):
    ask(client, BUILDER)
    for address in ("/", "/advies", "/menukaart", "/menukaart/bbl", "/over"):
        assert "proefversie met nagebootste gegevens" in client.get(address).text
    page = client.get("/advies").text
    assert "nagebootste proeven" in page
    assert ">ervaringen van bedrijven<" not in page


def test_the_expert_prior_alone_says_so(make_app):
    client = make_app().test_client()
    page = ask(client, BUILDER).text
    assert "Er zijn nog geen ervaringen van bedrijven." in page
    assert "De volgorde komt alleen uit een inschatting vooraf." in page
    assert "nagebootst" not in page


@pytest.mark.parametrize(
    ("simulated", "whose"),
    [(True, "De nagebootste ervaringen"), (False, "De ervaringen van bedrijven")],
    ids=["simulated", "real"],
)
def test_data_without_differences_are_said_to_say_little(client, info, simulated, whose):
    info(shows_differences=False, simulated=simulated)
    page = ask(client, BUILDER).text
    caution = page.index(
        f"{whose} laten geen verschil zien tussen de aanpakken. De volgorde zegt dus weinig."
    )
    assert caution < page.index('class="dish"')


def test_real_data_are_not_called_simulated(client, info):
    info(simulated=False)
    page = ask(client, BUILDER).text
    assert "nagebootst" not in page
    assert "bij een bedrijf" in page or "bij bedrijven" in page


def test_cards_that_share_the_first_place_have_no_winner_among_them(client):
    page = ask(client, BUILDER).text
    if "Samen op plek 1" in page:
        assert "Plek 1<" not in page
        assert "Deze aanpakken passen ongeveer even goed" in page
    else:
        assert page.count("Plek 1<") == 1


def test_a_large_company_is_answered_with_a_notice(client):
    page = ask(client, BUILDER | {"employees": "400"}).text
    assert page.count('class="dish"') == 3
    assert "250" in page[page.index("answer-head") : page.index('class="dish"')]


def test_the_menu_shows_every_card_once(app, client):
    page = client.get("/menukaart").text
    with app.app_context():
        for card in current_engine().menu:
            assert page.count(f'href="/menukaart/{card.id}"') == 1


def test_each_card_has_a_page_with_its_texts(app, client):
    with app.app_context():
        menu = current_engine().menu
    for card in menu:
        page = client.get(f"/menukaart/{card.id}")
        assert page.status_code == 200
        assert page.text.count(f"{card.evidence} van de 5 slotjes") == 1
        assert page.text.count("telt het als gelukt") == 1
        assert "None" not in page.text


def test_what_nobody_knows_is_said_to_be_unknown(client):
    page = client.get("/menukaart/leercoach").text
    assert "begeleider: nog niet bekend" in page
    assert "300 tot 1.280 uur" in client.get("/menukaart/bbl").text


def test_lending_staff_warns_of_the_law_and_is_called_no_approach_of_its_own(client):
    page = client.get("/menukaart/collegiale-uitleen").text
    assert "Let op de wet." in page
    assert "Laat dit eerst nakijken" in page
    assert "Het maakt ruimte voor een andere aanpak." in page


def test_the_page_about_counts_what_stands_behind_the_model(app, client):
    with app.app_context():
        info = current_engine().info
    page = client.get("/over").text
    assert f"{info.trials} nagebootste proeven van {info.companies} nagebootste bedrijven" in page
    assert info.version in page
    assert "5 van de 5 slotjes" in page


@pytest.mark.parametrize("simulated", [True, False])
def test_the_page_about_tells_no_total_of_so_few_that_one_could_be_known(client, info, simulated):
    info(trials=4, companies=3, simulated=simulated)
    page = client.get("/over").text
    assert page.count("minder dan vijf ") == 2
    info(trials=5, companies=5, simulated=simulated)
    assert "minder dan vijf " not in client.get("/over").text


def test_one_company_that_a_card_suits_is_told_as_one(app, client):
    with app.app_context():
        engine = current_engine()
        found = {card: suits(engine, card, "nl") for card in engine.menu.ids}
    for card, told in found.items():
        page = client.get(f"/menukaart/{card}").text
        assert ("Dat werkt in: " in page) == (told.many == 1)
        assert ("Ze werken in: " in page) == (told.many > 1)
        assert (told.many == 1) <= ("(" not in told.where)


def test_english_is_one_tap_away_and_keeps_the_answers(client):
    ask(client, BUILDER)
    page = client.get("/advies?taal=en")
    assert page.headers["Content-Language"] == "en"
    assert '<html lang="en">' in page.text
    assert "38 people" in page.text
    assert "New people have to get going faster" in page.text
    assert "What fits your company?" in client.get("/").text
    assert "Wat past bij uw bedrijf?" in client.get("/?taal=nl").text


def test_an_unknown_language_is_dutch(client):
    assert '<html lang="nl">' in client.get("/?taal=fr").text


def test_numbers_follow_the_language(client):
    assert "€\N{NO-BREAK SPACE}1.000" in client.get("/menukaart?taal=nl").text
    assert "€1,000" in client.get("/menukaart?taal=en").text


REFUSALS = {
    "an unknown page": ("GET", "/bestaat-niet", 404, "Deze pagina bestaat niet"),
    "an unknown card": ("GET", "/menukaart/toverles", 404, "Deze pagina bestaat niet"),
    "another method": ("DELETE", "/advies", 405, "Dit kan hier niet"),
    "reading what only takes": ("GET", "/opnieuw", 405, "Dit kan hier niet"),
}


@pytest.mark.parametrize(
    ("method", "address", "status", "words"), REFUSALS.values(), ids=REFUSALS.keys()
)
def test_a_refusal_is_a_page_with_a_way_on(client, method, address, status, words):
    response = client.open(address, method=method)
    assert response.status_code == status
    assert f"<h1>{words}</h1>" in response.text
    assert 'href="/">Naar de vragen' in response.text


def test_a_refused_method_names_those_that_work(client):
    allowed = client.delete("/advies").headers["Allow"].split(", ")
    assert sorted(allowed) == ["GET", "HEAD", "OPTIONS", "POST"]


def test_too_much_text_is_refused_as_a_page(client):
    response = client.post("/advies", data={"employees": "3" * 100_000})
    assert response.status_code == 413
    assert "Dit is te veel tekst" in response.text


def test_a_failure_inside_is_a_page_without_a_trace(app, client, monkeypatch):
    monkeypatch.setattr("service.pages.views.browse", lambda *_: 1 / 0)
    response = client.get("/menukaart")
    assert response.status_code == 500
    assert "Er ging bij ons iets mis" in response.text
    assert "ZeroDivisionError" not in response.text


def test_without_any_model_a_page_says_to_come_back(app, client):
    with app.app_context():
        live = current_live()
    served, live.served = live.served, None
    response = client.get("/menukaart")
    live.served = served
    assert response.status_code == 503
    assert "Leermatch kan nu niet antwoorden" in response.text


def test_a_path_like_a_host_makes_no_link_to_it(client):
    page = client.get("//elders.example/").text
    assert 'href="//elders' not in page


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elders.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
    ids=str,
)
def test_a_form_from_another_site_is_refused(client, headers):
    response = client.post("/advies", data=MultiDict(BUILDER), headers=headers)
    assert response.status_code == 400
    assert "Er zijn nog geen antwoorden" in client.get("/advies").text


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}], ids=str
)
def test_a_form_of_its_own_is_taken(client, headers):
    assert client.post("/advies", data=MultiDict(BUILDER), headers=headers).status_code == 303


def test_what_is_kept_on_the_device_stays_small(client):
    long = dict.fromkeys((*BUILDER, "oo_fund", "shift_work", "works_council"), "x" * 2_000)
    needs = [str(i) * 200 for i in range(10, 60)]
    response = client.post("/advies", data=MultiDict(long | {"needs": needs}))
    cookie = response.headers["Set-Cookie"]
    assert len(cookie) < 4_000
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_static_files_have_an_address_that_changes_with_them(client):
    page = client.get("/").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "?v=" in address
    with client.get(address) as response:
        assert response.mimetype == "text/css"
