"""What an experiment can see, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from matcher.messages import say
from matcher.plan.power import CLUSTERED, EXPECTED_GAIN, Sight
from matcher.ranking.wording import decimal
from matcher.vocabulary import Language


def described(found: Sight, effect: float | None, language: Language) -> Iterator[str]:
    """Yield what an experiment can see, as sentences; ``effect`` is what was asked for, if so."""
    asked = found.experiment

    def points(value: float) -> str:
        return decimal(f"{value:.2f}", language)

    def percent(share: float) -> str:
        return decimal(f"{100 * share:g}", language)

    told = {
        "n": asked.companies,
        "tables": asked.tables,
        "effect": points(found.effect),
        "power": percent(asked.power),
    }
    if effect is not None:
        key = "tables_needed" if asked.design in CLUSTERED else "needed"
        yield say(language, f"power.{key}", **told | {"effect": decimal(f"{effect:g}", language)})
    else:
        yield say(language, "power.sees", **told)
    yield say(
        language,
        f"power.design_{asked.design.replace('-', '_')}",
        tables=asked.tables,
        periods=asked.periods,
        controls=percent(round(asked.share_controls, 2)),
    )
    if asked.cards > 1:
        yield say(language, "power.cards", n=asked.cards)
    if found.effect > EXPECTED_GAIN:
        yield say(language, "power.small", expected=points(EXPECTED_GAIN))
    yield say(
        language,
        "power.counted",
        respondents=asked.respondents,
        sd=points(asked.sd_means),
        r=points(asked.correlation),
        icc=points(asked.icc_tables),
        dropout=percent(asked.dropout),
        alpha=percent(asked.alpha),
        error=points(found.standard_error),
        freedom=found.freedom,
    )
    yield say(language, "power.judged")
