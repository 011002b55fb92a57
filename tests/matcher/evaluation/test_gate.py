"""What may be said of a candidate, and the page that says why."""

import json
import re
from dataclasses import replace

import pytest

from matcher.evaluation.cross_fitting import BASELINES
from matcher.evaluation.evaluate import Evaluation
from matcher.evaluation.findings import (
    CalibrationBin,
    Confounding,
    Estimate,
    GroupFinding,
    LevelCoverage,
    OffPolicy,
    Overlap,
    PairNeed,
    Stability,
    SuccessCount,
    Succession,
    SupportReport,
)
from matcher.evaluation.intervals import wilson
from matcher.evaluation.judging import (
    FEWEST_COMPANIES,
    LEAST_GAIN,
    LEAST_SUPPORT,
    MOST_CHANGED,
    MOST_OUTSIDE,
    as_json,
    judge_candidate,
)
from matcher.evaluation.verdict import EXIT_CODES
from matcher.messages import catalogue
from matcher.model.fitted import Facts
from matcher.report.contents import Judged
from matcher.report.evaluation_page import write_page
from matcher.vocabulary import LANGUAGES

POLICIES = ("leermatch", *BASELINES)
BETTER, WORSE, OPEN = Estimate(0.2, 0.1, 0.3), Estimate(-0.2, -0.3, -0.1), Estimate(0, -0.1, 0.1)
NONE = Estimate(None, None, None)
STABLE = Stability(
    n_left_out=80,
    n_profiles=25,
    top3_changed=Estimate(0.02, 0.01, 0.03),
    first_changed=Estimate(0.01, 0.0, 0.02),
    most_influential=(("c046", 0.24), ("c032", 0.12)),
)
GROUP = GroupFinding(
    "size", "10-24", 22, 30, OPEN, Estimate(0.9, 0.7, 0.97), {"started": 0.2, "completed": None}
)
SMALL_GROUP = GroupFinding("province", "anders", 4, 5, None, None, None)

GOOD = Evaluation(
    n_trials=120,
    n_companies=80,
    n_measured=60,
    coverage=Estimate(0.8, 0.74, 0.85),
    brier={head: {"leermatch": 0.1, "expert": 0.2} for head in ("started", "completed")},
    values=dict.fromkeys(POLICIES, Estimate(0.1, 0.05, 0.15)),
    differences=dict.fromkeys(BASELINES, BETTER),
    support=dict.fromkeys(POLICIES, 20),
    log_bayes_factor=4.0,
    shows_differences=True,
    stability=STABLE,
    groups=(GROUP, SMALL_GROUP),
    pairs=(
        PairNeed("evc", "bbl", 0.9, 0.0514, 0.04, 0),
        PairNeed("evc", "intervisie", 0.75, 0.03, 0.045, 66),
        PairNeed("bbl", "intervisie", 0.51, 0.001, 0.05, None),
    ),
    calibration=(
        CalibrationBin("started", 0.3, 0.6, 22, 0.55, Estimate(0.5, 0.37, 0.63)),
        CalibrationBin("gain", -0.1, 0.1, 1, 0.04, Estimate(0.12, None, None)),
    ),
    levels=(LevelCoverage(0.5, Estimate(0.52, 0.42, 0.62)),),
    success=(
        SuccessCount("evc", "finished", None, 9, 8),
        SuccessCount("intervisie", "gain_at_least", 0.1, 4, 1),
    ),
    support_report=SupportReport(
        counts={"bouw": {"evc": 3}},
        never_tried=(("bouw", "bbl"),),
        overlap={policy: Overlap(12.3, 0.05, 1.0) for policy in POLICIES},
        share_logged=0.35,
    ),
    confounding=(
        Confounding("lead", Estimate(-0.2, -0.3, -0.1), Estimate(-0.1, -0.2, 0.0)),
        Confounding("hours", OPEN, Estimate(0.2, 0.1, 0.3)),
        Confounding("cost", OPEN, NONE),
    ),
)


def thin(effective_n):
    """Return the good evaluation, its first choice resting on fewer trials than it seems."""
    report = GOOD.support_report
    overlap = {**report.overlap, "leermatch": Overlap(effective_n, 0.01, 1.0)}
    return replace(GOOD, support_report=replace(report, overlap=overlap))


VALUES = {
    "dm": Estimate(0.11, 0.1, 0.12),
    "snipw": Estimate(0.22, 0.1, 0.3),
    "dr": Estimate(0.33, 0.1, 0.4),
    "sndr": Estimate(-0.44, -0.5, 0.4),
    "switch_dr": Estimate(0.55, 0.1, 0.6),
}


