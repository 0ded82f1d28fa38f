"""What changes the open items of invoices, as arrays: what all receivables are counted from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.event_links import Integers, matches
from mining.measures import Flags
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v

APPLICATIONS = (v.APPLY_PAYMENT, v.CLEAR_INVOICE)
REDUCTIONS = (v.CREATE_CREDIT_MEMO, v.ALLOW_DISCOUNT)
# What takes its amount off an open invoice.
_LOWERING = (v.CANCEL_INVOICE, *REDUCTIONS, *APPLICATIONS, v.WRITE_OFF_INVOICE)
_CHANGES = (v.CREATE_INVOICE, *_LOWERING, v.RETURN_PAYMENT)


@dataclass(frozen=True, slots=True)
class Changes:
    """Every change of what is open on an invoice, by time and event.

    Parameters
    ----------
    row
        Row of the event in the log's ``events``.
    place
        Place of the invoice among those of the log, by number.
    kind
        Code of the activity.
    cents
        By which the open item changes.
    invoices
        Number of each invoice of the log, rising.
    """

    row: Integers
    place: Integers
    kind: Integers
    cents: Integers
    invoices: Integers

    @property
    def activity(self) -> pl.Series:
        """Names of the activities."""
        return pl.Series("activity", _CHANGES)[self.kind]

    def of(self, *activities: str) -> Flags:
        """Return which changes are of some activities."""
        wanted = np.array([name in activities for name in _CHANGES])
        return wanted[self.kind]

    def sums(self, which: Flags | slice = slice(None)) -> Integers:
        """Return the cents of some changes by place of the invoice."""
        sums = np.zeros(len(self.invoices), np.int64)
        np.add.at(sums, self.place[which], self.cents[which])
        return sums


def item_changes(view: ObjectEvents) -> Changes:
    """Return every change of what is open on an invoice.

    Raises
    ------
    LogError
        If the log has no invoices.
    """
    return view.once("item_changes", lambda: _item_changes(view))


def _item_changes(view: ObjectEvents) -> Changes:
    parts = [view.links(v.INVOICE, activity) for activity in _CHANGES[:-1]]
    again, reopening, reopened = _reopened(view)
    rows, places = zip(*parts, (again, reopening), strict=True)
    row, place = np.concatenate(rows), np.concatenate(places)
    kind = np.repeat(np.arange(len(_CHANGES)), [len(part) for part in rows])
    cents = np.where(kind == 0, 1, -1) * view.numbers["cents"][row]
    cents[len(cents) - len(reopened) :] = reopened
    turn = np.lexsort((place, *view.in_turn(row)))
    row, place, kind, cents = row[turn], place[turn], kind[turn], cents[turn]
    return Changes(row, place, kind, _within_open(place, kind, cents), view.numbers_of(v.INVOICE))


def _reopened(view: ObjectEvents) -> tuple[Integers, ...]:
    """Return what each returned payment makes due again: its row, the invoice's place, cents."""
    none = np.zeros(0, np.int64)
    if v.PAYMENT not in view.object_types:
        return none, none, none
    returned, payment = view.links(v.PAYMENT, v.RETURN_PAYMENT)
    if not returned.size:
        return none, none, none
    row, applied_of = view.links(v.PAYMENT, *APPLICATIONS)
    own = np.isin(applied_of, payment)
    row, applied_of = row[own], applied_of[own]
    on_row, invoice = view.links(v.INVOICE, *APPLICATIONS)
    here, there = matches(row, on_row)
    row, applied_of, invoice = row[here], applied_of[here], invoice[there]
    turn = np.lexsort((*view.in_turn(row), applied_of))
    row, applied_of, invoice = row[turn], applied_of[turn], invoice[turn]
    applied = view.numbers["cents"][row]
    # Of each application, what of the payment was applied before it.
    before = np.cumsum(applied) - applied
    before -= before[np.searchsorted(applied_of, applied_of)]
    again, taken_from = matches(payment, applied_of)
    left = view.numbers["cents"][returned][again] - before[taken_from]
    taken = np.where(left < 0, 0, np.minimum(left, applied[taken_from]))
    taken[view.log.events["amount"][returned].is_null().to_numpy()[again]] = 0
    # Row and invoice as one number, of 64 bits where a row has 32.
    invoices = len(view.numbers_of(v.INVOICE))
    keys = returned[again].astype(np.int64) * invoices + invoice[taken_from]
    keys, group = np.unique(keys, return_inverse=True)
    cents = np.zeros(len(keys), np.int64)
    np.add.at(cents, group, taken)
    return keys // invoices, keys % invoices, cents


def _within_open(place: Integers, kind: Integers, cents: Integers) -> Integers:
    """Return the changes with each credit memo cut to what is open on its invoice by then."""
    memo = kind == _CHANGES.index(v.CREATE_CREDIT_MEMO)
    concerned = np.flatnonzero(np.isin(place, place[memo]))
    is_open: dict[int, int] = {}
    cut = []
    columns = (place[concerned], memo[concerned], cents[concerned])
    for invoice, is_memo, moved in zip(*(column.tolist() for column in columns), strict=True):
        before = is_open.get(invoice, 0)
        moved = max(moved, -max(before, 0)) if is_memo else moved
        is_open[invoice] = before + moved
        cut.append(moved)
    found = cents.copy()
    found[concerned] = cut
    return found
