"""Lotteries that look at no gain: chances that are exact, alike for alike, and seen in draws."""

import csv
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import chisquare

from matcher.cli import main
from matcher.cli.plan import DESIGNS as OFFERED
from matcher.errors import BrokenLedger, InvalidPlan
from matcher.plan.designs import DESIGNS, STRATA, Settings, by_lot
from matcher.plan.files import Company, Seats
from matcher.plan.ledger import LEDGER, read_ledger
from matcher.plan.settings import read_settings
from matcher.plan.table import choices_path
from matcher.trials.randomisation import drawn_by_lot, share_placed
from matcher.trials.reader import read_trials
from tests.matcher.table_makers import write_csv
from tests.strength import strength

TABLES = ("t1", "t2", "t3", "t4")


def crowd(profile, n, tables=TABLES):
    sizes = (4, 30, 90)
    return [
        Company(
            f"c{at}",
            profile.model_copy(update={"employees": sizes[at % 3]}),
            table=tables[at % len(tables)],
        )
        for at in range(n)
    ]


def offer(*counts, **cells):
    return [Seats(f"card-{at}", count, **cells) for at, count in enumerate(counts)]


def everything(n, m):
    return np.ones((n, m), dtype=bool)


def often(drawn, times):
    seeds = np.random.default_rng(0).integers(0, 2**31, times)
    return np.array([drawn.draw(np.random.default_rng(int(seed))) for seed in seeds])


class TestEqual:
    def test_alike_companies_have_exactly_equal_chances(self, profile):
        """Twelve for three and five seats: 3/12, 5/12, 4/12, whoever stands where in the file."""
        drawn = by_lot(crowd(profile, 12), offer(3, 5), everything(12, 2), Settings("equal"))
        assert drawn.propensities() == pytest.approx(np.tile([3 / 12, 5 / 12, 4 / 12], (12, 1)))

    def test_controls_wait_though_seats_are_left(self, profile):
        drawn = by_lot(crowd(profile, 12), offer(12, 12), everything(12, 2), Settings("equal", 4))
        assert drawn.propensities() == pytest.approx(np.full((12, 3), 1 / 3))
        assert {(row == 2).sum() for row in often(drawn, 20)} == {4}

    def test_a_coach_takes_no_more_than_fits(self, profile):
        shared = offer(6, 6, coach="k", coach_seats=4)
        drawn = by_lot(crowd(profile, 9), shared, everything(9, 2), Settings("equal"))
        assert drawn.propensities() == pytest.approx(np.tile([2 / 9, 2 / 9, 5 / 9], (9, 1)))

    def test_who_fits_nothing_waits_for_certain_and_is_no_control(self, profile):
        suits = everything(6, 1)
        suits[0] = False
        drawn = by_lot(crowd(profile, 6), offer(5), suits, Settings("equal", 2))
        assert drawn.propensities()[0].tolist() == pytest.approx([0, 1])
        assert drawn.propensities()[1:, 0] == pytest.approx([3 / 5] * 5)

    def test_every_choice_that_can_be_made_has_a_chance(self, profile):
        rng = np.random.default_rng(4)
        suits = rng.random((40, 6)) < 0.4
        suits[~suits.any(axis=1), 0] = True
        drawn = by_lot(crowd(profile, 40), offer(1, 2, 3, 4, 5, 1), suits, Settings("equal", 5))
        chances = drawn.propensities()
        assert (chances[:, :-1][suits] > 0).all()
        assert (chances[:, -1] > 0).all()
        assert not chances[:, :-1][~suits].any()


@pytest.mark.parametrize(
    "asked",
    [
        Settings("equal", 2),
        Settings("stratified", 2, ("size_class",)),
        Settings("cluster", 1),
        Settings("stepped-wedge", periods=4),
        Settings("stepped-wedge", periods=4, clusters="companies"),
    ],
    ids=lambda asked: f"{asked.design}-{asked.clusters}",
)
@pytest.mark.proof
def test_choices_come_as_often_as_their_chance_says(profile, asked):
    """With conditions that rule cards out, seats that run short and tables of other sizes."""
    companies = crowd(profile, 14, ("t1", "t2", "t3", "t1", "t2", "t4", "t5"))
    wedge = asked.design == "stepped-wedge"
    cards = offer(14) if wedge else offer(4, 3, 5)
    suits = everything(14, len(cards))
    suits[3] = False
    if not wedge:
        suits[[0, 5], 0] = suits[[1, 8], 2] = False
    drawn = by_lot(companies, cards, suits, asked)
    chances = drawn.propensities()
    assert chances.sum(axis=1) == pytest.approx(np.ones(14))
    times = strength(2000, 40_000)
    seen = often(drawn, times)
    for company in range(14):
        counts = np.bincount(seen[:, company], minlength=chances.shape[1])
        possible = chances[company] > 0
        assert not counts[~possible].any()
        if possible.sum() > 1:
            assert chisquare(counts[possible], times * chances[company, possible]).pvalue > 1e-5


