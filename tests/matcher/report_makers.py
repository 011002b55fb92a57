"""A report on the trials of the repository with an evaluation made by hand."""

from matcher.evaluation.cross_fitting import Policy
from matcher.evaluation.evaluate import Evaluation
from matcher.evaluation.findings import (
    CalibrationBin,
    Estimate,
    GroupFinding,
    LevelCoverage,
    OffPolicy,
    PairNeed,
    Stability,
    SuccessCount,
)
from matcher.evaluation.learned import CardMove, GainBin, Learned
from matcher.evaluation.sensitivity import Refit, Sensitivity
from matcher.model.artefact import Provenance
from matcher.ranking.changes import Predecessor
from matcher.report.contents import Judged, find

POLICIES: tuple[Policy, ...] = (
    "leermatch",
    "expert",
    "need_match",
    "popular",
    "menu_order",
    "random",
)
PROVENANCE = Provenance(
    "2026-05-03T10:15:00+00:00", "da" * 32, "ed" * 32, "ee" * 32, "c0" * 32, 7, {}, "cannot tell"
)
EVALUATION = Evaluation(
    n_trials=118,
    n_companies=82,
    n_measured=43,
    coverage=Estimate(0.81, 0.74, 0.87),
    brier={
        "started": {"leermatch": 0.191, "expert": 0.202},
        "completed": {"leermatch": 0.161, "expert": None},
    },
    values={p: Estimate(0.1 + i / 100, 0.05, 0.15) for i, p in enumerate(POLICIES)},
    differences=dict.fromkeys(POLICIES[1:], Estimate(0.034, -0.011, 0.087)),
    support=dict.fromkeys(POLICIES, 12),
    off_policy=dict.fromkeys(
        POLICIES,
        OffPolicy(
            estimates={
                name: Estimate(0.1, 0.05, 0.15)
                for name in ("dm", "snipw", "dr", "sndr", "switch_dr")
            },
            largest_weight=19.3,
            effective_n=8.2,
            sum_of_weights=111.7,
            mean_weight=0.95,
            outside=0.2,
        ),
    ),
    log_bayes_factor=0.4,
    shows_differences=False,
    stability=Stability(82, 25, Estimate(0.033, 0.02, 0.05), Estimate(0.01, 0.0, 0.02), ()),
    groups=(
        GroupFinding(
            "sector", "zorg", 14, 20, Estimate(-0.2, -0.31, -0.1), None, None, surely_worse=True
        ),
        GroupFinding("province", "drenthe", 9, 11, None, None, None),
    ),
    pairs=(
        PairNeed("microlearning", "evc", 0.7, 0.051, 0.1, 66),
        PairNeed("bbl", "evc", 0.5, 0.001, 0.1, None),
    ),
    calibration=(
        CalibrationBin("started", 0.5, 0.7, 40, 0.61, Estimate(0.58, 0.48, 0.67)),
        CalibrationBin("completed", 0.6, 0.9, 41, 0.74, Estimate(0.71, 0.61, 0.79)),
        CalibrationBin("gain", -0.1, 0.2, 43, 0.07, Estimate(0.11, 0.02, 0.2)),
    ),
    levels=(LevelCoverage(0.95, Estimate(0.97, 0.9, 0.99)),),
    success=(
        SuccessCount("leermeester", "finished", None, 9, 4),
        SuccessCount("evc", "satisfaction_owner_at_least", 7.5, 4, 3),
    ),
)
LEARNED = Learned(
    82,
    (
        CardMove("microlearning", Estimate(0.06, -0.04, 0.16), Estimate(0.09, 0.02, 0.16)),
        CardMove("evc", Estimate(0.05, -0.05, 0.15), Estimate(0.03, -0.02, 0.08)),
    ),
    (
        GainBin(None, -0.25, 0.2, 0.25, 0.22),
        GainBin(-0.25, 0.5, 0.6, 0.4, 0.55),
        GainBin(0.5, None, 0.2, 0.35, 0.23),
    ),
)
FIRST = ("microlearning", "evc", "bbl")
WORTH = Estimate(0.1064, 0.0121, 0.2003), Estimate(0.0012, -0.0043, 0.0061)
SENSITIVITY = Sensitivity(
    82,
    (
        Refit("all", FIRST, 3, *WORTH, 37, {"all": 0}),
        Refit("doubled", FIRST, 3, *WORTH, 37, {"all": 0, "doubled": 0}),
        Refit("no_controls", FIRST, 3, *WORTH, 37, {"all": 4, "doubled": 4, "no_controls": 0}),
        Refit(
            "five",
            ("evc", "leermeester", "bbl"),
            2,
            Estimate(0.0871, -0.0022, 0.1764),
            WORTH[1],
            29,
            {"all": 8, "doubled": 8, "no_controls": 12, "five": 0},
        ),
    ),
    {"one": "nothing_less"},
)
WHY = ("cannot tell", ("no_differences",))


def findings(trials, model, evaluation=EVALUATION, judged=WHY, since=None):
    """Return the findings of a report."""
    asked = {} if evaluation is None else {"learned": LEARNED, "sensitivity": SENSITIVITY}
    seen = Judged(model.menu, model.facts, evaluation, *judged, **asked)
    return find(trials, model, seen, PROVENANCE, since or Predecessor(None, None))
