"""The company at work: its people, customers, policies, books and clock, shared by all stages."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy

from o2c_sim.engine import Clock, Draws, Environment, Recorder, Streams
from o2c_sim.engine.randomness import Quantile
from o2c_sim.ledger import Ledger
from o2c_sim.model.company import CompanyModel
from o2c_sim.process.calendars import system_hours, working_calendar
from o2c_sim.process.customers import create_customers
from o2c_sim.process.demand import demand_of
from o2c_sim.process.documents import Documents
from o2c_sim.process.held import HeldOrders
from o2c_sim.process.order import Order
from o2c_sim.process.order_book import OrderBook
from o2c_sim.process.period import Period
from o2c_sim.process.replenishment import stock_policy
from o2c_sim.process.staffing import Staffing
from o2c_sim.process.stock import Stock
from o2c_sim.vocabulary import ACTIVITIES

if TYPE_CHECKING:
    from o2c_sim.change import ModelChange
    from o2c_sim.process.activity import OwnActivity
    from o2c_sim.process.insolvency import Outlook
    from o2c_sim.process.opening import Past
    from o2c_sim.process.policies import Policies
    from o2c_sim.process.stages import Stages


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
    policies_of
        Returns what each stage goes by under a description.
    stages
        What is done at each stage.
    activities
        Activities besides those of the vocabulary.
    model_changes
        When it becomes another company, in order of time.

    Attributes
    ----------
    model
        The description in force.
    periods
        The descriptions that have been in force so far, the present one last.
    own
        Empty at the start: for what the stages of an extension remember of this run.
    """

    def __init__(
        self,
        model: CompanyModel,
        streams: Streams,
        clock: Clock,
        policies_of: Callable[[CompanyModel], Policies],
        stages: Stages,
        activities: tuple[OwnActivity, ...] = (),
        model_changes: tuple[ModelChange, ...] = (),
    ) -> None:
        self.model = model
        self.model_changes = model_changes
        self.stages = stages
        self.activities = activities
        self.own: dict[str, Any] = {}
        self.streams = streams
        self._own_draws: dict[str, Draws] = {}
        self._own_numbers = {
            activity: number for number, activity in enumerate(activities, len(ACTIVITIES))
        }
        self.env = Environment()
        self.clock = clock
        self.ledger = Ledger()
        self.documents = Documents()
        self.recorder = Recorder(self.env)

        self.customers = create_customers(model, streams)
        self.periods = [Period(0, -inf, 0, model, self.customers)]
        weights = np.array([customer.weight for customer in self.customers])
        self.demand = demand_of(model, streams, clock, weights)
        self.order_book = OrderBook(self.demand)
        self.stock_policy = partial(stock_policy, model, self.demand.products, streams)
        self.stock = Stock(self.env, self.stock_policy(self.demand.rate_factor(0)))
        # Orders with lines that have had to wait for goods, by number, while dates are reviewed.
        self.backordered: dict[int, Order] = {}

        # Orders that wait for a run to check their credit again.
        self.held = HeldOrders()

        # What a warm start has taken over.
        self.past: Past | None = None

        # When each customer is going to fail, by number.
        self.outlooks: dict[int, Outlook] = {}
        # Processes that keep on running, by name: some begin only when they are needed.
        self.standing: set[str] = set()

        self.policies_of = policies_of
        self.go_by(policies_of(model))

        models = [model, *(change.model for change in model_changes)]
        self.staffing = Staffing(models, self.env, streams, clock)
        self.pools = self.staffing.pools
        self.keep_hours(model)
        self.order_desk = self.pools["order_desk"]
        self.credit_desk = self.pools["credit"]
        self.warehouse = self.pools["warehouse"]
        self.billing_desk = self.pools["billing"]
        self.collection_desk = self.pools["collections"]
        self.dispute_desk = self.pools["disputes"]
        self.cash_desk = self.pools["cash_application"]

        self._today = 0
        self._tomorrow_at = -inf

    def go_by(self, policies: Policies) -> None:
        """Let each stage go by these policies from now on."""
        self.quotation = policies.quotation
        self.capture = policies.capture
        self.credit = policies.credit
        self.changes = policies.changes
        self.fulfilment = policies.fulfilment
        self.billing = policies.billing
        self.invoice_delivery = policies.invoice_delivery
        self.dunning = policies.dunning
        self.collections = policies.collections
        self.disputes = policies.disputes
        self.payment = policies.payment
        self.remittance = policies.remittance
        self.prepayment = policies.prepayment
        self.direct_debit = policies.direct_debit
        self.insolvency = policies.insolvency
        self.cash_application = policies.cash_application
        self.returns = policies.returns
        self.write_off = policies.write_off
        self.recovery = policies.recovery
        self.allowance = policies.allowance
        self.own_steps = policies.own_steps

    def keep_hours(self, model: CompanyModel) -> None:
        """Keep a model's office hours, and the hours of its systems, from now on."""
        office = model.staff["order_desk"].calendar
        self.office_hours = working_calendar(model.calendars[office], self.clock)
        self.system_hours = system_hours(model, self.clock)

    def record(
        self,
        activity: int,
        document: int,
        begun: float | None = None,
        person: int = 0,
        amount_minor: int = 0,
    ) -> None:
        """Say what a stage has done as it is done: see :meth:`Recorder.record`."""
        self.recorder.record(activity, document, begun, person, amount_minor)

    def new_order(self, number: int) -> Order:
        """Return the order of that number, which has just arrived."""
        self.documents.new_order()
        customer, channel, first_line, products, quantities, values_minor, value_minor = (
            self.order_book[number]
        )
        # By position: in machine code a call with the row as it is goes by way of a tuple.
        return Order(
            number,
            self.customers[customer],
            channel,
            first_line,
            products,
            quantities,
            values_minor,
            value_minor,
            self.env.now,
        )

    def dissolve(self) -> None:
        """Let go of all that is open; it is not to be asked about that any more.

        A company is one large cycle of references. Without its documents little is left of it for
        a search for garbage, which takes far longer than to let them go.
        """
        self.env.drop()
        for customer in self.customers:
            customer.forget()
        self.stock.forget()
        self.order_book.forget()
        self.outlooks.clear()

    def number_of(self, activity: OwnActivity) -> int:
        """Return the number by which an activity outside the vocabulary is recorded."""
        return self._own_numbers[activity]

    def draws(self, purpose: str, quantile: Quantile | None = None) -> Draws:
        """Return the random draws of a purpose of an extension; they are made only once.

        Parameters
        ----------
        purpose
            Name that no other draws have, such as ``licence.days``.
        quantile
            Turns an array of uniform numbers into values; None keeps the uniform numbers.
        """
        draws = self._own_draws.get(purpose)
        if draws is None:
            draws = self._own_draws[purpose] = self.streams.draws(purpose, quantile)
        return draws

    def start(self, process: Generator[Any, Any, Any]) -> None:
        """Let a process run beside the others; it yields times and events."""
        self.env.launch(process)

    def after(self, seconds: float) -> float:
        """Return the time that many seconds from now, for a process to wait for."""
        return self.env.now + seconds

    def until(self, time: float) -> float:
        """Return a time for a process to wait for; one that has passed is now."""
        return time

    def wake_at(self, time: float) -> simpy.Event:
        """Return a SimPy event at a time (now, if the time has passed)."""
        return self.env.at(time)

    def today(self) -> int:
        """Return today's day number."""
        now = self.env.now
        if now >= self._tomorrow_at:
            self._today = self.clock.day(now)
            self._tomorrow_at = self.clock.midnight(self._today + 1)
        return self._today
