"""The expert prior as a file: read whole, or refused with every fault at its place."""

import re

import pytest

from matcher.design.expert import HEADS, parse_expert, read_expert
from matcher.errors import InvalidExpert
from matcher.paths import EXPERT

TEXT = EXPERT.read_text(encoding="utf-8")


def test_the_domain_s_figures_stand_in_the_file():
    """Base rates and modifiers of the domain's section 5, typed over."""
    expert = read_expert(EXPERT)
    assert (expert.gain.base, expert.started.base, expert.completed.base) == (0.10, 0.75, 0.70)
    said = {(head, part.feature): part.effect for head in HEADS for part in expert.head(head).part}
    assert said == {
        ("gain", "need_match"): 0.10,
        ("gain", "owner_support"): 0.08,
        ("gain", "culture_baseline"): -0.05,
        ("gain", "very_tight_hours"): -0.10,
        ("gain", "very_tight"): -0.06,
        ("gain", "hr_formal"): 0.04,
        ("gain", "shift_group"): -0.06,
        ("gain", "internal_coach"): 0.04,
        ("started", "very_tight"): -0.15,
        ("started", "long_lead"): -0.10,
        ("started", "grant_window"): -0.10,
        ("completed", "short_informal"): 0.15,
    }


def test_every_part_says_where_it_comes_from():
    expert = read_expert(EXPERT)
    for head in HEADS:
        for part in expert.head(head).part:
            assert re.search(r"S\d+|J", part.mark)
            assert (part.source == "literature") <= ("S" in part.mark)


def test_research_that_leaves_out_own_people_does_not_speak_for_them():
    """The coaching studies leave out colleagues and managers; the size of owner support is ours."""
    said = {part.feature: part for part in read_expert(EXPERT).gain.part}
    assert said["internal_coach"].source == said["owner_support"].source == "expert"
    assert said["internal_coach"].mark == "J"


def test_the_usual_load_is_taken_off_and_put_back():
    """very_tight_hours counts from the usual load; very_tight adds what that takes off."""
    from matcher.design.pairs import USUAL_LOAD

    effects = {part.feature: part.effect for part in read_expert(EXPERT).gain.part}
    assert effects["very_tight"] == pytest.approx(effects["very_tight_hours"] * USUAL_LOAD)


FAULTS = {
    "an unknown feature": (
        TEXT.replace('feature = "need_match"', 'feature = "match"'),
        "/gain/part/0/feature",
    ),
    "a misspelt key": (TEXT.replace("effect = 0.10", "efect = 0.10", 1), "/gain/part/0/efect"),
    "a probability above 1": (TEXT.replace("base = 0.75", "base = 1.5"), "/started/base"),
    "text for a number": (TEXT.replace("base = 0.70", 'base = "0,7"'), "/completed/base"),
    "no mark": (TEXT.replace('mark = "S45, J"', 'mark = ""'), "/gain/part/1/mark"),
    "an effect that is not a number": (
        TEXT.replace("effect = 0.08", "effect = nan"),
        "/gain/part/1/effect",
    ),
}


@pytest.mark.parametrize(("text", "where"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_names_file_and_key(text, where):
    assert text != TEXT
    with pytest.raises(InvalidExpert) as refusal:
        parse_expert(text)
    assert f"expert.toml {where}" in [fault.where for fault in refusal.value.faults]


@pytest.mark.parametrize("text", ["gain = [", "a = " + "[" * 5000], ids=["cut short", "too deep"])
def test_what_is_no_toml_is_refused_in_words(text):
    with pytest.raises(InvalidExpert):
        parse_expert(text)
