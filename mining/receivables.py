"""Receivables from an event log: invoices and what is open on them, daily flows.

Money is counted in whole cents inside, so that no sum depends on the order of adding.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from itertools import starmap

import numpy as np
import polars as pl

from mining.event_links import Integers
from mining.item_changes import APPLICATIONS, REDUCTIONS, Changes, item_changes
from mining.measures import NAN, NEVER, Array, Flags, Instants, day_number, quotients
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

_ITEM_FLOWS = {
    "sales": (v.CREATE_INVOICE,),
    "invoice_cancellations": (v.CANCEL_INVOICE,),
    "credited_on_items": (v.CREATE_CREDIT_MEMO,),
    "discounts": (v.ALLOW_DISCOUNT,),
    "cash_applied": APPLICATIONS,
    "written_off": (v.WRITE_OFF_INVOICE,),
    "reopened": (v.RETURN_PAYMENT,),
}
_OTHER_FLOWS = {
    "credited": (v.CREATE_CREDIT_MEMO,),
    "receipts": (v.RECEIVE_PAYMENT,),
    "returned": (v.RETURN_PAYMENT,),
    "refunds": (v.REFUND_CUSTOMER,),
    "recoveries": (v.RECORD_RECOVERY,),
    "ordered": (v.RECEIVE_ORDER,),
    "changed": (v.CHANGE_ORDER,),
    "rejected": (v.REJECT_ORDER_LINE,),
    "cancelled": (v.CANCEL_ORDER,),
}
# Days and the cents that moved on them.
_Moves = tuple[Integers, Integers]
_NONE = np.zeros(0, np.int64)
# Later than any day: where nothing moved.
_FAR = 1 << 30


@dataclass(frozen=True, slots=True)
class _Moved:
    """The cents of each flow on each day from the first (days since 1970-01-01) to the last."""

    first: int
    cents: dict[str, Integers]


def open_items(log: EventLog | ObjectEvents) -> pl.DataFrame:
    """Return every change of what is open on an invoice.

    A credit memo on what was paid already is the customer's money and changes no open item: only
    the part of a memo that is still open counts. A payment that its bank returns reopens what it
    was applied to, oldest application first, up to its amount.

    Parameters
    ----------
    log
        A log with objects of type ``invoice`` (and ``payment``, where payments are returned)
        whose events of the reference vocabulary carry ``amount``.

    Returns
    -------
    polars.DataFrame
        ``invoice`` (object number), ``event``, ``time`` (naive UTC), ``activity``, ``cents``
        (signed), sorted by time and event.

    Raises
    ------
    LogError
        If the log has no invoices.
    """
    view = ObjectEvents.of(log)
    return view.once("open_items", lambda: _open_items(view))


def _open_items(view: ObjectEvents) -> pl.DataFrame:
    found = item_changes(view)
    return pl.DataFrame(
        {
            "invoice": found.invoices[found.place],
            "event": view.numbers["event"][found.row],
            "time": view.times[found.row],
            "activity": found.activity,
            "cents": found.cents,
        }
    )


def invoices(log: EventLog | ObjectEvents) -> pl.DataFrame:
    """Return one row per invoice of the log.

    An invoice is cleared by its last payment or, if it was paid in part, by the credit memo or
    discount that takes off the rest. One that is credited in full brings no cash: it is never
    cleared.

    Parameters
    ----------
    log
        A log with objects of type ``invoice`` that have an ``amount`` and, where known, a
        ``due_date``, and with events of the reference vocabulary.

    Returns
    -------
    polars.DataFrame
        ``invoice`` (object number), ``amount`` (currency), ``due`` (Date, null if unknown),
        ``issued``, ``paid`` (first receipt of money for it), ``cleared`` (null if open, given up
        or credited in full, or if a returned payment has opened it again), ``written_off``,
        ``cancelled``, ``credited`` (the first credit memo; naive UTC, null where it has not
        happened), ``credit`` (sum of credit memos, currency), ``open`` (at the end of the log,
        currency).

    Raises
    ------
    LogError
        If the log has no invoices.
    """
    view = ObjectEvents.of(log)
    return view.once("invoices", lambda: _table(view, invoice_facts(view)))


@dataclass(frozen=True, slots=True)
class Invoices:
    """What :func:`invoices` returns as arrays, one row an invoice; NaN or NaT where it is null.

    Parameters
    ----------
    place
        Place of the invoice among those of the log, by number.
    amount, due, issued, cleared, paid, written_off, cancelled, credited, credit, open
        As there.
    """

    place: Integers
    amount: Array
    due: Instants
    issued: Instants
    cleared: Instants
    paid: Instants
    written_off: Instants
    cancelled: Instants
    credited: Instants
    credit: Array
    open: Array

    def where(self, which: Flags | Integers) -> Invoices:
        """Return some of them."""
        return Invoices(*(getattr(self, column.name)[which] for column in fields(self)))


def invoice_facts(view: ObjectEvents) -> Invoices:
    """Return what is known of each invoice of a log, by number.

    Raises
    ------
    LogError
        If the log has no invoices.
    """
    return view.once("invoice_facts", lambda: _invoice_facts(view))


def _table(view: ObjectEvents, rows: Invoices) -> pl.DataFrame:
    numbers = pl.Series("invoice", view.numbers_of(v.INVOICE))
    amount = view.attribute(v.INVOICE, "amount")
    if amount is None:
        amount = pl.repeat(None, len(numbers), dtype=pl.Float64, eager=True)
    known = {column.name: getattr(rows, column.name) for column in fields(rows)[3:]}
    due = pl.Series("due", rows.due)
    return pl.DataFrame([numbers, amount.alias("amount"), due, *starmap(pl.Series, known.items())])


def _invoice_facts(view: ObjectEvents) -> Invoices:
    numbers = view.numbers_of(v.INVOICE)
    amount, due = (view.attribute(v.INVOICE, name) for name in ("amount", "due_date"))

    def when(activity: str, which: str = "first") -> Instants:
        return view.when(v.INVOICE, activity, which)

    changes = item_changes(view)
    open_cents = changes.sums()
    changed = np.flatnonzero(np.bincount(changes.place, minlength=len(open_cents)))
    is_open = np.zeros(len(open_cents))
    is_open[changed] = quotients(open_cents[changed], 100)
    cleared = when(v.CLEAR_INVOICE, "last")
    cleared[(when(v.RETURN_PAYMENT, "last") > cleared) & (open_cents > 0)] = NEVER
    return Invoices(
        place=np.arange(len(numbers)),
        amount=_floats(amount, len(numbers)),
        due=_dates(due, len(numbers)),
        issued=when(v.CREATE_INVOICE),
        cleared=np.fmax(cleared, ended_by_reduction(view)),
        paid=when(v.RECEIVE_PAYMENT),
        written_off=when(v.WRITE_OFF_INVOICE, "last"),
        cancelled=when(v.CANCEL_INVOICE, "last"),
        credited=when(v.CREATE_CREDIT_MEMO),
        credit=quotients(view.cents(v.INVOICE, v.CREATE_CREDIT_MEMO), 100),
        open=is_open,
    )


def _floats(attribute: pl.Series | None, size: int) -> Array:
    if attribute is None:
        return np.full(size, NAN)
    return attribute.cast(pl.Float64).to_numpy()


def _dates(attribute: pl.Series | None, size: int) -> Instants:
    if attribute is None:
        return np.full(size, NEVER, "datetime64[D]")
    return attribute.cast(pl.Date).to_numpy()


def ended_by_reduction(view: ObjectEvents) -> Instants:
    """Return when a credit memo or discount took off the rest of an invoice paid in part.

    Returns
    -------
    numpy.ndarray
        By place of the invoice among those of the log; naive UTC, NaT where none did.
    """
    return view.once("ended_by_reduction", lambda: _ended_by_reduction(view))


def _ended_by_reduction(view: ObjectEvents) -> Instants:
    changes = item_changes(view)
    changing = np.flatnonzero(changes.cents)
    last = np.full(len(changes.invoices), -1)
    # Of several changes of an invoice the last one stays.
    last[changes.place[changing]] = changing
    paid = changes.sums(changes.of(*APPLICATIONS, v.RETURN_PAYMENT)) < 0
    ended = (last >= 0) & (changes.sums() <= 0) & paid
    ended[ended] = changes.of(*REDUCTIONS)[last[ended]]
    found = np.full(len(last), NEVER)
    found[ended] = view.times[changes.row[last[ended]]]
    return found


def daily_flows(log: EventLog | ObjectEvents, first: dt.date, last: dt.date) -> pl.DataFrame:
    """Return the money moved on each local day.

    Two identities tie the columns: receivables change by ``sales - invoice_cancellations -
    credited_on_items - discounts - cash_applied + reopened - written_off``; unapplied cash by
    ``receipts + (credited - credited_on_items) - cash_applied - refunds - (returned - reopened)``.

    Parameters
    ----------
    log
        A log whose events of the reference vocabulary carry ``amount``.
    first, last
        Local dates, both included; the balances count all events before, too.

    Returns
    -------
    polars.DataFrame
        ``date``; of invoices: ``sales`` (invoiced), ``invoice_cancellations``,
        ``credited_on_items`` (credit memos on what was open), ``discounts``, ``cash_applied``,
        ``written_off``, ``reopened`` (by returned payments); of cash: ``receipts``, ``returned``,
        ``refunds``, ``recoveries``; ``credited`` (all credit memos); of orders: ``ordered``,
        ``changed`` (signed), ``rejected``, ``cancelled``. Balances at the end of the day:
        ``receivables``, ``unapplied`` (received or credited, and neither applied nor paid back),
        ``receipts_to_date`` (receipts + recoveries - refunds - returned since the log begins) and
        ``tied_up`` (orders received and not yet paid, cancelled, credited or given up, with the tax
        of what is invoiced, where invoices have a ``tax``). Currency.
    """
    flows = flows_by_day(ObjectEvents.of(log), first, last)
    days = np.arange(day_number(first), day_number(first) + len(flows["sales"]), dtype=np.int32)
    dates = pl.Series("date", days).cast(pl.Date)
    return pl.DataFrame([dates, *starmap(pl.Series, flows.items())])


def flows_by_day(view: ObjectEvents, first: dt.date, last: dt.date) -> dict[str, Array]:
    """Return the columns of :func:`daily_flows` but ``date``, as arrays."""
    moved = view.once("moved", lambda: _moved(view))
    from_day, to_day = day_number(first), day_number(last)
    begin = min(from_day, moved.first)
    cents = {flow: _fitted(moved, flow, begin, to_day) for flow in moved.cents}
    lost = cents["discounts"] + cents["written_off"]
    cut = cents["invoice_cancellations"] + cents["credited_on_items"] + lost
    on_account = cents["credited"] - cents["credited_on_items"]
    paid = cents["receipts"] - cents["refunds"] - cents["returned"]
    wanted = cents["ordered"] + cents["changed"] - cents["rejected"] - cents["cancelled"]
    # Orders have no tax yet, and what is paid for them has.
    wanted += cents.pop("taxed")
    balances = {
        "receivables": cents["sales"] + cents["reopened"] - cut - cents["cash_applied"],
        "unapplied": paid + on_account - cents["cash_applied"] + cents["reopened"],
        "receipts_to_date": paid + cents["recoveries"],
        "tied_up": wanted - cents["credited"] - lost - paid,
    }
    cents |= {name: np.cumsum(changes) for name, changes in balances.items()}
    return {name: quotients(sums, 100)[from_day - begin :] for name, sums in cents.items()}


def _fitted(moved: _Moved, flow: str, begin: int, end: int) -> Integers:
    """Return the cents of a flow on each day from one to another; the first is early enough."""
    found = np.zeros(max(end - begin + 1, 0), np.int64)
    known = moved.cents[flow][: max(end - moved.first + 1, 0)]
    found[moved.first - begin :][: len(known)] = known
    return found


def _moved(view: ObjectEvents) -> _Moved:
    """Return the cents of each flow by local day."""
    rows = {flow: view.rows_of(*activities) for flow, activities in _OTHER_FLOWS.items()}
    flows = {flow: (view.days[row], view.numbers["cents"][row]) for flow, row in rows.items()}
    if v.INVOICE in view.object_types:
        flows |= _of_items(view)
    else:
        flows |= dict.fromkeys((*_ITEM_FLOWS, "taxed"), (_NONE, _NONE))
    days = np.concatenate([day for day, _ in flows.values()])
    first, size = (int(days.min()), int(np.ptp(days)) + 1) if days.size else (_FAR, 0)
    sums = {flow: _summed(day - first, cents, size) for flow, (day, cents) in flows.items()}
    # Each of these flows has one sign.
    return _Moved(first, sums | {flow: np.abs(sums[flow]) for flow in _ITEM_FLOWS})


def _of_items(view: ObjectEvents) -> dict[str, _Moves]:
    """Return day and cents of what changes open items, by flow."""
    changes = item_changes(view)
    day = view.days[changes.row]
    found = {}
    for flow, activities in _ITEM_FLOWS.items():
        own = changes.of(*activities)
        found[flow] = (day[own], changes.cents[own])
    billed = changes.of(v.CREATE_INVOICE, v.CANCEL_INVOICE)
    return {**found, "taxed": (day[billed], _taxes(view, changes, billed))}


def _taxes(view: ObjectEvents, changes: Changes, billed: Flags) -> Integers:
    """Return the tax that invoices add to what was ordered, and that their cancellation takes."""
    cents = changes.cents[billed]
    tax, amount = (view.attribute(v.INVOICE, name) for name in ("tax", "amount"))
    if tax is None or amount is None:
        return np.zeros_like(cents)
    shares = (tax / amount).fill_null(0)
    taxes = pl.Series(cents) * shares[changes.place[billed]]
    return taxes.round().cast(pl.Int64).to_numpy()


def _summed(place: Integers, cents: Integers, size: int) -> Integers:
    sums = np.zeros(size, np.int64)
    np.add.at(sums, place, cents)
    return sums
