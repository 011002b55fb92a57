"""What is told of counts, before a reader who solves for all that is not told.

The reader knows nothing of the rule in the one attack, and all of it in the other: then only counts
remain that would have been told in the same words. Nobody may be left with one value for a count
that is hidden, nor learn of any 1 to 4 which it is.
"""

import doctest
import itertools
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import disclosure
from matcher.disclosure import FEWEST, Told, alone, beside_total, by_part, of_too_few, summed
from matcher.model.fitted import expert_model
from matcher.profile.schema import read_profile
from matcher.ranking.engine import Engine
from matcher.vocabulary import SECTOR_GROUPS, SECTORS, SIZE_BOUNDS

FEW = range(1, 5)
ASKED = {"sbi_version": "2008", "needs": ["inwerken"], "staffing_pressure": "krap"}
LETTERS = {SECTOR_GROUPS.index(one.group): letter for letter, one in SECTORS["2008"].items()}
COUNTS = st.lists(st.integers(0, 30), min_size=1, max_size=7)


def possible(told, total):
    """Return for each count the values it has in any solution: a search over all, part by part.

    ``told`` are (least, most) as read; ``most`` None is no bound. ``total`` None is not told.
    """
    ranges = [
        range(least, (total if total is not None else 40) + 1 if most is None else most + 1)
        for least, most in told
    ]
    if total is None:
        return [set(values) for values in ranges]
    # The sums that the counts before, and those after, can have.
    before = list(itertools.accumulate(ranges, sums, initial={0}))
    after = list(itertools.accumulate(reversed(ranges), sums, initial={0}))[::-1]
    return [
        {n for n in ranges[at] if any(total - n - first in after[at + 1] for first in before[at])}
        for at in range(len(ranges))
    ]


def sums(some, values):
    return {a + b for a in some for b in values}


def holds(told, counts, total, shown=True):
    """Assert that no reader of a whole and its parts knows a small count."""
    for n, one, values in zip(counts, told, possible(told, total if shown else None), strict=True):
        assert n in values
        assert len(values) > 1 or (n not in FEW and one.exact == n), (counts, told)


@given(COUNTS)
def test_no_small_count_follows_from_what_is_told_of_a_whole(counts):
    total = sum(counts)
    holds(beside_total(counts), counts, total, shown=alone(total).exact is not None)


@given(st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=1, max_size=5))
def test_no_small_count_follows_from_parts_of_parts(rows):
    totals, cells = by_part(rows)
    whole = sum(map(sum, rows))
    holds(totals, [sum(row) for row in rows], whole, shown=alone(whole).exact is not None)
    for row, told, parts in zip(rows, totals, cells, strict=True):
        holds(parts, row, told.exact, shown=told.exact is not None)


def test_who_knows_the_rule_knows_no_more():
    """Every whole of up to four counts, by what is told of it."""
    for cells in (1, 2, 3, 4):
        read = defaultdict(list)
        for counts in itertools.product(range(13), repeat=cells):
            if FEWEST <= sum(counts) <= 12:
                read[sum(counts), tuple(beside_total(counts))].append(counts)
        for (_, told), solutions in read.items():
            for one, values in zip(told, zip(*solutions, strict=True), strict=True):
                assert (one.exact is None) == (len(set(values)) > 1), (told, solutions)


def wholes(total, cells):
    """Return every way to make a whole of so many counts."""
    for bars in itertools.combinations(range(total + cells - 1), cells - 1):
        ends = (-1, *bars, total + cells - 1)
        yield [b - a - 1 for a, b in itertools.pairwise(ends)]


@pytest.mark.parametrize("total", [5, 6, 8, 9])
@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 3), (4, 2), (2, 4), (3, 3)])
def test_who_knows_the_rule_knows_no_more_of_parts_of_parts(shape, total):
    """Every table of a total, by what is told of it; as many counts as trials are all ones."""
    read, (n_rows, width) = defaultdict(list), shape
    for counts in wholes(total, n_rows * width):
        rows = [counts[at * width : (at + 1) * width] for at in range(n_rows)]
        totals, cells = by_part(rows)
        told = (*totals, *itertools.chain(*cells))
        read[told].append((*map(sum, rows), *counts))
    for told, solutions in read.items():
        for one, values in zip(told, zip(*solutions, strict=True), strict=True):
            assert (one.exact is None) == (len(set(values)) > 1), (told, solutions)


