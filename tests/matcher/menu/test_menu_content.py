"""What stands on the menu card: the facts as the field's table has them, in plain words."""

import re
from datetime import date
from pathlib import Path

import pytest

from matcher.menu.card import Intervention, Menu, Text, as_one_text, read_menu
from matcher.menu.facts import state
from matcher.profile.schema import read_profile
from matcher.vocabulary import LANGUAGES, NEEDS

MENU: Menu = read_menu(Path(__file__).parents[3] / "training_data" / "menu.toml")


def each_card(test):
    """Return one test that asks a test of every card, and tells of all cards that fail it."""

    def ask():
        wrong = {}
        for card in MENU.interventions:
            try:
                test(card)
            except AssertionError as error:
                wrong[card.id] = str(error)
        assert wrong == {}

    ask.__name__, ask.__doc__ = test.__name__, test.__doc__
    return ask


def said(card: Intervention, name: str) -> Text:
    """Return what a card says, with its facts."""
    text = as_one_text(card, name) if name in ("money", "study", "roles", "legal_warning") else None
    return text or getattr(card, name)


# Typed over from the field's table of planning values, not from the menu: lead in weeks, duration
# in months, hours per participant, hours of the key person, cost band, smallest company, capacity
# now, direction and evidence. None is unknown, "-" is no such person or no fixed end. Where the
# table gives two capacities the less favourable counts; "0/-" is -1, "0/+" is 0.
PLANNING = """
leercoach            4-8    6-12     10-20   ?      2-3  5   -1  outside_in  3
leerambassadeur      4-10   12-12    2-4     20-50  1-2  25  -1  both        1
leermeester          4-8    3-6      16-32   -      2-2  5   0   inside_out  2
mentor-buddy         1-2    3-6      0-0     10-25  0-1  3   0   inside_out  2
collegiale-uitleen   4-12   -        0-0     ?      0-2  2   2   both        0
taakroulatie         2-4    3-6      8-24    ?      0-1  8   -1  inside_out  3
werkplek-evaluatie   1-2    -        5-15    -      0-0  3   0   inside_out  4
intervisie           2-6    6-9      10-18   -      0-2  5   -1  both        1
ontwikkelgesprek     2-4    12-12    2-4     ?      0-1  3   0   inside_out  3
leidinggevende-coach 4-8    3-6      24-48   -      2-3  8   -1  outside_in  4
job-crafting         3-6    0.9-2.3  6-12    -      1-2  5   0   outside_in  3
microlearning        2-6    3-12     9-35    ?      1-2  3   0   outside_in  2
online-blended       1-4    1-3      8-40    -      1-2  1   -1  outside_in  3
korte-vakcursus      2-8    0.05-0.23 8-40   -      1-3  1   -1  outside_in  4
serious-game         3-8    0.05-1.4 4-8     -      1-3  6   0   outside_in  3
praktijkverklaring   4-12   3-9      0-20    20-60  0-2  1   0   outside_in  1
mbo-certificaat      6-16   3-12     60-240  ?      2-2  1   -1  outside_in  0
bbl                  8-26   12-48    300-1280  ?      1-3  1   -2  outside_in  2
evc                  2-6    2.3-3    15-40   -      2-2  1   0   outside_in  0
bedrijfsschool       12-40  12-?     20-60   ?      3-4  10  -1  both        0
hybride-docent       8-26   6-6      80-160  -      0-1  15  -2  inside_out  1
leergemeenschap      4-12   9-12     0-0     12-30  0-1  1   -1  both        3
slim-doorlichting    4-48   2-6      2-4     ?      2-3  5   0   outside_in  1
taal-werkvloer       4-12   4-9      30-80   -      2-2  6   -1  outside_in  2
skillspaspoort       2-6    2-3      2-6     ?      0-1  8   0   inside_out  1
loopbaancheck        1-4    1-2      4-8     -      0-2  1   0   outside_in  3
"""

