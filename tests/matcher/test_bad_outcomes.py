"""Outcomes as they should not be: a sensible model, or a clear refusal; nothing half-written."""

import csv
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from matcher import registry
from matcher.artefact import load
from matcher.cli import main
from tests.matcher.conftest import trial, write_trials

REFUSED, CANNOT_TELL = 2, 4
MOST = 5.0
"""No gain on a scale from 1 to 6 can be larger."""


def rows(n=24, cards=("evc", "serious-game", "job-crafting"), **cells):
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
    ran = CliRunner().invoke(
        main, ["rank", str(people), "--models", str(models), "--out", str(out)]
    )
    assert ran.exit_code == 0, ran.output
    with out.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run(path, models, *options):
    arguments = ["--lang", "en", "retrain", str(path), "--models", str(models), "--quick"]
    return CliRunner().invoke(main, [*arguments, *options])


@pytest.mark.parametrize("trials", SENSIBLE.values(), ids=SENSIBLE.keys())
def test_odd_outcomes_still_give_a_sensible_model(tmp_path, models, trials):
    ran = run(write_trials(tmp_path / "t.csv", trials), models)
    assert ran.exit_code == CANNOT_TELL, ran.output
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
    "not a number": (changed(4, culture_after="NaN"), "row 6, culture_after", "not a number"),
    "infinite": (changed(4, culture_after="inf"), "row 6, culture_after", "not a number"),
    "a card that left the menu": (changed(4, intervention="vlog"), "row 6, intervention", "menu"),
    "a row twice": ([*rows(), rows()[4]], "row 26", "row 6"),
}


@pytest.mark.parametrize(("trials", "place", "why"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_cannot_be_is_refused_by_row_and_column(tmp_path, models, trials, place, why):
    path = write_trials(tmp_path / "t.csv", trials)
    refused = run(path, models)
    assert refused.exit_code == REFUSED
    assert place in refused.stderr
    assert why in refused.stderr
    assert not models.exists()


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
    refused = run(folder, models, *quick)
    assert refused.exit_code == REFUSED
    assert "b.parquet" in refused.stderr
    assert not models.exists()
