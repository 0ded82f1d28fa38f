"""One open invoice until it is paid or given up: whatever comes next happens next."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from o2c_sim.process import collections, disputes, dunning, payment, write_off

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Invoice


def follow(company: Company, invoice: Invoice) -> Generator[Any, Any, int | None]:
    """Follow an invoice from its arrival at the customer to the payment.

    The customer pays on a day that terms, habit and payment run give; reminders and calls bring
    that day forward, a dispute puts it off. Each time the earliest of these events comes true.

    Returns the number of the payment, or None when the invoice is written off.
    """
    payment.plan(company, invoice)
    disputes.foresee(company, invoice)
    collections.schedule_call(company, invoice)
    write_off.schedule(company, invoice)
    while True:
        booked_at = payment.booked_at(company, invoice)
        next_at = min(
            booked_at,
            invoice.dispute_at,
            invoice.dunning_at,
            invoice.call_at,
            invoice.gives_up_at,
        )
        yield company.until(next_at)
        if next_at == booked_at:
            return payment.book(company, invoice)
        if next_at == invoice.dispute_at:
            yield from disputes.settle(company, invoice)
            write_off.schedule(company, invoice)
        elif next_at == invoice.dunning_at:
            dunning.remind(company, invoice)
        elif next_at == invoice.call_at:
            yield from collections.call(company, invoice)
        else:
            write_off.write_off(company, invoice)
            return None
