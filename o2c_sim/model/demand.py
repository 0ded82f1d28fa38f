"""Orders as customers send them, as data."""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated

from pydantic import Field, model_validator

from o2c_sim.model.distribution import Distribution
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import (
    Channel,
    NonNegative,
    Section,
    Share,
    Weekday,
    require_sum_of_one,
)

MAX_LINES = 64
MONTHS = 12
DAYS_PER_YEAR = 365.25


class DemandModel(Section):
    """Orders as customers send them."""

    orders_per_week: Parameter[Annotated[float, Field(gt=0, le=10_000_000)]] = Field(
        description="orders a week on average, of all customers; more of them mean more sales and "
        "more work for everybody"
    )
    weekday_shares: Parameter[dict[Weekday, Share]] = Field(
        description="orders by weekday; an uneven week makes queues on its busy days"
    )
    hour_shares: Parameter[dict[int, Share]] = Field(
        description="orders by hour of the day, 0 to 23, local time; an uneven day makes queues"
    )
    day_factor_cv: Parameter[Annotated[float, Field(ge=0, le=100)]] = Field(
        description="how much order volume swings from day to day: coefficient of variation of a "
        "gamma factor on each day's rate; 0 leaves chance alone, more makes longer queues"
    )
    season: Parameter[
        Annotated[tuple[NonNegative, ...], Field(min_length=MONTHS, max_length=MONTHS)]
    ] = Field(
        default=Parameter(value=(1.0,) * MONTHS),
        description="order rate of each month, January to December, as a factor of the year's "
        "mean: 12 numbers whose mean is 1; an uneven year makes queues and stock-outs in its "
        "busy months",
    )
    growth_per_year: Parameter[Annotated[float, Field(ge=-0.9, le=5, allow_inf_nan=False)]] = Field(
        default=Parameter(value=0.0),
        description="growth of the order rate from the first day on, as a share per year, "
        "compounded; 0.1 is 10 % more orders after a year, below 0 they get fewer",
    )
    channel_shares: Parameter[dict[Channel, Share]] = Field(
        description="orders by the way they come in; EDI and portal enter without a person"
    )
    lines_per_order: Parameter[Distribution] = Field(
        description="lines of an order; more lines mean more value and more picking"
    )
    line_value: Parameter[Distribution] = Field(
        description="net value of a line, currency; larger lines use up credit limits sooner"
    )

    def expected_orders(self, days: float, start: dt.date) -> float:
        """Return about how many orders come in some days, season and growth included.

        Parameters
        ----------
        days
            How many days.
        start
            The first of them, from which growth counts.
        """
        years, rest = divmod(days, DAYS_PER_YEAR)
        growth = math.log1p(self.growth_per_year.value)
        # Beyond this exponent the number is too large for a float, and for any computer.
        exponent = min(growth * years, 700)
        whole = years if not growth else math.expm1(exponent) / math.expm1(growth)
        whole *= self._days_of_orders(DAYS_PER_YEAR, start)
        return (
            self.orders_per_week.value
            / 7
            * (whole + math.exp(exponent) * self._days_of_orders(rest, start))
        )

    def _days_of_orders(self, days: float, start: dt.date) -> float:
        """Return so many days from a date, each by season x growth: at most about a year."""
        growth = math.log1p(self.growth_per_year.value) / DAYS_PER_YEAR
        total, begin, month = 0.0, 0.0, start
        while begin < days:
            month_end = (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
            end = min(float((month_end - start).days), days)
            grown = end - begin
            if growth:
                grown = (math.exp(growth * end) - math.exp(growth * begin)) / growth
            total += self.season.value[month.month - 1] * grown
            begin, month = end, month_end
        return total

    @model_validator(mode="after")
    def _profiles(self) -> DemandModel:
        require_sum_of_one("weekday_shares", self.weekday_shares.value.values())
        require_sum_of_one("hour_shares", self.hour_shares.value.values())
        require_sum_of_one("channel_shares", self.channel_shares.value.values())
        mean = sum(self.season.value) / MONTHS
        if not abs(mean - 1) <= 1e-6:
            raise ValueError(f"season: the mean of the 12 factors is {mean:.6g}, not 1")
        if any(not 0 <= hour <= 23 for hour in self.hour_shares.value):
            raise ValueError("hour_shares: hours go from 0 to 23")
        smallest = self.lines_per_order.value.lowest()
        if not smallest >= 1:
            raise ValueError(f"lines_per_order: can be {smallest:g}; an order has at least 1 line")
        if not self.line_value.value.lowest() >= 0:
            raise ValueError("line_value: can be negative; give it a floor of 0 or more")
        if not self.line_value.value.highest() <= 1e12:
            raise ValueError("line_value: can be above a million millions; give it a cap")
        if not self.lines_per_order.value.highest() <= MAX_LINES:
            raise ValueError(f"lines_per_order: can be above {MAX_LINES}; give it a cap")
        return self
