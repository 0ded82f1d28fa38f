"""Credit check: an order beyond the limit, or of a customer in arrears, is held and reviewed."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Draws, Streams
from o2c_sim.engine.clock import DAY, MINUTE
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import activity

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order


@dataclass(frozen=True, slots=True)
class CreditPolicy:
    """When orders are held and how holds end."""

    overdue_tolerance_days: float
    auto_release: Draws
    auto_release_share: float
    review_wait_days: Draws
    review_touch_minutes: Draws
    denial: Draws
    denial_share: float


def credit_policy(model: CompanyModel, streams: Streams) -> CreditPolicy:
    """Compile the model's credit section."""
    section = model.credit
    return CreditPolicy(
        overdue_tolerance_days=section.overdue_tolerance_days.value,
        auto_release=streams.draws("credit.auto_release"),
        auto_release_share=section.auto_release_share.value,
        review_wait_days=streams.draws("credit.wait", section.review_wait_days.value.quantile),
        review_touch_minutes=streams.draws(
            "credit.touch", section.review_touch_minutes.value.quantile
        ),
        denial=streams.draws("credit.denial"),
        denial_share=section.denial_share.value,
    )


def check(company: Company, order: Order) -> Generator[Any, Any, bool]:
    """Check the order's credit; return whether it may go on, after any hold has ended."""
    policy, number = company.credit, order.number
    company.record(activity.CHECK_CREDIT, number)
    if not must_hold(company, order):
        return True
    company.record(activity.SET_CREDIT_BLOCK, number)
    denied = policy.denial(number) < policy.denial_share
    # The rule releases only what a review would release: what is denied stays denied.
    if not denied and policy.auto_release(number) < policy.auto_release_share:
        company.record(activity.RELEASE_CREDIT_BLOCK, number)
        return True
    yield company.after(policy.review_wait_days(number) * DAY)
    start, person = yield company.credit_desk.work(policy.review_touch_minutes(number) * MINUTE)
    analyst = company.credit_desk_names + person
    if denied:
        company.record(activity.DENY_CREDIT, number, start, analyst)
        company.record(activity.CANCEL_ORDER, number)
        return False
    company.record(activity.RELEASE_CREDIT_BLOCK, number, start, analyst)
    return True


def must_hold(company: Company, order: Order) -> bool:
    """Return whether the order breaks the limit or the customer has long overdue invoices.

    Exposure is confirmed orders plus open invoices less applied cash, so cash that was received
    but not yet applied still counts against the limit.
    """
    customer = order.customer
    if customer.exposure_minor + order.value_minor > customer.limit_minor:
        return True
    latest = company.today() - company.credit.overdue_tolerance_days
    return any(due_day < latest for due_day in customer.due_days.values())
