"""Counts of a report: no 1 to 4 can be read, nor computed from what stands beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.report.counts import count_band, counts_beside_total, part_of_whole
from matcher.report.parts import Wording

SAY = Wording("en", read_menu(MENU))
MANY = 10_000
BANDS = {"1-4": (1, 4), "5 or more": (5, MANY), "1 or more": (1, MANY)}


def bounds(word):
    """Return the least and the most that a word leaves possible."""
    return BANDS[word] if word in BANDS else (int(word), int(word))


def left_possible(words, total):
    """Return the least and the most of each count, by subtraction from the total."""
    ends = [bounds(word) for word in words]
    least, most = (sum(end[side] for end in ends) for side in (0, 1))
    return [(max(a, total - (most - b)), min(b, total - (least - a))) for a, b in ends]


def test_a_lone_small_count_takes_another_along():
    shown = counts_beside_total([60, 32, 14, 9, 3, 0], SAY)
    assert shown == ["60", "32", "14", "5 or more", "1-4", "0"]


def test_small_counts_that_hide_each_other_leave_the_rest_alone():
    assert counts_beside_total([60, 3, 2], SAY) == ["60", "1-4", "1-4"]


@pytest.mark.parametrize("few", [[1, 1], [4, 4]])
def test_bands_that_can_only_be_ones_or_only_fours_take_another_along(few):
    assert counts_beside_total([60, *few], SAY) == ["5 or more", "1-4", "1-4"]


def test_where_no_count_is_large_enough_to_hide_behind_all_are_hidden():
    assert counts_beside_total([5, 1, 0], SAY) == ["1 or more", "1 or more", "0"]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=7))
def test_no_small_count_follows_from_the_total(counts):
    words = counts_beside_total(counts, SAY)
    ranges = left_possible(words, sum(counts))
    tried = [n for n in counts if n]
    for n, (least, most) in zip(counts, ranges, strict=True):
        assert least <= n <= most
        # A lone count is the total itself, and as many trials as counts are all ones.
        if 0 < n < 5 and 1 < len(tried) < sum(tried):
            assert least < most, (counts, words)


@given(st.integers(5, 60), st.data())
def test_a_part_tells_neither_itself_nor_the_rest_where_they_are_small(whole, data):
    n = data.draw(st.integers(0, whole))
    word = part_of_whole(n, whole, SAY)
    same = [m for m in range(whole + 1) if part_of_whole(m, whole, SAY) == word]
    assert n in same
    if 0 < n < 5 or 0 < whole - n < 5:
        assert len(same) > 1
    if min(n, whole - n) >= 5 or n == 0:
        assert word == str(n)


def test_a_count_without_its_total_reads_as_itself_from_five():
    assert [count_band(n, SAY) for n in (0, 1, 4, 5)] == ["0", "1-4", "1-4", "5"]
