"""Which column of each file of respondents is which question of the instrument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz import fuzz, process

from matcher.arrays import Array
from matcher.survey.words import tidied

SURE = 90.0
"""Likeness of two questions, 0 to 100, from which on they are taken for one."""
_NOT = frozenset(
    (
        *("niet", "geen", "nooit", "niemand", "niets", "nauwelijks", "zelden", "amper"),
        *("not", "no", "never", "nobody", "nothing", "hardly", "rarely", "seldom", "without"),
        *("zonder", "weinig", "few", "little"),
    )
)
"""Words that turn what is asked round: with and without one, two questions are never one."""
_FEWEST_WORDS = 3
_ALIKE = 3
"""So many questions that begin or end alike have a stem, which says nothing of one of them."""
NEAR = 60.0
"""Likeness from which on a person is asked whether they are one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A column of answers on a scale: its name, and what was asked."""

    column: str
    question: str

    @property
    def words(self) -> str:
        """What was asked as it is compared."""
        return tidied(self.question)

    @property
    def tells(self) -> bool:
        """Whether it says what was asked: ``v12`` and ``Leren 3`` do not."""
        return len(self.words.split()) >= _FEWEST_WORDS


@dataclass(frozen=True, slots=True)
class Paired:
    """The columns of one file that are items of the instrument."""

    columns: Mapping[str, str]
    """Item -> column."""
    likeness: Mapping[str, float]
    """Item -> how much its question here is like the one of the instrument; 100 is the same."""
    doubtful: Mapping[str, str] = field(default_factory=dict)
    """Item -> the column that may be it."""
    missing: tuple[str, ...] = ()
    """Items for which no column is here."""
    others: tuple[str, ...] = ()
    """Columns that are no item of the instrument."""


def pair_items(items: Mapping[str, Asked], columns: Sequence[Asked]) -> Paired:
    """Return which column is which item, each one once.

    The same question is the same item, wherever it stands; of questions that are merely alike the
    likeliest go together first, and one that says "not" is never sure to be one that does not.
    Where neither file tells the questions, the names of the columns decide: likeness says nothing
    about ``v12`` and ``v13``.

    Examples
    --------
    >>> told = {"a": Asked("Q1", "Ik leer op mijn werk"), "b": Asked("Q2", "Ik krijg hier tijd")}
    >>> asked = Asked("v2", "Ik krijg hier tijd."), Asked("v1", "Ik leer veel van werk")
    >>> found = pair_items(told, asked)
    >>> dict(found.columns), dict(found.doubtful)
    ({'b': 'v2'}, {'a': 'v1'})
    """
    names = list(items)
    likeness = _likeness([items[name] for name in names], columns)
    columns_of: dict[str, str] = {}
    scores: dict[str, float] = {}
    doubtful: dict[str, str] = {}
    taken: set[int] = set()
    order = np.argsort(-likeness, axis=None, kind="stable")
    for at, to in zip(*np.unravel_index(order, likeness.shape), strict=True):
        name, score = names[at], float(likeness[at, to])
        if score < NEAR:
            break
        if name in columns_of or name in doubtful or int(to) in taken:
            continue
        taken.add(int(to))
        if score >= SURE:
            columns_of[name], scores[name] = columns[to].column, round(score, 1)
        else:
            doubtful[name], scores[name] = columns[to].column, round(score, 1)
    return Paired(
        columns={name: columns_of[name] for name in names if name in columns_of},
        likeness={name: scores[name] for name in names if name in scores},
        doubtful={name: doubtful[name] for name in names if name in doubtful},
        missing=tuple(name for name in names if name not in columns_of and name not in doubtful),
        others=tuple(c.column for at, c in enumerate(columns) if at not in taken),
    )


def _likeness(items: Sequence[Asked], columns: Sequence[Asked]) -> Array:
    """Return (n_items, n_columns): how alike each item and column are, 0 to 100."""
    if not items or not columns:
        return np.zeros((len(items), len(columns)))
    told = [without_stem([each.words for each in side]) for side in (items, columns)]
    # The words of a stem may be in one file and not in the other: both forms are compared.
    whole = [[each.words for each in side] for side in (items, columns)]
    likeness = np.maximum(_ratios(*told), _ratios(*whole))
    turned = [[bool(_NOT & set(each.split())) for each in side] for side in told]
    against = np.not_equal.outer(*turned)
    likeness = np.where(against, np.minimum(likeness, SURE - 1), likeness)
    tells = np.logical_and.outer([i.tells for i in items], [c.tells for c in columns])
    same = np.array([[i.column == c.column for c in columns] for i in items])
    return np.where(tells, likeness, np.where(same, 100.0, 0.0))


def _ratios(left: Sequence[str], right: Sequence[str]) -> Array:
    found: Array = process.cdist(left, right, scorer=fuzz.token_sort_ratio).astype(float)
    return found


def without_stem(questions: Sequence[str]) -> list[str]:
    """Return questions without the words that all of them begin or end with.

    Examples
    --------
    >>> without_stem(["hoe vaak leert u", "hoe vaak oefent u", "hoe vaak vraagt u"])
    ['leert', 'oefent', 'vraagt']
    """
    words = [question.split() for question in questions]
    if len(words) < _ALIKE:
        return list(questions)
    shortest = min(map(len, words))
    front = next((n for n in range(shortest) if len({w[n] for w in words}) > 1), shortest)
    words = [each[front:] for each in words]
    shortest = min(map(len, words))
    back = next((n for n in range(shortest) if len({w[-1 - n] for w in words}) > 1), shortest)
    left = [" ".join(each[: len(each) - back]) for each in words]
    return left if all(left) else list(questions)
