"""KPIs of cost: what an order, an invoice and a payment cost to handle."""

from __future__ import annotations

import polars as pl

from mining.event_links import Integers
from mining.measures import Period, ratio, total
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v

_INVOICE_WORK = (
    v.SET_BILLING_BLOCK,
    v.REMOVE_BILLING_BLOCK,
    v.CREATE_INVOICE,
    v.SEND_INVOICE,
    v.REJECT_INVOICE,
    v.CANCEL_INVOICE,
)
_PAYMENT_WORK = (
    v.RECEIVE_PAYMENT,
    v.RETURN_PAYMENT,
    v.APPLY_PAYMENT,
    v.CLEAR_INVOICE,
    v.ALLOW_DISCOUNT,
    v.REFUND_CUSTOMER,
)
_LAST_ORDER_STEP = v.ACTIVITIES.index(v.PRODUCE_GOODS)
_ORDER_WORK = v.ACTIVITIES[: _LAST_ORDER_STEP + 1]


def cost_kpis(view: ObjectEvents, period: Period) -> dict[str, float]:
    """Return costs per piece, if the log's events have a ``cost``."""
    events = view.log.events
    if "cost" not in events.columns or events["cost"].null_count() == events.height:
        return {}
    within = period.contains(view.days)
    costs, amounts = (events[name].cast(pl.Float64).to_numpy() for name in ("cost", "amount"))

    def chosen(*activities: str) -> Integers:
        rows = view.rows_of(*activities)
        found: Integers = rows[within[rows]]
        return found

    def cost(*activities: str) -> float:
        return total(costs[chosen(*activities)])

    def count(activity: str) -> int:
        return len(chosen(activity))

    def amount(activity: str) -> float:
        return total(amounts[chosen(activity)])

    reduced = amount(v.CANCEL_INVOICE) + amount(v.CREATE_CREDIT_MEMO)
    net_sales = amount(v.CREATE_INVOICE) - reduced
    return {
        "cost_per_order": ratio(cost(*_ORDER_WORK), count(v.RECEIVE_ORDER)),
        "cost_per_invoice": ratio(cost(*_INVOICE_WORK), count(v.CREATE_INVOICE)),
        "cost_per_payment": ratio(cost(*_PAYMENT_WORK), count(v.RECEIVE_PAYMENT)),
        "cost_to_serve_share": ratio(total(costs[within]), net_sales),
    }
