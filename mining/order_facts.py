"""The moments and states of each order that KPIs are made of."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from mining.event_links import Integers, matches
from mining.item_changes import item_changes
from mining.kpi_definition import CREDIT_HOLD
from mining.measures import NEVER, Flags, Instants
from mining.object_events import ObjectEvents
from mining.receivables import ended_by_reduction
from mining.shared_events import carried, sharing
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog


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
    facts = facts_of_orders(view, case_type)
    columns = {column.name: getattr(facts, column.name) for column in fields(facts)}
    numbers = pl.Series("order", view.numbers_of(case_type)[columns.pop("place")])
    told = pl.Series(columns.pop("told"))
    unknown = pl.Series([None], dtype=pl.Boolean)
    columns["touched"] = pl.Series(facts.touched).zip_with(told, unknown)
    return pl.DataFrame({"order": numbers, **columns})


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What :func:`order_facts` returns as arrays, one row an order; NaT where it is null.

    Parameters
    ----------
    place
        Place of the order among the objects of its type, by number.
    received, confirmed, goods_issued, invoiced, sent, cleared, written_off, cancelled, held
        As there.
    touched, told
        Whether a person worked on it before its confirmation, and whether the log says so.
    settled
        As there.
    """

    place: Integers
    received: Instants
    confirmed: Instants
    goods_issued: Instants
    invoiced: Instants
    sent: Instants
    cleared: Instants
    written_off: Instants
    cancelled: Instants
    held: Flags
    touched: Flags
    told: Flags
    settled: Flags

    def where(self, which: Flags) -> OrderFacts:
        """Return some of them."""
        return OrderFacts(*(getattr(self, column.name)[which] for column in fields(self)))


def facts_of_orders(view: ObjectEvents, case_type: str) -> OrderFacts:
    """Return what KPIs are made of, of each order (or other case) that has an event, by number."""

    def when(activity: str, which: str = "first") -> Instants:
        return view.when(case_type, activity, which)

    received, created = when(v.RECEIVE_ORDER), when(v.CREATE_SALES_ORDER)
    invoiced, sent = when(v.CREATE_INVOICE), when(v.SEND_INVOICE, "begun")
    cleared, written_off = when(v.CLEAR_INVOICE, "last"), when(v.WRITE_OFF_INVOICE, "last")
    confirmed = when(v.CONFIRM_ORDER)
    ended = ~np.isnat(cleared) | ~np.isnat(written_off)
    if _has_open_items(view):
        ended |= ~np.isnat(invoiced)
    unsettled = _unsettled(view, case_type)
    cleared = np.fmax(cleared, _reduced(view, case_type))
    touched, told = touched_until(view, case_type, confirmed)
    every = OrderFacts(
        place=np.arange(len(received)),
        received=np.where(np.isnat(received), created, received),
        confirmed=confirmed,
        goods_issued=when(v.POST_GOODS_ISSUE),
        invoiced=invoiced,
        sent=np.where(np.isnat(sent), invoiced, sent),
        cleared=np.where(unsettled, NEVER, cleared),
        written_off=written_off,
        cancelled=when(v.CANCEL_ORDER),
        held=view.happened(case_type, *CREDIT_HOLD),
        touched=touched,
        told=told,
        settled=ended & ~unsettled,
    )
    _, place = view.links(case_type)
    return every.where(np.bincount(place, minlength=len(received)).astype(np.bool_))


def touched_until(view: ObjectEvents, case_type: str, reached: Instants) -> tuple[Flags, Flags]:
    """Return whether a person worked on each case until a moment, and whether the log says so."""
    told = view.once(f"told of {case_type}", lambda: _earliest(view, case_type, view.told))
    by_hand = view.once(f"by hand of {case_type}", lambda: _earliest(view, case_type, view.by_hand))
    # What is not known is not before anything.
    return by_hand <= reached, told <= reached


def _earliest(view: ObjectEvents, case_type: str, which: Flags) -> Instants:
    """Return when the first of some events happened to each case, by place."""
    cases = pl.Series(view.numbers_of(case_type))
    return view.earliest(case_type, pl.Series(which), cases).to_numpy()


def _has_open_items(view: ObjectEvents) -> bool:
    return v.INVOICE in view.object_types


def _reduced(view: ObjectEvents, case_type: str) -> Instants:
    """Return when a memo or discount last ended an invoice of each case; NaT where none did."""
    if not _has_open_items(view):
        return np.full(len(view.numbers_of(case_type)), NEVER)
    by_invoice = ended_by_reduction(view)
    return carried(view, v.INVOICE, by_invoice, case_type, v.CREATE_INVOICE, np.fmax)


def _unsettled(view: ObjectEvents, case_type: str) -> Flags:
    """Return whether an invoice of each case is open, or a line neither billed nor rejected."""
    found = np.zeros(len(view.numbers_of(case_type)), np.bool_)
    if _has_open_items(view):
        still_open = item_changes(view).sums() > 0
        found |= sharing(view, v.INVOICE, still_open, case_type, v.CREATE_INVOICE)
    ends = (v.CREATE_INVOICE, v.REJECT_ORDER_LINE)
    types = view.object_types
    if case_type == v.ORDER and v.ORDER_LINE in types and view.happens(v.ORDER_LINE, ends[0]):
        line, order = lines_and_orders(view)
        done = view.happened(v.ORDER_LINE, *ends)[line]
        found[order[~done]] = True
    return found


def orders_of_lines(view: ObjectEvents) -> pl.DataFrame:
    """Return ``line`` and ``order`` of order lines, by the event that entered them."""
    line, order = lines_and_orders(view)
    return pl.DataFrame(
        {"line": view.numbers_of(v.ORDER_LINE)[line], "order": view.numbers_of(v.ORDER)[order]}
    )


def lines_and_orders(view: ObjectEvents) -> tuple[Integers, Integers]:
    """Return place of line and of order, of each order line, by the event that entered them."""
    return view.once("lines and orders", lambda: _lines_and_orders(view))


def _lines_and_orders(view: ObjectEvents) -> tuple[Integers, Integers]:
    (entry, line), (made, order) = (
        view.links(object_type, v.CREATE_SALES_ORDER) for object_type in (v.ORDER_LINE, v.ORDER)
    )
    here, there = matches(entry, made)
    return line[here], order[there]
