"""What the evaluation allows to be said of a candidate, and the page that says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Literal

from matcher.evaluation import BASELINES, Evaluation
from matcher.findings import Estimate
from matcher.messages import say
from matcher.model import Facts
from matcher.vocabulary import Language

Verdict = Literal["promote", "keep", "cannot tell"]
EXIT_CODES: Mapping[Verdict, int] = {"promote": 0, "keep": 3, "cannot tell": 4}
FEWEST_COMPANIES = 20
"""Below this no difference between policies can be told from chance [J]."""
LEAST_SUPPORT = 5
"""Fewer trials than this in which the choice agrees decide neither for nor against [J]."""
LEAST_COVERAGE = 0.70
"""An 80 % interval that surely covers less than this does not mean what it says."""


def judge_candidate(
    evaluation: Evaluation | None, *, quick: bool = False
) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict and the keys of its reasons, in the catalogue under ``gate.``.

    There is no evaluation when it was not asked for (``quick``), or there is nobody to judge by.

    Better than every baseline with 80 % certainty promotes, worse than any keeps, and the rest is
    what a hundred companies usually allow: cannot tell.
    """
    if evaluation is None:
        return "cannot tell", ("not_evaluated" if quick else "few_companies",)
    doubts = []
    few = evaluation.n_companies < FEWEST_COMPANIES
    if few:
        doubts.append("few_companies")
    if not evaluation.shows_differences:
        doubts.append("no_differences")
    covered = evaluation.coverage.high
    if covered is None:
        doubts.append("nothing_measured")
    elif covered < LEAST_COVERAGE:
        return "keep", ("intervals_too_narrow",)
    # What nobody chose is valued by the model alone, and the model may not be its own judge.
    seen = [policy for policy, n in evaluation.support.items() if n >= LEAST_SUPPORT]
    if not few and any(_surely(evaluation.differences[b], -1) for b in BASELINES if b in seen):
        return "keep", ("worse_than_baseline",)
    better = all(_surely(evaluation.differences[b], 1) for b in BASELINES)
    if "leermatch" not in seen or not better:
        doubts.append("not_better_than_all")
    return ("cannot tell", tuple(doubts)) if doubts else ("promote", ("better_than_all",))


def _surely(difference: Estimate, sign: int) -> bool:
    bound = difference.low if sign > 0 else difference.high
    return bound is not None and sign * bound > 0


def as_json(evaluation: Evaluation | None, verdict: Verdict, why: tuple[str, ...]) -> object:
    """Return verdict, reasons and every figure as plain values."""
    return {
        "verdict": verdict,
        "why": list(why),
        "evaluation": None if evaluation is None else asdict(evaluation),
    }


def write_page(
    evaluation: Evaluation | None,
    verdict: Verdict,
    why: tuple[str, ...],
    facts: Facts,
    language: Language,
) -> str:
    """Return the page of a candidate in Markdown: the verdict first, then the figures."""

    def words(key: str, **params: object) -> str:
        return say(language, f"gate.{key}", **params)

    lines = [f"# {words('title')}", ""]
    if facts.simulated:
        lines += [f"> {words('simulated')}", ""]
    lines += [f"**{words('verdict.' + verdict.replace(' ', '_'))}**", ""]
    lines += [f"- {words('why.' + reason)}" for reason in why]
    lines += ["", words("trained", trials=facts.trials, companies=facts.companies)]
    if facts.n_controls:
        change = _number(facts.control_change, language, sign=True)
        lines += ["", words("controls", n=facts.n_controls, change=change)]
    if evaluation is not None:
        lines += ["", f"## {words('values')}", "", words("values_note"), ""]
        lines += [words("values_head"), "|---|---:|---:|---:|"]
        for policy, value in evaluation.values.items():
            gap = evaluation.differences.get(policy)
            lines.append(
                f"| {words('policy.' + policy)} | {_range(value, language)} "
                f"| {'' if gap is None else _range(gap, language)} | {evaluation.support[policy]} |"
            )
        lines += ["", f"## {words('coverage')}", ""]
        covered = _range(evaluation.coverage, language, percent=True)
        lines.append(words("coverage_note", n=evaluation.n_measured, covered=covered))
        lines += ["", f"## {words('brier')}", "", words("brier_note"), ""]
        lines += [words("brier_head"), "|---|---:|---:|"]
        for head, row in evaluation.brier.items():
            ours, theirs = (_number(row[name], language, 3) for name in ("leermatch", "expert"))
            lines.append(f"| {words('head.' + head)} | {ours} | {theirs} |")
        lines += ["", _assignment(evaluation, words)]
    return "\n".join(lines) + "\n"


def _assignment(evaluation: Evaluation, words: Callable[..., str]) -> str:
    """Return what the way of choosing allows to be said."""
    drawn, n = evaluation.n_random, evaluation.n_trials
    if drawn == 0:
        return words("association")
    return words("randomised") if drawn == n else words("partly_random", drawn=drawn, n=n)


def _number(value: float | None, language: Language, digits: int = 2, *, sign: bool = False) -> str:
    if value is None:
        return say(language, "gate.unknown")
    # Plus 0: what rounds to 0 from below is no minus 0.
    text = f"{round(value, digits) + 0.0:{'+' if sign else ''}.{digits}f}"
    return text.replace(".", ",") if language == "nl" else text


def _range(value: Estimate, language: Language, *, percent: bool = False) -> str:
    if value.value is None or value.low is None or value.high is None:
        return say(language, "gate.unknown")
    if percent:
        middle, low, high = (f"{100 * v:.0f}" for v in (value.value, value.low, value.high))
        return say(language, "gate.percent", value=middle, low=low, high=high)
    middle, low, high = (_number(v, language) for v in (value.value, value.low, value.high))
    return say(language, "gate.range", value=middle, low=low, high=high)
