"""Receivables from an event log: invoices and what is open on them, daily flows.

Money is counted in whole cents inside, so that no sum depends on the order of adding.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.event_links import Integers
from mining.item_changes import APPLICATIONS, REDUCTIONS, Changes, item_changes
from mining.measures import NEVER, Flags, Instants
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
    return view.once("invoices", lambda: _invoices(view))


def _invoices(view: ObjectEvents) -> pl.DataFrame:
    objects = view.objects_of(v.INVOICE)
    due = (
        pl.col("due_date").cast(pl.Date) if "due_date" in objects.columns else pl.lit(None, pl.Date)
    )
    amount = pl.col("amount") if "amount" in objects.columns else pl.lit(None, pl.Float64)
    number = pl.col("object").alias("invoice")
    rows = objects.select(number, amount.alias("amount"), due.alias("due")).sort("invoice")
    numbers = rows["invoice"]

    def when(activity: str, which: str = "first") -> Instants:
        return view.when(v.INVOICE, activity, numbers, which)

    place = view.places(v.INVOICE, numbers)
    changes = item_changes(view)
    open_cents = changes.sums()
    changed = np.unique(changes.place)
    is_open = np.zeros(len(open_cents))
    amounts = pl.DataFrame({"cents": open_cents[changed]}).select(pl.col("cents") / 100)
    is_open[changed] = amounts["cents"].to_numpy()
    cleared = when(v.CLEAR_INVOICE, "last")
    reopened = (when(v.RETURN_PAYMENT, "last") > cleared) & (open_cents[place] > 0)
    cleared[reopened] = NEVER
    credit = view.moments(v.INVOICE, v.CREATE_CREDIT_MEMO, numbers, "cents")
    return rows.with_columns(
        pl.Series("issued", when(v.CREATE_INVOICE)),
        pl.Series("cleared", np.fmax(cleared, ended_by_reduction(view)[place])),
        pl.Series("paid", when(v.RECEIVE_PAYMENT)),
        pl.Series("written_off", when(v.WRITE_OFF_INVOICE, "last")),
        pl.Series("cancelled", when(v.CANCEL_INVOICE, "last")),
        pl.Series("credited", when(v.CREATE_CREDIT_MEMO)),
        (credit.fill_null(0) / 100).alias("credit"),
        pl.Series("open", is_open[place]),
    )


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
    view = ObjectEvents.of(log)
    moved = view.once("moved", lambda: _moved(view))
    from_day, to_day = (_day_number(date) for date in (first, last))
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
    dates = pl.Series("date", np.arange(begin, to_day + 1, dtype=np.int32)).cast(pl.Date)
    return pl.DataFrame(cents).select(dates, pl.all() / 100)[from_day - begin :]


def _day_number(date: dt.date) -> int:
    return (date - dt.date(1970, 1, 1)).days


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
    objects = view.objects_of(v.INVOICE)
    cents = changes.cents[billed]
    if "tax" not in objects.columns:
        return np.zeros_like(cents)
    shares = objects.sort("object").select((pl.col("tax") / pl.col("amount")).fill_null(0))
    taxes = pl.Series(cents) * shares.to_series()[changes.place[billed]]
    return taxes.round().cast(pl.Int64).to_numpy()


def _summed(place: Integers, cents: Integers, size: int) -> Integers:
    sums = np.zeros(size, np.int64)
    np.add.at(sums, place, cents)
    return sums
