"""Disputes: the customer contests an invoice; nothing moves until somebody has decided."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from typing import TYPE_CHECKING, Any, Final

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.disputes import REASONS, WITHOUT_CAUSE, DisputeModel, DisputeReasonModel
from o2c_sim.model.section import Role
from o2c_sim.process import activity, billing, open_items, payment
from o2c_sim.process.claims import DEDUCTION, INVOICE, OTHER
from o2c_sim.process.order import Luck
from o2c_sim.process.products import MINOR_UNITS

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.invoice import Invoice

# So many disputes of one invoice have draws of their own.
_DISPUTES: Final = 4


@dataclass(frozen=True, slots=True)
class Handling:
    """Who handles the disputes of a reason, how long it takes, and what comes of them."""

    owner: Role
    investigation_days: Draws
    touch_minutes: Draws
    credited_share: float
    credited_fraction: Draws
    rejected_paid_share: float


@dataclass(frozen=True, slots=True)
class DisputePolicy:
    """How disputes arise and end.

    Attributes
    ----------
    handling
        By reason number.
    without_cause
        Pairs of the upper end of a draw and the reason number that it means, in rising order.
    """

    arises: Draws
    cause: Draws
    cause_share: float
    reason: Draws
    without_cause: tuple[tuple[float, int], ...]
    notice_days: Draws
    handling: tuple[Handling, ...]
    credited: Draws
    reissued: Draws
    reissue_share: float
    automatic_minor: float
    rejected_paid: Draws
    settle_days: Draws


def dispute_policy(model: CompanyModel, streams: Streams) -> DisputePolicy:
    """Compile the model's dispute section; customers carry their own propensity."""
    section, own = model.disputes, model.disputes.reasons.value
    named = [name for name in WITHOUT_CAUSE if name in own and own[name].share > 0]
    ends = accumulate(own[name].share for name in named)
    return DisputePolicy(
        arises=streams.draws("dispute.arises"),
        cause=streams.draws("dispute.cause"),
        cause_share=section.cause_share.value,
        reason=streams.draws("dispute.reason"),
        without_cause=tuple((end, REASONS.index(n)) for end, n in zip(ends, named, strict=True)),
        notice_days=streams.draws("dispute.notice", section.notice_days.value.quantile),
        handling=tuple(
            _handling(section, own.get(name, DisputeReasonModel()), streams) for name in REASONS
        ),
        credited=streams.draws("dispute.credited"),
        reissued=streams.draws("dispute.reissued"),
        reissue_share=section.reissue_share.value,
        automatic_minor=section.automatic_credit_value.value * MINOR_UNITS,
        rejected_paid=streams.draws("dispute.rejected_paid"),
        settle_days=streams.draws("dispute.settle", section.settle_days.value.quantile),
    )


def _handling(section: DisputeModel, own: DisputeReasonModel, streams: Streams) -> Handling:
    """Compile what is particular to a reason: the same dispute has the same luck with any."""
    days = own.investigation_days or section.investigation_days.value
    minutes = own.touch_minutes or section.touch_minutes.value
    fraction = own.credited_fraction or section.credited_fraction.value
    share = section.credited_share.value if own.credited_share is None else own.credited_share
    return Handling(
        owner=own.owner,
        investigation_days=streams.draws("dispute.investigation", days.quantile),
        touch_minutes=streams.draws("dispute.touch", minutes.quantile),
        credited_share=share,
        credited_fraction=streams.draws("dispute.fraction", fraction.quantile),
        rejected_paid_share=own.rejected_paid_share,
    )


def foresee(company: Company, invoice: Invoice) -> None:
    """Decide, as the invoice arrives, whether, why and when the customer will object.

    It may have reason to; if not, it may object all the same. Nobody objects to what is paid
    already: a customer who pays sooner than that objects on looking at the invoice to pay it.
    """
    policy, luck, now = company.disputes, invoice.luck, company.env.now
    known_at = now
    if _has_cause(invoice) and policy.cause.of(luck) < policy.cause_share:
        invoice.reason = INVOICE
        if invoice.claim is not None:
            invoice.reason = invoice.claim.reason
            known_at = max(now, invoice.claim.known_at)
    elif policy.arises.of(luck) < invoice.customer.dispute_propensity:
        invoice.reason, invoice.claim = _pretext(policy, luck), None
    else:
        return
    objects_at = min(known_at + policy.notice_days.of(luck) * DAY, max(invoice.sends_at - DAY, now))
    invoice.dispute_at = max(objects_at, known_at)


