"""KPIs of deliveries: on time, in full, and billed without delay."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.arrivals import arrivals, arrived
from mining.censoring import spread_with_open
from mining.credit_memos import corrections
from mining.measures import (
    NAN,
    NEVER,
    Flags,
    Instants,
    Period,
    days_between,
    days_since,
    local_date,
    mean,
    ratio,
)
from mining.object_events import ObjectEvents
from mining.order_kpis import orders_of_lines
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


def _promises(
    view: ObjectEvents, object_type: str, cases: pl.Series, attribute: str = PROMISED
) -> Instants | None:
    """Return the dates promised for some objects; NaT where there is none."""
    objects = view.objects_of(object_type)
    if attribute not in objects.columns or not objects[attribute].dtype.is_temporal():
        return None
    found = np.full(len(view.numbers_of(object_type)), NEVER, "datetime64[D]")
    # A date has no zone: it is kept as its midnight, as the due date is.
    found[view.places(object_type, objects["object"])] = objects[attribute].dt.date().to_numpy()
    return found[view.places(object_type, cases)]


def _of_deliveries(view: ObjectEvents, period: Period) -> dict[str, float]:
    zone = view.log.zone
    rows = arrivals(view, v.DELIVERY).filter(period.holds("issued", zone))
    billed = view.moments(v.DELIVERY, v.CREATE_INVOICE, rows["case"])
    rows = rows.with_columns(billed.alias("billed"))
    same_day = rows.select(local_date("billed", zone) == local_date("issued", zone))
    found = {
        **spread_with_open(
            "billing_lag",
            "days",
            days_between(rows, "issued", "billed"),
            days_since(to_be_billed(view, rows)["issued"], view.end),
        ),
        "same_day_billing_share": mean(same_day.to_series()),
    }
    promised = _promises(view, v.DELIVERY, rows["case"])
    if promised is not None:
        arrived_on = rows.select(local_date("arrived", zone)).to_series().to_numpy()
        known = ~np.isnat(arrived_on) & ~np.isnat(promised)
        found["on_time_delivery_share"] = mean((arrived_on <= promised)[known])
    return found


def to_be_billed(view: ObjectEvents, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the deliveries without an invoice whose order was not cancelled."""
    unbilled = rows.filter(pl.col("billed").is_null())
    if unbilled.is_empty() or v.ORDER not in view.object_types:
        return unbilled
    orders = pl.Series(view.numbers_of(v.ORDER))
    cancelled = view.happened(v.ORDER, (v.CANCEL_ORDER,), orders)
    dropped = sharing(view, v.ORDER, cancelled, v.DELIVERY)
    return unbilled.filter(~dropped[view.places(v.DELIVERY, unbilled["case"])])


def _of_orders(view: ObjectEvents, period: Period) -> dict[str, float]:
    """Return what can be said of orders and their lines, received in the period."""
    zone = view.log.zone
    received = view.firsts(v.ORDER, v.RECEIVE_ORDER).filter(period.holds("first", zone))
    if not received.height:
        received = view.firsts(v.ORDER, v.CREATE_SALES_ORDER).filter(period.holds("first", zone))
    orders = view.numbers_of(v.ORDER)
    meant, refused, split, short = np.zeros((4, len(orders)), np.bool_)
    meant[view.places(v.ORDER, received["case"])] = True
    lines = orders_of_lines(view)
    lines = lines.filter(meant[view.places(v.ORDER, lines["order"])])
    order = view.places(v.ORDER, lines["order"])
    issued, rejected, moved, confirmed = (
        view.when(v.ORDER_LINE, activity, lines["line"]) for activity in _STEPS
    )
    first_issue = view.when(v.ORDER, v.POST_GOODS_ISSUE, lines["order"])
    at_once = issued == first_issue
    is_refused = ~np.isnat(rejected)
    kept = ~is_refused & ~np.isnat(first_issue)
    refused[order[is_refused]] = True
    split[order[kept & ~at_once]] = True
    short[order[kept & np.isnat(issued)]] = True
    shipped = np.unique(order[kept])
    found = {
        "line_fill_share": mean(at_once[kept]),
        "backorder_share": mean(split[shipped]),
        "line_rejection_share": ratio(int(is_refused.sum()), lines.height),
    }
    if view.happens(v.ORDER_LINE, v.CHANGE_DELIVERY_DATE):
        found["date_change_share"] = mean(~np.isnat(moved[~np.isnat(confirmed)]))
    found |= _unit_fill(view, lines["line"].filter(kept), at_once[kept])
    in_full = shipped[~short[shipped]]
    case = pl.Series("case", orders[in_full])
    arrival = pl.DataFrame({"arrived": arrived(view, v.ORDER, case)})
    arrived_on = arrival.select(local_date("arrived", zone)).to_series().to_numpy()
    requested = _promises(view, v.ORDER, case, REQUESTED)
    if requested is not None:
        known = ~np.isnat(arrived_on) & ~np.isnat(requested)
        found["otif_requested_share"] = mean((arrived_on <= requested)[known])
    promised = _promises(view, v.ORDER, case)
    if promised is None:
        return found
    # Of what has arrived of what was promised: on time, complete, undamaged, papers right.
    known = ~np.isnat(arrived_on) & ~np.isnat(promised)
    parts = np.array(
        [
            arrived_on <= promised,
            ~split[in_full] & ~refused[in_full],
            ~view.happened(v.ORDER, (v.AUTHORISE_RETURN,), case),
            ~(view.happened(v.ORDER, _WRONG_PAPERS, case) | _credited(view, case)),
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


def _unit_fill(view: ObjectEvents, kept: pl.Series, at_once: Flags) -> dict[str, float]:
    """Return the quantity that left at once, of the lines that were not rejected."""
    lines = view.objects_of(v.ORDER_LINE)
    if "quantity" not in lines.columns or not lines["quantity"].dtype.is_numeric():
        return {}
    quantities = lines.select(pl.col("object").alias("line"), "quantity").drop_nulls()
    rows = pl.DataFrame({"line": kept, "at_once": at_once}).join(quantities, on="line")
    left = rows.filter("at_once")
    return {"unit_fill_share": ratio(float(left["quantity"].sum()), float(rows["quantity"].sum()))}


def _credited(view: ObjectEvents, orders: pl.Series) -> Flags:
    """Return whether an invoice of each order was put right with a credit memo."""
    if v.INVOICE not in view.object_types:
        return view.happened(v.ORDER, (v.CREATE_CREDIT_MEMO,), orders)
    memo, order = view.pairs(v.ORDER, v.CREATE_CREDIT_MEMO)
    return np.isin(orders.to_numpy(), order[corrections(view)[memo]])
