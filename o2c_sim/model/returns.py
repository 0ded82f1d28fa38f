"""Goods that customers send back, as data."""

from __future__ import annotations

from pydantic import Field

from o2c_sim.model.distribution import Constant, Distribution
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import Section, Share


def _share(value: float) -> Parameter[Share]:
    return Parameter[Share](value=value)


def _constant(value: float) -> Parameter[Distribution]:
    return Parameter[Distribution](value=Constant(distribution="constant", value=value))


class ReturnsModel(Section):
    """Returns: authorised, sent back, inspected, credited; what was paid is refunded."""

    share: Parameter[Share] = Field(
        default=_share(0),
        description="deliveries of which something is sent back; more returns mean less cash and "
        "more work for order desk and warehouse",
    )
    whole_share: Parameter[Share] = Field(
        default=_share(0),
        description="returns of all of a delivery; the others are of one line",
    )
    damaged_share: Parameter[Share] = Field(
        default=_share(0),
        description="damaged deliveries that are sent back as a whole; the others are a dispute",
    )
    request_days: Parameter[Distribution] = Field(
        default=_constant(7),
        description="from the arrival of the goods until the customer asks to send them back, "
        "calendar days",
    )
    authorise_touch_minutes: Parameter[Distribution] = Field(
        default=_constant(5), description="the order desk's work to authorise one return, minutes"
    )
    travel_days: Parameter[Distribution] = Field(
        default=_constant(5),
        description="from the authorisation until the goods are back, calendar days",
    )
    inspect_touch_minutes: Parameter[Distribution] = Field(
        default=_constant(10), description="the warehouse's work to inspect one return, minutes"
    )
    restocked_share: Parameter[Share] = Field(
        default=_share(1),
        description="undamaged returns whose goods are sold again; the others are scrapped",
    )
