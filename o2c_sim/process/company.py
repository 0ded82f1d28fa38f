"""The company at work: its people, customers, policies, books and clock, shared by all stages."""

from __future__ import annotations

from math import nextafter
from typing import TYPE_CHECKING

import numpy as np
import simpy

from o2c_sim.engine import Clock, Recorder, StaffPool, Streams
from o2c_sim.ledger import Ledger
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.section import ROLES
from o2c_sim.process.calendars import working_calendar
from o2c_sim.process.customers import create_customers
from o2c_sim.process.demand import Demand, OrderBook
from o2c_sim.process.documents import Documents
from o2c_sim.process.order import Invoice, Order

if TYPE_CHECKING:
    from o2c_sim.process.policies import Policies


class Company:
    """All that the stages of one simulated company share.

    Parameters
    ----------
    model
        The company's description.
    streams
        Its random draws.
    clock
        Its clock.
    policies
        What each stage goes by.
    """

    def __init__(
        self, model: CompanyModel, streams: Streams, clock: Clock, policies: Policies
    ) -> None:
        self.model = model
        self.env = simpy.Environment()
        self.clock = clock
        self.ledger = Ledger()
        self.documents = Documents()
        self.recorder = Recorder(self.env)
        # A stage says what is done as it is done: record(activity, document, begun, person).
        self.record = self.recorder.record

        self.customers = create_customers(model, streams)
        weights = np.array([customer.weight for customer in self.customers])
        self.demand = Demand(model, streams, clock, weights)
        self.order_book = OrderBook(self.demand)

        self.capture = policies.capture
        self.credit = policies.credit
        self.fulfilment = policies.fulfilment
        self.billing = policies.billing
        self.dunning = policies.dunning
        self.collections = policies.collections
        self.disputes = policies.disputes
        self.payment = policies.payment
        self.cash_application = policies.cash_application
        self.write_off = policies.write_off

        calendars = {
            name: working_calendar(calendar, clock) for name, calendar in model.calendars.items()
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
        self.collection_desk = self.pools["collections"]
        self.collection_desk_names = numbers["collections"]
        self.dispute_desk = self.pools["disputes"]
        self.dispute_desk_names = numbers["disputes"]
        self.cash_desk = self.pools["cash_application"]
        self.cash_desk_names = numbers["cash_application"]

        self._today = -1
        self._tomorrow_at = -1.0

    def new_order(
        self, number: int, customer: int, channel: int, lines: int, value_minor: int
    ) -> Order:
        """Return a new order of a customer."""
        self.documents.orders = number + 1
        return Order(number, self.customers[customer], channel, lines, value_minor)

    def close_invoice(self, invoice: Invoice) -> None:
        """Take a settled invoice off the customer's exposure and open items."""
        customer = invoice.order.customer
        customer.exposure_minor -= invoice.open_minor
        invoice.open_minor = 0
        del customer.due_days[invoice.number]

    def after(self, seconds: float) -> simpy.Timeout:
        """Return an event that many seconds from now."""
        return simpy.Timeout(self.env, seconds)

    def until(self, time: float) -> simpy.Timeout:
        """Return an event at a time (now, if the time has passed)."""
        now = self.env.now
        delay = time - now
        if delay <= 0:
            return simpy.Timeout(self.env, 0)
        if now + delay < time:
            # Never a rounding error early: a wait until midnight must end on the new day.
            delay = nextafter(delay, float("inf"))
        return simpy.Timeout(self.env, delay)

    def today(self) -> int:
        """Return today's day number."""
        now = self.env.now
        if now >= self._tomorrow_at:
            self._today = self.clock.day(now)
            self._tomorrow_at = self.clock.midnight(self._today + 1)
        return self._today
