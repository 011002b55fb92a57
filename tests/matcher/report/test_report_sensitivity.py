"""What the report tells of other calculations and of what the outcomes moved."""

from dataclasses import replace

import pytest

from matcher.evaluation.evaluate import Evaluation
from matcher.report.contents import Judged
from matcher.report.evaluation_page import write_page
from matcher.report.learned_section import learned_section
from matcher.report.parts import Plot, Table
from matcher.report.sensitivity_section import sensitivity_section
from tests.matcher.report_makers import EVALUATION, LEARNED, SENSITIVITY, WHY


def sentences(section):
    return [part for part in section.parts if isinstance(part, str)]


def tables(section):
    return [
        part.table if isinstance(part, Plot) else part
        for part in section.parts
        if isinstance(part, (Plot, Table))
    ]


def candid(trained, **asked):
    assert isinstance(EVALUATION, Evaluation)
    return Judged(trained.menu, trained.facts, EVALUATION, *WHY, **asked)


def test_a_row_says_the_first_three_their_worth_and_how_many_are_the_same(found, say):
    (table,) = tables(sensitivity_section(found, say))
    five = table.rows[-1]
    assert five[0] == "only measurements of 5 or more people"
    assert five[1] == ", ".join(map(say.card, ("evc", "leermeester", "bbl")))
    assert five[2:] == ("2", "+0.087", "−0.002 to 0.176", "+0.001", "−0.004 to 0.006")
    assert [len(row) for row in table.rows] == [len(table.head)] * 3


def test_what_would_tell_of_four_controls_is_named_and_not_shown(found, say):
    section = sensitivity_section(found, say)
    named = "without companies that had no approach"
    assert named not in [row[0] for table in tables(section) for row in table.rows]
    assert (
        f"Not shown, as the difference would tell of fewer than 5 companies: {named}."
        in sentences(section)
    )
    # The lead counts what is shown.
    assert sentences(section)[0].startswith("In 1 of the 2 other calculations")


def test_who_may_see_the_trials_is_told_of_four_controls(trained):
    page = write_page(candid(trained, sensitivity=SENSITIVITY, learned=LEARNED), "nl")
    assert "| zonder bedrijven die geen aanpak hadden |" in page
    assert "Niet getoond, want" not in page
    assert "## Als we anders rekenen" in page
    assert "## Wat de uitkomsten veranderden" in page


def test_what_leaves_nothing_out_is_told_in_a_sentence(found, say):
    assert (
        "Nothing falls away, and so nothing changes: only measurements of 1 or more people."
        in sentences(sensitivity_section(found, say))
    )


LEFT = {
    "no controls": ({"no_controls": "no_controls"}, "No company without an approach was measured"),
    "unknown": ({"one": "not_known", "five": "not_known"}, "Of no measurement is it known"),
    "nothing left": ({"five": "nothing_left"}, "No measured gain would be left: only measurements"),
}


@pytest.mark.parametrize(("left", "start"), LEFT.values(), ids=LEFT)
def test_an_analysis_that_is_not_there_says_why(found, say, left, start):
    other = replace(found, sensitivity=replace(SENSITIVITY, left=left))
    said = [line for line in sentences(sensitivity_section(other, say)) if line.startswith(start)]
    assert len(said) == 1


def test_of_many_trials_a_sentence_says_why_nothing_else_was_calculated(found, say):
    many = replace(SENSITIVITY, refits=(), left={"halved": "many", "one": "many"})
    section = sensitivity_section(replace(found, sensitivity=many), say)
    assert [line[:29] for line in sentences(section)] == ["These are more than 300 trial"]
    assert not tables(section)


def test_where_all_agree_the_lead_says_so(found, say):
    same = replace(SENSITIVITY, refits=SENSITIVITY.refits[:2])
    lead = sentences(sensitivity_section(replace(found, sensitivity=same), say))[0]
    assert lead.startswith("In each of the other calculations here (1) the same three")


def test_every_card_says_how_many_trials_speak_of_it(found, say):
    cards, _ = tables(learned_section(found, say))
    told = {e.card: say.count(e.trials) for e in found.outlook.effects}
    assert [row[-1] for row in cards.rows] == [told["microlearning"], told["evc"]]
    assert cards.rows[0][1:5] == ("+0.06", "−0.04 to 0.16", "+0.09", "0.02 to 0.16")


def test_the_gains_a_model_draws_stand_beside_those_measured(found, say):
    _, bins = tables(learned_section(found, say))
    assert bins.rows == (
        ("below −0.25", "20%", "25%", "22%"),
        ("−0.25 to 0.50", "60%", "40%", "55%"),
        ("0.50 or more", "20%", "35%", "23%"),
    )


def test_few_measured_companies_and_cards_that_suit_few_have_a_sentence(found, say):
    section = learned_section(replace(found, learned=replace(LEARNED, cards=(), bins=())), say)
    assert not tables(section)
    assert [line.split()[0] for line in sentences(section)] == ["No", "There"]


def test_a_version_that_was_not_evaluated_says_so(found, say):
    other = replace(found, evaluation=None, learned=None, sensitivity=None)
    for section in (learned_section(other, say), sensitivity_section(other, say)):
        assert sentences(section) == [say("not_evaluated")]
