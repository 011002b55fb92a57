"""The reader of the menu card: what a researcher can write, and what each slip is told."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import InvalidMenu
from matcher.menu.card import Condition, Menu, Text, parse_menu, read_menu
from matcher.menu.schema import Hours, Operator, Weeks
from matcher.messages import catalogue
from matcher.profile.schema import Profile, read_profile

MENU = Path(__file__).parents[3] / "training_data" / "menu.toml"

CARD = """
[[intervention]]
id = "{id}"
status = "concept"
name = {{ nl = "Naam", en = "Name" }}
summary = {{ nl = "Kort.", en = "Short." }}
description = {{ nl = "Wat het is.", en = "What it is." }}
first_step.nl = "Morgen beginnen: vraag iets."
first_step.en = "Start tomorrow: ask something."
roles = {{ nl = "U doet iets.", en = "You do something." }}
form = ["informeel"]
delivery = ["team"]
place = "on_the_job"
direction = "inside_out"
internal_coach = true
level = ["team"]
needs = ["samenwerken", "vakkennis"]
dimensions = ["ID", "TL"]
lead_weeks = {{ min = 1, max = 2 }}
duration_months = "varies"
hours_off_job = {{ min = 5, max = 7.5 }}
hours_key_person = "none"
cost_band = {{ min = 0, max = 1 }}
min_employees = 3
capacity = -1
capacity_later = "unknown"
grant_window = false
evidence = 4
evidence_direction = "+"
study = {{ nl = "Een studie.", en = "A study." }}
providers = ["own_company"]
money = {{ nl = "Geen geld.", en = "No money." }}
enabler = false
goes_with = []
excludes = []
success_measure = {{ nl = "Het lukt.", en = "It works." }}
success = {{ measure = "gain_at_least", at_least = 0.1 }}
marks.study = "S62, J"

