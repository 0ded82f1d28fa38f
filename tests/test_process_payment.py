"""When a customer pays: terms, habit, payment run, weekend, receipt of the invoice."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim.engine import Clock
from o2c_sim.process.customers import ANY_DAY
from o2c_sim.process.payment import pay_day

CLOCK = Clock(dt.date(2025, 1, 6), "UTC")  # day 0 is a Monday
FRIDAY = 4


@pytest.mark.parametrize(
    ("due", "late", "received", "run", "paid", "why"),
    [
        (30, 0, 0, ANY_DAY, 30, "a Wednesday: on the due day"),
        (33, 0, 0, ANY_DAY, 35, "a Saturday: on Monday"),
        (34, 0, 0, ANY_DAY, 35, "a Sunday: on Monday"),
        (30, 2, 0, ANY_DAY, 32, "two days late: on Friday"),
        (30, 2.5, 0, ANY_DAY, 32, "2.5 rounds to the even 2"),
        (30, -6, 0, ANY_DAY, 24, "six days early"),
        (30, -20, 25, ANY_DAY, 25, "meant to pay on day 10, had the invoice on day 25"),
        (0, 0, 5, ANY_DAY, 7, "due at once, received on Saturday: on Monday"),
        (30, 0, 0, FRIDAY, 32, "the run nearest to Wednesday 30 is Friday 32"),
        (28, 0, 0, FRIDAY, 25, "the run nearest to Monday 28 is the Friday before"),
        (29, 0, 0, FRIDAY, 32, "Tuesday is three days before Friday: nearest is ahead"),
        (28, 0, 28, FRIDAY, 32, "the run before came too early for the invoice"),
    ],
)
def test_pay_day(due, late, received, run, paid, why):
    """Day 0 is a Monday, so day 30 is a Wednesday."""
    assert pay_day(due, late, received, run, CLOCK) == paid, why


@given(
    due=st.integers(0, 100),
    late=st.floats(-40, 60),
    received=st.integers(0, 100),
    run=st.integers(-1, 4),
)
def test_nobody_pays_before_the_invoice_or_on_a_weekend(due, late, received, run):
    """Paid on a weekday (on that of the run), not before receipt, within half a week of intent."""
    day = pay_day(due, late, received, run, CLOCK)
    intended = max(due + round(late), received)
    assert day >= received
    assert day % 7 < 5
    if run == ANY_DAY:
        assert intended <= day <= intended + 2
    else:
        assert day % 7 == run
        assert abs(day - intended) <= 3 or (day - intended <= 6 and day - 7 < received)
