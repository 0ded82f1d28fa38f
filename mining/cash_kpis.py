"""KPIs of invoices, receivables and cash."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.censoring import spread_with_open
from mining.credit_memos import corrections
from mining.event_links import Integers
from mining.item_changes import item_changes
from mining.measures import (
    Flags,
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
from mining.receivables import invoices
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
    return _spans(invoices(view).filter(period.holds("issued", zone)), zone)


def _spans(issued: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Return :func:`invoice_spans` of some invoices."""
    due = pl.col("due")
    issued_on, paid_on, cleared_on = (
        local_date(name, zone) for name in ("issued", "paid", "cleared")
    )
    return issued.filter(pl.col("cleared").is_not_null()).select(
        "invoice",
        "amount",
        _days_from_issue("cleared").alias("to_cash_days"),
        _days_from_issue("paid").alias("to_payment_days"),
        (due - issued_on).dt.total_days().alias("terms_days"),
        (paid_on - due).dt.total_days().alias("paid_late_days"),
        (cleared_on - due).dt.total_days().alias("late_days"),
    )


def _days_from_issue(moment: str) -> pl.Expr:
    return (pl.col(moment) - pl.col("issued")).dt.total_microseconds() / 86.4e9


def cash_kpis(view: ObjectEvents, period: Period) -> dict[str, float]:
    """Return the KPIs of the invoices issued in a period, and of its days."""
    rows = invoices(view)
    issued = rows.filter(period.holds("issued", view.log.zone))
    spans = _spans(issued, view.log.zone)
    to_payment = spans["to_payment_days"].drop_nulls().to_numpy()
    waiting = issued.filter(still_open(view))
    received = waiting.select(money_in_hand(view)).to_series()
    in_hand = waiting.filter(received).select(_days_from_issue("paid")).to_series()
    return {
        **spread_with_open(
            "invoice_to_cash",
            "days",
            spans["to_cash_days"].to_numpy(),
            days_since(waiting["issued"], view.end),
        ),
        **spread_with_open(
            "invoice_to_payment",
            "days",
            np.append(to_payment, in_hand.to_numpy()),
            days_since(waiting["issued"].filter(~received), view.end),
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
    if item_changes(view).cents.any():
        return ~gone & (pl.col("open") > 0)
    # Without amounts nobody knows what a credit memo leaves open.
    return ~gone & pl.col("credited").is_null()


def money_in_hand(view: ObjectEvents) -> pl.Expr:
    """Return whether money for an invoice was received, and its bank did not take it back."""
    _, returned = view.pairs(v.INVOICE, v.RETURN_PAYMENT)
    return pl.col("paid").is_not_null() & ~pl.col("invoice").is_in(pl.Series(returned).implode())


def _within_terms(spans: pl.DataFrame) -> float:
    """Return the share of the time from invoice to cash that lies within the payment terms."""
    known = spans.drop_nulls("terms_days")
    within = known.select(pl.min_horizontal("to_cash_days", "terms_days")).to_series()
    return ratio(total(within), total(known["to_cash_days"]))


def _invoice_shares(view: ObjectEvents, issued: pl.DataFrame, period: Period) -> dict[str, float]:
    """Return the shares of the invoices issued in the period that something happened to."""

    def had(*activities: str) -> Flags:
        return view.happened(v.INVOICE, activities, issued["invoice"])

    memo, credited = view.pairs(v.INVOICE, v.CREATE_CREDIT_MEMO)
    corrected = np.isin(issued["invoice"].to_numpy(), credited[corrections(view)[memo]])
    disputes = view.stretches(v.INVOICE, v.OPEN_DISPUTE, (v.RESOLVE_DISPUTE,)).join(
        issued, left_on="case", right_on="invoice"
    )
    undecided = disputes.filter(
        pl.all_horizontal(pl.col("last", "cleared", "written_off", "cancelled").is_null())
    )
    disputed = had(v.OPEN_DISPUTE)
    return {
        "dispute_share": mean(disputed),
        "dispute_value_share": ratio(
            *(total(part) for part in (issued["amount"].filter(disputed), issued["amount"]))
        ),
        **spread_with_open(
            "dispute_resolution",
            "days",
            days_between(disputes, "first", "last"),
            days_since(undecided["first"], view.end),
        ),
        "invoice_accuracy_share": 1 - mean(had(*_INACCURATE) | corrected),
        "invoice_rejection_share": mean(had(v.REJECT_INVOICE)),
        "automatic_match_share": mean(_cleared_automatically(view, issued["invoice"])),
        "false_dunning_share": mean(np.isin(issued["invoice"].to_numpy(), _falsely_reminded(view))),
    }


def _cleared_automatically(view: ObjectEvents, issued: pl.Series) -> pl.Series:
    """Return of each invoice that is cleared whether its last clearing was automatic."""
    row, place = view.links(v.INVOICE, v.CLEAR_INVOICE)
    turn = np.lexsort((view.numbers["event"][row], view.numbers["time"][row]))
    last = np.full(len(view.numbers_of(v.INVOICE)), -1)
    # Of several clearings of an invoice the last one stays.
    last[place[turn]] = row[turn]
    own = last[view.places(v.INVOICE, issued)]
    return view.log.events["automated"][own[own >= 0]]


def _falsely_reminded(view: ObjectEvents) -> Integers:
    """Return the invoices reminded while money for them was received and not yet applied."""
    groups = (_NOTICES, (v.RECEIVE_PAYMENT,), (v.APPLY_PAYMENT, v.CLEAR_INVOICE))
    parts = [view.pairs(v.INVOICE, *activities) for activities in groups]
    row, invoice = (np.concatenate(part) for part in zip(*parts, strict=True))
    # Payments that wait: no more by a notice, one more by a receipt, one less by an application.
    change = np.repeat([0, 1, -1], [len(rows) for rows, _ in parts])
    turn = np.lexsort((view.numbers["event"][row], view.numbers["time"][row], invoice))
    invoice, change = invoice[turn], change[turn]
    waiting = np.cumsum(change)
    begins = np.flatnonzero(np.append(True, invoice[1:] != invoice[:-1])[: len(invoice)])
    before = np.repeat(waiting[begins] - change[begins], np.diff(begins, append=len(invoice)))
    found: Integers = invoice[(change == 0) & (waiting > before)]
    return found