class TestStratified:
    def test_each_stratum_has_every_arm_in_proportion(self, profile):
        """Eighteen of three sizes, two cards and six controls: two of each in every six."""
        companies = crowd(profile, 18)
        asked = Settings("stratified", 6, ("size_class",))
        drawn = by_lot(companies, offer(9, 9), everything(18, 2), asked)
        for row in often(drawn, 25):
            for size in range(3):
                assert np.bincount(row[size::3], minlength=3).tolist() == [2, 2, 2]
        assert drawn.propensities() == pytest.approx(np.full((18, 3), 1 / 3))

    def test_strata_of_odd_sizes_differ_by_one(self, profile):
        companies = crowd(profile, 13)
        drawn = by_lot(
            companies, offer(13, 13), everything(13, 2), Settings("stratified", 0, ("table",))
        )
        for row in often(drawn, 25):
            for table in range(4):
                counts = np.bincount(row[table::4], minlength=2)
                assert abs(counts[0] - counts[1]) <= 2
        assert drawn.propensities()[:, :2] == pytest.approx(np.full((13, 2), 0.5), abs=0.05)


class TestCluster:
    def test_a_table_gets_one_card_whole(self, profile):
        drawn = by_lot(crowd(profile, 16), offer(8, 8), everything(16, 2), Settings("cluster"))
        for row in often(drawn, 25):
            assert all(len(set(row[table::4])) == 1 for table in range(4))
            assert Counter(row.tolist()) == {0: 8, 1: 8}
        assert drawn.propensities() == pytest.approx(np.tile([0.5, 0.5, 0], (16, 1)), abs=0.02)

    def test_so_many_tables_wait_by_lot(self, profile):
        drawn = by_lot(crowd(profile, 16), offer(16), everything(16, 1), Settings("cluster", 2))
        assert drawn.propensities() == pytest.approx(np.full((16, 2), 0.5))

    def test_a_card_that_does_not_suit_all_of_a_table_is_not_for_it(self, profile):
        suits = everything(16, 2)
        suits[0, 1] = False
        chances = by_lot(crowd(profile, 16), offer(16, 16), suits, Settings("cluster"))
        assert chances.propensities()[::4, 1].tolist() == [0] * 4


class TestByTurns:
    def test_every_start_has_the_same_chance_also_where_it_does_not_divide(self, profile):
        asked = Settings("stepped-wedge", clusters="companies", periods=4)
        drawn = by_lot(crowd(profile, 7), offer(7), everything(7, 1), asked)
        assert drawn.propensities() == pytest.approx(np.tile([1 / 3, 1 / 3, 1 / 3, 0], (7, 1)))
        for row in often(drawn, 25):
            assert sorted(np.bincount(row, minlength=3)) == [2, 2, 3]

    def test_a_table_starts_whole(self, profile):
        drawn = by_lot(
            crowd(profile, 12), offer(12), everything(12, 1), Settings("stepped-wedge", periods=3)
        )
        for row in often(drawn, 10):
            assert all(len(set(row[table::4])) == 1 for table in range(4))


NO_ROOM = {
    "no table": (Settings("cluster"), offer(9), ("",), "plan_no_table"),
    "one table": (Settings("cluster"), offer(9), ("t1",), "plan_one_cluster"),
    "all wait": (Settings("equal", 8), offer(9), TABLES, "plan_all_controls"),
    "all tables wait": (Settings("cluster", 4), offer(9), TABLES, "plan_all_controls"),
    "two cards by turns": (Settings("stepped-wedge"), offer(9, 9), TABLES, "plan_wedge_cards"),
    "seats for some": (Settings("stepped-wedge"), offer(7), TABLES, "plan_wedge_seats"),
    "more turns than tables": (
        Settings("stepped-wedge", periods=6),
        offer(9),
        TABLES,
        "plan_wedge_periods",
    ),
}


@pytest.mark.parametrize(("asked", "cards", "tables", "code"), NO_ROOM.values(), ids=NO_ROOM.keys())
def test_what_a_design_has_no_room_for_is_refused(profile, asked, cards, tables, code):
    with pytest.raises(InvalidPlan) as refusal:
        by_lot(crowd(profile, 8, tables), cards, everything(8, len(cards)), asked)
    [fault] = refusal.value.faults
    assert fault.code == code
    assert fault.text("nl") != fault.text("en")


