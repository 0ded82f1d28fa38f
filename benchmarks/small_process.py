"""A small order-to-invoice process, as numbers: what both engines of the comparison are given.

All figures are assumed. They are chosen so that the families of durations are those that
Prosimos knows, and so that every role is busy a third to just over half of its hours: enough for
queues, not so much that a mean is ruled by a few long ones.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

START_DATE = dt.date(2026, 1, 5)  # a Monday
OPENS_MINUTES = 9 * 60
CLOSES_MINUTES = 17 * 60
MEAN_GAP_MINUTES = 12.0  # exponential gaps; an order that comes after hours counts at the opening


@dataclass(frozen=True, slots=True)
class Duration:
    """Working time of one activity, in minutes.

    Parameters
    ----------
    family
        ``constant`` (first), ``exponential`` (first: mean), ``normal`` (first: mean, second:
        standard deviation; never within four deviations of zero) or ``uniform`` (from first to
        second).
    """

    family: Literal["constant", "exponential", "normal", "uniform"]
    first_minutes: float
    second_minutes: float = 0.0

    @property
    def mean_minutes(self) -> float:
        """The mean of the family."""
        if self.family == "uniform":
            return (self.first_minutes + self.second_minutes) / 2
        return self.first_minutes


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity: who does it, and how long it takes."""

    name: str
    role: str
    duration: Duration


HEADCOUNTS = {
    "Order clerk": 3,
    "Credit analyst": 1,
    "Warehouse": 6,
    "Shipping clerk": 2,
    "Billing clerk": 2,
}

RECEIVE = Activity("Receive Order", "Order clerk", Duration("normal", 6, 1.2))
CHECK = Activity("Check Order Data", "Order clerk", Duration("uniform", 3, 9))
CLARIFY = Activity("Clarify with Customer", "Order clerk", Duration("exponential", 15))
CREDIT = Activity("Check Credit", "Credit analyst", Duration("constant", 4))
RELEASE = Activity("Release Credit Hold", "Credit analyst", Duration("exponential", 12))
CONFIRM = Activity("Confirm Order", "Order clerk", Duration("constant", 3))
PICK = Activity("Pick Goods", "Warehouse", Duration("normal", 25, 5))
PACK = Activity("Pack Goods", "Warehouse", Duration("uniform", 8, 16))
REPLACE = Activity("Replace Damaged Goods", "Warehouse", Duration("exponential", 20))
SHIP = Activity("Ship Goods", "Shipping clerk", Duration("normal", 10, 2))
CREATE = Activity("Create Invoice", "Billing clerk", Duration("constant", 3))
INSPECT = Activity("Check Invoice", "Billing clerk", Duration("uniform", 2, 6))
CORRECT = Activity("Correct Invoice", "Billing clerk", Duration("exponential", 10))
SEND = Activity("Send Invoice", "Billing clerk", Duration("constant", 1))

ACTIVITIES = (
    RECEIVE, CHECK, CLARIFY, CREDIT, RELEASE, CONFIRM, PICK, PACK, REPLACE, SHIP, CREATE, INSPECT,
    CORRECT, SEND,
)  # fmt: skip

# Probabilities at the four decisions. The first is a loop: after clarification, data are checked
# again, and may be incomplete again.
INCOMPLETE_SHARE = 0.15
HOLD_SHARE = 0.20
DAMAGE_SHARE = 0.08
WRONG_INVOICE_SHARE = 0.06


def visits_per_order() -> dict[Activity, float]:
    """Return how often an order passes each activity on average, by arithmetic."""
    checks = 1 / (1 - INCOMPLETE_SHARE)
    rare = {
        CHECK: checks,
        CLARIFY: checks - 1,
        RELEASE: HOLD_SHARE,
        REPLACE: DAMAGE_SHARE,
        CORRECT: WRONG_INVOICE_SHARE,
    }
    return {activity: rare.get(activity, 1.0) for activity in ACTIVITIES}


def rows_per_order() -> float:
    """Return the mean number of activity instances of an order, by arithmetic."""
    return sum(visits_per_order().values())


def load(role: str) -> float:
    """Return the share of its open hours that a role must work, by arithmetic."""
    minutes = sum(
        visits * activity.duration.mean_minutes
        for activity, visits in visits_per_order().items()
        if activity.role == role
    )
    return minutes / MEAN_GAP_MINUTES / HEADCOUNTS[role]
