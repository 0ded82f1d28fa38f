"""KPIs of payments: what they settle, how they are matched, and what was promised."""

from __future__ import annotations

import polars as pl

from mining.measures import NAN, Period, local_date, mean, ratio
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v

PROMISED_DATE = "promised_date"
_GRACE_DAYS = 2
_APPLICATIONS = (v.APPLY_PAYMENT, v.CLEAR_INVOICE)


def payment_kpis(view: ObjectEvents, period: Period) -> dict[str, float]:
    """Return how payments and invoices match, and what is matched without a person."""
    zone = view.log.zone
    cash = (
        view.of_activities(v.INVOICE, _APPLICATIONS)
        .drop_nulls(["automated", "cents"])
        .filter(period.holds("time", zone))
    )
    alone = cash.filter("automated")
    by_value = ratio(float(alone["cents"].sum()), float(cash["cents"].sum()))
    found = {"automatic_match_value_share": by_value}
    if v.PAYMENT not in view.object_types:
        return found
    received = view.spans(v.PAYMENT, v.RECEIVE_PAYMENT).filter(period.holds("first", zone))
    applied = view.of_activities(v.PAYMENT, _APPLICATIONS).join(received, on="case", how="semi")
    pairs = applied.select("event", pl.col("case").alias("payment")).join(
        view.related(v.INVOICE).rename({"case": "invoice"}), on="event"
    )
    pairs = pairs.select("payment", "invoice").unique()
    payments, settled = pairs["payment"].n_unique(), pairs["invoice"].n_unique()
    known = applied.drop_nulls("automated").group_by("case").agg(pl.col("automated").all())
    returned = view.spans(v.PAYMENT, v.RETURN_PAYMENT).join(received, on="case", how="semi")
    return {
        **found,
        "invoices_per_payment": ratio(pairs.height, payments) if pairs.height else NAN,
        "payments_per_invoice": ratio(pairs.height, settled) if pairs.height else NAN,
        "automatic_match_payment_share": mean(known["automated"]),
        "payment_return_share": ratio(returned.height, received.height),
    }


def promise_kpis(view: ObjectEvents, period: Period) -> dict[str, float]:
    """Return how many promises to pay were kept.

    Those met are counted where the events that record a promise have the attribute
    ``promised_date``.
    """
    zone = view.log.zone
    promised = view.spans(v.INVOICE, v.RECORD_PROMISE).filter(period.holds("first", zone))
    broken = view.spans(v.INVOICE, v.BREAK_PROMISE).join(promised, on="case", how="semi")
    kept = 1 - ratio(float(broken["times"].sum()), float(promised["times"].sum()))
    return {"promise_kept_share": kept, **_promises_met(view, period)}


def _promises_met(view: ObjectEvents, period: Period) -> dict[str, float]:
    events = view.log.events
    if PROMISED_DATE not in events.columns:
        return {}
    date = pl.col(PROMISED_DATE)
    if events[PROMISED_DATE].dtype == pl.String:
        date = date.str.head(10).str.to_date(strict=False)
    elif events[PROMISED_DATE].dtype.is_temporal():
        date = date.cast(pl.Date)
    else:
        return {}
    zone = view.log.zone
    last = view.dates.max()
    promises = (
        view.of_activities(v.INVOICE, (v.RECORD_PROMISE,))
        .filter(period.holds("time", zone))
        .join(events.select("event", date.alias("promised")), on="event")
        .select("event", "case", "time", until=pl.col("promised").dt.offset_by(f"{_GRACE_DAYS}d"))
        .filter(pl.col("until") <= last)
    )
    money = view.of_activities(v.INVOICE, (v.RECEIVE_PAYMENT,)).select(
        "case", pl.col("time").alias("received"), local_date("time", zone).alias("received_on")
    )
    met = promises.join(money, on="case").filter(
        (pl.col("received") >= pl.col("time")) & (pl.col("received_on") <= pl.col("until"))
    )
    pair = ["event", "case"]
    return {"promise_met_share": ratio(met.select(pair).unique().height, promises.height)}
