"""Days sales outstanding over time, against the best that the payment terms allow."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from operator import add

import polars as pl

from mining.ageing_path import COLUMNS, MOST_DAYS, daily_ages, thinned
from mining.object_events import ObjectEvents
from mining.receivables import daily_flows
from o2c_sim.eventlog import EventLog

# A quarter, as quarterly accounts have it; a month where the log is too short for that.
WINDOW_DAYS = 90
SHORT_WINDOW_DAYS = 30


def dso_path(
    log: EventLog | ObjectEvents,
    *,
    first: dt.date | None = None,
    last: dt.date | None = None,
    window_days: int | None = None,
    most_days: int = MOST_DAYS,
) -> pl.DataFrame:
    """Return the DSO at the end of days, by what was invoiced in the days up to then.

    Days before a whole window of the log has passed are left out, as are those after the last
    invoice: without sales the ratio says nothing.

    Parameters
    ----------
    log
        As for :func:`mining.ageing_path.ageing_path`.
    first, last
        Local dates, both included; what the log covers by default.
    window_days
        How many days of sales the receivables are set against; :data:`WINDOW_DAYS` by default, or
        :data:`SHORT_WINDOW_DAYS` in a log of less than twice as many days.
    most_days
        As there.

    Returns
    -------
    polars.DataFrame
        ``date``; ``receivables``, ``current`` (not yet due) and ``sales`` (of the window, less
        invoices cancelled) in currency; ``dso_days``, ``best_possible_dso_days`` and their
        difference ``delay_days``, the average days delinquent; ``window_days``. Null where nothing
        was sold and, of the last two, where no due date is known. No row where the log is shorter
        than a window.

    References
    ----------
    Credit Research Foundation, KPI definitions, as :mod:`mining.dso`.
    """
    view = ObjectEvents.of(log)
    ages = daily_ages(view, None, last)
    empty = _dso(ages.clear().with_columns(sales=pl.lit(0.0)), WINDOW_DAYS)
    if ages.is_empty():
        return empty
    begun, ended = ages["date"][0], ages["date"][-1]
    # An invoice soon after the last date shows that sales go on: a period may end on a weekend.
    beyond = ended + dt.timedelta(days=SHORT_WINDOW_DAYS)
    flows = daily_flows(view, begun, beyond).select(
        "date", sold=pl.col("sales") - pl.col("invoice_cancellations"), billed="sales"
    )
    billed = flows.filter(pl.col("billed") > 0)["date"].max()
    if not isinstance(billed, dt.date):
        return empty
    ended = min(ended, billed)
    window = window_days or _window((ended - begun).days + 1)
    rows = (
        ages.join(flows, on="date", how="left", maintain_order="left")
        .with_columns(pl.col("sold").rolling_sum(window, min_samples=window).alias("sales"))
        .drop_nulls("sales")
        .filter(pl.col("date").is_between(first or begun, ended))
    )
    return thinned(_dso(rows, window), most_days)


def _window(days: int) -> int:
    return WINDOW_DAYS if days >= 2 * WINDOW_DAYS else SHORT_WINDOW_DAYS


def _dso(rows: pl.DataFrame, window: int) -> pl.DataFrame:
    # Sums that ought to be nothing may be a rest of rounding.
    sold = pl.when(pl.col("sales") > 0.005).then("sales")
    known = pl.sum_horizontal(pl.col(c).abs() for c in COLUMNS[:-1]) > 0
    told = known | (pl.col("receivables") == 0)
    # One after the other: how sum_horizontal adds up depends on how many threads there are.
    receivables = reduce(add, map(pl.col, COLUMNS))
    return (
        rows.with_columns(receivables.alias("receivables"))
        .with_columns(
            (pl.col("receivables") * window / sold).alias("dso_days"),
            pl.when(told).then(pl.col("current") * window / sold).alias("best_possible_dso_days"),
        )
        .select(
            "date",
            "receivables",
            "current",
            "sales",
            "dso_days",
            "best_possible_dso_days",
            (pl.col("dso_days") - pl.col("best_possible_dso_days")).alias("delay_days"),
            pl.lit(window).alias("window_days"),
        )
    )
