"""What the report claims, on data in which a careless sentence would be false."""

from dataclasses import replace

from matcher.disclosure import NOTHING
from matcher.evaluation.findings import PairNeed, SuccessCount
from matcher.report.calibration_section import calibration_section
from matcher.report.card_sections import effects_section, pairs_section, success_parts
from matcher.report.comparison_sections import stability_section
from matcher.report.data_sections import baseline_section, coverage_section, data_section
from matcher.report.parts import Plot, Table
from tests.matcher.report_makers import EVALUATION


def told(parts):
    """Return all that a section says, its tables row by row."""
    lines = []
    for part in parts:
        table = part.table if isinstance(part, Plot) else part
        if isinstance(table, Table):
            lines += [" | ".join(row) for row in (table.head, *table.rows)]
        else:
            lines.append(str(table))
    return lines


def with_pairs(found, *pairs):
    return replace(found, evaluation=replace(EVALUATION, pairs=pairs))


def test_of_a_card_that_nobody_tried_nothing_is_visible_already(found, say):
    """In the shipped trials microlearning and EVC were tried nine and ten times, others never."""
    untried = next(e.card for e in found.outlook.effects if e.trials.exact == 0)
    first = PairNeed("microlearning", untried, 0.9, 0.05, 0.03, 0)
    both = PairNeed("microlearning", "evc", 0.9, 0.05, 0.03, 0)
    lines = told(pairs_section(with_pairs(found, first, both), say).parts)
    rows = [line for line in lines if line.endswith(("visible already", "not seen yet"))]
    assert [row.split(" | ")[-1] for row in rows] == [
        "none: visible already",
        "prior judgement, not seen yet",
    ]
    assert say.card(untried) in rows[1]
    assert any("In 1 of those outcomes of both approaches speak" in line for line in lines)


def test_answers_that_are_missing_are_not_called_trials_that_are_missing(found, say):
    """Eight trials of microlearning, of which three owners answered."""
    count = SuccessCount("microlearning", "satisfaction_owner_at_least", 7.0, 3, 2)
    lines = told(
        success_parts(replace(found, evaluation=replace(EVALUATION, success=(count,))), say)
    )
    assert lines == ["Of no approach can we tell of 5 trials whether it succeeded."]
    kept = EVALUATION.success[0]
    both = replace(EVALUATION, success=(kept, count))
    note = told(success_parts(replace(found, evaluation=both), say))[0]
    assert "fewer than 5 trials" not in note
    assert note.endswith("or may not tell how many there are: 1.")


def test_the_two_counts_of_what_was_measured_say_of_what(found, say):
    """56 trials were measured before and after; 43 of them are finished or under way."""
    data = told(data_section(found, say).parts)
    judged = told(calibration_section(found, say).parts)
    assert any("measured before and after. Trials that did not start count" in x for x in data)
    assert any("trials that are finished or under way, and were measured" in x for x in judged)


def test_the_map_names_what_it_leaves_out(found, say):
    lines = told(coverage_section(found, say).parts)
    enablers = [say.card(card.id) for card in found.menu if card.enabler]
    assert enablers
    assert f"Approaches that only go with another have no row: {', '.join(enablers)}." in lines
    assert any("trials of which the sector is not known" in line for line in lines)


def test_where_no_count_may_be_told_no_card_is_called_tried(found, say):
    silent = tuple(replace(e, trials=NOTHING) for e in found.outlook.effects)
    few = replace(found, outlook=replace(found.outlook, effects=silent))
    table = next(p for p in effects_section(few, say).parts if isinstance(p, Plot)).table
    assert {row[5] for row in table.rows} == {"not shown"}


def test_every_interval_says_what_it_is_an_interval_of(found, say):
    sections = (baseline_section, effects_section, calibration_section, stability_section)
    heads = [
        cell
        for section in sections
        for part in section(found, say).parts
        if isinstance(part, (Plot, Table))
        for cell in (part.table if isinstance(part, Plot) else part).head
        if "interval" in cell
    ]
    assert len(heads) >= 4
    assert all(" of" in head for head in heads)
