"""The other language shows the same: what a page is about, and what was filled in and not sent."""

import io
import re
from contextlib import closing

import pytest

from service import create_app
from service.pages.shell import FORM_STANDS_ON
from service.settings import Settings
from tests.matcher.table_makers import TRIAL
from tests.service.pages.tab import Tab
from tests.service.pages.test_talks import BUILDER, CAFE, SHOW, answered, kept

pytestmark = pytest.mark.usefixtures("looked_into_here")


@pytest.fixture(scope="module")
def app(models, tmp_path_factory):
    app = create_app(Settings(models=models, instance=tmp_path_factory.mktemp("switch")))
    with closing(app.extensions["leermatch.database"]):
        yield app


@pytest.fixture
def client(app):
    return app.test_client()


def test_half_of_the_questions_come_along_without_a_fault_and_are_not_kept(client):
    half = {"needs": ["taal", "digitaal"], "need_1": "taal", "employees": "3,5", "spare": "nee"}
    tab = Tab(client).send("English", **half, transitions=["zorg"], exclude=["bbl"])
    assert "How many people work there?" in tab.text
    assert 'id="employees-fout"' not in tab.text and "<title>Note" not in tab.text
    form, _ = tab.form("Show what fits")
    assert form.fields.getlist("needs") == ["digitaal", "taal"]
    told = {name: form.fields.get(name) for name in ("need_1", "employees", "spare", "exclude")}
    assert told == {"need_1": "taal", "employees": "3,5", "spare": "nee", "exclude": "bbl"}
    assert form.fields["transitions"] == "zorg"
    assert 'value="3,5"' not in Tab(client).text


def test_the_questions_that_came_back_with_faults_come_along_too(client):
    tab = Tab(client).send(SHOW, employees="38")
    assert tab.status == 400
    tab.send("English", employees="39")
    assert 'value="39"' in tab.text and '<html lang="en">' in tab.text


def test_the_own_pick_comes_along(client):
    tab = Tab(client).send("Eerst mijn eigen keuze", **BUILDER).send("English", kaart="bbl")
    assert "What would you choose yourself?" in tab.text
    assert tab.form("Show what fits")[0].fields["kaart"] == "bbl"
    tab.send("Show what fits")
    assert "38 people" in tab.text


def test_a_typed_code_comes_along(client):
    assert 'value="K7QF"' in Tab(client, "/code").send("English", code="K7QF").text


@pytest.fixture
def talk(client):
    """Return a tab on the page of a conversation that was recorded."""
    tab = answered(client, BUILDER)
    tab.send(next(words for _, words in tab.form("Nu nog niets")[0].buttons))
    return tab


def test_a_measurement_comes_along_and_is_not_kept(talk):
    tab = Tab(talk.client, f"{talk.address}/meting")
    tab.send("English", cost_eur="1850", would_continue="ja", scale="1-5", culture_before="x")
    assert "Cost in euros" in tab.text and 'class="error"' not in tab.text
    fields = tab.form("Save")[0].fields
    told = [fields[name] for name in ("cost_eur", "would_continue", "scale", "culture_before")]
    assert told == ["1850", "ja", "1-5", "x"]
    assert 'value="1850"' not in Tab(talk.client, f"{talk.address}/meting").text


def test_a_measurement_that_somebody_overtakes_keeps_what_was_typed_and_says_so(talk):
    place = f"{talk.address}/meting"
    first, second = Tab(talk.client, place), Tab(talk.client, place)
    first.send("English", cost_eur="1850").send("Nederlands")
    second.send("Bewaar", participants="7")
    first.send("Bewaar")
    assert "Iemand anders heeft hier net iets bewaard." in first.text
    assert 'value="1850"' in first.text
    # A fault in between does not make what was read any newer.
    third, fourth = Tab(talk.client, place), Tab(talk.client, place)
    third.send("Bewaar", cost_eur="veel")
    fourth.send("Bewaar", participants="8")
    third.send("Bewaar", cost_eur="20")
    assert "Iemand anders heeft hier net iets bewaard." in third.text
    third.send("Bewaar")
    assert third.address == talk.address


def test_names_and_reasons_of_a_conversation_come_along(talk):
    talk.send("English", keuze="referred", reden="cost", company="bakker 7")
    fields = talk.form("Save")[0].fields
    assert [fields[name] for name in ("keuze", "reden", "company")] == [
        "referred",
        "cost",
        "bakker 7",
    ]
    assert "bakker" not in kept(talk.client)[0]["company"]


def test_a_chosen_file_is_asked_for_again(client):
    tab = Tab(client, "/onderzoek/bestanden").send("English", file="uitkomsten.csv")
    assert "Choose your file here once more." in tab.text
    tab.go("/onderzoek/bestanden?taal=nl").send("English")
    assert "once more" not in tab.text


def test_a_name_and_a_reason_on_the_research_pages_come_along(client):
    rows = "\n".join((",".join(TRIAL), ",".join(str(cell) for cell in TRIAL.values())))
    sent = {"file": (io.BytesIO(rows.encode()), "x.csv")}
    place = client.post("/onderzoek/bestanden", data=sent).location
    tab = Tab(client, place).send("English", by="Anna")
    assert tab.form("Keep this file")[0].fields["by"] == "Anna"
    tab = Tab(client, "/onderzoek/trainen").go("/onderzoek/trainen?taal=nl")
    tab.send("English", by="Anna", how="quick")
    fields = tab.form("Start training")[0].fields
    assert (fields["by"], fields["how"]) == ("Anna", "quick")


FAULTY = {
    "the choice": ("keuze", {"keuze": "referred", "company": "Jansen & Zn."}),
    "the state": ("stand", {"state": "iets"}),
}


@pytest.mark.parametrize(("form", "sent"), FAULTY.values(), ids=FAULTY)
def test_a_form_that_came_back_leads_to_the_other_language_of_its_page(talk, form, sent):
    answer = talk.client.post(f"{talk.address}/{form}", data=sent)
    english = re.search(r'class="language[^"]*" href="([^"]+)"', answer.text)[1]
    assert english == f"{talk.address}?taal=en"
    assert talk.client.get(english).status_code == 200


def test_every_form_with_an_address_of_its_own_says_on_which_page_it_stands(app):
    """Or it never shows one: it leads on, or is asked by a script."""
    rules = list(app.url_map.iter_rules())
    shown = {rule.rule for rule in rules if "GET" in rule.methods}
    shows_none = {"pages.restart", "pages.pressure_said", "pages.place_said", "signing.sign_out"}
    shows_none |= {"pages.research.discard", "pages.research.stop", "pages.research.erase_study"}
    alone = {
        rule.endpoint
        for rule in rules
        if "POST" in rule.methods and rule.rule not in shown and not rule.rule.startswith("/api/")
    }
    same_address = {"pages.answer", "pages.pick"}
    assert alone == set(FORM_STANDS_ON) - same_address | shows_none


def test_a_narrowed_menu_stays_narrow(client):
    answered(client, CAFE)
    tab = Tab(client, "/menukaart?punt=taal&uren=40").follow("English")
    assert '<option value="taal" selected>' in tab.text
    assert "Back to your answer" in tab.text
