"""Drift: does the process change over the months, when, and in what.

Each figure becomes a series of weekly values (daily ones where the log is short), and Pettitt's
test asks whether the series has a change point. The test is distribution-free and needs no model
of the change; it takes the values of different weeks as independent, so that slow swings such as a
season may be found as well. One test per figure, and Holm's correction over all figures.

References
----------
Pettitt, "A non-parametric approach to the change-point problem", Applied Statistics 28, 1979.
Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
Statistics 6, 1979.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.kpis import Period, measure
from mining.multiplicity import holm
from mining.ordered_cases import ordered
from mining.performance import throughput
from mining.variants import of_cases, variants
from o2c_sim.eventlog import EventLog

LEVEL = 0.05
TEST = "Pettitt's test, Holm's correction over all figures"
_ENOUGH_WEEKS = 20
_FEWEST = 10
_TOP = 5
_TOP_ARCS = 10


@dataclass(frozen=True, slots=True)
class Drift:
    """How a process changes over time.

    Parameters
    ----------
    months
        One row per month of the cases' first event, on the company's clock: ``month`` (Date),
        ``cases``, ``median_hours``, ``p90_hours``, ``events_per_case``, ``variants``,
        ``happy_share``, ``automated_share``, ``closed`` (false where cases of the month may
        still be open at the end of the log, so that its times are too short).
    changes
        One row per figure, the surest first: ``figure``, ``change`` (Date: the first week or day
        after it), ``before``, ``after`` (medians of the values on both sides), ``p`` and
        ``adjusted_p``, ``found`` (adjusted p at most 0.05). Empty where the log is too short.
    unit
        ``week`` or ``day``: what one value of a series is.
    values
        Length of the series.
    test
        The test, for people.
    """

    months: pl.DataFrame
    changes: pl.DataFrame
    unit: str
    values: int
    test: str = TEST


def drift(cases: pl.DataFrame, zone: str = "UTC") -> Drift:
    """Return how times, variants and arcs of a process change over time.

    Cases that begin so late that a tenth of the cases would still be open at the end of the log
    are left out of the tests: they look quicker than they are.

    Parameters
    ----------
    cases
        A case view, in any row order.
    zone
        IANA time zone of the company.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    view = ordered(cases)
    rows = _case_rows(view, zone)
    usual = rows["hours"].quantile(0.9, "nearest") or 0.0
    end = view["time"].max()
    border = end - timedelta(hours=float(usual)) if isinstance(end, datetime) else None
    closed = rows.filter(pl.col("end_of_first") <= border) if border is not None else rows
    unit, series_rows = _in_units(closed)
    figures = _series(series_rows, view)
    return Drift(_months(rows, border), _changes(figures), unit, figures.height)


