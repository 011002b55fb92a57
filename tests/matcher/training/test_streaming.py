"""Trials read for a fit only, beside the whole table: the same faults, values and model."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from matcher.design.encoding_columns import Profiles
from matcher.design.expert import read_expert
from matcher.design.setup import Setup
from matcher.errors import InvalidTrials
from matcher.paths import EXPERT
from matcher.simulation.simulate import simulate
from matcher.training import card_sums
from matcher.training.by_sums import fit_head, sample_of_companies
from matcher.training.card_sums import CardRows
from matcher.training.evidence import gather
from matcher.trials.codes import FIT_COLUMNS
from matcher.trials.reader import MOST_NAMED, read_trials
from matcher.trials.rejected import write_faulty

N_COMPANIES = 1_200


@pytest.fixture(scope="module")
def world(menu):
    """Return the trials of a world, as text: some 1 700."""
    return simulate("strong", N_COMPANIES, 5, menu, n_profiles=0).trials


def write_parts(folder, trials, *sizes):
    """Write the trials in parts of these sizes, the last as large as need be."""
    folder.mkdir()
    edges = [0, *np.cumsum(sizes), len(trials)]
    for number, (start, stop) in enumerate(pairwise(edges)):
        trials.iloc[start:stop].to_parquet(folder / f"part-{number:02d}.parquet", index=False)
    return folder


@pytest.fixture(scope="module")
def parts(tmp_path_factory, world):
    return write_parts(tmp_path_factory.mktemp("parts") / "trials", world, 700, 1, 399, 250)


@pytest.fixture(scope="module")
def whole(parts, menu):
    return read_trials(parts, menu)


@pytest.fixture(scope="module")
def streamed(parts, menu):
    return read_trials(parts, menu, for_fit=True)


def fitted(trials, menu, head="gain"):
    """Return one question, fitted to all trials at the prior's own scales."""
    evidence = gather(trials.frame, menu, with_profiles=False)
    setup = Setup(menu, read_expert(EXPERT))
    rows = CardRows(setup, head, evidence)
    return fit_head(rows, rows.prior.medians).posterior


def plain(column):
    """Return a column without its categories, None for what is not known."""
    values = column.astype(object)
    return values.where(column.notna(), None).tolist()


def test_what_is_kept_is_what_the_whole_table_says(whole, streamed):
    assert tuple(streamed.frame) == FIT_COLUMNS
    for name in set(FIT_COLUMNS) - {"company", "table"}:
        assert plain(streamed.frame[name]) == plain(whole.frame[name]), name
    for name in ("company", "table"):
        codes, expected = (pd.factorize(one.frame[name])[0] for one in (streamed, whole))
        assert (codes == expected).all()
    assert (streamed.rows == whole.rows).all()
    assert streamed.companies == whole.companies
    assert len(set(whole.companies)) == N_COMPANIES


def test_a_trial_takes_little_and_what_nobody_reads_takes_nothing(streamed, world, menu, tmp_path):
    told = world.assign(stopped_reason="", advisor_organisation="x" * 400, cost_eur="")
    wordy = read_trials(write_parts(tmp_path / "t", told, 500), menu, for_fit=True)
    sizes = [one.frame.memory_usage().sum() / len(world) for one in (streamed, wordy)]
    assert sizes[0] == sizes[1] < 150


@pytest.mark.parametrize("head", ["completed", "gain"])
def test_a_fit_of_what_is_kept_is_that_of_the_whole_table(whole, streamed, menu, head):
    """To the last digit: chances by Newton's method, gains with companies integrated out."""
    first, second = (fitted(one, menu, head) for one in (whole, streamed))
    assert (first.mean == second.mean).all()
    assert first.log_evidence == second.log_evidence


def test_the_scales_are_learned_from_the_same_companies(whole, streamed, menu):
    rng = np.random.default_rng
    evidence = (gather(one.frame, menu, with_profiles=False) for one in (whole, streamed))
    first, second = (sample_of_companies(one, 300, rng(0)) for one in evidence)
    assert [p.answers for p in first.profiles] == [p.answers for p in second.profiles]
    for name in ("cards", "company", "table", "state"):
        assert (getattr(first, name) == getattr(second, name)).all()
    assert np.array_equal(first.gains.gain, second.gains.gain, equal_nan=True)
    assert (first.gains.variance == second.gains.variance).all()


def test_any_split_of_the_rows_gives_the_same_fit(streamed, world, menu, tmp_path, monkeypatch):
    expected = fitted(streamed, menu)
    monkeypatch.setattr(card_sums, "BLOCK_ROWS", 333)
    split = read_trials(write_parts(tmp_path / "t", world, 5, 800), menu, for_fit=True)
    found = fitted(split, menu)
    assert found.mean == pytest.approx(expected.mean, rel=0, abs=1e-8)
    assert found.log_evidence == pytest.approx(expected.log_evidence, rel=1e-8)


def test_categories_make_the_numbers_of_the_texts(whole, streamed):
    first, second = (Profiles(one.frame).of(slice(None)) for one in (whole, streamed))
    for name in ("values", "needs", "first_need", "sector", "employees"):
        assert (getattr(first, name) == getattr(second, name)).all(), name


def mixed(world):
    """Return trials of which some are real, some faulty, and some there twice."""
    some = world.head(40).copy()
    some.loc[some.index[::2], "source"] = "experiment"
    some.loc[some.index[4], "employees"] = "nobody"
    some.loc[some.index[7], "table"] = ""
    some.loc[some.index[9], "culture_before"] = "7"
    some.loc[some.index[12], "advisor_organisation"] = "x" * 501
    return pd.concat([some, some.iloc[[2]]])


def test_every_fault_is_told_as_of_the_whole_table(world, menu, tmp_path):
    """Those of columns that are not kept too."""
    path = write_parts(tmp_path / "t", mixed(world), 3, 6)
    told = []
    for for_fit in (False, True):
        with pytest.raises(InvalidTrials) as refusal:
            read_trials(path, menu, for_fit=for_fit)
        told.append([(fault.where, fault.code) for fault in refusal.value.faults])
    assert told[0] == told[1]
    assert {"advisor_organisation", "company"} <= {where.split(", ")[1] for where, _ in told[1]}


def test_of_faulty_trials_the_same_ones_are_left_out(world, menu, tmp_path):
    path = write_parts(tmp_path / "t", mixed(world), 3, 6)
    whole, streamed = (
        read_trials(path, menu, skip_faulty=True, for_fit=for_fit) for for_fit in (False, True)
    )
    assert (streamed.rows == whole.rows).all()
    assert streamed.companies == whole.companies
    for name in ("simulated", "n_simulated_left_out", "n_faulty_left_out"):
        assert getattr(streamed, name) == getattr(whole, name)
    assert streamed.n_faulty_left_out == 5
    assert write_faulty(path, menu, "nl").exists()


def test_a_million_companies_are_not_named(streamed, menu, parts, monkeypatch):
    assert len(streamed.companies) < MOST_NAMED
    monkeypatch.setattr("matcher.trials.reader.MOST_NAMED", N_COMPANIES - 1)
    for for_fit in (False, True):
        assert read_trials(parts, menu, for_fit=for_fit).companies is None
