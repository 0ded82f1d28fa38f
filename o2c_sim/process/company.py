"""The company at work: its people, customers, policies, books and clock, shared by all stages."""

from __future__ import annotations

import numpy as np
import simpy

from o2c_sim.engine import Clock, Recorder, StaffPool, Streams
from o2c_sim.ledger import Ledger
from o2c_sim.model.company import ROLES, CompanyModel
from o2c_sim.process.billing import billing_policy
from o2c_sim.process.calendars import working_calendar
from o2c_sim.process.capture import capture_policy
from o2c_sim.process.cash_application import cash_application_policy
from o2c_sim.process.credit import credit_policy
from o2c_sim.process.customers import create_customers
from o2c_sim.process.cycle import receive_orders
from o2c_sim.process.demand import Demand, OrderBook
from o2c_sim.process.documents import Documents
from o2c_sim.process.dunning import dunning_policy
from o2c_sim.process.fulfilment import fulfilment_policy
from o2c_sim.process.order import Invoice, Order
from o2c_sim.process.payment import payment_policy
from o2c_sim.process.write_off import write_off_policy


class Company:
    """All that the stages of one simulated company share.

    Parameters
    ----------
    model
        The company's description.
    seed, replication
        Address of its random draws.
    """

    def __init__(self, model: CompanyModel, seed: int, replication: int) -> None:
        self.model = model
        self.env = simpy.Environment()
        self.clock = Clock(model.start_date, model.zone)
        self.ledger = Ledger()
        self.documents = Documents()
        self._recorder = Recorder()
        streams = Streams(seed, replication)

        self.customers = create_customers(model, streams)
        weights = np.array([customer.weight for customer in self.customers])
        self.demand = Demand(model, streams, self.clock, weights)
        self.order_book = OrderBook(self.demand)

        self.capture = capture_policy(model, streams)
        self.credit = credit_policy(model, streams)
        self.fulfilment = fulfilment_policy(model, streams, self.clock)
        self.billing = billing_policy(model, streams, self.clock)
        self.dunning = dunning_policy(model, self.clock)
        self.payment = payment_policy(model, streams, self.clock)
        self.cash_application = cash_application_policy(model, streams)
        self.write_off = write_off_policy(model, self.clock)

        calendars = {
            name: working_calendar(calendar, self.clock)
            for name, calendar in model.calendars.items()
        }
        self.pools = {
            role: StaffPool(
                self.env, model.staff[role].headcount.value, calendars[model.staff[role].calendar]
            )
            for role in ROLES
        }
        # People are numbered from 1 across pools; 0 is nobody.
        first, numbers = 1, {}
        for role in ROLES:
            numbers[role] = first
            first += self.pools[role].headcount
        self.order_desk = self.pools["order_desk"]
        self.order_desk_names = numbers["order_desk"]
        self.credit_desk = self.pools["credit"]
        self.credit_desk_names = numbers["credit"]
        self.warehouse = self.pools["warehouse"]
        self.warehouse_names = numbers["warehouse"]
        self.cash_desk = self.pools["cash_application"]
        self.cash_desk_names = numbers["cash_application"]

        self._today = -1
        self._tomorrow_at = -1.0

    @property
    def recorder(self) -> Recorder:
        """The rows recorded so far."""
        return self._recorder

    def new_order(
        self, number: int, customer: int, channel: int, lines: int, value_minor: int
    ) -> Order:
        """Return a new order of a customer."""
        self.documents.orders = number + 1
        return Order(number, self.customers[customer], channel, lines, value_minor)

    def close_invoice(self, invoice: Invoice) -> None:
        """Take a settled invoice off the customer's exposure and open items."""
        customer = invoice.order.customer
        customer.exposure_minor -= invoice.amount_minor
        del customer.due_days[invoice.number]

    def record(
        self, activity: int, number: int, start: float | None = None, person: int = 0
    ) -> None:
        """Record that an activity on document *number* is done now, begun at *start*."""
        now = self.env.now
        self._recorder.record(activity, number, now if start is None else start, now, person)

    def after(self, seconds: float) -> simpy.Timeout:
        """Return an event that many seconds from now."""
        return simpy.Timeout(self.env, seconds)

    def until(self, time: float) -> simpy.Timeout:
        """Return an event at a time (now, if the time has passed)."""
        delay = time - self.env.now
        return simpy.Timeout(self.env, delay if delay > 0 else 0)

    def today(self) -> int:
        """Return today's day number."""
        # A wait that ends at midnight may end a rounding error before it.
        now = self.env.now + 1e-6
        if now >= self._tomorrow_at:
            self._today = self.clock.day(now)
            self._tomorrow_at = self.clock.midnight(self._today + 1)
        return self._today

    def run(self, days: int) -> None:
        """Run the company from its first midnight for a number of local days."""
        self.env.process(receive_orders(self, days))
        self.env.run(until=self.clock.midnight(days))
