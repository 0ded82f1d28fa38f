"""The measured period, and the means, shares and spreads that KPIs are made of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim.errors import LogError, Problem

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Instants = npt.NDArray[np.datetime64]
NAN = float("nan")
# In an array of moments: not known, or it has not happened.
NEVER = np.datetime64("NaT", "us")
_US_PER_DAY = 86.4e9


@dataclass(frozen=True, slots=True)
class Period:
    """The measured period: local dates, the first included, the last not."""

    first: dt.date
    end: dt.date

    def __post_init__(self) -> None:
        """Refuse an empty period."""
        if self.first >= self.end:
            raise LogError(Problem(f"the period {self.first} to {self.end} has no day"))

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.first).days

    @property
    def last(self) -> dt.date:
        """The last day."""
        return self.end - dt.timedelta(days=1)

    def contains(self, dates: Instants | npt.NDArray[np.integer[Any]]) -> Flags:
        """Return which local dates, or days since 1970-01-01, lie in the period; NaT does not."""
        days = dates.view(np.int64)  # NaT is less than any other.
        within: Flags = (days >= day_number(self.first)) & (days < day_number(self.end))
        return within

    def holds(self, column: str, zone: str) -> pl.Expr:
        """Return whether the local date of a column of moments lies in the period."""
        return local_date(column, zone).is_between(self.first, self.last)


def local_date(column: str, zone: str) -> pl.Expr:
    """Return the local date of a column of naive UTC moments."""
    return pl.col(column).dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()


def day_number(date: dt.date) -> int:
    """Return the days since 1970-01-01."""
    return (date - dt.date(1970, 1, 1)).days


def days_between(start: Instants, end: Instants) -> Array:
    """Return the calendar days from moments to others, where both are known."""
    span = end - start
    # Times the reciprocal, as Polars divides a column: both are to give the same bits.
    known: Array = span[~np.isnat(span)].astype(np.float64) * (1 / _US_PER_DAY)
    return known


def days_since(start: Instants, end: np.datetime64) -> Array:
    """Return the calendar days from moments, where known, to one moment."""
    return elapsed_days(start[~np.isnat(start)], end)


def elapsed_days(start: Instants, end: Instants | np.datetime64) -> Array:
    """Return the calendar days from moments to others, or to one; NaN where not known."""
    span = end - start
    return np.where(np.isnat(span), NAN, quotients(span.astype(np.float64), _US_PER_DAY))


def whole_days(start: Instants, end: Instants | np.datetime64) -> Array:
    """Return the days from dates to others, or to one; NaN where not known."""
    span: npt.NDArray[np.timedelta64] = end - start
    return span / np.timedelta64(1, "D")


def quotients(numbers: npt.NDArray[Any], by: float) -> Array:
    """Return numbers divided by one number, to the same bits as Polars divides a column."""
    # It multiplies a column by the reciprocal, but divides one row.
    found: Array = numbers / by if len(numbers) == 1 else numbers * (1 / by)
    return found


def mean(values: npt.NDArray[np.generic] | pl.Series) -> float:
    """Return the mean of what is known; NaN of nothing."""
    if isinstance(values, pl.Series):
        # How many are null is known; to look for them is not free.
        known: npt.NDArray[np.generic] = (
            values.drop_nulls() if values.null_count() else values
        ).to_numpy()
    else:
        known = values
    if not known.size:
        return NAN
    # Sorted: joins leave rows in no fixed order, and with the order goes the last bit of a sum.
    # Truth values are counted, in any order.
    return float((known if known.dtype == np.bool_ else np.sort(known)).mean())


def weighted_mean(values: Array, weights: Array) -> float:
    """Return the mean of values weighted by others, where both are known; neither is where NaN."""
    product = values * weights
    known = ~np.isnan(product)
    return ratio(total(product[known]), total(weights[known]))


def total(values: Array) -> float:
    """Return the sum of floats, NaN left out, the same bits in whatever order they come."""
    ordered = np.sort(values)  # NaN comes last.
    return float(ordered[: ordered.size - np.count_nonzero(np.isnan(ordered))].sum())


def polars_sum(values: Array) -> float:
    """Return the sum of floats in their order, to the same bits as Polars sums a column."""
    return float(pl.Series(values).sum())


def ratio(part: float, whole: float) -> float:
    """Return part / whole; NaN unless the whole is positive."""
    return part / whole if whole > 0 else NAN


def spread(stem: str, unit: str, values: Array) -> dict[str, float]:
    """Return mean, median and 90th percentile under their keys; NaN of nothing."""
    if values.size == 0:
        return dict.fromkeys((f"{stem}_{s}_{unit}" for s in ("mean", "median", "p90")), NAN)
    values = np.sort(values)
    return {
        f"{stem}_mean_{unit}": float(values.mean()),
        f"{stem}_median_{unit}": float(np.median(values)),
        f"{stem}_p90_{unit}": float(np.quantile(values, 0.9)),
    }
