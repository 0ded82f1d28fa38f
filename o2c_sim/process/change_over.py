"""Change-over: from one midnight on, the company is as another model says.

Every stage reads the policy in force when it decides something, so what is decided from now on
follows the new model. What has been decided stays: a planned payment, a scheduled reminder, the
run that a document waits for.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from o2c_sim.process import allowance, credit, insolvency, replenishment, rescheduling
from o2c_sim.process.customers import create_customers
from o2c_sim.process.demand import demand_of
from o2c_sim.process.period import Period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from o2c_sim.change import ModelChange
    from o2c_sim.model.company import CompanyModel
    from o2c_sim.process.company import Company
    from o2c_sim.process.customers import Customer

# The sections that each of these is made of.
_OF_CUSTOMERS = ("customers", "credit", "disputes", "fulfilment", "demand")
_OF_DEMAND = ("demand", "products", "customers")
_OF_STOCK = ("inventory", "products", "demand")


def expect(company: Company, change: ModelChange, until: float) -> None:
    """Let a change come at the midnight of its day, before all else that happens then.

    Parameters
    ----------
    company, change
        Which company becomes what.
    until
        The end of the run, simulation seconds.
    """
    midnight = company.env.first_at(company.clock.midnight(change.day))
    assert midnight.callbacks is not None
    midnight.callbacks.append(lambda _: change_over(company, change, until))


def change_over(company: Company, change: ModelChange, until: float) -> None:
    """Let the company be as another model says from now on; see :func:`expect`."""
    model, before = change.model, company.model
    company.model = model
    company.go_by(company.policies_of(model))
    customers = _change_customers(company, before, model)
    first_invoice = len(company.documents.invoice_end)
    company.periods.append(Period(change.day, company.env.now, first_invoice, model, customers))
    _change_demand(company, before, model)
    company.keep_hours(model)
    company.staffing.change_to(model)
    insolvency.foresee(company, until)
    credit.watch(company)
    rescheduling.watch(company)
    allowance.watch(company)
    replenishment.watch(company)


def _differ(before: CompanyModel, model: CompanyModel, sections: Sequence[str]) -> bool:
    return any(getattr(before, name) != getattr(model, name) for name in sections)


def _change_customers(
    company: Company, before: CompanyModel, model: CompanyModel
) -> Sequence[Customer]:
    """Give the customers the traits that they have in a model; return these."""
    periods = company.periods
    if not _differ(before, model, _OF_CUSTOMERS):
        return periods[-1].customers
    if periods[-1].customers is company.customers:
        was = [customer.alike() for customer in company.customers]
        periods[:] = [period._replace(customers=was) for period in periods]
    drawn = create_customers(model, company.streams)
    for customer, other in zip(company.customers, drawn, strict=True):
        customer.become(other)
    return drawn


def _change_demand(company: Company, before: CompanyModel, model: CompanyModel) -> None:
    """Change what is ordered from now on, and the stock that is kept for it."""
    if _differ(before, model, _OF_DEMAND):
        weights = np.array([customer.weight for customer in company.customers])
        company.demand = demand_of(model, company.streams, company.clock, weights)
        company.order_book.change(company.documents.orders, company.demand)
    if _differ(before, model, _OF_STOCK):
        company.stock_policy = partial(
            replenishment.stock_policy, model, company.demand.products, company.streams
        )
        company.stock.replan(company.stock_policy(company.demand.rate_factor(company.today())))
