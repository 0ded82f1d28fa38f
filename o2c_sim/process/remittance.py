"""Remittance: what a customer sends (all, less a discount, short, a part), and the money's way."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final

from o2c_sim.engine import Clock, Draws, RunCalendar, Streams
from o2c_sim.engine.clock import DAY
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.section import PAYMENT_METHODS
from o2c_sim.process import activity, payment, segments
from o2c_sim.process.calendars import system_run
from o2c_sim.process.customers import CARD, DIRECT_DEBIT, DRAWN
from o2c_sim.process.invoice import Invoice, Payment, Remitted

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order

_WIRE: Final = PAYMENT_METHODS.index("wire")


@dataclass(frozen=True, slots=True)
class RemittancePolicy:
    """What customers send, and its way; shares by segment number, float by method number."""

    discount_rate: float
    deviation: Draws
    short_shares: tuple[float, ...]
    short_fraction: Draws
    partial_shares: tuple[float, ...]
    partial_fraction: Draws
    rest_days: Draws
    duplicate: Draws
    duplicate_share: float
    duplicate_days: Draws
    float_days: tuple[Draws | None, ...]
    card_fee_share: float
    statement_run: RunCalendar


def remittance_policy(model: CompanyModel, streams: Streams, clock: Clock) -> RemittancePolicy:
    """Compile what the model says of the payments that customers send."""
    section = model.customers
    floats = section.payment_float_days.value
    by_segment = segments.settings(section)
    return RemittancePolicy(
        discount_rate=section.discount_rate.value,
        deviation=streams.draws("remittance.deviation"),
        short_shares=tuple(own.short_payment_share.value for own in by_segment),
        short_fraction=streams.draws(
            "remittance.short", section.short_payment_fraction.value.quantile
        ),
        partial_shares=tuple(own.partial_payment_share.value for own in by_segment),
        partial_fraction=streams.draws(
            "remittance.partial", section.partial_payment_fraction.value.quantile
        ),
        rest_days=streams.draws("remittance.rest", section.rest_days.value.quantile),
        duplicate=streams.draws("remittance.duplicate"),
        duplicate_share=section.duplicate_payment_share.value,
        duplicate_days=streams.draws(
            "remittance.duplicate_days", section.duplicate_payment_days.value.quantile
        ),
        float_days=tuple(
            streams.draws("payment.float", floats[name].quantile) if name in floats else None
            for name in PAYMENT_METHODS
        ),
        card_fee_share=section.card_fee_share.value,
        statement_run=system_run(model.cash_application.statement_run.value, model, clock),
    )


def remit(company: Company, invoice: Invoice) -> Remitted:
    """Return what the customer sends for an invoice that it pays now.

    Only a first payment is less than what is open. A customer sends at least a cent.
    """
    policy, customer, luck = company.remittance, invoice.customer, invoice.luck
    owed_minor = invoice.open_minor
    invoice.payments += 1
    if invoice.payments > 1 or customer.method in DRAWN:
        return Remitted(invoice, owed_minor)
    short_share = policy.short_shares[customer.segment]
    partial_share = policy.partial_shares[customer.segment]
    if short_share or partial_share:
        # The two ends of one draw, so that a larger share of either leaves the other alone.
        draw = policy.deviation.of(luck)
        if draw < short_share:
            owed_minor -= min(round(owed_minor * policy.short_fraction.of(luck)), owed_minor - 1)
            invoice.short_paid = True
        elif draw >= 1 - partial_share:
            part_minor = round(owed_minor * policy.partial_fraction.of(luck))
            return Remitted(invoice, max(part_minor, 1))
    if invoice.takes_discount:
        rate = policy.discount_rate
    else:
        rate = payment.dynamic_discount_rate(company, invoice)
    if not rate:
        return Remitted(invoice, owed_minor)
    discount_minor = min(round(invoice.open_minor * rate), owed_minor - 1)
    return Remitted(invoice, owed_minor - discount_minor, discount_minor)


def plan_rest(company: Company, invoice: Invoice) -> None:
    """Settle, once a payment is posted, what becomes of the rest that it has left open.

    A deduction is disputed at once; any other rest is paid some days later.
    """
    if not invoice.open_minor or invoice.in_transit:
        return
    if invoice.customer.insolvent:
        invoice.sends_at = inf
        return
    now = company.env.now
    days = company.remittance.rest_days.of(payment.nth_payment(invoice))
    rest_at = payment.in_pay_run(company, invoice.customer, now + days * DAY)
    payment.pay_at(invoice, max(rest_at, now))
    if invoice.short_paid and invoice.payments == 1:
        invoice.dispute_at = now


def send(company: Company, invoice: Invoice) -> tuple[Payment, float]:
    """Send the payment for an invoice and all that the customer pays with it.

    Returns
    -------
    Payment
        What is on its way.
    float
        When the bank statement will show it, simulation seconds.
    """
    customer, now = invoice.customer, company.env.now
    together = [invoice]
    invoice.in_transit = True
    if customer.bundles_payments:
        for other in customer.to_pay.pop(invoice.sends_at, []):
            # An invoice may be there twice, or have moved to another day since.
            if other.sends_at == invoice.sends_at and _payable(other):
                other.in_transit = True
                together.append(other)
    luck, method = payment.nth_payment(invoice), customer.method
    if method == DIRECT_DEBIT and invoice.payments:
        # What a debit has not brought, or what came back, the customer pays by itself.
        method = _WIRE
    items = [remit(company, paid) for paid in together]
    sent = Payment(customer, luck, method, items, now)
    return sent, on_statement(company, sent)


def send_again(company: Company, sent: Payment) -> tuple[Payment, float]:
    """Send the same payment once more, by mistake; see :func:`send`."""
    items = [Remitted(item.invoice, item.amount_minor) for item in sent.remittance]
    copy = Payment(sent.customer, sent.luck, sent.method, items, company.env.now)
    return copy, on_statement(company, copy)


def on_statement(company: Company, sent: Payment) -> float:
    """Return when the bank statement will show a payment that is sent now."""
    policy, arrives_at = company.remittance, company.env.now
    float_days = policy.float_days[sent.method]
    if float_days is not None:
        arrives_at += float_days.of(sent.luck) * DAY
    return policy.statement_run.next(arrives_at)


def _payable(invoice: Invoice) -> bool:
    return invoice.open_minor > 0 and not invoice.in_transit and not invoice.disputed


def book(company: Company, paid: Payment, prepaid: Order | None = None) -> None:
    """Book the payment that the bank statement shows; for an order if it is paid in advance."""
    documents, ledger, now = company.documents, company.ledger, company.env.now
    paid.number = documents.new_payment(paid.customer.number, paid.amount_minor, paid.method)
    if prepaid is not None:
        documents.new_prepayment(paid.number, prepaid.number)
    for item in paid.remittance:
        entry = documents.new_application(paid.number, item.invoice.number)
        if paid.first_entry < 0:
            paid.first_entry = entry
    ledger.receive_cash(now, paid.number, paid.amount_minor)
    company.record(activity.RECEIVE_PAYMENT, paid.number, amount_minor=paid.amount_minor)
    if paid.method == CARD:
        fee_minor = round(paid.amount_minor * company.remittance.card_fee_share)
        if fee_minor:
            ledger.charge_fee(now, paid.number, fee_minor)


def is_sent_twice(company: Company, paid: Payment) -> bool:
    """Return whether the customer will send this payment once more by mistake."""
    policy = company.remittance
    return (
        policy.duplicate_share > 0
        and paid.method not in DRAWN
        and policy.duplicate.of(paid.luck) < policy.duplicate_share
    )
