"""Figures that a company's log brings forth, in the terms of what is published of others."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from mining.kpis import measure
from mining.measures import Array, Period, days_between, local_date, mean, ratio
from mining.object_events import ObjectEvents
from mining.order_facts import orders_of_lines
from mining.receivables import invoices
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

# What the SAP log 2007-10 shows as a change, block or memo; it shows no clarification.
_CHANGED_OR_BLOCKED = (
    v.SET_CREDIT_BLOCK,
    v.CHANGE_ORDER,
    v.CHANGE_DELIVERY_DATE,
    v.REJECT_ORDER_LINE,
    v.CANCEL_ORDER,
    v.SET_BILLING_BLOCK,
    v.CANCEL_INVOICE,
    v.CREATE_CREDIT_MEMO,
)
# Of these, what is recorded of orders and not of lines.
_OF_WHOLE_ORDERS = (v.SET_CREDIT_BLOCK, v.CHANGE_ORDER, v.CANCEL_ORDER)
_FEWEST_INVOICES = 5
_SATURDAY = 6


def emergent_figures(log: EventLog, period: Period) -> dict[str, float]:
    """Return the figures of one run that :mod:`mining.published_figures` may compare.

    Parameters
    ----------
    log
        A log of orders, order lines, deliveries, invoices and payments in the reference
        vocabulary.
    period
        Orders received, deliveries issued and invoices made in it are measured.

    Returns
    -------
    dict
        Figure key to value: days, shares from 0 to 1, counts, currency. All KPIs are in it, under
        their own keys. NaN where nothing of the kind happened.
    """
    view = ObjectEvents(log)
    found = measure(log, period, recorded=v.ACTIVITIES)
    found["late_delivery_share"] = 1 - found.get("on_time_delivery_share", np.nan)
    found["past_due_share"] = 1 - found["current_share"]
    lines = _lines(view, period)
    found |= _of_orders(view, lines, period)
    found |= _of_lines(lines)
    found |= _of_deliveries(view, period)
    found |= _of_holds(view, lines, period)
    return found | _of_invoices(view, period)


def quantiles(stem: str, values: Array, *levels: float) -> dict[str, float]:
    """Return mean and some quantiles of days under their keys; NaN of nothing."""
    found = {f"{stem}_mean_days": mean(values)}
    for level in levels:
        name = "median" if level == 0.5 else f"p{100 * level:.0f}"
        value = float(np.quantile(values, level)) if values.size else float("nan")
        found[f"{stem}_{name}_days"] = value
    return found


def _days_between(rows: pl.DataFrame, start: str, end: str) -> Array:
    return days_between(rows[start].to_numpy(), rows[end].to_numpy())


def _lines(view: ObjectEvents, period: Period) -> pl.DataFrame:
    """Return the lines of the orders that came in the period, with their moments."""
    zone = view.log.zone
    received = view.spans(v.ORDER, v.RECEIVE_ORDER).select(
        pl.col("case").alias("order"), pl.col("first").alias("received")
    )
    lines = orders_of_lines(view).join(
        received.filter(period.holds("received", zone)), on="order", how="inner"
    )
    for name, activity in (
        ("created", v.CREATE_SALES_ORDER),
        ("delivered", v.CREATE_DELIVERY),
        ("issued", v.POST_GOODS_ISSUE),
        ("invoiced", v.CREATE_INVOICE),
        ("rejected", v.REJECT_ORDER_LINE),
    ):
        spans = view.spans(v.ORDER_LINE, activity).select(
            pl.col("case").alias("line"), pl.col("first").alias(name)
        )
        lines = lines.join(spans, on="line", how="left")
    cancelled = view.spans(v.ORDER, v.CANCEL_ORDER).select(
        pl.col("case").alias("order"), pl.col("first").alias("cancelled")
    )
    return lines.join(cancelled, on="order", how="left").with_columns(
        pl.coalesce("rejected", pl.when(pl.col("issued").is_null()).then("cancelled")).alias("gone")
    )


def _of_orders(view: ObjectEvents, lines: pl.DataFrame, period: Period) -> dict[str, float]:
    counts = lines.group_by("order").len()["len"].to_numpy()
    orders = lines.select("order").unique()
    changed = pl.concat(
        view.spans(v.ORDER_LINE, activity).select("case") for activity in _CHANGED_OR_BLOCKED
    ).unique()
    changed_orders = pl.concat(
        view.spans(v.ORDER, activity).select("case") for activity in _OF_WHOLE_ORDERS
    ).unique()
    moved = view.spans(v.ORDER_LINE, v.CHANGE_DELIVERY_DATE)["case"].implode()
    unchanged = lines.join(changed, left_on="line", right_on="case", how="anti").join(
        changed_orders, left_on="order", right_on="case", how="anti"
    )
    quoted = orders.join(
        view.spans(v.ORDER, v.CREATE_QUOTATION), left_on="order", right_on="case", how="semi"
    )
    return {
        "lines_per_order_mean": mean(counts),
        "single_line_share": mean(counts == 1),
        "lines_a_day_dispersion": _dispersion(lines, view.log.zone, period),
        "quotation_share": ratio(quoted.height, orders.height),
        "no_change_or_block_share": ratio(unchanged.height, lines.height),
        "line_date_change_share": mean(lines.select(pl.col("line").is_in(moved)).to_series()),
    }


def _dispersion(lines: pl.DataFrame, zone: str, period: Period) -> float:
    """Return variance / mean of the lines entered on a weekday; 1 if lines came independently."""
    days = pl.DataFrame(
        {"day": pl.date_range(period.first, period.last, dt.timedelta(days=1), eager=True)}
    ).filter(pl.col("day").dt.weekday() < _SATURDAY)
    by_day = lines.group_by(local_date("received", zone).alias("day")).len()
    counts = days.join(by_day, on="day", how="left")["len"].fill_null(0).to_numpy()
    return ratio(float(counts.var(ddof=1)), float(counts.mean())) if len(counts) > 1 else np.nan


def _of_lines(lines: pl.DataFrame) -> dict[str, float]:
    gone = _days_between(lines, "created", "gone")
    return {
        "line_given_up_share": ratio(len(gone), lines.height),
        **quantiles("line_given_up", gone, 0.5, 0.9),
        **quantiles("order_to_delivery", _days_between(lines, "received", "delivered"), 0.5, 0.9),
        **quantiles("order_to_issue", _days_between(lines, "received", "issued"), 0.5, 0.9, 0.95),
        **quantiles("order_to_invoice", _days_between(lines, "received", "invoiced"), 0.5, 0.9),
    }


def _of_deliveries(view: ObjectEvents, period: Period) -> dict[str, float]:
    zone = view.log.zone
    rows = view.spans(v.DELIVERY, v.POST_GOODS_ISSUE).select(
        "case", pl.col("first").alias("issued")
    )
    for name, activity in (("made", v.CREATE_DELIVERY), ("billed", v.CREATE_INVOICE)):
        spans = view.spans(v.DELIVERY, activity).select("case", pl.col("first").alias(name))
        rows = rows.join(spans, on="case", how="left")
    rows = rows.filter(period.holds("issued", zone))
    blocked = rows.join(view.spans(v.DELIVERY, v.SET_BILLING_BLOCK), on="case", how="semi")
    lag = (local_date("billed", zone) - local_date("issued", zone)).dt.total_days()
    waited = rows.drop_nulls("billed").select(lag).to_series().to_numpy()
    return {
        **quantiles("delivery_to_issue", _days_between(rows, "made", "issued"), 0.9),
        "billing_wait_mean_days": mean(waited),
        "billing_wait_p95_days": float(np.quantile(waited, 0.95)) if waited.size else np.nan,
        "billing_block_share": ratio(blocked.height, rows.height),
    }


def _of_holds(view: ObjectEvents, lines: pl.DataFrame, period: Period) -> dict[str, float]:
    zone = view.log.zone

    def waits(begin: str, end: str) -> Array:
        opened = view.spans(v.ORDER, begin).select("case", pl.col("first").alias("begin"))
        closed = view.spans(v.ORDER, end).select("case", pl.col("first").alias("end"))
        rows = opened.filter(period.holds("begin", zone)).join(closed, on="case")
        return _days_between(rows.filter(pl.col("end") >= pl.col("begin")), "begin", "end")

    blocked = view.spans(v.ORDER, v.SET_ORDER_BLOCK)["case"].implode()
    return {
        "order_block_share": mean(lines.select(pl.col("order").is_in(blocked)).to_series()),
        **quantiles("order_block", waits(v.SET_ORDER_BLOCK, v.REMOVE_ORDER_BLOCK), 0.5),
        **quantiles(
            "credit_release",
            waits(v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK),
            0.5,
            0.9,
            0.99,
        ),
    }


def _of_invoices(view: ObjectEvents, period: Period) -> dict[str, float]:
    """Return how invoices were settled: by the first money applied to them.

    What is deducted from a payment and settled later is an item of its own in most books.
    """
    zone = view.log.zone
    applied = pl.concat(
        view.spans(v.INVOICE, activity).select("case", "first")
        for activity in (v.APPLY_PAYMENT, v.CLEAR_INVOICE)
    )
    applied = applied.group_by(pl.col("case").alias("invoice")).agg(
        pl.col("first").min().alias("settled")
    )
    disputed = view.spans(v.INVOICE, v.OPEN_DISPUTE)["case"].implode()
    issued = invoices(view).filter(period.holds("issued", zone))
    rows = (
        issued.join(applied, on="invoice", how="left")
        .join(_customers(view), on="invoice", how="left")
        .with_columns(pl.col("invoice").is_in(disputed).alias("disputed"))
    )
    settled = rows.drop_nulls(["settled", "due"]).with_columns(
        (local_date("settled", zone) - pl.col("due")).dt.total_days().alias("late"),
        (local_date("settled", zone) - local_date("issued", zone)).dt.total_days().alias("taken"),
    )
    cancelled = issued.filter(pl.col("cancelled").is_not_null())
    amounts = issued["amount"].drop_nulls().to_numpy()
    buyers = rows.drop_nulls("customer").group_by("customer").len()["len"].to_numpy()
    return {
        "invoice_cancellation_share": ratio(cancelled.height, issued.height),
        "invoice_amount_mean": mean(amounts),
        "invoice_amount_median": float(np.median(amounts)) if amounts.size else np.nan,
        "deduction_share": _deducted(view, issued, disputed),
        "largest_customer_share": ratio(float(buyers.max(initial=0)), float(buyers.sum())),
        **_lateness(settled),
        **_days_to_settle(settled),
        **_between_customers(settled),
    }


def _customers(view: ObjectEvents) -> pl.DataFrame:
    """Return ``invoice`` and ``customer``: who placed an order that the invoice bills."""
    log = view.log
    types = dict.fromkeys((v.INVOICE, v.DELIVERY, v.ORDER, v.CUSTOMER))
    numbers = {
        name: log.objects.filter(pl.col("type").cast(pl.String) == name)["object"].implode()
        for name in types
    }

    def related(source: str, target: str) -> pl.DataFrame:
        chosen = pl.col("source").is_in(numbers[source]) & pl.col("target").is_in(numbers[target])
        return log.object_relations.filter(chosen).select(
            pl.col("source").alias(source), pl.col("target").alias(target)
        )

    return (
        related(v.INVOICE, v.DELIVERY)
        .join(related(v.DELIVERY, v.ORDER), on=v.DELIVERY)
        .join(related(v.ORDER, v.CUSTOMER), on=v.ORDER)
        .select(v.INVOICE, v.CUSTOMER)
        .unique("invoice", keep="any")
    )


def _deducted(view: ObjectEvents, issued: pl.DataFrame, disputed: pl.Series) -> float:
    """Return the part of what was invoiced that the first payment left open, to be contested."""
    first = (
        view.of_activities(v.INVOICE, (v.APPLY_PAYMENT, v.CLEAR_INVOICE))
        .sort("time", "event")
        .group_by("case", maintain_order=True)
        .first()
        .filter(pl.col("activity") == v.APPLY_PAYMENT)
        .filter(pl.col("case").is_in(disputed))
    )
    rows = issued.join(first, left_on="invoice", right_on="case")
    left_open = float(rows["amount"].sum()) - float(rows["cents"].sum()) / 100
    return ratio(left_open, float(issued["amount"].sum()))


def _lateness(settled: pl.DataFrame) -> dict[str, float]:
    late = settled["late"].to_numpy().astype(np.float64)
    known = late.size > 1
    return {
        **quantiles("days_late", late, 0.05, 0.5, 0.95),
        "days_late_sd_days": float(late.std(ddof=1)) if known else np.nan,
        "early_share": mean(late < 0),
        "on_the_day_share": mean(late == 0),
        "settled_late_share": mean(late > 0),
        **{f"late_over_{days}_share": mean(late > days) for days in (5, 15, 30, 60)},
    }


def _days_to_settle(settled: pl.DataFrame) -> dict[str, float]:
    found: dict[str, float] = {}
    for stem, rows in (
        ("settle", settled),
        ("settle_undisputed", settled.filter(~pl.col("disputed"))),
        ("settle_disputed", settled.filter("disputed")),
    ):
        taken = rows["taken"].to_numpy().astype(np.float64)
        found |= quantiles(stem, taken, 0.9)
        found[f"{stem}_sd_days"] = float(taken.std(ddof=1)) if taken.size > 1 else np.nan
        found[f"{stem}_late_share"] = mean(rows["late"].to_numpy() > 0)
    found["dispute_effect_days"] = (
        found["settle_disputed_mean_days"] - found["settle_undisputed_mean_days"]
    )
    return found


def _between_customers(settled: pl.DataFrame) -> dict[str, float]:
    """Return the spread of lateness between customers with some invoices, and within them."""
    groups = (
        settled.drop_nulls("customer")
        .group_by("customer")
        .agg(
            pl.len().alias("invoices"),
            pl.col("late").mean().alias("mean"),
            pl.col("late").var().alias("variance"),
        )
        .filter(pl.col("invoices") >= _FEWEST_INVOICES)
    )
    if groups.height < 2:
        return {"customer_lateness_sd_days": np.nan, "within_customer_sd_days": np.nan}
    degrees = groups["invoices"].to_numpy() - 1
    within = float((groups["variance"].to_numpy() * degrees).sum() / degrees.sum())
    return {
        "customer_lateness_sd_days": float(groups["mean"].to_numpy().std(ddof=1)),
        "within_customer_sd_days": within**0.5,
    }
