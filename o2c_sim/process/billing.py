"""Billing: what is ready goes into the customer's next run, which makes the invoice.

A few deliveries are blocked for billing until a biller has looked at them. A few invoices are
wrong: what the company finds itself is cancelled and made anew before it is sent; what the
customer finds is a dispute.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from o2c_sim.engine import Clock, Draws, RunCalendar, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, claims, open_items, prepayment
from o2c_sim.process.calendars import system_run
from o2c_sim.process.invoice import Invoice
from o2c_sim.process.order import Delivery, Luck

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.customers import Customer

# The draws of an invoice made in the place of a cancelled one: far from those of other invoices.
_REPLACEMENT: Final = 32


@dataclass(frozen=True, slots=True)
class BillingPolicy:
    """When invoices are made, which deliveries are blocked and which invoices are wrong.

    Attributes
    ----------
    runs
        By number of the customer's billing run: daily, weekly, monthly.
    after_delivery
        Whether the goods must be with the customer first.
    ready_days
        Until a delivery can be billed; None if it can at once.
    tax_share
        Tax on the net value.
    """

    runs: tuple[RunCalendar, ...]
    after_delivery: bool
    ready_days: Draws | None
    tax_share: float
    block: Draws
    block_share: float
    block_days: Draws
    block_minutes: Draws
    error: Draws
    error_share: float
    found_share: float
    correction_minutes: Draws

    def tax_minor(self, net_minor: int) -> int:
        """Return the tax on a net value, minor units."""
        return round(net_minor * self.tax_share) if self.tax_share else 0


def billing_policy(model: CompanyModel, streams: Streams, clock: Clock) -> BillingPolicy:
    """Compile the model's billing section."""
    section = model.billing
    runs = (section.daily_run, section.weekly_run, section.monthly_run)
    ready = section.ready_days.value
    return BillingPolicy(
        runs=tuple(system_run(run.value, model, clock) for run in runs),
        after_delivery=section.trigger.value == "proof_of_delivery",
        ready_days=streams.draws("billing.ready", ready.quantile) if ready.highest() > 0 else None,
        tax_share=section.tax_share.value,
        block=streams.draws("billing.block"),
        block_share=section.block_share.value,
        block_days=streams.draws("billing.block_days", section.block_days.value.quantile),
        block_minutes=streams.draws(
            "billing.block_touch", section.block_touch_minutes.value.quantile
        ),
        error=streams.draws("billing.error"),
        error_share=section.error_share.value,
        found_share=section.error_found_share.value,
        correction_minutes=streams.draws(
            "billing.correction", section.correction_touch_minutes.value.quantile
        ),
    )


def bill(company: Company, delivery: Delivery) -> Generator[Any, Any, Invoice | None]:
    """Bill a delivery in the customer's next run; return the invoice that is to be sent.

    Returns None when the delivery goes onto a collective invoice that another one has begun.
    """
    policy, customer = company.billing, delivery.customer
    if policy.after_delivery and delivery.delivered_at > company.env.now:
        yield company.until(delivery.delivered_at)
    if policy.ready_days is not None:
        yield company.after(policy.ready_days.of(delivery.luck) * DAY)
    if policy.block_share and policy.block.of(delivery.luck) < policy.block_share:
        yield from hold(company, delivery)
    run_at = policy.runs[customer.billing_run].next(company.env.now)
    deliveries = [delivery]
    collective = customer.collective_invoice
    if collective:
        if run_at in customer.to_bill:
            customer.to_bill[run_at].append(delivery)
            return None
        customer.to_bill[run_at] = deliveries
    yield run_at
    if collective:
        del customer.to_bill[run_at]
    invoice = create_invoice(company, deliveries)
    if invoice.wrong and _is_found(company, invoice):
        return (yield from correct(company, invoice))
    return invoice


def hold(company: Company, delivery: Delivery) -> Generator[Any, Any, None]:
    """Keep a delivery from being billed until a biller has removed the block."""
    policy, luck = company.billing, delivery.luck
    company.record(activity.SET_BILLING_BLOCK, delivery.number)
    yield company.after(policy.block_days.of(luck) * DAY)
    start, person = yield company.billing_desk.work(policy.block_minutes.of(luck) * MINUTE)
    company.record(activity.REMOVE_BILLING_BLOCK, delivery.number, start, person)


