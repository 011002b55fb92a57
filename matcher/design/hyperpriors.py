"""What is believed of the scales before any outcome: how large effects are, and how surely."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.design.expert import Head
from matcher.regression.prior import Scale

_SPREAD, _SHARED = 0.5, 1.0
"""SDs of the log of each scale by itself, and of what all scales of a head have in common.

In worlds with effects from a half to three times those the domain expects, a shared factor lowered
regret by .04 at 50 companies and .03 at 100, and raised coverage of the 80 % intervals from .5 to
.8 where effects are large (4 seeds, 8 worlds).
"""


def _scales(medians: Mapping[str, float], **own: Scale) -> Mapping[str, Scale]:
    learned = {name: Scale(median, _SPREAD, _SHARED) for name, median in medians.items()}
    return learned | own


GAIN_SCALES: Mapping[str, Scale] = _scales(
    # Twice what the domain expects (SD .06-.10 point across cards), shared out over the blocks: few
    # rows find less than is true, and effects may be larger than anyone expects. With effects of
    # half to four times the expected size and experts right, wrong or useless (11 worlds at 25, 50
    # and 100 companies, 4 seeds that it was not chosen on), coverage of 80 % intervals went from
    # .85 to .88 (first card .85 to .89), at four times from .72 to .77 (first .73 to .78). Regret
    # is the same: .727 and .715, a difference of .012 with an error of .008.
    {
        "fit": 0.06,
        "attributes": 0.06,
        "cards": 0.1,
        "company": 0.08,
        "sector x card": 0.04,
        "size x attribute": 0.02,
        "pressure x attribute": 0.02,
        "profile x attribute": 0.024,
        "profile x card": 0.04,
        "companies": 0.06,
        "tables": 0.04,
    },
    noise=Scale(0.15, _SPREAD),
)
CHANCE_SCALES: Mapping[str, Scale] = _scales(
    # On the probit scale, where .3 is about a tenth in probability around .75.
    {
        "fit": 0.12,
        "attributes": 0.2,
        "cards": 0.2,
        "company": 0.2,
        "sector x card": 0.1,
        "size x attribute": 0.06,
        "pressure x attribute": 0.06,
        "profile x attribute": 0.08,
        "profile x card": 0.1,
        "companies": 0.35,
        "tables": 0.25,
    }
)


def scales_of(head: Head) -> Mapping[str, Scale]:
    """Return the scale of each block and grouping of a head, by name."""
    return GAIN_SCALES if head == "gain" else CHANCE_SCALES


def latent_scale(head: Head) -> float:
    """Return how far a probability's z-score is stretched, so that it holds on average.

    A company's own level and what is not yet known of it spread the answer: P = Phi(m / sqrt(1 +
    v)), with v at the medians of the hyperpriors.
    """
    if head == "gain":
        return 1.0
    return float(np.sqrt(1 + sum(scale.median**2 for scale in CHANCE_SCALES.values())))
