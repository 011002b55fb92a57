"""From a file of trials to a version: whole or not at all, whatever happens on the way."""

import hashlib
import json
import os
import shutil
import signal
import time
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from matcher.errors import InvalidExpert, InvalidTrials, RetrainingRuns
from matcher.menu.card import read_menu
from matcher.model import registry
from matcher.model.artefact import TEMPORARY, load
from matcher.paths import EXPERT, MENU
from matcher.retraining import appraise, retrain
from tests.matcher.commands import refused, run
from tests.matcher.conftest import FEW_FOLDS
from tests.matcher.killed import exit_code, faults_of, forked


def start(trials, models, *options):
    """Retrain in a process of its own, forked from this one; return its id."""
    words = ("retrain", str(trials), "--models", str(models), "--quick", *options)
    return forked(lambda: exit_code(words))


def code_of(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def is_running(child):
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def content_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# What a version says of itself


def test_the_provenance_is_that_of_what_was_read(few, models, menu):
    version = retrain(few, menu, EXPERT, models, seed=7, quick=True).version
    model, provenance = load(models / version)

    def hashed(path):
        return hashlib.sha256(path.read_bytes()).hexdigest()

    assert provenance.data_sha256 == hashed(few)
    assert provenance.menu_sha256 == read_menu(MENU).ranked_sha256
    assert provenance.expert_sha256 == hashed(EXPERT)
    assert (provenance.seed, provenance.verdict) == (7, "cannot tell")
    assert provenance.libraries["numpy"] == np.__version__
    assert model.menu.source_text == MENU.read_text(encoding="utf-8")
    assert model.expert.source_text == EXPERT.read_text(encoding="utf-8")
    assert model.facts.simulated


def test_the_same_trials_and_seed_give_the_same_model(few, models, menu):
    one, other, another = (
        models / retrain(few, menu, EXPERT, models / str(place), seed=seed, quick=True).version
        for place, seed in enumerate((3, 3, 4))
    )
    folders = [models / str(place) / p.name for place, p in enumerate((one, other, another))]
    first, second, third = (load(folder)[0] for folder in folders)
    for head, ours in first.heads.items():
        for field in fields(ours):
            np.testing.assert_array_equal(
                getattr(ours, field.name), getattr(second.heads[head], field.name)
            )
        np.testing.assert_array_equal(ours.mean, third.heads[head].mean)
        assert not np.array_equal(ours.draws, third.heads[head].draws)
    assert first.facts == second.facts == third.facts


def test_a_retraining_leaves_the_alias_where_it_was(few, models, menu):
    first = retrain(few, menu, EXPERT, models, quick=True).version
    registry.promote(models, first, "An", "test")
    retrain(few, menu, EXPERT, models, seed=1, quick=True)
    assert registry.live(models) == first
    assert len(registry.ledger(models)) == 1


@pytest.mark.usefixtures("few_folds")
def test_an_evaluated_candidate_carries_its_pages(few, models, menu):
    steps = []
    candidate = retrain(few, menu, EXPERT, models, progress=steps.append)
    folder = models / candidate.version
    told = json.loads((folder / "evaluation.json").read_bytes())
    assert told["verdict"] == candidate.verdict == load(folder)[1].verdict
    assert told["evaluation"]["n_companies"] == load(folder)[0].facts.companies
    assert (folder / "evaluation.nl.md").read_text(encoding="utf-8") == candidate.page
    assert steps == ["fit", *["fold"] * FEW_FOLDS, "policies", "stability", "report"]

    def refuse(constant):
        raise AssertionError(constant)

    # NaN and infinity are numbers that JSON lacks.
    json.loads((folder / "evaluation.json").read_bytes(), parse_constant=refuse)


@pytest.mark.usefixtures("few_folds")
def test_what_trials_allow_is_told_without_writing(few, tmp_path, menu):
    before = sorted(os.listdir(few.parent))
    dutch, english = appraise(few, menu, EXPERT)
    assert dutch.startswith("# Wat dit model waard is")
    assert english.startswith("# What this model is worth")
    assert sorted(os.listdir(few.parent)) == before


# Nothing is written on bad input


def faulty(tmp_path, few):
    path = tmp_path / "faulty.csv"
    path.write_text(few.read_text(encoding="utf-8").replace(",simulated,", ",invented,"))
    return path


def not_text(tmp_path, few):
    path = tmp_path / "expert.toml"
    path.write_bytes(b"\xff\xfe\x00")
    return path


@pytest.mark.parametrize("run", [retrain, appraise])
def test_bad_trials_write_nothing(run, few, tmp_path, models, menu):
    options = {"models": models} if run is retrain else {}
    with pytest.raises(InvalidTrials) as refused:
        run(faulty(tmp_path, few), menu, EXPERT, **options)
    assert refused.value.total == 17
    assert not models.exists()


@pytest.mark.parametrize("run", [retrain, appraise])
def test_a_bad_expert_prior_writes_nothing(run, few, tmp_path, models, menu):
    options = {"models": models} if run is retrain else {}
    with pytest.raises(InvalidExpert):
        run(few, menu, not_text(tmp_path, few), **options)
    assert not models.exists()


# Killed, and twice at once


def whole_versions_only(models):
    """Return how many versions there are, all of them whole."""
    assert faults_of(models) == []
    return len(registry.versions(models))


def locked(seconds):
    """Return a test of whether the folder has been held for so long: it is fitting."""
    since = []

    def held(models):
        if not since and (models / ".lock").exists():
            since.append(time.monotonic())
        return bool(since) and time.monotonic() >= since[0] + seconds

    return held


def files(n):
    """Return a test of whether n files of a version are being written."""

    def written(models):
        try:
            [folder] = models.glob(f"{TEMPORARY}*")
            return len(os.listdir(folder)) >= n
        except (ValueError, OSError):
            return False

    return written


def killed(few, models, reached):
    """Kill a retraining at a moment; return whether it left a half-written folder."""
    child, moment = start(few, models), reached()
    while is_running(child) and not moment(models):
        time.sleep(0.0005)
    os.kill(child, signal.SIGKILL)
    code_of(child)
    return any(models.glob(f"{TEMPORARY}*"))


def test_a_retraining_killed_while_it_fits_or_writes_leaves_no_half_version(few, models):
    """The whole way; each step is in test_killed.py."""
    models.mkdir()
    assert not killed(few, models, lambda: locked(0))
    assert whole_versions_only(models) == 0
    (models / ".lock").unlink()
    torn = any(killed(few, models, lambda: files(1)) for _ in range(20))
    assert torn  # else no kill came while files were being written, and this shows nothing
    last = run("retrain", few, "--quick", "--models", models)
    assert last.exit_code == 4
    assert last.stdout.splitlines()[-1] in os.listdir(models)
    assert not list(models.glob(f"{TEMPORARY}*"))
    assert whole_versions_only(models) >= 1


def test_while_one_retraining_runs_another_is_refused(few, models, menu):
    with registry.writing(models):
        assert code_of(start(few, models)) == 5
        with pytest.raises(RetrainingRuns):
            retrain(few, menu, EXPERT, models, quick=True)
        assert str(models) in refused("retrain", few, "--quick", "--models", models, code=5)
    assert registry.versions(models) == []


def test_of_retrainings_at_once_each_writes_its_version_or_is_refused(few, models):
    codes = [code_of(child) for child in [start(few, models, "--seed", n) for n in ("0", "1")]]
    assert set(codes) <= {4, 5}
    assert whole_versions_only(models) == codes.count(4) >= 1


def test_what_a_crash_left_is_gone_after_the_next_retraining(few, models, menu, version):
    shutil.copytree(version, models / f"{TEMPORARY}torn")
    retrain(few, menu, EXPERT, models, quick=True)
    assert not list(models.glob(f"{TEMPORARY}*"))
    assert Path(version).is_dir()


def test_a_retraining_that_is_refused_leaves_what_another_is_writing(few, models, menu, version):
    torn = Path(shutil.copytree(version, models / f"{TEMPORARY}other"))
    with registry.writing(models), pytest.raises(RetrainingRuns):
        retrain(few, menu, EXPERT, models, quick=True)
    assert content_of(torn) == content_of(version)
