"""Outcomes as they should not be: a sensible model, or a clear refusal; nothing half-written."""

import csv
import math
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from matcher.cli import main
from matcher.menu.card import read_menu
from matcher.model import registry
from matcher.model.artefact import load
from matcher.paths import MENU
from matcher.ranking.loading import load_engine
from tests.matcher.conftest import trial, write_trials

REFUSED, KEEP, CANNOT_TELL = 2, 3, 4
MOST = 5.0
"""No gain on a scale from 1 to 6 can be larger."""


def rows(n=9, cards=("evc", "serious-game", "job-crafting"), **cells):
    rng = np.random.default_rng(3)
    return [
        trial(f"c{at}", cards[at % len(cards)], rng.normal(3.8, 0.3), rng.normal(3.9, 0.3), **cells)
        for at in range(n)
    ]


def changed(at, **cells):
    return [row | (cells if number == at else {}) for number, row in enumerate(rows())]


def separated():
    """One card always starts and is finished, the other two never start."""
    idle = {"state": "not_started", "culture_after": "", "respondents_after": ""}
    return [row | (idle if at % 3 else {}) for at, row in enumerate(rows())]


def alike():
    return [row | {"culture_before": "3.5", "culture_after": "3.9"} for row in rows()]


def dropped_out():
    left = {"state": "stopped", "culture_after": "", "respondents_after": ""}
    return [row | left for row in rows()]


SENSIBLE = {
    "constant outcomes": alike(),
    "one company": [row | {"company": "c0"} for row in rows(3)],
    "one trial": rows(1),
    "one intervention": rows(cards=("evc",)),
    "all dropped out": dropped_out(),
    "nobody started": [
        row | {"state": "not_started", "culture_after": "", "respondents_after": ""}
        for row in rows()
    ],
    "perfectly separated": separated(),
    "a column always missing": [row | {"culture_before": ""} for row in rows()],
    "states never known": [row | {"state": ""} for row in rows()],
    "only controls and one trial": rows(12, cards=("geen",)) + rows(1),
    "the ends of the scale": [
        row | {"culture_before": "1", "culture_after": "6"} for row in rows()
    ],
    "hours and costs at their bounds": [
        row | {"hours_per_participant": "10000", "cost_eur": "100000000"} for row in rows()
    ],
}


def ranked(tmp_path, models):
    out = tmp_path / "ranking.csv"
    people = tmp_path / "people.csv"
    people.write_text(
        "employees,sector,sbi_version,needs,staffing_pressure\n38,F,2008,inwerken,zeer_krap\n"
    )
    words = ["rank", str(people), "--models", str(models), "--out", str(out)]
    ran = CliRunner().invoke(main, words)
    assert ran.exit_code == 0, ran.output
    with out.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run(path, models, *options, how="--quick"):
    arguments = ["--lang", "en", "retrain", str(path), "--models", str(models), how]
    return CliRunner().invoke(main, [*arguments, *options])


def evaluated(path):
    return CliRunner().invoke(main, ["--lang", "en", "evaluate", str(path)])


@pytest.mark.usefixtures("few_folds")
@pytest.mark.parametrize("trials", SENSIBLE.values(), ids=SENSIBLE.keys())
def test_odd_outcomes_give_a_sensible_model_and_a_page_of_numbers_or_nothing(
    tmp_path, models, trials
):
    ran = run(write_trials(tmp_path / "t.csv", trials), models, how="--no-report")
    assert ran.exit_code in (KEEP, CANNOT_TELL), ran.output
    assert ran.stdout.startswith("# What this model is worth")
    assert "Verdict: this model can go live" not in ran.stdout
    assert not re.search(r"\b(nan|inf|None)\b", ran.stdout)
    lines = ranked(tmp_path, models)
    assert len(lines) == 26
    for line in lines:
        low, mean, high = (float(line[name]) for name in ("low", "expected_gain", "high"))
        assert math.isfinite(low)
        assert -MOST < low <= mean <= high < MOST
        assert 0 <= float(line["p_started"]) <= 1
        assert 0 <= float(line["p_completed"]) <= 1


REFUSALS = {
    "a score of 1e6": (changed(4, culture_after="1000000"), "row 6, culture_after", "too large"),
    "hours of 1e6": (changed(4, hours_per_participant="1000000"), "row 6, hours", "too large"),
    "a cost of 1e9": (changed(4, cost_eur="1000000000"), "row 6, cost_eur", "too large"),
    "not a number": (changed(4, culture_after="-nan"), "row 6, culture_after", "not a number"),
    "infinite": (changed(4, culture_after="inf"), "row 6, culture_after", "not a number"),
    "a card that left the menu": (changed(4, intervention="vlog"), "row 6, intervention", "menu"),
    "a row twice": ([*rows(), rows()[4]], "row 11", "row 6"),
}


