"""Held orders: which of them a re-check run looks at, and how often."""

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim import Window, override, simulate
from o2c_sim import vocabulary as v
from o2c_sim.process import credit
from o2c_sim.process.held import HeldOrders

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), st.integers(0, 2), st.integers(0, 9)),
        st.tuples(st.just("leave"), st.integers(0, 30), st.just(0)),
        st.tuples(st.just("run"), st.integers(-1, 9), st.integers(0, 2)),
    ),
    max_size=60,
)


@given(steps=STEPS)
def test_a_run_finds_all_that_would_pass_first_come_first(steps):
    """Beside a plain list of all that wait, gone through in each run.

    The first customer has room for orders up to the number given, the others for one more and
    two more. Every other order that is found waits on, at its old place.
    """
    env, held, plain = simpy.Environment(), HeldOrders(), []
    for kind, number, other in steps:
        if kind == "enter":
            place = held.enter(number, other)
            plain.append((place, number, other))
            held.wait(place, env.event())
        elif kind == "leave" and plain:
            held.leave(plain.pop(number % len(plain))[0])
        elif kind == "run":
            found = held.candidates(lambda c, value, room=number: value <= room + c)
            passing = [each for each in plain if each[2] <= number + each[1]]
            assert found == [place.news for place, _, _ in passing]
            for turn, each in enumerate(passing):
                if turn % 2:
                    held.wait(each[0], env.event())
                else:
                    held.leave(each[0])
                    plain.remove(each)
        assert bool(held) == bool(plain)


def test_it_is_enough_to_ask_for_the_smallest():
    """Of twenty orders, as many questions as there are that pass, and one more."""
    env, held, asked = simpy.Environment(), HeldOrders(), []
    for number in range(20):
        held.wait(held.enter("customer", number * 7 % 20), env.event())

    def passes(customer, value):
        asked.append(value)
        return value < 3

    assert len(held.candidates(passes)) == 3
    assert asked == [0, 1, 2, 3]


@pytest.mark.slow
def test_a_desk_that_cannot_keep_up_is_told_and_makes_the_run_no_slower(distributor, monkeypatch):
    """One analyst for twenty times the orders: the work for an order does not grow with the queue.

    Each held order used to be looked at in each of its nights: in a run three times as long, three
    times as often.
    """
    asked = []
    original = credit.reason_to_hold

    def counted(*args):
        asked.append(1)
        return original(*args)

    monkeypatch.setattr(credit, "reason_to_hold", counted)
    model = override(
        distributor,
        {
            "demand.orders_per_week": 3_000,
            "staff.credit.headcount": 1,
            "credit.auto_release_share": 0,
            "credit.limit_share": 0,
            "staff.order_desk.headcount": 60,
        },
        "test",
    )
    looks = []
    for days in (15, 45):
        asked.clear()
        run = simulate(model, window=Window(0, days, 0))
        assert any("Credit analyst cannot keep up" in warning for warning in run.warnings)
        orders = run.log.objects_of(v.ORDER).height
        looks.append(len(asked) / orders)
    assert looks[1] < 1.5 * looks[0], looks
