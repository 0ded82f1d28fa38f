"""Where time and money wait: the arcs of the process map by what they hold up."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import polars as pl

from mining.business_time import business_hours
from mining.ordered_cases import activity_names, coded_activities, ordered
from mining.performance import MICROSECONDS_PER_HOUR
from o2c_sim.eventlog import EventLog

_WORTH = re.compile(r"(?i)^(net|order|gross)?[_ ]?(amount|value)$")

# Parts of a currency day that sums are exact to.
_FINE = 1e6


def value_column(log: EventLog, case_type: str) -> str | None:
    """Return the attribute of the cases that holds what they are worth, by its name."""
    objects = log.objects_of(case_type)
    named = [
        column
        for column in objects.columns
        if _WORTH.match(column) and objects[column].dtype.is_numeric()
    ]
    return min(named, key=lambda column: (column != "amount", column), default=None)


def case_values(log: EventLog, case_type: str) -> pl.DataFrame:
    """Return what each case is worth.

    Returns
    -------
    polars.DataFrame
        ``case`` and ``value`` in currency: the attribute of :func:`value_column`, or else the
        largest amount that one of the case's events moves. Cases without either are left out.
    """
    column = value_column(log, case_type)
    if column is not None:
        return (
            log.objects_of(case_type)
            .select(pl.col("object").alias("case"), pl.col(column).cast(pl.Float64).alias("value"))
            .drop_nulls()
        )
    return (
        log.flatten(case_type)
        .lazy()
        .drop_nulls("amount")
        .group_by("case", maintain_order=True)
        .agg(pl.col("amount").max().alias("value"))
        .collect()
    )


def bottlenecks(
    cases: pl.DataFrame, zone: str = "UTC", values: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the arcs with the time and the cash that wait on them, the most waiting first.

    Parameters
    ----------
    cases
        A case view, in any row order.
    zone
        IANA time zone of the business hours, see :mod:`mining.business_time`.
    values
        What cases are worth: ``case``, ``value``; none where it is not known.

    Returns
    -------
    polars.DataFrame
        One row per pair of an activity and the next in a case: ``source``, ``target``,
        ``count``, ``cases``, ``total_hours`` and ``total_business_hours`` (from the completion
        of the one to the start of the other, or to its completion where no start is known; zero
        where they overlap), ``share`` (of all waiting in calendar hours), ``case_days``
        (``total_hours`` / 24: how many cases wait there on average, times the days of the log),
        ``value_days`` (value x days over all waits, in currency days; null without values),
        ``mean_value`` (``value_days`` / days of the log: the value that waits there at any time
        on average, currency) and ``value_share`` (of all value days).

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    view = ordered(cases)
    activity = coded_activities(view["activity"])
    names = activity_names(activity)
    code = activity.to_physical().cast(pl.UInt32)
    begin = pl.coalesce("start", "time") if "start" in view.columns else pl.col("time")
    waits = (
        view.lazy()
        .select(
            "case",
            code.alias("source"),
            code.shift(-1).alias("target"),
            pl.col("time").alias("ready"),
            pl.max_horizontal(begin.shift(-1), "time").alias("begun"),
            (pl.col("case") == pl.col("case").shift(-1)).alias("same"),
        )
        .filter("same")
        .collect()
    )
    business = pl.Series("business", business_hours(waits["ready"], waits["begun"], zone))
    # Whole numbers: a sum of floats would differ in its last bits with the order of its terms.
    waits = waits.with_columns(
        (business * MICROSECONDS_PER_HOUR).round().cast(pl.Int64),
        (pl.col("begun") - pl.col("ready")).dt.total_microseconds().alias("wait"),
    )
    first, last = view["time"].min(), view["time"].max()
    days = 0.0
    if isinstance(first, datetime) and isinstance(last, datetime):
        days = (last - first) / timedelta(days=1)
    worth = pl.lit(None, pl.Float64)
    if values is not None and values.height:
        waits = waits.join(values, on="case", how="left", maintain_order="left")
        value_days = pl.col("value") * pl.col("wait") / (24 * MICROSECONDS_PER_HOUR)
        worth = (value_days * _FINE).round().cast(pl.Int128).sum().cast(pl.Float64) / _FINE
    table = (
        waits.lazy()
        .with_columns(pair=pl.col("source").cast(pl.UInt64) * len(names) + pl.col("target"))
        .group_by("pair")
        .agg(
            pl.col("source").first(),
            pl.col("target").first(),
            pl.len().cast(pl.Int64).alias("count"),
            pl.col("case").n_unique().cast(pl.Int64).alias("cases"),
            (pl.col("wait").sum() / MICROSECONDS_PER_HOUR).alias("total_hours"),
            (pl.col("business").sum() / MICROSECONDS_PER_HOUR).alias("total_business_hours"),
            worth.alias("value_days"),
        )
        .sort("pair")
        .with_columns(
            (pl.col("total_hours") / pl.col("total_hours").sum()).fill_nan(0).alias("share"),
            (pl.col("total_hours") / 24).alias("case_days"),
            (pl.col("value_days") / days if days else pl.lit(None, pl.Float64)).alias("mean_value"),
            (pl.col("value_days") / pl.col("value_days").sum()).alias("value_share"),
        )
        .collect()
    )
    named = table.with_columns(names.gather(table[c]).alias(c) for c in ("source", "target"))
    columns = [
        "source", "target", "count", "cases", "total_hours", "total_business_hours", "share",
        "case_days", "value_days", "mean_value", "value_share",
    ]  # fmt: skip
    return named.select(columns).sort(
        ["total_hours", "source", "target"], descending=[True, False, False]
    )
