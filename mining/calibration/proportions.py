"""Shares of orders as estimates, and the random numbers and intervals that estimates share."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mining.calibration.estimate import DRAWS, Estimate
from mining.proportions import wilson

Floats = npt.NDArray[np.float64]
_INTERVAL = (0.025, 0.975)


def generator(seed: int, purpose: str) -> np.random.Generator:
    """Return random numbers that depend on the seed and on what they are for, and nothing else."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def share_estimate(
    path: str,
    hits: float,
    cases: float,
    seed: int,
    source: str,
    assumption: str = "",
    *,
    design_effect: float = 1.0,
) -> Estimate:
    """Return a share as an estimate, with Wilson's score interval.

    Parameters
    ----------
    path
        Of the parameter.
    hits, cases
        How many of how many, whole or expected numbers; more than 0 cases.
    seed
        Of the draws: from the posterior under Jeffreys' prior, Beta(hits + 1/2, rest + 1/2).
    source, assumption
        See :class:`Estimate`.
    design_effect
        Variance over that of so many independent cases (Kish, 1965).
    """
    worth, of = hits / design_effect, cases / design_effect
    low, high = wilson(worth, of)
    drawn = generator(seed, path).beta(worth + 0.5, of - worth + 0.5, DRAWS)
    return Estimate(
        path,
        hits / cases,
        f"{source}: {hits:.0f} of {cases:.0f}",
        int(cases),
        low,
        high,
        tuple(drawn.tolist()),
        assumption=assumption,
    )


def shares_estimate(
    path: str, counts: Mapping[Any, float], seed: int, source: str, assumption: str = ""
) -> Estimate:
    """Return shares that sum to 1 as an estimate; what was never seen is left out.

    The draws are Dirichlet, with the counts as its parameters (Bayesian bootstrap).
    """
    seen = {key: float(count) for key, count in counts.items() if count > 0}
    total = sum(seen.values())
    drawn = generator(seed, path).dirichlet(list(seen.values()), DRAWS)
    return Estimate(
        path,
        {key: count / total for key, count in seen.items()},
        f"{source}: {total:.0f} observations",
        int(total),
        draws=tuple(dict(zip(seen, row, strict=True)) for row in drawn.tolist()),
        assumption=assumption,
    )


def interval(values: Sequence[float] | Floats) -> tuple[float, float]:
    """Return the 2.5th and the 97.5th percentile of draws."""
    low, high = np.quantile(np.asarray(values, dtype=np.float64), _INTERVAL)
    return float(low), float(high)
