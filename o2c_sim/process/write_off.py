"""Write-off: a run gives up what is unpaid for too long, and rests too small to pursue."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf
from typing import TYPE_CHECKING

from o2c_sim.engine import Clock, RunCalendar
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, open_items, recovery
from o2c_sim.process.calendars import system_run
from o2c_sim.process.products import MINOR_UNITS

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.invoice import Invoice


@dataclass(frozen=True, slots=True)
class WriteOffPolicy:
    """When unpaid invoices are given up, and what is too small to pursue, minor units.

    ``after_days`` is at least 1.
    """

    run: RunCalendar
    after_days: int
    small_minor: float


def write_off_policy(model: CompanyModel, clock: Clock) -> WriteOffPolicy:
    """Compile the model's write-off section."""
    section = model.write_off
    return WriteOffPolicy(
        run=system_run(section.run.value, model, clock),
        after_days=max(ceil(section.after_days.value), 1),
        small_minor=section.small_balance_value.value * MINOR_UNITS,
    )


def schedule(company: Company, invoice: Invoice) -> None:
    """Put the invoice into the first run, from now, after the policy's days overdue."""
    policy = company.write_off
    overdue = company.clock.midnight(invoice.due_day + policy.after_days)
    invoice.gives_up_at = policy.run.next(max(overdue, company.env.now))


def may_drop_rest(company: Company, invoice: Invoice) -> None:
    """Give up in the next run what a short payment has left, if it is small.

    Nobody asks for it any more, and the customer, who has deducted it, does not pay it.
    """
    if not invoice.short_paid or invoice.payments != 1 or invoice.in_transit:
        return
    if 0 < invoice.open_minor <= company.write_off.small_minor:
        invoice.sends_at = invoice.dispute_at = invoice.dunning_at = invoice.call_at = inf
        invoice.gives_up_at = company.write_off.run.next(company.env.now)


def write_off(company: Company, invoice: Invoice) -> None:
    """Write off what is open on the invoice, and pursue it further if it is worth it."""
    amount_minor = company.ledger.write_off(company.env.now, invoice.number)
    open_items.reduce(invoice, amount_minor)
    company.record(activity.WRITE_OFF_INVOICE, invoice.number, amount_minor=amount_minor)
    if amount_minor > company.write_off.small_minor:
        recovery.pursue(company, invoice, amount_minor)
