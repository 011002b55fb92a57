"""A fact written back: what was renewed, in a file that is for the rest as it was."""

import tomllib
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import InvalidMenu
from matcher.menu.card import parse_menu, read_menu
from matcher.menu.renewal import digest_of, faults_in, is_renewable, renewed
from matcher.paths import MENU
from tests.matcher.menu.test_facts import GOOD
from tests.matcher.menu.test_menu import SMALL

SMALL_MENU = parse_menu(
    GOOD.replace("[[fact]]", "# Kijk dit elk jaar na.\n[[fact]]", 1), "menu.toml"
)
NEW = {
    "text": {"nl": "Er is nu meer geld. Vraag het na.", "en": "There is more money now. Ask."},
    "source": {"title": "De nieuwe regeling", "address": "https://www.rvo.nl/nieuw"},
    "checked": date(2027, 1, 10),
    "certainty": "medium",
    "valid_until": date(2027, 6, 30),
}


def lines_changed(before, after):
    """Return the lines that went and the lines that came."""
    old, new = before.splitlines(), after.splitlines()
    return [x for x in old if x not in new], [x for x in new if x not in old]


def test_a_renewed_fact_has_what_was_found_and_the_menu_another_version():
    menu = parse_menu(renewed(SMALL_MENU, "subsidie", NEW), "menu.toml")
    fact = menu.fact("subsidie")
    assert menu.version == "2026.2"
    assert fact.text.nl == "Er is nu meer geld. Vraag het na."
    assert fact.source.address == "https://www.rvo.nl/nieuw"
    assert (fact.checked, fact.valid_until) == (date(2027, 1, 10), date(2027, 6, 30))
    assert fact.changes_yearly is True
    assert menu.ranked_sha256 == SMALL_MENU.ranked_sha256


def test_only_the_lines_of_the_fact_change_in_the_real_file_and_comments_stay():
    menu = read_menu(MENU)
    sentence = "Bij SLIM moeten de kosten samen minstens 6.000 euro zijn."
    keys = {"text": {"nl": sentence}, "checked": date(2027, 1, 10)}
    gone, came = lines_changed(menu.source_text, renewed(menu, "slim-drempel-5000", keys))
    assert gone == [
        'version = "2026.4"',
        'text.nl = "Bij SLIM moesten de kosten samen minstens 5.000 euro zijn."',
    ]
    assert came == ['version = "2026.5"', f'text.nl = "{sentence}"', "checked = 2027-01-10"]


def test_a_comment_at_the_fact_stays():
    assert "# Kijk dit elk jaar na.\n[[fact]]" in renewed(SMALL_MENU, "subsidie", NEW)


def test_a_long_text_gets_a_line_for_each_sentence_as_the_file_has_it():
    sentences = (
        "Dit is de eerste zin van een lange tekst.",
        "Dit is de tweede zin, ook lang.",
        "En dan nog een derde zin.",
    )
    after = renewed(SMALL_MENU, "terugblik--onderzoek", {"text": {"nl": " ".join(sentences)}})
    assert '"""\n' + "\n".join(sentences) + '"""' in after
    fact = parse_menu(after, "menu.toml").fact("terugblik--onderzoek")
    assert fact.text.nl == " ".join(sentences)


def test_what_is_taken_away_is_gone_and_what_is_new_stands_above_the_windows():
    keys = {"deadline": None, "deadline_text": None, "marks": None, "valid_until": date(2028, 1, 1)}
    menu = parse_menu(renewed(SMALL_MENU, "subsidie", keys), "menu.toml")
    fact = menu.fact("subsidie")
    assert (fact.deadline, fact.deadline_text, fact.marks) == (None, None, "")
    assert (fact.valid_until, len(fact.windows)) == (date(2028, 1, 1), 1)


def test_windows_come_and_go():
    first = {"opens": date(2027, 3, 1), "closes": date(2027, 3, 31)}
    second = {"opens": date(2027, 9, 1), "closes": date(2027, 9, 30)}
    two = parse_menu(renewed(SMALL_MENU, "subsidie", {"window": [first, second]}), "menu.toml")
    assert [window.opens for window in two.fact("subsidie").windows] == [
        date(2027, 3, 1),
        date(2027, 9, 1),
    ]
    none = parse_menu(renewed(two, "subsidie", {"window": None}), "menu.toml")
    assert none.fact("subsidie").windows == ()
    again = parse_menu(renewed(none, "subsidie", {"window": [first]}), "menu.toml")
    assert len(again.fact("subsidie").windows) == 1
    assert again.version == "2026.4"


