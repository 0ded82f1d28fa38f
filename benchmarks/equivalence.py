"""Do two engines simulate the same process? Rows per order and cycle times of their logs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks import small_process as process

# What the means of two right models may differ by: about four standard errors of the difference
# at this many orders in each log, found by repetition; wider for fewer.
TOLERANCES = {"rows_per_order": 0.01, "open_hours": 0.05}
TOLERANCES_AT_ORDERS = 20_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over the orders of one log.

    Parameters
    ----------
    rows_per_order
        Activity instances of an order.
    open_hours
        Office hours from the first start to the last completion of an order.
    calendar_hours
        The same in hours of the calendar; weekends make it vary more.
    """

    rows_per_order: float
    open_hours: float
    calendar_hours: float

    @classmethod
    def mean(cls, figures: list[Figures]) -> Figures:
        """Return the means over several logs of equal size."""
        names = ("rows_per_order", "open_hours", "calendar_hours")
        return cls(*(sum(getattr(f, name) for f in figures) / len(figures) for name in names))


def read(path: Path) -> pl.DataFrame:
    """Return the log of either engine: case_id, activity, start_time, end_time, resource."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    times = pl.col("start_time", "end_time").str.to_datetime(time_zone="UTC", time_unit="us")
    return pl.read_csv(path).with_columns(times.dt.replace_time_zone(None))


def figures(log: pl.DataFrame) -> Figures:
    """Return the means of a log."""
    cases = log.group_by("case_id").agg(
        rows=pl.len(), start=pl.col("start_time").min(), end=pl.col("end_time").max()
    )
    means = cases.select(
        pl.col("rows").mean(),
        (_open_hours("end") - _open_hours("start")).mean().alias("open"),
        ((pl.col("end") - pl.col("start")).dt.total_seconds(fractional=True) / 3600)
        .mean()
        .alias("calendar"),
    ).row(0)
    return Figures(*means)


def differences(ours: Figures, theirs: Figures, orders: int) -> list[str]:
    """Return, in words, where means over *orders* differ by more than sampling error allows."""
    found = []
    for name, tolerance_of_many in TOLERANCES.items():
        tolerance = tolerance_of_many * max(1.0, (TOLERANCES_AT_ORDERS / orders) ** 0.5)
        difference = getattr(ours, name) / getattr(theirs, name) - 1
        if abs(difference) > tolerance:
            found.append(f"{name} differ by {difference:+.1%}, more than {tolerance:.1%}")
    return found


def _open_hours(column: str) -> pl.Expr:
    """Office hours from the start of the simulation until a time."""
    time = pl.col(column)
    opens, closes = process.OPENS_MINUTES / 60, process.CLOSES_MINUTES / 60
    today = (time - time.dt.truncate("1d")).dt.total_seconds(fractional=True) / 3600
    open_today = today.clip(opens, closes) - opens
    working_day = time.dt.weekday() <= 5
    days = pl.business_day_count(process.START_DATE, time.dt.date())
    return days * (closes - opens) + pl.when(working_day).then(open_today).otherwise(0.0)
