"""The page on which facts are looked up again: the list, the form, and the file that it writes."""

import re
import tomllib
from datetime import date
from html import unescape

import pytest
from sqlalchemy import select

from matcher.menu.card import read_menu
from matcher.menu.renewal import digest_of
from service import create_app
from service.pages.shared import clock
from service.research import facts as kept
from service.settings import Settings
from service.store.current import current_database
from service.store.tables import audit
from tests.matcher.menu.test_facts import GOOD
from tests.matcher.menu.test_menu import SMALL

LIST = "/onderzoek/feiten"
FACT = f"{LIST}/subsidie"
TODAY = date(2027, 1, 12)


@pytest.fixture
def menu_file(tmp_path):
    file = tmp_path / "menu.toml"
    file.write_text(GOOD.replace("[[fact]]", "# Elk jaar nakijken.\n[[fact]]", 1), "utf-8")
    return file


@pytest.fixture
def make(menu_file, tmp_path):
    """Return a function that makes an application on one menu: as one of several processes."""
    settings = Settings(models=tmp_path / "models", instance=tmp_path / "instance", menu=menu_file)
    return lambda: create_app(settings, watch=False)


@pytest.fixture
def app(make):
    return make()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: TODAY)


def sent(client, **changes):
    """Return the form of the fact as a browser has it, with other values in some fields."""
    page = client.get(FACT).text
    fields = {
        "by": "Anna",
        "made_on": re.search(r'name="made_on" value="(\w+)"', page)[1],
        "text_nl": "Er is nu meer geld. Vraag het na.",
        "text_en": "There is more money now. Ask.",
        "source_title": "De nieuwe regeling, 4 januari 2027",
        "source_address": "https://www.rvo.nl/nieuw",
        "checked": "11-1-2027",
        "certainty": "medium",
        "valid_until": "",
        "changes_yearly": "ja",
        "deadline": "1-3-2027",
        "deadline_nl": "Vraag het aan.",
        "deadline_en": "Apply.",
        "opens": ["01-02-2027", ""],
        "closes": ["01-03-2027", ""],
    }
    return fields | changes


def read(answer):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def trail(app):
    with app.app_context(), current_database().reading() as connection:
        rows = connection.execute(select(audit.c.organisation, audit.c.action, audit.c.subject))
        return [tuple(row) for row in rows if row.action == kept.ACTION]


def test_the_list_names_what_ends_soon_its_cards_and_why(client):
    told = read(client.get(LIST))
    due, _, others = told.partition("De andere feiten")
    assert "subsidie" in due and "Kan verlopen zijn sinds 31 december 2026" in due
    assert "Op de kaarten: Naam" in due
    assert "terugblik--onderzoek" in others and "Nagekeken op 29 november 2026" in others


def test_the_list_names_who_helps_that_nobody_could_confirm(client):
    told = read(client.get(LIST))
    assert "Scholen en loketten om na te kijken" in told
    assert "Ynbusiness (vraag na of dit loket er nog is) Nagekeken op 29 november 2026" in told
    assert "Firda" not in told, "looked up less than a year ago"


def test_the_form_has_the_fact_as_the_file_has_it(client):
    page = client.get(FACT).text
    for name, value in {
        "source_title": "De regeling",
        "checked": "29-11-2026",
        "deadline": "01-03-2027",
    }.items():
        assert re.search(rf'name="{name}" value="{value}"', page), name
    assert ">Er is geld.</textarea>" in page
    assert client.get(f"{LIST}/niets").status_code == 404


def test_a_renewed_fact_is_in_the_file_on_the_pages_and_in_the_trail(app, client, menu_file):
    answer = client.post(FACT, data=sent(client))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{LIST}#subsidie")
    menu = read_menu(menu_file)
    fact = menu.fact("subsidie")
    assert menu.version == "2026.2"
    assert (fact.checked, fact.certainty, fact.marks) == (date(2027, 1, 11), "medium", "")
    assert "# Elk jaar nakijken.\n[[fact]]" in menu_file.read_text("utf-8")
    told = client.get("/api/v1/interventions/terugblik").json
    assert told["facts"][0]["text"] == "Er is nu meer geld. Vraag het na."
    assert told["updated_at"] == "2027-01-11"
    assert "Er is nu meer geld." in read(client.get("/menukaart/terugblik"))
    assert trail(app) == [("local", "fact.renew", "subsidie 2026.2 Anna")]


def test_another_process_tells_it_at_its_next_look(make, client):
    other = make()
    client.post(FACT, data=sent(client))
    live = other.extensions["leermatch.live"]
    assert live.served.engine.menu.version == "2026.1"
    live.look()
    assert live.served.engine.menu.fact("subsidie").text.nl.startswith("Er is nu meer geld.")


