"""Scales written as a list, in the order of their prior: blocks, groups, noise."""

import numpy as np

from matcher.regression.prior import Scales


def scales_at(prior, sds):
    """Return scales from a list; of a yes or no there is no noise in it."""
    blocks = {block.name: float(sd) for block, sd in zip(prior.blocks, sds, strict=False)}
    groups = dict(zip(prior.groups, map(float, sds[len(blocks) :]), strict=False))
    return Scales(blocks, groups, float(sds[-1]) if prior.family == "gaussian" else 0.0)


def listed(scales):
    """Return scales as an array."""
    noise = [scales.noise] if scales.noise else []
    return np.array([*scales.blocks.values(), *scales.groups.values(), *noise])


def near_medians(prior, rng):
    """Return scales drawn about the medians of a prior."""
    medians = listed(prior.medians)
    return scales_at(prior, medians * rng.uniform(0.7, 1.4, len(medians)))
