"""A plan for a learning table: who may get what, with which chance, and what that is good for."""

import csv
import re
from collections import Counter

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import chisquare

from matcher.cli import main
from matcher.errors import InvalidPlan
from matcher.model.artefact import load
from matcher.paths import EXPERT, ROOT, TRIALS
from matcher.plan.files import Company, Seats, check_table, read_plan_files
from matcher.plan.lottery import FLOOR, assign, lottery, room_for
from matcher.plan.proposal import propose
from matcher.plan.table import CHOICE_COLUMNS, choices_path
from matcher.profile.schema import read_profile
from matcher.ranking.engine import Engine
from matcher.retraining import retrain
from matcher.trials.reader import TRIAL_COLUMNS, read_trials
from tests.matcher.table_makers import write_csv
from tests.matcher.tables.sheet_makers import Page, write_pages

ONE = {
    "company": "a1",
    "employees": "38",
    "sector": "F",
    "sbi_version": "2008",
    "needs": "inwerken|digitaal",
    "staffing_pressure": "zeer_krap",
    "max_lead_weeks": "",
}
SEAT = {"intervention": "leermeester", "seats": "2", "coach": "", "coach_seats": ""}


def everything(n, m):
    return np.ones((n, m), dtype=bool)


def valued(gains):
    return np.hstack((np.asarray(gains, float), np.zeros((len(gains), 1))))


def seats(*counts, **cells):
    return [Seats(f"card-{at}", count, **cells) for at, count in enumerate(counts)]


class TestOneAssignment:
    def test_the_best_sum_wins_over_the_best_single_gain(self):
        """5 + 1 = 6 against 4 + 3 = 7: the first company gives way."""
        places = assign(valued([[5, 4], [3, 1]]), everything(2, 2), room_for(seats(1, 1), 2))
        assert places.tolist() == [1, 0]

    def test_a_seat_is_filled_even_at_a_loss_and_the_rest_waits(self):
        places = assign(valued([[-3.0], [-1.0]]), everything(2, 1), room_for(seats(1), 2))
        assert places.tolist() == [1, 0]

    def test_cards_of_one_coach_share_the_time_of_that_coach(self):
        """Seats 2 + 2 with room for 3: one of four companies waits, that with the least gain."""
        shared = seats(2, 2, coach="k", coach_seats=3)
        gains = [[4, 1], [3, 1], [1, 3], [1, 2]]
        places = assign(valued(gains), everything(4, 2), room_for(shared, 4))
        assert places.tolist() == [0, 0, 1, 2]

    @pytest.mark.parametrize("seed", range(20))
    def test_it_is_the_best_of_all_that_can_be_listed(self, seed):
        """Four companies, two cards of one coach and one without, every assignment tried."""
        rng = np.random.default_rng(seed)
        offer = [*seats(2, 2, coach="k", coach_seats=2), Seats("own", 1)]
        feasible, gains = rng.random((4, 3)) < 0.7, rng.normal(size=(4, 3))
        best = max(
            (sum(c < 3 for c in at), sum(gains[i, c] for i, c in enumerate(at) if c < 3))
            for at in np.ndindex(4, 4, 4, 4)
            if all(c == 3 or feasible[i, c] for i, c in enumerate(at))
            and at.count(0) + at.count(1) <= 2
            and at.count(2) <= 1
        )
        found = assign(valued(gains), feasible, room_for(offer, 4)).tolist()
        total = sum(gains[i, c] for i, c in enumerate(found) if c < 3)
        assert (sum(c < 3 for c in found), total) == pytest.approx(best)