def create_invoice(company: Company, deliveries: list[Delivery]) -> Invoice:
    """Create one invoice for some deliveries; its due date counts from today."""
    policy, customer, order = company.billing, deliveries[0].customer, deliveries[0].parts[0].order
    net_minor, numbers, luck = 0, [], (order.number, order.invoices)
    for delivery in deliveries:
        net_minor += delivery.value_minor
        numbers.append(delivery.number)
    invoice = _issue(company, customer, luck, numbers, net_minor, policy.tax_minor(net_minor))
    order.invoices += 1
    for delivery in deliveries:
        delivery.invoice = invoice
    open_items.add(invoice, net_minor)
    if company.disputes.cause_share:
        invoice.claim = claims.found_in(deliveries)
    if policy.error_share:
        invoice.wrong = policy.error.of(luck) < policy.error_share
    if customer.has_prepaid:
        prepayment.settle(company, invoice, deliveries)
    return invoice


def correct(company: Company, invoice: Invoice) -> Generator[Any, Any, Invoice]:
    """Let a biller put a wrong invoice right that is not sent yet; return the new one.

    Goods may have come back meanwhile: of what is credited in full nothing is left to put right.
    """
    minutes = company.billing.correction_minutes.of(invoice.luck)
    start, person = yield company.billing_desk.work(minutes * MINUTE)
    if not can_be_reissued(company, invoice):
        return invoice
    return reissue(company, invoice, start, person)


def can_be_reissued(company: Company, invoice: Invoice) -> bool:
    """Return whether an invoice can be cancelled: nothing of it is paid, or about to be."""
    return (
        invoice.open_minor > 0
        and not invoice.in_transit
        and not company.ledger.paid_minor(invoice.number)
    )


def reissue(
    company: Company, invoice: Invoice, start: float | None = None, person: int = 0
) -> Invoice:
    """Cancel an invoice and make a new one, without error, for what is open of it.

    The new invoice bills the same deliveries and is due the customer's terms from today. Whoever
    follows the cancelled one sends and follows the new one next, so this is for the process that
    is busy with the invoice (a dispute), or before the invoice is sent.

    Parameters
    ----------
    company, invoice
        The invoice; see :func:`can_be_reissued`.
    start, person
        When somebody began to cancel it, simulation seconds, and who; nobody by default.

    Returns
    -------
    Invoice
        The new one.

    Raises
    ------
    LedgerError
        If the invoice cannot be cancelled.
    """
    documents, (order, turn) = company.documents, invoice.luck
    gross_minor = company.ledger.cancel_invoice(company.env.now, invoice.number)
    open_items.reduce(invoice, gross_minor)
    company.record(activity.CANCEL_INVOICE, invoice.number, start, person, gross_minor)
    net_minor = round(gross_minor / (1 + company.billing.tax_share))
    luck = (order, turn + _REPLACEMENT)
    deliveries = documents.deliveries_of(invoice.number)
    customer, tax_minor = invoice.customer, gross_minor - net_minor
    new = _issue(company, customer, luck, deliveries, net_minor, tax_minor)
    open_items.add(new, 0)
    documents.replace_invoice(invoice.number, new.number)
    new.claim, invoice.replacement = invoice.claim, new
    return new


def standing(invoice: Invoice) -> Invoice:
    """Return an invoice, or the one that has taken its place in the end."""
    while invoice.replacement is not None:
        invoice = invoice.replacement
    return invoice


def _issue(
    company: Company,
    customer: Customer,
    luck: Luck,
    deliveries: list[int],
    net_minor: int,
    tax_minor: int,
) -> Invoice:
    """Register, post and record an invoice of today."""
    now, due_day = company.env.now, company.today() + customer.terms_days
    gross_minor = net_minor + tax_minor
    number = company.documents.new_invoice(deliveries, customer.number, now, gross_minor, due_day)
    company.ledger.post_invoice(now, number, gross_minor, tax_minor)
    company.record(activity.CREATE_INVOICE, number, amount_minor=gross_minor)
    return Invoice(number, customer, luck, gross_minor, due_day)


def _is_found(company: Company, invoice: Invoice) -> bool:
    """Return whether the company finds an error itself before the invoice is sent."""
    policy = company.billing
    found = policy.error.of(invoice.luck) < policy.error_share * policy.found_share
    return found and can_be_reissued(company, invoice)
