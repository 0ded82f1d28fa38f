"""What customers change after the confirmation of an order, as data."""

from __future__ import annotations

from pydantic import Field, model_validator

from o2c_sim.model.distribution import Constant, Distribution, Family
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import Section, Share


def _off() -> Parameter[Share]:
    return Parameter[Share](value=0.0)


def _constant(value: float) -> Parameter[Distribution]:
    return Parameter[Distribution](value=Constant(distribution="constant", value=value))


class ChangeModel(Section):
    """Changes, rejected lines and cancellations; only what is not delivered yet can change."""

    share: Parameter[Share] = Field(
        default=_off(),
        description="orders of which the customer wants to change a line's quantity or price; "
        "each costs work, and credit is checked again if the order grows",
    )
    request_days: Parameter[Distribution] = Field(
        default=_constant(2),
        description="from receipt of the order until the customer asks for the change, calendar "
        "days; an order can only change before its delivery is made",
    )
    price_share: Parameter[Share] = Field(
        default=_off(), description="changes of the price; the others are of the quantity"
    )
    price_factor: Parameter[Distribution] = Field(
        default=_constant(1), description="new price of the line over the old one"
    )
    quantity_factor: Parameter[Distribution] = Field(
        default=_constant(1),
        description="new quantity of the line over the old one; it changes by one unit at least",
    )
    rejection_share: Parameter[Share] = Field(
        default=_off(),
        description="orders of which the customer wants one line no more; more of them cost sales",
    )
    rejection_days: Parameter[Distribution] = Field(
        default=_constant(2),
        description="from receipt of the order until a line is given up, calendar days",
    )
    cancellation_share: Parameter[Share] = Field(
        default=_off(),
        description="orders that the customer cancels; what is delivered by then stays",
    )
    cancellation_days: Parameter[Distribution] = Field(
        default=_constant(2),
        description="from receipt of the order until it is cancelled, calendar days",
    )
    touch_minutes: Parameter[Distribution] = Field(
        default=_constant(6),
        description="the order desk's work on one change, rejection or cancellation, minutes",
    )

    @model_validator(mode="after")
    def _factors_in_reach(self) -> ChangeModel:
        for name in ("price_factor", "quantity_factor"):
            factor: Family = getattr(self, name).value
            if not (factor.lowest() >= 0 and factor.highest() <= 1_000):
                raise ValueError(f"{name}: from 0 to 1,000 (give it a floor and a cap)")
        return self
