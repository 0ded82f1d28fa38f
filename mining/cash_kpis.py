"""KPIs of invoices, receivables and cash."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.censoring import spread_with_open
from mining.credit_memos import corrections
from mining.event_links import Integers
from mining.item_changes import item_changes
from mining.measures import (
    NAN,
    Array,
    Flags,
    Period,
    days_between,
    days_since,
    elapsed_days,
    mean,
    ratio,
    total,
    weighted_mean,
    whole_days,
)
from mining.object_events import ObjectEvents
from mining.payment_kpis import payment_kpis, promise_kpis
from mining.receivables import Invoices, invoice_facts, invoices
from mining.receivables_kpis import receivables_kpis
from mining.stretches import stretches
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
    rows = invoice_facts(view)
    cleared = rows.where(view.within(period, rows.issued) & ~np.isnat(rows.cleared))
    spans = _spans(view, cleared)
    columns = {
        "to_cash_days": spans.to_cash,
        "to_payment_days": spans.to_payment,
        "terms_days": spans.terms,
        "paid_late_days": spans.paid_late,
        "late_days": spans.late,
    }
    whole = pl.col("terms_days", "paid_late_days", "late_days").cast(pl.Int64)
    amount = invoices(view)["amount"][cleared.place]
    about = {"invoice": view.numbers_of(v.INVOICE)[cleared.place], "amount": amount}
    return pl.DataFrame({**about, **columns}, nan_to_null=True).with_columns(whole)


@dataclass(frozen=True, slots=True)
class _Spans:
    """The times of :func:`invoice_spans`, days; NaN where null there."""

    to_cash: Array
    to_payment: Array
    terms: Array
    paid_late: Array
    late: Array


def _spans(view: ObjectEvents, cleared: Invoices) -> _Spans:
    issued_on, paid_on, cleared_on = (
        view.clock.dates(moments) for moments in (cleared.issued, cleared.paid, cleared.cleared)
    )
    return _Spans(
        elapsed_days(cleared.issued, cleared.cleared),
        elapsed_days(cleared.issued, cleared.paid),
        whole_days(issued_on, cleared.due),
        whole_days(cleared.due, paid_on),
        whole_days(cleared.due, cleared_on),
    )


def cash_kpis(view: ObjectEvents, period: Period) -> dict[str, float]:
    """Return the KPIs of the invoices issued in a period, and of its days."""
    rows = invoice_facts(view)
    issued = rows.where(view.within(period, rows.issued))
    cleared = issued.where(~np.isnat(issued.cleared))
    spans = _spans(view, cleared)
    to_payment = _known(spans.to_payment)
    late = _known(spans.late)
    waiting = issued.where(still_open(view, issued))
    received = money_in_hand(view, waiting)
    in_hand = waiting.where(received)
    about = pl.DataFrame({"amount": rows.amount, "due": rows.due, "issued": rows.issued})
    return {
        **spread_with_open(
            "invoice_to_cash", "days", spans.to_cash, days_since(waiting.issued, view.end)
        ),
        **spread_with_open(
            "invoice_to_payment",
            "days",
            np.append(to_payment, elapsed_days(in_hand.issued, in_hand.paid)),
            days_since(waiting.issued[~received], view.end),
        ),
        "invoice_to_payment_mean_days": mean(to_payment),
        "invoice_to_cash_weighted_days": weighted_mean(spans.to_cash, cleared.amount),
        "days_late_weighted_days": weighted_mean(spans.late, cleared.amount),
        "terms_share": _within_terms(spans),
        "payment_terms_mean_days": mean(_known(spans.terms)),
        "days_late_mean_days": mean(late),
        "days_late_paid_mean_days": mean(_known(spans.paid_late)),
        "late_share": mean(late > 0),
        **_invoice_shares(view, issued),
        **receivables_kpis(view, about, period),
        **payment_kpis(view, period),
        **promise_kpis(view, period),
    }


def _known(values: Array) -> Array:
    return values[~np.isnan(values)]


def still_open(view: ObjectEvents, rows: Invoices) -> Flags:
    """Return whether money is still to come for invoices when the log ends."""
    here = np.isnat(rows.cleared) & np.isnat(rows.written_off) & np.isnat(rows.cancelled)
    if item_changes(view).cents.any():
        return here & (rows.open > 0)
    # Without amounts nobody knows what a credit memo leaves open.
    return here & np.isnat(rows.credited)


def money_in_hand(view: ObjectEvents, rows: Invoices) -> Flags:
    """Return whether money for invoices was received, and its bank did not take it back."""
    returned = view.happened(v.INVOICE, v.RETURN_PAYMENT)
    return ~np.isnat(rows.paid) & ~returned[rows.place]


def _within_terms(spans: _Spans) -> float:
    """Return the share of the time from invoice to cash that lies within the payment terms."""
    to_cash = np.where(np.isnan(spans.terms), NAN, spans.to_cash)
    return ratio(total(np.minimum(to_cash, spans.terms)), total(to_cash))


def _invoice_shares(view: ObjectEvents, issued: Invoices) -> dict[str, float]:
    """Return the shares of the invoices issued in the period that something happened to."""

    def had(*activities: str) -> Flags:
        return view.happened(v.INVOICE, *activities)[issued.place]

    size = len(view.numbers_of(v.INVOICE))
    corrected, reminded, within = np.zeros((3, size), np.bool_)
    memo, credited = view.links(v.INVOICE, v.CREATE_CREDIT_MEMO)
    corrected[credited[corrections(view)[memo]]] = True
    reminded[_falsely_reminded(view)] = True
    disputes = stretches(view, v.INVOICE, v.OPEN_DISPUTE, (v.RESOLVE_DISPUTE,))
    within[issued.place] = True
    disputes = disputes.where(within[disputes.place])
    on = invoice_facts(view).where(disputes.place)
    undecided = np.logical_and.reduce(
        [np.isnat(end) for end in (disputes.last, on.cleared, on.written_off, on.cancelled)]
    )
    disputed = had(v.OPEN_DISPUTE)
    return {
        "dispute_share": mean(disputed),
        "dispute_value_share": ratio(total(issued.amount[disputed]), total(issued.amount)),
        **spread_with_open(
            "dispute_resolution",
            "days",
            days_between(disputes.first, disputes.last),
            days_since(disputes.first[undecided], view.end),
        ),
        "invoice_accuracy_share": 1 - mean(had(*_INACCURATE) | corrected[issued.place]),
        "invoice_rejection_share": mean(had(v.REJECT_INVOICE)),
        "automatic_match_share": mean(_cleared_automatically(view, issued)),
        "false_dunning_share": mean(reminded[issued.place]),
    }


def _cleared_automatically(view: ObjectEvents, issued: Invoices) -> Flags:
    """Return of invoices, where it is known, whether their last clearing was automatic."""
    row, place = view.links(v.INVOICE, v.CLEAR_INVOICE)
    turn = np.lexsort(view.in_turn(row))
    last = np.full(len(view.numbers_of(v.INVOICE)), -1)
    # Of several clearings of an invoice the last one stays.
    last[place[turn]] = row[turn]
    own = last[issued.place]
    own = own[own >= 0]
    automatic: Flags = ~view.by_hand[own[view.told[own]]]
    return automatic


def _falsely_reminded(view: ObjectEvents) -> Integers:
    """Return the places of invoices reminded while money for them was there, not yet applied."""
    groups = (_NOTICES, (v.RECEIVE_PAYMENT,), (v.APPLY_PAYMENT, v.CLEAR_INVOICE))
    parts = [view.links(v.INVOICE, *activities) for activities in groups]
    row, invoice = (np.concatenate(part) for part in zip(*parts, strict=True))
    # Payments that wait: no more by a notice, one more by a receipt, one less by an application.
    change = np.repeat([0, 1, -1], [len(rows) for rows, _ in parts])
    turn = np.lexsort((*view.in_turn(row), invoice))
    invoice, change = invoice[turn], change[turn]
    waiting = np.cumsum(change)
    begins = np.flatnonzero(np.append(True, invoice[1:] != invoice[:-1])[: len(invoice)])
    before = np.repeat(waiting[begins] - change[begins], np.diff(begins, append=len(invoice)))
    found: Integers = invoice[(change == 0) & (waiting > before)]
    return found