# Typed over likewise: needs by their number in the field's table, and the dimensions touched.
FIT = """
leercoach            1 2 6 7 10   CL ID SL
leerambassadeur      9 10 11 1    CL EM
leermeester          2 3 1        TL CL
mentor-buddy         2 3 10       ID CL
collegiale-uitleen   4            SC
taakroulatie         4 3 2        CL TL
werkplek-evaluatie   7 1 3        ID TL ES
intervisie           7 6 10       ID TL
ontwikkelgesprek     10 14 7      EM ID
leidinggevende-coach 6 7 10       SL EM ID
job-crafting         10 4         EM
microlearning        1 5 12 2     CL ES
online-blended       5 1 12       CL
korte-vakcursus      1 12 13 8    CL
serious-game         7 12 8       TL
praktijkverklaring   11 2 4       CL
mbo-certificaat      11 1 13      CL
bbl                  2 1 11 13    CL SC
evc                  11 10        EM
bedrijfsschool       1 2 3 13     CL ES
hybride-docent       3 10         SC
leergemeenschap      13 14 6      SC SL
slim-doorlichting    14           SL ES
taal-werkvloer       9 12         CL ID
skillspaspoort       14 4 10      ES EM
loopbaancheck        10 11        EM
"""


def span(text: str) -> tuple[float, float | None] | None:
    """Return the smallest and largest of ``4-8``, ``200-?``, or None for ``?`` and ``-``."""
    if text in ("?", "-"):
        return None
    least, most = text.split("-")
    return float(least), None if most == "?" else float(most)


def pair(amounts: object) -> tuple[float, float | None] | None:
    return None if amounts is None else (amounts.min, amounts.max)  # type: ignore[attr-defined]


