"""The measured period, and the means, shares and spreads that KPIs are made of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

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

    def holds(self, column: str, zone: str) -> pl.Expr:
        """Return whether the local date of a column of moments lies in the period."""
        return local_date(column, zone).is_between(self.first, self.last)


def local_date(column: str, zone: str) -> pl.Expr:
    """Return the local date of a column of naive UTC moments."""
    return pl.col(column).dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()


def days_between(rows: pl.DataFrame, start: str, end: str) -> Array:
    """Return the calendar days from one column of moments to another, where both are known."""
    span = rows[end].to_numpy() - rows[start].to_numpy()
    # Times the reciprocal, as Polars divides a column: both are to give the same bits.
    known: Array = span[~np.isnat(span)].astype(np.float64) * (1 / 86.4e9)
    return known


def days_since(start: pl.Series, end: np.datetime64) -> Array:
    """Return the calendar days from moments, where known, to one moment."""
    span = (pl.lit(end) - pl.col("start")).dt.total_microseconds() / 86.4e9
    return start.drop_nulls().alias("start").to_frame().select(span).to_series().to_numpy()


def mean(values: npt.NDArray[np.generic] | pl.Series) -> float:
    """Return the mean of what is known; NaN of nothing."""
    if isinstance(values, pl.Series):
        known: npt.NDArray[np.generic] = _known(values).to_numpy()
    else:
        known = values
    if not known.size:
        return NAN
    # Sorted: joins leave rows in no fixed order, and with the order goes the last bit of a sum.
    # Truth values are counted, in any order.
    return float((known if known.dtype == np.bool_ else np.sort(known)).mean())


def weighted_mean(rows: pl.DataFrame, values: str, weights: str) -> float:
    """Return the mean of a column weighted by another, of the rows that have both."""
    product, weight = rows[values] * rows[weights], rows[weights]
    if product.null_count():
        product, weight = product.drop_nulls(), weight.filter(product.is_not_null())
    return ratio(*(float(np.sort(part.to_numpy()).sum()) for part in (product, weight)))


def total(values: pl.Series) -> float:
    """Return the sum of a column of floats, the same bits in whatever order and parts they come.

    Polars adds up each thread's part, so its sum depends on the number of threads.
    """
    return float(np.sort(_known(values).to_numpy()).sum())


def _known(values: pl.Series) -> pl.Series:
    # To look for nulls takes a hundred times as long as to count them.
    return values.drop_nulls() if values.null_count() else values


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
