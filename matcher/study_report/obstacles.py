"""What a study holds in short, and what stands in the way of conclusions."""

from __future__ import annotations

from collections.abc import Iterator

from matcher.disclosure import FEWEST, alone, beside_total
from matcher.measure.agreement import ENOUGH_AGREEMENT
from matcher.measure.reliability import FEWEST_COMPANIES
from matcher.report.parts import Wording
from matcher.study_report.read_sections import wave_name
from matcher.study_report.seen import Seen, SeenWave
from matcher.trials.columns import CONTROL

ENOUGH_RELIABILITY = 0.70
"""Alpha below which a score says too little of a person (Nunnally, Psychometric Theory, 1978)."""
ENOUGH_RESPONSE = 0.50
"""Share of the people below which nobody knows what the others think [J]."""


def shape(seen: Seen, say: Wording) -> list[str]:
    """Return how large the study is."""
    built = seen.built
    tried = sum(row["intervention"] != CONTROL for row in built.trials)
    trials, controls = map(say.count, beside_total([tried, len(built.trials) - tried]))
    waves = [
        say("study.short.wave", wave=wave_name(wave.told.name, say), n=say.count(wave.scored))
        for wave in seen.waves
    ]
    companies = say.count(alone(len(built.known.companies.listed)))
    return [
        say("study.short.companies", n=companies),
        *waves,
        say("study.short.trials", n=trials, controls=controls),
    ]


def obstacles(seen: Seen, say: Wording) -> list[str]:
    """Return what stands in the way of conclusions, in sentences; none where nothing does."""
    found = [text for wave in seen.waves for text in _of_wave(seen, wave, say)]
    if len(seen.waves) < 2:
        found.append(say("study.obstacle.one_wave"))
    elif not any((change.twice.n > 0).any() for change in seen.built.measure.changes):
        found.append(say("study.obstacle.no_pairs"))
    if seen.n_controls < FEWEST:
        found.append(say("study.obstacle.controls"))
    found.append(say("study.obstacle.not_drawn"))
    return found


def _of_wave(seen: Seen, wave: SeenWave, say: Wording) -> Iterator[str]:
    name, measure = wave_name(wave.told.name, say), wave.measure
    name = name[:1].upper() + name[1:]
    if not wave.enough:
        yield say("study.obstacle.few", wave=name)
        return
    if (measure.by_company.n > 0).sum() < FEWEST_COMPANIES:
        yield say("study.obstacle.companies", wave=name, n=FEWEST_COMPANIES)
    if odd := suspicious(seen, wave):
        yield say("study.obstacle.items", wave=name, items=", ".join(odd))
    for key, value, least in (
        ("alpha", measure.reliability.alpha.value, ENOUGH_RELIABILITY),
        ("icc2", measure.aggregation.icc2.value, ENOUGH_AGREEMENT),
    ):
        if value is not None and value < least:
            told = {"value": say.number(value), "least": say.number(least)}
            yield say(f"study.obstacle.{key}", wave=name, **told)
    if measure.aggregation.icc2.unknown == "negative":
        yield say("study.obstacle.icc2_negative", wave=name)
    if measure.ends.too_short:
        yield say("study.obstacle.ends", wave=name)
    if wave.response is not None and wave.response < ENOUGH_RESPONSE:
        yield say("study.obstacle.response", wave=name, share=say.percent(wave.response))


def suspicious(seen: Seen, wave: SeenWave) -> list[str]:
    """Return the items that go against the others, the fewest that explain it."""
    fit = wave.measure.item_fit
    marked = fit.explained if fit.explained.any() else fit.doubtful
    return [
        item
        for item, is_odd, n in zip(seen.instrument.items, marked, wave.answered, strict=True)
        if is_odd and n >= FEWEST
    ]