def test_all_that_cannot_be_typed_is_told_at_once():
    with pytest.raises(InvalidPlan) as refusal:
        read_settings("stepped-wedge", 2, "", "tables", 2, "31-1-2027", 0)
    assert [f.where for f in refusal.value.faults] == [
        "--controls",
        "--periods",
        "--start",
        "--period-weeks",
    ]
    for strata in ("", "postcode,table"):
        with pytest.raises(InvalidPlan):
            read_settings("stratified", 0, strata, "tables", 4, "", 0)


@pytest.mark.parametrize("name", STRATA)
def test_companies_can_be_alike_in_every_column_that_is_offered(profile, name):
    asked = Settings("stratified", 0, (name,))
    assert (
        by_lot(crowd(profile, 4), offer(4), everything(4, 1), asked)
        .propensities()
        .all(axis=1)
        .tolist()
        == [False] * 4
    )


# From files to plan, ledger and trials


ROW = {
    "employees": "38",
    "sector": "F",
    "sbi_version": "2008",
    "needs": "inwerken|digitaal",
    "staffing_pressure": "krap",
}


@pytest.fixture
def files(tmp_path):
    rows = [
        {"company": f"a{at}", "table": TABLES[at % 4], **ROW, "employees": str(5 + 20 * (at % 3))}
        for at in range(12)
    ]
    seats = [{"intervention": "leermeester", "seats": "12"}]
    return (
        "--companies",
        str(write_csv(tmp_path / "companies.csv", rows)),
        "--seats",
        str(write_csv(tmp_path / "seats.csv", seats)),
        "--models",
        str(tmp_path / "none"),
    )


def plan(*options, language="nl"):
    return CliRunner().invoke(main, ["--lang", language, "plan", *map(str, options)])


WAYS = {
    "thompson": (),
    "equal": ("--controls", 4),
    "stratified": ("--controls", 4, "--strata", "size_class"),
    "cluster": ("--controls", 2),
    "stepped-wedge": ("--start", "2026-01-05", "--period-weeks", 8),
}


def test_every_design_is_offered_and_tried_here():
    assert OFFERED == DESIGNS == tuple(WAYS)


@pytest.mark.parametrize("design", DESIGNS)
def test_a_plan_of_several_tables_comes_back_as_trials_and_can_be_drawn_again(
    tmp_path, menu, files, design
):
    out = tmp_path / "plan.csv"
    ran = plan(*files, "--design", design, *WAYS[design], "--out", out, "--by", "Ans")
    assert ran.exit_code == 0, ran.stderr
    frame = read_trials(out, menu).frame
    assert set(frame["assigned_by"]) == {"leermatch"}
    assert set(frame["table"]) == set(TABLES)
    [draw] = read_ledger(tmp_path / LEDGER)
    assert (draw.by, draw.settings.design, draw.seed_given) == ("Ans", design, False)
    assert str(draw.seed) in ran.stderr
    if design != "stepped-wedge":
        assert set(frame["lot"]) == {f"{design}-{draw.seed}"}
    again = plan("verify", *files, "--ledger", tmp_path, "--plan", out)
    assert again.exit_code == 0, again.stderr
    assert "Ans" in again.stdout


def test_the_share_that_got_a_card_is_over_the_lot_and_not_the_table(tmp_path, menu, files):
    """Two of four tables wait: each trial counts once, not twice as within a table of its own."""
    out = tmp_path / "plan.csv"
    assert plan(*files, "--design", "cluster", "--controls", 2, "--out", out).exit_code == 0
    frame = read_trials(out, menu).frame
    assert drawn_by_lot(frame).all()
    assert frame["propensity"].to_numpy() == pytest.approx(0.5)
    assert share_placed(frame) == pytest.approx(0.5)


def test_by_turns_a_company_is_a_control_until_it_starts(tmp_path, menu, files):
    out = tmp_path / "plan.csv"
    options = ("--design", "stepped-wedge", *WAYS["stepped-wedge"], "--periods", 5)
    assert plan(*files, *options, "--out", out).exit_code == 0
    frame = read_trials(out, menu).frame
    # A start in period p: waited in 2 .. p - 1. Of four steps one is due, then of three, ...
    for _, rows in frame.groupby("company"):
        assert rows["intervention"].tolist()[-1] == "leermeester"
        assert set(rows["intervention"].tolist()[:-1]) <= {"geen"}
        assert rows["period"].tolist() == list(range(2, 2 + len(rows)))
        for period, card, chance in rows[["period", "intervention", "propensity"]].to_numpy():
            starts = 1 / (6 - period)
            expected = starts if card != "geen" else 1 - starts
            assert chance == pytest.approx(expected, abs=1e-6)
    last = frame["period"] == 5
    assert drawn_by_lot(frame).tolist() == (~last).tolist()
    # Among those in the lot of a period the share that started is the chance: weight 1.
    weight = share_placed(frame)[~last] / frame["propensity"][~last]
    tried = (frame["intervention"] != "geen")[~last]
    assert weight[tried].to_numpy() == pytest.approx(1, abs=1e-5)
    first_days = frame.groupby("period")["start_date"].first()
    assert (first_days.diff().dropna().dt.days == 56).all()
    assert str(first_days[2].date()) == "2026-03-02"
    with choices_path(out).open(encoding="utf-8", newline="") as file:
        choices = [row for row in csv.DictReader(file) if row["company"] == "a0"]
    starts = {row["period"]: row["propensity"] for row in choices if row["period"]}
    assert starts == dict.fromkeys("2345", "0.250000")


