"""Claims on a stock of equal products: they note when they have got their units."""

from o2c_sim.engine import Streams
from o2c_sim.engine.clock import DAY
from o2c_sim.model.distribution import Constant
from o2c_sim.process.replenishment import RANK_OF_UNITS, StockPolicy

TEN_DAYS = Constant(value=10)


def policy(point=5, level=20, lead_days=TEN_DAYS, products=1, rank="first_come"):
    """Return the policy of some equal products, of a unit cost of 3.00."""
    return StockPolicy(
        reorder_point=(point,) * products,
        order_up_to=(level,) * products,
        lead_days=Streams(3, 0).draws("lead", lead_days.quantile),
        planned_days=(lead_days.mean(),) * products,
        unit_cost_minor=(300,) * products,
        rank_of_units=RANK_OF_UNITS[rank],
    )


class Caller:
    """A claim that notes in a log when it has got its units."""

    def __init__(self, name, env, log):
        self.name, self.env, self.log = name, env, log

    def allocated(self, product, quantity):
        """Note the day."""
        self.log.append((self.env.now / DAY, self.name, product, quantity))


class Issuer:
    """A claim whose units leave the house as soon as it has got them."""

    def __init__(self, stock):
        self.stock = stock

    def allocated(self, product, quantity):
        """Post the goods issue."""
        self.stock.issue(product, quantity)
