"""The five off-policy estimators: by hand, beside their textbook formulas, and beside the truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from matcher.evaluation.cross_fitting import Held
from matcher.evaluation.intervals import company_weights
from matcher.evaluation.off_policy import (
    LARGEST_WEIGHT,
    LEAST_CHANCE,
    SWITCH,
    reported,
    surprises,
    terms_of,
    within_support,
)
from matcher.ranking.engine import Predictions
from matcher.training.evidence import Evidence
from tests.matcher.gains import gains_of
from tests.strength import strength


def predicted(expected):
    """Return predictions of cards that everybody starts and finishes."""
    m, sure = np.asarray(expected, float), np.ones(len(expected))
    return Predictions(m, sure, sure, m, sure)


def log_of(cards, gains, propensities, company=None, placed=None):
    """Return trials that all finished, with a measured gain."""
    n = len(cards)
    frame = pd.DataFrame({"state": ["finished"] * n, "propensity": propensities})
    gains = gains_of(np.asarray(gains, float), np.zeros(n), 0.0)
    company = np.arange(n) if company is None else np.asarray(company)
    nowhere = np.full(n, -1)
    return Evidence(frame, (None,) * n, np.asarray(cards), company, nowhere, gains, placed=placed)


def found(evidence, expected, chosen, weights=None, within=None):
    """Return what is reported of a policy, where the model expects the same of each company."""
    n, ours = len(evidence), [predicted(row) for row in expected]
    held = Held(ours, np.zeros(n), np.zeros(n), {})
    e = evidence.frame["propensity"].to_numpy()
    terms = terms_of(evidence, ours, chosen, e, surprises(evidence, held))
    weights = np.ones((1, n)) / n if weights is None else weights
    within = np.ones(chosen.shape, bool) if within is None else within
    # A draw is needed for the ends of an interval.
    weights = np.vstack((weights, weights[:1]))
    return reported(terms, chosen, within, weights, np.zeros(len(weights)))


def figures(one):
    return {name: estimate.value for name, estimate in one.estimates.items()}


def test_three_trials_by_hand():
    """Chances .5, .25 and .1; the policy agrees with the first and the last: weights 2, 0, 10.

    Model: .2 and .1 for the policy's card and the other; gains .5, .3 and .0. So DM is .2, SNIPW
    (2 x .5 + 10 x 0) / 12, DR .2 + (2 x .3 - 10 x .2) / 3, and its sum over 12 self-normalised. A
    weight of 10 is trusted still.
    """
    evidence = log_of([0, 1, 0], [0.5, 0.3, 0.0], [0.5, 0.25, 0.1])
    one = found(evidence, [[0.2, 0.1]] * 3, np.array([[1.0, 0.0]] * 3))
    assert figures(one) == pytest.approx(
        {
            "dm": 0.2,
            "snipw": 1 / 12,
            "dr": 0.2 - 1.4 / 3,
            "sndr": 0.2 - 1.4 / 12,
            "switch_dr": 0.2 - 1.4 / 3,
        }
    )
    assert (one.largest_weight, one.sum_of_weights) == pytest.approx((10, 12))
    assert one.mean_weight == pytest.approx(4)
    assert one.effective_n == pytest.approx(144 / 104)


def test_where_a_weight_is_large_switch_dr_takes_the_models_word_and_the_others_cut_it():
    """Chances .5 and .01: weights 2 and 100, the latter cut at 20 and not trusted."""
    evidence = log_of([0, 0], [0.5, 1.0], [0.5, 0.01])
    one = found(evidence, [[0.2, 0.1]] * 2, np.array([[1.0, 0.0]] * 2))
    told = figures(one)
    assert told["switch_dr"] == pytest.approx(0.2 + 2 * 0.3 / 2)
    assert told["dr"] == pytest.approx(0.2 + (2 * 0.3 + 20 * 0.8) / 2)
    assert told["snipw"] == pytest.approx((2 * 0.5 + 20 * 1.0) / 22)
    assert (one.largest_weight, one.mean_weight) == pytest.approx((100, 51))
    assert one.effective_n == pytest.approx(22**2 / (4 + 400))


def test_a_policy_that_nobody_followed_is_the_models_word_and_has_no_weighted_figure():
    evidence = log_of([1, 1], [0.5, 1.0], [0.5, 0.5])
    one = found(evidence, [[0.2, 0.1]] * 2, np.array([[1.0, 0.0]] * 2))
    told = figures(one)
    assert told.pop("snipw") is None
    assert told == pytest.approx(dict.fromkeys(told, 0.2))
    assert (one.effective_n, one.largest_weight, one.mean_weight) == (0, 0, 0)


def test_where_half_waited_the_weights_are_one_on_average():
    """Two of four got the card that the policy chooses, each with chance one half of a seat."""
    evidence = log_of([0, 0], [0.5, 0.1], [0.5, 0.5], placed=np.full(2, 0.5))
    one = found(evidence, [[0.2, 0.1]] * 2, np.array([[1.0, 0.0]] * 2))
    assert one.mean_weight == pytest.approx(1.0)
    assert figures(one)["dr"] == pytest.approx(0.3)


def textbook(pi, a, e, y, m, w_company):
    """Return the five figures, trial by trial, as the papers write them; weights cut as in obp."""
    rows = range(len(a))
    rho = [pi[i][a[i]] / e[i] for i in rows]
    cut = [min(one, LARGEST_WEIGHT) for one in rho]
    plain = [sum(pi[i][j] * m[i][j] for j in range(len(m[i]))) for i in rows]
    residual = [y[i] - m[i][a[i]] for i in rows]
    mean = lambda values: sum(w_company[i] * values[i] for i in rows)  # noqa: E731
    dm, total = mean(plain), mean(cut)
    weighted = [cut[i] * residual[i] for i in rows]
    trusted = [weighted[i] if rho[i] <= SWITCH else 0.0 for i in rows]
    return {
        "dm": dm,
        "snipw": mean([cut[i] * y[i] for i in rows]) / total,
        "dr": dm + mean(weighted),
        "sndr": dm + mean(weighted) / total,
        "switch_dr": dm + mean(trusted),
    }


@pytest.mark.parametrize("seed", range(5))
def test_every_estimator_is_its_textbook_formula(seed):
    """Several trials of a company, a policy by lot, chances down to .02."""
    rng = np.random.default_rng(seed)
    n, k = 60, 5
    e_all = rng.dirichlet(np.full(k, 0.4), n)
    a = np.array([rng.choice(k, p=row) for row in e_all])
    e, y = np.maximum(e_all[np.arange(n), a], 0.02), rng.normal(0.2, 0.5, n)
    m, pi = rng.normal(0.2, 0.3, (n, k)), rng.dirichlet(np.ones(k), n)
    company = rng.integers(0, 40, n)
    evidence = log_of(a, y, e, company)
    weights = company_weights(company, rng)[:1]
    one = found(evidence, m, pi, weights)
    assert figures(one) == pytest.approx(textbook(pi, a, e, y, m, weights[0]))


# Where the truth is known


N_CARDS = 4
CHOSEN_WITH = np.array([0.4, 0.3, 0.2, 0.1])


def drawn(rng, n):
    """Return a log by lot with known chances, a model that is off, a policy, and its value.

    What a card brings depends on a number of the company, which the model half knows.
    """
    x = rng.normal(0, 1, n)
    effect, slope = np.array([0.0, 0.1, 0.2, 0.3]), np.array([0.2, 0.0, -0.1, -0.2])
    truth = effect + slope * x[:, None]
    model = 0.5 * truth + 0.1
    policy = np.eye(N_CARDS)[(x > 0).astype(int)]
    a = rng.choice(N_CARDS, n, p=CHOSEN_WITH)
    y = truth[np.arange(n), a] + rng.normal(0, 0.3, n)
    value = 0.5 * 0.2 * -np.sqrt(2 / np.pi) + 0.5 * 0.1
    return log_of(a, y, CHOSEN_WITH[a]), model, policy, value


@pytest.mark.proof
def test_by_lot_the_estimators_are_right_on_average_and_dr_is_no_further_off_than_snipw():
    """Unbiased within four standard errors; the direct method is off by what its model is off."""
    rng, found_of, value = np.random.default_rng(0), [], 0.0
    for _ in range(strength(150, 2000)):
        evidence, model, policy, value = drawn(rng, 100)
        found_of.append(figures(found(evidence, model, policy)))
    error = pd.DataFrame(found_of) - value
    standard = error.std() / np.sqrt(len(error))
    for name in ("snipw", "dr", "sndr", "switch_dr"):
        assert abs(error[name].mean()) < 4 * standard[name] + 1e-3, name
    assert abs(error["dm"].mean()) > 10 * standard["dm"]
    rmse = np.sqrt((error**2).mean())
    assert rmse["dr"] <= rmse["snipw"]


def test_weights_are_one_on_average_by_lot_and_not_where_the_chances_are_wrong():
    evidence, model, policy, _ = drawn(np.random.default_rng(1), 4000)
    assert found(evidence, model, policy).mean_weight == pytest.approx(1.0, abs=0.1)
    wrong = replace(evidence, frame=evidence.frame.assign(propensity=0.1))
    assert found(wrong, model, policy).mean_weight > 2


def test_the_interval_holds_the_value_of_its_draws():
    evidence, model, policy, _ = drawn(np.random.default_rng(2), 100)
    weights = company_weights(evidence.company, np.random.default_rng(3))
    ours = [predicted(row) for row in model]
    held = Held(ours, np.zeros(100), np.zeros(100), {})
    e = evidence.frame["propensity"].to_numpy()
    terms = terms_of(evidence, ours, policy, e, surprises(evidence, held))
    still = terms.estimates(weights, np.zeros(len(weights)))
    drift = np.append(0.0, np.random.default_rng(4).normal(0, 0.5, len(weights) - 1))
    moved = terms.estimates(weights, drift)
    for name, estimate in still.items():
        assert estimate.low < estimate.value < estimate.high
        assert moved[name].value == estimate.value
        assert moved[name].high - moved[name].low > (estimate.high - estimate.low) or name == "dm"


# Outside the support


def test_what_only_the_company_itself_chose_or_hardly_anybody_would_is_outside():
    """Card 2 was chosen by the last company only; card 1 is far from likely at the first."""
    evidence = log_of([0, 1, 0, 2], [0.0] * 4, [0.5] * 4)
    chances = np.full((4, 4), 0.2)
    chances[0, 1] = LEAST_CHANCE / 2
    within = within_support(evidence, chances)
    assert within.tolist() == [
        [True, False, True, False],
        [True, False, True, False],
        [True, True, True, False],
        [True, True, False, False],
    ]
    chosen = np.array([[0, 1.0, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    one = found(evidence, np.zeros((4, 4)), chosen, within=within)
    assert one.outside == pytest.approx((1 + 0.5 + 0 + 1) / 4)
