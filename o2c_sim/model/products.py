"""Products and their stock, as data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from o2c_sim.model.distribution import Distribution, Gamma, LogNormal
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.section import NonNegative, Section, Share

Allocation = Literal["first_come", "smallest_first", "largest_first"]


class ProductsModel(Section):
    """What the company sells: how many products, how popular, at what price, from where."""

    count: Parameter[Annotated[int, Field(ge=1, le=100_000)]] = Field(
        default=Parameter(value=200),
        description="number of products; they share the order lines, so more of them sell less "
        "often each and need more stock for the same service",
    )
    popularity_sigma: Parameter[Annotated[float, Field(ge=0, le=10)]] = Field(
        default=Parameter(value=1.0),
        description="sigma of the log-normal spread of order lines between products; 0 makes all "
        "equal, a larger one gives more of the lines to fewer products",
    )
    unit_price: Parameter[Distribution] = Field(
        default=Parameter(value=LogNormal(distribution="lognormal", median=50, sigma=1.0)),
        description="list price of one unit, currency, one value per product; a line's quantity "
        "is its value over this price, at least 1",
    )
    unit_cost_share: Parameter[Share] = Field(
        default=Parameter(value=0.75),
        description="what a unit costs the company, as a share of its price; values the stock",
    )
    make_to_order_share: Parameter[Share] = Field(
        default=Parameter(value=0.0),
        description="products made only once they are ordered; they have no stock, and their "
        "lines wait for production",
    )
    production_lead_days: Parameter[Distribution] = Field(
        default=Parameter(
            value=Gamma(distribution="gamma", shape=1.23, scale=30.5, cap=365),
            provenance="data",
            source="IBM SAP manufacturing log: order to first goods issue, Gam(1.23, 30.5 d), so "
            "delivery is in it; cap assumed",
        ),
        description="from the confirmed order until a made-to-order line is finished, calendar "
        "days, one value per line; longer means later delivery",
    )

    @model_validator(mode="after")
    def _prices_in_reach(self) -> ProductsModel:
        if not self.unit_price.value.lowest() >= 0:
            raise ValueError("unit_price: can be negative; give it a floor of 0 or more")
        if not self.unit_price.value.highest() <= 1e12:
            raise ValueError("unit_price: can be above a million millions; give it a cap")
        return self


class InventoryModel(Section):
    """How stock is kept: each product on its own, checked at every movement.

    When what is free and on order falls to the reorder point, as much is ordered as brings it
    up to the order-up-to level: the (s, S) policy with continuous review.
    """

    safety_stock_days: Parameter[Annotated[float, Field(ge=0, le=3_650)]] = Field(
        default=Parameter(value=21.0),
        description="days of a product's mean demand that the reorder point holds above the mean "
        "demand of the supplier's lead time; more days mean fewer backorders and more stock",
    )
    order_cycle_days: Parameter[Annotated[float, Field(ge=0, le=3_650)]] = Field(
        default=Parameter(value=14.0),
        description="days of mean demand between reorder point and order-up-to level; more days "
        "mean fewer, larger replenishments and more stock",
    )
    supplier_lead_days: Parameter[Distribution] = Field(
        default=Parameter(value=Gamma(distribution="gamma", shape=4, scale=3.5, cap=90)),
        description="from a replenishment order until the goods are on stock, calendar days, one "
        "value per replenishment; longer means more stock, less even means more backorders",
    )
    allocation: Parameter[Allocation] = Field(
        default=Parameter(value="first_come"),
        description="which waiting line gets arriving stock first: the oldest, the smallest or "
        "the largest; the next in turn waits until its whole quantity is there",
    )
    carrying_cost_share_per_year: Parameter[NonNegative] = Field(
        default=Parameter(value=0.20),
        description="yearly cost of holding stock as a share of its value at cost: capital, "
        "space, insurance, ageing",
    )