class TestLottery:
    def test_chances_of_two_companies_and_two_cards_by_hand(self):
        """Three draws of four prefer the diagonal; without looking, each way is even."""
        gains = np.array([np.eye(2)] * 3 + [1 - np.eye(2)])
        chances = lottery(gains, everything(2, 2), room_for(seats(1, 1), 2)).propensities()
        diagonal = (1 - FLOOR) * 3 / 4 + FLOOR / 2
        # 256 blind tickets: a standard error of FLOOR / 32 about the half.
        assert chances[0] == pytest.approx([diagonal, 1 - diagonal, 0], abs=4 * FLOOR / 32)
        assert chances[0, 0] == pytest.approx(chances[1, 1])

    def test_drawn_many_times_choices_come_as_often_as_their_chance_says(self):
        rng = np.random.default_rng(5)
        drawn = lottery(rng.normal(size=(64, 5, 3)), everything(5, 3), room_for(seats(2, 1, 1), 5))
        chances = drawn.propensities()
        seen = np.array([drawn.draw(np.random.default_rng(seed)) for seed in range(4000)])
        for company in range(5):
            counts = np.bincount(seen[:, company], minlength=4)
            assert chisquare(counts, 4000 * chances[company]).pvalue > 1e-4

    def test_every_choice_that_can_be_made_has_a_chance_however_bad_it_looks(self):
        gains = np.tile(np.array([1.0] + [-1.0] * 3), (16, 40, 1))
        chances = lottery(gains, everything(40, 4), room_for(seats(40, 1, 1, 1), 40))
        assert (chances.propensities()[:, :4] > 0).all()
        assert (chances.propensities()[:, 4] == 0).all()  # there is a seat for all

    def test_what_waits_is_drawn_too_when_seats_are_short(self):
        drawn = lottery(np.zeros((4, 3, 1)), everything(3, 1), room_for(seats(1), 3))
        assert (drawn.propensities() > 0).all()
        assert drawn.propensities().sum(axis=1) == pytest.approx([1, 1, 1])

    def test_companies_with_the_same_answers_have_the_same_chance(self):
        """One seat, two companies that every draw values alike: half each, whoever stands first."""
        gains = np.repeat(np.random.default_rng(5).normal(0.2, 0.3, (256, 1, 1)), 2, axis=1)
        drawn = lottery(gains, everything(2, 1), room_for(seats(1), 2))
        assert drawn.propensities()[:, 0] == pytest.approx([0.5, 0.5], abs=0.1)

    @pytest.mark.parametrize("floor", [0, 1, -0.1, float("nan")])
    def test_a_floor_outside_0_and_1_is_refused(self, floor):
        with pytest.raises(ValueError, match="floor"):
            lottery(np.zeros((1, 1, 1)), everything(1, 1), room_for(seats(1), 1), floor)


class TestWorth:
    """A world of 24 companies and 5 cards where the gains are known, and the draws are near."""

    rng = np.random.default_rng(11)
    truth = rng.normal(0.1, 0.3, (24, 5))
    draws = truth + rng.normal(0, 0.3, (24, 5)) + rng.normal(0, 0.3, (128, 24, 5))
    room = room_for(seats(6, 6, 6, 6, 6), 24)
    drawn = lottery(draws, everything(24, 5), room)
    policy = rng.integers(0, 5, 24)
    """Any fixed way to choose."""

    def outcomes(self, ticket):
        return self.truth[np.arange(24), ticket]

    def test_companies_gain_more_from_it_than_from_lots_alone(self):
        worth = np.array([self.outcomes(t).mean() for t in self.drawn.tickets])
        n_seen = len(self.draws)
        with_plan, by_lot = self.drawn.weights @ worth, worth[n_seen:].mean()
        best = assign(valued(self.truth), everything(24, 5), self.room)
        share = (with_plan - by_lot) / (self.outcomes(best).mean() - by_lot)
        assert share > 0.3

    def test_weighting_by_the_logged_chances_is_exactly_unbiased(self):
        """The expectation over all tickets, not a simulation: equal to the truth to rounding."""
        chances = self.drawn.propensities()[np.arange(24), self.policy]
        model = self.truth * 0.2 + 0.5  # a poor one
        expected = model[np.arange(24), self.policy]
        ips = dr = 0.0
        for ticket, weight in zip(self.drawn.tickets, self.drawn.weights, strict=True):
            match = (ticket == self.policy) / chances
            gained = self.outcomes(ticket)
            ips += weight * (match * gained).mean()
            dr += weight * (expected + match * (gained - model[np.arange(24), ticket])).mean()
        value = self.outcomes(self.policy).mean()
        assert (ips, dr) == pytest.approx((value, value), abs=1e-12)


# Files


def files(tmp_path, companies, offer):
    return (
        write_csv(tmp_path / "companies.csv", companies),
        write_csv(tmp_path / "seats.csv", offer),
    )


