"""Facts of the menu: what can be written, what each slip is told, what a fact is on a day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import InvalidMenu
from matcher.menu.attention import attention
from matcher.menu.card import as_one_text, parse_menu
from matcher.menu.facts import is_address, state
from tests.matcher.menu.test_menu import SMALL

FACT = """
[[fact]]
id = "subsidie"
kind = "money"
text = { nl = "Er is geld.", en = "There is money." }
source = { title = "De regeling", address = "https://www.rvo.nl/regeling" }
checked = 2026-11-29
certainty = "high"
marks = "S62"
changes_yearly = true
deadline = 2027-03-01
deadline_text = { nl = "Vraag het aan.", en = "Apply." }
ask = { nl = "RVO", en = "RVO" }
region = ["groningen"]

[[fact.window]]
opens = 2027-02-01
closes = 2027-03-01
"""
OWN = """
[[intervention.fact]]
id = "onderzoek"
kind = "evidence"
text = { nl = "Een studie.", en = "A study." }
source = { title = "De studie" }
checked = 2026-11-29
certainty = "low"
"""
FIRST = "[[intervention]] 1 (terugblik)"


def with_facts(own: str = OWN) -> str:
    """Return the small menu with one fact for all cards and one of the first card alone."""
    text = SMALL.replace("\n[[intervention]]", FACT + "\n[[intervention]]", 1)
    text = text.replace('study = { nl = "Een studie.", en = "A study." }\n', "", 1)
    text = text.replace('money = { nl = "Geen geld.", en = "No money." }\n', "", 1)
    text = text.replace("min_employees = 3\n", 'min_employees = 3\nfacts = ["subsidie"]\n', 1)
    head, mark, tail = text.partition("\n[[intervention.condition]]")
    return head + own + mark + tail


GOOD = with_facts()


def test_a_fact_stands_once_and_on_each_card_that_names_it():
    menu = parse_menu(GOOD, "menu.toml")
    assert [fact.id for fact in menu.facts] == ["subsidie", "terugblik--onderzoek"]
    fact = menu.fact("subsidie")
    assert [card.id for card in menu.cards_of(fact)] == ["terugblik"]
    assert fact.checked == date(2026, 11, 29)
    assert fact.region == ("groningen",)
    assert (fact.windows[0].opens, fact.windows[0].closes) == (date(2027, 2, 1), date(2027, 3, 1))
    card, other = menu
    assert [each.id for each in card.told] == ["subsidie", "terugblik--onderzoek"]
    assert other.told == ()
    assert other.money is not None


def test_programs_that_read_no_facts_are_told_them_in_the_texts_of_before():
    card, other = parse_menu(GOOD, "menu.toml")
    money, study = as_one_text(card, "money"), as_one_text(card, "study")
    assert money is not None and study is not None
    assert money.nl.startswith("Er is geld. Wanneer u kunt aanvragen, vraagt u na bij RVO. Contr")
    assert study.en == "A study."
    assert as_one_text(card, "legal_warning") is None
    assert as_one_text(other, "money") == other.money


def test_the_sources_of_a_fact_are_those_of_the_text_it_stands_in():
    card, _ = parse_menu(GOOD, "menu.toml")
    assert card.marks == {"needs": "J", "study": "S62, J", "money": "S62"}


def test_a_menu_of_the_former_release_is_read_and_its_facts_were_never_checked():
    text = SMALL.replace(
        "evidence = 4", 'legal_warning = { nl = "Pas op.", en = "Mind." }\nevidence = 4', 1
    )
    menu = parse_menu(text, "menu.toml")
    card = menu.interventions[0]
    assert [(f.kind, f.text.nl, f.warns) for f in card.told] == [
        ("money", "Geen geld.", False),
        ("evidence", "Een studie.", False),
        ("law", "Pas op.", True),
    ]
    assert {state(fact, date(2026, 11, 30)).age for fact in menu.facts} == {"never_checked"}
    assert len({fact.id for fact in menu.facts}) == 5
    money = as_one_text(card, "money")
    assert money is not None and money.nl == "Geen geld."
    assert card.told[1].source.title == "Een studie"


SOURCE = 'source = { title = "De regeling", address = "https://www.rvo.nl/regeling" }\n'
HERE = "[[fact]] 1 (subsidie)"
# What was there, what stands there now, where the fault is, its code, and words the sentence holds.
FAULTS: dict[str, tuple[str, str, str, str, str]] = {
    "no source": (SOURCE, "", f"{HERE}, source", "menu_missing_key", "source"),
    "no date": (
        'checked = 2026-11-29\ncertainty = "high"', 'certainty = "high"', f"{HERE}, checked",
        "menu_missing_key", "checked",
    ),
    "no address where one is sure": (
        ', address = "https://www.rvo.nl/regeling"', "", f"{HERE}, source.address",
        "menu_fact_no_address", "high",
    ),
    "over before it was checked": (
        "changes_yearly = true", "valid_until = 2026-11-28", f"{HERE}, valid_until",
        "menu_fact_ended", "2026-11-29",
    ),
    "a window that closes before it opens": (
        "closes = 2027-03-01", "closes = 2027-01-31", f"{HERE}, [[fact.window]] 1, closes",
        "menu_window_order", "2027-02-01",
    ),
    "an address that is none": (
        "https://www.rvo.nl/regeling", "rvo.nl", f"{HERE}, source.address", "menu_not_an_address",
        "https://",
    ),
    "a day in quotes": (
        "deadline = 2027-03-01", 'deadline = "2027-03-01"', f"{HERE}, deadline", "menu_not_a_day",
        "aanhalingstekens",
    ),
    "a moment for a day": (
        "deadline = 2027-03-01", "deadline = 2027-03-01T12:00:00", f"{HERE}, deadline",
        "menu_not_a_day", "2027",
    ),
    "one language": (', en = "There is money."', "", f"{HERE}, text.en", "menu_missing_key", "en"),
    "a deadline in one language": (
        ', en = "Apply."', "", f"{HERE}, deadline_text.en", "menu_missing_key", "en",
    ),
    "a deadline without a sentence": (
        'deadline_text = { nl = "Vraag het aan.", en = "Apply." }\n', "",
        f"{HERE}, deadline_text", "menu_fact_no_deadline_text", "2027-03-01",
    ),
    "a sentence without a deadline": (
        "deadline = 2027-03-01\n", "", f"{HERE}, deadline", "menu_fact_no_deadline", "dag",
    ),
    "a source that is not listed": (
        'marks = "S62"', 'marks = "S99"', f"{HERE}, marks", "menu_unknown_source", "S99",
    ),
    "a kind that does not exist": (
        'kind = "money"', 'kind = "geld"', f"{HERE}, kind", "menu_unknown_value", "money",
    ),
    "a key that is misspelt": (
        "region = ", "regoin = ", f"{HERE}, regoin", "menu_unknown_key", "'region'",
    ),
    "a key of the source that is misspelt": (
        'title = "De regeling"', 'titel = "x", title = "De regeling"', f"{HERE}, source.titel",
        "menu_unknown_key", "title",
    ),
    "a card that refers to no fact": (
        'facts = ["subsidie"]', 'facts = ["subsidies", "subsidie"]', f"{FIRST}, facts[1]",
        "menu_unknown_fact",        "Bedoelt u 'subsidie'",
    ),
    "a card that nobody says the cost of": (
        'facts = ["subsidie"]', "facts = []", f"{FIRST}, money", "menu_untold", "money",
    ),
    "what the reader makes": (
        'facts = ["subsidie"]', 'facts = ["subsidie"]\ntold = []', f"{FIRST}, told",
        "menu_unknown_key", "'told'",
    ),
    "a fact of one card without a source": (
        'source = { title = "De studie" }\n', "",
        f"{FIRST}, [[intervention.fact]] 1 (onderzoek), source", "menu_missing_key", "source",
    ),
}  # fmt: skip


def refusal_of(text: str) -> InvalidMenu:
    with pytest.raises(InvalidMenu) as refusal:
        parse_menu(text, "menu.toml")
    return refusal.value


@pytest.mark.parametrize(("old", "new", "where", "code", "words"), FAULTS.values(), ids=FAULTS)
def test_a_slip_in_a_fact_is_told_once_at_its_place(old, new, where, code, words):
    assert GOOD.count(old) == 1
    (fault,) = refusal_of(GOOD.replace(old, new)).faults
    assert (fault.where, fault.code) == (f"menu.toml, {where}", code)
    assert words in fault.text("nl")
    assert fault.text("en") != fault.text("nl")


def test_all_faults_of_facts_are_told_at_once_facts_before_cards():
    text = GOOD
    for name in (
        "a window that closes before it opens",
        "an address that is none",
        "one language",
        "a card that refers to no fact",
    ):
        text = text.replace(*FAULTS[name][:2])
    assert [fault.code for fault in refusal_of(text).faults] == [
        "menu_missing_key",
        "menu_not_an_address",
        "menu_window_order",
        "menu_unknown_fact",
    ]


def test_an_id_of_a_fact_stands_once():
    text = GOOD.replace("\n[[intervention]]", FACT + "\n[[intervention]]", 1)
    (fault,) = refusal_of(text).faults
    assert (fault.code, fault.where) == ("menu_double_id", "menu.toml, [[fact]] 2 (subsidie), id")


def test_a_fact_of_a_menu_without_facts_does_not_exist():
    (fault,) = refusal_of(SMALL.replace("evidence = 4", 'evidence = 4\nfacts = ["x"]', 1)).faults
    assert fault.code == "menu_no_facts"


ADDRESSES = {
    "https://rvo.nl": True,
    "https://www.rvo.nl/a/b?c=d#e": True,
    "http://www.rvo.nl": False,
    "https://": False,
    "https:///regeling": False,
    "https://localhost/x": False,
    "https://rvo.nl:8443/x": False,
    "https://rvo.nl:/x": False,
    "https://me@rvo.nl/x": False,
    "https://me:secret@rvo.nl/x": False,
    "https://rvo.nl/a b": False,
    'https://rvo.nl/"x': False,
    "https://r\u0432o.nl": False,
    "https://[rvo.nl": False,
    "https://rvo..nl": False,
    "javascript:alert(1)": False,
    "https://rvo.nl/" + "a" * 500: False,
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_that_of_a_page_on_the_web(address):
    assert is_address(address) is ADDRESSES[address]


# Of what the order depends, a text is no part.

TEXTS: dict[str, tuple[str, str]] = {
    "a fact": ("Er is geld.", "Er is geen geld meer."),
    "a text": ("Wat het is.", "Iets anders."),
    "a condition": ("Te klein.", "Nog te klein."),
    "a mark": ('marks.study = "S62, J"', 'marks.study = "J"'),
    "the version": ('version = "2026.1"', 'version = "2026.2"'),
    "an own word in place of a fact": (
        'facts = ["subsidie"]', 'money = { nl = "Duur.", en = "Dear." }',
    ),
}  # fmt: skip
VALUES: dict[str, tuple[str, str]] = {
    "hours": ("max = 7.5", "max = 8"),
    "a size and its condition": (" = 3", " = 4"),
    "an effect": ('effect = "exclude"', 'effect = "warn"'),
    "an order": ('["samenwerken", "vakkennis"]', '["vakkennis", "samenwerken"]'),
    "what nobody knows": ('capacity_later = "unknown"', "capacity_later = 0"),
    "what success is": ("at_least = 0.1", "at_least = 0.2"),
}


@pytest.mark.parametrize(("old", "new"), TEXTS.values(), ids=TEXTS)
def test_a_renewed_text_leaves_what_was_ranked_as_it_was(old, new):
    assert old in GOOD
    before, after = (parse_menu(text, "menu.toml") for text in (GOOD, GOOD.replace(old, new, 1)))
    assert before.ranked_sha256 == after.ranked_sha256
    assert before != after


@pytest.mark.parametrize(("old", "new"), VALUES.values(), ids=VALUES)
def test_another_value_is_another_menu_to_rank(old, new):
    assert old in GOOD
    before, after = (parse_menu(text, "menu.toml") for text in (GOOD, GOOD.replace(old, new)))
    assert before.ranked_sha256 != after.ranked_sha256


# What a fact is on a day, worked by hand.

MONEY = parse_menu(GOOD, "menu.toml").fact("subsidie")
STATES = {
    "before it was checked": ((2026, 11, 28), "never_checked", 93, "ahead", (2027, 2, 1)),
    "on the day": ((2026, 11, 29), "fresh", 92, "ahead", (2027, 2, 1)),
    "ninety days before": ((2026, 12, 1), "fresh", 90, "ahead", (2027, 2, 1)),
    "the last day of its year": ((2026, 12, 31), "fresh", 60, "ahead", (2027, 2, 1)),
    "the year after": ((2027, 1, 1), "past", 59, "ahead", (2027, 2, 1)),
    "the window opens": ((2027, 2, 1), "past", 28, "open", (2027, 3, 1)),
    "the deadline": ((2027, 3, 1), "past", 0, "open", (2027, 3, 1)),
    "after the window": ((2027, 3, 2), "past", -1, "unknown", None),
}  # fmt: skip


@pytest.mark.parametrize(("day", "age", "left", "gate", "turns"), STATES.values(), ids=STATES)
def test_a_fact_ages_by_its_own_dates(day, age, left, gate, turns):
    found = state(MONEY, date(*day))
    assert (found.age, found.deadline_in, found.gate) == (age, left, gate)
    assert found.turns == (turns and date(*turns))
    assert found.last_day == date(2026, 12, 31)
    assert found.pressing is (0 <= left <= 90)


def test_the_earliest_end_of_a_fact_counts():
    until = MONEY.model_copy(update={"valid_until": date(2026, 12, 5)})
    assert state(until, date(2026, 12, 5)).age == "fresh"
    assert state(until, date(2026, 12, 6)).age == "past"
    calm = MONEY.model_copy(update={"changes_yearly": False, "deadline": None, "windows": ()})
    found = state(calm, date(2060, 1, 1))
    assert (found.age, found.last_day, found.deadline_in) == ("fresh", None, None)
    assert (found.gate, found.turns, found.pressing) == (None, None, False)


def test_of_two_windows_the_next_one_counts():
    first = MONEY.windows[0]
    second = first.model_copy(update={"opens": date(2027, 9, 1), "closes": date(2027, 9, 30)})
    twice = MONEY.model_copy(update={"windows": (second, first)})
    found = state(twice, date(2027, 3, 2))
    assert (found.gate, found.turns) == ("ahead", date(2027, 9, 1))
    assert state(twice, date(2027, 2, 2)).turns == date(2027, 3, 1)


def test_what_ends_within_sixty_days_is_to_be_looked_at_with_its_cards():
    menu = parse_menu(GOOD, "menu.toml")
    assert attention(menu, date(2026, 11, 29), within=31) == ()
    (found,) = attention(menu, date(2026, 11, 29), within=32)
    assert (found.fact.id, found.cards, found.why) == ("subsidie", ("terugblik",), "ends_soon")
    assert attention(menu, date(2027, 1, 1))[0].why == "past"
    early = attention(menu, date(2026, 11, 28))
    assert [(each.fact.id, each.why) for each in early] == [
        ("subsidie", "never_checked"),
        ("terugblik--onderzoek", "never_checked"),
    ]


@given(st.dates(date(2026, 11, 29), date(2036, 1, 1)), st.integers(0, 5000))
def test_what_is_past_is_never_fresh_again(day, later):
    if state(MONEY, day).age == "past":
        assert state(MONEY, day + timedelta(later)).age == "past"
