"""What arises in a share of the cases after some time: the share and the time, estimated together.

Only what arises before a case is closed is seen, so neither the share of cases with it nor the
times that are seen are those of the company: a case that is closed early, or is still open, could
have had it later. The likelihood counts what is seen at a time, what is known to lie between two
times, and what has not arisen so far (a mixture cure model: Boag, 1949).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

from mining.calibration.estimate import DRAWS
from mining.calibration.laplace import laplace_draws
from mining.calibration.proportions import interval

Floats = npt.NDArray[np.float64]

FAMILIES = ("lognormal", "gamma", "weibull")
_SHORTEST = 1e-6
_MANY = 1_000
_TINY = 1e-300
# Weakly informative, in logarithms: a shape about 1, within a factor of seven or so.
_SHAPE_SD = 1.0
# In logits: a share about 12 %, from 0.3 to 88 %.
_SHARE_MEAN, _SHARE_SD = -2.0, 2.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of each case.

    Parameters
    ----------
    earliest, latest
        When it arose, at the earliest and at the latest; equal where the moment is known, and
        *latest* infinite where it has not arisen by *earliest*, shape (cases,).
    """

    earliest: Floats
    latest: Floats

    @property
    def arisen(self) -> int:
        """In how many cases it has arisen."""
        return int(np.isfinite(self.latest).sum())


@dataclass(frozen=True, slots=True)
class Onset:
    """A share and a distribution of times.

    Parameters
    ----------
    share, low, high, shares
        The share with its 95 % interval and draws.
    time
        The distribution, in the form of a model file and the unit of the times given.
    times
        Draws of the distribution.
    cases, arisen
        How many cases there were, and in how many it was seen.
    family
        Name of the family with the least AIC.
    """

    share: float
    low: float
    high: float
    shares: tuple[float, ...]
    time: dict[str, Any]
    times: tuple[dict[str, Any], ...]
    cases: int
    arisen: int
    family: str


def fit_onset(
    seen: Seen,
    rng: np.random.Generator,
    *,
    always: bool = False,
    cap: float | None = None,
    families: tuple[str, ...] = FAMILIES,
) -> Onset:
    """Return share and times by maximum likelihood with weak priors; the family by AIC.

    The interval and the draws are those of the normal approximation at the maximum, in logits and
    logarithms, of each family in proportion to its Akaike weight (Burnham and Anderson, 2002):
    which family it is, the data seldom tell, and the tail depends on it.

    Parameters
    ----------
    seen
        At least one case in which it has arisen.
    rng
        For the draws.
    always
        Whether it arises in every case sooner or later: the share is 1.
    cap
        Written into the distribution as its largest value.
    families
        Those to choose from.
    """
    data = _Data.of(seen)
    fits = [(_fit(data, family, always), family) for family in families]
    (point, least), family = min(fits, key=lambda pair: pair[0][1])
    weights = np.exp([(least - aic) / 2 for (_, aic), _ in fits])
    picked = rng.choice(len(fits), size=_MANY, p=weights / weights.sum())
    drawn, shares = [], np.ones(_MANY)
    for number, ((own_point, _), own) in enumerate(fits):
        rows = _drawn(own_point, data, own, always, rng, int((picked == number).sum()))
        drawn.append(rows)
        if not always:
            shares[picked == number] = special.expit(rows[:, 2])
    low, high = interval(shares)
    left = [iter(rows) for rows in drawn]
    limits = {} if cap is None else {"cap": cap}
    return Onset(
        share=1.0 if always else float(special.expit(point[2])),
        low=low,
        high=high,
        shares=tuple(shares[:DRAWS].tolist()),
        time=_written(family, point) | limits,
        times=tuple(_written(fits[n][1], next(left[n])) | limits for n in picked[:DRAWS]),
        cases=len(seen.earliest),
        arisen=seen.arisen,
        family=family,
    )


def _drawn(
    point: Floats, data: _Data, family: str, always: bool, rng: np.random.Generator, count: int
) -> Floats:
    if not count:
        return np.empty((0, len(point)))
    return laplace_draws(lambda at: _cost(at, data, family, always), point, rng, count)


