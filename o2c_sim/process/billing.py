"""Billing: the run makes the invoice, receivables open, the invoice travels to the customer."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Clock, Draws, RunCalendar, Streams
from o2c_sim.engine.clock import DAY
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.section import INVOICE_CHANNELS
from o2c_sim.process import activity, dunning
from o2c_sim.process.calendars import run_calendar
from o2c_sim.process.order import Invoice

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order


@dataclass(frozen=True, slots=True)
class BillingPolicy:
    """When invoices are made, and how many days they travel by channel number."""

    daily_run: RunCalendar
    weekly_run: RunCalendar
    delivery_days: tuple[Draws, ...]


def billing_policy(model: CompanyModel, streams: Streams, clock: Clock) -> BillingPolicy:
    """Compile the model's billing section."""
    section = model.billing
    return BillingPolicy(
        daily_run=run_calendar(section.daily_run.value, clock),
        weekly_run=run_calendar(section.weekly_run.value, clock),
        delivery_days=tuple(
            streams.draws("billing.delivery", section.delivery_days.value[name].quantile)
            for name in INVOICE_CHANNELS
        ),
    )


def bill(company: Company, order: Order, delivery: int) -> Generator[Any, Any, Invoice]:
    """Bill a delivery in the customer's next run and send the invoice.

    The due date counts from the invoice date; the invoice is with the customer some days later.
    """
    policy, customer = company.billing, order.customer
    run = policy.weekly_run if customer.weekly_invoice else policy.daily_run
    yield company.until(run.next(company.env.now))
    due_day = company.today() + customer.terms_days
    number = company.documents.new_invoice(
        delivery, order.number, company.env.now, order.value_minor, due_day
    )
    invoice = Invoice(number, order, order.value_minor, due_day)
    company.ledger.post_invoice(company.env.now, number, order.value_minor)
    customer.due_days[number] = due_day
    company.record(activity.CREATE_INVOICE, number)
    sent = company.env.now
    travel = policy.delivery_days[customer.invoice_channel](order.number)
    if travel > 0:
        yield company.after(travel * DAY)
    dunning.schedule_notice(company, invoice)
    company.record(activity.SEND_INVOICE, number, sent)
    return invoice
