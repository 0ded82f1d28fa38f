"""The order-to-cash cycle: one order stage by stage, and the company that lives through many."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from o2c_sim.engine import Clock, Streams
from o2c_sim.model.company import CompanyModel
from o2c_sim.process import (
    allowance,
    change_over,
    insolvency,
    order_change,
    own_steps,
    quotation,
    receivable,
    replenishment,
    rescheduling,
    returns,
)
from o2c_sim.process.company import Company
from o2c_sim.process.opening import Past, take_over
from o2c_sim.process.order import Delivery, Order
from o2c_sim.process.policies import Policies, compile_policies
from o2c_sim.process.stages import Stages

if TYPE_CHECKING:
    from simpy import Event

    from o2c_sim.change import ModelChange
    from o2c_sim.extension import Extension
    from o2c_sim.opening import Opening


def order_to_cash(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Take one order from receipt to cash, cancellation or write-off."""
    stages = company.stages
    if quotation.is_asked_for(company, order) and not (yield from stages.quote(company, order)):
        return
    yield from stages.enter(company, order)
    own_steps.follow_entry(company, order)
    yield from stages.clarify(company, order)
    if not (yield from stages.check_credit(company, order)):
        return
    stages.confirm(company, order)
    rescheduling.may_ask_for_later(company, order)
    order_change.foresee(company, order)
    if order.customer.prepays and order.open_lines:
        yield from stages.obtain_prepayment(company, order)
    if order.customer.insolvent:
        insolvency.cancel(company, order)
        return
    yield from supply(company, order)


def supply(company: Company, order: Order) -> Generator[Any, Any, None]:
    """Deliver the open lines of an order, in one delivery or several, and collect the money."""
    # One process at a time looks after them; who starts another one asks before.
    order.supplied = True
    while (delivery := (yield from company.stages.next_delivery(company, order))) is not None:
        if not order.open_lines:
            order.supplied = False
            yield from deliver_and_collect(company, delivery)
            return
        company.start(deliver_and_collect(company, delivery))
    order.supplied = False


def deliver_and_collect(company: Company, delivery: Delivery) -> Generator[Any, Any, None]:
    """Take a delivery from its creation to cash; what is not found is delivered later."""
    stages, picked = company.stages, delivery.picked
    if picked is not None:
        company.start(_supply_missing(company, delivery, picked))
    yield from stages.ship(company, delivery)
    if picked is not None and not picked.triggered:
        # A stage of an extension need not say when it has picked.
        picked.succeed()
    if not delivery.parts:
        return
    returns.foresee(company, delivery)
    invoice = yield from stages.bill(company, delivery)
    if invoice is None:
        return
    yield from receivable.collect(company, invoice)


def _supply_missing(
    company: Company, delivery: Delivery, picked: Event
) -> Generator[Any, Any, None]:
    """Go on with the lines that picking does not find, while the others wait for their pick-up."""
    yield picked
    for order, _ in delivery.missing:
        if not order.supplied:
            order.supplied = True
            company.start(supply(company, order))


def receive_orders(company: Company, days: int) -> Generator[Any, Any, None]:
    """Start the cycle of each order as it arrives, for a number of days."""
    number, changing = 0, {change.day for change in company.model_changes}
    for day in range(days):
        if day in changing:
            # What is ordered from this midnight on, the other model tells.
            yield company.clock.midnight(day)
        for arrival in company.demand.arrivals(day):
            yield arrival
            company.start(order_to_cash(company, company.new_order(number)))
            number += 1


def resume(company: Company, past: Past) -> None:
    """Go on with what was open before the first day."""
    for order in past.orders:
        company.start(supply(company, order))
    for invoice in past.invoices:
        receivable.resume(company, invoice)


def found(
    model: CompanyModel,
    seed: int,
    replication: int,
    extension: Extension | None = None,
    opening: Opening | None = None,
    changes: tuple[ModelChange, ...] = (),
    streams: Streams | None = None,
) -> Company:
    """Return a company on its first midnight, without orders, debtors or stock of work.

    Parameters
    ----------
    model
        The company's description.
    seed, replication
        Address of its random draws.
    extension
        A user's own stages, policies and activities.
    opening
        What is open, ordered and on stock on the first day; nothing but full stock by default.
    changes
        What it becomes later, in order of time.
    streams
        The draws of that seed and replication, if they are at hand.
    """
    streams, clock = streams or Streams(seed, replication), Clock(model.start_date, model.zone)

    def policies_of(model: CompanyModel) -> Policies:
        policies = compile_policies(model, streams, clock)
        return policies if extension is None else extension.adapted(policies, model)

    stages = Stages() if extension is None else extension.stages()
    own = own_steps.activities([model, *(change.model for change in changes)])
    activities = (*own, *(extension.activities if extension is not None else ()))
    company = Company(model, streams, clock, policies_of, stages, activities, changes)
    if opening is not None:
        company.past = take_over(company, opening)
    return company


def run(company: Company, days: int) -> None:
    """Run a new company for a number of local days."""
    if company.past is not None:
        resume(company, company.past)
    company.start(receive_orders(company, days))
    insolvency.foresee(company, company.clock.midnight(days))
    rescheduling.watch(company)
    allowance.watch(company)
    replenishment.watch(company)
    for change in company.model_changes:
        if change.day < days:
            change_over.expect(company, change, company.clock.midnight(days))
    company.env.run(until=company.clock.midnight(days))
    # What an extension has recorded wrongly is found while it can be told of it.
    company.recorder.table()
