"""KPIs of orders: how fast, how smoothly and how far they went."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.arrivals import arrived
from mining.business_time import business_hours
from mining.censoring import spread_with_open
from mining.event_links import matches
from mining.item_changes import item_changes
from mining.kpi_definition import CREDIT_HOLD
from mining.kpi_definitions_orders import CHANGES, DETOURS
from mining.measures import (
    NEVER,
    Array,
    Flags,
    Instants,
    Period,
    days_between,
    days_since,
    mean,
    ratio,
    weighted_mean,
)
from mining.object_events import ObjectEvents
from mining.receivables import ended_by_reduction
from mining.shared_events import carried, sharing
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

# What a customer or a clerk does about a hold.
_ANSWERS = (*CHANGES, v.CORRECT_ORDER, v.REQUEST_PREPAYMENT, v.RECEIVE_PAYMENT)


def order_facts(log: EventLog | ObjectEvents, case_type: str = v.ORDER) -> pl.DataFrame:
    """Return one row per order (or other case) with the moments that KPIs are made of.

    Returns
    -------
    polars.DataFrame
        ``order`` (object number); ``received``, ``confirmed``, ``goods_issued``, ``invoiced``,
        ``sent`` (naive UTC, the first of several), ``cleared`` (the last; null while something of
        the order is open, or if no cash came in; see :func:`mining.receivables.invoices`),
        ``written_off``, ``cancelled``; ``held``, ``touched`` (a person worked on it before its
        confirmation; null where the log does not say), ``settled`` (billed, and nothing open)
        (Boolean).
    """
    view = ObjectEvents.of(log)
    orders = view.cases(case_type)

    def when(activity: str, which: str = "first") -> Instants:
        return view.when(case_type, activity, orders, which)

    received, created = when(v.RECEIVE_ORDER), when(v.CREATE_SALES_ORDER)
    invoiced, sent = when(v.CREATE_INVOICE), when(v.SEND_INVOICE, "begun")
    cleared, written_off = when(v.CLEAR_INVOICE, "last"), when(v.WRITE_OFF_INVOICE, "last")
    ended = ~np.isnat(cleared) | ~np.isnat(written_off)
    if _has_open_items(view):
        ended |= ~np.isnat(invoiced)
    unsettled = _unsettled(view, case_type, orders)
    cleared = np.fmax(cleared, _reduced(view, case_type, orders))
    return pl.DataFrame(
        {
            "order": orders,
            "received": np.where(np.isnat(received), created, received),
            "confirmed": when(v.CONFIRM_ORDER),
            "goods_issued": when(v.POST_GOODS_ISSUE),
            "invoiced": invoiced,
            "sent": np.where(np.isnat(sent), invoiced, sent),
            "cleared": np.where(unsettled, NEVER, cleared),
            "written_off": written_off,
            "cancelled": when(v.CANCEL_ORDER),
            "held": view.happened(case_type, CREDIT_HOLD, orders),
            "touched": _touched(view, case_type, orders, v.CONFIRM_ORDER),
            "settled": ended & ~unsettled,
        }
    )


def _touched(view: ObjectEvents, case_type: str, orders: pl.Series, until: str) -> pl.Series:
    """Return whether a person worked on each order until a step; null where that is not known."""
    told = view.once(f"told of {case_type}", lambda: _earliest(view, case_type, view.told))
    by_hand = view.once(f"by hand of {case_type}", lambda: _earliest(view, case_type, view.by_hand))
    place = view.places(case_type, orders)
    reached = view.when(case_type, until, orders)
    # What is not known is not before anything.
    return pl.Series(by_hand[place] <= reached).zip_with(
        pl.Series(told[place] <= reached), pl.Series([None], dtype=pl.Boolean)
    )


def _earliest(view: ObjectEvents, case_type: str, which: Flags) -> Instants:
    """Return when the first of some events happened to each case, by place."""
    cases = pl.Series(view.numbers_of(case_type))
    return view.earliest(case_type, pl.Series(which), cases).to_numpy()


def _has_open_items(view: ObjectEvents) -> bool:
    return v.INVOICE in view.object_types


def _reduced(view: ObjectEvents, case_type: str, orders: pl.Series) -> Instants:
    """Return when a memo or discount last ended an invoice of each order; NaT where none did."""
    if not _has_open_items(view):
        return np.full(len(orders), NEVER)
    by_invoice = ended_by_reduction(view)
    reduced = carried(view, v.INVOICE, by_invoice, case_type, v.CREATE_INVOICE, np.fmax)
    return reduced[view.places(case_type, orders)]


def _unsettled(view: ObjectEvents, case_type: str, orders: pl.Series) -> Flags:
    """Return whether an invoice is open, or a line neither billed nor rejected."""
    found = np.zeros(len(view.numbers_of(case_type)), np.bool_)
    if _has_open_items(view):
        still_open = item_changes(view).sums() > 0
        found |= sharing(view, v.INVOICE, still_open, case_type, v.CREATE_INVOICE)
    ends = (v.CREATE_INVOICE, v.REJECT_ORDER_LINE)
    types = view.object_types
    if case_type == v.ORDER and v.ORDER_LINE in types and view.happens(v.ORDER_LINE, ends[0]):
        lines = orders_of_lines(view)
        done = view.happened(v.ORDER_LINE, ends, lines["line"])
        found[view.places(v.ORDER, lines["order"])[~done]] = True
    return found[view.places(case_type, orders)]


def orders_of_lines(view: ObjectEvents) -> pl.DataFrame:
    """Return ``line`` and ``order`` of order lines, by the event that entered them."""
    return view.once("orders of lines", lambda: _orders_of_lines(view))


def _orders_of_lines(view: ObjectEvents) -> pl.DataFrame:
    (entry, line), (made, order) = (
        view.pairs(object_type, v.CREATE_SALES_ORDER) for object_type in (v.ORDER_LINE, v.ORDER)
    )
    here, there = matches(entry, made)
    return pl.DataFrame({"line": line[here], "order": order[there]})


def order_kpis(view: ObjectEvents, case_type: str, period: Period) -> dict[str, float]:
    """Return the KPIs of the orders that were received in a period."""
    zone = view.log.zone
    rows = order_facts(view, case_type).filter(period.holds("received", zone))
    orders, received = rows["order"], rows["received"]
    confirmed, shipped = (
        rows[name].is_not_null().to_numpy() for name in ("confirmed", "goods_issued")
    )
    stems = ("order_processing", "order_cycle", "order_to_cash")
    waiting = rows.select(
        *(open_orders(stem).alias(stem) for stem in stems),
        (~pl.col("settled") & pl.col("cancelled").is_null()).alias("open"),
    )

    def had(activities: tuple[str, ...]) -> Flags:
        return view.happened(case_type, activities, orders)

    def so_far(stem: str) -> Array:
        return days_since(received.filter(waiting[stem]), view.end)

    processing = business_hours(received, rows["confirmed"], zone)
    unconfirmed = received.filter(waiting["order_processing"])
    # Until the last event of the log, which is all that is known of them.
    end = pl.Series(np.array([view.end])).new_from_index(0, len(unconfirmed))
    touched = _touched(view, case_type, orders, v.POST_GOODS_ISSUE)
    return {
        **spread_with_open(
            "order_processing",
            "hours",
            processing[~np.isnan(processing)],
            business_hours(unconfirmed, end, zone),
        ),
        **spread_with_open(
            "order_cycle",
            "days",
            days_between(rows, "received", "goods_issued"),
            so_far("order_cycle"),
        ),
        **_order_to_delivery(view, case_type, rows),
        **spread_with_open(
            "order_to_cash",
            "days",
            days_between(rows, "received", "cleared"),
            so_far("order_to_cash"),
        ),
        "order_to_cash_weighted_days": _weighted_days(view, case_type, rows),
        "invoice_lag_mean_days": mean(days_between(rows, "goods_issued", "sent")),
        "touchless_share": mean(~rows["touched"]),
        "touchless_to_goods_issue_share": mean(~touched),
        "first_time_right_share": 1 - mean(had(DETOURS)),
        "credit_hold_share": mean(rows["held"]),
        **_hold_kpis(view, case_type, orders),
        "order_change_share": mean(had(CHANGES)[confirmed]),
        "date_change_share": mean(had((v.CHANGE_DELIVERY_DATE,))[confirmed]),
        "cancellation_share": mean(rows["cancelled"].is_not_null()),
        "return_share": mean(had((v.AUTHORISE_RETURN,))[shipped]),
        "quotation_won_share": _quotations_won(view, case_type, period),
        "open_share": mean(waiting["open"]),
    }


def open_orders(stem: str) -> pl.Expr:
    """Return whether an order may still reach the end of a time when the log ends.

    Parameters
    ----------
    stem
        ``order_processing``, ``order_cycle`` or ``order_to_cash``.
    """
    if stem == "order_to_cash":
        return ~pl.col("settled") & _without("cancelled", "written_off")
    # What has gone on without a step will not come back to it.
    not_shipped = _without("goods_issued", "invoiced", "cleared", "cancelled")
    return not_shipped & _without("confirmed") if stem == "order_processing" else not_shipped


def _without(*moments: str) -> pl.Expr:
    return pl.all_horizontal(pl.col(moments).is_null())


def _order_to_delivery(view: ObjectEvents, case_type: str, rows: pl.DataFrame) -> dict[str, float]:
    """Return the time until all that has left has arrived; what is on its way is open."""
    if not view.happens(case_type, v.CONFIRM_DELIVERY):
        return {}
    rows = rows.with_columns(pl.Series("arrived", arrived(view, case_type, rows["order"])))
    passed = pl.any_horizontal(pl.col("invoiced", "cleared").is_not_null())
    passed &= pl.col("goods_issued").is_null()
    still_open = rows.filter(_without("arrived", "cancelled") & ~passed)
    return spread_with_open(
        "order_to_delivery",
        "days",
        days_between(rows, "received", "arrived"),
        days_since(still_open["received"], view.end),
    )


def _weighted_days(view: ObjectEvents, case_type: str, rows: pl.DataFrame) -> float:
    """Return the time from order to cash, each order by its value."""
    values = view.spans(case_type, v.RECEIVE_ORDER).select(
        pl.col("case").alias("order"), (pl.col("cents") / 100).alias("value")
    )
    days = (pl.col("cleared") - pl.col("received")).dt.total_microseconds() / 86.4e9
    joined = rows.select("order", "received", "cleared").join(values, on="order")
    return weighted_mean(joined.select(days.alias("days"), "value"), "days", "value")


def _hold_kpis(view: ObjectEvents, case_type: str, orders: pl.Series) -> dict[str, float]:
    """Return how long credit holds last, and how many end as they began."""
    decisions = (v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT)
    holds = view.stretches(case_type, v.SET_CREDIT_BLOCK, decisions)
    holds = holds.filter(pl.col("case").is_in(orders.implode()))
    decided = holds.drop_nulls("last")
    released = decided.join(
        view.case_times(case_type, v.RELEASE_CREDIT_BLOCK),
        left_on=["case", "last"],
        right_on=["case", "time"],
        how="semi",
    )
    acted = (
        view.case_times(case_type, *_ANSWERS)
        .join(released, on="case")
        .filter(pl.col("time").is_between("first", "last", closed="right"))
    )
    unchanged = released.join(acted, on=["case", "first"], how="anti")
    return {
        "credit_hold_mean_hours": 24 * mean(days_between(holds, "first", "last")),
        "credit_release_unchanged_share": ratio(unchanged.height, decided.height),
    }


def _quotations_won(view: ObjectEvents, case_type: str, period: Period) -> float:
    quoted = view.firsts(case_type, v.CREATE_QUOTATION).filter(period.holds("first", view.log.zone))
    won = view.happened(case_type, (v.CREATE_SALES_ORDER,), quoted["case"])
    return ratio(int(won.sum()), quoted.height)
