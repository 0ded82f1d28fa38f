"""KPIs of deliveries: on time, in full, and billed without delay."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.arrivals import arrived
from mining.censoring import spread_with_open
from mining.credit_memos import corrections
from mining.event_links import Integers
from mining.measures import NAN, Flags, Instants, Period, days_between, days_since, mean, ratio
from mining.object_events import ObjectEvents
from mining.order_facts import lines_and_orders
from mining.shared_events import sharing
from o2c_sim import vocabulary as v

PROMISED = "promised_date"
REQUESTED = "requested_date"
# What becomes of an order line: shipped, refused, put off, confirmed.
_STEPS = (v.POST_GOODS_ISSUE, v.REJECT_ORDER_LINE, v.CHANGE_DELIVERY_DATE, v.CONFIRM_ORDER)
_WRONG_PAPERS = (v.OPEN_DISPUTE, v.CANCEL_INVOICE, v.REJECT_INVOICE)


def delivery_kpis(view: ObjectEvents, period: Period) -> dict[str, float]:
    """Return the KPIs of deliveries, and of the orders that they carry out.

    KPIs that compare with a promise are there only where the log's orders, or deliveries, have
    the attribute ``promised_date``.
    """
    found: dict[str, float] = {}
    if v.DELIVERY in view.object_types:
        found |= _of_deliveries(view, period)
    if {v.ORDER, v.ORDER_LINE} <= set(view.object_types):
        found |= _of_orders(view, period)
    return found


def _promises(view: ObjectEvents, object_type: str, attribute: str = PROMISED) -> Instants | None:
    """Return the dates promised for each object, by place; NaT where there is none."""
    moments = view.attribute(object_type, attribute)
    if moments is None or not moments.dtype.is_temporal():
        return None
    # A date has no zone: it is kept as its midnight, as the due date is.
    return moments.cast(pl.Date).to_numpy()


def _of_deliveries(view: ObjectEvents, period: Period) -> dict[str, float]:
    issued = view.when(v.DELIVERY, v.POST_GOODS_ISSUE)
    rows = np.flatnonzero(view.within(period, issued))
    issued, billed = issued[rows], view.when(v.DELIVERY, v.CREATE_INVOICE)[rows]
    unbilled = np.isnat(billed)
    waiting = unbilled & to_be_billed(view)[rows]
    issued_on, billed_on = view.clock.dates(issued), view.clock.dates(billed)
    found = {
        **spread_with_open(
            "billing_lag",
            "days",
            days_between(issued, billed),
            days_since(issued[waiting], view.end),
        ),
        "same_day_billing_share": mean((billed_on == issued_on)[~unbilled]),
    }
    promised = _promises(view, v.DELIVERY)
    if promised is not None:
        arrived_on, promised = view.clock.dates(arrived(view, v.DELIVERY)[rows]), promised[rows]
        known = ~np.isnat(arrived_on) & ~np.isnat(promised)
        found["on_time_delivery_share"] = mean((arrived_on <= promised)[known])
    return found


def to_be_billed(view: ObjectEvents) -> Flags:
    """Return of which deliveries, by place, the order was not cancelled."""
    if v.ORDER not in view.object_types:
        return np.ones(len(view.numbers_of(v.DELIVERY)), np.bool_)
    cancelled = view.happened(v.ORDER, v.CANCEL_ORDER)
    return ~sharing(view, v.ORDER, cancelled, v.DELIVERY)


def _of_orders(view: ObjectEvents, period: Period) -> dict[str, float]:
    """Return what can be said of orders and their lines, received in the period."""
    meant = view.within(period, view.when(v.ORDER, v.RECEIVE_ORDER))
    if not meant.any():
        meant = view.within(period, view.when(v.ORDER, v.CREATE_SALES_ORDER))
    refused, split, short, has_left = np.zeros((4, len(meant)), np.bool_)
    line, order = lines_and_orders(view)
    line, order = line[meant[order]], order[meant[order]]
    issued, rejected, moved, confirmed = (
        view.when(v.ORDER_LINE, activity)[line] for activity in _STEPS
    )
    first_issue = view.when(v.ORDER, v.POST_GOODS_ISSUE)[order]
    at_once = issued == first_issue
    is_refused = ~np.isnat(rejected)
    kept = ~is_refused & ~np.isnat(first_issue)
    refused[order[is_refused]] = True
    split[order[kept & ~at_once]] = True
    short[order[kept & np.isnat(issued)]] = True
    has_left[order[kept]] = True
    shipped = np.flatnonzero(has_left)
    found = {
        "line_fill_share": mean(at_once[kept]),
        "backorder_share": mean(split[shipped]),
        "line_rejection_share": ratio(int(is_refused.sum()), len(line)),
    }
    if view.happens(v.ORDER_LINE, v.CHANGE_DELIVERY_DATE):
        found["date_change_share"] = mean(~np.isnat(moved[~np.isnat(confirmed)]))
    found |= _unit_fill(view, line[kept], at_once[kept])
    in_full = shipped[~short[shipped]]
    arrived_on = view.clock.dates(arrived(view, v.ORDER)[in_full])
    requested = _promises(view, v.ORDER, REQUESTED)
    if requested is not None:
        known = ~np.isnat(arrived_on) & ~np.isnat(requested[in_full])
        found["otif_requested_share"] = mean((arrived_on <= requested[in_full])[known])
    promised = _promises(view, v.ORDER)
    if promised is None:
        return found
    promised = promised[in_full]
    # Of what has arrived of what was promised: on time, complete, undamaged, papers right.
    known = ~np.isnat(arrived_on) & ~np.isnat(promised)
    parts = np.array(
        [
            arrived_on <= promised,
            ~split[in_full] & ~refused[in_full],
            ~view.happened(v.ORDER, v.AUTHORISE_RETURN)[in_full],
            ~(view.happened(v.ORDER, *_WRONG_PAPERS) | _credited(view))[in_full],
        ]
    )[:, known]
    product = 1.0 if known.any() else NAN
    for part in parts:
        product *= mean(part)
    return {
        **found,
        "otif_share": mean(parts[0]),
        "perfect_order_share": mean(np.logical_and.reduce(parts)),
        "perfect_order_product": product,
    }


def _unit_fill(view: ObjectEvents, kept: Integers, at_once: Flags) -> dict[str, float]:
    """Return the quantity that left at once, of the lines that were not rejected."""
    quantity = view.attribute(v.ORDER_LINE, "quantity")
    if quantity is None or not quantity.dtype.is_numeric():
        return {}
    ordered = quantity[kept]
    left = ordered.filter(pl.Series(at_once))
    return {"unit_fill_share": ratio(float(left.sum()), float(ordered.sum()))}


def _credited(view: ObjectEvents) -> Flags:
    """Return whether an invoice of each order, by place, was put right with a credit memo."""
    if v.INVOICE not in view.object_types:
        return view.happened(v.ORDER, v.CREATE_CREDIT_MEMO)
    memo, order = view.links(v.ORDER, v.CREATE_CREDIT_MEMO)
    found = np.zeros(len(view.numbers_of(v.ORDER)), np.bool_)
    found[order[corrections(view)[memo]]] = True
    return found