def quantiles_between(onset: Onset, begin: Floats, end: Floats, positions: Floats) -> Floats:
    """Return quantiles of the times, given that each lies between two limits.

    Parameters
    ----------
    onset
        The distribution, without its cap.
    begin, end
        The limits, shape (cases,).
    positions
        Probabilities, shape (positions,).

    Returns
    -------
    numpy.ndarray
        Shape (cases, positions), within the limits.
    """
    time = onset.time
    if onset.family == "lognormal":
        law = stats.lognorm(time["sigma"], scale=time["median"])
    elif onset.family == "gamma":
        law = stats.gamma(time["shape"], scale=time["scale"])
    else:
        law = stats.weibull_min(time["shape"], scale=time["scale"])
    low, high = law.cdf(begin)[:, None], law.cdf(end)[:, None]
    found: Floats = law.ppf(low + (high - low) * positions)
    return np.clip(found, begin[:, None], np.maximum(begin, end)[:, None])


@dataclass(frozen=True, slots=True)
class _Data:
    exact: Floats
    begin: Floats
    end: Floats
    never_by: Floats
    never_count: Floats

    @classmethod
    def of(cls, seen: Seen) -> _Data:
        latest = np.maximum(seen.latest, _SHORTEST)
        earliest = np.maximum(seen.earliest, 0.0)
        never = ~np.isfinite(latest)
        exact = ~never & (latest - earliest <= np.maximum(1e-4 * latest, _SHORTEST))
        between = ~never & ~exact
        # Cases closed at about the same time count together; what is closed at once tells nothing.
        closed = earliest[never & (earliest > 0)]
        by, count = np.unique(np.exp(np.round(np.log(closed), 2)), return_counts=True)
        return cls(latest[exact], earliest[between], latest[between], by, count.astype(np.float64))


def _fit(data: _Data, family: str, always: bool) -> tuple[Floats, float]:
    """Return the maximum and its AIC (lower is better)."""
    typical = np.concatenate([data.exact, (data.begin + data.end) / 2])
    scale = float(np.log(np.median(np.maximum(typical, _SHORTEST))))
    start = [scale, 0.0] if always else [scale, 0.0, _SHARE_MEAN]
    best: Any = None
    for first in (start, [start[0] + 1.0, 0.5, *start[2:]]):
        found = optimize.minimize(
            _cost, np.array(first), args=(data, family, always), method="Nelder-Mead",
            options={"maxiter": 600, "xatol": 1e-4, "fatol": 1e-4},
        )  # fmt: skip
        if best is None or found.fun < best.fun:
            best = found
    point: Floats = best.x
    return point, 2 * float(best.fun) + 2 * len(point)


def _cost(point: Floats, data: _Data, family: str, always: bool) -> float:
    """Return the negative logarithm of likelihood times priors."""
    scale, shape = float(point[0]), float(point[1])
    if abs(scale) > 30 or abs(shape) > 5 or (not always and abs(point[2]) > 30):
        return 1e12
    share = 1.0 if always else float(special.expit(point[2]))
    log_density = _log_density(data.exact, family, scale, shape)
    between = _below(data.end, family, scale, shape) - _below(data.begin, family, scale, shape)
    late = 1 - share * _below(data.never_by, family, scale, shape)
    total = log_density.sum() + np.log(np.maximum(between, _TINY)).sum()
    total += (len(data.exact) + len(data.end)) * np.log(max(share, _TINY))
    total += (data.never_count * np.log(np.maximum(late, _TINY))).sum()
    total -= 0.5 * (shape / _SHAPE_SD) ** 2
    if not always:
        total -= 0.5 * ((point[2] - _SHARE_MEAN) / _SHARE_SD) ** 2
    return -float(total)


def _log_density(times: Floats, family: str, scale: float, shape: float) -> Floats:
    logs = np.log(times)
    z, k = logs - scale, np.exp(shape)
    density: Floats
    if family == "lognormal":
        density = -0.5 * (z / k) ** 2 - shape - logs - 0.5 * np.log(2 * np.pi)
    elif family == "gamma":
        density = k * z - np.exp(z) - special.gammaln(k) - logs
    else:
        density = shape + k * z - np.exp(np.minimum(k * z, 700)) - logs
    return density


def _below(times: Floats, family: str, scale: float, shape: float) -> Floats:
    """Return the distribution function at times of 0 or more."""
    z, k = np.log(np.maximum(times, _TINY)) - scale, np.exp(shape)
    below: Floats
    if family == "lognormal":
        below = special.ndtr(z / k)
    elif family == "gamma":
        below = special.gammainc(k, np.exp(z))
    else:
        below = -np.expm1(-np.exp(np.minimum(k * z, 700)))
    return below


def _written(family: str, point: Floats) -> dict[str, Any]:
    scale, shape = float(np.exp(point[0])), float(np.exp(point[1]))
    if family == "lognormal":
        return {"distribution": "lognormal", "median": scale, "sigma": shape}
    return {"distribution": family, "shape": shape, "scale": scale}