def _has_cause(invoice: Invoice) -> bool:
    return invoice.claim is not None or invoice.wrong


def _pretext(policy: DisputePolicy, luck: Luck) -> int:
    """Return the reason of a dispute without a cause."""
    if not policy.without_cause:
        return OTHER
    draw = policy.reason.of(luck)
    return next((reason for end, reason in policy.without_cause if draw < end), OTHER)


def settle(company: Company, invoice: Invoice) -> Generator[Any, Any, None]:
    """Take a dispute from the objection to the decision.

    The owner of its reason gathers the facts and decides: a credit memo, a new invoice in place
    of a wrong one, or nothing. Meanwhile the customer pays nothing, and neither dunning nor
    collectors touch the invoice.
    """
    policy = company.disputes
    # A short payment is contested after it, what is contested before has not been paid.
    reason = DEDUCTION if invoice.short_paid and invoice.payments else invoice.reason
    order, turn = invoice.luck
    luck = (order, turn * _DISPUTES + min(invoice.disputes, _DISPUTES - 1))
    invoice.dispute_at = invoice.promised_at = inf
    invoice.disputed = True
    invoice.disputes += 1
    company.record(activity.OPEN_DISPUTE, invoice.number)
    if reason == DEDUCTION and invoice.open_minor <= policy.automatic_minor:
        company.record(activity.RESOLVE_DISPUTE, invoice.number)
        credit(company, invoice, invoice.open_minor)
    else:
        yield from _decide(company, invoice, reason, luck)
    invoice.disputed = False
    if not invoice.open_minor:
        return
    settled_at = company.env.now + policy.settle_days.of(luck) * DAY
    if invoice.sends_at < inf:
        payment.pay_at(invoice, max(invoice.sends_at, settled_at))
    if invoice.dunning_at < company.env.now:
        company.stages.schedule_notice(company, invoice)
    invoice.call_at = max(invoice.call_at, settled_at)


def _decide(
    company: Company, invoice: Invoice, reason: int, luck: Luck
) -> Generator[Any, Any, None]:
    """Let the owner investigate and decide, unless the matter has settled itself by then."""
    policy, handling = company.disputes, company.disputes.handling[reason]
    yield company.after(handling.investigation_days.of(luck) * DAY)
    if not invoice.open_minor:
        company.record(activity.RESOLVE_DISPUTE, invoice.number)
        return
    task = company.pools[handling.owner].work(handling.touch_minutes.of(luck) * MINUTE)
    start, person = yield task
    company.record(activity.RESOLVE_DISPUTE, invoice.number, start, person)
    wrong, invoice.wrong = invoice.wrong and reason == INVOICE, False
    anew = wrong and policy.reissued.of(luck) < policy.reissue_share
    if anew and billing.can_be_reissued(company, invoice):
        billing.reissue(company, invoice, company.env.now, person)
        return
    justified = wrong or (invoice.claim is not None and reason == invoice.claim.reason)
    if justified or policy.credited.of(luck) < handling.credited_share:
        contested_minor = invoice.open_minor
        if invoice.claim is not None and reason == invoice.claim.reason:
            contested_minor, invoice.claim = invoice.claim.value_minor, None
        credit(company, invoice, round(contested_minor * handling.credited_fraction.of(luck)))
    elif policy.rejected_paid.of(luck) >= handling.rejected_paid_share:
        invoice.sends_at = inf


def credit(company: Company, invoice: Invoice, amount_minor: int) -> None:
    """Credit an amount, at most what is open, if it comes to a cent."""
    amount_minor = min(amount_minor, invoice.open_minor, company.ledger.price_minor(invoice.number))
    if amount_minor < 1:
        return
    company.ledger.credit(company.env.now, invoice.number, amount_minor)
    open_items.reduce(invoice, amount_minor)
    memo = company.documents.new_credit_memo(invoice.number, amount_minor)
    company.record(activity.CREATE_CREDIT_MEMO, memo, amount_minor=amount_minor)
