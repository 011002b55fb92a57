"""One retraining from file to version: read, fit, evaluate, judge, write; nothing goes live."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version as version_of
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from matcher.design.expert import read_expert
from matcher.design.setup import Setup
from matcher.errors import MatcherError
from matcher.evaluation.against_live import Live
from matcher.evaluation.before_after import Result, result_of
from matcher.evaluation.evaluate import Evaluation, evaluate
from matcher.evaluation.judging import as_json, judge_candidate
from matcher.evaluation.learned import Learned, learned
from matcher.evaluation.model_choice import FEWEST_TRIALS, contest
from matcher.evaluation.sensitivity import Sensitivity, sensitivity
from matcher.evaluation.verdict import Verdict
from matcher.menu.card import Menu
from matcher.model.artefact import Provenance, clean_up, save, sha256
from matcher.model.fitted import Model
from matcher.model.registry import current, live, load_model, moment_after, writing
from matcher.ranking.changes import Predecessor
from matcher.report.contents import Judged, find
from matcher.report.evaluation_page import write_page
from matcher.training.evidence import Evidence, gather
from matcher.training.fit import MOST_BY_ROWS, fit
from matcher.trials.beside import with_measurements
from matcher.trials.oddities import confirm
from matcher.trials.reader import Trials, read_trials
from matcher.vocabulary import LANGUAGES

LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "pydantic")


@dataclass(frozen=True)
class Candidate:
    """What a retraining leaves."""

    version: str
    verdict: Verdict
    page: str
    """Why, in Dutch, as Markdown."""


def retrain(
    path: Path,
    menu: Menu,
    expert: Path,
    models: Path,
    *,
    measurements: Path | None = None,
    seed: int = 0,
    skip_faulty: bool = False,
    accept_warnings: bool = False,
    quick: bool = False,
    report: bool = True,
    told: Callable[[Trials], None] = lambda _: None,
    progress: Callable[[str], None] = lambda _: None,
) -> Candidate:
    """Fit the trials in a file and write a candidate version.

    Parameters
    ----------
    path : Path
        File or folder of trials.
    menu : Menu
        The menu the trials speak of; it goes into the version.
    expert : Path
        The expert prior.
    models : Path
        Folder of the versions.
    measurements : Path, optional
        The file of measurements that the trials name.
    seed : int
        Seed of folds, bootstrap and draws.
    skip_faulty : bool
        Use the good rows of a file with faults.
    accept_warnings : bool
        Take what is odd in the file for right; the version remembers what that was.
    quick : bool
        Fit and save without evaluation or report.
    report : bool
        Write the report and the model card into the version.
    told, progress : callable
        Called with the trials once they are read, and with the name of each finished step.

    Raises
    ------
    InvalidTrials, InvalidMeasurements, UnreadableFile, InvalidExpert
        If the input cannot be used; nothing is written then.
    Unconfirmed
        If something in it is odd and warnings are not accepted; nothing is written then either.
    RetrainingRuns
        If another process is writing versions in the same folder.
    """
    # Hashed before it is read: of a file that changes meanwhile, the version says so.
    data = _hash_of(path) if measurements is None else _hash_of_both(path, measurements)
    setup = Setup(menu, read_expert(expert))
    brief = quick and measurements is None
    trials = read_trials(path, menu, skip_faulty=skip_faulty, for_fit=brief)
    trials = with_measurements(trials, measurements)
    accepted = confirm(trials.warnings, accepted=accept_warnings)
    told(trials)
    companies, simulated = trials.companies, trials.simulated
    evidence = _gathered(trials, menu, brief)
    whole = None if quick else trials
    result = None if quick else result_of(trials.frame)
    del trials  # of a million trials .1 GB that nothing reads any more
    with writing(models):
        clean_up(models)
        fitted = _fit_and_judge(
            evidence,
            setup,
            seed,
            simulated,
            frame=None if whole is None else whole.frame,
            live=_live(models),
            progress=progress,
        )
        model, evaluation = fitted.model, fitted.evaluation
        judged = _judged(fitted, result, quick=quick)
        verdict = judged.verdict
        told_of = as_json(evaluation, verdict, judged.why) | {"companies": companies}
        told_of |= {
            name: None if found is None else asdict(found)
            for name, found in (
                ("result", result),
                ("learned", fitted.learned),
                ("sensitivity", fitted.sensitivity),
            )
        }
        pages = {"evaluation.json": json.dumps(told_of, indent=1) + "\n"} | {
            f"evaluation.{language}.md": write_page(judged, language) for language in LANGUAGES
        }
        created = moment_after(models, datetime.now(UTC))
        provenance = _provenance(created, data, setup, seed, verdict, accepted)
        if report and whole is not None:
            pages |= _report(whole, model, judged, provenance, models)
            progress("report")
        version = save(model, provenance, models, pages)
    return Candidate(version, verdict, pages["evaluation.nl.md"])


def appraise(
    path: Path,
    menu: Menu,
    expert: Path,
    *,
    measurements: Path | None = None,
    seed: int = 0,
    accept_warnings: bool = False,
) -> tuple[str, str]:
    """Return what a file of trials allows, as a page in Dutch and in English; write nothing.

    Raises as `retrain` does.
    """
    setup = Setup(menu, read_expert(expert))
    trials = with_measurements(read_trials(path, menu), measurements)
    confirm(trials.warnings, accepted=accept_warnings)
    fitted = _fit_and_judge(
        _gathered(trials, menu), setup, seed, trials.simulated, frame=trials.frame
    )
    judged = _judged(fitted, result_of(trials.frame))
    dutch, english = (write_page(judged, language) for language in LANGUAGES)
    return dutch, english


@dataclass(frozen=True)
class _Fitted:
    """A candidate with what was found of it; None where nobody asked."""

    model: Model
    evaluation: Evaluation | None = None
    learned: Learned | None = None
    sensitivity: Sensitivity | None = None


def _judged(fitted: _Fitted, result: Result | None, *, quick: bool = False) -> Judged:
    model, evaluation = fitted.model, fitted.evaluation
    return Judged(
        model.menu,
        model.facts,
        evaluation,
        *judge_candidate(evaluation, quick=quick),
        result=result,
        learned=fitted.learned,
        sensitivity=fitted.sensitivity,
    )


def _report(
    trials: Trials, model: Model, judged: Judged, provenance: Provenance, models: Path
) -> dict[str, str]:
    """Return the pages of the report, by file name."""
    from matcher.report.pages import write_pages  # drawing costs seconds to import

    return write_pages(find(trials, model, judged, provenance, _predecessor(models)))


def _predecessor(models: Path) -> Predecessor:
    """Return the version that answers until now; one that does not load is only named."""
    version = live(models)
    try:
        found = None if version is None else load_model(models, version)
    except MatcherError:
        found = None
    return Predecessor(None if found is None else found[0], version)


def _live(models: Path) -> Live | None:
    """Return the version to succeed, when one that learned from real outcomes is live.

    One that does not load cannot be compared with, and must not stop its successor.
    """
    version = current(models)
    try:
        found = None if version is None else load_model(models, version)
    except MatcherError:
        return None
    if version is None or found is None or found[0].facts.simulated:
        return None
    try:
        told = json.loads((models / version / "evaluation.json").read_bytes())
        companies = told["companies"]
    except (OSError, ValueError, KeyError, TypeError):
        companies = None  # a version from before this was kept
    return Live(version, found[0], None if companies is None else frozenset(companies))


def _gathered(trials: Trials, menu: Menu, brief: bool = False) -> Evidence:
    by_sums = len(trials.frame) > MOST_BY_ROWS
    return gather(trials.frame, menu, with_profiles=not by_sums, for_fit=brief and by_sums)


def _fit_and_judge(
    evidence: Evidence,
    setup: Setup,
    seed: int,
    simulated: bool,
    *,
    frame: pd.DataFrame | None,
    live: Live | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> _Fitted:
    """Fit the trials and judge the model by them; without their ``frame`` fit them only."""
    # One thread for the linear algebra: the matrices are small, and the folds share the cores.
    # Left to itself it took 49 s instead of 4 for the 118 trials of the product on a busy machine.
    with threadpool_limits(1):
        model, scales = fit(evidence, setup, seed=seed)
        progress("fit")
        fitted = _Fitted(replace(model, facts=replace(model.facts, simulated=simulated)))
        if frame is None or not can_be_evaluated(evidence):
            return fitted
        contested = None
        if len(evidence) >= FEWEST_TRIALS:
            contested = contest(evidence, model, scales, seed=seed, progress=progress)
            model, scales = contested.model, contested.scales
        evaluation = evaluate(
            evidence, model, scales, seed=seed, live=live, contested=contested, progress=progress
        )
        factor = evaluation.interval_factor
        model = replace(
            model, facts=replace(model.facts, simulated=simulated, interval_factor=factor)
        )
        moved = learned(evidence, model)
        hangs_on = sensitivity(frame, evidence, model, scales, seed=seed)
    return _Fitted(model, evaluation, moved, hangs_on)


def can_be_evaluated(evidence: Evidence) -> bool:
    """Return whether there are two companies to judge by one another."""
    return len(set(evidence.company.tolist())) > 1


def _provenance(
    created: datetime,
    data: str,
    setup: Setup,
    seed: int,
    verdict: str,
    accepted: Mapping[str, int],
) -> Provenance:
    return Provenance(
        created=created.isoformat(timespec="seconds"),
        data_sha256=data,
        menu_sha256=setup.menu.ranked_sha256,
        expert_sha256=sha256(setup.expert.source_text.encode()),
        code_sha256=_hash_of(Path(__file__).parent, (".py", ".toml", ".html", ".css", ".md")),
        seed=seed,
        libraries={"python": platform.python_version()}
        | {name: version_of(name) for name in LIBRARIES},
        verdict=verdict,
        accepted_warnings=accepted,
    )


def _hash_of_both(trials: Path, measurements: Path) -> str:
    return sha256((_hash_of(trials) + _hash_of(measurements)).encode())


def _hash_of(path: Path, endings: tuple[str, ...] = ("",)) -> str:
    """Return the SHA-256 of a file, or of the names and contents of the files in a folder."""
    if path.is_dir():
        found = (p for p in path.rglob("*") if p.is_file() and p.name.endswith(endings))
        files = sorted(found)
    else:
        files = [path]
    digest = hashlib.sha256()
    for file in files:
        if path.is_dir():
            digest.update(file.relative_to(path).as_posix().encode() + b"\0")
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
