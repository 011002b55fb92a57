"""What is odd in a measured wave and may be right: a person looks, and nothing is left out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from matcher.errors import Warned
from matcher.measure.response import TOO_MANY_AT_AN_END
from matcher.measure.study import Instrument, Measure, WaveMeasure


def oddities(measure: Measure) -> tuple[Warned, ...]:
    """Return what is odd, wave by wave, each with its figure."""
    return tuple(warned for wave in measure.waves for warned in _of_wave(wave, measure.instrument))


def _of_wave(wave: WaveMeasure, instrument: Instrument) -> Iterator[Warned]:
    fit, told = wave.item_fit, {"wave": wave.name}
    # Where turning one item explains it all, its neighbours are not blamed.
    for at in np.flatnonzero(fit.explained if fit.explained.any() else fit.doubtful):
        item = instrument.items[at]
        code = "item_turned_too_often" if item in instrument.reversed else "item_against_rest"
        yield Warned(item, code, {**told, "item": item, "value": f"{fit.rest[at]:.2f}"})
    for code, n in (
        ("answers_twice", wave.repeats.n_extra),
        ("straight_lines", wave.straight_lines.n),
    ):
        if n:
            yield Warned(wave.name, code, {**told, "n": n, "rows": wave.n_rows}, count=n)
    more = int(wave.by_company.response.more_than_headcount.sum())
    if more:
        yield Warned(wave.name, "more_than_headcount", {**told, "n": more}, count=more)
    if wave.ends.too_short:
        floor, ceiling = (round(100 * (end or 0)) for end in (wave.ends.floor, wave.ends.ceiling))
        limit = round(100 * TOO_MANY_AT_AN_END)
        params = {**told, "floor": floor, "ceiling": ceiling, "most": limit}
        yield Warned(wave.name, "scale_too_short", params)
