"""Allocation: the order is confirmed, and its lines get stock, or wait for it.

A line gets all its units at once or none. The date that is promised is the customer's, or the day
on which the goods are expected if that is later.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from o2c_sim.engine.clock import DAY
from o2c_sim.process import activity
from o2c_sim.process.backorder import Backorder

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order


def confirm(company: Company, order: Order) -> None:
    """Confirm the order for a date to the customer; it counts against the credit limit now."""
    policy, now = company.fulfilment, company.env.now
    if policy.never_delivered_share > 0:
        _set_aside(company, order)
    order.customer.exposure_minor += order.value_minor
    order.due_at = now + policy.lead_days.at(order.number) * DAY
    order.promise_seconds = policy.dispatch_days.at(order.number) * DAY + policy.allowance_seconds
    if policy.availability_check:
        made, stock = company.demand.products.make_to_order, company.stock
        products, quantities = order.products, order.quantities
        for slot in order.open_lines:
            product = products[slot]
            if made[product] or not stock.serve_at_once(product, quantities[slot]):
                _claim_later_units(company, order, slot, None)
    promise(company, order)
    company.record(activity.CONFIRM_ORDER, order.number)


def _set_aside(company: Company, order: Order) -> None:
    """Take the lines off an order of which nothing will ever be delivered, nor owed."""
    policy = company.fulfilment
    kept = [
        slot
        for slot in order.open_lines
        if policy.never_delivered.at(order.first_line + slot) >= policy.never_delivered_share
    ]
    if len(kept) < len(order.open_lines):
        order.value_minor -= order.value_of([s for s in order.open_lines if s not in kept])
        order.open_lines = kept


def promise(company: Company, order: Order) -> None:
    """Agree with the customer when it is to have the goods."""
    wanted_at = company.fulfilment.delivery_run.next(order.due_at) + order.promise_seconds
    agreed_at = promised_at(company, order, order.open_lines) if order.backorders else wanted_at
    company.documents.agree(order.number, wanted_at, agreed_at)


def promised_at(company: Company, order: Order, slots: Collection[int]) -> float:
    """Return when the customer was first promised to have some lines of an order.

    A change of date that the customer has asked for counts; one of the company's does not.
    """
    created_at = order.due_at
    if order.backorders:
        waits = (order.backorders[s].promised_at for s in slots if s in order.backorders)
        created_at = max([created_at, *waits])
    return company.fulfilment.delivery_run.next(created_at) + order.promise_seconds


def claim(
    company: Company, order: Order, slot: int, already_promised_at: float | None = None
) -> None:
    """Allocate a line, or let it wait.

    Parameters
    ----------
    company, order, slot
        The line.
    already_promised_at
        When its delivery was promised to be created, simulation seconds; None if it is promised
        only now.
    """
    product = order.products[slot]
    made = company.demand.products.make_to_order[product]
    if made or not company.stock.serve_at_once(product, order.quantities[slot]):
        _claim_later_units(company, order, slot, already_promised_at)


def _claim_later_units(
    company: Company, order: Order, slot: int, already_promised_at: float | None
) -> None:
    """Claim units for a line that stock cannot serve at once, or whose goods are made for it."""
    stock, policy = company.stock, company.fulfilment
    product, quantity = order.products[slot], order.quantities[slot]
    made = company.demand.products.make_to_order[product]
    seconds = 0.0
    if made:
        seconds = policy.production_days.at(order.first_line + slot, order.deliveries) * DAY
        expected_at = company.env.now + seconds
    else:
        expected_at = stock.promised_at(product, quantity)
    promise = expected_at if already_promised_at is None else already_promised_at
    line = Backorder(company, order, slot, promise, expected_at, made)
    if (
        stock.make(product, quantity, line, seconds)
        if made
        else stock.allocate(product, quantity, line)
    ):
        return
    order.backorders[slot] = line
    if policy.rescheduling_run is not None:
        company.backordered[order.number] = order


def ready(order: Order) -> list[int]:
    """Return the open lines that can be delivered now, as the customer wants them."""
    backorders, released = order.backorders, order.open_lines
    if order.withheld:
        released = [s for s in released if s not in order.withheld]
    if not backorders:
        return released
    slots = [s for s in released if s not in backorders or not backorders[s].waiting]
    if order.customer.complete_delivery and len(slots) < len(released):
        return []
    return slots


def release_lines(company: Company, order: Order, slots: Collection[int]) -> None:
    """Take open lines off an order: they give back their stock, or wait for it no longer.

    Value and exposure are the caller's.

    Raises
    ------
    ValueError
        If a line is not open.
    """
    _check_open(order, slots)
    order.open_lines = [slot for slot in order.open_lines if slot not in slots]
    if company.fulfilment.availability_check:
        for slot in slots:
            if not _withdraw(company, order, slot):
                company.stock.give_back(order.products[slot], order.quantities[slot])
    order.tell()


def reallocate(company: Company, order: Order, slot: int, quantity: int) -> None:
    """Change the quantity of an open line.

    A smaller one gives back the difference. A larger one gets the difference if it is there; if
    not, the whole line waits. A line that waits goes to the end of the queue.

    Raises
    ------
    ValueError
        If the line is not open, or the quantity is below 1.
    """
    _check_open(order, [slot])
    if quantity < 1:
        raise ValueError(f"order {order.number}, line {slot}: a quantity of {quantity}")
    product, before = order.products[slot], order.quantities[slot]
    if not company.fulfilment.availability_check or quantity == before:
        order.quantities[slot] = quantity
        return
    stock, more = company.stock, quantity - before
    waited = _withdraw(company, order, slot)
    order.quantities[slot] = quantity
    if not waited:
        if more < 0:
            stock.give_back(product, -more)
            return
        if stock.serve_at_once(product, more):
            return
        stock.give_back(product, before)
    line = order.backorders.get(slot)
    claim(company, order, slot, line.promised_at if line else None)
    order.tell()


def _withdraw(company: Company, order: Order, slot: int) -> bool:
    """Let a line wait no longer; return whether it did."""
    line = order.backorders.get(slot)
    if line is None or not line.waiting:
        return False
    line.waiting = False
    company.stock.withdraw(order.products[slot], line)
    return True


def _check_open(order: Order, slots: Collection[int]) -> None:
    gone = [slot for slot in slots if slot not in order.open_lines]
    if gone:
        raise ValueError(f"order {order.number}: lines {gone} are not open")
