"""Prepayment: some customers pay before they are delivered; the invoice is settled at once."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, cash_application, open_items, remittance
from o2c_sim.process.invoice import Payment

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.invoice import Invoice
    from o2c_sim.process.order import Delivery, Order


@dataclass(frozen=True, slots=True)
class PrepaymentPolicy:
    """How long customers take to pay in advance."""

    days: Draws


def prepayment_policy(model: CompanyModel, streams: Streams) -> PrepaymentPolicy:
    """Compile what the model says of prepayment."""
    return PrepaymentPolicy(
        streams.draws("prepayment.days", model.customers.prepayment_days.value.quantile)
    )


def obtain(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Ask for the order's value and wait until the money is in; an insolvent customer sends none.

    The payment says which order it is for, so it needs no matching.
    """
    customer = order.customer
    amount_minor = order.value_minor + company.billing.tax_minor(order.value_minor)
    company.record(activity.REQUEST_PREPAYMENT, order.number, amount_minor=amount_minor)
    yield company.after(company.prepayment.days.at(order.number) * DAY)
    if customer.insolvent:
        return
    paid = Payment(customer, (order.number, 0), customer.method, [], company.env.now)
    paid.amount_minor = amount_minor
    yield company.until(remittance.on_statement(company, paid))
    remittance.book(company, paid, order)
    order.prepayment = paid
    refund_excess(company, order)


def settle(company: Company, invoice: Invoice, deliveries: list[Delivery]) -> None:
    """Apply to a new invoice what the customer has paid in advance for its orders."""
    billed_minor: dict[Order, int] = {}
    for delivery in deliveries:
        for part in delivery.parts:
            billed_minor[part.order] = billed_minor.get(part.order, 0) + part.value_minor()
    total_minor = sum(billed_minor.values())
    for order, value_minor in billed_minor.items():
        order.billed_minor += value_minor
        paid = order.prepayment
        if paid is None:
            continue
        # Of an invoice for several orders, each prepayment settles its own part, rounded up.
        own_minor = -(-invoice.amount_minor * value_minor // total_minor)
        left_minor = company.ledger.unapplied_minor(paid.number)
        amount_minor = min(left_minor, invoice.open_minor, own_minor)
        if amount_minor:
            entry = company.documents.new_application(paid.number, invoice.number, later=True)
            company.ledger.apply_cash(company.env.now, paid.number, invoice.number, amount_minor)
            open_items.reduce(invoice, amount_minor)
            invoice.paid_by = paid.number
            kind = activity.APPLY_PAYMENT if invoice.open_minor else activity.CLEAR_INVOICE
            company.record(kind, entry, amount_minor=amount_minor)
        refund_excess(company, order)


def refund_excess(company: Company, order: Order) -> None:
    """Refund what is left of a prepayment once all that remains of the order is billed."""
    paid = order.prepayment
    if paid is None or order.billed_minor < order.value_minor:
        return
    left_minor = company.ledger.unapplied_minor(paid.number)
    order.prepayment = None
    if left_minor:
        company.start(cash_application.refund(company, paid, left_minor))