def outside(share, policy="leermatch"):
    """Return the good evaluation, a share of a policy's choices being hardly anybody's."""
    inside = dict.fromkeys(POLICIES, OffPolicy(VALUES, 31.4, 12.3, 118.6, 0.98, 0.1))
    return replace(GOOD, off_policy=inside | {policy: replace(inside[policy], outside=share)})


def but(baseline, difference, support=20):
    """Return the good evaluation with another difference from one baseline."""
    return replace(
        GOOD,
        differences={**GOOD.differences, baseline: difference},
        support={**GOOD.support, baseline: support},
    )


LOW = wilson(35, 60)
"""P(at most 35 of 60) is .038 where intervals hold 70 %; of at most 36 it is .067."""
FEW = FEWEST_COMPANIES - 1

VERDICTS = {
    "better than all": (GOOD, "promote", ["better_than_all"]),
    "just enough companies": (
        replace(GOOD, n_companies=FEWEST_COMPANIES),
        "promote",
        ["better_than_all"],
    ),
    "coverage just high enough": (
        replace(GOOD, coverage=wilson(36, 60)),
        "promote",
        ["better_than_all"],
    ),
    "too few companies": (replace(GOOD, n_companies=FEW), "cannot tell", ["few_companies"]),
    "no differences": (replace(GOOD, shows_differences=False), "cannot tell", ["no_differences"]),
    "nothing measured": (replace(GOOD, coverage=NONE), "cannot tell", ["nothing_measured"]),
    "not better than one": (but("popular", OPEN), "cannot tell", ["not_better_than_all"]),
    "at the edge of better": (
        but("popular", Estimate(0.1, 0.0, 0.2)),
        "cannot tell",
        ["not_better_than_all"],
    ),
    "a difference that is not known": (but("random", NONE), "cannot tell", ["not_better_than_all"]),
    "hardly anybody chose what it would": (
        replace(GOOD, support={**GOOD.support, "leermatch": LEAST_SUPPORT - 1}),
        "cannot tell",
        ["too_little_overlap"],
    ),
    "all doubts at once": (
        replace(
            but("random", OPEN),
            n_companies=FEW,
            shows_differences=False,
            coverage=NONE,
            support=dict.fromkeys(POLICIES, 0),
            stability=replace(STABLE, top3_changed=Estimate(0.5, 0.4, 0.6)),
        ),
        "cannot tell",
        [
            "few_companies",
            "no_differences",
            "nothing_measured",
            "too_little_overlap",
            "not_better_than_all",
            "one_company_decides",
        ],
    ),
    "worse than one": (but("need_match", WORSE), "keep", ["worse_than_baseline"]),
    "worse with 80 % certainty, which five looks give by chance": (
        but("need_match", Estimate(-0.1, -0.2, -0.01)),
        "cannot tell",
        ["not_better_than_all"],
    ),
    # One in a hundred on either side: z = 2.3263, of which the 80 % interval shows 1.2816.
    "at the edge of worse": (
        but("need_match", Estimate(-0.23263, -0.4, -0.23263 + 0.1 * 1.28156)),
        "cannot tell",
        ["not_better_than_all"],
    ),
    "just past the edge of worse": (
        but("need_match", Estimate(-0.23264, -0.4, -0.23264 + 0.1 * 1.28155)),
        "keep",
        ["worse_than_baseline"],
    ),
    "worse than what enough chose": (
        but("expert", WORSE, LEAST_SUPPORT),
        "keep",
        ["worse_than_baseline"],
    ),
    "worse than what hardly anybody chose": (
        but("expert", WORSE, LEAST_SUPPORT - 1),
        "cannot tell",
        ["not_better_than_all"],
    ),
    "worse, without differences": (
        replace(but("expert", WORSE), shows_differences=False),
        "keep",
        ["worse_than_baseline"],
    ),
    "worse, among too few companies": (
        replace(but("expert", WORSE), n_companies=FEW),
        "cannot tell",
        ["few_companies", "not_better_than_all"],
    ),
    "intervals too narrow": (replace(GOOD, coverage=LOW), "keep", ["intervals_too_narrow"]),
    "too narrow and worse": (
        replace(but("expert", WORSE), coverage=LOW),
        "keep",
        ["intervals_too_narrow", "worse_than_baseline"],
    ),
    "one trial outweighs the others": (thin(4.9), "cannot tell", ["too_little_overlap"]),
    "more than half of the first choices are nobody's": (
        outside(MOST_OUTSIDE + 0.01),
        "cannot tell",
        ["too_little_overlap"],
    ),
    "half of the first choices are nobody's": (
        outside(MOST_OUTSIDE),
        "promote",
        ["better_than_all"],
    ),
    "worse than what hardly anybody could choose": (
        replace(
            outside(MOST_OUTSIDE + 0.01, "expert"),
            differences={**GOOD.differences, "expert": WORSE},
        ),
        "cannot tell",
        ["not_better_than_all"],
    ),
    "just enough trials that weigh alike": (thin(5.0), "promote", ["better_than_all"]),
    "better, but hardly": (
        but("expert", Estimate(LEAST_GAIN - 1e-9, 0.001, 0.02)),
        "cannot tell",
        ["gain_too_small"],
    ),
    "better by just enough": (
        but("expert", Estimate(LEAST_GAIN, 0.001, 0.02)),
        "promote",
        ["better_than_all"],
    ),
    "the order hangs on one company": (
        replace(
            GOOD, stability=replace(STABLE, top3_changed=Estimate(MOST_CHANGED + 1e-9, 0.1, 0.3))
        ),
        "cannot tell",
        ["one_company_decides"],
    ),
    "the order moves as much as it may": (
        replace(GOOD, stability=replace(STABLE, top3_changed=Estimate(MOST_CHANGED, 0.1, 0.3))),
        "promote",
        ["better_than_all"],
    ),
    "a group does worse": (
        replace(GOOD, groups=(replace(GROUP, difference=WORSE, surely_worse=True),)),
        "keep",
        ["group_worse"],
    ),
    "a group does worse, perhaps by chance": (
        replace(GOOD, groups=(replace(GROUP, difference=WORSE),)),
        "promote",
        ["better_than_all"],
    ),
    "of the first choice it is not sure that it harms": (
        replace(GOOD, values={**GOOD.values, "leermatch": Estimate(-0.1, -0.2, -0.02)}),
        "promote",
        ["better_than_all"],
    ),
    "the first choice harms": (
        replace(GOOD, values={**GOOD.values, "leermatch": WORSE}),
        "keep",
        ["first_choice_harms"],
    ),
    "worse than what is live": (
        replace(GOOD, succession=Succession("v1", 30, WORSE)),
        "keep",
        ["worse_than_live"],
    ),
    "no different from what is live": (
        replace(GOOD, succession=Succession("v1", 30, OPEN)),
        "promote",
        ["better_than_all"],
    ),
    "what is live knew nearly all": (
        replace(GOOD, succession=Succession("v1", 3, None)),
        "promote",
        ["better_than_all"],
    ),
    "what is live may know them all": (
        replace(GOOD, succession=Succession("v1", None, None)),
        "promote",
        ["better_than_all"],
    ),
}


