"""Receivables from an event log: invoices with their dates, daily balances, DSO."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

Array = npt.NDArray[np.float64]


def invoices(log: EventLog) -> pl.DataFrame:
    """Return one row per invoice of the log.

    Parameters
    ----------
    log
        A log with objects of type ``invoice`` that have an ``amount`` and, where known, a
        ``due_date``, and with the events Create Invoice, Clear Invoice and Write Off Invoice of
        the reference vocabulary.

    Returns
    -------
    polars.DataFrame
        ``invoice`` (object number), ``amount`` (currency), ``due`` (Date, null if unknown),
        ``issued``, ``paid``, ``cleared``, ``written_off``, ``credited`` (naive UTC, null where it
        has not happened), ``credit`` (sum of credit memos, currency).

    Raises
    ------
    LogError
        If the log has no invoices.
    """
    objects = log.objects_of(v.INVOICE)
    due = (
        pl.col("due_date").cast(pl.Date) if "due_date" in objects.columns else pl.lit(None, pl.Date)
    )
    amount = pl.col("amount") if "amount" in objects.columns else pl.lit(None, pl.Float64)
    cases = log.flatten(v.INVOICE)

    def first(activity: str) -> pl.Expr:
        return pl.col("time").filter(pl.col("activity").cast(pl.String) == activity).min()

    moments = cases.group_by("case").agg(
        first(v.CREATE_INVOICE).alias("issued"),
        first(v.CLEAR_INVOICE).alias("cleared"),
        first(v.RECEIVE_PAYMENT).alias("paid"),
        first(v.WRITE_OFF_INVOICE).alias("written_off"),
        first(v.CREATE_CREDIT_MEMO).alias("credited"),
        pl.col("amount")
        .filter(pl.col("activity").cast(pl.String) == v.CREATE_CREDIT_MEMO)
        .sum()
        .alias("credit"),
    )
    return (
        objects.select(pl.col("object").alias("invoice"), amount.alias("amount"), due.alias("due"))
        .join(moments, left_on="invoice", right_on="case", how="left")
        .sort("invoice")
    )


def daily_flows(log: EventLog, first: dt.date, last: dt.date) -> pl.DataFrame:
    """Return the money moved on each local day.

    Parameters
    ----------
    log
        A log whose events of the reference vocabulary carry ``amount``.
    first, last
        Local dates, both included; the balance counts all events before, too.

    Returns
    -------
    polars.DataFrame
        ``date``, ``sales`` (invoiced), ``receipts``, ``cleared``, ``written_off``, ``credited``,
        ``ordered``, ``cancelled``, ``receivables`` (open at the end of the day),
        ``receipts_to_date`` (since the log begins) and ``tied_up`` (orders received and not yet
        paid, cancelled, credited or written off), currency.
    """
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(log.zone).dt.date()
    kinds = {
        "sales": v.CREATE_INVOICE,
        "receipts": v.RECEIVE_PAYMENT,
        "cleared": v.CLEAR_INVOICE,
        "written_off": v.WRITE_OFF_INVOICE,
        "credited": v.CREATE_CREDIT_MEMO,
        "ordered": v.RECEIVE_ORDER,
        "cancelled": v.CANCEL_ORDER,
    }
    money = log.events.lazy().filter(pl.col("activity").cast(pl.String).is_in(list(kinds.values())))
    flows = (
        money.select(
            local.alias("date"),
            pl.col("activity").cast(pl.String),
            # Whole cents: their sum does not depend on the order of adding.
            (pl.col("amount") * 100).round().cast(pl.Int64).alias("cents"),
        )
        .group_by("date")
        .agg(
            pl.col("cents").filter(pl.col("activity") == activity).sum().alias(name)
            for name, activity in kinds.items()
        )
        .collect()
    )
    start = min([first, *flows["date"].to_list()])
    days = pl.DataFrame({"date": pl.date_range(start, last, eager=True)})
    lost = pl.col("cancelled") + pl.col("credited") + pl.col("written_off")
    settled = pl.col("cleared") + pl.col("written_off") + pl.col("credited")
    change = pl.col("sales") - settled
    return (
        days.join(flows, on="date", how="left", maintain_order="left")
        .with_columns(pl.exclude("date").fill_null(0))
        .with_columns(
            change.cum_sum().alias("receivables"),
            pl.col("receipts").cum_sum().alias("receipts_to_date"),
            (pl.col("ordered") - lost - pl.col("receipts")).cum_sum().alias("tied_up"),
        )
        .with_columns(pl.exclude("date") / 100)
        .filter(pl.col("date") >= first)
    )


def dso_simple(receivables: float, credit_sales: float, days: float) -> float:
    """Return days sales outstanding: ending receivables x days / credit sales of those days.

    NaN when nothing was sold. Source: Credit Research Foundation, KPI definitions.
    """
    return receivables * days / credit_sales if credit_sales > 0 else float("nan")


def dso_countback(receivables: float, daily_sales: Array) -> float:
    """Return days sales outstanding by exhaustion.

    Sales are taken off the receivables from the last day backwards until nothing is left; the
    days needed are the DSO. It does not fall merely because sales rise.

    Parameters
    ----------
    receivables
        Open at the end of the last day, currency.
    daily_sales
        Credit sales by day, the last day last.

    Returns
    -------
    float
        Days; NaN when the sales given do not exhaust the receivables.
    """
    if receivables <= 0:
        return 0.0
    backwards = np.cumsum(daily_sales[::-1])
    day = int(np.searchsorted(backwards, receivables, side="left"))
    if day >= len(backwards):
        return float("nan")
    before = float(backwards[day - 1]) if day else 0.0
    return day + (receivables - before) / (float(backwards[day]) - before)


def best_possible_dso(current_receivables: float, credit_sales: float, days: float) -> float:
    """Return the DSO if every customer paid on time: receivables not yet due x days / sales.

    NaN when nothing was sold. Source: Credit Research Foundation, KPI definitions.
    """
    return dso_simple(current_receivables, credit_sales, days)
