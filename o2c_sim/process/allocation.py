"""Allocation: the order is confirmed and counts against the customer's credit from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from o2c_sim.process import activity

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Order


def confirm(company: Company, order: Order) -> None:
    """Confirm the order to the customer."""
    order.customer.exposure_minor += order.value_minor
    company.record(activity.CONFIRM_ORDER, order.number)
