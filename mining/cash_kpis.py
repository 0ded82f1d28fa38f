"""KPIs of invoices, receivables and cash."""

from __future__ import annotations

import polars as pl

from mining.credit_memos import corrections
from mining.dso import (
    average_days_delinquent,
    best_possible_dso,
    collection_effectiveness,
    dso_countback,
    dso_simple,
)
from mining.measures import NAN, Period, local_date, mean, ratio, spread
from mining.object_events import ObjectEvents
from mining.receivables import daily_flows, invoices, open_items
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

_NOTICES = (v.SEND_DUNNING_LEVEL_1, v.SEND_DUNNING_LEVEL_2, v.SEND_DUNNING_LEVEL_3)
_APPLICATIONS = (v.APPLY_PAYMENT, v.CLEAR_INVOICE)
_INACCURATE = (v.OPEN_DISPUTE, v.CANCEL_INVOICE, v.REJECT_INVOICE)
_DAYS_A_MONTH = 365 / 12


def invoice_spans(log: EventLog | ObjectEvents, period: Period) -> pl.DataFrame:
    """Return the cleared invoices issued in a period with their times.

    Returns
    -------
    polars.DataFrame
        ``invoice``, ``amount``, ``to_cash_days`` (to clearing) and ``to_payment_days`` (to the
        first receipt of money; null where the log does not show it) in calendar days, fractional;
        ``terms_days``, ``late_days`` (at clearing) and ``paid_late_days`` (at receipt) in whole
        local days, null without a due date.
    """
    view = ObjectEvents.of(log)
    zone = view.log.zone
    return (
        invoices(view)
        .filter(period.holds("issued", zone) & pl.col("cleared").is_not_null())
        .with_columns(
            local_date("issued", zone).alias("issued_on"),
            local_date("cleared", zone).alias("cleared_on"),
            local_date("paid", zone).alias("paid_on"),
        )
        .select(
            "invoice",
            "amount",
            ((pl.col("cleared") - pl.col("issued")).dt.total_microseconds() / 86.4e9).alias(
                "to_cash_days"
            ),
            ((pl.col("paid") - pl.col("issued")).dt.total_microseconds() / 86.4e9).alias(
                "to_payment_days"
            ),
            (pl.col("due") - pl.col("issued_on")).dt.total_days().alias("terms_days"),
            (pl.col("paid_on") - pl.col("due")).dt.total_days().alias("paid_late_days"),
            (pl.col("cleared_on") - pl.col("due")).dt.total_days().alias("late_days"),
        )
    )


def cash_kpis(view: ObjectEvents, period: Period) -> dict[str, float]:
    """Return the KPIs of the invoices issued in a period, and of its days."""
    rows = invoices(view)
    issued = rows.filter(period.holds("issued", view.log.zone))
    spans = invoice_spans(view, period)
    to_payment = spans["to_payment_days"].drop_nulls()
    return {
        **spread("invoice_to_cash", "days", spans["to_cash_days"].to_numpy()),
        **spread("invoice_to_payment", "days", to_payment.to_numpy()),
        "terms_share": _within_terms(spans),
        "payment_terms_mean_days": mean(spans["terms_days"]),
        "days_late_mean_days": mean(spans["late_days"]),
        "days_late_paid_mean_days": mean(spans["paid_late_days"]),
        "late_share": mean(spans["late_days"].drop_nulls() > 0),
        **_invoice_shares(view, issued, period),
        **_balance_kpis(view, rows, period),
        **_payment_kpis(view, period),
    }


def _within_terms(spans: pl.DataFrame) -> float:
    """Return the share of the time from invoice to cash that lies within the payment terms."""
    known = spans.drop_nulls("terms_days")
    within = known.select(pl.min_horizontal("to_cash_days", "terms_days")).to_series().sum()
    return ratio(float(within), float(known["to_cash_days"].sum()))


def _invoice_shares(view: ObjectEvents, issued: pl.DataFrame, period: Period) -> dict[str, float]:
    """Return the shares of the invoices issued in the period that something happened to."""

    def had(*activities: str) -> pl.Series:
        cases = pl.concat(view.spans(v.INVOICE, activity)["case"] for activity in activities)
        return issued["invoice"].is_in(cases.unique().implode())

    credited = view.rows(v.INVOICE).filter(pl.col("event").is_in(corrections(view).implode()))
    corrected = issued["invoice"].is_in(credited["case"].unique().implode())

    disputes = view.stretches(v.INVOICE, v.OPEN_DISPUTE, (v.RESOLVE_DISPUTE,)).join(
        issued, left_on="case", right_on="invoice", how="semi"
    )
    resolution = (disputes["last"] - disputes["first"]).dt.total_microseconds() / 86.4e9
    cleared = (
        view.of_activities(v.INVOICE, (v.CLEAR_INVOICE,))
        .join(issued, left_on="case", right_on="invoice", how="semi")
        .sort("time", "event")
        .group_by("case")
        .agg(pl.col("automated").last())
    )
    promised = view.spans(v.INVOICE, v.RECORD_PROMISE).filter(period.holds("first", view.log.zone))
    broken = view.spans(v.INVOICE, v.BREAK_PROMISE).join(promised, on="case", how="semi")
    return {
        "dispute_share": mean(had(v.OPEN_DISPUTE)),
        "dispute_resolution_mean_days": mean(resolution),
        "invoice_accuracy_share": 1 - mean(had(*_INACCURATE) | corrected),
        "invoice_rejection_share": mean(had(v.REJECT_INVOICE)),
        "automatic_match_share": mean(cleared["automated"]),
        "false_dunning_share": mean(issued["invoice"].is_in(_falsely_reminded(view).implode())),
        "promise_kept_share": 1
        - ratio(float(broken["times"].sum()), float(promised["times"].sum())),
    }


