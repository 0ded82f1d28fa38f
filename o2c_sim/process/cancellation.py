"""Cancellation: lines of a confirmed order, or all of it, are given up before their delivery."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from o2c_sim.process import activity, allocation, prepayment

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order


def reject(
    company: Company,
    order: Order,
    slots: Collection[int],
    start: float | None = None,
    person: int = 0,
) -> None:
    """Give up some open lines; an order that has never had a delivery ends with its last line.

    Parameters
    ----------
    company, order, slots
        The lines.
    start, person
        Who rejected them, and since when; nobody for a batch job.
    """
    for slot in slots:
        company.record(
            activity.REJECT_ORDER_LINE,
            order.first_line + slot,
            start,
            person,
            order.values_minor[slot],
        )
        # One stretch of work rejects them all: it is shown with the first.
        start = company.env.now
    _take_off(company, order, slots)
    if not order.open_lines and not order.deliveries:
        company.record(activity.CANCEL_ORDER, order.number, start, person)


def cancel(company: Company, order: Order, start: float | None = None, person: int = 0) -> None:
    """Give up all that is open; of an order in delivery, the lines that are left."""
    if order.deliveries:
        reject(company, order, order.open_lines, start, person)
    elif order.open_lines:
        value_minor = order.value_of(order.open_lines)
        company.record(activity.CANCEL_ORDER, order.number, start, person, value_minor)
        _take_off(company, order, order.open_lines)


def _take_off(company: Company, order: Order, slots: Collection[int]) -> None:
    """Let value, exposure, stock and a prepayment follow."""
    now, documents = company.env.now, company.documents
    value_minor = sum(order.values_minor[slot] for slot in slots)
    order.customer.exposure_minor -= value_minor
    order.value_minor -= value_minor
    for slot in slots:
        documents.new_line_value(order.first_line + slot, now, 0, 0)
    documents.new_order_value(order.number, now, order.value_minor)
    allocation.release_lines(company, order, list(slots))
    prepayment.refund_excess(company, order)
