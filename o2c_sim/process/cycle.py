"""The order-to-cash cycle: one order stage by stage, and the company that lives through many."""

from __future__ import annotations

import gc
from collections.abc import Generator
from typing import Any

from o2c_sim.engine import Clock, Streams
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import (
    allocation,
    billing,
    capture,
    cash_application,
    credit,
    fulfilment,
    receivable,
)
from o2c_sim.process.company import Company
from o2c_sim.process.order import Order
from o2c_sim.process.policies import compile_policies


def order_to_cash(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Take one order from receipt to cash, cancellation or write-off."""
    yield from capture.enter(company, order)
    yield from capture.clarify(company, order)
    if not (yield from credit.check(company, order)):
        return
    allocation.confirm(company, order)
    delivery = yield from fulfilment.deliver(company, order)
    invoice = yield from billing.bill(company, order, delivery)
    received = yield from receivable.follow(company, invoice)
    if received is not None:
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


def found(model: CompanyModel, seed: int, replication: int) -> Company:
    """Return a company on its first midnight, without orders, debtors or stock of work.

    Parameters
    ----------
    model
        The company's description.
    seed, replication
        Address of its random draws.
    """
    streams, clock = Streams(seed, replication), Clock(model.start_date, model.zone)
    return Company(model, streams, clock, compile_policies(model, streams, clock))


def run(company: Company, days: int) -> None:
    """Run a new company for a number of local days."""
    company.env.process(receive_orders(company, days))
    # A run leaves no cycles of references behind, so looking for them is time lost.
    collecting = gc.isenabled()
    gc.disable()
    try:
        company.env.run(until=company.clock.midnight(days))
    finally:
        if collecting:
            gc.enable()
