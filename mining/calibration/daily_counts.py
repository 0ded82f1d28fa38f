"""Orders a day: the rate of each weekday, and how much the days scatter beyond chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_LARGEST_CV = 5.0
_STEPS = 500


@dataclass(frozen=True, slots=True)
class Overdispersion:
    """The coefficient of variation of the days' gamma factor.

    Parameters
    ----------
    value
        The median of the posterior.
    low, high
        Its 2.5th and 97.5th percentile.
    grid, probability
        The posterior under an even prior, shape (points,).
    """

    value: float
    low: float
    high: float
    grid: Floats
    probability: Floats

    def drawn(self, rng: np.random.Generator, count: int) -> tuple[float, ...]:
        """Return draws of the posterior."""
        places = np.searchsorted(np.cumsum(self.probability), rng.random(count))
        return tuple(self.grid[places.clip(max=len(self.grid) - 1)].tolist())


def weekday_rates(counts: Ints, weekday: Ints, factor: Floats) -> Floats:
    """Return the orders of a day of each weekday at a factor of 1, shape (7,).

    Parameters
    ----------
    counts, weekday
        Orders, and weekday (Monday 0), of each day.
    factor
        Season times growth of each day.
    """
    orders = np.bincount(weekday, weights=counts, minlength=7)
    days = np.bincount(weekday, weights=factor, minlength=7)
    return np.divide(orders, days, out=np.zeros(7), where=days > 0)


def overdispersion(counts: Ints, weekday: Ints, factor: Floats) -> Overdispersion:
    """Return how much the days' rates vary beyond weekday, season and growth.

    Counts of a day are Poisson given a gamma factor of mean 1, so negative binomial. The weekday's
    rates are set to their estimates and the likelihood is adjusted for that (Cox and Reid, 1987);
    without the adjustment few weeks would make the spread look too small.

    Parameters
    ----------
    counts, weekday, factor
        See :func:`weekday_rates`.
    """
    mean = weekday_rates(counts, weekday, factor)[weekday] * factor
    kept = mean > 0
    n, mu, day = counts[kept].astype(np.float64), mean[kept], weekday[kept]
    # Finer near 0, where a company with even demand lies.
    grid = _LARGEST_CV * (np.arange(_STEPS) + 0.5) ** 2 / _STEPS**2
    size = 1 / grid[:, None] ** 2
    fit = (
        special.gammaln(n + size)
        - special.gammaln(size)
        + size * np.log(size / (size + mu))
        + n * np.log(mu / (size + mu))
    ).sum(axis=1)
    weight = mu / (1 + mu * grid[:, None] ** 2)
    for number in np.unique(day):
        fit -= 0.5 * np.log(weight[:, day == number].sum(axis=1))
    step = np.gradient(grid)
    probability = np.exp(fit - fit.max()) * step
    probability /= probability.sum()
    low, value, high = np.interp((0.025, 0.5, 0.975), np.cumsum(probability), grid)
    return Overdispersion(float(value), float(low), float(high), grid, probability)