@pytest.mark.parametrize(("trials", "place", "why"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_cannot_be_is_refused_by_row_and_column(tmp_path, models, trials, place, why):
    path = write_trials(tmp_path / "t.csv", trials)
    for refused in (run(path, models), evaluated(path)):
        assert refused.exit_code == REFUSED
        assert place in refused.stderr
        assert why in refused.stderr
        assert refused.stdout == ""
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_without_the_rows_of_a_card_that_left_the_menu_the_rest_trains(tmp_path, models):
    path = write_trials(tmp_path / "t.csv", changed(4, intervention="vlog"))
    assert run(path, models, "--skip-faulty").exit_code == CANNOT_TELL
    [version] = registry.versions(models)
    assert load(models / version)[0].facts.trials == len(rows()) - 1


def halved(part):
    part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])


def without_needs(part):
    pq.write_table(pq.read_table(part).drop_columns("needs"), part)


BAD_PARTS = {
    "cut in half": halved,
    "empty": lambda part: part.write_bytes(b""),
    "other columns": without_needs,
}


@pytest.mark.parametrize("quick", [(), ("--quick",)], ids=["whole", "for a fit"])
@pytest.mark.parametrize("spoil", BAD_PARTS.values(), ids=BAD_PARTS.keys())
def test_a_bad_part_of_a_parquet_folder_is_named(tmp_path, models, spoil, quick):
    folder = tmp_path / "parts.parquet"
    folder.mkdir()
    texts = [{name: str(cell) for name, cell in row.items()} for row in rows()]
    for part in ("a", "b"):
        pq.write_table(pa.Table.from_pylist(texts), folder / f"{part}.parquet")
    spoil(folder / "b.parquet")
    for refused in (run(folder, models, *quick), evaluated(folder)):
        assert refused.exit_code == REFUSED
        assert "b.parquet" in refused.stderr
    assert not models.exists()


# A menu that gained a card


@pytest.fixture
def longer(tmp_path):
    """Return a menu with one card more than that of the product."""
    text = MENU.read_text(encoding="utf-8")
    card = text.split('[[intervention]]\nid = "serious-game"\n')[1].split("\n# ---")[0]
    for before, after in (
        ("Oefenspel (serious game)", "Droomspel"),
        ("Serious game", "Dream game"),
    ):
        card = card.replace(before, after)
    path = tmp_path / "menu.toml"
    path.write_text(f'{text}\n[[intervention]]\nid = "droomspel"\n{card}\n', encoding="utf-8")
    return path


def test_trials_of_a_card_that_only_the_new_menu_has_train_with_that_menu(tmp_path, models, longer):
    path = write_trials(tmp_path / "t.csv", changed(4, intervention="droomspel"))
    refused = run(path, models)
    assert refused.exit_code == REFUSED
    assert "row 6, intervention" in refused.stderr
    assert run(path, models, "--menu", str(longer)).exit_code == CANNOT_TELL
    assert len(ranked(tmp_path, models)) == 27


def test_a_version_from_before_the_new_card_ranks_on_until_the_next_retraining(
    tmp_path, models, longer, profile
):
    """By its own menu in ``rank``; a service on the new menu starts the card at its prior."""
    path = write_trials(tmp_path / "t.csv", rows())
    assert run(path, models).exit_code == CANNOT_TELL
    assert len(ranked(tmp_path, models)) == 26
    [old] = registry.versions(models)
    before = load_engine(models, None, old).rank(profile, explain=0)
    carried = load_engine(models, read_menu(longer), old).rank(profile, explain=0)
    found = {line.intervention: line.expected_gain for line in carried.recommendations}
    new = found.pop("droomspel")
    assert -MOST < new.low < new.mean < new.high < MOST
    # The same attributes, and nothing tried: hardly surer, as far as 256 draws can tell.
    assert new.high - new.low > 0.8 * (found["serious-game"].high - found["serious-game"].low)
    assert set(found) == {line.intervention for line in before.recommendations}
    # What is drawn for an unanswered question is freed of chance over all cards: one more moves it.
    for line in before.recommendations:
        assert found[line.intervention].mean == pytest.approx(line.expected_gain.mean, rel=2e-4)
    assert run(path, models, "--menu", str(longer), "--seed", "1").exit_code == CANNOT_TELL
    assert len(ranked(tmp_path, models)) == 27
