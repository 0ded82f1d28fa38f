"""KPIs of payments: what they settle, how they are matched, and what was promised."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.event_links import matches
from mining.item_changes import APPLICATIONS
from mining.measures import Period, mean, ratio
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v

PROMISED_DATE = "promised_date"
_GRACE_DAYS = 2


def payment_kpis(view: ObjectEvents, period: Period) -> dict[str, float]:
    """Return how payments and invoices match, and what is matched without a person."""
    row, _ = view.links(v.INVOICE, *APPLICATIONS)
    row = row[view.told[row] & period.contains(view.days[row])]
    cents = view.numbers["cents"][row]
    alone = cents[~view.by_hand[row]]
    found = {"automatic_match_value_share": ratio(float(alone.sum()), float(cents.sum()))}
    if v.PAYMENT not in view.object_types:
        return found
    meant = view.within(period, view.when(v.PAYMENT, v.RECEIVE_PAYMENT))
    payments = len(meant)
    row, payment = view.links(v.PAYMENT, *APPLICATIONS)
    row, payment = row[meant[payment]], payment[meant[payment]]
    invoice_row, invoice = view.links(v.INVOICE, *APPLICATIONS)
    here, there = matches(row, invoice_row)
    paying, paid = payment[here], invoice[there]
    links = np.unique(paying + payments * paid).size
    known, by_hand = np.zeros((2, payments), np.bool_)
    known[payment[view.told[row]]] = True
    by_hand[payment[view.by_hand[row]]] = True
    return {
        **found,
        "invoices_per_payment": ratio(links, np.unique(paying).size),
        "payments_per_invoice": ratio(links, np.unique(paid).size),
        "automatic_match_payment_share": mean(~by_hand[known]),
        "payment_return_share": mean(view.happened(v.PAYMENT, v.RETURN_PAYMENT)[meant]),
    }


def promise_kpis(view: ObjectEvents, period: Period) -> dict[str, float]:
    """Return how many promises to pay were kept.

    Those met are counted where the events that record a promise have the attribute
    ``promised_date``.
    """
    promised = view.within(period, view.when(v.INVOICE, v.RECORD_PROMISE))
    made, broken = (
        float(view.counts(v.INVOICE, activity)[promised].sum())
        for activity in (v.RECORD_PROMISE, v.BREAK_PROMISE)
    )
    kept = 1 - ratio(broken, made)
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
    row, case = view.pairs(v.INVOICE, v.RECORD_PROMISE)
    promises = (
        pl.DataFrame({"event": row, "case": case, "time": view.times[row]})
        .with_columns(events[PROMISED_DATE][row])
        .filter(period.holds("time", zone))
        .with_columns(date.dt.offset_by(f"{_GRACE_DAYS}d").alias("until"))
        .filter(pl.col("until") <= view.dates.max())
    )
    row, case = view.pairs(v.INVOICE, v.RECEIVE_PAYMENT)
    money = pl.DataFrame(
        {"case": case, "received": view.times[row], "received_on": view.dates[row]}
    )
    met = promises.join(money, on="case").filter(
        (pl.col("received") >= pl.col("time")) & (pl.col("received_on") <= pl.col("until"))
    )
    pair = ["event", "case"]
    return {"promise_met_share": ratio(met.select(pair).unique().height, promises.height)}
