"""Cash application: a payment finds its invoice, by itself or by hand."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, dunning

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Invoice


@dataclass(frozen=True, slots=True)
class CashApplicationPolicy:
    """How payments are matched."""

    match: Draws
    auto_match_share: float
    research_days: Draws
    touch_minutes: Draws


def cash_application_policy(model: CompanyModel, streams: Streams) -> CashApplicationPolicy:
    """Compile the model's cash-application section."""
    section = model.cash_application
    return CashApplicationPolicy(
        match=streams.draws("cash_application.match"),
        auto_match_share=section.auto_match_share.value,
        research_days=streams.draws(
            "cash_application.research", section.research_wait_days.value.quantile
        ),
        touch_minutes=streams.draws("cash_application.touch", section.touch_minutes.value.quantile),
    )


def apply(company: Company, invoice: Invoice, payment: int) -> Generator[Any, Any, None]:
    """Apply the payment to its invoice and clear it.

    A payment that does not match by itself waits until its remittance is found and a person
    posts it; until then the invoice stays open, counts against the credit limit and may be
    reminded.
    """
    policy, order = company.cash_application, invoice.order
    if policy.match(order.number) < policy.auto_match_share:
        company.record(activity.CLEAR_INVOICE, payment)
    else:
        found_at = company.env.now + policy.research_days(order.number) * DAY
        yield from dunning.wait_until(company, invoice, found_at)
        done = company.cash_desk.work(policy.touch_minutes(order.number) * MINUTE)
        start, person = yield from dunning.wait_for(company, invoice, done)
        company.record(activity.CLEAR_INVOICE, payment, start, company.cash_desk_names + person)
    company.ledger.apply_cash(company.env.now, invoice.number, invoice.open_minor)
    company.close_invoice(invoice)