def _falsely_reminded(view: ObjectEvents) -> pl.Series:
    """Return the invoices reminded while money for them was received and not yet applied."""
    change = {v.RECEIVE_PAYMENT: 1, v.APPLY_PAYMENT: -1, v.CLEAR_INVOICE: -1}
    waiting = pl.col("activity").replace_strict(change, default=0, return_dtype=pl.Int32)
    return (
        view.of_activities(v.INVOICE, (*change, *_NOTICES))
        .sort("case", "time", "event")
        .with_columns(waiting.cum_sum().over("case").alias("waiting"))
        .filter(pl.col("activity").is_in(_NOTICES) & (pl.col("waiting") > 0))["case"]
        .unique()
    )


def _balance_kpis(view: ObjectEvents, rows: pl.DataFrame, period: Period) -> dict[str, float]:
    flows = daily_flows(view, period.first, period.last)
    # What was cancelled is invoiced once more, or was never owed.
    net_sales = flows["sales"] - flows["invoice_cancellations"]
    sales = float(net_sales.sum())
    closing = float(flows["receivables"][-1])
    opening = closing - float(
        flows.select(
            (pl.col("sales") + pl.col("reopened")).sum()
            - pl.sum_horizontal(
                "invoice_cancellations",
                "credited_on_items",
                "discounts",
                "cash_applied",
                "written_off",
            ).sum()
        ).item()
    )
    items = _aged(view, rows, period)
    current, old, known = (
        float(items.filter(which)["cents"].sum()) / 100
        for which in (
            pl.col("overdue_days") <= 0,
            pl.col("overdue_days") > 90,
            pl.col("overdue_days").is_not_null(),
        )
    )
    months = period.days / _DAYS_A_MONTH
    written_off, recovered = (float(flows[name].sum()) for name in ("written_off", "recoveries"))
    receipts = float(flows["receipts"].sum())
    unapplied = mean(flows["unapplied"])
    return {
        "dso_simple_days": dso_simple(closing, sales, period.days),
        "dso_countback_days": dso_countback(closing, net_sales.clip(0).to_numpy()),
        "best_possible_dso_days": best_possible_dso(current, sales, period.days),
        "average_days_delinquent_days": average_days_delinquent(
            closing, current, sales, period.days
        ),
        "collection_effectiveness": collection_effectiveness(
            opening, sales / months, closing, current
        ),
        "current_share": ratio(current, known),
        "overdue_90_share": ratio(old, known),
        "disputed_days": _disputed_days(view, rows, period),
        "receivables_mean": mean(flows["receivables"]),
        "cash_tied_up_mean": mean(flows["tied_up"]),
        "unapplied_share": ratio(unapplied, mean(flows["receivables"])),
        "unapplied_days": ratio(unapplied, receipts / period.days),
        "discount_share": ratio(float(flows["discounts"].sum()), sales),
        "credited_share": ratio(float(flows["credited"].sum()), sales),
        "bad_debt_share": ratio(written_off, sales),
        "recovery_share": ratio(recovered, written_off),
    }


def _aged(view: ObjectEvents, rows: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Return what is open at the end of the period, by invoice, and how long overdue it is."""
    until_then = local_date("time", view.log.zone) <= period.last
    return (
        open_items(view)
        .filter(until_then)
        .group_by("invoice")
        .agg(pl.col("cents").sum())
        .filter(pl.col("cents") != 0)
        .join(rows.select("invoice", "due"), on="invoice", how="left")
        .with_columns((pl.lit(period.last) - pl.col("due")).dt.total_days().alias("overdue_days"))
    )


def _disputed_days(view: ObjectEvents, rows: pl.DataFrame, period: Period) -> float:
    """Return days of disputes outstanding: under dispute at the end / disputed a day."""
    disputes = (
        view.stretches(v.INVOICE, v.OPEN_DISPUTE, (v.RESOLVE_DISPUTE,))
        .rename({"case": "invoice", "first": "opened", "last": "resolved"})
        .join(rows.select("invoice", "amount"), on="invoice")
        .with_columns(
            local_date(name, view.log.zone).alias(name) for name in ("opened", "resolved")
        )
        .filter(pl.col("opened") <= period.last)
    )
    incurred = disputes.filter(pl.col("opened") >= period.first)["amount"].sum()
    still = pl.col("resolved").is_null() | (pl.col("resolved") > period.last)
    return period.days * ratio(float(disputes.filter(still)["amount"].sum()), float(incurred))


def _payment_kpis(view: ObjectEvents, period: Period) -> dict[str, float]:
    """Return how many invoices a payment settles, how many payments an invoice takes."""
    if v.PAYMENT not in view.log.object_types:
        return {}
    received = view.spans(v.PAYMENT, v.RECEIVE_PAYMENT).filter(period.holds("first", view.log.zone))
    applied = view.of_activities(v.PAYMENT, _APPLICATIONS).join(received, on="case", how="semi")
    pairs = applied.select("event", pl.col("case").alias("payment")).join(
        view.rows(v.INVOICE).select("event", pl.col("case").alias("invoice")), on="event"
    )
    pairs = pairs.select("payment", "invoice").unique()
    payments, settled = pairs["payment"].n_unique(), pairs["invoice"].n_unique()
    returned = view.spans(v.PAYMENT, v.RETURN_PAYMENT).join(received, on="case", how="semi")
    return {
        "invoices_per_payment": ratio(pairs.height, payments) if pairs.height else NAN,
        "payments_per_invoice": ratio(pairs.height, settled) if pairs.height else NAN,
        "payment_return_share": ratio(returned.height, received.height),
    }
