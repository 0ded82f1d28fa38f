"""Recovery: what agency, insurer or a late payer still bring of an invoice written off."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, payment, remittance
from o2c_sim.process.invoice import Payment

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.invoice import Invoice


@dataclass(frozen=True, slots=True)
class RecoveryPolicy:
    """What goes to an agency, what it brings, and what the insurer pays.

    Attributes
    ----------
    ages_days, collectability
        Days overdue, rising, and the share of invoices of that age that an agency recovers.
    """

    referral: Draws
    agency_share: float
    success: Draws
    ages_days: tuple[float, ...]
    collectability: tuple[float, ...]
    agency_days: Draws
    agency_fee_share: float
    cover_share: float
    insurance_days: Draws

    def collectable_share(self, age_days: float) -> float:
        """Return the share of invoices so many days overdue that an agency recovers."""
        return float(np.interp(age_days, self.ages_days, self.collectability))


def recovery_policy(model: CompanyModel, streams: Streams) -> RecoveryPolicy:
    """Compile what the model says of agency and insurance."""
    section, table = model.write_off, sorted(model.write_off.collectability_shares.value.items())
    return RecoveryPolicy(
        referral=streams.draws("recovery.referral"),
        agency_share=section.agency_share.value,
        success=streams.draws("recovery.success"),
        ages_days=tuple(age for age, _ in table),
        collectability=tuple(share for _, share in table),
        agency_days=streams.draws("recovery.agency", section.agency_days.value.quantile),
        agency_fee_share=section.agency_fee_share.value,
        cover_share=model.credit.insurance_cover_share.value,
        insurance_days=streams.draws("recovery.insurance", section.insurance_days.value.quantile),
    )


def pursue(company: Company, invoice: Invoice, amount_minor: int) -> None:
    """Claim what has just been written off from the insurer, or refer it to an agency.

    A customer who meant to pay later still does, unless the agency is sooner. What the insurer
    has paid for is the insurer's then.
    """
    policy, customer, luck = company.recovery, invoice.customer, invoice.luck
    if customer.insured:
        covered_minor = round(amount_minor * policy.cover_share)
        if covered_minor:
            company.start(_claim(company, invoice, covered_minor))
        amount_minor -= covered_minor
    elif not customer.insolvent and policy.referral.of(luck) < policy.agency_share:
        company.record(activity.REFER_TO_AGENCY, invoice.number)
        age_days = company.today() - invoice.due_day
        has_it_at = company.env.now + policy.agency_days.of(luck) * DAY
        succeeds = policy.success.of(luck) < policy.collectable_share(age_days)
        if succeeds and has_it_at <= invoice.sends_at:
            company.start(_recover(company, invoice, amount_minor, has_it_at))
            return
    if amount_minor and invoice.sends_at < inf:
        company.start(_pay_late(company, invoice, amount_minor))


def _claim(company: Company, invoice: Invoice, amount_minor: int) -> Generator[Any, Any, None]:
    """Wait until the insurer pays its part of the loss."""
    yield company.after(company.recovery.insurance_days.of(invoice.luck) * DAY)
    company.ledger.claim_insurance(company.env.now, invoice.number, amount_minor)
    company.record(activity.RECORD_RECOVERY, invoice.number, amount_minor=amount_minor)


def _recover(
    company: Company, invoice: Invoice, amount_minor: int, time: float
) -> Generator[Any, Any, None]:
    """Wait until the agency has the money; it keeps its fee."""
    yield company.until(time)
    fee_minor = round(amount_minor * company.recovery.agency_fee_share)
    company.ledger.recover(company.env.now, invoice.number, amount_minor, fee_minor)
    company.record(activity.RECORD_RECOVERY, invoice.number, amount_minor=amount_minor)


def _pay_late(company: Company, invoice: Invoice, amount_minor: int) -> Generator[Any, Any, None]:
    """Let the customer pay what was given up, on the day that it had in mind all the time."""
    customer = invoice.customer
    yield company.until(invoice.sends_at)
    if customer.insolvent:
        return
    luck = payment.nth_payment(invoice)
    sent = Payment(customer, luck, customer.method, [], company.env.now)
    yield company.until(remittance.on_statement(company, sent))
    company.ledger.recover(company.env.now, invoice.number, amount_minor)
    company.record(activity.RECORD_RECOVERY, invoice.number, amount_minor=amount_minor)
