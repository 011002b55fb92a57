"""What is believed of the size of effects holds where they are larger than the domain expects."""

from functools import cache

import numpy as np
import pytest

from matcher.design.encoding import encode
from matcher.design.expert import read_expert
from matcher.design.setup import Setup
from matcher.menu.card import read_menu
from matcher.paths import EXPERT, MENU
from matcher.profile.reference import reference_companies
from matcher.regression.averaging import average
from matcher.regression.kernel_form import KernelEvidence, condition
from matcher.regression.rows import Rows
from matcher.regression.scales import learn_scales
from tests.strength import strength

EXPECTED = {
    "fit": 0.03,
    "attributes": 0.03,
    "cards": 0.05,
    "company": 0.04,
    "sector x card": 0.02,
    "size x attribute": 0.01,
    "pressure x attribute": 0.01,
    "profile x attribute": 0.012,
    "profile x card": 0.02,
}
"""Effects as the domain expects them: SD .06-.10 point across cards, shared out over blocks."""
NOISE = 0.4
"""SD of a measured gain, in points."""


@cache
def companies():
    return [encode(one.profile) for one in reference_companies()]


def held(setup, size, n, seed):
    """Return the share of 80 % intervals of unseen pairs that hold the truth, n gains measured."""
    rng = np.random.default_rng(seed)
    prior, profiles = setup.priors["gain"], companies()

    def pairs(count):
        chosen = rng.integers(len(profiles), size=count)
        cards = rng.integers(setup.cards.n, size=count)
        return setup.rows("gain", [profiles[i] for i in chosen], cards)

    true = prior.mean.copy()
    for block in prior.blocks:
        if block.name in EXPECTED:
            own = true[block.columns]
            own += size * EXPECTED[block.name] * rng.standard_normal(len(own))
    X, unseen = pairs(n), pairs(200)
    labels = tuple(np.arange(n) for _ in prior.groups)
    rows = Rows(X, X @ true + rng.normal(0, NOISE, n), labels, np.full(n, NOISE**2 / 2))
    belief = average(condition(rows, prior, learn_scales(KernelEvidence(rows, prior))))
    said = unseen @ belief.draw(256, np.random.default_rng(seed))
    low, high = np.quantile(said, (0.1, 0.9), axis=1)
    return float(np.mean((low < unseen @ true) & (unseen @ true < high)))


@pytest.mark.proof
@pytest.mark.parametrize(
    ("size", "least", "most"),
    # In 12 other worlds of each size .93, .84 and .76; at half these medians .91, .75 and .62 in 6.
    [(1, 0.80, 0.97), (2, 0.77, 0.95), (4, 0.70, 0.95)],
)
def test_intervals_hold_where_effects_are_larger_than_expected(size, least, most):
    setup = Setup(read_menu(MENU), read_expert(EXPERT))
    found = [held(setup, size, 25, seed) for seed in range(strength(4, 40))]
    assert least <= np.mean(found) <= most
