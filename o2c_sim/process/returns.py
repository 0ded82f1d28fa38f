"""Returns: goods come back, are inspected and credited; what was paid for them is refunded."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity, billing, cash_application, open_items
from o2c_sim.process.invoice import Payment
from o2c_sim.process.order import Luck, Part

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.invoice import Invoice
    from o2c_sim.process.order import Delivery

# The draws of a refund for returned goods: far from those of payments.
_REFUND: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class ReturnsPolicy:
    """Which deliveries come back, when, and what becomes of the goods."""

    arises: Draws
    share: float
    whole: Draws
    whole_share: float
    line: Draws
    damaged: Draws
    damaged_share: float
    request_days: Draws
    authorise_minutes: Draws
    travel_days: Draws
    inspect_minutes: Draws
    restocked: Draws
    restocked_share: float


def returns_policy(model: CompanyModel, streams: Streams) -> ReturnsPolicy:
    """Compile the model's returns section."""
    section = model.returns
    return ReturnsPolicy(
        arises=streams.draws("returns.arises"),
        share=section.share.value,
        whole=streams.draws("returns.whole"),
        whole_share=section.whole_share.value,
        line=streams.draws("returns.line"),
        damaged=streams.draws("returns.damaged"),
        damaged_share=section.damaged_share.value,
        request_days=streams.draws("returns.request", section.request_days.value.quantile),
        authorise_minutes=streams.draws(
            "returns.authorise", section.authorise_touch_minutes.value.quantile
        ),
        travel_days=streams.draws("returns.travel", section.travel_days.value.quantile),
        inspect_minutes=streams.draws(
            "returns.inspect", section.inspect_touch_minutes.value.quantile
        ),
        restocked=streams.draws("returns.restocked"),
        restocked_share=section.restocked_share.value,
    )


def foresee(company: Company, delivery: Delivery) -> None:
    """Decide, as goods leave, whether some of them will come back.

    Damaged goods that are sent back are no matter for a dispute any more.
    """
    policy, luck = company.returns, delivery.luck
    if delivery.faulty:
        if policy.damaged_share and policy.damaged.of(luck) < policy.damaged_share:
            delivery.faulty = False
            company.start(bring_back(company, delivery, delivery.parts, damaged=True))
    elif policy.share and policy.arises.of(luck) < policy.share:
        parts = delivery.parts
        if policy.whole.of(luck) >= policy.whole_share:
            lines = [Part(order, [slot]) for order, slots in parts for slot in slots]
            parts = [lines[int(policy.line.of(luck) * len(lines))]]
        company.start(bring_back(company, delivery, parts, damaged=False))


def bring_back(
    company: Company, delivery: Delivery, parts: list[Part], *, damaged: bool
) -> Generator[Any, Any, None]:
    """Take some lines of a delivery from the customer's request back into the house.

    The order desk authorises the return, the warehouse inspects what has come back; it is
    restocked or scrapped, and credited.
    """
    policy, luck = company.returns, delivery.luck
    yield company.until(delivery.delivered_at)
    yield company.after(policy.request_days.of(luck) * DAY)
    start, person = yield company.order_desk.work(policy.authorise_minutes.of(luck) * MINUTE)
    lines = [order.first_line + slot for order, slots in parts for slot in slots]
    number = company.documents.new_return(delivery.number, lines)
    company.record(activity.AUTHORISE_RETURN, number, start, person)
    yield company.after(policy.travel_days.of(luck) * DAY)
    company.record(activity.RECEIVE_RETURN, number)
    start, person = yield company.warehouse.work(policy.inspect_minutes.of(luck) * MINUTE)
    company.record(activity.INSPECT_RETURN, number, start, person)
    if not damaged and policy.restocked.of(luck) < policy.restocked_share:
        _restock(company, parts)
    while delivery.invoice is None:
        # Held back from billing, or for a run at the end of the month.
        yield company.after(DAY)
    net_minor = sum(part.value_minor() for part in parts)
    gross_minor = net_minor + company.billing.tax_minor(net_minor)
    credit(company, billing.standing(delivery.invoice), gross_minor, luck)


def _restock(company: Company, parts: list[Part]) -> None:
    """Put goods on stock again; what is made to order is of no use to others."""
    if not company.fulfilment.availability_check:
        return
    for order, slots in parts:
        for slot in slots:
            product = order.products[slot]
            if not company.demand.products.make_to_order[product]:
                company.stock.take_back(product, order.quantities[slot])


def credit(company: Company, invoice: Invoice, amount_minor: int, luck: Luck) -> None:
    """Credit what has come back: first what is open, then what was paid, which is refunded.

    Nothing is credited beyond what is left of the price, nor of what was written off.
    """
    now, ledger, number = company.env.now, company.ledger, invoice.number
    amount_minor = min(amount_minor, ledger.price_minor(number))
    open_minor = min(amount_minor, invoice.open_minor)
    paid_minor = 0
    if open_minor < amount_minor and invoice.paid_by >= 0:
        paid_minor = min(amount_minor - open_minor, ledger.creditable_minor(number))
    if not open_minor + paid_minor:
        return
    if open_minor:
        ledger.credit(now, number, open_minor)
        open_items.reduce(invoice, open_minor)
    if paid_minor:
        ledger.credit_to_account(now, number, invoice.paid_by, paid_minor)
        customer, (order, turn) = invoice.customer, luck
        balance = Payment(customer, (order, turn + _REFUND), customer.method, [], now)
        balance.number = invoice.paid_by
        company.start(cash_application.refund(company, balance, paid_minor))
    memo = company.documents.new_credit_memo(number, open_minor + paid_minor)
    company.record(activity.CREATE_CREDIT_MEMO, memo, amount_minor=open_minor + paid_minor)
