"""What each file of a study is: respondents before or after, companies, or a log of what was tried.

By content first: what stands in the columns, how many rows a company has, and on which days people
answered; the name of the file goes before days only where it tells a wave.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

import pandas as pd

from matcher.survey.guess import heading_of
from matcher.survey.personal import plain
from matcher.survey.result import Reason, Recognised, Role, Survey

_BEFORE = re.compile(
    r"(?:^voor\b)|\b(voor(?= *(?:[0-9]|$))|vooraf|voormeting|nul|nulmeting|begin|beginmeting|start"
    r"|startmeting|before|pre|pretest|baseline|t0|m0|w1|(?:wave|golf|ronde|meting) 1"
    r"|eerste meting|voorjaar)\b"
)
_AFTER = re.compile(
    r"(?:^na\b)|\b(na(?= *(?:[0-9]|$))|achteraf|nameting|eind|eindmeting|vervolg|vervolgmeting"
    r"|after|post|posttest|follow up|followup|t1|t2|m1|w2|(?:wave|golf|ronde|meting) 2"
    r"|tweede meting|najaar)\b"
)
_MOST_WAVES = 6
ANOTHER_WAVE = timedelta(days=21)
"""Between the middles of two waves lie more days than this; within one, fewer [J]."""
_FACTS = ("background", "count")


@dataclass(frozen=True, slots=True)
class _Told:
    """What speaks for a wave."""

    by_name: Role | None
    by_day: Role | None


def recognise(surveys: Sequence[Survey]) -> tuple[Recognised, ...]:
    """Return what each file is, in the order given, with the reasons for it and against it."""
    found = [_alone(survey) for survey in surveys]
    people = [at for at, each in enumerate(found) if each.role == "respondents"]
    days = {at: day for at in people if (day := middle_day(surveys[at])) is not None}
    for at in people:
        found[at] = _waved(found[at], at, days)
    return tuple(_doubled(found))


def _alone(survey: Survey) -> Recognised:
    """Return what a file is by itself: respondents are not told apart yet."""
    items = survey.of_kind("item")
    per_company = _rows_per_company(survey)
    headings = [heading_of(column.name, column.question) for column in survey.columns]
    if survey.of_people:
        because = [Reason("items", {"n": len(items), "rows": len(survey.rows)})]
        doubt = []
        if per_company is None:
            doubt.append(Reason("no_company"))
        elif per_company < 1.5:
            doubt.append(Reason("one_row_each"))
        else:
            because.append(Reason("rows_each", {"n": per_company}))
        wave = _wave_column(survey)
        if wave is not None:
            because.append(Reason("wave_column", {"column": wave}))
            return Recognised(survey, "both", tuple(because), tuple(doubt), wave)
        return Recognised(survey, "respondents", tuple(because), tuple(doubt))
    if "intervention" in headings or ("day" in headings and "state" in headings):
        doubt = [] if per_company is not None else [Reason("no_company")]
        return Recognised(survey, "log", (Reason("log"),), tuple(doubt))
    if per_company is not None and any(heading in _FACTS for heading in headings):
        doubt = [] if per_company == 1 else [Reason("company_again", {"n": per_company})]
        return Recognised(survey, "companies", (Reason("companies"),), tuple(doubt))
    return Recognised(survey, "other", (), (Reason("unlike_all"),))


def _rows_per_company(survey: Survey) -> float | None:
    """Return how many rows a company has, on average; None where no column tells the company."""
    for name in survey.of_kind("company"):
        cells = survey.rows[name].dropna()
        if len(cells):
            return round(len(cells) / cells.nunique(), 1)
    return None


def _wave_column(survey: Survey) -> str | None:
    """Return the column that tells the wave: by its name, or by words of waves in its cells."""
    for column in survey.columns:
        cells = survey.rows[column.name]
        if not isinstance(cells.dtype, pd.CategoricalDtype):
            continue
        words = [column.labels.get(str(word), str(word)) for word in cells.cat.categories]
        if not 2 <= len(words) <= _MOST_WAVES:
            continue
        if heading_of(column.name, column.question) == "wave":
            return column.name
        sides = {wave_of(word) for word in words}
        if column.kind == "choice" and sides == {"before", "after"}:
            return column.name
    return None


def wave_of(text: str) -> Role | None:
    """Return the wave that words tell; None if they tell none, or two."""
    words = plain(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))
    before, after = _BEFORE.search(words), _AFTER.search(words)
    if bool(before) == bool(after):
        return None
    return "before" if before else "after"


def middle_day(survey: Survey) -> str | None:
    """Return the day by which half of the respondents had answered, as ISO 8601 writes it."""
    for column in survey.columns:
        if column.kind == "day" and column.because.code == "day_of_tool":
            days = survey.rows[column.name].dropna()
            return None if days.empty else str(days.median())[:10]
    for name in survey.of_kind("day"):
        days = survey.rows[name].dropna()
        if len(days) >= len(survey.rows) / 2:
            return str(days.median())[:10]
    return None


def _waved(each: Recognised, at: int, days: dict[int, str]) -> Recognised:
    """Return a file of respondents with its wave."""
    name = " ".join(filter(None, (each.survey.file.rsplit(".", 1)[0], each.survey.sheet)))
    told = _Told(wave_of(name), _by_day(at, days))
    because, doubt = list(each.because), list(each.doubt)
    day = {"day": days[at]} if at in days else {}
    if told.by_name is not None:
        because.append(Reason(f"name_{told.by_name}", {"name": name}))
    if told.by_day is not None:
        against = told.by_name is not None and told.by_name != told.by_day
        (doubt if against else because).append(Reason(f"day_{told.by_day}", day))
    role = told.by_name or told.by_day
    if role is None:
        return replace(each, doubt=(*doubt, Reason("no_wave")))
    return replace(each, role=role, because=tuple(because), doubt=tuple(doubt))


def _by_day(at: int, days: dict[int, str]) -> Role | None:
    """Return the wave that the days of several files tell: before are those until the widest gap.

    One wave is often held with two tools, or in two halves, some days apart.
    """
    told = sorted({date.fromisoformat(day) for day in days.values()})
    if at not in days or len(told) < 2:
        return None
    gap, first_after = max((later - day, later) for day, later in pairwise(told))
    if gap < ANOTHER_WAVE:
        return None
    return "before" if date.fromisoformat(days[at]) < first_after else "after"


def _doubled(found: Sequence[Recognised]) -> list[Recognised]:
    """Return the files with doubt at those of which there is one too many."""
    roles = [each.role for each in found]
    return [
        replace(each, doubt=(*each.doubt, Reason(f"second_{each.role}")))
        if each.role in ("before", "companies") and roles.index(each.role) != at
        else each
        for at, each in enumerate(found)
    ]
