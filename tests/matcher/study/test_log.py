"""A log in free words: which card, when, how far."""

import datetime
import string
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import InvalidMenu
from matcher.menu.card import read_menu
from matcher.paths import MENU, SYNONYMS
from matcher.study.cards import CardWords, form, read_synonyms
from matcher.study.log import read_log
from matcher.study.lookup import Listed
from matcher.study.states import read_state
from matcher.study.when import When, read_period, read_when
from tests.strength import strength

CARDS = read_menu(MENU)
WORDS = CardWords(CARDS, read_synonyms(SYNONYMS, CARDS))
LIST = (Listed("B01", "B01", ("Bakkerij Jansen",)), Listed("B02", "B02", ("Smit",)))


def between(first, last, precision):
    return When(datetime.date.fromisoformat(first), datetime.date.fromisoformat(last), precision)


DAYS = {
    "12-03-2023": between("2023-03-12", "2023-03-12", "day"),
    "12 mrt '23": between("2023-03-12", "2023-03-12", "day"),
    "12e maart 2023": between("2023-03-12", "2023-03-12", "day"),
    "maart 2023": between("2023-03-01", "2023-03-31", "month"),
    "3-2023": between("2023-03-01", "2023-03-31", "month"),
    "Mrt. '23": between("2023-03-01", "2023-03-31", "month"),
    "sinds september 2022": between("2022-09-01", "2022-09-30", "month"),
    "begin maart 2023": between("2023-03-01", "2023-03-10", "week"),
    "eind februari 2024": between("2024-02-21", "2024-02-29", "week"),
    "week 12, 2023": between("2023-03-20", "2023-03-26", "week"),
    "voorjaar 2023": between("2023-03-01", "2023-05-31", "season"),
    "herfst '22": between("2022-09-01", "2022-11-30", "season"),
    "winter 2023": between("2022-12-01", "2024-02-29", "season"),
    "winter 2022-2023": between("2022-12-01", "2023-02-28", "season"),
    "Q2 2023": between("2023-04-01", "2023-06-30", "season"),
    "2023-Q4": between("2023-10-01", "2023-12-31", "season"),
    "tweede kwartaal van 2023": between("2023-04-01", "2023-06-30", "season"),
    "eerste helft 2023": between("2023-01-01", "2023-06-30", "season"),
    "medio 2023": between("2023-05-01", "2023-08-31", "season"),
    "jan/feb 2024": between("2024-01-01", "2024-02-29", "season"),
    "rond maart 2023": between("2023-01-29", "2023-05-01", "season"),
    "2023": between("2023-01-01", "2023-12-31", "year"),
    "schooljaar 2022-2023": between("2022-08-01", "2023-07-31", "year"),
    "weet niet": None,
    "maart": "when_no_year",
    "12 maart": "when_no_year",
    "31-02-2023": "table_no_such_day",
    "week 60 2023": "table_no_such_day",
    "1999": "table_absurd_year",
    "binnenkort": "table_not_a_date",
}


@pytest.mark.parametrize(("cell", "when"), DAYS.items())
def test_a_day_is_read_with_its_precision(cell, when):
    assert read_when(cell) == when


@settings(deadline=None, max_examples=strength(50, 2000))
@given(day=st.dates(datetime.date(2000, 1, 1), datetime.date(2068, 12, 31)))
def test_a_month_a_quarter_and_a_year_hold_each_of_their_days(day):
    forms = (f"{day:%d-%m-%Y}", f"{day:%m-%Y}", f"Q{(day.month + 2) // 3} {day.year}", f"{day:%Y}")
    found = [read_when(each) for each in forms]
    assert all(each.earliest <= day <= each.latest for each in found)
    lengths = [each.latest - each.earliest for each in found]
    assert lengths == sorted(lengths)


@settings(deadline=None, max_examples=strength(100, 3000))
@given(cell=st.text(alphabet=string.digits + "qhw maeiprtdnjl-/'.", max_size=14))
def test_whatever_is_typed_gives_an_answer(cell):
    found = read_when(cell)
    assert found is None or isinstance(found, str) or found.earliest <= found.latest
    read_period(cell)
    read_state(cell)


