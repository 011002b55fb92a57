"""Everything a report tells, found once and the same for every language."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.evaluation.evaluate import Evaluation
from matcher.evaluation.judging import Verdict
from matcher.menu.card import Menu
from matcher.model.artefact import Provenance
from matcher.model.fitted import Facts, Model, carried_to, expert_model
from matcher.profile.reference import reference_companies
from matcher.ranking.changes import Change, Predecessor, changes_between
from matcher.ranking.engine import Engine
from matcher.report.baseline import Baseline, baseline_of
from matcher.report.missing import Missing, missing_of
from matcher.report.outlook import Outlook, outlook_of
from matcher.training.evidence import gather
from matcher.trials.randomisation import drawn_by_lot
from matcher.trials.reader import Trials


@dataclass(frozen=True)
class Findings:
    """What a report tells."""

    menu: Menu
    facts: Facts
    provenance: Provenance
    verdict: Verdict
    why: tuple[str, ...]
    evaluation: Evaluation | None
    missing: Missing
    baseline: Baseline
    outlook: Outlook
    changes: tuple[Change, ...]
    since: Predecessor
    n_random: int
    """Trials whose intervention was drawn by lot."""


def find(
    trials: Trials,
    model: Model,
    evaluation: Evaluation | None,
    judged: tuple[Verdict, tuple[str, ...]],
    provenance: Provenance,
    since: Predecessor,
) -> Findings:
    """Return the findings on a fitted model and the trials that it was fitted to.

    Parameters
    ----------
    trials : Trials
        What it learned from.
    model : Model
        The candidate.
    evaluation : Evaluation or None
        Its evaluation; None where it could not be evaluated.
    judged : (verdict, reasons)
        What the gate said.
    provenance : Provenance
        Where it comes from.
    since : Predecessor
        The version that answered until now.
    """
    evidence = gather(trials.frame, model.menu, with_profiles=False)
    engine = Engine(model, "candidate")
    companies = reference_companies()
    before = (
        expert_model(model.menu, model.expert)
        if since.model is None
        else carried_to(since.model, model.menu)
    )
    verdict, why = judged
    return Findings(
        menu=model.menu,
        facts=model.facts,
        provenance=provenance,
        verdict=verdict,
        why=why,
        evaluation=evaluation,
        missing=missing_of(trials.frame),
        baseline=baseline_of(trials.frame),
        outlook=outlook_of(engine, evidence, [company.profile for company in companies]),
        changes=changes_between(Engine(before, "before"), engine, companies),
        since=since,
        n_random=int(drawn_by_lot(evidence.frame).sum()),
    )
