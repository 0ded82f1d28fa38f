"""What a list of invoices tells, with dates or without: how late, how much is open, how old."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.receivables import invoices
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

# Usual buckets of an ageing, by days past due: up to the bound, included.
BUCKETS = ((0, "not late"), (30, "1 to 30 days"), (60, "31 to 60 days"), (90, "61 to 90 days"))
LAST_BUCKET = "over 90 days"
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class InvoiceList:
    """How a list of invoices was paid.

    Parameters
    ----------
    invoices, customers, settled
        Counts; settled are those with a date of settlement, ``None`` where there are none at all.
    amount
        Sum of all, currency.
    days_late_mean, days_late_median, days_late_p90
        Days from the due date to settlement, early counts negative; NaN if not known.
    days_late_weighted
        Mean weighted by amount.
    late_share, late_amount_share
        Share of invoices, and of their amount, that were paid after the due date.
    disputed_share
        Share of invoices marked as disputed; NaN if the list does not say.
    lateness
        ``bucket``, ``invoices``, ``amount`` by days late.
    as_of
        The last date in the list, on which ``ageing`` is taken; ``None`` without dates.
    ageing
        ``bucket``, ``invoices``, ``amount`` of what is open on that day; empty if not known.
    """

    invoices: int
    customers: int
    settled: int | None
    amount: float
    days_late_mean: float
    days_late_median: float
    days_late_p90: float
    days_late_weighted: float
    late_share: float
    late_amount_share: float
    disputed_share: float
    lateness: pl.DataFrame
    as_of: dt.date | None
    ageing: pl.DataFrame


def invoice_list(log: EventLog) -> InvoiceList:
    """Return what a list of invoices tells.

    Parameters
    ----------
    log
        As :func:`mining.read.read_log` gives it of a list of invoices.

    Raises
    ------
    LogError
        If the log has no invoices.
    """
    items = log.objects_of(v.INVOICE)
    if "days_late" not in items.columns:
        items = items.with_columns(pl.lit(None, pl.Float64).alias("days_late"))
    known = items.drop_nulls("days_late")
    days, cents = known["days_late"].cast(pl.Float64), (known["amount"] * 100).round()
    owed = float(cents.sum())
    late = days > 0
    dated = not log.events.is_empty()
    settled = None
    ageing = items.clear().select(bucket=pl.lit(""), invoices=pl.len(), amount=pl.lit(0.0)).clear()
    as_of = None
    if dated:
        rows = invoices(log)
        last = log.events["time"].max()
        assert isinstance(last, dt.datetime)
        as_of = last.date()
        settled = rows["cleared"].drop_nulls().len()
        unpaid = rows.filter(pl.col("cleared").is_null() & pl.col("due").is_not_null())
        past = (pl.lit(as_of) - pl.col("due")).dt.total_days()
        ageing = _buckets(unpaid.with_columns(past.cast(pl.Float64).alias("days_late")))
    return InvoiceList(
        invoices=items.height,
        customers=log.objects.filter(pl.col("type").cast(pl.String) == v.CUSTOMER).height,
        settled=settled,
        amount=float((items["amount"] * 100).round().sum()) / 100,
        days_late_mean=_mean(days),
        days_late_median=float(np.median(days)) if len(days) else NAN,
        days_late_p90=float(np.quantile(days, 0.9)) if len(days) else NAN,
        days_late_weighted=float((days * cents).sum()) / owed if owed else NAN,
        late_share=_mean(late.cast(pl.Float64)),
        late_amount_share=float(cents.filter(late).sum()) / owed if owed else NAN,
        disputed_share=_mean(items["disputed"].drop_nulls().cast(pl.Float64))
        if "disputed" in items.columns
        else NAN,
        lateness=_buckets(known),
        as_of=as_of,
        ageing=ageing,
    )


def _mean(values: pl.Series) -> float:
    return float(np.sort(values.to_numpy()).mean()) if len(values) else NAN


def _buckets(rows: pl.DataFrame) -> pl.DataFrame:
    """Return invoices and amount by days past due, every bucket, in order."""
    bucket = pl.lit(LAST_BUCKET)
    for bound, name in reversed(BUCKETS):
        bucket = pl.when(pl.col("days_late") <= bound).then(pl.lit(name)).otherwise(bucket)
    every = pl.DataFrame({"bucket": [*(name for _bound, name in BUCKETS), LAST_BUCKET]})
    found = rows.group_by(bucket.alias("bucket")).agg(
        pl.len().alias("invoices"), ((pl.col("amount") * 100).round().sum() / 100).alias("amount")
    )
    return every.join(found, on="bucket", how="left", maintain_order="left").fill_null(0)
