"""Everything a report tells, found once and the same for every language."""

from __future__ import annotations

from dataclasses import dataclass, field

from matcher.disclosure import FEWEST, Told, alone, beside_total, summed
from matcher.evaluation.before_after import Result, result_of
from matcher.evaluation.evaluate import Evaluation
from matcher.evaluation.learned import Learned
from matcher.evaluation.sensitivity import Sensitivity
from matcher.evaluation.verdict import Verdict
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
class Judged:
    """A candidate as the gate saw it."""

    menu: Menu
    facts: Facts
    evaluation: Evaluation | None
    """None where it could not be evaluated, or was not to be."""
    verdict: Verdict
    why: tuple[str, ...]
    result: Result | None = field(default=None, kw_only=True)
    """What was measured before and after; None where the trials were read without it."""
    learned: Learned | None = field(default=None, kw_only=True)
    sensitivity: Sensitivity | None = field(default=None, kw_only=True)
    """What the outcomes moved, and what other analyses find; None where nobody asked."""


@dataclass(frozen=True)
class Findings(Judged):
    """What a report tells."""

    provenance: Provenance
    missing: Missing
    baseline: Baseline
    outlook: Outlook
    changes: tuple[Change, ...]
    since: Predecessor
    n_random: int
    """Trials whose intervention was drawn by lot."""

    @property
    def measured(self) -> Told:
        """How many measured gains were judged, as far as it may be told."""
        assert self.evaluation is not None  # who asks, looked
        n, told = self.evaluation.n_measured, summed(self.missing.told[1].values())
        if self.evaluation.sampled_from is not None:
            return alone(n)
        return Told(FEWEST, None) if told.exact is None else beside_total([n, told.exact - n])[0]


def find(
    trials: Trials, model: Model, judged: Judged, provenance: Provenance, since: Predecessor
) -> Findings:
    """Return the findings on a fitted model and the trials that it was fitted to.

    Parameters
    ----------
    trials : Trials
        What it learned from.
    model : Model
        The candidate.
    judged : Judged
        What the gate said of it.
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
    return Findings(
        **vars(judged) | {"result": judged.result or result_of(trials.frame)},
        provenance=provenance,
        missing=missing_of(trials.frame),
        baseline=baseline_of(trials.frame),
        outlook=outlook_of(engine, evidence, [company.profile for company in companies]),
        changes=changes_between(Engine(before, "before"), engine, companies),
        since=since,
        n_random=int(drawn_by_lot(evidence.frame).sum()),
    )
