"""KPIs of invoices, receivables and cash."""

from __future__ import annotations

import polars as pl

from mining.censoring import spread_with_open
from mining.credit_memos import corrections
from mining.measures import (
    Period,
    days_between,
    days_since,
    local_date,
    mean,
    ratio,
    total,
    weighted_mean,
)
from mining.object_events import ObjectEvents
from mining.payment_kpis import payment_kpis, promise_kpis
from mining.receivables import invoices, open_items
from mining.receivables_kpis import receivables_kpis
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

_NOTICES = (v.SEND_DUNNING_LEVEL_1, v.SEND_DUNNING_LEVEL_2, v.SEND_DUNNING_LEVEL_3)
_INACCURATE = (v.OPEN_DISPUTE, v.CANCEL_INVOICE, v.REJECT_INVOICE)


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
    waiting = issued.filter(still_open(view))
    end = view.log.events["time"].max()
    received = money_in_hand(view)
    in_hand = waiting.filter(received)
    return {
        **spread_with_open(
            "invoice_to_cash",
            "days",
            spans["to_cash_days"].to_numpy(),
            days_since(waiting, "issued", end),
        ),
        **spread_with_open(
            "invoice_to_payment",
            "days",
            pl.concat([to_payment, _days_to_payment(in_hand)]).to_numpy(),
            days_since(waiting.filter(~received), "issued", end),
        ),
        "invoice_to_payment_mean_days": mean(to_payment),
        "invoice_to_cash_weighted_days": weighted_mean(spans, "to_cash_days", "amount"),
        "days_late_weighted_days": weighted_mean(spans, "late_days", "amount"),
        "terms_share": _within_terms(spans),
        "payment_terms_mean_days": mean(spans["terms_days"]),
        "days_late_mean_days": mean(spans["late_days"]),
        "days_late_paid_mean_days": mean(spans["paid_late_days"]),
        "late_share": mean(spans["late_days"].drop_nulls() > 0),
        **_invoice_shares(view, issued, period),
        **receivables_kpis(view, rows, period),
        **payment_kpis(view, period),
        **promise_kpis(view, period),
    }


def still_open(view: ObjectEvents) -> pl.Expr:
    """Return whether money is still to come for an invoice when the log ends."""
    gone = pl.any_horizontal(pl.col("cleared", "written_off", "cancelled").is_not_null())
    if bool((open_items(view)["cents"] != 0).any()):
        return ~gone & (pl.col("open") > 0)
    # Without amounts nobody knows what a credit memo leaves open.
    return ~gone & pl.col("credited").is_null()


def money_in_hand(view: ObjectEvents) -> pl.Expr:
    """Return whether money for an invoice was received, and its bank did not take it back."""
    returned = view.spans(v.INVOICE, v.RETURN_PAYMENT)["case"]
    return pl.col("paid").is_not_null() & ~pl.col("invoice").is_in(returned.implode())


def _days_to_payment(rows: pl.DataFrame) -> pl.Series:
    days = (pl.col("paid") - pl.col("issued")).dt.total_microseconds() / 86.4e9
    return rows.select(days.alias("to_payment_days")).to_series()


def _within_terms(spans: pl.DataFrame) -> float:
    """Return the share of the time from invoice to cash that lies within the payment terms."""
    known = spans.drop_nulls("terms_days")
    within = known.select(pl.min_horizontal("to_cash_days", "terms_days")).to_series()
    return ratio(total(within), total(known["to_cash_days"]))


def _invoice_shares(view: ObjectEvents, issued: pl.DataFrame, period: Period) -> dict[str, float]:
    """Return the shares of the invoices issued in the period that something happened to."""

    def had(*activities: str) -> pl.Series:
        cases = pl.concat(view.spans(v.INVOICE, activity)["case"] for activity in activities)
        return issued["invoice"].is_in(cases.implode())

    memos = view.of_activities(v.INVOICE, (v.CREATE_CREDIT_MEMO,))
    credited = memos.filter(pl.col("event").is_in(corrections(view).implode()))
    corrected = issued["invoice"].is_in(credited["case"].implode())
    disputes = view.stretches(v.INVOICE, v.OPEN_DISPUTE, (v.RESOLVE_DISPUTE,)).join(
        issued, left_on="case", right_on="invoice"
    )
    undecided = disputes.filter(
        pl.all_horizontal(pl.col("last", "cleared", "written_off", "cancelled").is_null())
    )
    decided = disputes.drop_nulls("last")
    disputed = had(v.OPEN_DISPUTE)
    cleared = (
        view.of_activities(v.INVOICE, (v.CLEAR_INVOICE,))
        .join(issued, left_on="case", right_on="invoice", how="semi")
        .sort("time", "event")
        .group_by("case")
        .agg(pl.col("automated").last())
    )
    return {
        "dispute_share": mean(disputed),
        "dispute_value_share": ratio(
            *(total(part["amount"]) for part in (issued.filter(disputed), issued))
        ),
        **spread_with_open(
            "dispute_resolution",
            "days",
            days_between(decided, "first", "last"),
            days_since(undecided, "first", view.log.events["time"].max()),
        ),
        "invoice_accuracy_share": 1 - mean(had(*_INACCURATE) | corrected),
        "invoice_rejection_share": mean(had(v.REJECT_INVOICE)),
        "automatic_match_share": mean(cleared["automated"]),
        "false_dunning_share": mean(issued["invoice"].is_in(_falsely_reminded(view).implode())),
    }


def _falsely_reminded(view: ObjectEvents) -> pl.Series:
    """Return the invoices reminded while money for them was received and not yet applied."""
    activity = pl.col("activity")
    received = (activity == v.RECEIVE_PAYMENT).cast(pl.Int32)
    applied = activity.is_in((v.APPLY_PAYMENT, v.CLEAR_INVOICE)).cast(pl.Int32)
    reminded = view.of_activities(v.INVOICE, _NOTICES)
    money = view.of_activities(v.INVOICE, (v.RECEIVE_PAYMENT, v.APPLY_PAYMENT, v.CLEAR_INVOICE))
    return (
        pl.concat([reminded, money.join(reminded, on="case", how="semi")])
        .sort("case", "time", "event")
        .with_columns((received - applied).cum_sum().over("case").alias("waiting"))
        .filter(activity.is_in(_NOTICES) & (pl.col("waiting") > 0))["case"]
        .unique()
    )