FAULTS = {
    "no text": ({"text_nl": " "}, "text_nl", "Deze tekst is leeg"),
    "one language": ({"text_en": ""}, "text_en", "Deze tekst is leeg"),
    "a book": ({"text_nl": "woord " * 300}, "text_nl", "1200"),
    "no source": ({"source_title": ""}, "source_title", "Deze tekst is leeg"),
    "no address": ({"source_address": ""}, "source_address", "of kies bij zekerheid: een hint"),
    "an address that is none": ({"source_address": "rvo.nl"}, "source_address", "https://"),
    "no day": ({"checked": ""}, "checked", "op welke dag"),
    "a day that is none": ({"checked": "32-1-2027"}, "checked", "Dit is geen dag"),
    "a day to come": ({"checked": "13-1-2027"}, "checked", "Deze dag moet nog komen"),
    "over before it was checked": ({"valid_until": "10-1-2027"}, "valid_until", "al voorbij"),
    "an odd certainty": ({"certainty": "zeker"}, "certainty", "high, medium, low"),
    "a window that closes before it opens": (
        {"opens": ["", "01-02-2027"], "closes": ["", "31-01-2027"]}, "closes_1", "sluit",
    ),
    "half a window": ({"closes": ["", ""]}, "closes_0", "Vul ook deze dag in"),
    "a window of no days": ({"opens": ["straks", ""]}, "opens_0", "Dit is geen dag"),
    "a deadline without a sentence": (
        {"deadline_nl": "", "deadline_en": ""}, "deadline_nl", "gedaan moet hebben",
    ),
    "a sentence without a deadline": ({"deadline": ""}, "deadline", "Vul de laatste dag in"),
    "a deadline in one language": ({"deadline_en": ""}, "deadline_en", "leeg"),
    "nobody": ({"by": " "}, "by", "Vul uw naam in"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "words"), FAULTS.values(), ids=FAULTS)
def test_a_fault_stands_at_its_field_and_nothing_is_written(
    app, client, menu_file, changes, field, words
):
    before = menu_file.read_text("utf-8")
    answer = client.post(FACT, data=sent(client, **changes))
    assert answer.status_code == 400
    error = re.search(rf'id="{field}-error">(?:<svg.*?</svg>)?([^<]+)<', answer.text, re.DOTALL)
    assert error is not None and words in unescape(error[1])
    assert f'<a href="#{field}">' in answer.text
    assert f'id="{field}"' in answer.text
    assert answer.text.count('class="error"') == 1
    assert menu_file.read_text("utf-8") == before
    assert trail(app) == []


def test_all_faults_are_told_at_once_and_what_was_typed_stays(client):
    typed = {"text_en": "", "source_address": "rvo.nl", "checked": "ooit", "valid_until": "nooit"}
    answer = client.post(FACT, data=sent(client, **typed))
    assert answer.text.count('class="error"') == 4
    assert "Er is nu meer geld. Vraag het na.</textarea>" in answer.text
    for value in ("rvo.nl", "ooit", "nooit", "01-02-2027"):
        assert f'value="{value}"' in answer.text


def test_the_second_of_two_edits_is_told_and_keeps_its_text(app, client, menu_file):
    mine = sent(client, text_nl="Mijn tekst over het geld.", text_en="My text about the money.")
    client.post(FACT, data=sent(client, text_nl="De tekst van een ander."))
    answer = client.post(FACT, data=mine)
    assert answer.status_code == 409
    told = read(answer)
    assert "Iemand anders heeft dit feit intussen vernieuwd." in told
    assert "De tekst van een ander." in told
    assert "Mijn tekst over het geld.</textarea>" in answer.text
    assert read_menu(menu_file).fact("subsidie").text.nl == "De tekst van een ander."
    made_on = re.search(r'name="made_on" value="(\w+)"', answer.text)[1]
    assert client.post(FACT, data=mine | {"made_on": made_on}).status_code == 303
    assert read_menu(menu_file).fact("subsidie").text.nl == "Mijn tekst over het geld."
    assert [subject for _, _, subject in trail(app)] == [
        "subsidie 2026.2 Anna",
        "subsidie 2026.3 Anna",
    ]