VERSIONS = {"2026.9": "2026.10", "2026.3-noord": "2026.4-noord", "eerste": "eerste.1"}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_last_number_of_a_version_is_raised(version):
    menu = parse_menu(GOOD.replace('version = "2026.1"', f'version = "{version}"'), "menu.toml")
    after = parse_menu(renewed(menu, "subsidie", {}), "menu.toml")
    assert after.version == VERSIONS[version]


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("", "\ufeff")], ids=["CRLF", "BOM"])
def test_a_file_saved_on_windows_is_renewed_too(change):
    text = GOOD.replace(*change) if change[0] else change[1] + GOOD
    after = renewed(parse_menu(text, "menu.toml"), "subsidie", NEW)
    assert after.startswith("\ufeff") == text.startswith("\ufeff")
    assert parse_menu(after, "menu.toml").fact("subsidie").checked == date(2027, 1, 10)


@settings(max_examples=12, deadline=None)
@given(
    text=st.text(st.characters(codec="utf-8"), max_size=200).filter(
        lambda typed: bool(typed.split())
    )
)
def test_whatever_is_typed_is_read_back_as_it_was(text):
    """Quotes, backslashes, brackets, odd spaces: what stands on one line of the form."""
    line = " ".join(text.split())
    after = renewed(SMALL_MENU, "subsidie", {"text": {"nl": line, "en": f"{line}. " * 3 + "End."}})
    assert parse_menu(after, "menu.toml").fact("subsidie").text.nl == line


def test_all_faults_of_what_was_typed_are_found_at_once():
    keys = {
        "text": {"nl": "", "en": "Fine."},
        "source": {"title": "De regeling", "address": "rvo.nl"},
        "valid_until": date(2020, 1, 1),
        "certainty": "zeker",
        "window": [{"opens": date(2027, 3, 1), "closes": date(2027, 2, 1)}],
        "deadline": None,
    }
    found = {(loc, fault.code) for loc, fault in faults_in(SMALL_MENU, "subsidie", keys)}
    assert found == {
        (("text", "nl"), "menu_empty_text"),
        (("source", "address"), "menu_not_an_address"),
        (("valid_until",), "menu_fact_ended"),
        (("certainty",), "unknown_value"),
        (("window", 0, "closes"), "menu_window_order"),
        (("deadline",), "menu_fact_no_deadline"),
    }
    assert faults_in(SMALL_MENU, "subsidie", NEW) == []


def test_a_fault_leaves_no_text_to_write():
    with pytest.raises(InvalidMenu):
        renewed(
            SMALL_MENU, "subsidie", {"checked": date(2026, 1, 1), "valid_until": date(2025, 1, 1)}
        )


def test_a_fact_that_is_not_there_is_not_renewed():
    for name in ("niets", "terugblik--niets", "nergens--onderzoek", "maatje--onderzoek"):
        with pytest.raises(KeyError):
            renewed(SMALL_MENU, name, NEW)


def test_a_text_of_a_former_menu_has_no_table_to_renew():
    former = parse_menu(SMALL, "menu.toml")
    assert [is_renewable(fact) for fact in former.facts] == [False] * 4
    assert all(is_renewable(fact) for fact in SMALL_MENU.facts)


def test_the_digest_of_a_fact_changes_with_anything_in_it():
    fact = SMALL_MENU.fact("subsidie")
    assert digest_of(fact) == digest_of(parse_menu(GOOD, "menu.toml").fact("subsidie"))
    for keys in (NEW, {"checked": date(2027, 1, 1)}, {"marks": None}, {"window": None}):
        after = parse_menu(renewed(SMALL_MENU, "subsidie", keys), "menu.toml")
        assert digest_of(after.fact("subsidie")) != digest_of(fact)
    assert tomllib.loads(renewed(SMALL_MENU, "subsidie", {}))["fact"][0]["marks"] == "S62"
