"""Counts of trials as a report shows them: no 1 to 4 can be told apart, nor computed."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.report.parts import Wording

MASKED_BELOW = 5
"""Counts of 1 to 4 read as a band."""
_FEWEST_BESIDE = 8
"""With a count of at least 8 hidden beside it, a 1 to 4 can be any of these: 8 + 1 = 5 + 4."""


def count_band(n: int, say: Wording) -> str:
    """Return a count whose total is not told."""
    return say("band.few") if 0 < n < MASKED_BELOW else str(n)


def counts_beside_total(counts: Sequence[int], say: Wording) -> list[str]:
    """Return counts whose total is told too.

    What is hidden must not follow from the total: a lone band would, and so would bands that can
    only be ones or only fours. The smallest other count is then hidden as well; where that is not
    enough, all are.
    """
    few = [n for n in counts if 0 < n < MASKED_BELOW]
    lowest, highest = len(few), (MASKED_BELOW - 1) * len(few)
    if not few or (len(few) > 1 and lowest < sum(few) < highest):
        return [count_band(n, say) for n in counts]
    beside = [n for n in counts if n >= _FEWEST_BESIDE]
    if not beside:
        return [say("band.some") if n else "0" for n in counts]
    words = [count_band(n, say) for n in counts]
    words[list(counts).index(min(beside))] = say("band.many")
    return words


def part_of_whole(n: int, whole: int, say: Wording) -> str:
    """Return a part of a whole of at least 5 that is told too, so that neither side can be 1-4."""
    if n < MASKED_BELOW:
        return count_band(n, say)
    if whole - n >= MASKED_BELOW:
        return str(n)
    least = max(MASKED_BELOW, whole - MASKED_BELOW + 1)
    return str(n) if least == whole else say("band.at_least", n=least)