def test_an_edit_between_the_look_and_the_lock_is_told_too(client, menu_file, monkeypatch):
    """Another process renews the fact while this one reads what was typed."""
    form, renewing = sent(client), kept.renew

    def overtaken(*arguments):
        text = menu_file.read_text("utf-8")
        menu_file.write_text(text.replace("Er is geld.", "Nog iets anders."), "utf-8")
        return renewing(*arguments)

    monkeypatch.setattr(kept, "renew", overtaken)
    answer = client.post(FACT, data=form)
    assert answer.status_code == 409
    assert "Nog iets anders." in read(answer)


def test_two_edits_of_two_facts_both_stay(client, menu_file):
    form = sent(client)
    other = read_menu(menu_file).fact("terugblik--onderzoek")
    study = form | {
        "text_nl": "Een nieuwe studie.",
        "text_en": "A new study.",
        "made_on": digest_of(other),
        "deadline": "",
        "deadline_nl": "",
        "deadline_en": "",
        "opens": "",
        "closes": "",
        "changes_yearly": "",
    }
    assert client.post(f"{LIST}/terugblik--onderzoek", data=study).status_code == 303
    assert client.post(FACT, data=form).status_code == 303
    menu = read_menu(menu_file)
    assert menu.version == "2026.3"
    assert menu.fact("terugblik--onderzoek").text.en == "A new study."
    assert menu.fact("subsidie").checked == date(2027, 1, 11)


def test_a_fact_that_was_taken_off_the_menu_is_told_with_the_text_kept(client, menu_file):
    form = sent(client)
    menu_file.write_text(SMALL, "utf-8")
    answer = client.post(FACT, data=form)
    assert answer.status_code == 409
    assert "Dit feit staat niet meer op de menukaart." in read(answer)
    assert "Er is nu meer geld. Vraag het na.</textarea>" in answer.text


def test_a_file_with_a_fault_is_told_and_the_text_kept(client, menu_file):
    form = sent(client)
    broken = menu_file.read_text("utf-8").replace('kind = "money"', 'kind = "geld"')
    menu_file.write_text(broken, "utf-8")
    answer = client.post(FACT, data=form)
    assert answer.status_code == 409
    assert "menu.toml, [[fact]] 1 (subsidie), kind" in read(answer)
    assert "Er is nu meer geld. Vraag het na." in read(answer)
    assert menu_file.read_text("utf-8") == broken
    assert client.get(FACT).status_code == 409


def test_a_file_that_cannot_be_replaced_leaves_no_trace(app, client, menu_file, monkeypatch):
    form, before = sent(client), menu_file.read_text("utf-8")

    def full(*arguments, **named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept, "whole_file", full)
    answer = client.post(FACT, data=form)
    assert answer.status_code == 503
    assert "hier niet te schrijven" in read(answer)
    assert "Er is nu meer geld. Vraag het na.</textarea>" in answer.text
    assert menu_file.read_text("utf-8") == before
    assert trail(app) == []


def test_what_is_taken_out_of_the_form_goes_out_of_the_file(client, menu_file):
    gone = {"deadline": "", "deadline_nl": "", "deadline_en": "", "opens": "", "closes": ""}
    answer = client.post(
        FACT,
        data=sent(client, **gone, source_address="", certainty="low", changes_yearly=""),
    )
    assert answer.status_code == 303
    (table,) = tomllib.loads(menu_file.read_text("utf-8"))["fact"]
    assert set(table) == {"id", "kind", "text", "source", "checked", "certainty", "ask", "region"}
    assert "address" not in table["source"]


def test_the_other_language_keeps_what_was_typed(client, menu_file):
    before = menu_file.read_text("utf-8")
    answer = client.post(f"{FACT}?taal=en", data=sent(client, wissel="1"))
    assert answer.status_code == 200
    assert "Renew a fact" in read(answer)
    assert "Er is nu meer geld. Vraag het na.</textarea>" in answer.text
    assert menu_file.read_text("utf-8") == before


def test_a_text_of_a_former_menu_is_listed_and_has_no_form(make, menu_file):
    menu_file.write_text(SMALL, "utf-8")
    client = make().test_client()
    told = read(client.get(LIST))
    assert "terugblik--money" in told and "Nooit nagekeken" in told
    assert "Maak er in het bestand eerst een feit van." in told
    assert client.get(f"{LIST}/terugblik--money").status_code == 404


def test_a_link_in_place_of_the_file_stays_a_link(make, client, menu_file, tmp_path):
    kept_file = tmp_path / "elsewhere.toml"
    menu_file.rename(kept_file)
    menu_file.symlink_to(kept_file)
    kept_file.chmod(0o640)
    assert client.post(FACT, data=sent(client)).status_code == 303
    assert menu_file.is_symlink()
    assert read_menu(kept_file).version == "2026.2"
    assert kept_file.stat().st_mode & 0o777 == 0o640
