"""Disputes: the customer contests an invoice; nothing moves until somebody has decided."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, dunning

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Invoice


@dataclass(frozen=True, slots=True)
class DisputePolicy:
    """How disputes arise and end."""

    arises: Draws
    notice_days: Draws
    investigation_days: Draws
    touch_minutes: Draws
    credited: Draws
    credited_share: float
    credited_fraction: Draws
    settle_days: Draws


def dispute_policy(model: CompanyModel, streams: Streams) -> DisputePolicy:
    """Compile the model's dispute section; customers carry their own propensity."""
    section = model.disputes

    return DisputePolicy(
        arises=streams.draws("dispute.arises"),
        notice_days=streams.draws("dispute.notice", section.notice_days.value.quantile),
        investigation_days=streams.draws(
            "dispute.investigation", section.investigation_days.value.quantile
        ),
        touch_minutes=streams.draws("dispute.touch", section.touch_minutes.value.quantile),
        credited=streams.draws("dispute.credited"),
        credited_share=section.credited_share.value,
        credited_fraction=streams.draws(
            "dispute.fraction", section.credited_fraction.value.quantile
        ),
        settle_days=streams.draws("dispute.settle", section.settle_days.value.quantile),
    )


def foresee(company: Company, invoice: Invoice) -> None:
    """Decide, as the invoice arrives, whether and when the customer will object.

    Nobody objects to what is paid already: a customer who pays sooner than that objects on
    looking at the invoice to pay it.
    """
    policy, number = company.disputes, invoice.order.number
    if policy.arises(number) >= invoice.order.customer.dispute_propensity:
        return
    objects_at = company.env.now + policy.notice_days(number) * DAY
    invoice.dispute_at = min(objects_at, max(invoice.sends_at - DAY, company.env.now))


def settle(company: Company, invoice: Invoice) -> Generator[Any, Any, None]:
    """Take a dispute from the objection to the decision.

    The analyst gathers the facts and decides: a credit memo for a part, or nothing. Meanwhile
    the customer pays nothing, and neither dunning nor collectors touch the invoice.
    """
    policy, number = company.disputes, invoice.order.number
    invoice.dispute_at = inf
    invoice.disputed = True
    company.record(activity.OPEN_DISPUTE, invoice.number)
    yield company.after(policy.investigation_days(number) * DAY)
    start, person = yield company.dispute_desk.work(policy.touch_minutes(number) * MINUTE)
    company.record(
        activity.RESOLVE_DISPUTE, invoice.number, start, company.dispute_desk_names + person
    )
    if policy.credited(number) < policy.credited_share:
        credit(company, invoice, policy.credited_fraction(number))
    invoice.disputed = False
    settled_at = company.env.now + policy.settle_days(number) * DAY
    if invoice.sends_at < inf:
        invoice.sends_at = max(invoice.sends_at, settled_at)
    if invoice.dunning_at < company.env.now:
        dunning.schedule_notice(company, invoice)
    invoice.call_at = max(invoice.call_at, settled_at)


def credit(company: Company, invoice: Invoice, fraction: float) -> None:
    """Credit a part of what is open, if it comes to a cent; something stays to be paid."""
    amount_minor = min(round(invoice.open_minor * fraction), invoice.open_minor - 1)
    if amount_minor < 1:
        return
    company.ledger.credit(company.env.now, invoice.number, amount_minor)
    company.documents.new_credit_memo(invoice.number, amount_minor)
    invoice.open_minor -= amount_minor
    invoice.order.customer.exposure_minor -= amount_minor
    company.record(activity.CREATE_CREDIT_MEMO, invoice.number)
