"""A number, a yes or no and a day as people type them: one meaning at every door of the core."""

import time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import Refused
from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.plan.files import read_companies, read_seats
from matcher.profile.files import read_profiles
from matcher.tables.cells import YES_NO as WORDS
from matcher.tables.cells import read_day, read_number, written, written_number
from matcher.tables.columns import read_column
from matcher.tables.kinds import Day, Number
from matcher.trials.reader import read_trials
from tests import typed
from tests.matcher.plan.test_plan import ONE, SEAT
from tests.matcher.profile.test_profile_files import CELLS
from tests.matcher.table_makers import TRIAL, write_csv

COUNT = Number(least=0, most=100_000, whole=True)
AMOUNT = Number(least=0, most=100_000_000)
SCORE = Number(least=1, most=6)


@pytest.fixture(scope="module")
def menu():
    return read_menu(MENU)


def through(path, base, name, cells, read, unlike):
    """Return what each text in a column means: a value, or what is wrong with it.

    ``read`` returns the values of a file by row; ``unlike`` makes rows differ where they have to.
    """
    rows = [base | unlike(at) | {name: text} for at, text in enumerate(cells)]
    try:
        return list(read(write_csv(path, rows)))
    except Refused as refusal:
        said = {}
        for fault in refusal.faults:
            assert fault.where.endswith(f"row {fault.params['row']}, {name}")
            assert fault.text("nl") != fault.text("en")
            said.setdefault(fault.params["row"] - 2, typed.meaning_of(fault.code))
    good = [text for at, text in enumerate(cells) if at not in said]
    values = iter(through(path, base, name, good, read, unlike))
    return [said[at] if at in said else next(values) for at in range(len(cells))]


def trials(path, menu, name, cells):
    # No score: nobody may have answered. No company is too small for its people.
    alone = {"culture_after": "", "culture_before": "", "participants": "", "employees": "100000"}
    return through(
        path,
        TRIAL | alone | {"respondents_before": "", name: ""},
        name,
        cells,
        lambda path: read_trials(path, menu).frame[name].tolist(),
        lambda at: {"company": f"c{at}"},
    )


def rank(path, _, name, cells):
    return through(
        path,
        CELLS,
        name,
        cells,
        lambda path: [getattr(profile, name) for _, profile in read_profiles(path)],
        lambda at: {"id": str(at)},
    )


def companies(path, menu, name, cells):
    def read(path):
        found = read_companies(path, menu)
        return [
            company.profile.employees if name == "employees" else getattr(company, name)
            for company in found
        ]

    return through(path, ONE, name, cells, read, lambda at: {"company": f"c{at}"})


def seats(path, menu, name, cells):
    cards = [card.id for card in menu.interventions if not card.enabler]

    def read(path):
        return [getattr(offer, name) for offer in read_seats(path, menu)]

    def unlike(at):
        return {"intervention": cards[at], "coach": f"k{at}"}

    base = SEAT | {"coach_seats": "3", "lead_weeks": ""}
    half = len(cells) // 2  # there are more texts than cards
    return [
        meaning
        for some in (cells[:half], cells[half:])
        for meaning in through(path, base, name, some, read, unlike)
    ]


DOORS = {
    "trials, employees": (trials, "employees", typed.COUNTS, 100_000),
    "trials, respondents": (trials, "respondents_before", typed.COUNTS, 100_000),
    "trials, hours": (trials, "hours_per_participant", typed.AMOUNTS, 10_000),
    "trials, cost": (trials, "cost_eur", typed.AMOUNTS, 100_000_000),
    "trials, baseline": (trials, "culture_baseline", typed.SCORES, 6),
    "rank, employees": (rank, "employees", typed.COUNTS, 100_000),
    "rank, baseline": (rank, "culture_baseline", typed.SCORES, 6),
    "plan, employees": (companies, "employees", typed.COUNTS, 100_000),
    "plan, hours": (companies, "max_hours_per_participant", typed.AMOUNTS, 10_000),
    "plan, weeks": (companies, "max_lead_weeks", typed.AMOUNTS, 520),
    "plan, seats": (seats, "seats", typed.COUNTS, 100_000),
    "plan, seats of a coach": (seats, "coach_seats", typed.COUNTS, 100_000),
    "plan, weeks to a seat": (seats, "lead_weeks", typed.AMOUNTS, 520),
}


@pytest.mark.parametrize(("door", "name", "table", "most"), DOORS.values(), ids=DOORS.keys())
def test_a_typed_number_means_the_same_at_every_door(tmp_path, menu, door, name, table, most):
    found = door(tmp_path / "t.csv", menu, name, [text for text, _ in table.values()])
    expected = [typed.within(meaning, most) for _, meaning in table.values()]
    assert dict(zip(table, found, strict=True)) == dict(zip(table, expected, strict=True))


