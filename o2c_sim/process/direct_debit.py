"""Direct debit: the company draws the money on the due date; some debits come back."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, open_items, payment
from o2c_sim.process.customers import DIRECT_DEBIT
from o2c_sim.process.demand import MINOR_UNITS

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.invoice import Invoice, Payment


@dataclass(frozen=True, slots=True)
class DirectDebitPolicy:
    """Which debits come back, when, and at what charge."""

    returned: Draws
    return_share: float
    return_days: Draws
    fee_minor: int


def direct_debit_policy(model: CompanyModel, streams: Streams) -> DirectDebitPolicy:
    """Compile what the model says of returned direct debits."""
    section = model.customers
    return DirectDebitPolicy(
        returned=streams.draws("direct_debit.returned"),
        return_share=section.direct_debit_return_share.value,
        return_days=streams.draws(
            "direct_debit.days", section.direct_debit_return_days.value.quantile
        ),
        fee_minor=round(section.direct_debit_return_fee.value * MINOR_UNITS),
    )


def comes_back(company: Company, paid: Payment) -> bool:
    """Return whether the customer's bank will return a payment."""
    policy = company.direct_debit
    return paid.method == DIRECT_DEBIT and policy.returned.of(paid.luck) < policy.return_share


def come_back(company: Company, paid: Payment) -> Generator[Any, Any, list[Invoice]]:
    """Wait until the bank returns a debit, and open its invoices again.

    The customer pays them by itself some days later, if it still pays at all.

    Returns
    -------
    list of Invoice
        What is open again.
    """
    policy = company.direct_debit
    yield company.after(policy.return_days.of(paid.luck) * DAY)
    now = company.env.now
    reopened = dict(company.ledger.return_payment(now, paid.number))
    company.record(activity.RETURN_PAYMENT, paid.number, amount_minor=paid.amount_minor)
    if policy.fee_minor:
        company.ledger.charge_fee(now, paid.number, policy.fee_minor)
    invoices = [item.invoice for item in paid.remittance if item.invoice.number in reopened]
    for invoice in invoices:
        open_items.reopen(invoice, reopened[invoice.number])
        invoice.paid_by = -1
        if invoice.customer.insolvent:
            invoice.sends_at = inf
            continue
        days = company.remittance.rest_days.of(payment.nth_payment(invoice))
        payment.pay_at(invoice, payment.in_pay_run(company, invoice.customer, now + days * DAY))
    return invoices
