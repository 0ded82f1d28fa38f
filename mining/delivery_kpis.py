"""KPIs of deliveries: on time, in full, and billed without delay."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.arrivals import arrivals, arrived
from mining.censoring import spread_with_open
from mining.credit_memos import corrections
from mining.measures import NAN, Flags, Period, days, days_between, local_date, mean, ratio
from mining.object_events import ObjectEvents
from mining.order_kpis import orders_of_lines
from mining.shared_events import sharing
from o2c_sim import vocabulary as v

PROMISED = "promised_date"
REQUESTED = "requested_date"
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
    view: ObjectEvents, object_type: str, attribute: str = PROMISED
) -> pl.DataFrame | None:
    objects = view.objects_of(object_type)
    if attribute not in objects.columns or not objects[attribute].dtype.is_temporal():
        return None
    return objects.select(pl.col("object").alias("case"), pl.col(attribute).alias("promised"))


def _in_time(zone: str) -> pl.Expr:
    # A date has no zone: it is kept as its midnight, as the due date is.
    return local_date("arrived", zone) <= pl.col("promised").dt.date()


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
            days(to_be_billed(view, rows)["issued"].to_numpy(), view.end),
        ),
        "same_day_billing_share": mean(same_day.to_series()),
    }
    promises = _promises(view, v.DELIVERY)
    if promises is not None:
        known = rows.join(promises, on="case").drop_nulls(["arrived", "promised"])
        found["on_time_delivery_share"] = mean(known.select(_in_time(zone)).to_series())
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
    received = view.spans(v.ORDER, v.RECEIVE_ORDER).filter(period.holds("first", zone))
    if not received.height:
        received = view.spans(v.ORDER, v.CREATE_SALES_ORDER).filter(period.holds("first", zone))
    wanted = np.zeros(len(view.numbers_of(v.ORDER)), np.bool_)
    wanted[view.places(v.ORDER, received["case"])] = True
    lines = orders_of_lines(view)
    lines = lines.filter(wanted[view.places(v.ORDER, lines["order"])])

    def moment(name: str, activity: str) -> pl.Series:
        return view.moments(v.ORDER_LINE, activity, lines["line"]).alias(name)

    at_once = (pl.col("issued") == pl.col("first_issue")).fill_null(False)
    lines = lines.with_columns(
        moment("issued", v.POST_GOODS_ISSUE),
        moment("rejected", v.REJECT_ORDER_LINE),
        moment("moved", v.CHANGE_DELIVERY_DATE),
        moment("confirmed", v.CONFIRM_ORDER),
        view.moments(v.ORDER, v.POST_GOODS_ISSUE, lines["order"]).alias("first_issue"),
    ).with_columns(at_once.alias("at_once"))
    kept = lines.filter(pl.col("rejected").is_null() & pl.col("first_issue").is_not_null())
    shipped = kept.group_by("order").agg(
        pl.col("at_once").all(), pl.col("issued").is_not_null().all().alias("in_full")
    )
    refused = lines["rejected"].is_not_null()
    moved = lines["moved"].is_not_null().filter(lines["confirmed"].is_not_null())
    found = {
        "line_fill_share": mean(kept["at_once"]),
        "backorder_share": mean(~shipped["at_once"]),
        "line_rejection_share": ratio(int(refused.sum()), lines.height),
    }
    if view.happens(v.ORDER_LINE, v.CHANGE_DELIVERY_DATE):
        found["date_change_share"] = mean(moved)
    found |= _unit_fill(view, kept)
    complete = shipped.filter("in_full")
    arrival = pl.Series("arrived", arrived(view, v.ORDER, complete["order"]))
    complete = complete.with_columns(arrival).drop_nulls("arrived")
    requests = _promises(view, v.ORDER, REQUESTED)
    if requests is not None:
        asked = complete.join(requests, left_on="order", right_on="case").drop_nulls("promised")
        found["otif_requested_share"] = mean(asked.select(_in_time(zone)).to_series())
    promises = _promises(view, v.ORDER)
    if promises is None:
        return found
    promised = complete.join(promises, left_on="order", right_on="case").drop_nulls("promised")
    orders = promised["order"]
    whole = ~orders.is_in(lines["order"].filter(refused).unique().implode())
    returned = view.happened(v.ORDER, (v.AUTHORISE_RETURN,), orders)
    wrong = view.happened(v.ORDER, _WRONG_PAPERS, orders) | _credited(view, orders)
    rows = promised.select(
        _in_time(zone).alias("on_time"),
        (pl.col("at_once") & whole).alias("complete"),
        pl.Series("undamaged", ~returned),
        pl.Series("papers", ~wrong),
    )
    product = 1.0 if rows.height else NAN
    for name in rows.columns:
        product *= mean(rows[name])
    return {
        **found,
        "otif_share": mean(rows["on_time"]),
        "perfect_order_share": mean(rows.select(pl.all_horizontal(pl.all())).to_series()),
        "perfect_order_product": product,
    }


def _unit_fill(view: ObjectEvents, kept: pl.DataFrame) -> dict[str, float]:
    """Return the quantity that left at once, of the lines that were not rejected."""
    lines = view.objects_of(v.ORDER_LINE)
    if "quantity" not in lines.columns or not lines["quantity"].dtype.is_numeric():
        return {}
    quantities = lines.select(pl.col("object").alias("line"), "quantity").drop_nulls()
    rows = kept.select("line", "at_once").join(quantities, on="line")
    at_once = rows.filter("at_once")
    return {
        "unit_fill_share": ratio(float(at_once["quantity"].sum()), float(rows["quantity"].sum()))
    }


def _credited(view: ObjectEvents, orders: pl.Series) -> Flags:
    """Return whether an invoice of each order was put right with a credit memo."""
    if v.INVOICE not in view.object_types:
        return view.happened(v.ORDER, (v.CREATE_CREDIT_MEMO,), orders)
    memo, order = view.pairs(v.ORDER, v.CREATE_CREDIT_MEMO)
    return np.isin(orders.to_numpy(), order[corrections(view)[memo]])
