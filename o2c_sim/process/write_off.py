"""Write-off: an invoice unpaid for too long is given up in a run."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from o2c_sim.engine import Clock, RunCalendar
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity
from o2c_sim.process.calendars import run_calendar

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Invoice


@dataclass(frozen=True, slots=True)
class WriteOffPolicy:
    """When unpaid invoices are given up."""

    run: RunCalendar
    after_days: int


def write_off_policy(model: CompanyModel, clock: Clock) -> WriteOffPolicy:
    """Compile the model's write-off section."""
    section = model.write_off
    return WriteOffPolicy(run_calendar(section.run.value, clock), ceil(section.after_days.value))


def schedule(company: Company, invoice: Invoice) -> None:
    """Put the invoice into the first run, from now, after the policy's days overdue."""
    policy = company.write_off
    overdue = company.clock.midnight(invoice.due_day + max(policy.after_days, 1))
    invoice.gives_up_at = policy.run.next(max(overdue, company.env.now))


def write_off(company: Company, invoice: Invoice) -> None:
    """Write off what is open on the invoice."""
    amount_minor = company.ledger.write_off(company.env.now, invoice.number)
    company.documents.note_write_off(invoice.number, amount_minor)
    company.close_invoice(invoice)
    company.record(activity.WRITE_OFF_INVOICE, invoice.number)
