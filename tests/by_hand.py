"""Orders placed by hand with a company that has no demand of its own, and what becomes of them."""

import dataclasses

from ideal import ideal

from o2c_sim.process import allocation, cycle, rescheduling
from o2c_sim.process.order import Order
from o2c_sim.process.stock import Stock

HOUR, DAY = 3_600.0, 86_400.0


class HandMade:
    """An ideal company, from Monday 0:00 in UTC, that checks its stock.

    It holds *on_hand* units of each product, orders what is missing at once and gets it after
    20 days; nothing else is ordered.
    """

    def __init__(self, distributor, on_hand, changes=None):
        settings = {
            "fulfilment.availability_check": True,
            "products.count": len(on_hand),
            "customers.count": 3,
            "inventory.supplier_lead_days": 20,
            **(changes or {}),
        }
        self.company = cycle.found(ideal(distributor, settings), 1, 0)
        policy = dataclasses.replace(
            self.company.stock_policy(),
            reorder_point=(-1,) * len(on_hand),
            order_up_to=(0,) * len(on_hand),
        )
        self.company.stock = Stock(self.company.env, policy, on_hand)
        self.lines = 0

    def order(self, products, quantities, customer=0):
        """Return a new order; each line is worth 1.00 a unit."""
        values = [100 * quantity for quantity in quantities]
        number, first = self.company.documents.orders, self.lines
        self.company.documents.new_order()
        self.lines += len(values)
        return Order(
            number,
            self.company.customers[customer],
            0,
            first,
            list(products),
            list(quantities),
            values,
            sum(values),
        )

    def place(self, products, quantities, customer=0, at=0.0):
        """Let an order be confirmed at a time (seconds), delivered and paid."""
        order, company = self.order(products, quantities, customer), self.company

        def process():
            yield company.until(at)
            allocation.confirm(company, order)
            rescheduling.may_ask_for_later(company, order)
            yield from cycle.supply(company, order)

        company.start(process())
        return order

    def run(self, days):
        """Go on until the end of a day."""
        if self.company.fulfilment.rescheduling_run is not None:
            self.company.start(rescheduling.review_dates(self.company))
        self.company.env.run(until=days * DAY)

    def happened(self, activity):
        """Return (number, day, hour) of each event of an activity."""
        rows = self.company.recorder.table()
        return [
            (int(row[1]), int(row[3] // DAY), row[3] % DAY / HOUR)
            for row in rows
            if row[0] == activity
        ]

    def delivered(self):
        """Return the lines of each delivery."""
        documents, first, found = self.company.documents, 0, []
        for end in documents.delivery_end:
            found.append(list(documents.delivery_line)[first:end])
            first = end
        return found
