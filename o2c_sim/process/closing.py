"""The state in which a run ends, as another one can start from it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from math import isnan
from typing import TYPE_CHECKING

from o2c_sim.opening import Opening, OpenInvoice, OpenOrder, StockLevel
from o2c_sim.process import activity
from o2c_sim.process.opening import FIRST_ORDER

if TYPE_CHECKING:
    from o2c_sim.process.company import Company

_RECEIVED, _CANCELLED = float(activity.RECEIVE_ORDER), float(activity.CANCEL_ORDER)


def closing_state(company: Company) -> Opening:
    """Return what is open, ordered and on stock; the identifiers are those of the log.

    Orders are those received, not cancelled and not invoiced in full; what is delivered and not
    yet invoiced is among them. Left out are money not applied yet, disputes' progress, reminders
    sent, promises made and goods on order.
    """
    clock, documents = company.clock, company.documents
    own = [] if company.past is None else company.past.invoice_ids

    def date(time: float) -> dt.date:
        return clock.date(clock.day(time))

    invoices = sorted(
        (invoice for c in company.customers for invoice in c.open_invoices.values()),
        key=lambda invoice: invoice.number,
    )
    return Opening(
        tuple(
            OpenInvoice(
                own[invoice.number]
                if invoice.number < len(own)
                else f"IN-{invoice.number + 1:07d}",
                _name(invoice.customer.number),
                invoice.open_minor,
                (issued := date(documents.invoice_time[invoice.number])),
                max(clock.date(invoice.due_day), issued),
                invoice.disputed,
            )
            for invoice in invoices
        ),
        tuple(_open_orders(company)),
        tuple(
            StockLevel(f"PR-{number + 1:07d}", units)
            for number, units in enumerate(company.stock.on_hand)
        ),
    )


def _open_orders(company: Company) -> list[OpenOrder]:
    clock, documents, past = company.clock, company.documents, company.past
    received: dict[int, float] = {}
    cancelled: set[int] = set()
    for kind, number, _, time, _, _ in company.recorder.table().tolist():
        if kind == _RECEIVED:
            received[int(number)] = time
        elif kind == _CANCELLED:
            cancelled.add(int(number))
    invoiced = _invoiced_lines(company)
    changed = dict(zip(documents.changed_line, documents.changed_line_value_minor, strict=True))
    taken_over = {order.number: order for order in past.orders} if past is not None else {}
    found = []
    for number, time in sorted(received.items()):
        if number in cancelled:
            continue
        if number >= FIRST_ORDER:
            order, place = taken_over[number], number - FIRST_ORDER
            customer, first, values = order.customer.number, order.first_line, order.values_minor
            wanted_at = past.wanted_at[place] if past is not None else time
        else:
            customer, _, first, _, _, values, _ = company.order_book[number]
            wanted_at = documents.order_wanted_at[number]
        lines = [
            value
            for line, minor in enumerate(values, first)
            if line not in invoiced and (value := changed.get(line, minor)) > 0
        ]
        if not lines:
            continue
        wanted_at = time if isnan(wanted_at) else max(wanted_at, time)
        day = clock.day(time)
        found.append(
            OpenOrder(
                f"SO-{number + 1:07d}" if number < FIRST_ORDER else _own_name(company, number),
                _name(customer),
                sum(lines),
                clock.date(day),
                clock.date(clock.day(wanted_at)),
                len(lines),
            )
        )
    return found


def _invoiced_lines(company: Company) -> set[int]:
    documents = company.documents
    missing: dict[int, set[int]] = defaultdict(set)
    for delivery, line in zip(documents.shortage_delivery, documents.shortage_line, strict=True):
        missing[delivery].add(line)
    lines: set[int] = set()
    for delivery in set(documents.invoice_delivery):
        begin = documents.delivery_end[delivery - 1] if delivery else 0
        own = (documents.delivery_line[at] for at in range(begin, documents.delivery_end[delivery]))
        lines.update(line for line in own if line not in missing[delivery])
    return lines


def _name(customer: int) -> str:
    return f"CU-{customer + 1:07d}"


def _own_name(company: Company, number: int) -> str:
    assert company.past is not None
    return company.past.order_ids[number - FIRST_ORDER]
