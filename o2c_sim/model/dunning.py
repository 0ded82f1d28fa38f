"""Reminders, as data."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from o2c_sim.model.calendars import RunModel
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import NonNegative, Section


class DunningLevel(Section):
    """One level of reminder."""

    overdue_days: Annotated[float, Field(ge=1, le=1_000)] = Field(
        description="days overdue from which it is sent; more days are kinder and bring cash later"
    )
    hazard_ratio: Annotated[float, Field(ge=1, le=100)] = Field(
        description="how much faster a customer pays once it has come; 1 has no effect, 2 halves "
        "the rest of the delay"
    )


class DunningModel(Section):
    """Reminders, up to three levels; they rest while an invoice is disputed."""

    run: Parameter[RunModel] = Field(
        description="when reminders are sent; more runs a week send them sooner after their level "
        "is reached"
    )
    levels: Parameter[Annotated[tuple[DunningLevel, ...], Field(min_length=1, max_length=3)]] = (
        Field(description="reminders in their order, each later than the one before")
    )
    minimum_value: Parameter[NonNegative] = Field(
        default=Parameter[NonNegative](value=0.0),
        description="an invoice with less than this open, in currency, is not reminded; 0 reminds "
        "of everything",
    )

    @model_validator(mode="after")
    def _levels_in_order(self) -> DunningModel:
        days = [level.overdue_days for level in self.levels.value]
        if days != sorted(set(days)):
            raise ValueError(f"levels: days overdue must rise from level to level, not {days}")
        return self
