"""Invoice delivery: the invoice travels to the customer, whose system may reject it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.section import INVOICE_CHANNELS
from o2c_sim.process import activity, open_items

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.invoice import Invoice

_READ_BY_SYSTEMS = ("portal", "e_invoice")


@dataclass(frozen=True, slots=True)
class InvoiceDeliveryPolicy:
    """How many days invoices travel, and how many are rejected; by channel number."""

    days: tuple[Draws, ...]
    rejection: Draws
    rejection_shares: tuple[float, ...]
    rejection_days: Draws


def invoice_delivery_policy(model: CompanyModel, streams: Streams) -> InvoiceDeliveryPolicy:
    """Compile what the model's billing section says of invoices on their way."""
    section = model.billing
    days = section.delivery_days.value
    return InvoiceDeliveryPolicy(
        # One draw per invoice whatever the channel: the same invoice has the same luck in each.
        days=tuple(
            streams.draws("billing.delivery", days.get(name, days["e_invoice"]).quantile)
            for name in INVOICE_CHANNELS
        ),
        rejection=streams.draws("billing.rejection"),
        rejection_shares=tuple(
            section.rejection_share.value if name in _READ_BY_SYSTEMS else 0.0
            for name in INVOICE_CHANNELS
        ),
        rejection_days=streams.draws(
            "billing.rejection_days", section.rejection_days.value.quantile
        ),
    )


def send(company: Company, invoice: Invoice) -> Generator[Any, Any, None]:
    """Send the invoice; it is with the customer some days later.

    What the customer's system rejects has not reached anybody who would pay: it is corrected and
    sent again.
    """
    policy, channel, sent = company.invoice_delivery, invoice.customer.invoice_channel, None
    travel = policy.days[channel].of(invoice.luck)
    if travel > 0:
        sent = company.env.now
        yield company.after(travel * DAY)
    company.record(activity.SEND_INVOICE, invoice.number, sent)
    share = policy.rejection_shares[channel]
    if share and policy.rejection.of(invoice.luck) < share:
        yield from send_again(company, invoice)
    company.stages.schedule_notice(company, invoice)


def send_again(company: Company, invoice: Invoice) -> Generator[Any, Any, None]:
    """Wait for the rejection of an invoice, correct it and send it once more.

    It keeps its number and its date; the terms count from now, since nothing valid was received
    before.
    """
    yield company.after(company.invoice_delivery.rejection_days.of(invoice.luck) * DAY)
    company.record(activity.REJECT_INVOICE, invoice.number)
    minutes = company.billing.correction_minutes.of(invoice.luck)
    start, person = yield company.billing_desk.work(minutes * MINUTE)
    company.record(activity.SEND_INVOICE, invoice.number, start, person)
    due_day = company.today() + invoice.terms_days
    if due_day != invoice.due_day:
        open_items.move_due_day(invoice, due_day)
        company.documents.move_due_day(invoice.number, company.env.now, due_day)
