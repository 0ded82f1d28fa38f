"""The order-to-cash cycle of one order, stage by stage."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from o2c_sim.process import (
    allocation,
    billing,
    capture,
    cash_application,
    credit,
    fulfilment,
    payment,
    write_off,
)

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order


def order_to_cash(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Take one order from receipt to cash, cancellation or write-off."""
    yield from capture.enter(company, order)
    yield from capture.clarify(company, order)
    if not (yield from credit.check(company, order)):
        return
    allocation.confirm(company, order)
    delivery = yield from fulfilment.deliver(company, order)
    invoice = yield from billing.bill(company, order, delivery)
    received = yield from payment.await_payment(company, invoice)
    if received is None:
        yield from write_off.write_off(company, invoice)
    else:
        yield from cash_application.apply(company, invoice, received)


def receive_orders(company: Company, days: int) -> Generator[Any, Any, None]:
    """Start the cycle of each order as it arrives, for a number of days."""
    number = 0
    for day in range(days):
        for arrival in company.demand.arrivals(day):
            yield company.until(arrival)
            customer, channel, lines, value_minor = company.order_book[number]
            order = company.new_order(number, customer, channel, lines, value_minor)
            company.env.process(order_to_cash(company, order))
            number += 1
