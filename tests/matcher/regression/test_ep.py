"""One update of a site, and the schedule, against quadrature and a fixed point."""

import numpy as np
import pytest
from scipy import integrate
from scipy.stats import norm

from matcher.regression.ep import Sites, match, propagate

CAVITIES = [
    (0.3, 1.2, 1.0),
    (-2.0, 0.4, 1.0),
    (4.0, 9.0, -1.0),
    (-3.0, 25.0, 1.0),
    (0.0, 1e-3, -1.0),
]


@pytest.mark.parametrize(("mean", "variance", "sign"), CAVITIES)
def test_a_site_gives_its_row_the_moments_of_the_tilted_distribution(mean, variance, sign):
    """The cavity times the answer's chance, integrated; the marginal holds a site of its own."""
    sites = Sites(np.array([0.7]), np.array([0.2]))
    precision = 1 / variance + sites.tau
    marginal = (mean / variance + sites.nu) / precision
    tau, nu, terms = match(marginal, 1 / precision, sites, np.array([sign]))

    def tilted(f, power):
        return f**power * norm.pdf(f, mean, variance**0.5) * norm.cdf(sign * f)

    reach = 12 * variance**0.5
    ends = (mean - reach, mean + reach)
    z, first, second = (
        integrate.quad(tilted, *ends, args=(k,), points=[0.0, mean], epsabs=1e-13)[0]
        for k in range(3)
    )
    assert 1 / (1 / variance + tau[0]) == pytest.approx(second / z - (first / z) ** 2, rel=1e-6)
    found = (mean / variance + nu[0]) / (1 / variance + tau[0])
    assert found == pytest.approx(first / z, rel=1e-6, abs=1e-9)
    # What the row adds: Z over the integral of cavity times the site as it was, not normalised.
    site = norm.pdf(sites.nu[0] / sites.tau[0], mean, (variance + 1 / sites.tau[0]) ** 0.5)
    site *= (2 * np.pi / sites.tau[0]) ** 0.5
    assert terms[0] == pytest.approx(np.log(z / site), abs=1e-8)


def test_one_answer_is_settled_at_once_and_exactly():
    """With one row the cavity is the prior, so that one sweep finds the site."""
    sweeps = []

    def solve(sites):
        sweeps.append(sites)
        variance = 1 / (1 / 4.0 + sites.tau)
        return variance * (1.0 / 4.0 + sites.nu), variance, len(sweeps)

    sites, last, _ = propagate(solve, np.array([1.0]), Sites.start(1))
    assert last == len(sweeps) <= 3
    variance = 1 / (1 / 4.0 + sites.tau[0])
    ratio = norm.pdf(1 / 5**0.5) / norm.cdf(1 / 5**0.5)
    assert variance * (1.0 / 4.0 + sites.nu[0]) == pytest.approx(1 + 4 * ratio / 5**0.5)


def test_what_never_settles_ends_with_the_sites_it_was_solved_at():
    """A marginal that jumps with every sweep: the loop ends, and answer and sites agree."""
    solved = []

    def solve(sites):
        solved.append(sites)
        return np.array([float(len(solved) % 2)]), np.array([0.5]), sites

    sites, last, _ = propagate(solve, np.array([1.0]), Sites.start(1))
    assert last is sites
    assert len(solved) == 300