def test_a_number_of_a_json_line_has_the_decimals_it_has(tmp_path, menu):
    path = tmp_path / "c.jsonl"
    path.write_text(
        '{"company": "a", "employees": 38, "sector": "F", "sbi_version": "2008", "needs": '
        '["inwerken"], "staffing_pressure": "krap", "max_hours_per_participant": 1.125, '
        '"exclude": []}'
    )
    [company] = read_companies(path, menu)
    assert (company.max_hours_per_participant, company.exclude) == (1.125, ())


@pytest.mark.parametrize(("text", "day"), typed.DAYS.values(), ids=typed.DAYS.keys())
def test_a_day_is_read_alike_alone_and_in_a_column(text, day):
    alone = read_day(text)
    column = read_column(pa.array([text]), Day())
    assert (None if isinstance(alone, str) else str(alone)) == day
    assert str(column.values[0]) == (day or "NaT")
    assert [rule.code for rule in column.broken] == ([alone] if day is None else [])


@pytest.mark.parametrize(("text", "first", "last"), typed.MONTHS.values(), ids=typed.MONTHS.keys())
def test_a_month_begins_a_trial_on_its_first_day_and_ends_it_on_its_last(text, first, last):
    assert read_day(text) == "table_not_a_date"
    for end, day in (("first", first), ("last", last)):
        assert str(read_column(pa.array([text]), Day(of_month=end)).values[0]) == day


@pytest.mark.parametrize(
    ("door", "name"),
    [
        *[(trials, name) for name in ("province", "cost_eur", "oo_fund", "transitions", "table")],
        *[(trials, name) for name in ("advisor_organisation", "start_date", "assigned_by")],
        *[(rank, name) for name in ("province", "oo_fund", "transitions", "culture_baseline")],
        *[(companies, name) for name in ("max_lead_weeks", "max_hours_per_participant")],
    ],
)
def test_what_programmes_write_for_unknown_is_unknown(tmp_path, menu, door, name):
    found = door(tmp_path / "t.csv", menu, name, list(typed.BLANKS))
    assert [None if value != value else value for value in found] == [None] * len(typed.BLANKS)


@pytest.mark.parametrize(
    ("door", "name"), [(trials, "oo_fund"), (trials, "would_continue"), (rank, "oo_fund")]
)
def test_yes_and_no_mean_the_same_at_every_door(tmp_path, menu, door, name):
    texts, meanings = zip(*typed.YES_NO.values(), strict=True)
    assert door(tmp_path / "t.csv", menu, name, list(texts)) == list(meanings)


CHARACTERS = st.text("0123456789.,' e+-\u00a0\u2009\u0661", max_size=12)


@given(CHARACTERS, st.sampled_from([COUNT, AMOUNT, SCORE]))
def test_a_number_is_read_alike_alone_and_in_a_column(text, kind):
    alone = read_number(text, kind.short)
    column = read_column(pa.array([text or "x"]), Number(most=kind.most, whole=kind.whole))
    codes = {rule.code for rule in column.broken}
    if isinstance(alone, str):
        assert column.blank[0] or codes == {alone}
    else:
        assert codes <= {"table_not_whole", "table_too_large"}
        assert codes or column.values[0] == alone


@given(st.floats(-1e15, 1e15) | st.integers(-(10**7), 10**7).map(lambda whole: whole / 1000))
def test_what_was_written_is_read_as_the_same_number(number):
    """To nine decimals, everywhere, also where 1.125 could be a thousand and some."""
    for text in (written_number(number), written_number(number).replace(".", ",")):
        assert read_number(text) == pytest.approx(number, abs=1e-9, rel=1e-14)


@given(st.integers(0, 10**9), st.sampled_from([".", ",", " ", "'", "\u202f"]))
def test_a_number_of_two_groups_is_never_a_thousandth(number, mark):
    text = f"{number:,}".replace(",", mark)
    meant = read_number(text)
    assert meant == number or (meant == "table_thousands" and 10**3 <= number < 10**6)


def test_very_long_and_very_many_cells_cost_little():
    began = time.perf_counter()
    for text in ("9" * 10**6, "1" + ".000" * 10**5, "1" + " " * 10**6, "-" * 10**6):
        read_number(text)
    column = read_column(pa.array([f"{n}.{n}.{n}" for n in range(100_000)]), AMOUNT)
    assert column.broken
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "ja"), (False, "nee"), (1.125, "1.1250"), (38.0, "38"), ((), "geen")],
)
def test_a_value_is_written_as_a_cell_that_reads_back(value, text):
    assert written(value) == text
    if isinstance(value, bool):
        assert WORDS[text] is value


def test_only_a_number_is_told_of_thousands(tmp_path):
    path = write_csv(tmp_path / "p.csv", [CELLS | {"province": "1.000", "oo_fund": "1.000"}])
    with pytest.raises(Refused) as refusal:
        read_profiles(path)
    codes = {fault.where: fault.code for fault in refusal.value.faults}
    assert codes == {"row 2, province": "unknown_value", "row 2, oo_fund": "table_not_yes_no"}
