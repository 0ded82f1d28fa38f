"""The distribution function of durations of which some are open, or long ones cannot be seen.

Where everything has been seen it is the ordinary one. Open cases are known only as "longer than"
(right censoring, Kaplan and Meier). Where only completed cases are in the data, a case that began
shortly before their end is there only if it was quick (right truncation, Lynden-Bell). What a
batch run ends is known only to have been ready between two runs (interval censoring, Turnbull).

References
----------
Kaplan, Meier, "Nonparametric estimation from incomplete observations", Journal of the American
Statistical Association 53, 1958.
Lynden-Bell, "A method of allowing for known observational selection in small samples applied to
3CR quasars", Monthly Notices of the Royal Astronomical Society 155, 1971.
Turnbull, "The empirical distribution function with arbitrarily grouped, censored and truncated
data", Journal of the Royal Statistical Society B 38, 1976.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# The grid of interval-censored values, and when its iteration ends.
_CELLS = 250
_ROUNDS = 500
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class LifeTable:
    """A distribution function that rises at the values that were seen.

    Parameters
    ----------
    values
        Shape (steps,): distinct values, rising.
    shares
        Shape (steps,): probability of a value of at most that. The last is below 1 where the
        longest case is open.
    """

    values: Array
    shares: Array

    def quantile(self, probability: Array) -> Array:
        """Return the least value that has at least that probability, the last one beyond it."""
        places = np.searchsorted(self.shares, probability - 1e-12, side="left")
        found: Array = self.values[np.minimum(places, len(self.values) - 1)]
        return found

    def distance(self, shares: Array, before: Array) -> float:
        """Return the Kolmogorov-Smirnov distance to another distribution function.

        Parameters
        ----------
        shares
            Shape (steps,): what the other one is at :attr:`values`.
        before
            Shape (steps,): what it is just below them; the same if it is continuous.
        """
        lower = np.concatenate(([0.0], self.shares[:-1]))
        return float(max(np.abs(shares - self.shares).max(), np.abs(before - lower).max()))


def life_table(
    values: Array,
    weights: Array | None = None,
    censored: Flags | None = None,
    truncated_at: Array | None = None,
    lower: Array | None = None,
    law: Any = None,
    rounds: int = _ROUNDS,
) -> LifeTable:
    """Return the distribution function that the data show, without a family.

    Parameters
    ----------
    values
        Shape (n,): durations; of open cases, those so far.
    weights
        Shape (n,): how much each counts; 1 by default.
    censored
        Shape (n,): whether a case is open. Not together with *truncated_at*.
    truncated_at
        Shape (n,): the longest value that would have been seen of each case.
    lower
        Shape (n,): a value is known only to lie above this, and not above the value. The window
        of *truncated_at* is then left out of account.
    law
        With *lower*: the distribution that the iteration begins with, as values in wide intervals
        leave open how they lie in them; something with ``cdf``.
    rounds
        With *lower*: how often it is iterated. After one round the result is *law* as the data
        correct it, and equal to it on average if it is true.

    Raises
    ------
    ValueError
        If no case has ended.
    """
    weights = np.ones(len(values)) if weights is None else weights
    ended = np.ones(len(values), np.bool_) if censored is None else ~censored
    if not (weights[ended] > 0).any():
        raise ValueError("no case has ended")
    if lower is not None:
        return _turnbull(values, np.minimum(lower, values), weights, ~ended, law, rounds)
    steps, place = np.unique(values[ended], return_inverse=True)
    ends: Array = np.bincount(place, weights=weights[ended]).astype(np.float64)
    if truncated_at is not None:
        return LifeTable(steps, _lynden_bell(steps, ends, values, weights, truncated_at))
    if ended.all():
        return LifeTable(steps, np.minimum(np.cumsum(ends) / ends.sum(), 1.0))
    # Who is censored at a moment is still at risk in it.
    at_risk = weights.sum() - _below(steps, values, weights)
    return LifeTable(steps, 1.0 - np.cumprod(1.0 - np.minimum(ends / at_risk, 1.0)))


def _below(steps: Array, values: Array, weights: Array) -> Array:
    """Return the weight of the values below each step."""
    order = np.argsort(values)
    sums = np.concatenate(([0.0], np.cumsum(weights[order])))
    found: Array = sums[np.searchsorted(values[order], steps, side="left")]
    return found


def _lynden_bell(
    steps: Array, ends: Array, values: Array, weights: Array, truncated_at: Array
) -> Array:
    """Return the product over longer steps of 1 - ends / at risk, time running backwards."""
    # At risk: who was not longer, and would have been seen if it had been as long.
    at_risk = _below(np.nextafter(steps, np.inf), values, weights) - _below(
        steps, truncated_at, weights
    )
    stays = 1.0 - np.minimum(ends / np.maximum(at_risk, ends), 1.0)
    # Where the shortest are all that is at risk the product would be 0 for everything below.
    stays[1:] = np.maximum(stays[1:], 1e-12)
    shares: Array = np.append(np.cumprod(stays[1:][::-1])[::-1], 1.0)
    return shares


def _turnbull(
    values: Array, lower: Array, weights: Array, censored: Flags, law: Any, rounds: int
) -> LifeTable:
    """Return the self-consistent distribution function on a grid, by iteration."""
    ends = np.unique(np.concatenate((lower, values)))
    if ends.size > _CELLS:
        ends = np.unique(np.quantile(ends, np.linspace(0, 1, _CELLS)))
    # Cell j lies above end j - 1 and not above end j; the last one is beyond all ends.
    cells = ends.size + 1
    top = np.where(censored, cells - 1, np.searchsorted(ends, values, side="left"))
    start = np.where(censored, values, lower)
    bottom = np.searchsorted(ends, start, side="right")
    bottom = np.where(~censored & (lower == values), top, np.minimum(bottom, top))
    pairs, place = np.unique(bottom * cells + top, return_inverse=True)
    bottom, top = pairs // cells, pairs % cells
    weight = np.bincount(place, weights=weights)
    mass = np.full(cells, 1.0 / cells)
    if law is not None:
        mass = np.maximum(np.diff(law.cdf(ends), prepend=0.0, append=1.0), 1e-12)
    for _ in range(rounds):
        sums = np.concatenate(([0.0], np.cumsum(mass)))
        part = weight / np.maximum(sums[top + 1] - sums[bottom], 1e-300)
        change = np.bincount(bottom, weights=part, minlength=cells + 1)
        change = change - np.bincount(top + 1, weights=part, minlength=cells + 1)
        mass, before = mass * np.cumsum(change)[:cells] / weight.sum(), mass
        if np.abs(mass - before).max() < _CLOSE:
            break
    return LifeTable(ends, np.minimum(np.cumsum(mass)[:-1], 1.0))