FAULTS = {
    "unknown card": ([ONE], [SEAT | {"intervention": "zeilen"}], "trial_unknown_intervention"),
    "control in the seats": ([ONE], [SEAT | {"intervention": "geen"}], "trial_unknown"),
    "fewer than no seats": ([ONE], [SEAT | {"seats": "-1"}], "table_too_small"),
    "half a seat": ([ONE], [SEAT | {"seats": "1,5"}], "table_not_whole"),
    "no seat at all": ([ONE], [SEAT | {"seats": "0"}], "plan_no_seats"),
    "seats left empty": ([ONE], [SEAT | {"seats": ""}], "table_empty_cell"),
    "card twice": ([ONE], [SEAT, SEAT], "plan_card_twice"),
    "enabler": ([ONE], [SEAT | {"intervention": "collegiale-uitleen"}], "plan_enabler"),
    "coach without seats": ([ONE], [SEAT | {"coach": "k"}], "plan_no_coach_seats"),
    "seats without coach": ([ONE], [SEAT | {"coach_seats": "3"}], "plan_no_coach"),
    "a coach of two sizes": (
        [ONE],
        [
            SEAT | {"coach": "k", "coach_seats": "1"},
            SEAT | {"intervention": "mentor-buddy", "coach": "k", "coach_seats": "2"},
        ],
        "plan_coach_differs",
    ),
    "company twice": ([ONE, ONE], [SEAT], "plan_company_twice"),
    "no pseudonym": ([ONE | {"company": ""}], [SEAT], "table_empty_cell"),
    "a name": ([ONE | {"company": "Jansen b.v."}], [SEAT], "table_not_a_pseudonym"),
    "a formula": ([ONE | {"company": "=1"}], [SEAT], "table_not_a_pseudonym"),
    "a dash in front": ([ONE | {"company": "-A1"}], [SEAT], "plan_leading_dash"),
    "weeks below 0": ([ONE | {"max_lead_weeks": "-2"}], [SEAT], "table_too_small"),
    "no people": ([ONE | {"employees": "0"}], [SEAT], "too_small"),
}


