"""When an order is held: the limit and what counts against it, and old debts."""

import pytest
from ideal import ideal

from o2c_sim import Window, simulate
from o2c_sim import vocabulary as v
from o2c_sim.process.credit import must_hold
from o2c_sim.process.cycle import found
from o2c_sim.process.order import Order


@pytest.fixture
def company(distributor):
    """Return a company on its 51st day, whose first customer has a limit of 100.00."""
    model = ideal(distributor, {"credit.overdue_tolerance_days": 30})
    company = found(model, 1, 0)
    company.env.run(until=company.clock.midnight(50) + 3600)
    company.customers[0].limit_minor = 10_000
    return company


def order_of(company, value_minor):
    """Return a new order of the first customer."""
    return Order(0, company.customers[0], 0, 1, value_minor)


@pytest.mark.parametrize(
    ("exposure", "value", "held"),
    [(0, 10_000, False), (0, 10_001, True), (6_000, 4_000, False), (6_000, 4_001, True)],
)
def test_exposure_and_the_order_together_count_against_the_limit(company, exposure, value, held):
    """60.00 open and 40.00 ordered are within 100.00; a cent more is not."""
    company.customers[0].exposure_minor = exposure
    assert must_hold(company, order_of(company, value)) == held


@pytest.mark.parametrize(("due_day", "held"), [(50, False), (20, False), (19, True), (0, True)])
def test_an_invoice_overdue_by_more_than_the_tolerance_holds(company, due_day, held):
    """On day 50 with 30 days of tolerance: due on day 20 is just tolerated, on day 19 not.

    However small the order, and whatever else is not due yet.
    """
    company.customers[0].due_days = {7: 49, 8: due_day}
    assert must_hold(company, order_of(company, 1)) == held


def test_the_debts_of_another_customer_do_not_count(company):
    """Each customer has a limit and arrears of its own."""
    company.customers[1].exposure_minor = 10**9
    company.customers[1].due_days = {7: 0}
    assert not must_hold(company, order_of(company, 100))


def test_only_what_review_would_release_is_released_by_rule(distributor):
    """Half denied, the rest released by rule: every denial is a person's, no release is."""
    changes = {
        "customers.credit_limit_days": 0,
        "credit.denial_share": 0.5,
        "credit.auto_release_share": 1,
        "credit.review_wait_days": 0,
    }
    log = simulate(ideal(distributor, changes), window=Window(0, 40, 0)).log
    for activity, automated in ((v.RELEASE_CREDIT_BLOCK, True), (v.DENY_CREDIT, False)):
        found = log.events.filter(log.events["activity"].cast(str) == activity)["automated"]
        assert found.len() > 100
        assert set(found) == {automated}
