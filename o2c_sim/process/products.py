"""Products: what each is like, drawn once at its creation."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

from o2c_sim.engine import Streams
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.distribution import Family

MINOR_UNITS: Final = 100
_DAYS_PER_WEEK: Final = 7

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Products:
    """The company's products, by number from 0.

    Parameters
    ----------
    popularity
        Share of all order lines, shape (products,), sums to 1.
    unit_price_minor
        List price of a unit, minor units, at least 1.
    unit_cost_minor
        What a unit costs the company, minor units.
    units_per_day
        Mean demand at the base rate, units per calendar day.
    make_to_order
        Whether it is made only once it is ordered.
    """

    popularity: Floats
    unit_price_minor: Ints
    unit_cost_minor: Ints
    units_per_day: Floats
    make_to_order: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.make_to_order)


def create_products(model: CompanyModel, streams: Streams) -> Products:
    """Draw the company's products.

    The mean demand is what a planner would expect from the year's mean order rate: lines a day
    times units a line. Units a line are taken as value over price, at least 1; rounding to whole
    units is left out of the mean.
    """
    settings, demand = model.products, model.demand
    count = settings.count.value

    def uniform(purpose: str) -> Floats:
        return streams.draws(f"product.{purpose}").span(0, count)

    weight = np.exp(settings.popularity_sigma.value * special.ndtri(uniform("popularity")))
    popularity = weight / weight.sum()
    price = settings.unit_price.value.quantile(uniform("price"))
    price_minor = np.rint(price * MINOR_UNITS).astype(np.int64).clip(1)
    lines_per_day = (
        demand.orders_per_week.value / _DAYS_PER_WEEK * demand.lines_per_order.value.mean()
    )
    # Mean of max(value, price) for each price, from sums over sorted quantiles of the value.
    values, sums = _values_and_sums(demand.line_value.value)
    below = np.searchsorted(values, price_minor)
    above = sums[below]
    units_per_line = (above / price_minor + below) / len(values)
    return Products(
        popularity=popularity,
        unit_price_minor=price_minor,
        unit_cost_minor=np.rint(price_minor * settings.unit_cost_share.value).astype(np.int64),
        units_per_day=lines_per_day * popularity * units_per_line,
        make_to_order=tuple(
            (uniform("make_to_order") < settings.make_to_order_share.value).tolist()
        ),
    )


# Two arrays of 20,000 numbers; every run of a company asks for the same ones.
@functools.lru_cache(maxsize=8)
def _values_and_sums(line_value: Family) -> tuple[Floats, Floats]:
    """Return quantiles of a line's value, minor units, and the sums of those from each one on."""
    values = line_value.quantile((np.arange(20_000) + 0.5) / 20_000) * MINOR_UNITS
    sums = np.concatenate((np.cumsum(values[::-1])[::-1], [0.0]))
    for shared in (values, sums):
        shared.flags.writeable = False
    return values, sums