@pytest.mark.parametrize(("companies", "offer", "code"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_refused_with_its_file_and_the_way_out(tmp_path, menu, companies, offer, code):
    with pytest.raises(InvalidPlan) as refusal:
        read_plan_files(*files(tmp_path, companies, offer), menu)
    [fault] = refusal.value.faults
    assert fault.code.startswith(code)
    assert fault.where.startswith(("companies.csv, ", "seats.csv, "))
    assert fault.text("nl") != fault.text("en")


def test_of_both_files_is_told_what_was_read(tmp_path, menu):
    notes = []
    for name, row in (("bedrijven.ods", ONE), ("plaatsen.xlsx", SEAT)):
        write_pages(tmp_path / name, Page([["Ronde 2"], list(row), list(row.values())]))
    found = read_plan_files(tmp_path / "bedrijven.ods", tmp_path / "plaatsen.xlsx", menu, notes)
    assert [len(each) for each in found] == [1, 1]
    assert [(note.where, note.code) for note in notes] == [
        ("bedrijven.ods", "table_title_above"),
        ("plaatsen.xlsx", "table_title_above"),
    ]


def test_the_faults_of_both_files_come_at_once(tmp_path, menu):
    paths = files(tmp_path, [ONE | {"employees": "0"}], [SEAT | {"seats": "-1"}])
    with pytest.raises(InvalidPlan) as refusal:
        read_plan_files(*paths, menu)
    places = [fault.where for fault in refusal.value.faults]
    assert places == ["companies.csv, row 2, employees", "seats.csv, row 2, seats"]


def test_a_table_is_a_pseudonym():
    check_table("emmen-bouw")
    with pytest.raises(InvalidPlan):
        check_table("=HYPERLINK(1)")


def test_the_weeks_of_the_seats_count_and_not_those_of_the_menu(trained, profile):
    """A leermeester takes 4 weeks by the menu; the table has one ready at once."""
    soon = Company("a", profile, max_lead_weeks=0)
    engine = Engine(trained, "v")
    waits = propose(engine, [soon], [Seats("leermeester", 1)], 0)
    assert (waits.n_waiting, waits.unsuited) == (1, ("a",))
    assert waits.propensities[0].tolist() == pytest.approx([0, 1])
    assert propose(engine, [soon], [Seats("leermeester", 1, lead_weeks=0)], 0).n_waiting == 0


def test_the_seed_chooses_the_ticket_and_not_the_chances(trained, profile):
    companies = [Company(name, profile) for name in "abc"]
    offer = [Seats("leermeester", 2), Seats("mentor-buddy", 1), Seats("evc", 1)]
    plans = [propose(Engine(trained, "v"), companies, offer, seed) for seed in range(5)]
    assert len(Counter(tuple(plan.proposed.tolist()) for plan in plans)) > 1
    for plan in plans[1:]:
        np.testing.assert_array_equal(plan.propensities, plans[0].propensities)


def test_a_plan_comes_back_as_trials_and_with_its_outcomes_trains(
    tmp_path, models, menu, version, trained
):
    told = ONE | {"transitions": "geen", "exclude": ""}
    companies = [told | {"company": f"a{at}"} for at in range(6)]
    companies.append(told | {"company": "none-suits", "exclude": "leermeester|mentor-buddy"})
    offer = [SEAT, SEAT | {"intervention": "mentor-buddy", "seats": "3"}]
    people, room = files(tmp_path, companies, offer)
    out = tmp_path / "plan.csv"
    options = ["--companies", people, "--seats", room, "--out", out, "--table", "t9"]
    ran = CliRunner().invoke(
        main, ["plan", *map(str, options), "--models", str(models), "--seed", "3"]
    )
    assert ran.exit_code == 0, ran.output
    assert "5 van 7" in ran.stderr
    assert "none-suits" in ran.stderr
    assert "schuilnamen" in ran.stderr
    frame = read_trials(out, menu).frame
    assert Counter(frame["intervention"]) == {"leermeester": 2, "mentor-buddy": 3, "geen": 2}
    assert set(frame["state"]) == {"unknown"}
    assert set(frame["assigned_by"]) == {"leermatch"}
    assert set(frame["transitions"]) == {()}

    with choices_path(out).open(encoding="utf-8", newline="") as file:
        choices = list(csv.DictReader(file))
    assert tuple(choices[0]) == CHOICE_COLUMNS
    proposed = {c["company"]: c for c in choices if c["proposed"] == "ja"}
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == TRIAL_COLUMNS
    for row in rows:
        assert row["propensity"] == proposed[row["company"]]["propensity"]
        if row["intervention"] != "geen":
            row["state"] = "finished"
        row |= {"scale": "1-6", "culture_before": "3.5", "culture_after": "3.8"}

    # What was simulated poses as an experiment here, for else it would be left out.
    with TRIALS.open(encoding="utf-8", newline="") as file:
        rows += [row | {"source": "experiment"} for row in csv.DictReader(file)]
    filled = write_csv(tmp_path / "filled.csv", rows)
    name = retrain(filled, menu, EXPERT, models, quick=True).version
    facts = load(models / name)[0].facts
    assert not facts.simulated
    assert facts.companies == trained.facts.companies + 5
    # The one for which there was no seat in this draw, and not the one that nothing suits.
    assert facts.n_controls == trained.facts.n_controls + 1


def test_the_readme_tells_every_column_of_the_choices_in_order():
    readme = (ROOT / "training_data" / "README.md").read_text(encoding="utf-8")
    section = readme.split("## De bestanden van `plan`")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", section, flags=re.MULTILINE)
    assert tuple(re.findall(r"`(\w+)`", " ".join(cells))) == CHOICE_COLUMNS


def test_a_company_of_the_menu_reads_its_limits(tmp_path, menu):
    row = ONE | {"max_lead_weeks": "4", "max_hours_per_participant": "2,5", "exclude": "bbl|evc"}
    [company], [offer] = read_plan_files(*files(tmp_path, [row], [SEAT]), menu)
    assert (company.max_lead_weeks, company.max_hours_per_participant) == (4, 2.5)
    assert company.exclude == ("bbl", "evc")
    assert company.profile == read_profile(
        {name: row[name] for name in ("sector", "sbi_version", "staffing_pressure")}
        | {"employees": 38, "needs": ["inwerken", "digitaal"]}
    )
    assert offer == Seats("leermeester", 2)
