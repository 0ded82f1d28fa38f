"""KPIs of orders: how fast, how smoothly and how far they went."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.arrivals import arrivals
from mining.business_time import business_hours
from mining.censoring import spread_with_open
from mining.kpi_definition import CREDIT_HOLD
from mining.kpi_definitions_orders import CHANGES, DETOURS
from mining.measures import (
    Period,
    days_between,
    days_since,
    mean,
    ratio,
    weighted_mean,
)
from mining.object_events import ObjectEvents
from mining.receivables import ended_by_reduction, open_items
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

    def moment(activity: str, which: str = "first") -> pl.Series:
        return view.moments(case_type, activity, orders, which)

    facts = pl.DataFrame(
        {
            "order": orders,
            "received": moment(v.RECEIVE_ORDER),
            "created": moment(v.CREATE_SALES_ORDER),
            "confirmed": moment(v.CONFIRM_ORDER),
            "goods_issued": moment(v.POST_GOODS_ISSUE),
            "invoiced": moment(v.CREATE_INVOICE),
            "sent": moment(v.SEND_INVOICE, "begun"),
            "cleared": moment(v.CLEAR_INVOICE, "last"),
            "written_off": moment(v.WRITE_OFF_INVOICE, "last"),
            "cancelled": moment(v.CANCEL_ORDER),
        }
    )
    unsettled = _unsettled(view, case_type)
    return (
        facts.with_columns(
            pl.coalesce("received", "created").alias("received"),
            pl.coalesce("sent", "invoiced").alias("sent"),
            happened(view, case_type, CREDIT_HOLD).alias("held"),
            _touched(view, case_type, orders, v.CONFIRM_ORDER),
            pl.col("order").is_in(unsettled.implode()).alias("unsettled"),
        )
        .drop("created")
        .join(_reduced(view, case_type), on="order", how="left", maintain_order="left")
        .with_columns(
            pl.when(~pl.col("unsettled"))
            .then(pl.max_horizontal("cleared", "reduced"))
            .alias("cleared"),
            (
                pl.any_horizontal(pl.col("cleared", "written_off").is_not_null())
                | (_has_open_items(view) & pl.col("invoiced").is_not_null())
            ).alias("ended"),
        )
        .with_columns((pl.col("ended") & ~pl.col("unsettled")).alias("settled"))
        .drop("ended", "unsettled", "reduced")
    )


def happened(view: ObjectEvents, case_type: str, activities: tuple[str, ...]) -> pl.Expr:
    """Return whether one of some activities happened to the order of a row."""
    cases = [view.spans(case_type, activity)["case"] for activity in activities]
    return pl.col("order").is_in(pl.concat(cases).implode())


def _touched(view: ObjectEvents, case_type: str, orders: pl.Series, until: str) -> pl.Series:
    """Return whether a person worked on each order until a step; null where that is not known."""
    automated = view.log.events["automated"]
    moments = pl.DataFrame(
        {
            "reached": view.moments(case_type, until, orders),
            "told": view.earliest(case_type, automated.is_not_null(), orders),
            "by_hand": view.earliest(case_type, ~automated, orders),
        }
    )
    reached = pl.col("reached")
    by_hand = (pl.col("by_hand") <= reached).fill_null(value=False)
    told = pl.col("told") <= reached
    return moments.select(pl.when(told).then(by_hand).alias("touched")).to_series()


def _has_open_items(view: ObjectEvents) -> bool:
    return v.INVOICE in view.object_types


def _reduced(view: ObjectEvents, case_type: str) -> pl.DataFrame:
    """Return the cases and when a memo or discount last ended one of their invoices."""
    if not _has_open_items(view):
        return pl.DataFrame(schema={"order": pl.UInt32, "reduced": view.log.events.schema["time"]})
    billed = view.of_activities(v.INVOICE, (v.CREATE_INVOICE,)).join(
        ended_by_reduction(view), left_on="case", right_on="invoice"
    )
    return (
        view.of_activities(case_type, (v.CREATE_INVOICE,))
        .join(billed.select("event", "reduced"), on="event")
        .group_by(pl.col("case").alias("order"))
        .agg(pl.col("reduced").max())
    )


def _unsettled(view: ObjectEvents, case_type: str) -> pl.Series:
    """Return the cases of which an invoice is open, or a line neither billed nor rejected."""
    parts = [pl.Series("case", [], dtype=pl.UInt32)]
    if _has_open_items(view):
        items = open_items(view).group_by("invoice").agg(pl.col("cents").sum())
        still_open = items.filter(pl.col("cents") > 0)
        billed = view.of_activities(v.INVOICE, (v.CREATE_INVOICE,)).join(
            still_open, left_on="case", right_on="invoice", how="semi"
        )
        bills = view.of_activities(case_type, (v.CREATE_INVOICE,))
        parts.append(bills.join(billed, on="event", how="semi")["case"])
    if case_type == v.ORDER and v.ORDER_LINE in view.object_types:
        billed_lines = view.spans(v.ORDER_LINE, v.CREATE_INVOICE)
        entered = view.spans(v.ORDER_LINE, v.CREATE_SALES_ORDER)
        if billed_lines.height and entered.height:
            lines = entered["case"]
            done = view.moments(v.ORDER_LINE, v.CREATE_INVOICE, lines).is_not_null()
            done |= view.moments(v.ORDER_LINE, v.REJECT_ORDER_LINE, lines).is_not_null()
            parts.append(orders_of_lines(view, lines.filter(~done))["order"])
    return pl.concat([part.cast(pl.UInt32) for part in parts]).unique()


def orders_of_lines(view: ObjectEvents, lines: pl.Series | None = None) -> pl.DataFrame:
    """Return ``line`` and ``order`` of order lines, by the event that entered them."""
    entry = view.of_activities(v.ORDER_LINE, (v.CREATE_SALES_ORDER,)).select("event", "case")
    if lines is not None:
        entry = entry.filter(pl.col("case").is_in(lines.implode()))
    orders = view.of_activities(v.ORDER, (v.CREATE_SALES_ORDER,))
    return entry.join(orders.select("event", pl.col("case").alias("order")), on="event").select(
        pl.col("case").alias("line"), "order"
    )


def order_kpis(view: ObjectEvents, case_type: str, period: Period) -> dict[str, float]:
    """Return the KPIs of the orders that were received in a period."""
    zone = view.log.zone
    rows = order_facts(view, case_type).filter(period.holds("received", zone))

    def share(activities: tuple[str, ...], of: pl.DataFrame = rows) -> float:
        return mean(of.select(happened(view, case_type, activities)).to_series())

    processing = business_hours(rows["received"], rows["confirmed"], zone)
    confirmed = rows.filter(pl.col("confirmed").is_not_null())
    known = confirmed.filter(pl.col("touched").is_not_null())
    shipped = rows.filter(pl.col("goods_issued").is_not_null())
    still_open = ~pl.col("settled") & pl.col("cancelled").is_null()
    # Until the last event of the log, which is all that is known of them.
    end = view.log.events["time"].max()
    unconfirmed = rows.filter(open_orders("order_processing"))["received"]
    so_far = business_hours(
        unconfirmed, unconfirmed.clear().extend_constant(end, len(unconfirmed)), zone
    )
    touched = _touched(view, case_type, rows["order"], v.POST_GOODS_ISSUE)
    return {
        **spread_with_open("order_processing", "hours", processing[~np.isnan(processing)], so_far),
        **spread_with_open(
            "order_cycle",
            "days",
            days_between(rows, "received", "goods_issued"),
            days_since(rows.filter(open_orders("order_cycle")), "received", end),
        ),
        **_order_to_delivery(view, case_type, rows),
        **spread_with_open(
            "order_to_cash",
            "days",
            days_between(rows, "received", "cleared"),
            days_since(rows.filter(open_orders("order_to_cash")), "received", end),
        ),
        "order_to_cash_weighted_days": _weighted_days(view, case_type, rows),
        "invoice_lag_mean_days": mean(days_between(rows, "goods_issued", "sent")),
        "touchless_share": mean(~known["touched"]),
        "touchless_to_goods_issue_share": mean(~touched),
        "first_time_right_share": 1 - share(DETOURS),
        "credit_hold_share": share(CREDIT_HOLD),
        **_hold_kpis(view, case_type, rows),
        "order_change_share": share(CHANGES, confirmed),
        "date_change_share": share((v.CHANGE_DELIVERY_DATE,), confirmed),
        "cancellation_share": share((v.CANCEL_ORDER,)),
        "return_share": share((v.AUTHORISE_RETURN,), shipped),
        "quotation_won_share": _quotations_won(view, case_type, period),
        "open_share": mean(rows.select(still_open).to_series()),
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
    if not view.spans(case_type, v.CONFIRM_DELIVERY).height:
        return {}
    arrived = arrivals(view, case_type).select(pl.col("case").alias("order"), "arrived")
    rows = rows.join(arrived, on="order", how="left")
    passed = pl.any_horizontal(pl.col("invoiced", "cleared").is_not_null())
    passed &= pl.col("goods_issued").is_null()
    still_open = rows.filter(_without("arrived", "cancelled") & ~passed)
    return spread_with_open(
        "order_to_delivery",
        "days",
        days_between(rows, "received", "arrived"),
        days_since(still_open, "received", view.log.events["time"].max()),
    )


def _weighted_days(view: ObjectEvents, case_type: str, rows: pl.DataFrame) -> float:
    """Return the time from order to cash, each order by its value."""
    values = view.spans(case_type, v.RECEIVE_ORDER).select(
        pl.col("case").alias("order"), (pl.col("cents") / 100).alias("value")
    )
    days = (pl.col("cleared") - pl.col("received")).dt.total_microseconds() / 86.4e9
    joined = rows.join(values, on="order").with_columns(days.alias("days"))
    return weighted_mean(joined, "days", "value")


def _hold_kpis(view: ObjectEvents, case_type: str, rows: pl.DataFrame) -> dict[str, float]:
    """Return how long credit holds last, and how many end as they began."""
    decisions = (v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT)
    holds = view.stretches(case_type, v.SET_CREDIT_BLOCK, decisions).join(
        rows, left_on="case", right_on="order", how="semi"
    )
    decided = holds.drop_nulls("last")
    released = view.of_activities(case_type, (v.RELEASE_CREDIT_BLOCK,)).select("case", "time")
    released = decided.join(
        released, left_on=["case", "last"], right_on=["case", "time"], how="semi"
    )
    acted = (
        view.of_activities(case_type, _ANSWERS)
        .join(released, on="case")
        .filter(pl.col("time").is_between("first", "last", closed="right"))
    )
    unchanged = released.join(acted, on=["case", "first"], how="anti")
    return {
        "credit_hold_mean_hours": 24 * mean(days_between(holds, "first", "last")),
        "credit_release_unchanged_share": ratio(unchanged.height, decided.height),
    }


def _quotations_won(view: ObjectEvents, case_type: str, period: Period) -> float:
    quoted = view.spans(case_type, v.CREATE_QUOTATION).filter(period.holds("first", view.log.zone))
    won = quoted.join(view.spans(case_type, v.CREATE_SALES_ORDER), on="case", how="semi")
    return ratio(won.height, quoted.height)
