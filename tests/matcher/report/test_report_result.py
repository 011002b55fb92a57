"""The result comes first, and tells nothing of few."""

from dataclasses import replace

import pytest

from matcher.evaluation.before_after import Moved, Result
from matcher.evaluation.findings import CardMean, Estimate
from matcher.report.contents import Judged
from matcher.report.data_sections import data_section
from matcher.report.evaluation_page import write_page
from matcher.report.missing import StateCount
from matcher.report.pages import _SECTIONS
from matcher.report.parts import Plot, Shrunk, Table, Wording
from matcher.report.plots import shrinkage
from matcher.report.result_section import result_lead, result_section
from tests.matcher.report_makers import EVALUATION


def words(parts):
    return " ".join(part for part in parts if isinstance(part, str))


def rows(parts):
    return [row for part in parts if isinstance(part, Table) for row in part.rows]


def test_the_result_comes_before_anything_that_is_said_of_a_model():
    assert _SECTIONS[0] is result_section


def test_the_result_of_the_shipped_trials(found, say):
    """Counted apart: 37 finished and measured, 7 stopped, 5 did not start, 6 had no approach."""
    (lead,) = result_lead(found, say)
    assert lead.startswith("At 37 companies that finished an approach")
    parts = result_section(found, say).parts
    # Eight companies had no approach; that two of them were not measured again is not told.
    assert [row[:2] for row in rows(parts)] == [
        ("finished an approach", "37"),
        ("stopped early", "7"),
        ("chose an approach and did not start", "5"),
        ("had no approach", "5 or more"),
    ]
    assert "at the 5 companies that did not start, the same correction leaves" in words(parts)
    assert "9 of 118 trials were drawn by lot." in words(parts)


def moved(n, gain=0.1, half=0.2):
    change = Estimate(0.25, 0.2, 0.3)
    return Moved(n, 3.8, 4.05, change, 0.4, Estimate(gain, gain - half, gain + half))


@pytest.mark.parametrize(
    ("idle", "key"),
    [
        (moved(8, 0.1, 0.2), "finds nothing wrong"),
        (moved(8, 0.3, 0.2), "does not hold 0"),
        (moved(4), "it cannot be checked"),
        (None, "it cannot be checked"),
    ],
    ids=["nothing", "moved", "few", "none"],
)
def test_where_nothing_started_nothing_should_have_changed(found, say, idle, key):
    states = {"finished": moved(39)} | ({"not_started": idle} if idle else {})
    text = words(result_section(replace(found, result=Result(states, moved(6))), say).parts)
    assert key in text


@pytest.mark.parametrize("n", [1, 4])
def test_a_row_of_few_companies_is_not_shown(found, say, n):
    few = Result({"finished": moved(n), "not_started": moved(8)}, moved(6))
    parts = result_section(replace(found, result=few), say).parts
    assert "finished an approach" not in [row[0] for row in rows(parts)]
    assert "Fewer than 5 of them were measured" in words(parts)
    candid = Wording("en", found.menu, candid=True)
    told = rows(result_section(replace(found, result=few), candid).parts)
    assert ("finished an approach", str(n)) in [row[:2] for row in told]


@pytest.fixture
def small(found):
    """Return findings of 17 trials, all measured: 13 finished, 2 stopped and 2 never started."""
    n = {"not_started": 2, "started": 0, "stopped": 2, "finished": 13, "unknown": 0}
    states = {name: StateCount(each, each) for name, each in n.items()}
    missing = replace(found.missing, states=states, n_trials=17)
    result = Result({"finished": moved(13), "not_started": moved(2)}, moved(6))
    return replace(found, missing=missing, result=result)


def test_a_result_that_would_give_away_a_small_group_is_not_said_to_be_of_few(small, say):
    (lead,) = result_lead(small, say)
    assert "or their number would give away a small group" in lead


def test_the_number_that_was_measured_is_a_sentence_where_it_is_hidden(small, say):
    told = words(data_section(small, say).parts)
    assert "Of how many of the 17 trials the learning culture was measured" in told


@pytest.mark.parametrize("n", [1, 4, 6])
def test_who_may_see_the_trials_is_told_once_what_was_taken_off(found, n):
    facts = replace(found.facts, n_controls=n, control_change=0.18)
    result = Result({"finished": moved(39)}, moved(n))
    page = write_page(Judged(found.menu, facts, None, "keep", (), result=result), "en")
    assert f"from {n} companies without one" in page
    assert "we do not show" not in page


@pytest.mark.parametrize("n", [1, 4])
def test_of_few_controls_neither_their_change_nor_what_would_give_it_away_is_told(found, say, n):
    facts = replace(found.facts, n_controls=n, control_change=0.18)
    mean = CardMean("microlearning", 9, 9, Estimate(0.4, 0.2, 0.6), 0.1)
    few = replace(
        found,
        facts=facts,
        result=Result({"finished": moved(39), "not_started": moved(8)}, moved(n)),
        evaluation=replace(EVALUATION, card_means=(mean,)),
    )
    parts = result_section(few, say).parts
    assert "had no approach" not in [row[0] for row in rows(parts)]
    assert not any(isinstance(part, Plot) for part in parts)
    assert "0.18" not in words(parts)
    assert "gained" not in words(parts)


def test_a_raw_mean_stands_beside_its_estimate_where_enough_were_measured(found, say):
    means = tuple(
        CardMean(card, n, n, Estimate(raw, raw - 0.1, raw + 0.1), 0.1)
        for card, n, raw in (("microlearning", 9, 0.4), ("evc", 4, 0.6))
    )
    # A four among the cards would follow from all: the nine are hidden with it.
    both = replace(found, evaluation=replace(EVALUATION, card_means=means))
    assert not [p for p in result_section(both, say).parts if isinstance(p, Plot)]
    one = replace(found, evaluation=replace(EVALUATION, card_means=means[:1]))
    (plot,) = [p for p in result_section(one, say).parts if isinstance(p, Plot)]
    name = found.menu.by_id["microlearning"].name.en
    assert plot.table.rows == ((name, "9", "+0.40", "0.30 to 0.50", "+0.10"),)
    drawing = plot.draw()
    assert f"{name} (n = 9)" in drawing
    assert 'aria-labelledby="result-cards-title result-cards-desc"' in drawing


def test_a_single_measured_company_is_drawn_without_an_interval(say):
    lines = (Shrunk("EVC (n = 1)", Estimate(0.3, None, None), 0.1),)
    legend = ("raw mean", "estimate")
    drawing = shrinkage(lines, say.words("result.cards", n=1), legend)
    assert all(label in drawing for label in legend)
