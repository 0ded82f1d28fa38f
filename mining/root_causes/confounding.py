"""Is it this attribute, or another that comes with it: the effect among cases alike in another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mining.proportions import normal_quantile
from mining.root_causes.attributes import Attribute

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_MOST, _ALMOST_ALL, _PART, _SOME = 0.65, 0.9, 0.4, 0.2
_COMPARABLE = 0.5


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An effect as it stands among cases that have the same value of another attribute.

    Parameters
    ----------
    attribute
        The other attribute.
    crude
        The difference between those cases with the effect's value that can be compared and all
        cases without it.
    adjusted, low, high
        The difference within the values of the other attribute, weighted over them by Mantel and
        Haenszel, with its interval.
    ratio
        The risk ratio within them by Mantel and Haenszel; NaN for days.
    comparable_share
        Share of the cases with the effect's value that share a value of the other attribute with
        cases that do not have it: the effect says nothing of the rest.
    """

    attribute: str
    crude: float
    adjusted: float
    low: float
    high: float
    ratio: float
    comparable_share: float

    @property
    def gone(self) -> float:
        """Share of the difference that disappears; negative where it grows."""
        return 1 - self.adjusted / self.crude if self.crude else math.nan

    @property
    def separable(self) -> bool:
        """Whether the two attributes can be told apart in this log."""
        return self.comparable_share >= _COMPARABLE

    @property
    def explained(self) -> bool:
        """Whether the other attribute may account for the whole difference."""
        return self.separable and (self.low <= 0 <= self.high or self.adjusted * self.crude < 0)

    def __str__(self) -> str:
        """Return it in words."""
        if not self.separable:
            return (
                f"cannot be told apart from {self.attribute}: only {self.comparable_share:.0%} of "
                "its cases share a value of that with other cases"
            )
        within = f"within the same {self.attribute}"
        if self.adjusted * self.crude < 0 and not self.low <= 0 <= self.high:
            return f"turns round {within}"
        words = (
            (_ALMOST_ALL, "nearly all of it disappears"),
            (_MOST, "most of it disappears"),
            (_PART, "half of it disappears"),
            (_SOME, "a third of it disappears"),
        )
        for least, text in words:
            if self.gone >= least:
                rest = ", and the rest may be chance" if self.explained else ""
                return f"{text} {within}{rest if self.gone < _ALMOST_ALL else ''}"
        return f"grows {within}" if self.gone < -_SOME else f"holds {within}"


def adjusted(
    values: Array, exposed: Flags, other: Attribute, unit: str, confidence: float = 0.95
) -> Adjustment:
    """Return an effect within the values of another attribute; NaN where none can be compared.

    Parameters
    ----------
    values
        The outcome of each case.
    exposed
        Which cases have the value whose effect it is.
    other
        The attribute to hold fixed; having none is a value, too.
    unit
        ``share`` or ``days``.
    confidence
        Of the interval.

    Notes
    -----
    The variance takes the spread within each value and side; where a side has a single case, the
    mean spread of that side within values stands for it.

    References
    ----------
    Mantel and Haenszel, Journal of the National Cancer Institute 22, 1959; weights for
    differences as in Greenland and Robins, "Estimation of a common effect parameter from sparse
    follow-up data", Biometrics 41, 1985.
    """
    strata = len(other.levels) + 1
    cell = (other.codes + 1) * 2 + exposed
    sizes, sums, squares = (
        np.bincount(cell, weights, minlength=2 * strata).reshape(strata, 2).astype(np.float64)
        for weights in (np.ones(values.size), values, values * values)
    )
    rest = float(values[~exposed].mean())
    kept = (sizes > 0).all(axis=1)
    if not kept.any():
        return Adjustment(other.name, math.nan, math.nan, math.nan, math.nan, math.nan, 0.0)
    sizes, sums, squares = sizes[kept], sums[kept], squares[kept]
    means = sums / sizes
    weight = sizes[:, 0] * sizes[:, 1] / sizes.sum(axis=1)
    middle = float((weight * (means[:, 1] - means[:, 0])).sum() / weight.sum())
    reach = normal_quantile(confidence) * _error(sizes, sums, squares, weight)
    with_value = float(sizes[:, 1].sum())
    return Adjustment(
        attribute=other.name,
        crude=float(sums[:, 1].sum()) / with_value - rest,
        adjusted=middle,
        low=middle - reach,
        high=middle + reach,
        ratio=_ratio(sizes, sums) if unit == "share" else math.nan,
        comparable_share=with_value / float(exposed.sum()),
    )


def _error(sizes: Array, sums: Array, squares: Array, weight: Array) -> float:
    within = np.maximum(squares - sums * sums / sizes, 0.0)
    free = np.maximum(sizes.sum(axis=0) - len(sizes), 0)
    both = within.sum() / max(float(free.sum()), 1.0)
    pooled = np.where(free > 0, within.sum(axis=0) / np.maximum(free, 1), both)
    spread = np.where(sizes > 1, within / np.maximum(sizes - 1, 1), pooled)
    variance = (spread / sizes).sum(axis=1)
    return math.sqrt(float((weight**2 * variance).sum())) / float(weight.sum())


def _ratio(sizes: Array, sums: Array) -> float:
    whole = sizes.sum(axis=1)
    one = float((sums[:, 1] * sizes[:, 0] / whole).sum())
    other = float((sums[:, 0] * sizes[:, 1] / whole).sum())
    return one / other if other > 0 else math.nan