[[intervention.condition]]
id = "min_employees"
field = "employees"
operator = ">="
value = 3
effect = "exclude"
text = {{ nl = "Te klein.", en = "Too small." }}
"""

SMALL = (
    'version = "2026.1"\nstatus = "concept"\n\n'
    '[source]\nS62 = "Een studie"\n\n[marks]\nneeds = "J"\n'
    + CARD.format(id="terugblik")
    + CARD.format(id="maatje").replace("goes_with = []", 'goes_with = ["terugblik"]')
)
FIRST, SECOND = "[[intervention]] 1 (terugblik)", "[[intervention]] 2 (maatje)"
CONDITION = f"{FIRST}, [[intervention.condition]] 1 (min_employees)"


def refusal_of(text: str) -> InvalidMenu:
    with pytest.raises(InvalidMenu) as refusal:
        parse_menu(text, "menu.toml")
    return refusal.value


def edited(old: str, new: str) -> str:
    """Return the small menu with one edit, in its first card."""
    assert old in SMALL
    return SMALL.replace(old, new, 1)


# What was there, what stands there now, where the fault is, its code, and words the sentence holds.
FAULTS: dict[str, tuple[str, str, str, str, str]] = {
    "a key is missing": (
        "evidence = 4\n", "", f"{FIRST}, evidence", "menu_missing_key", "evidence",
    ),
    "a text is missing": (
        'name = { nl = "Naam", en = "Name" }\n', "", f"{FIRST}, name", "menu_missing_key", "name",
    ),
    "a text has one language": (
        ', en = "Name"', "", f"{FIRST}, name.en", "menu_missing_key", "en",
    ),
    "a text is written without languages": (
        'name = { nl = "Naam", en = "Name" }', 'name = "Naam"', f"{FIRST}, name",
        "menu_not_both_languages", ".nl",
    ),
    "a text is empty": ('"Kort."', '"  "', f"{FIRST}, summary.nl", "menu_empty_text", "leeg"),
    "a text is a number": ('"Kort."', "12", f"{FIRST}, summary.nl", "menu_not_a_text", "12"),
    "a text is a book": (
        '"Kort."', '"' + "woord " * 260 + '"', f"{FIRST}, summary.nl", "menu_long_text", "1200",
    ),
    "a language does not exist": (
        'nl = "Kort."', 'nl = "Kort.", de = "Kurz."', f"{FIRST}, summary.de", "menu_unknown_key",
        "'de'",
    ),
    "an amount is said to be unknown in a list": (
        "grant_window = false", 'grant_window = false\nunknown = ["capacity_later"]',
        f"{FIRST}, unknown", "menu_unknown_key", "'unknown'",
    ),
    "conditions are called by their name in the code": (
        "grant_window = false", "grant_window = false\nconditions = []", f"{FIRST}, conditions",
        "menu_unknown_key", "condition",
    ),
    "a key is misspelt": (
        "grant_window", "grant_windw", f"{FIRST}, grant_windw", "menu_unknown_key", "grant_window",
    ),
    "a key of the file is misspelt": (
        "[marks]", "[mark]", "mark", "menu_unknown_key", "marks",
    ),
    "the version is missing": (
        'version = "2026.1"\n', "", "version", "menu_missing_key", "version",
    ),
    "an id stands twice": (
        'id = "terugblik"', 'id = "maatje"', f"{SECOND}, id", "menu_double_id", "tabel 1",
    ),
    "an id has a capital": (
        'id = "terugblik"', 'id = "Terugblik"', "[[intervention]] 1 (Terugblik), id",
        "menu_bad_id", "kleine letters",
    ),
    "an id has a space": (
        'id = "terugblik"', 'id = "terug blik"', "[[intervention]] 1 (terug blik), id",
        "menu_bad_id", "streepjes",
    ),
    "an id is too long": (
        'id = "terugblik"', f'id = "{"a" * 41}"', f"[[intervention]] 1 ({'a' * 41}), id",
        "menu_bad_id", "40",
    ),
    "an id is a number": (
        'id = "terugblik"', "id = 7", "[[intervention]] 1, id", "menu_bad_id", "7",
    ),
    "a need is unknown": (
        '"vakkennis"]', '"vakkenis"]', f"{FIRST}, needs[2]", "menu_unknown_value", "vakkennis",
    ),
    "a need stands twice": (
        '"samenwerken", "vakkennis"', '"vakkennis", "vakkennis"', f"{FIRST}, needs",
        "menu_double_item", "vakkennis",
    ),
    "no need at all": (
        '["samenwerken", "vakkennis"]', "[]", f"{FIRST}, needs", "menu_empty_list", "minstens",
    ),
    "a need outside a list": (
        '["samenwerken", "vakkennis"]', '"samenwerken"', f"{FIRST}, needs", "menu_not_a_list", "[",
    ),
    "a dimension is unknown": ('"TL"]', '"XX"]', f"{FIRST}, dimensions[2]",
        "menu_unknown_value", "XX",
    ),
    "a provider is unknown": (
        '"own_company"', '"university"', f"{FIRST}, providers[1]", "menu_unknown_value", "hbo",
    ),
    "a form is unknown": (
        '"informeel"', '"informal"', f"{FIRST}, form[1]", "menu_unknown_value", "informeel",
    ),
    "the least is more than the most": (
        "min = 1, max = 2", "min = 3, max = 2", f"{FIRST}, lead_weeks", "menu_range_order", "(3)",
    ),
    "hours below nothing": (
        "min = 5, max", "min = -5, max", f"{FIRST}, hours_off_job.min", "menu_too_small", "0",
    ),
    "a lead below nothing": (
        "min = 1, max = 2", "min = -1, max = 2", f"{FIRST}, lead_weeks.min", "menu_too_small", "-1",
    ),
    "a lead beyond years": (
        "min = 1, max = 2", "min = 1, max = 2000", f"{FIRST}, lead_weeks.max", "menu_too_large",
        "2000",
    ),
    "hours in words": (
        "max = 7.5", 'max = "veel"', f"{FIRST}, hours_off_job.max", "menu_not_a_number", "veel",
    ),
    "hours that never end": (
        "max = 7.5", "max = inf", f"{FIRST}, hours_off_job.max", "menu_not_a_number", "inf",
    ),
    "hours that are yes": (
        "max = 7.5", "max = true", f"{FIRST}, hours_off_job.max", "menu_not_a_number", "true",
    ),
    "nobody says what counts as success": (
        'success = { measure = "gain_at_least", at_least = 0.1 }\n', "", f"{FIRST}, success",
        "menu_no_success", "success",
    ),
    "success is a sentence": (
        '{ measure = "gain_at_least", at_least = 0.1 }', '"Het lukt."', f"{FIRST}, success",
        "menu_not_a_success", "Het lukt.",
    ),
    "success has no measure": (
        'measure = "gain_at_least", at_least = 0.1', "at_least = 0.1", f"{FIRST}, success.measure",
        "menu_missing_key", "measure",
    ),
    "success is measured by what nobody counts": (
        '"gain_at_least", at_least = 0.1', '"geluk"', f"{FIRST}, success.measure",
        "menu_unknown_value", "would_continue",
    ),
    "a key of success is misspelt": (
        "at_least = 0.1", "atleast = 0.1", f"{FIRST}, success.atleast", "menu_unknown_key",
        "at_least",
    ),
    "success of at least nothing": (
        '"gain_at_least", at_least = 0.1', '"gain_at_least"', f"{FIRST}, success",
        "menu_success_without", "at_least",
    ),
    "a threshold where there is none": (
        '"gain_at_least", at_least = 0.1', '"finished", at_least = 1', f"{FIRST}, success",
        "menu_success_with", "finished",
    ),
    "a gain of at least nothing": (
        "at_least = 0.1", "at_least = 0", f"{FIRST}, success", "menu_success_bound", "hoogstens 5",
    ),
    "a mark above the highest": (
        '"gain_at_least", at_least = 0.1', '"satisfaction_owner_at_least", at_least = 10.5',
        f"{FIRST}, success", "menu_success_bound", "10.5",
    ),
    "a range without its most": (
        "{ min = 5, max = 7.5 }", "{ min = 5 }", f"{FIRST}, hours_off_job.max",
        "menu_missing_key", "unknown",
    ),
    "a single number for a range": (
        "{ min = 1, max = 2 }", "2", f"{FIRST}, lead_weeks", "menu_not_a_range", "{ min = 1",
    ),
    "an unknown lead": (
        "{ min = 1, max = 2 }", '"unknown"', f"{FIRST}, lead_weeks", "menu_not_a_range", "unknown",
    ),
    "a misspelt unknown": (
        '"varies"', '"varis"', f"{FIRST}, duration_months", "menu_not_a_range_or_word", '"varies"',
    ),
    "a cost band of 5": (
        "min = 0, max = 1", "min = 0, max = 5", f"{FIRST}, cost_band.max", "menu_too_large", "4",
    ),
    "half a cost band": (
        "min = 0, max = 1", "min = 0.5, max = 1", f"{FIRST}, cost_band.min", "menu_not_whole",
        "0.5",
    ),
    "evidence of 6": ("evidence = 4", "evidence = 6", f"{FIRST}, evidence", "menu_too_large", "5"),
    "evidence below 0": (
        "evidence = 4", "evidence = -1", f"{FIRST}, evidence", "menu_too_small", "0",
    ),
    "evidence in quotes": (
        "evidence = 4", 'evidence = "4"', f"{FIRST}, evidence", "menu_not_whole", "4",
    ),
    "an evidence direction in words": (
        '"+"', '"plus"', f"{FIRST}, evidence_direction", "menu_unknown_value", "?",
    ),
    "a capacity of -3": (
        "capacity = -1", "capacity = -3", f"{FIRST}, capacity", "menu_too_small", "-2",
    ),
    "a capacity of 3 later": (
        'capacity_later = "unknown"', "capacity_later = 3", f"{FIRST}, capacity_later",
        "menu_too_large", "2",
    ),
    "nobody employed": (
        "min_employees = 3", "min_employees = 0", f"{FIRST}, min_employees", "menu_too_small", "1",
    ),
    "a smallest size that no condition guards": (
        "min_employees = 3", "min_employees = 4", f"{FIRST}, min_employees", "menu_unguarded_size",
        "employees >= 4",
    ),
    "yes in quotes": (
        "grant_window = false", 'grant_window = "ja"', f"{FIRST}, grant_window",
        "menu_not_a_boolean", "true",
    ),
    "a card that goes with nothing known": (
        "goes_with = []", 'goes_with = ["maatjes"]', f"{FIRST}, goes_with[1]", "menu_unknown_id",
        "'maatje'",
    ),
    "a card that goes with itself": (
        "goes_with = []", 'goes_with = ["terugblik"]', f"{FIRST}, goes_with[1]", "menu_itself",
        "zichzelf",
    ),
    "a card that excludes nothing known": (
        "excludes = []", 'excludes = ["bestaat-niet"]', f"{FIRST}, excludes[1]", "menu_unknown_id",
        "bestaat-niet",
    ),
    "a card both with and without another": (
        "goes_with = []\nexcludes = []", 'goes_with = ["maatje"]\nexcludes = ["maatje"]',
        f"{FIRST}, excludes[1]", "menu_with_and_without", "maatje",
    ),
    "a source that is not listed": (
        '"S62, J"', '"S62, S99"', f"{FIRST}, marks.study", "menu_unknown_source", "S99",
    ),
    "a mark of nothing": (
        "marks.study", "marks.studdy", f"{FIRST}, marks.studdy", "menu_unknown_key", "study",
    ),
    "a default mark of nothing": (
        'needs = "J"', 'neds = "J"', "marks.neds", "menu_unknown_key", "needs",
    ),
    "a default mark from nowhere": (
        'needs = "J"', 'needs = "S1"', "marks.needs", "menu_unknown_source", "S1",
    ),
    "a condition on an unknown field": (
        '"employees"', '"employes"', f"{CONDITION}, field", "menu_unknown_field", "employees",
    ),
    "a condition on the letter of a sector": (
        '"employees"', '"sector"', f"{CONDITION}, field", "menu_unknown_field", "sector_group",
    ),
    "an operator that does not exist": (
        '">="', '"=>"', f"{CONDITION}, operator", "menu_unknown_value", ">=",
    ),
    "at least a province": (
        '"employees"', '"province"', f"{CONDITION}, operator", "menu_operator", "not in",
    ),
    "a condition on a size in words": (
        "value = 3", 'value = "drie"', f"{CONDITION}, value", "not_whole", "drie",
    ),
    "a condition on a size of two thousand digits": (
        "value = 3", f"value = 0x{'f' * 1_900}", f"{CONDITION}, value", "menu_invalid", "0xfff",
    ),
    "a condition on a table": (
        "value = 3", f"value = {{ a{'.a' * 950} = 1 }}", f"{CONDITION}, value", "menu_invalid",
        "{ ... }",
    ),
    "a key hundreds of tables deep": (
        "evidence = 4", f"evidence{'.a' * 950} = 4", f"{FIRST}, evidence", "menu_not_whole",
        "{ ... }",
    ),
    "a condition on a size no company has": (
        "value = 3", "value = 0", f"{CONDITION}, value", "too_small", "1",
    ),
    "an answer no profile has": (
        'field = "employees"\noperator = ">="\nvalue = 3',
        'field = "shift_work"\noperator = "=="\nvalue = "soms"',
        f"{CONDITION}, value", "unknown_value", "deels",
    ),
    "a yes in quotes for a yes": (
        'field = "employees"\noperator = ">="\nvalue = 3',
        'field = "running_slim"\noperator = "=="\nvalue = "nee"',
        f"{CONDITION}, value", "not_a_boolean", "true",
    ),
    "a sector group that does not exist": (
        'field = "employees"\noperator = ">="\nvalue = 3',
        'field = "sector_group"\noperator = "=="\nvalue = "bakkers"',
        f"{CONDITION}, value", "unknown_value", "horeca",
    ),
    "one value for a list": (
        'field = "employees"\noperator = ">="\nvalue = 3',
        'field = "province"\noperator = "in"\nvalue = "drenthe"',
        f"{CONDITION}, value", "menu_value_list", "[",
    ),
    "a list for one value": (
        "value = 3", "value = [3]", f"{CONDITION}, value", "menu_value_single", "lijst",
    ),
    "a list of no values": (
        'field = "employees"\noperator = ">="\nvalue = 3',
        'field = "province"\noperator = "in"\nvalue = []',
        f"{CONDITION}, value", "menu_value_count", "minstens 1",
    ),
    "a second value that no profile has": (
        'field = "employees"\noperator = ">="\nvalue = 3',
        'field = "needs"\noperator = "in"\nvalue = ["taal", "talen"]',
        f"{CONDITION}, value[2]", "unknown_value", "talen",
    ),
    "an effect that does not exist": (
        '"exclude"', '"forbid"', f"{CONDITION}, effect", "menu_unknown_value", "warn",
    ),
    "a condition without its sentence": (
        'text = { nl = "Te klein.", en = "Too small." }\n', "", f"{CONDITION}, text",
        "menu_missing_key", "text",
    ),
    "a status that does not exist": (
        'status = "concept"\n\n', 'status = "klaar"\n\n', "status", "menu_unknown_value",
        "vastgesteld",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "where", "code", "words"), FAULTS.values(), ids=FAULTS)
def test_a_fault_names_its_place_its_value_and_the_way_out(old, new, where, code, words):
    faults = {(fault.where, fault.code): fault for fault in refusal_of(edited(old, new)).faults}
    assert (f"menu.toml, {where}", code) in faults
    fault = faults[f"menu.toml, {where}", code]
    assert words in fault.text("nl")
    assert fault.text("en") != fault.text("nl")


FOLLOWS = {
    "menu_missing_key",  # of a key that is misspelt
    "menu_unguarded_size",  # of a size whose condition is broken
    "menu_unknown_id",  # of a card that is renamed
}


@pytest.mark.parametrize(("old", "new", "where", "code", "words"), FAULTS.values(), ids=FAULTS)
def test_one_slip_is_told_once(old, new, where, code, words):
    told = [fault.code for fault in refusal_of(edited(old, new)).faults]
    assert told.count(code) == 1
    assert set(told) - {code} <= FOLLOWS


def test_all_faults_are_told_at_once_in_the_order_of_the_file():
    text = edited("evidence = 4", "evidence = 9").replace('version = "2026.1"', "version = 2026")
    text = text.replace('goes_with = ["terugblik"]', 'goes_with = ["terugblk"]')
    assert [fault.where for fault in refusal_of(text).faults] == [
        "menu.toml, version",
        f"menu.toml, {FIRST}, evidence",
        f"menu.toml, {SECOND}, goes_with[1]",
    ]


def test_a_thousand_slips_are_counted_and_the_first_are_told():
    slips = "".join(f'needs{number} = "J"\n' for number in range(1_200))
    refusal = refusal_of(edited('needs = "J"\n', slips))
    assert len(refusal.faults) == 1_000
    assert refusal.total == 1_200


def line_of(words: str) -> int:
    """Return the number of the first line of the small menu with these words."""
    return 1 + next(i for i, line in enumerate(SMALL.splitlines()) if words in line)


BROKEN: dict[str, tuple[str, int, str, str]] = {
    "a quote that never closes": (
        SMALL.replace('"2026.1"', '"2026.1'), 1, "menu_syntax", 'version = "2026.1',
    ),
    "no equals sign": (
        SMALL.replace("evidence = 4", "evidence 4", 1), line_of("evidence = 4"), "menu_syntax",
        "evidence 4",
    ),
    "a key twice": (
        SMALL.replace("evidence = 4", "evidence = 4\nevidence = 5", 1),
        line_of("evidence = 4") + 1, "menu_double_key", "evidence = 5",
    ),
    "a table twice": (
        SMALL + "[source]\n", len(SMALL.splitlines()) + 1, "menu_double_key", "[source]",
    ),
    "brackets without end": ("a = " + "[" * 1_900, 1, "menu_syntax", "[[["),
    "a line of a megabyte": ("a" + ".a" * 400_000 + " = 1", 1, "menu_long_line", "2000"),
    "a web page": ("<!doctype html>\n<html>", 1, "menu_syntax", "<!doctype"),
    "a text that stops halfway": (
        SMALL + '"""\n', len(SMALL.splitlines()) + 1, "menu_syntax", '"""',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "code", "words"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_toml_names_its_line(text, line, code, words):
    (fault,) = refusal_of(text).faults
    assert (fault.where, fault.code) == (f"menu.toml, line {line}", code)
    assert words in fault.text("nl")


def test_an_empty_file_misses_everything_and_has_no_cards():
    told = {(fault.where, fault.code) for fault in refusal_of("").faults}
    assert ("menu.toml, version", "menu_missing_key") in told
    assert ("menu.toml, intervention", "menu_missing_key") in told


def test_a_menu_of_thousands_of_cards_is_refused():
    refusal = refusal_of('version = "1"\n' + "[[intervention]]\n" * 50_000)
    assert "menu_long_list" in {fault.code for fault in refusal.faults}
    assert refusal.total < 10_000


def test_a_menu_without_cards_is_refused():
    head = SMALL.split("[[intervention]]")[0]
    (fault,) = refusal_of("intervention = []\n" + head).faults
    assert fault.code == "menu_no_cards"


def test_a_card_that_is_no_table_is_refused():
    head = SMALL.split("[[intervention]]")[0]
    (fault,) = refusal_of('intervention = ["leercoach"]\n' + head).faults
    assert (fault.where, fault.code) == ("menu.toml, [[intervention]] 1", "menu_not_a_table")


def test_a_file_of_another_kind_is_refused_by_its_name_only(tmp_path):
    large, image = tmp_path / "large.toml", tmp_path / "image.toml"
    large.write_bytes(b"#" * 1_000_001)
    image.write_bytes(b'version = "1"\nname = "\xff\xd8\xff"\n')
    for path, where, code in (
        (tmp_path / "absent.toml", "absent.toml", "menu_no_file"),
        (tmp_path, tmp_path.name, "menu_no_file"),
        (large, "large.toml", "menu_too_long"),
        (image, "image.toml, line 2", "menu_not_utf8"),
    ):
        with pytest.raises(InvalidMenu) as refusal:
            read_menu(path)
        (fault,) = refusal.value.faults
        assert (fault.where, fault.code) == (where, code)
        assert str(tmp_path.parent) not in str(refusal.value)
        assert fault.text("nl") and fault.text("en")
    with pytest.raises(InvalidMenu):
        parse_menu("#" * 1_000_001, "menu.toml")


def test_a_good_card_keeps_every_value():
    menu = parse_menu(SMALL, "menu.toml")
    assert (menu.version, menu.status, menu.ids) == ("2026.1", "concept", ("terugblik", "maatje"))
    card = menu.by_id["terugblik"]
    assert card.name == Text(nl="Naam", en="Name")
    assert card.lead_weeks == Weeks(min=1, max=2)
    assert card.hours_off_job == Hours(min=5, max=7.5)
    assert (card.duration_months, card.hours_key_person, card.capacity_later) == (None, None, None)
    assert card.unknown == {"capacity_later"}
    assert card.marks == {"needs": "J", "study": "S62, J"}
    assert card.conditions == (
        Condition(
            id="min_employees",
            field="employees",
            operator=">=",
            value=3,
            effect="exclude",
            text=Text(nl="Te klein.", en="Too small."),
        ),
    )
    assert menu.by_id["maatje"].goes_with == ("terugblik",)


def test_an_unknown_amount_is_none_and_said_to_be_unknown():
    text = edited("{ min = 5, max = 7.5 }", '{ min = 5, max = "unknown" }')
    text = text.replace('hours_key_person = "none"', 'hours_key_person = "unknown"', 1)
    card = parse_menu(text, "menu.toml").by_id["terugblik"]
    assert card.hours_off_job == Hours(min=5, max=None)
    assert card.hours_key_person is None
    assert card.unknown == {"hours_off_job.max", "hours_key_person", "capacity_later"}


def test_a_text_may_be_wrapped_over_lines():
    text = edited('"Kort."', '"""\nEen zin.\n  Nog een zin."""')
    assert parse_menu(text, "menu.toml").by_id["terugblik"].summary.nl == "Een zin. Nog een zin."


@pytest.mark.parametrize(
    "text", ["\ufeff" + SMALL, SMALL.replace("\n", "\r\n")], ids=["BOM", "CRLF"]
)
def test_a_file_saved_on_windows_reads_the_same(tmp_path, text):
    path = tmp_path / "menu.toml"
    path.write_bytes(text.encode())
    assert read_menu(path).interventions == parse_menu(SMALL, "menu.toml").interventions


def test_the_menu_carries_its_own_file_unchanged():
    text = MENU.read_text(encoding="utf-8")
    menu = parse_menu(text, "menu.toml")
    assert menu.source_text == text
    assert parse_menu(menu.source_text, "menu.toml") == menu


def test_an_enabler_gets_no_place_of_its_own():
    menu = parse_menu(edited("enabler = false", "enabler = true"), "menu.toml")
    assert [card.id for card in menu.rankable] == ["maatje"]
    assert len(menu) == 2


COMPANY = {
    "employees": 10,
    "sector": "F",
    "sbi_version": "2008",
    "needs": ["taal", "digitaal"],
    "staffing_pressure": "krap",
    "shift_work": "deels",
    "transitions": [],
}


def company(**answers: object) -> Profile:
    return read_profile(COMPANY | answers)


def rule(field: str, operator: Operator, value: object) -> Condition:
    text = Text(nl="nee", en="no")
    return Condition(
        id="rule", field=field, operator=operator, value=value, effect="exclude", text=text
    )


RULES: dict[str, tuple[str, Operator, object, bool | None]] = {
    "at least, just": ("employees", ">=", 10, True),
    "at least, not quite": ("employees", ">=", 11, False),
    "at most, just": ("employees", "<=", 10, True),
    "at most, over": ("employees", "<=", 9, False),
    "equal": ("shift_work", "==", "deels", True),
    "not equal": ("shift_work", "!=", "deels", False),
    "in": ("staffing_pressure", "in", ("krap", "zeer_krap"), True),
    "not in": ("staffing_pressure", "not in", ("krap", "zeer_krap"), False),
    "a group of sectors": ("sector_group", "==", "bouw", True),
    "one of the needs is in": ("needs", "in", ("klant", "digitaal"), True),
    "none of the needs is in": ("needs", "in", ("klant",), False),
    "none of the needs may be in": ("needs", "not in", ("klant",), True),
    "no transitions, known": ("transitions", "in", ("zorg",), False),
    "an unknown answer": ("recognised_training_company", "==", True, None),
    "an unknown number": ("owner_support", ">=", 3, None),
}


@pytest.mark.parametrize(("field", "operator", "value", "holds"), RULES.values(), ids=RULES)
def test_a_condition_holds_fails_or_does_not_know(field, operator, value, holds):
    assert rule(field, operator, value).holds(company()) is holds


def test_an_answer_of_no_fails_where_unknown_does_not():
    recognised = rule("recognised_training_company", "==", True)
    assert recognised.holds(company(recognised_training_company=False)) is False
    assert recognised.holds(company(recognised_training_company=True)) is True


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_edit_ends_in_anything_but_a_menu_or_its_faults(data):
    """Cut a piece out of the file and put in another: a menu, or faults with both sentences."""
    start = data.draw(st.integers(0, len(SMALL)))
    stop = data.draw(st.integers(start, min(len(SMALL), start + 60)))
    piece = data.draw(
        st.sampled_from(
            ["", "[", "]]", '"', "=", "\n", "true", "-1", "1e400", "nan", "id", "{", "[x]\n"]
        )
        | st.text(max_size=12)
    )
    try:
        assert isinstance(parse_menu(SMALL[:start] + piece + SMALL[stop:], "menu.toml"), Menu)
    except InvalidMenu as refusal:
        assert refusal.faults
        for fault in refusal.faults:
            assert fault.where.startswith("menu.toml")
            assert fault.text("nl") and fault.text("en")


def test_every_fault_has_a_sentence_in_both_languages():
    dutch, english = ({k for k in catalogue(lang) if ".menu_" in k} for lang in ("nl", "en"))
    assert dutch == english