class TestLedger:
    def test_a_second_draw_for_the_same_companies_is_told_and_nothing_written(
        self, tmp_path, files
    ):
        out = tmp_path / "plan.csv"
        assert plan(*files, "--design", "equal", "--out", out, "--by", "Ans").exit_code == 0
        before = out.read_bytes(), (tmp_path / LEDGER).read_bytes()
        ran = plan(*files, "--design", "equal", "--out", out)
        assert ran.exit_code == 6
        assert "12 van 12" in ran.stderr
        assert "regel 1" in ran.stderr
        assert "Ans" in ran.stderr
        assert (out.read_bytes(), (tmp_path / LEDGER).read_bytes()) == before
        assert not list(tmp_path.glob(".plan*.csv*"))
        again = plan(*files, "--design", "equal", "--out", out, "--accept-warnings")
        assert again.exit_code == 0
        first, second = read_ledger(tmp_path / LEDGER)
        assert (first.chain, first.seed) != (second.chain, second.seed)
        told = plan("verify", *files, "--ledger", tmp_path, "--draw", 1, "--plan", out)
        assert told.exit_code == 2  # the plan there is the second
        assert "plan.csv" in told.stderr
        assert plan("verify", *files, "--ledger", tmp_path, "--draw", 1).exit_code == 0
        assert plan("verify", *files, "--ledger", tmp_path, "--draw", 3).exit_code == 2

    def test_a_line_that_was_changed_or_left_out_shows(self, tmp_path, files):
        for accept in ((), ("--accept-warnings",), ("--accept-warnings",)):
            ran = plan(*files, "--design", "equal", "--ledger", tmp_path / "log", *accept)
            assert ran.exit_code == 0
        path = tmp_path / "log" / LEDGER
        lines = path.read_text("utf-8").splitlines(keepends=True)
        seed = re.sub(r'"seed": \d+', '"seed": 7', lines[2])
        for damaged in (lines[1:], [lines[0], lines[2]], [*lines[:2], seed], ["{}\n"]):
            path.write_text("".join(damaged), "utf-8")
            with pytest.raises(BrokenLedger):
                read_ledger(path)
            assert plan(*files, "--ledger", tmp_path / "log").exit_code == 2
        # What a crash left of a line was told to nobody.
        path.write_text("".join(lines[:2]) + lines[2][:40], "utf-8")
        assert len(read_ledger(path)) == 2
        ran = plan(*files, "--ledger", tmp_path / "log", "--accept-warnings")
        assert ran.exit_code == 0
        assert len(read_ledger(path)) == 3

    def test_other_input_than_was_drawn_with_is_named(self, tmp_path, files):
        assert plan(*files, "--design", "equal", "--ledger", tmp_path).exit_code == 0
        path = tmp_path / "seats.csv"
        path.write_text(path.read_text("utf-8").replace("12", "6"), "utf-8")
        ran = plan("verify", *files, "--ledger", tmp_path)
        assert ran.exit_code == 2
        assert "--seats" in ran.stderr
        assert "--companies" not in ran.stderr

    def test_an_empty_ledger_has_no_draw(self, tmp_path, files):
        assert plan("verify", *files, "--ledger", tmp_path).exit_code == 2

    def test_a_draw_on_paper_only_is_told(self, files):
        ran = plan(*files, "--design", "equal", language="en")
        assert ran.exit_code == 0
        assert "in no ledger" in ran.stderr


def test_a_table_is_named_once(tmp_path, files):
    ran = plan(*files, "--table", "t9", "--out", tmp_path / "plan.csv")
    assert ran.exit_code == 2
    assert "t1, t2, t3, t4" in ran.stderr
    assert not (tmp_path / LEDGER).exists()


def test_settings_of_another_design_do_not_count():
    """A draw made again has what counted then, and nothing else."""
    first = read_settings("equal", 2, "table", "companies", 9, "", 0)
    assert first == replace(Settings("equal"), controls=2)


def test_both_files_are_asked_for_at_once():
    ran = plan()
    assert ran.exit_code == 2
    assert "--companies, --seats" in ran.stderr
