"""Families of distributions fitted by maximum likelihood, of open and of unseen cases too."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import optimize, special, stats

from mining.calibration.life_table import Array, Flags

Parameters = tuple[float, ...]
# Distributions of a model that are no curve with a likelihood.
NO_CURVE = ("constant", "empirical", "quantiles")
_LONGEST_SEARCH = 300
# Beyond this a parameter says no more than that the data cannot tell it.
_LARGEST_LOG = 25.0
_MOST_FREEDOM = 100.0
# From so many values on a search groups them, by so much of their value.
_FEW = 1_000
_GRID = 0.01
_IMPOSSIBLE = 1e-300
# What is so small a part of the largest value is 0, and what is so small is nothing at all.
_NOTHING, _SMALLEST = 1e-9, 1e-100


@dataclass(frozen=True, slots=True)
class Sample:
    """Values to fit a distribution to.

    Parameters
    ----------
    values, weights
        Shape (n,).
    censored
        Shape (n,): whether a value is known only as "longer than"; None if none is.
    truncated_at
        Shape (n,): the longest value that could have been seen of each; None if any could.
    lower
        Shape (n,): what is known of a value is that it lies above this, and not above the value;
        None if all are known themselves.
    least
        Smallest value above 0 that zeros are lifted to.
    """

    values: Array
    weights: Array
    censored: Flags | None = None
    truncated_at: Array | None = None
    lower: Array | None = None
    least: float = -math.inf

    @property
    def open(self) -> bool:
        """Whether a case is open."""
        return self.censored is not None and bool(self.censored.any())

    @property
    def size(self) -> int:
        """Number of values, or of equally weighted ones that tell as much (Kish)."""
        return max(1, round(float(self.weights.sum() ** 2 / (self.weights**2).sum())))

    @property
    def whole(self) -> bool:
        """Whether every value was seen to its end, and any would have been."""
        return not self.open and self.truncated_at is None and self.lower is None

    def open_flags(self) -> Flags:
        """Return which cases are open."""
        return np.zeros(len(self.values), np.bool_) if self.censored is None else self.censored

    def taken(self, kept: Flags, weights: Array) -> Sample:
        """Return some of the values, with other weights."""
        return Sample(
            self.values[kept],
            weights,
            None if self.censored is None else self.censored[kept],
            None if self.truncated_at is None else self.truncated_at[kept],
            None if self.lower is None else self.lower[kept],
        )

    def within(self) -> Flags:
        """Return which values are known only to lie in an interval."""
        if self.lower is None:
            return np.zeros(len(self.values), np.bool_)
        return (self.lower < self.values) & ~self.open_flags()

    def middle(self) -> Sample:
        """Return the sample with the middle of each interval, as if all had been seen."""
        if self.lower is None:
            return self
        values = np.where(self.within(), (self.lower + self.values) / 2, self.values)
        return replace(self, values=values, lower=None)

    def lifted(self) -> Sample:
        """Return the sample with zeros at half of the smallest value above 0, weights of mean 1."""
        scaled = replace(self, weights=self.weights * (self.size / self.weights.sum()))
        above = self.values[self.values > _NOTHING * self.values.max()]
        if (self.values < 0).any() or self.values.max() < _SMALLEST:
            return scaled
        least = float(above.min()) / 2
        bound = self.truncated_at
        return replace(
            scaled,
            values=np.maximum(self.values, least),
            truncated_at=None if bound is None else np.maximum(bound, least),
            least=least,
        )

    def candidates(self) -> tuple[str, ...]:
        """Return the names of the families that could be."""
        if self.values.min() < 0:
            return ("normal", "student_t", "uniform")
        if self.values.max() < _SMALLEST:
            return ()
        return ("exponential", "lognormal", "gamma", "weibull", "uniform")

    def log_likelihood(self, family: Family, parameters: Parameters) -> float:
        """Return the log-likelihood; values of open cases and of windows as they count."""
        return self.terms().log_likelihood(family.law(parameters))

    def terms(self) -> Terms:
        """Return what each value adds to a likelihood, values that are nearly the same as one."""
        open_, within = self.open_flags(), self.within()
        point = ~open_ & ~within
        none = np.empty(0)
        bound = none if self.truncated_at is None else self.truncated_at
        lower = none if self.lower is None else self.lower[within]
        return Terms(
            _grouped(self.weights[point], self.values[point]),
            _grouped(self.weights[open_], self.values[open_]),
            _grouped(self.weights[within], self.values[within], lower),
            _grouped(self.weights[: bound.size], bound),
        )

    def mean(self, values: Array) -> float:
        """Return the weighted mean of something of each value."""
        return float(self.weights @ values / self.weights.sum())


@dataclass(frozen=True, slots=True)
class Terms:
    """Values by how they count in a likelihood; each as weights and one or two rows of values.

    Parameters
    ----------
    point
        Values that were seen.
    open
        Values that are known only as "longer than".
    within
        Upper and lower ends of the intervals that values lie in.
    window
        The longest values that could have been seen.
    """

    point: tuple[Array, ...]
    open: tuple[Array, ...]
    within: tuple[Array, ...]
    window: tuple[Array, ...]

    def log_likelihood(self, law: Any) -> float:
        """Return the log-likelihood under a distribution."""
        with np.errstate(all="ignore"):
            return self._log_likelihood(law)

    def _log_likelihood(self, law: Any) -> float:
        total = 0.0
        if self.point[0].size:
            total += float(self.point[0] @ law.logpdf(self.point[1]))
        if self.open[0].size:
            total += float(self.open[0] @ law.logsf(self.open[1]))
        if self.within[0].size:
            inside = law.cdf(self.within[1]) - law.cdf(self.within[2])
            total += float(self.within[0] @ np.log(np.maximum(inside, _IMPOSSIBLE)))
        if self.window[0].size:
            total -= float(self.window[0] @ law.logcdf(self.window[1]))
        return total


@dataclass(frozen=True, slots=True)
class Family:
    """A family of distributions.

    Parameters
    ----------
    fields
        Names of its parameters in a model file.
    law
        Parameters to the distribution, with ``logpdf``, ``logcdf``, ``logsf``, ``cdf``.
    closed
        Maximum likelihood of a sample seen as a whole; None if the family cannot be.
    free
        Which parameters may be below 0; the others are searched by their logarithm.
    searchable
        Whether open cases and windows can be fitted.
    """

    fields: tuple[str, ...]
    law: Callable[[Parameters], Any]
    closed: Callable[[Sample], Parameters | None]
    free: tuple[bool, ...]
    searchable: bool = True

    def estimate(self, sample: Sample) -> Parameters | None:
        """Return the maximum-likelihood parameters; None if there are none."""
        start = self.closed(sample.middle())
        if start is None or not all(map(math.isfinite, start)):
            return None
        if any(x <= 0 and not free for x, free in zip(start, self.free, strict=True)):
            return None
        if sample.whole:
            return start
        return self.search(sample, start) if self.searchable else None

    def search(self, sample: Sample, start: Parameters) -> Parameters | None:
        """Return the parameters of the largest likelihood, searched from *start* (simplex)."""

        def parameters(place: Array) -> Parameters:
            return tuple(
                float(x) if free else math.exp(min(max(x, -_LARGEST_LOG), _LARGEST_LOG))
                for x, free in zip(place.tolist(), self.free, strict=True)
            )

        terms = sample.terms()

        def loss(place: Array) -> float:
            likelihood = terms.log_likelihood(self.law(parameters(place)))
            return -likelihood if math.isfinite(likelihood) else 1e300

        # A hundredth of a unit of log-likelihood is far below what data can tell.
        place = [x if free else math.log(x) for x, free in zip(start, self.free, strict=True)]
        options = {"maxiter": _LONGEST_SEARCH, "xatol": 1e-3, "fatol": 1e-2}
        found = optimize.minimize(loss, np.array(place), method="Nelder-Mead", options=options)
        return None if found.fun >= 1e300 else parameters(found.x)


def _grouped(weights: Array, *rows: Array) -> tuple[Array, ...]:
    """Return values of which those within half a percent are one, and their weights.

    Half a percent of the value, or of the median near 0: a search is 10 times as fast with them.
    """
    if weights.size <= _FEW:
        return weights, *rows
    unit = float(np.median(np.abs(rows[0]))) or 1.0
    cells = np.round(np.arcsinh(np.stack(rows) / unit) / _GRID).astype(np.int64)
    key = cells[0] if len(rows) == 1 else cells[0] * 1_000_003 + cells[1]
    _, place = np.unique(key, return_inverse=True)
    sums: Array = np.bincount(place, weights=weights).astype(np.float64)
    means = [np.bincount(place, weights=weights * row) / sums for row in rows]
    return sums, *means


def _exponential(sample: Sample) -> Parameters | None:
    return (sample.mean(sample.values),)


def _lognormal(sample: Sample) -> Parameters | None:
    logs = np.log(sample.values)
    mean = sample.mean(logs)
    sigma = math.sqrt(sample.mean((logs - mean) ** 2))
    return (math.exp(mean), sigma) if sigma > 1e-9 else None


def _gamma(sample: Sample) -> Parameters | None:
    """Solve log k - digamma(k) = log(mean) - mean(log), k the shape."""
    mean = sample.mean(sample.values)
    gap = math.log(mean) - sample.mean(np.log(sample.values))
    if not gap > 1e-12:
        return None
    # Minka, "Estimating a gamma distribution", 2002: start and Newton's step.
    shape = (3 - gap + math.sqrt((gap - 3) ** 2 + 24 * gap)) / (12 * gap)
    for _ in range(20):
        slope = 1 / shape - float(special.polygamma(1, shape))
        step = (math.log(shape) - float(special.digamma(shape)) - gap) / slope
        shape, before = max(shape - step, shape / 10), shape
        if abs(shape - before) < 1e-10 * shape:
            break
    return shape, mean / shape


def _weibull(sample: Sample) -> Parameters | None:
    """Solve sum(x^k log x) / sum(x^k) - 1/k = mean(log x), k the shape."""
    largest = float(sample.values.max())
    scaled = sample.values / largest
    logs = np.log(scaled)
    mean = sample.mean(logs)

    def gap(shape: float) -> float:
        powers = sample.weights * np.exp(shape * logs)
        return float(powers @ logs / powers.sum()) - 1 / shape - mean

    low, high = 1e-3, 1e3
    if not (gap(low) < 0 < gap(high)):
        return None
    shape = float(optimize.brentq(gap, low, high, xtol=1e-10))
    return shape, largest * sample.mean(np.exp(shape * logs)) ** (1 / shape)


def _normal(sample: Sample) -> Parameters | None:
    mean = sample.mean(sample.values)
    sd = math.sqrt(sample.mean((sample.values - mean) ** 2))
    return (mean, sd) if sd > 1e-9 else None


def _student_t(sample: Sample) -> Parameters | None:
    """Search from the median and the distance between the quartiles."""
    quarter, middle, last = np.quantile(sample.values, [0.25, 0.5, 0.75]).tolist()
    spread = max(last - quarter, 1e-3 * float(np.ptp(sample.values)))
    if not spread > 0:
        return None
    seen = replace(sample, censored=None, truncated_at=None, lower=None)
    found = FAMILIES["student_t"].search(seen, (3.0, middle, spread / 1.5))
    # So many degrees of freedom are the normal distribution, which has a parameter less.
    return None if found is None or found[0] > _MOST_FREEDOM else found


def _uniform(sample: Sample) -> Parameters | None:
    """Return the limits, moved out by what the largest of n values is short of on average."""
    low, high = float(sample.values.min()), float(sample.values.max())
    margin = (high - low) / max(sample.size - 1, 1)
    floor = low - margin
    return (max(floor, 0.0) if low >= 0 else floor), high + margin


FAMILIES: dict[str, Family] = {
    "exponential": Family(("mean",), lambda p: stats.expon(scale=p[0]), _exponential, (False,)),
    "lognormal": Family(
        ("median", "sigma"),
        lambda p: stats.lognorm(p[1], scale=p[0]),
        _lognormal,
        (False, False),
    ),
    "gamma": Family(
        ("shape", "scale"), lambda p: stats.gamma(p[0], scale=p[1]), _gamma, (False, False)
    ),
    "weibull": Family(
        ("shape", "scale"),
        lambda p: stats.weibull_min(p[0], scale=p[1]),
        _weibull,
        (False, False),
    ),
    "uniform": Family(
        ("low", "high"),
        lambda p: stats.uniform(p[0], p[1] - p[0]),
        _uniform,
        (True, True),
        searchable=False,
    ),
    "normal": Family(("mean", "sd"), lambda p: stats.norm(p[0], p[1]), _normal, (True, False)),
    "student_t": Family(
        ("df", "location", "scale"),
        lambda p: stats.t(p[0], p[1], p[2]),
        _student_t,
        (False, True, False),
    ),
}
