"""How unequal customers, or products, are: the log-normal spread of their rates, from counts.

Counts scatter even where all rates are equal, so the spread of the rates is less than that of the
counts. Here the count of each is Poisson with a log-normal rate, and the mean of the logarithms
is averaged over; those never seen count as well, if it is known how many there are, and if not
their number is estimated with the spread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SIGMAS = np.concatenate([[0.01, 0.05], np.arange(0.1, 1.2, 0.05), np.arange(1.2, 3.01, 0.1)])
_POINTS = 1_000
_LOCATIONS = 50
_MOST_UNSEEN = 0.98


@dataclass(frozen=True, slots=True)
class Spread:
    """The posterior of the spread, and of the number of all.

    Parameters
    ----------
    sigma, low, high
        Standard deviation of the logarithm of the rates: median and 95 % interval.
    sigmas
        Draws of it.
    numbers
        Draws of how many there are, those never seen included; aligned with *sigmas*.
    location
        Mean of the logarithm of the expected counts, at the median.
    """

    sigma: float
    low: float
    high: float
    sigmas: Floats
    numbers: Floats
    location: float


def volume_spread(
    groups: list[Ints], rng: np.random.Generator, draws: int, *, all_known: bool
) -> Spread:
    """Return the spread that is common to some groups, each with a level of its own.

    Parameters
    ----------
    groups
        Counts by group, at least two in all; 0 for those known and never seen.
    rng
        For the draws.
    draws
        How many.
    all_known
        Whether those that are not among the counts do not exist; if not, only counts above 0 are
        used, of a single group.
    """
    tables = [_likelihood(counts, all_known) for counts in groups]
    # An even prior for each group's level: its sum, not its maximum, so that the levels that are
    # fitted to few do not make the spread look smaller.
    by_sigma = np.sum([special.logsumexp(table.fit, axis=1) for table in tables], axis=0)
    weight = np.exp(by_sigma - by_sigma.max()) * np.gradient(_SIGMAS)
    cumulative = np.cumsum(weight / weight.sum())
    low, sigma, high = (float(np.interp(p, cumulative, _SIGMAS)) for p in (0.025, 0.5, 0.975))
    sigmas = np.interp(rng.random(draws), cumulative, _SIGMAS)
    first = tables[0]
    numbers = np.full(draws, float(sum(len(counts) for counts in groups)))
    if not all_known:
        row = np.abs(_SIGMAS[:, None] - sigmas).argmin(axis=0)
        chance = np.exp(first.fit[row] - first.fit[row].max(axis=1, keepdims=True))
        edges = np.cumsum(chance, axis=1) / chance.sum(axis=1, keepdims=True)
        place = (edges < rng.random((draws, 1))).sum(axis=1)
        unseen = first.unseen[row, place.clip(max=_LOCATIONS - 1)].clip(max=_MOST_UNSEEN)
        seen = len(groups[0])
        numbers = seen + rng.negative_binomial(max(seen, 1), 1 - unseen)
    middle = int(np.abs(_SIGMAS - sigma).argmin())
    location = float(first.locations[first.fit[middle].argmax()])
    return Spread(sigma, low, high, sigmas, numbers.astype(np.float64), location)


@dataclass(frozen=True, slots=True)
class _Likelihood:
    """By sigma and location: log-likelihood, and the share that is never seen."""

    fit: Floats
    unseen: Floats
    locations: Floats


def _likelihood(counts: Ints, all_known: bool) -> _Likelihood:
    values, times = np.unique(counts, return_counts=True)
    centre = np.log(np.maximum(counts.mean(), 0.1))
    locations = np.linspace(centre - 6, centre + 1.5, _LOCATIONS)
    lowest = min(-8.0, float(locations[0]))
    rates = np.linspace(lowest, np.log(max(counts.max(), 1)) + 3, _POINTS)
    # Poisson probability of each value at each rate, shape (points, values).
    poisson = np.exp(
        values * rates[:, None] - np.exp(rates)[:, None] - special.gammaln(values + 1.0)
    )
    nothing = np.exp(-np.exp(rates))
    fit = np.empty((len(_SIGMAS), _LOCATIONS))
    unseen = np.empty_like(fit)
    for row, sigma in enumerate(_SIGMAS):
        density = np.exp(-0.5 * ((rates - locations[:, None]) / max(sigma, 0.02)) ** 2)
        density /= np.maximum(density.sum(axis=1, keepdims=True), 1e-300)
        chance = np.maximum(density @ poisson, 1e-300)
        unseen[row] = density @ nothing
        fit[row] = np.log(chance) @ times
        if not all_known:
            fit[row] -= times.sum() * np.log(np.maximum(1 - unseen[row], 1e-12))
    return _Likelihood(fit, unseen, locations)