@pytest.mark.parametrize(("found", "verdict", "why"), VERDICTS.values(), ids=VERDICTS.keys())
def test_the_verdict_and_its_reasons_follow_from_the_evaluation(found, verdict, why):
    assert judge_candidate(found) == (verdict, tuple(why))


def test_without_an_evaluation_nothing_can_be_told():
    assert judge_candidate(None, quick=True) == ("cannot tell", ("not_evaluated",))
    assert judge_candidate(None) == ("cannot tell", ("few_companies",))


@pytest.mark.parametrize(("inside", "n", "narrow"), [(0, 1, False), (0, 2, False), (0, 3, True)])
def test_one_or_two_gains_outside_their_interval_are_chance(inside, n, narrow):
    """None of n inside, where intervals hold 70 %: .3, .09 and .027."""
    found = replace(GOOD, n_measured=n, coverage=wilson(inside, n))
    assert ("intervals_too_narrow" in judge_candidate(found)[1]) == narrow


def test_every_baseline_alone_can_keep_the_present_model():
    for baseline in BASELINES:
        assert judge_candidate(but(baseline, WORSE))[0] == "keep"
        assert judge_candidate(but(baseline, OPEN))[0] == "cannot tell"


def test_each_verdict_has_an_exit_code_of_its_own():
    assert EXIT_CODES == {"promote": 0, "keep": 3, "cannot tell": 4}


def test_every_reason_has_a_sentence_and_every_sentence_a_reason():
    told = {reason for _, _, why in VERDICTS.values() for reason in why} | {"not_evaluated"}
    for language in LANGUAGES:
        known = {key for key in catalogue(language) if key.startswith("gate.why.")}
        assert known == {f"gate.why.{reason}" for reason in told}