@given(COUNTS)
def test_small_counts_hidden_together_are_five_or_more(counts):
    """The mean of all less the means that are shown is never that of fewer than five."""
    told = beside_total(counts)
    hidden = [n for n, one in zip(counts, told, strict=True) if one.exact is None]
    assert sum(hidden) >= FEWEST or not hidden or sum(counts) < FEWEST
    assert len(hidden) != 1 or len([n for n in counts if n]) == 1


@given(st.integers(FEWEST, 60), st.data())
def test_a_part_tells_neither_itself_nor_the_rest_where_they_are_small(whole, data):
    n = data.draw(st.integers(0, whole))
    part, _ = beside_total([n, whole - n])
    same = [m for m in range(whole + 1) if beside_total([m, whole - m])[0] == part]
    assert n in same
    assert (len(same) > 1) == (n in FEW or whole - n in FEW)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=5))
def test_what_is_summed_holds_the_sum(counts):
    least, most = summed(beside_total(counts))
    assert least <= sum(counts) <= (sum(counts) if most is None else most)


@pytest.mark.parametrize("people", [None, "", "onbekend", "4", 0, 4, float("nan")])
def test_a_mean_of_few_or_of_nobody_knows_how_many_is_kept(people):
    values = {"mean": 3.2, "sd": 0.4} | ({} if people is None else {"n": people})
    assert of_too_few(values, {"mean": "n", "sd": "n", "after": "n"}) == {"mean", "sd"}
    assert not of_too_few(values | {"n": "5"}, {"mean": "n", "sd": "n"})


def test_the_examples_in_the_module_hold():
    found = doctest.testmod(disclosure)
    assert (found.failed, found.attempted > 6) == (0, True)


# A model: its totals, the page of each card, and every company somebody may ask about


@pytest.fixture(scope="module")
def empty(menu, expert):
    return expert_model(menu, expert)


def with_trials(model, seed, n):
    """Return the model as if it had learned from n trials, and its counts of them."""
    rng = np.random.default_rng(seed)
    support = np.zeros_like(model.support)
    cards = rng.permutation(support.shape[-1])[: rng.integers(2, 9)]
    for _ in range(n):
        cell = tuple(rng.integers(0, size) for size in support.shape[:3])
        support[(*cell, rng.choice(cards))] += 1
    return replace(model, support=support, facts=replace(model.facts, trials=n))


def asked_everywhere(engine):
    """Return what each card is told at a company of every sector group and size: card -> table."""
    table = defaultdict(dict)
    for sector, letter in LETTERS.items():
        for size, employees in enumerate((1, *SIZE_BOUNDS)):
            profile = read_profile(ASKED | {"sector": letter, "employees": employees})
            for line in engine.rank(profile, explain=0).recommendations:
                table[line.intervention][sector, size] = line.comparable_trials
    return table


def read_of(table, axis, counts, total):
    """Return what is known of each group: a number that all its companies are told, if it is its.

    A reader could take it for that of another group; this one is told that it is not.
    """
    told = []
    for at, n in enumerate(counts):
        values = {value for place, value in table.items() if place[axis] == at}
        told.append(Told(n, n) if values == {n} and n not in (0, total) else Told(0, None))
    return told


@pytest.mark.parametrize(
    ("seed", "n"), [*enumerate((0, 3, 5, 9, 14, 30, 45, 60, 75, 90, 120, 150))]
)
def test_nobody_who_asks_about_every_company_learns_a_small_count(empty, seed, n):
    """By sector and by size: what each card is told at every company, beside its own page."""
    engine = Engine(with_trials(empty, seed, n), "v")
    support = engine.model.support.sum(axis=2)
    holds(engine.told_trials, support.sum(axis=(0, 1)).tolist(), n, shown=n >= FEWEST)
    for card, table in asked_everywhere(engine).items():
        total, own = engine.trials_of(card).exact, support[..., engine.menu.ids.index(card)]
        assert not {*table.values()} & {*FEW}
        assert total is not None or {*table.values()} == {0}
        for axis, counts in enumerate((own.sum(axis=1).tolist(), own.sum(axis=0).tolist())):
            if total:
                holds(read_of(table, axis, counts, total), counts, total)


def test_a_sector_of_three_is_not_the_rest_of_a_subtraction(empty):
    """Nine trials in one sector, three in another: who asked about both, knew nine and twelve."""
    support = np.zeros_like(empty.support)
    support[1, 1, 1, 0], support[5, 2, 1, 0], support[2, 1, 0, 1] = 9, 3, 20
    engine = Engine(replace(empty, support=support, facts=replace(empty.facts, trials=32)), "v")
    assert {*asked_everywhere(engine)[engine.menu.ids[0]].values()} == {12}
