"""The cash path: receivables, DSO and ageing week by week, measured and simulated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from math import isnan, nan

import polars as pl

from mining.dso import dso_simple
from mining.kpis import Period, measure
from mining.object_events import ObjectEvents
from mining.receivables import daily_flows
from mining.validation.kpi_bands import banded
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

_DSO_DAYS = 30
_WEEK = dt.timedelta(days=7)
_NEEDS = (v.CREATE_INVOICE, v.CLEAR_INVOICE)
_KPIS = (
    "best_possible_dso_days",
    "average_days_delinquent_days",
    "late_share",
    "current_share",
    "overdue_1_30_share",
    "overdue_31_60_share",
    "overdue_61_90_share",
    "overdue_90_share",
)


def has_cash(log: EventLog) -> bool:
    """Return whether a log tells invoices, their amounts and their payment."""
    return (
        v.INVOICE in log.object_types
        and set(_NEEDS) <= set(log.activities)
        and "amount" in log.events.columns
        and log.events["amount"].null_count() < log.events.height
    )


def cash_path(log: EventLog, first: dt.date, until: dt.date) -> dict[str, float]:
    """Return the DSO at the end of each week of a period, and the ageing at its end.

    Parameters
    ----------
    log
        A log that :func:`has_cash`, in the reference vocabulary.
    first, until
        The period, local dates, the last one excluded.

    Returns
    -------
    dict
        ``dso YYYY-MM-DD`` (receivables over the net sales of 30 days, days) and the KPIs of
        ageing, lateness and DSO, by their keys.
    """
    view = ObjectEvents.of(log)
    flows = daily_flows(view, first - dt.timedelta(days=_DSO_DAYS), until - dt.timedelta(days=1))
    net = pl.col("sales") - pl.col("invoice_cancellations")
    flows = flows.with_columns(net.rolling_sum(_DSO_DAYS).alias("month"))
    found = {}
    end = first + _WEEK
    while end <= until:
        day = flows.filter(pl.col("date") == end - dt.timedelta(days=1)).row(0, named=True)
        if day["month"]:
            date = day["date"].isoformat()
            found[f"dso {date}"] = dso_simple(day["receivables"], day["month"], _DSO_DAYS)
        end += _WEEK
    kpis = measure(view, Period(first, until))
    return found | {key: kpis[key] for key in _KPIS if not isnan(kpis.get(key, nan))}


def cash_table(test: dict[str, float], runs: Sequence[dict[str, float]]) -> pl.DataFrame:
    """Compare a measured cash path with simulated ones.

    Returns
    -------
    polars.DataFrame
        ``key``, ``test``, ``simulated`` (mean), ``low``, ``high`` (95 % prediction interval of
        one run), ``within``.
    """
    numbers = ("test", "simulated", "low", "high")
    schema = {"key": pl.String} | dict.fromkeys(numbers, pl.Float64) | {"within": pl.Boolean}
    return pl.DataFrame(banded(test, runs), schema=schema)