ROWS = [row.split() for row in PLANNING.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_card_has_the_planning_values_of_the_field(row):
    name, lead, duration, hours, key, cost, least, capacity, direction, evidence = row
    card = MENU.by_id[name]
    assert pair(card.lead_weeks) == span(lead)
    assert pair(card.duration_months) == span(duration)
    assert pair(card.hours_off_job) == span(hours)
    assert pair(card.hours_key_person) == span(key)
    assert ("hours_key_person" in card.unknown) == (key == "?")
    assert ("duration_months" in card.unknown) is False
    assert pair(card.cost_band) == span(cost)
    assert (card.min_employees, card.capacity) == (int(least), int(capacity))
    assert (card.direction, card.evidence) == (direction, int(evidence))


def test_the_card_has_its_26_interventions_in_the_order_of_the_field():
    assert MENU.ids == tuple(row[0] for row in ROWS)
    assert len(MENU) == 26
    assert MENU.status == "concept"
    assert {card.status for card in MENU} == {"concept"}


@pytest.mark.parametrize("row", FIT.strip().splitlines(), ids=MENU.ids)
def test_a_card_fits_the_needs_of_the_field(row):
    name, *words = row.split()
    card = MENU.by_id[name]
    assert card.needs == tuple(NEEDS[int(word) - 1] for word in words if word.isdigit())
    assert card.dimensions == tuple(word for word in words if not word.isdigit())


WEEKS_IN_A_MONTH = 52 / 12


def test_two_lessons_of_twenty_minutes_a_week_are_the_hours_of_microlearning():
    card = MENU.by_id["microlearning"]
    assert card.hours_off_job is not None and card.duration_months is not None
    assert card.duration_months.max is not None and card.hours_off_job.max is not None
    weekly = 40 / 60
    least = card.duration_months.min * WEEKS_IN_A_MONTH * weekly
    most = card.duration_months.max * WEEKS_IN_A_MONTH * weekly
    assert card.hours_off_job.min == round(least)
    assert card.hours_off_job.max == round(most)


def test_one_school_day_a_week_is_the_hours_of_an_apprenticeship():
    """Three hundred to 320 hours a year, where the grant's norm of 200 is no measure of them."""
    card = MENU.by_id["bbl"]
    assert card.hours_off_job is not None and card.duration_months is not None
    assert card.duration_months.max is not None
    assert card.hours_off_job.min == 300 * card.duration_months.min / 12
    assert card.hours_off_job.max == 320 * card.duration_months.max / 12


def test_every_need_finds_a_card():
    assert {need for card in MENU.rankable for need in card.needs} == set(NEEDS)


def test_task_rotation_and_an_apprentice_relieve_only_later():
    later = {card.id: card.capacity_later for card in MENU if card.capacity_later is not None}
    assert later == {"taakroulatie": 1, "bbl": 2}
    assert all(("capacity_later" in card.unknown) == (card.capacity_later is None) for card in MENU)


def test_own_people_coach_where_the_card_rests_on_them():
    internal = {card.id: card.internal_coach for card in MENU if card.internal_coach is not None}
    assert internal == {
        "leercoach": False,
        "leerambassadeur": True,
        "leermeester": True,
        "mentor-buddy": True,
    }


def test_only_the_company_scan_waits_for_a_grant_window():
    assert [card.id for card in MENU if card.grant_window] == ["slim-doorlichting"]


def test_only_staff_lending_carries_other_cards():
    assert [card.id for card in MENU if card.enabler] == ["collegiale-uitleen"]
    assert len(MENU.rankable) == 25


def test_lending_people_carries_the_warning_of_the_law_and_no_other_card_does():
    assert [card.id for card in MENU if as_one_text(card, "legal_warning")] == [
        "collegiale-uitleen"
    ]
    warning = said(MENU.by_id["collegiale-uitleen"], "legal_warning")
    assert warning.nl.endswith("Laat dit eerst nakijken.")
    assert "1 januari 2027" in warning.nl
    assert "1 January 2027" in warning.en


# Who acts on these gets a fine, a void clause or no grant when they are wrong. Checked on
# 29 November 2026: what each has to say, and what it said before and may not say again.
HARMFUL = {
    "who lends for pay reports before the law applies": (
        ("collegiale-uitleen", "legal_warning"),
        (r"vóór 1 januari 2027 bij de Nederlandse Autoriteit Uitleenmarkt", r"toelatinguitleen"),
        (r"niet zeker of collegiaal uitlenen vrij",),
    ),
    "both sides can be fined from 2028, help without profit apart": (
        ("collegiale-uitleen", "legal_warning"),
        (
            r"1 januari 2028 .*vergunning of een ontheffing",
            r"zonder winst",
            r"vaak uit, of verdient",
        ),
        (),
    ),
    "a colleague who is lent agrees on paper": (
        ("collegiale-uitleen", "roles"),
        (r"collega moet het ermee eens zijn", r"loon betalen, ook bij ziekte", r"veilig werk"),
        (),
    ),
    "a needed course is paid and a clause on paying back void": (
        ("korte-vakcursus", "roles"),
        (r"nodig voor het werk", r"werktijd", r"terug te betalen geldt dan niet"),
        (),
    ),
    "the third pathway helps people with a job": (
        ("praktijkverklaring", "money"),
        (r"ook voor mensen met een betaalde baan", r"binnen een jaar", r"vraagt u na bij RVO"),
        (r"Voor andere mensen is een regeling nog niet bekend",),
    ),
    "a listed course is finished by the end of 2027": (
        ("mbo-certificaat", "money"),
        (r"uiterlijk 31 december 2027 klaar", r"binnen 13 weken"),
        (r"loopt tot in 2027",),
    ),
    "one company can have its own school paid": (
        ("bedrijfsschool", "money"),
        (r"Ook één bedrijf", r"24\.999", r"Lesgeven zelf betaalt SLIM niet"),
        (),
    ),
    "a single career check gets no grant": (
        ("loopbaancheck", "money"),
        (r"alleen bij een groep", r"minstens 5\.000 euro"),
        (r"betaalt soms mee aan een adviseur",),
    ),
    "a scan with a grant waits much longer": (
        ("slim-doorlichting", "time_note"),
        (r"[Zz]onder subsidie .*4 tot 20 weken", r"20 tot 48 weken"),
        (),
    ),
    "the grant for language lessons is gone": (
        ("taal-werkvloer", "money"),
        (r"na 2024 gestopt", r"geen nieuwe landelijke subsidie", r"gemeente of het Taalhuis"),
        (r"67 procent",),
    ),
    "a hybrid teacher may teach six hours unqualified": (
        ("hybride-docent", "roles"),
        (r"zes uur per week .*onder een bevoegde docent", r"binnen twee jaar", r"VOG"),
        (),
    ),
}


@pytest.mark.parametrize(("place", "says", "never"), HARMFUL.values(), ids=HARMFUL.keys())
def test_what_costs_money_or_a_fine_is_said_as_checked(place, says, never):
    card, field = place
    text = said(MENU.by_id[card], field).nl
    for pattern in says:
        assert re.search(pattern, text), pattern
    for pattern in never:
        assert not re.search(pattern, text), pattern


COURSES = {
    "korte-vakcursus",
    "online-blended",
    "microlearning",
    "mbo-certificaat",
    "taal-werkvloer",
}


def test_every_course_says_who_pays_what_is_needed_for_the_job():
    told = {card.id for card in MENU if "nodig voor het werk" in said(card, "roles").nl}
    assert told == COURSES
    assert told == {card.id for card in MENU if "is then void" in said(card, "roles").en}


def test_no_card_promises_a_slim_grant_for_the_course_itself():
    """SLIM pays for setting up a way of learning; carrying out training is not paid."""
    for card in MENU:
        if "betaalt soms mee aan" in said(card, "money").nl:
            assert "het opzetten van" in said(card, "money").nl, card.id
            assert "Een training of cursus zelf betaalt zij niet" in said(card, "money").nl, card.id


def test_recognition_is_asked_for_the_occupation_it_is_given_for():
    for name in ("bbl", "praktijkverklaring", "mbo-certificaat"):
        (rule,) = [
            c for c in MENU.by_id[name].conditions if c.field == "recognised_training_company"
        ]
        assert rule.unknown is not None
        assert "voor dit beroep?" in rule.unknown.nl
        assert "for this occupation?" in rule.unknown.en
        assert "voor dit beroep" in rule.text.nl
        assert "for this occupation" in rule.text.en


def test_a_works_council_is_named_where_rules_for_staff_are_made():
    named = {card.id for card in MENU if "ondernemingsraad" in said(card, "roles").nl}
    assert named == {"ontwikkelgesprek", "skillspaspoort", "bedrijfsschool", "microlearning"}


def test_a_smallest_size_is_told_as_a_judgement():
    """No source names a smallest company for these: the text says "usually", never a rule."""
    for card in MENU:
        for rule in card.conditions:
            if re.search(r"pass?(?:t|en) .*bij bedrijven vanaf", rule.text.nl):
                assert "meestal" in rule.text.nl, card.id
                assert "usually" in rule.text.en, card.id


def test_no_card_claims_trials_in_small_companies():
    assert max(card.evidence for card in MENU) == 4


def test_the_direction_of_the_evidence_is_no_more_than_the_evidence():
    """Without a measured effect the direction is not known; language lessons found none."""
    for card in MENU:
        if card.evidence <= 1:
            assert card.evidence_direction == "?", card.id
    assert [card.id for card in MENU if card.evidence_direction == "0"] == ["taal-werkvloer"]


def test_a_calculation_is_weaker_than_a_review_or_a_trial():
    """The study of apprenticeships is a model of costs and benefits for the country."""
    assert MENU.by_id["bbl"].evidence == 2


def test_a_training_whose_trials_found_nothing_is_not_called_favourable():
    """281 people by lot: no effect of job crafting training overall; 80 people: no difference."""
    card = MENU.by_id["job-crafting"]
    assert (card.evidence, card.evidence_direction) == (3, "?")
    assert "281 mensen" in said(card, "study").nl and "geen effect" in said(card, "study").nl


def test_a_card_without_a_study_says_so():
    none = [card for card in MENU if card.evidence == 0]
    assert [card.id for card in none] == [
        "collegiale-uitleen",
        "mbo-certificaat",
        "evc",
        "bedrijfsschool",
    ]
    for card in none:
        assert said(card, "study").nl.startswith("Er is geen onderzoek naar het effect")
        assert said(card, "study").en.startswith("No outcome study")


@each_card
def test_a_card_with_a_study_names_its_source(card):
    if card.evidence:
        cited = {mark.strip() for mark in card.marks["study"].split(",")}
        assert cited & set(MENU.sources)


TYPED = ("lead_weeks", "duration_months", "hours_off_job", "cost_band", "min_employees", "capacity")


@each_card
def test_every_planning_value_says_where_it_comes_from(card):
    for name in (*TYPED, "needs", "dimensions", "evidence", "study", "money", "providers"):
        assert card.marks[name], name


def test_every_listed_source_is_used():
    used = {m.strip() for card in MENU for marks in card.marks.values() for m in marks.split(",")}
    assert used - {"GK", "J"} == set(MENU.sources)


def test_cards_go_with_others_that_take_a_place_of_their_own():
    for card in MENU:
        for other in card.goes_with:
            assert not MENU.by_id[other].enabler


# Conditions

COMPANY = {
    "employees": 100,
    "sector": "F",
    "sbi_version": "2008",
    "needs": ["vakkennis"],
    "staffing_pressure": "krap",
    "recognised_training_company": True,
    "shift_work": "nee",
    "location_work": "nee",
    "running_slim": False,
}
WARN_ONLY = {"taal-werkvloer", "intervisie"}


def failing(card: Intervention, effect: str, **answers: object) -> set[str]:
    profile = read_profile(
        {name: value for name, value in (COMPANY | answers).items() if value is not None}
    )
    return {c.id for c in card.conditions if c.effect == effect and c.holds(profile) is False}


@each_card
def test_a_company_of_the_smallest_size_may_and_one_smaller_may_not(card):
    assert failing(card, "exclude", employees=card.min_employees) == set()
    if card.min_employees > 1:
        too_small = failing(card, "exclude", employees=card.min_employees - 1)
        assert too_small == (set() if card.id in WARN_ONLY else {"min_employees"})


@pytest.mark.parametrize("name", sorted(WARN_ONLY))
def test_a_small_company_can_join_an_open_group(name):
    card = MENU.by_id[name]
    assert failing(card, "warn", employees=card.min_employees - 1) == {"open_group"}
    assert failing(card, "warn", employees=card.min_employees) == set()


@pytest.mark.parametrize(
    ("employees", "excluded", "warned"),
    [(9, True, True), (10, False, True), (39, False, True), (40, False, False)],
)
def test_a_company_school_is_shared_below_40_people(employees, excluded, warned):
    card = MENU.by_id["bedrijfsschool"]
    assert bool(failing(card, "exclude", employees=employees)) is excluded
    assert ("shared_only" in failing(card, "warn", employees=employees)) is warned


def test_two_cards_need_a_recognised_training_company_and_a_certificate_may():
    """Certificates of optional parts are also sold as loose courses, without work placement."""

    def asking(effect: str) -> set[str]:
        return {
            card.id
            for card in MENU
            if "recognised_training_company"
            in failing(card, effect, recognised_training_company=False)
        }

    assert asking("exclude") == {"bbl", "praktijkverklaring"}
    assert asking("warn") == {"mbo-certificaat"}


@pytest.mark.parametrize("name", ["bbl", "praktijkverklaring", "mbo-certificaat"])
def test_who_works_alone_can_be_recognised_and_is_told_to_ask(name):
    card = MENU.by_id[name]
    assert failing(card, "exclude", employees=1) == set()
    assert failing(card, "warn", employees=1) == {"works_alone"}
    assert failing(card, "warn", employees=2) == set()


@pytest.mark.parametrize("name", ["bbl", "praktijkverklaring", "mbo-certificaat"])
def test_not_knowing_whether_one_is_recognised_never_excludes_and_says_what_to_ask(name):
    card = MENU.by_id[name]
    assert failing(card, "exclude", recognised_training_company=None) == set()
    (rule,) = [c for c in card.conditions if c.id == "recognised_training_company"]
    assert rule.unknown is not None
    assert "erkend leerbedrijf" in rule.unknown.nl


def test_nothing_but_size_and_recognition_excludes():
    assert {c.id for card in MENU for c in card.conditions if c.effect == "exclude"} == {
        "min_employees",
        "recognised_training_company",
    }


def test_an_excluding_condition_that_can_be_unknown_says_what_to_ask():
    for card in MENU:
        for condition in card.conditions:
            if condition.effect == "exclude" and condition.field != "employees":
                assert condition.unknown is not None, (card.id, condition.id)


def test_an_unfinished_slim_project_warns_for_a_new_one():
    card = MENU.by_id["slim-doorlichting"]
    assert failing(card, "warn", running_slim=True) == {"running_slim"}
    assert failing(card, "warn", running_slim=None) == set()
    assert failing(card, "warn", employees=250) == {"sme_only"}


def test_shifts_warn_where_a_group_leaves_the_job():
    warned = {card.id for card in MENU if "shift_work" in failing(card, "warn", shift_work="ja")}
    off_the_job = {
        card.id
        for card in MENU.rankable
        if "group" in card.delivery
        and card.place == "off_the_job"
        and "company" not in card.level  # the owner alone goes
    }
    assert off_the_job <= warned
    assert warned.isdisjoint({"microlearning", "mentor-buddy", "werkplek-evaluatie"})


def test_a_well_known_company_meets_every_condition():
    profile = read_profile(COMPANY)
    for card in MENU:
        assert all(condition.holds(profile) is True for condition in card.conditions), card.id


# Facts


def test_every_fact_stands_on_a_card_and_was_checked():
    for fact in MENU.facts:
        assert MENU.cards_of(fact), fact.id
        assert fact.checked == date(2026, 11, 29), fact.id


def test_slim_stands_once_and_on_eleven_cards_that_set_up_a_way_of_learning():
    """The ten that set up a way of learning, and the one that has lessons made."""
    told = [
        card.id
        for card in MENU
        for fact in card.told
        if fact.id in ("slim-opzetten", "slim-lessen")
    ]
    assert len(told) == len(set(told)) == 11


def test_what_nobody_looked_up_is_of_low_certainty():
    for fact in MENU.facts:
        if not fact.source.address:
            assert fact.certainty == "low", fact.id
    assert MENU.fact("wtta-collegiaal").certainty == "low"


def test_money_and_law_that_change_say_with_whom_to_check():
    for fact in MENU.facts:
        if fact.kind in ("law", "money") and state(fact, date(2060, 1, 1)).age == "past":
            assert fact.ask is not None, fact.id


# Texts

FIELDS = ("name", "summary", "description", "first_step", "roles")


def texts(card: Intervention) -> dict[str, Text]:
    """Return every text of a card by its name."""
    found = {name: getattr(card, name) for name in (*FIELDS, "success_measure")}
    optional = {"money": card.money, "time_note": card.time_note}
    for fact in card.told:
        optional |= {fact.id: fact.text, f"{fact.id}, deadline": fact.deadline_text}
    found |= {name: text for name, text in optional.items() if text is not None}
    for condition in card.conditions:
        found[f"condition {condition.id}"] = condition.text
        if condition.unknown is not None:
            found[f"condition {condition.id}, unknown"] = condition.unknown
    return found


def sentences(text: str) -> list[str]:
    """Split where a full stop, question mark or exclamation mark ends a sentence."""
    return [part for part in re.split(r"(?<=[.?!])\s+", text) if part]


AVOID = {
    "nl": r"""
        scholing leercultuur intervent\w* inzetbaarheid competenti\w* faciliter\w* nulmeting\w*
        implementer\w* leven\slang afstand\stot evidence betreffende relevant\w* prioriteit\w*
        verstrek\w* creëer\w* traject\w* stakeholder\w* output medewerker\w* werknemer\w*
        optimalis\w* realiser\w* participat\w* borg\w* AI score\w* significant\w*
        jij jou jouw je dient middels teneinde conform bijgevolg indien echter
    """,
    "en": r"lifelong intervention\w* stakeholder\w* leverag\w* facilitat\w* implement\w* AI",
}


@each_card
def test_a_card_is_free_of_the_words_that_put_owners_off(card):
    for name, text in texts(card).items():
        for language in LANGUAGES:
            for word in AVOID[language].split():
                found = re.search(rf"\b{word}\b", text.of(language), re.IGNORECASE)
                assert found is None, f"{card.id}, {name}.{language}: {found[0]}"


@each_card
def test_dutch_sentences_are_short_enough_to_read_aloud(card):
    lengths = []
    for name, text in texts(card).items():
        for sentence in sentences(text.nl):
            count = len(sentence.split())
            assert count <= 20, f"{card.id}, {name}: {sentence}"
            lengths.append(count)
    assert sum(lengths) / len(lengths) <= 12


@each_card
def test_a_card_is_complete_in_both_languages(card):
    for name, text in texts(card).items():
        assert text.nl and text.en, name
        if name != "name":
            assert text.nl != text.en, name
            assert len(sentences(text.nl)) == len(sentences(text.en)), name
            assert text.nl[-1] in ".?" and text.en[-1] in ".?", name
            assert 0.6 < len(text.nl) / len(text.en) < 1.7, name


@each_card
def test_a_card_has_the_form_an_advisor_reads_aloud(card):
    assert len(sentences(card.summary.nl)) == 1
    assert 2 <= len(sentences(card.description.nl)) <= 4
    assert card.first_step.nl.startswith("Morgen beginnen: ")
    assert card.first_step.en.startswith("Start tomorrow: ")
    assert said(card, "roles").nl.startswith("U ")
    assert re.search(r"\d|minstens|alle", card.success_measure.nl)


def test_every_card_has_its_own_words():
    for name in ("summary", "description", "first_step", "roles", "success_measure"):
        assert len({getattr(card, name).nl for card in MENU}) == 26, name


MINUTES = re.compile(r"(?:(een half uur|half uur)|(\w+) minuten)")
NUMBERS = {"twee": 2, "vijf": 5, "tien": 10, "vijftien": 15, "twintig": 20, "dertig": 30}


@each_card
def test_a_first_step_takes_half_an_hour_at_most(card):
    assert (
        sum(
            NUMBERS.get(word, 30) if word else 30 for _, word in MINUTES.findall(card.first_step.nl)
        )
        <= 30
    )


CHECK = re.compile(r"[Cc]ontroleer dit eerst|[Cc]ontroleer eerst|[Vv]raag (dit |wel )?eerst na")
SCHEMES = re.compile(r"SLIM|O&O|subsidie|btw|Tel mee")


@each_card
def test_money_from_a_scheme_is_to_be_checked_first(card):
    needless = "Een subsidie hebt u er niet voor nodig" in said(card, "money").nl
    if SCHEMES.search(said(card, "money").nl) and not needless:
        assert CHECK.search(said(card, "money").nl)
        assert re.search(r"[Cc]heck this first|[Aa]sk .*first|[Ff]irst ask", said(card, "money").en)


def test_an_amount_of_money_never_stands_without_its_check():
    for card in MENU:
        if re.search(r"\d", said(card, "money").nl):
            assert "ontroleer dit eerst" in said(card, "money").nl, card.id


# Amounts and years in the texts, typed over from the field's table of schemes: any other figure of
# money is made up.
KNOWN = {
    "leercoach": {"2024", "1.800", "2027"},
    "leerambassadeur": {"2027"},
    "leermeester": {"5.000", "31", "2027"},
    "taakroulatie": {"2027"},
    "intervisie": {"2024", "1.800", "2027"},
    "ontwikkelgesprek": {"2027"},
    "leidinggevende-coach": {"2024", "1.800", "2027"},
    "job-crafting": {"2027"},
    "microlearning": {"2027"},
    "korte-vakcursus": {"800"},
    "serious-game": {"2027"},
    "praktijkverklaring": {"2025", "2.700", "40", "3", "28"},
    "mbo-certificaat": {"2025", "90", "3", "40", "4", "13", "31", "2027", "2.700", "28"},
    "bbl": {"2.700", "3", "2025", "2026", "2", "17"},
    "evc": {"1.000", "1.500", "2024"},
    "bedrijfsschool": {"24.999", "60", "210.000", "2027"},
    "slim-doorlichting": {"60", "25.000", "5.000", "3", "12", "2027"},
    "taal-werkvloer": {"2024"},
    "skillspaspoort": {"2027"},
    "loopbaancheck": {"500", "1.000", "5.000", "2027"},
}


@each_card
def test_no_amount_of_money_is_made_up(card):
    figures = set(re.findall(r"\d+(?:\.\d{3})*", said(card, "money").nl))
    assert figures == KNOWN.get(card.id, set())
    assert figures == {
        f.replace(",", ".") for f in re.findall(r"\d+(?:,\d{3})*", said(card, "money").en)
    }


def test_what_is_not_known_is_said():
    for name in ("mentor-buddy", "collegiale-uitleen", "hybride-docent", "slim-doorlichting"):
        assert "nog niet bekend" in said(MENU.by_id[name], "money").nl
