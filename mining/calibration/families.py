"""Which distribution fits: families compared by AIC, and a table of quantiles where none does.

Families are fitted by maximum likelihood. The one with the least AIC is taken, unless it is
farther than 0.1 (Kolmogorov-Smirnov) from what was seen, and farther than chance explains: then
the quantiles of the data are taken themselves, with an exponential tail.

References
----------
Akaike, "A new look at the statistical model identification", IEEE Transactions on Automatic
Control 19, 1974.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from mining.calibration.estimate import DRAWS
from mining.calibration.life_table import Flags, LifeTable, life_table
from mining.calibration.likelihood import FAMILIES, NO_CURVE, Sample

# Above this distance no family is taken for the truth.
MISFIT = 0.1
# Distance that one sample in 20 exceeds though the family is right, times the root of its size;
# with fitted parameters: Lilliefors, Journal of the American Statistical Association 62, 1967.
_CHANCE = 0.9
# So few different values are a table of values; more are a curve.
_FEW_VALUES = 12
# Share of the values in one value above which the data are a table of values.
_KNOTS = np.concatenate(
    ([0.0, 0.005, 0.01, 0.02], np.arange(0.05, 0.951, 0.05), [0.97, 0.98, 0.99])
)
# How far a fitted family may go beyond the largest value that was seen.
_CAP_FACTOR = 2.0
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Fitted:
    """A distribution that was fitted to data.

    Parameters
    ----------
    value
        The distribution as a model file has it: ``distribution`` and its fields.
    chosen
        Name of its family.
    aic
        Akaike's criterion of each family that was tried; the least is best.
    ks
        Kolmogorov-Smirnov distance between the data and what was chosen.
    sample
        Number of values; with weights, the number of equal ones that tell as much (Kish).
    """

    value: dict[str, Any]
    chosen: str
    aic: dict[str, float] = field(default_factory=dict)
    ks: float = 0.0
    sample: int = 0

    @property
    def misfit(self) -> float:
        """The distance :attr:`ks`, by the name that an estimate has for it."""
        return self.ks


def fit(
    values: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    censored: npt.ArrayLike | None = None,
    truncated_at: npt.ArrayLike | None = None,
    lower: npt.ArrayLike | None = None,
    families: Sequence[str] | None = None,
) -> Fitted:
    """Return the distribution that fits some values.

    Values below 0 are fitted with normal, Student's t and uniform; all others with exponential,
    log-normal, gamma, Weibull and uniform. Zeros count as half of the smallest value above 0.

    Parameters
    ----------
    values
        Shape (n,), at least one, finite; any unit, which becomes that of the distribution.
    weights
        Shape (n,), 0 or more: how much each counts.
    censored
        Shape (n,): true for a value that is known only as "longer than".
    truncated_at
        Shape (n,): the longest value that could have been seen of each; not with *censored*.
    lower
        Shape (n,): known is only that a value lies above this, and not above the value, as where
        a batch run ends a wait; the same number for a value that is known.
    families
        Names of the families to try; by default those above.

    Returns
    -------
    Fitted
        With a cap of twice the largest value that was seen (normal and Student's t: the limits
        of what was seen), so that no draw is out of this world.

    Raises
    ------
    ValueError
        If there is no value, one is not finite, a shape differs, or all cases are open.
    """
    sample = _checked(values, weights, censored, truncated_at, lower)
    size = sample.size
    table = _table(sample)
    if len(table.values) == 1 and not sample.open:
        only = _rounded(float(table.values[0]))
        return Fitted({"distribution": "constant", "value": only}, "constant", {}, 0.0, size)
    lifted = sample.lifted()
    aic: dict[str, float] = {}
    fits: dict[str, tuple[float, ...]] = {}
    for name in families or lifted.candidates():
        curve = FAMILIES[name]
        found = curve.estimate(lifted)
        if found is None:
            continue
        likelihood = lifted.log_likelihood(curve, found)
        if math.isfinite(likelihood):
            aic[name], fits[name] = 2.0 * (len(found) - likelihood), found
    if aic:
        best = min(aic, key=lambda name: aic[name])
        distance, table = _distance(table, best, fits[best], lifted)
        if distance <= max(MISFIT, _CHANCE / math.sqrt(size)):
            return Fitted(_written(best, fits[best], lifted), best, aic, distance, size)
    value, distance = _without_family(table)
    return Fitted(value, value["distribution"], aic, distance, size)


def refits(
    fitted: Fitted,
    values: npt.ArrayLike,
    *,
    seed: int,
    blocks: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    censored: npt.ArrayLike | None = None,
    truncated_at: npt.ArrayLike | None = None,
    lower: npt.ArrayLike | None = None,
    draws: int = DRAWS,
) -> tuple[dict[str, Any], ...]:
    """Return what the fit might have been with other data of the same kind (bootstrap).

    Parameters
    ----------
    fitted
        What :func:`fit` returned; its family is fitted each time.
    values, weights, censored, truncated_at, lower
        What it was fitted to.
    seed
        Of the resampling.
    blocks
        Shape (n,), whole numbers or text: values of one block are drawn together, such as the
        lines of an order; each is its own by default.
    draws
        How many.

    Returns
    -------
    tuple of dict
        Distributions as a model file has them.
    """
    sample = _checked(values, weights, censored, truncated_at, lower)
    _, block = np.unique(
        np.arange(len(sample.values)) if blocks is None else np.asarray(blocks),
        return_inverse=True,
    )
    count = int(block.max()) + 1
    found = []
    for draw in range(draws):
        rng = np.random.default_rng([seed, draw])
        times = np.bincount(rng.integers(count, size=count), minlength=count)[block]
        kept = times > 0
        if not (kept & ~sample.open_flags()).any():
            found.append(fitted.value)
            continue
        found.append(_refit(fitted, sample.taken(kept, times[kept].astype(np.float64))))
    return tuple(found)


def _refit(fitted: Fitted, sample: Sample) -> dict[str, Any]:
    if fitted.chosen == "constant":
        return fitted.value
    if fitted.chosen in NO_CURVE:
        return _without_family(_table(sample), fitted.chosen)[0]
    lifted = sample.lifted()
    found = FAMILIES[fitted.chosen].estimate(lifted)
    return fitted.value if found is None else _written(fitted.chosen, found, lifted)


def _checked(
    values: npt.ArrayLike,
    weights: npt.ArrayLike | None,
    censored: npt.ArrayLike | None,
    truncated_at: npt.ArrayLike | None,
    lower: npt.ArrayLike | None,
) -> Sample:
    given = np.asarray(values, dtype=np.float64).ravel()
    if not given.size:
        raise ValueError("no value to fit a distribution to")
    if not np.isfinite(given).all():
        raise ValueError(f"{int((~np.isfinite(given)).sum())} values are not finite numbers")
    if censored is not None and truncated_at is not None:
        raise ValueError("give censored or truncated_at, not both")
    share = None if weights is None else np.asarray(weights, dtype=np.float64).ravel()
    flags: Flags | None = None if censored is None else np.asarray(censored, np.bool_).ravel()
    bound = None if truncated_at is None else np.asarray(truncated_at, np.float64).ravel()
    least = None if lower is None else np.asarray(lower, np.float64).ravel()
    arrays = {"weights": share, "censored": flags, "truncated_at": bound, "lower": least}
    for name, array in arrays.items():
        if array is not None and array.shape != given.shape:
            raise ValueError(f"{name}: {array.size} for {given.size} values")
    if share is not None and not (np.isfinite(share).all() and (share >= 0).all() and share.any()):
        raise ValueError("weights: all are 0 or more, and one is above 0")
    if bound is not None and (given > bound).any():
        raise ValueError("truncated_at: a value is longer than what could have been seen")
    if least is not None and not (least <= given).all():
        raise ValueError("lower: above its value")
    if flags is not None and flags.all():
        raise ValueError("no case has ended")
    sample = Sample(given, np.ones(given.size), flags, bound, least)
    return sample if share is None else sample.taken(share > 0, share[share > 0])


def _table(sample: Sample, law: Any = None, **rounds: int) -> LifeTable:
    return life_table(
        sample.values,
        sample.weights,
        sample.censored,
        sample.truncated_at,
        sample.lower,
        law,
        **rounds,
    )


def _distance(
    table: LifeTable, name: str, parameters: tuple[float, ...], sample: Sample
) -> tuple[float, LifeTable]:
    """Return how far a family is from what was seen, and the table that shows it."""
    law = FAMILIES[name].law(parameters)
    if sample.lower is not None:
        # Data in intervals leave open how they lie there: they can only correct the family.
        corrected = _table(sample, law, rounds=1)
        distance = float(np.abs(law.cdf(corrected.values) - corrected.shares).max())
        return distance, _table(sample, law)
    shares = np.exp(law.logcdf(np.maximum(table.values, sample.least)))
    if sample.truncated_at is not None:
        # What is longer than any window cannot be told: both are compared within it.
        shares = shares / max(float(law.cdf(float(sample.truncated_at.max()))), 1e-300)
    return table.distance(shares, shares), table


def _written(name: str, parameters: tuple[float, ...], sample: Sample) -> dict[str, Any]:
    """Return a family and its limits as a model file has them."""
    fields = FAMILIES[name].fields
    value: dict[str, Any] = {"distribution": name}
    value |= dict(zip(fields, map(_rounded, parameters), strict=True))
    low, high = float(sample.values.min()), float(sample.values.max())
    if name in ("normal", "student_t"):
        return value | {"floor": _rounded(low), "cap": _rounded(high)}
    if name != "uniform":
        bound = None if sample.truncated_at is None else float(sample.truncated_at.max())
        value["cap"] = _rounded(_CAP_FACTOR * max(high, bound or 0.0))
    return value


def _without_family(table: LifeTable, family: str = "") -> tuple[dict[str, Any], float]:
    """Return the data as a distribution of their own, and its distance to them."""
    last = float(table.shares[-1])
    few = len(table.values) <= _FEW_VALUES and last > 1 - 1e-9
    if family == "empirical" or (few and family != "quantiles"):
        steps = np.diff(table.shares, prepend=0.0)
        shares = {
            _rounded(float(value)): float(share)
            for value, share in zip(table.values, steps / steps.sum(), strict=True)
        }
        return {"distribution": "empirical", "shares": _summing_to_one(shares)}, 0.0
    knots = _KNOTS[last > _KNOTS] if last < 1 else _KNOTS
    heights = table.quantile(knots)
    written = {round(float(k), 6): _rounded(float(v)) for k, v in zip(knots, heights, strict=True)}
    if len(written) < 2:
        written = {0.0: _rounded(float(table.values[0])), 1.0: _rounded(float(table.values[-1]))}
    top = max(written)
    tail = _rounded(_tail_mean(table, written[top], top))
    value: dict[str, Any] = {"distribution": "quantiles", "quantiles": written, "tail_mean": tail}
    if tail > 0:
        value["cap"] = _rounded(_CAP_FACTOR * float(max(table.values[-1], 0.0)) or written[top])
    covered = np.interp(table.values, np.maximum.accumulate(heights), knots)
    return value, table.distance(covered, covered)


def _tail_mean(table: LifeTable, beyond: float, share: float) -> float:
    """Return by how much values above the last quantile exceed it on average."""
    above = table.values > beyond
    if not above.any():
        return 0.0
    steps = np.diff(np.append(table.shares[~above][-1:], table.shares[above]))
    left = 1.0 - share
    # What is still open beyond the last step counts with the excess of the last step.
    excess = float((steps * (table.values[above] - beyond)).sum())
    excess += (1.0 - float(table.shares[-1])) * float(table.values[-1] - beyond)
    return max(excess / left, 0.0) if left > 0 else 0.0


def _summing_to_one(shares: dict[float, float]) -> dict[float, float]:
    rounded = {value: round(share, 9) for value, share in shares.items()}
    largest = max(rounded, key=lambda value: rounded[value])
    rounded[largest] = round(rounded[largest] + 1.0 - sum(rounded.values()), 9)
    return rounded


def _rounded(value: float) -> float:
    """Return six significant digits: more than any data tell, and a model file stays readable."""
    return float(f"{value:.{_DIGITS}g}")