def test_a_period_is_two_days():
    start, end = read_period("mrt t/m jun 2023")
    assert (start, end) == (read_when("maart 2023"), read_when("juni 2023"))
    assert read_period("1-3-2023 tot 1-6-2023")[1] == read_when("1-6-2023")
    assert read_period("2023") is None


STATES = {
    "Gestart": "started",
    "loopt nog": "started",
    "nog bezig": "started",
    "gestopt": "stopped",
    "na twee keer afgehaakt": "stopped",
    "gestart, maar weer gestopt": "stopped",
    "niet doorgegaan": "not_started",
    "niet gestart wegens drukte": "not_started",
    "nooit begonnen": "not_started",
    "toch niet van start gegaan": "not_started",
    "is nooit doorgegaan": "not_started",
    "klaar!": "finished",
    "gestart en afgerond": "finished",
    "not finished": "stopped",
    "": "unknown",
    "n.v.t.": "unknown",
    "niet echt gestart": None,
    "gestopt of afgerond": None,
    "beëindigd": None,
}


@pytest.mark.parametrize(("cell", "state"), STATES.items())
def test_a_state_is_read_from_words_and_asked_where_they_leave_it_open(cell, state):
    assert read_state(cell) == state


def test_every_card_has_fifteen_words_that_no_other_has():
    raw = tomllib.loads(SYNONYMS.read_text("utf-8"))
    assert raw.keys() == {card.id for card in CARDS}
    for card, rows in raw.items():
        words = {form(word) for word in (*rows["nl"], *rows["en"])}
        assert len(words) >= 15, card
        assert all(WORDS.find(word).card == card for word in (*rows["nl"], *rows["en"]))


FOUND = {
    "Leer-coach": ("leercoach", "word"),
    "job rotation": ("taakroulatie", "word"),
    "Controlegroep": ("geen", "word"),
    "alleen gemeten (controle)": ("geen", "word"),
    "controle, zat op de wachtlijst": (None, "near"),
    "leercoach (learning coach)": ("leercoach", "word"),
    "leercoah": (None, "near"),
    "leercoach voor de monteurs": (None, "near"),
    "coaching": (None, "near"),
    "intervisie + buddy": (None, "several"),
    "teamuitje naar de zee": (None, "off_menu"),
}


@pytest.mark.parametrize(("words", "found"), FOUND.items())
def test_words_are_a_card_may_be_one_or_are_off_the_menu(words, found):
    match = WORDS.find(words)
    assert (match.card, match.how) == found
    assert bool(match.candidates) == (match.how in ("near", "several"))


BROKEN = {
    "a card that is not there": ('[leercoch]\nnl=["x"]', {"words_no_such_card"}),
    "another language": ('[leercoach]\nde=["x"]', {"words_shape"}),
    "no list": ('[leercoach]\nnl="x"', {"words_shape"}),
    "a word of nothing": ('[leercoach]\nnl=["-"]', {"words_shape"}),
    "a word of two cards": ('[leercoach]\nnl=["a b"]\n[bbl]\nen=["A-B"]', {"words_two_cards"}),
    "the name of another card": ('[leercoach]\nnl=["Intervisie"]', {"words_two_cards"}),
    "no table": ("[leercoach", {"words_file"}),
    "several": ('[x]\n[leercoach]\nnl=["bbl"]\nde=[]', {"words_no_such_card", "words_shape"}),
}


@pytest.mark.parametrize(("text", "codes"), BROKEN.values(), ids=BROKEN.keys())
def test_a_file_of_words_that_does_not_fit_the_menu_is_refused(tmp_path, text, codes):
    path = tmp_path / "synonyms.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InvalidMenu) as refusal:
        read_synonyms(path, CARDS)
    assert {fault.code for fault in refusal.value.faults} == codes


LOG = {
    "Bedrijf": ["B01", "Smit", "b-01", "bakkerij jansen", "B02"],
    "Wat?": ["Leercoach", "Teamuitje", "team-uitje", "leercoah", "geen"],
    "Start": ["maart 2023", "2023", "mrt-jun 2023", "Q1 2023", ""],
    "Einde": ["loopt nog", "", "", "juni 2023", ""],
    "Status": ["", "niet doorgegaan", "klaar", "gestopt", "onbekend"],
    "Deelnemers": ["12", "", "8,0", "", ""],
    "Kosten": ["€ 1500", "", "", "", ""],
    "Opmerkingen": ["Piet Pietersen wilde niet", "", "bel 06-12345678", "", ""],
}


