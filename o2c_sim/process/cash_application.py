"""Cash application: a payment finds its invoices, by itself or by hand; the rest is refunded."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, direct_debit, dunning, open_items, payment
from o2c_sim.process.customers import DRAWN

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.invoice import Invoice, Payment


@dataclass(frozen=True, slots=True)
class CashApplicationPolicy:
    """How payments are matched."""

    match: Draws
    auto_match_share: float
    poor_remittance_odds_ratio: float
    further_invoice_odds_ratio: float
    research_days: Draws
    unidentified_share: float
    identification_days: Draws
    touch_minutes: Draws
    claims_unearned_discounts: bool
    refund_days: Draws


def cash_application_policy(model: CompanyModel, streams: Streams) -> CashApplicationPolicy:
    """Compile the model's cash-application section."""
    section = model.cash_application
    return CashApplicationPolicy(
        match=streams.draws("cash_application.match"),
        auto_match_share=section.auto_match_share.value,
        poor_remittance_odds_ratio=section.poor_remittance_odds_ratio.value,
        further_invoice_odds_ratio=section.further_invoice_odds_ratio.value,
        research_days=streams.draws(
            "cash_application.research", section.research_wait_days.value.quantile
        ),
        unidentified_share=section.unidentified_share.value,
        identification_days=streams.draws(
            "cash_application.identification", section.identification_days.value.quantile
        ),
        touch_minutes=streams.draws("cash_application.touch", section.touch_minutes.value.quantile),
        claims_unearned_discounts=section.unearned_discounts.value == "claim",
        refund_days=streams.draws("cash_application.refund", section.refund_days.value.quantile),
    )


def match_share(company: Company, paid: Payment) -> float:
    """Return the probability that a payment matches its invoices without a person.

    What the company draws itself always does. Poor remittances and further invoices multiply
    the odds.
    """
    policy = company.cash_application
    if paid.method in DRAWN:
        return 1.0
    ratio = 1.0 if paid.customer.good_remittance else policy.poor_remittance_odds_ratio
    if len(paid.remittance) > 1:
        ratio *= policy.further_invoice_odds_ratio ** (len(paid.remittance) - 1)
    share = policy.auto_match_share
    return share if ratio == 1.0 else ratio * share / (1.0 - share + ratio * share)


def apply(company: Company, paid: Payment, leading: Invoice) -> Generator[Any, Any, None]:
    """Apply a payment to the invoices it is meant for.

    A payment that does not match by itself waits until its remittance is found and a person
    posts it; a few stay on account until somebody finds out what they are for. Until then its
    invoices stay open, count against the credit limit and may be reminded. *leading* is the
    invoice whose process sees to it; the others see to themselves.
    """
    policy, luck = company.cash_application, paid.luck
    start, person = company.env.now, 0
    draw, share = policy.match.of(luck), match_share(company, paid)
    if draw >= share:
        # The upper end of the same draw, so that better matching does not change which they are.
        unknown = draw >= 1.0 - policy.unidentified_share
        days = (policy.identification_days if unknown else policy.research_days).of(luck)
        yield from dunning.wait_until(company, leading, start + days * DAY)
        done = company.cash_desk.work(policy.touch_minutes.of(luck) * MINUTE)
        start, person = yield from dunning.wait_for(company, leading, done)
    for place in range(len(paid.remittance)):
        post(company, paid, place, start, person)
        # One stretch of work posts them all: it is shown with the first.
        start = company.env.now
    if not direct_debit.comes_back(company, paid):
        refund_rest(company, paid)


def post(company: Company, paid: Payment, place: int, start: float, person: int) -> None:
    """Post a payment to one of its invoices, by its place in the remittance.

    At most what is still open on it: the rest stays unapplied.
    """
    invoice, meant_minor, _ = item = paid.remittance[place]
    invoice.in_transit = False
    if not invoice.open_minor:
        return
    if item.discount_minor and _allows_discount(company, paid, invoice):
        discount_minor = min(item.discount_minor, invoice.open_minor - meant_minor)
        if discount_minor > 0:
            company.ledger.allow_discount(company.env.now, invoice.number, discount_minor)
            open_items.reduce(invoice, discount_minor)
            company.record(activity.ALLOW_DISCOUNT, invoice.number, amount_minor=discount_minor)
    amount_minor = min(meant_minor, invoice.open_minor)
    company.ledger.apply_cash(company.env.now, paid.number, invoice.number, amount_minor)
    open_items.reduce(invoice, amount_minor)
    invoice.paid_by = paid.number
    kind = activity.APPLY_PAYMENT if invoice.open_minor else activity.CLEAR_INVOICE
    company.record(kind, paid.first_entry + place, start, person, amount_minor)


def _allows_discount(company: Company, paid: Payment, invoice: Invoice) -> bool:
    """Return whether a discount stands: the day on which the customer paid counts.

    A dynamic discount is for the days that were saved, so it does.
    """
    if not (company.cash_application.claims_unearned_discounts and invoice.takes_discount):
        return True
    return company.clock.day(paid.sent_at) <= payment.discount_until(company, invoice)


def apply_again(company: Company, paid: Payment) -> Generator[Any, Any, None]:
    """Look into a payment that was sent twice; what finds nothing open is refunded.

    It pays what the first one has left open, unless the customer contests that or has sent
    money for it already.
    """
    policy, luck = company.cash_application, paid.luck
    yield company.after(policy.research_days.of(luck) * DAY)
    start, person = yield company.cash_desk.work(policy.touch_minutes.of(luck) * MINUTE)
    for place, (invoice, _, _) in enumerate(paid.remittance):
        if invoice.open_minor and not (invoice.in_transit or invoice.disputed):
            post(company, paid, place, start, person)
            start = company.env.now
    refund_rest(company, paid)


def refund_rest(company: Company, paid: Payment) -> None:
    """Start the refund of what is left of a payment, if anything is."""
    left_minor = company.ledger.unapplied_minor(paid.number)
    if left_minor:
        company.start(refund(company, paid, left_minor))


def refund(company: Company, paid: Payment, amount_minor: int) -> Generator[Any, Any, None]:
    """Refund an amount of a payment some days later, or what is left of it by then."""
    policy, luck = company.cash_application, paid.luck
    yield company.after(policy.refund_days.of(luck) * DAY)
    start, person = yield company.cash_desk.work(policy.touch_minutes.of(luck) * MINUTE)
    amount_minor = min(amount_minor, company.ledger.unapplied_minor(paid.number))
    if amount_minor > 0:
        company.ledger.refund(company.env.now, paid.number, amount_minor)
        number = company.documents.new_refund(paid.number)
        company.record(activity.REFUND_CUSTOMER, number, start, person, amount_minor)