# The page

FACTS = Facts(trials=120, companies=80, simulated=True, n_controls=6, control_change=0.18)
BLANK = replace(
    GOOD,
    coverage=NONE,
    brier={head: {"leermatch": None, "expert": None} for head in ("started", "completed")},
    values=dict.fromkeys(POLICIES, NONE),
    differences=dict.fromkeys(BASELINES, NONE),
)


def page(found, facts=FACTS, language="en"):
    return write_page(Judged((), facts, found, *judge_candidate(found)), language)


PAGES = {name: found for name, (found, _, _) in VERDICTS.items()} | {
    "nothing known": BLANK,
    "a sample": replace(GOOD, sampled_from=12_345),
    "not evaluated": None,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("found", PAGES.values(), ids=PAGES.keys())
def test_a_page_is_whole_in_either_language(found, language):
    verdict, why = judge_candidate(found)
    text = page(found, language=language)
    assert not re.search(r"[{}]|gate\.|None|nan|inf\b", text)
    assert text.startswith("# ")
    assert text.endswith("\n")
    sentences = catalogue(language)
    assert sentences["gate.simulated"] in text
    assert sentences[f"gate.verdict.{verdict.replace(' ', '_')}"] in text
    for reason in why:
        assert f"- {sentences[f'gate.why.{reason}']}" in text
    tables = [block for block in text.split("\n\n") if block.startswith("|")]
    assert len(tables) == (0 if found is None else 8 + bool(found.off_policy))
    for table in tables:
        widths = {line.count("|") for line in table.splitlines()}
        assert len(widths) == 1, table
        assert len(table.splitlines()) > 2, table


def test_both_languages_say_the_same_with_their_own_sentences():
    keys = [{k for k in catalogue(lang) if k.startswith("gate.")} for lang in LANGUAGES]
    assert keys[0] == keys[1]
    for key in sorted(keys[0]):
        texts = [catalogue(language)[key] for language in LANGUAGES]
        named = [sorted(re.findall(r"{(\w+)}", text)) for text in texts]
        assert named[0] == named[1], key


def test_the_page_names_the_choices_that_the_model_does_not_surely_beat():
    """Of the five simple choices, in the order of the table; a difference unknown is not won."""
    differences = {**GOOD.differences, "popular": OPEN, "random": NONE}
    found = replace(GOOD, differences=differences)
    text = page(found, language="nl")
    assert "dan elke eenvoudige keus. Niet beter dan: meest gekozen, loten.\n" in text
    assert "Niet beter dan" not in page(GOOD, language="nl")


def test_a_page_says_of_how_many_companies_a_sample_was_judged():
    for language in LANGUAGES:
        assert "12345" in page(PAGES["a sample"], language=language)
        assert "12345" not in page(GOOD, language=language)


def test_the_figures_stand_as_the_language_writes_them():
    found = replace(
        but("expert", Estimate(-0.004, -0.3, 1.25)),
        values=GOOD.values | {"expert": Estimate(0.1, -0.001, 0.2)},
        coverage=Estimate(0.8, 0.0, 0.851),
    )
    dutch, english = page(found, language="nl"), page(found)
    assert "| 0,10 | 0,00 tot 0,20 | +0,00 | −0,30 tot 1,25 | 20 |" in dutch
    assert "| 0.10 | 0.00 to 0.20 | +0.00 | −0.30 to 1.25 | 20 |" in english
    ends = "0 % tot 85 %".replace(" %", "\N{NO-BREAK SPACE}%")
    assert f"van dat deel is {ends}." in dutch
    assert "+0,18" in dutch
    assert "0.100 | 0.200" in english


def test_the_page_tells_who_may_see_the_trials_what_the_report_hides():
    text = page(replace(GOOD, support=dict.fromkeys(POLICIES, 3), n_trials=9, n_random=2))
    assert "| 3 |" in text
    assert "2 of 9 trials were drawn by lot." in text
    assert "c046 (24%), c032 (12%)" in text
    assert "| 1 of 4 |" in text
    assert "| another approach among the first three | 2.0% | 1.0% to 3.0% |" in text
    assert "| 90% (70% to 97%) |" in text


def test_only_a_simulated_model_says_that_it_is_and_only_controls_are_mentioned():
    plain = page(GOOD, Facts(trials=3, companies=2))
    for key in ("gate.simulated", "report.about.controls"):
        assert catalogue("en")[key].split("{")[0].split(".")[0] not in plain
    assert "3 trials at 2 companies" in plain


@pytest.mark.parametrize("n", [1, 4])
def test_who_has_the_trials_reads_how_few_controls_changed_how_much(n):
    """The report, which others read, hides it: tests/matcher/report/test_report_result.py."""
    text = page(GOOD, replace(FACTS, n_controls=n))
    assert "From each gain in the checks below +0.18 points were taken off." in text
    assert f"from {n} companies without one" in text
    assert "Fewer than 5 companies were measured without an approach" not in text


def test_a_page_says_of_which_questions_there_are_no_bins():
    assert "Of fewer than 5 companies there is no group." in page(replace(GOOD, calibration=()))


def test_pairs_are_called_seen_only_where_both_cards_have_outcomes():
    """The second pair is as sure, but one of its cards was tried by hardly anybody."""
    believed = replace(GOOD.pairs[0], second="intervisie", seen=False)
    further = replace(GOOD.pairs[1], seen=False)
    text = page(replace(GOOD, pairs=(believed, further, *GOOD.pairs)))
    rows = [line.split(" | ")[-1].strip("| ") for line in text.splitlines() if "| 0.0" in line]
    assert rows[-4:] == [
        "none: visible already",
        "66",
        "prior judgement, not seen yet",
        "66, by prior judgement",
    ]
    assert "enough: 4 of 5. In 2 of those outcomes of both approaches speak." in text


def test_a_group_that_hardly_a_trial_speaks_of_reads_cannot_tell():
    quiet = replace(GROUP, value="25-49", difference=None, coverage=None)
    text = page(replace(GOOD, groups=(GROUP, quiet, SMALL_GROUP)))
    assert "| Size: 25 to 49 people | 22 | cannot tell | – | cannot tell |" in text
    assert "Groups of fewer than 10 companies: 1." in text
    assert "Groups of which we cannot tell the difference: 1." in text


def test_choices_that_nobody_made_have_no_interval_and_agreeing_ones_no_difference():
    support = GOOD.support | {"menu_order": 4}
    text = page(replace(GOOD, support=support, at_issue={"expert": 4.9, "popular": 5.0}))
    assert "| expert prior | 0.10 | 0.05 to 0.15 | cannot tell | – | 20 |" in text
    assert "| most often chosen | 0.10 | 0.05 to 0.15 | +0.20 | 0.10 to 0.30 | 20 |" in text
    assert "| order of the menu | 0.10 | cannot tell |" in text


def test_five_estimators_stand_side_by_side_and_below_the_support_only_the_models_own_word():
    text = page(outside(0.6, "popular"))
    assert "| Leermatch | 0.11 | 0.22 | 0.33 | −0.44 | 0.55 | 0.98 | 118.6 | 31.4 | 12.3 |" in text
    hidden = " | ".join(["cannot tell"] * 4)
    assert f"| most often chosen | 0.11 | {hidden} | 0.98 | 118.6 | 31.4 | 12.3 | 60% |" in text
    assert "| most often chosen | 0.10 | cannot tell |" in text


@pytest.mark.parametrize(("at_issue", "told"), [(4.9, False), (5.0, True)])
def test_a_model_that_agrees_with_the_live_one_says_nothing_of_either(at_issue, told):
    beside = Succession("v1", 60, Estimate(0.0, 0.0, 0.0), at_issue)
    text = page(replace(GOOD, succession=beside))
    assert ("0.00 (0.00 to 0.00)" in text) is told
    assert ("So we cannot tell the difference." in text) is not told


def test_the_figures_go_into_json_as_they_are():
    verdict, why = judge_candidate(BLANK)
    told = json.loads(json.dumps(as_json(BLANK, verdict, why), allow_nan=False))
    assert (told["verdict"], told["why"]) == (verdict, list(why))
    assert told["evaluation"]["coverage"] == {"value": None, "low": None, "high": None}
    assert told["evaluation"]["n_trials"] == 120
    assert as_json(None, "cannot tell", ("not_evaluated",))["evaluation"] is None


LOTS = {
    "nobody": (0, "Nobody was assigned at random."),
    "some": (5, "5 of 90 trials were drawn by lot."),
    "everybody": (90, "Every trial was drawn by lot."),
}


@pytest.mark.parametrize(("drawn", "words"), LOTS.values(), ids=LOTS.keys())
def test_the_page_says_who_was_assigned_at_random(drawn, words):
    assert words in page(replace(GOOD, n_trials=90, n_random=drawn))