def test_a_log_is_read_and_what_is_off_the_menu_is_counted():
    log = read_log("log.xlsx", LOG, LIST, WORDS, what={"leercoah": "leercoach"})
    assert log.faults == ()
    one, two, three, four, five = log.entries
    assert (one.company, one.card, one.state) == ("B01", "leercoach", "started")
    assert (one.start, one.end) == (read_when("maart 2023"), None)
    assert (one.participants, one.cost) == (12, 1500)
    assert (two.company, two.card, two.off_menu) == ("B02", None, "Teamuitje")
    assert two.state == "not_started"
    assert (three.start, three.end) == (read_when("maart 2023"), read_when("juni 2023"))
    assert (three.state, three.participants) == ("finished", 8)
    assert (four.company, four.card) == ("B01", "leercoach")
    assert (five.card, five.off_menu, five.state) == ("geen", None, "unknown")
    assert log.off_menu == {"Teamuitje": 2}
    assert "Pietersen" not in repr(log)


def test_all_faults_of_a_log_are_told_at_once():
    columns = {
        "Bedrijf": ["B01", "B01", "Smitt", "B02"],
        "Wat": ["leercoah", "bbl + evc", "", "bbl"],
        "Start": ["maart", "juni 2023", "binnenkort", "1999"],
        "Eind": ["", "mei 2023", "", "1-1-2023"],
        "Status": ["beëindigd", "", "", "niet gestart"],
        "Uren": ["veel", "-4", "", ""],
        "Opmerking": ["Piet Pietersen", "", "", ""],
    }
    log = read_log("log.xlsx", columns, LIST, WORDS)
    assert {(fault.where, fault.code) for fault in log.faults} == {
        ("log.xlsx, row 2, Wat", "log_words_near"),
        ("log.xlsx, row 3, Wat", "log_words_several"),
        ("log.xlsx, row 4, Wat", "log_no_words"),
        ("log.xlsx, row 4", "who_near"),
        ("log.xlsx, row 2, Start", "when_no_year"),
        ("log.xlsx, row 4, Start", "log_not_a_day"),
        ("log.xlsx, row 5, Start", "table_absurd_year"),
        ("log.xlsx, row 3, Eind", "log_end_before_start"),
        ("log.xlsx, row 5, Eind", "log_end_of_nothing"),
        ("log.xlsx, row 2, Status", "log_state"),
        ("log.xlsx, row 2, Uren", "table_not_a_number"),
        ("log.xlsx, row 3, Uren", "table_too_small"),
    }
    for fault in log.faults:
        assert fault.line("nl") != fault.line("en")
        assert "Pietersen" not in fault.line("nl")


def test_what_somebody_says_settles_it():
    columns = {"x": ["B01", "B02"], "Wat": ["yoga", "mijn pak"], "Status": ["beëindigd", "af"]}
    log = read_log(
        "log.csv",
        columns,
        LIST,
        WORDS,
        roles={"x": "code"},
        what={"Mijn-pak": "evc", "yoga": "-"},
        answers={"beëindigd": "afgerond", "af": "stopped"},
    )
    assert log.faults == ()
    assert [(each.card, each.off_menu) for each in log.entries] == [(None, "yoga"), ("evc", None)]
    assert [each.state for each in log.entries] == ["finished", "stopped"]


def test_a_choice_that_is_no_longer_on_the_menu_is_told():
    log = read_log("log.csv", {"Code": ["B01"], "Wat": ["x"]}, LIST, WORDS, what={"x": "weg"})
    assert [fault.code for fault in log.faults] == ["log_no_such_card"]


def test_a_log_without_words_says_which_columns_there_are():
    log = read_log("log.csv", {"Code": ["B01"], "Kleur": ["rood"]}, LIST, WORDS)
    assert [fault.code for fault in log.faults] == ["log_no_column"]
