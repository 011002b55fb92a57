"""What the evaluation allows to be said of a candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from scipy.special import bdtr

from matcher.evaluation.cross_fitting import BASELINES, Policy
from matcher.evaluation.evaluate import Evaluation
from matcher.evaluation.intervals import ERROR, surely
from matcher.evaluation.verdict import Verdict
from matcher.messages import say
from matcher.vocabulary import Language

FEWEST_COMPANIES = 20
"""Below this no difference between policies can be told from chance [J]."""
LEAST_SUPPORT = 5
"""Trials in which the choice agrees: fewer decide neither for nor against [J].

In number and in effective number: one choice that was hardly ever made may not decide.
"""
MOST_OUTSIDE = 0.5
"""Share of a policy's choices that hardly anybody made, above which its value is not told [J].

There the model alone speaks: beyond a half, more of the figure is its word than that of trials.
"""
LEAST_COVERAGE = 0.70
"""An 80 % interval that surely (95 %) covers less than this does not mean what it says."""
LEAST_GAIN = 0.01
"""Points per company that a model must bring over each simple choice to be worth a change [J]."""
MOST_CHANGED = 0.20
"""Share of the first threes that may change when one company leaves [J].

At 90 simulated companies it was .01 to .04.
"""


def judge_candidate(
    evaluation: Evaluation | None, *, quick: bool = False
) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict and the keys of its reasons, in the catalogue under ``gate.``.

    There is no evaluation when it was not asked for (``quick``), or there is nobody to judge by.
    Its figures are medians over several ways to deal companies into folds, so that the verdict does
    not hang on the luck of one.

    What is surely worse keeps the present model. Only what is better than every baseline with 80 %
    certainty, by enough to matter, whoever is left out, is promoted. The rest is what a hundred
    companies usually allow: cannot tell.
    """
    if evaluation is None:
        return "cannot tell", ("not_evaluated" if quick else "few_companies",)
    against = _against(evaluation)
    if against:
        return "keep", against
    doubts = _doubts(evaluation)
    return ("cannot tell", doubts) if doubts else ("promote", ("better_than_all",))


def supported(evaluation: Evaluation) -> frozenset[Policy]:
    """Return the policies of whose value the trials speak; of the others it cannot be told.

    Enough trials in which the choice agrees, not one that outweighs all others, and not more than
    half of the choices where hardly anybody made them: what nobody chose is valued by the model
    alone, and the model may not be its own judge.
    """
    report, found = evaluation.support_report, evaluation.off_policy
    return frozenset(
        policy
        for policy, n in evaluation.support.items()
        if min(n, n if report is None else report.overlap[policy].effective_n) >= LEAST_SUPPORT
        and (policy not in found or found[policy].outside <= MOST_OUTSIDE)
    )


def _against(evaluation: Evaluation) -> tuple[str, ...]:
    seen = supported(evaluation)
    few = evaluation.n_companies < FEWEST_COMPANIES
    found = []
    if _covers_too_little(evaluation):
        found.append("intervals_too_narrow")
    if few:
        return tuple(found)
    if "leermatch" in seen and surely("below", evaluation.values["leermatch"]):
        found.append("first_choice_harms")
    behind = [evaluation.differences[b] for b in BASELINES if b in seen]
    if any(surely("below", difference, len(BASELINES)) for difference in behind):
        found.append("worse_than_baseline")
    if any(group.surely_worse for group in evaluation.groups):
        found.append("group_worse")
    succession = evaluation.succession
    beside_live = None if succession is None else succession.difference
    if "leermatch" in seen and beside_live is not None and surely("below", beside_live):
        found.append("worse_than_live")
    return tuple(found)


def _covers_too_little(evaluation: Evaluation) -> bool:
    """Return whether intervals that cover ``LEAST_COVERAGE`` would hold so few gains in 1 of 20.

    An exact binomial test: of one or two gains none need be inside, and of three that is rare.
    """
    share, n = evaluation.coverage.value, evaluation.n_measured
    return share is not None and float(bdtr(round(share * n), n, LEAST_COVERAGE)) < ERROR


def _doubts(evaluation: Evaluation) -> tuple[str, ...]:
    differences = evaluation.differences.values()
    better = not unbeaten(evaluation)
    stability = evaluation.stability
    checks = {
        "few_companies": evaluation.n_companies < FEWEST_COMPANIES,
        "no_differences": not evaluation.shows_differences,
        "nothing_measured": evaluation.coverage.high is None,
        "too_little_overlap": "leermatch" not in supported(evaluation),
        "not_better_than_all": not better,
        "gain_too_small": better and any((d.value or 0.0) < LEAST_GAIN for d in differences),
        "one_company_decides": stability is not None
        and (stability.top3_changed.value or 0.0) > MOST_CHANGED,
    }
    return tuple(name for name, doubt in checks.items() if doubt)


def unbeaten(evaluation: Evaluation) -> tuple[Policy, ...]:
    """Return the baselines that the model does not beat with 80 % certainty."""
    lows = {baseline: evaluation.differences[baseline].low for baseline in BASELINES}
    return tuple(baseline for baseline, low in lows.items() if low is None or low <= 0)


def reasons_in_words(
    why: Sequence[str], evaluation: Evaluation | None, language: Language
) -> list[str]:
    """Return the reasons of a verdict as sentences; the choices that were not beaten are named."""
    sentences = []
    for reason in why:
        sentence = say(language, f"gate.why.{reason}")
        if reason == "not_better_than_all" and evaluation is not None:
            names = [say(language, f"gate.policy.{policy}") for policy in unbeaten(evaluation)]
            sentence += " " + say(language, "gate.unbeaten", named=", ".join(names))
        sentences.append(sentence)
    if sentences and evaluation is not None and evaluation.n_splits > 1:
        sentences[-1] += " " + say(language, "gate.ways", n=evaluation.n_splits)
    return sentences


def as_json(
    evaluation: Evaluation | None, verdict: Verdict, why: tuple[str, ...]
) -> dict[str, object]:
    """Return verdict, reasons and every figure as plain values."""
    return {
        "verdict": verdict,
        "why": list(why),
        "evaluation": None if evaluation is None else asdict(evaluation),
    }
