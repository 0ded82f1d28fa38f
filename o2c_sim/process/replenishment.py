"""Replenishment: when a product is ordered anew, how much, and who gets it first."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from o2c_sim.engine import Draws, Streams
from o2c_sim.errors import ModelError, Problem
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.distribution import Family
from o2c_sim.process.products import Products

if TYPE_CHECKING:
    from o2c_sim.process.company import Company

# What a waiting line's quantity counts for in its rank; the lowest rank is served first.
RANK_OF_UNITS = {"first_come": 0, "smallest_first": 1, "largest_first": -1}
FOLLOW: Final = "replenishment.follow_demand"
# Of one product, in units and in minor units: a thousandth of what the registers hold.
_MOST: Final = 9e15


@dataclass(frozen=True, slots=True)
class StockPolicy:
    """How stock is kept; one entry per product.

    Parameters
    ----------
    reorder_point
        Inventory position, units, at or below which a replenishment is ordered.
    order_up_to
        Inventory position after the order, units; above the reorder point.
    lead_days
        Supplier lead time of a replenishment, days; replenishment *n* of product *p* has the
        draw numbered *n* times the number of products plus *p*.
    planned_days
        What the planner expects from order to arrival, days.
    unit_cost_minor
        Value of a unit on hand, minor units.
    rank_of_units
        0: waiting lines are served in order of arrival; 1: the smallest first; -1: the largest.

    Raises
    ------
    ValueError
        If an order-up-to level is not above its reorder point.
    """

    reorder_point: tuple[int, ...]
    order_up_to: tuple[int, ...]
    lead_days: Draws
    planned_days: tuple[float, ...]
    unit_cost_minor: tuple[int, ...]
    rank_of_units: int = 0

    def __post_init__(self) -> None:
        levels = zip(self.reorder_point, self.order_up_to, strict=True)
        for product, (point, level) in enumerate(levels):
            if level <= point:
                raise ValueError(
                    f"product {product}: order-up-to level {level} is not above reorder point "
                    f"{point}"
                )


def stock_policy(
    model: CompanyModel, products: Products, streams: Streams, rate_factor: float = 1.0
) -> StockPolicy:
    """Compile the model's inventory section.

    The reorder point is the mean demand of the mean supplier lead time and the safety days, the
    order-up-to level that of the order cycle more, both rounded up. A product made to order has
    no stock; its planned days are those of production.

    Parameters
    ----------
    model, products, streams
        The company, its products and its draws.
    rate_factor
        Expected order rate over the base rate, for a planner who follows season and growth.

    Raises
    ------
    ModelError
        If a product would need more units, or be worth more, than can be counted.
    """
    section = model.inventory
    lead_days = _mean(section.supplier_lead_days.value)
    production_days = _mean(model.products.production_lead_days.value)
    made = np.array(products.make_to_order)
    rate = products.units_per_day * rate_factor
    stock = rate * (lead_days + section.safety_stock_days.value + section.order_cycle_days.value)
    most = float(np.max(stock * np.maximum(products.unit_cost_minor, 1)))
    if not most <= _MOST:
        raise ModelError(
            Problem(
                f"a product's stock would be {stock.max():.0e} units, worth {most / 100:.0e}",
                where="inventory",
                allowed=f"at most {_MOST:.0e} units, and a hundredth of that in currency",
                suggestion="lower demand.line_value, or raise products.unit_price",
            )
        )
    point = np.ceil(rate * (lead_days + section.safety_stock_days.value)).astype(np.int64)
    cycle = np.ceil(rate * section.order_cycle_days.value).astype(np.int64).clip(1)
    return StockPolicy(
        reorder_point=tuple(np.where(made, -1, point).tolist()),
        order_up_to=tuple(np.where(made, 0, point + cycle).tolist()),
        lead_days=streams.draws("stock.supplier_lead", section.supplier_lead_days.value.quantile),
        planned_days=tuple(np.where(made, production_days, lead_days).tolist()),
        unit_cost_minor=tuple(products.unit_cost_minor.tolist()),
        rank_of_units=RANK_OF_UNITS[section.allocation.value],
    )


@lru_cache(maxsize=64)
def _mean(days: Family) -> float:
    """Return a distribution's mean; the levels are set anew with the same one many times."""
    return days.mean()


def watch(company: Company) -> None:
    """Let the levels follow season and growth from now on, if there are any."""
    if company.demand.changes and FOLLOW not in company.standing:
        company.standing.add(FOLLOW)
        company.start(follow_demand(company))


def follow_demand(company: Company) -> Generator[Any, Any, None]:
    """Set the levels anew on the first of each month, after season and growth."""
    day = company.today()
    while True:
        day += 1
        if company.clock.date(day).day == 1:
            yield company.until(company.clock.midnight(day))
            company.stock.replan(company.stock_policy(company.demand.rate_factor(day)))
