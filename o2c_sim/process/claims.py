"""Claims: what a customer has reason to contest on an invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o2c_sim.model.disputes import REASONS
from o2c_sim.process.invoice import Claim
from o2c_sim.process.order import NO_ERROR

if TYPE_CHECKING:
    from o2c_sim.process.order import Delivery

PRICE: Final = REASONS.index("price")
DAMAGE: Final = REASONS.index("damage")
INVOICE: Final = REASONS.index("invoice")
DEDUCTION: Final = REASONS.index("deduction")
OTHER: Final = REASONS.index("other")


def found_in(deliveries: list[Delivery]) -> Claim | None:
    """Return what is wrong with the deliveries of a new invoice; None if nothing is.

    Damage comes before errors of entry, which are contested as the price; an order's error is
    contested once, on the first invoice.
    """
    value_minor, known_at = 0, 0.0
    for delivery in deliveries:
        if delivery.faulty:
            value_minor += delivery.value_minor
            known_at = max(known_at, delivery.delivered_at)
    if value_minor:
        return Claim(DAMAGE, value_minor, known_at)
    for delivery in deliveries:
        for part in delivery.parts:
            if part.order.error_found_by_customer:
                value_minor += part.value_minor()
                part.order.error = NO_ERROR
    return Claim(PRICE, value_minor, 0.0) if value_minor else None
