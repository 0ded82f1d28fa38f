"""Transport: the carrier fetches the goods and hands them over to the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from o2c_sim.engine.clock import DAY
from o2c_sim.process import activity

if TYPE_CHECKING:
    from o2c_sim.process.company import Company
    from o2c_sim.process.order import Delivery


def hand_over(company: Company, delivery: Delivery) -> None:
    """Send goods that have just left the house on their way; some of them arrive damaged."""
    policy = company.fulfilment
    delivery.delivered_at = company.env.now
    if policy.carrier_days is not None:
        delivery.delivered_at += policy.carrier_days.of(delivery.luck) * DAY
        if policy.carrier_round is not None:
            delivery.delivered_at = policy.carrier_round.next(delivery.delivered_at)
        _confirm_on_arrival(company, delivery)
    if policy.damage_share > 0:
        delivery.faulty = policy.damage.of(delivery.luck) < policy.damage_share


def _confirm_on_arrival(company: Company, delivery: Delivery) -> None:
    """Let the customer confirm the goods when they are there.

    An event, not a process: there are as many as deliveries, and an event is cheaper.
    """
    arrival = company.wake_at(delivery.delivered_at)
    assert arrival.callbacks is not None
    arrival.callbacks.append(lambda _: company.record(activity.CONFIRM_DELIVERY, delivery.number))