def kpis_by_month(
    log: EventLog,
    case_type: str,
    first: date,
    last: date,
    recorded: Collection[str] | None = None,
) -> pl.DataFrame:
    """Return the KPIs of each full calendar month between two dates.

    Returns
    -------
    polars.DataFrame
        ``month`` (Date), ``kpi``, ``value``; KPIs that a month does not carry are left out.
    """
    begins = pl.date_range(first.replace(day=1), last, "1mo", eager=True)
    rows = []
    for begin in begins:
        end = (begin + timedelta(days=32)).replace(day=1)
        if begin < first or end > last + timedelta(days=1):
            continue
        found = measure(log, Period(begin, end), case_type, recorded)
        rows += [(begin, key, value) for key, value in found.items() if not math.isnan(value)]
    schema = {"month": pl.Date, "kpi": pl.String, "value": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def pettitt(values: npt.NDArray[np.float64]) -> tuple[int, float]:
    """Return the most likely change point of a series and its p-value.

    Parameters
    ----------
    values
        Shape (n,), in the order of time.

    Returns
    -------
    place
        Number of values before the change.
    p
        Probability of a statistic at least as large without a change: 2 exp(-6 K^2 / (n^3 + n^2)),
        at most 1; 1 for fewer than three values.
    """
    n = len(values)
    if n < 3:
        return 0, 1.0
    order = np.argsort(values, kind="stable")
    ranks = np.empty(n)
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks[order] = np.arange(1, n + 1)
    # Equal values share their mean rank.
    ranks = (np.bincount(inverse, weights=ranks) / counts)[inverse]
    steps = np.arange(1, n)
    statistic = np.abs(2 * np.cumsum(ranks)[:-1] - steps * (n + 1))
    place = int(statistic.argmax()) + 1
    k = float(statistic.max())
    return place, min(1.0, 2 * math.exp(-6 * k * k / (n**3 + n**2)))


def _case_rows(view: pl.DataFrame, zone: str) -> pl.DataFrame:
    automated = pl.col("automated") if "automated" in view.columns else pl.lit(None, pl.Boolean)
    more = view.group_by("case", maintain_order=True).agg(
        pl.col("time").first().alias("end_of_first"),
        automated.mean().alias("automated"),
    )
    local = pl.col("end_of_first").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return (
        throughput(view)
        .join(of_cases(view), on="case")
        .join(more, on="case")
        .with_columns(local.dt.date().alias("day"))
    )


def _months(rows: pl.DataFrame, border: datetime | None) -> pl.DataFrame:
    return (
        rows.group_by(pl.col("day").dt.truncate("1mo").alias("month"))
        .agg(
            pl.len().cast(pl.Int64).alias("cases"),
            pl.col("hours").median().alias("median_hours"),
            pl.col("hours").quantile(0.9, "linear").alias("p90_hours"),
            pl.col("events").mean().alias("events_per_case"),
            pl.col("variant").n_unique().cast(pl.Int64).alias("variants"),
            (pl.col("variant") == 1).mean().alias("happy_share"),
            pl.col("automated").mean().alias("automated_share"),
            (pl.col("end_of_first") <= border).all().alias("closed"),
        )
        .sort("month")
    )


def _in_units(rows: pl.DataFrame) -> tuple[str, pl.DataFrame]:
    """Return rows with ``unit``, the first day of their full week, or their working day."""
    week = pl.col("day").dt.truncate("1w")
    weekly = rows.with_columns(week.alias("unit"))
    if rows.height:
        # The first and the last week are hardly ever whole.
        ends = (weekly["unit"].min(), weekly["unit"].max())
        weekly = weekly.filter(~pl.col("unit").is_in(list(ends)))
    if weekly["unit"].n_unique() >= _ENOUGH_WEEKS:
        return "week", weekly
    return "day", rows.filter(pl.col("day").dt.weekday() <= 5).with_columns(
        pl.col("day").alias("unit")
    )


def _series(rows: pl.DataFrame, view: pl.DataFrame) -> pl.DataFrame:
    """Return one row per week or day and one column per figure."""
    if rows.is_empty():
        return pl.DataFrame({"unit": pl.Series([], dtype=pl.Date)})
    base = rows.group_by("unit").agg(
        pl.len().cast(pl.Float64).alias("cases begun"),
        pl.col("hours").median().alias("median hours"),
        pl.col("hours").quantile(0.9, "linear").alias("p90 hours"),
        pl.col("events").mean().alias("events per case"),
        pl.col("automated").mean().alias("automated share"),
        *(
            (pl.col("variant") == rank).mean().alias(f"share of variant {rank}")
            for rank in range(1, min(_TOP, variants(view).height) + 1)
        ),
    )
    name = pl.col("activity").cast(pl.String)
    arcs = (
        view.lazy()
        .select("case", arc=name + " -> " + name.shift(-1),
                same=pl.col("case") == pl.col("case").shift(-1))
        .filter("same")
        .join(rows.lazy().select("case", "unit"), on="case")
        .group_by("unit", "arc")
        .len()
        .collect()
    )  # fmt: skip
    top = arcs.group_by("arc").agg(pl.col("len").sum()).sort(
        ["len", "arc"], descending=[True, False]
    )["arc"].head(_TOP_ARCS)  # fmt: skip
    mix = arcs.group_by("unit").agg(
        (pl.col("len").filter(pl.col("arc") == arc).sum() / pl.col("len").sum()).alias(
            f"share of {arc}"
        )
        for arc in top
    )
    table = base.join(mix, on="unit", how="left").sort("unit")
    return table.select(
        "unit", *(c for c in table.columns[1:] if table[c].null_count() < table.height)
    )


def _changes(figures: pl.DataFrame) -> pl.DataFrame:
    rows = []
    if figures.height >= _FEWEST:
        for name in figures.columns[1:]:
            known = figures.select("unit", name).drop_nulls()
            values = known[name].to_numpy().astype(np.float64)
            if len(values) < _FEWEST:
                continue
            place, p = pettitt(values)
            rows.append(
                (
                    name,
                    known["unit"][place],
                    float(np.median(values[:place])),
                    float(np.median(values[place:])),
                    p,
                )
            )
    adjusted = holm([row[-1] for row in rows])
    schema = {"figure": pl.String, "change": pl.Date, "before": pl.Float64, "after": pl.Float64,
              "p": pl.Float64}  # fmt: skip
    table = pl.DataFrame(rows, schema=schema, orient="row")
    table = table.with_columns(pl.Series("adjusted_p", adjusted, dtype=pl.Float64))
    found = (pl.col("adjusted_p") <= LEVEL).alias("found")
    return table.with_columns(found).sort("adjusted_p", "p", "figure")
