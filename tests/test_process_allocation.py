"""Allocation: who gets stock, who waits, what is promised, and what is given back."""

import pytest
from by_hand import DAY, HandMade
from hypothesis import given, settings
from hypothesis import strategies as st

from o2c_sim.process import activity, allocation


def held(orders, product):
    """Return the units that open lines hold, and those that they wait for."""
    has = waits = 0
    for order in orders:
        for slot in order.open_lines:
            if order.products[slot] == product:
                line = order.backorders.get(slot)
                if line and line.waiting:
                    waits += order.quantities[slot]
                else:
                    has += order.quantities[slot]
    return has, waits


def test_a_line_gets_all_its_units_or_waits(distributor):
    """10 and 5 units on hand; 6 and 6 asked for: the first line gets its own, the second waits."""
    made = HandMade(distributor, [10, 5])
    order, stock = made.order([0, 1], [6, 6]), made.company.stock
    allocation.confirm(made.company, order)
    assert stock.available == [4, 5]
    assert list(order.backorders) == [1]
    assert stock.waiting(1) == 6
    # What is missing is on order: one unit, since a line may not be split.
    assert stock.on_order(1) == 1
    assert allocation.ready(order) == [0]


def test_the_promise_is_the_later_of_the_wish_and_the_goods(distributor):
    """Wanted on Tuesday 0:00, delivered from the run at 3:00; planned transit is 6 hours.

    The goods that are missing are planned in 20 days, on Sunday: the run after that is on Monday.
    The promise has 2 days' allowance.
    """
    made = HandMade(distributor, [10, 5], {"fulfilment.promise_allowance_days": 2})
    order, company = made.order([0, 1], [6, 6]), made.company
    allocation.confirm(company, order)
    hour = DAY / 24
    assert order.due_at == DAY
    assert company.documents.order_wanted_at[0] == DAY + 3 * hour + DAY / 4 + 2 * DAY
    assert allocation.promised_at(company, order, [0]) == company.documents.order_wanted_at[0]
    later = 21 * DAY + 3 * hour + DAY / 4 + 2 * DAY
    assert allocation.promised_at(company, order, [1]) == later
    assert company.documents.order_promised_at[0] == later


def test_who_wants_an_order_complete_gets_nothing_before_all_is_there(distributor):
    """The line that is there waits for the one that is not."""
    made = HandMade(distributor, [10, 5])
    order = made.order([0, 1], [6, 6])
    order.customer.complete_delivery = True
    allocation.confirm(made.company, order)
    assert allocation.ready(order) == []
    allocation.release_lines(made.company, order, [1])
    assert allocation.ready(order) == [0]


def test_rejected_lines_give_back_what_they_have_and_wait_no_longer(distributor):
    """Another order that waits gets what is given back."""
    made = HandMade(distributor, [10])
    company, stock = made.company, made.company.stock
    first, second, third = (made.order([0], [q]) for q in (8, 5, 5))
    for order in (first, second, third):
        allocation.confirm(company, order)
    assert allocation.ready(second) == []
    allocation.release_lines(company, first, [0])
    assert first.open_lines == []
    assert allocation.ready(second) == [0]
    assert allocation.ready(third) == [0]
    allocation.release_lines(company, second, [0])
    allocation.release_lines(company, third, [0])
    assert stock.available == [10]
    assert stock.waiting(0) == 0


@pytest.mark.parametrize(
    ("quantity", "available", "waiting"),
    [(3, 5, 0), (5, 3, 0), (8, 0, 0), (9, 8, 9)],
)
def test_another_quantity(distributor, quantity, available, waiting):
    """8 on hand, 5 allocated: less gives back, up to 3 more are taken, else the line waits."""
    made = HandMade(distributor, [8])
    order, stock = made.order([0], [5]), made.company.stock
    allocation.confirm(made.company, order)
    allocation.reallocate(made.company, order, 0, quantity)
    assert (stock.available[0], stock.waiting(0)) == (available, waiting)
    assert order.quantities == [quantity]
    assert bool(allocation.ready(order)) == (not waiting)


def test_a_smaller_quantity_may_end_the_waiting(distributor):
    """10 of 8 have to wait, 8 of 8 do not."""
    made = HandMade(distributor, [8])
    order = made.order([0], [10])
    allocation.confirm(made.company, order)
    allocation.reallocate(made.company, order, 0, 8)
    assert allocation.ready(order) == [0]
    assert made.company.stock.available == [0]


def test_lines_that_are_gone_cannot_be_changed(distributor):
    """A delivered or rejected line holds nothing any more."""
    made = HandMade(distributor, [8])
    order = made.order([0], [5])
    allocation.confirm(made.company, order)
    allocation.release_lines(made.company, order, [0])
    with pytest.raises(ValueError, match=r"lines \[0\] are not open"):
        allocation.release_lines(made.company, order, [0])
    with pytest.raises(ValueError, match=r"lines \[0\] are not open"):
        allocation.reallocate(made.company, order, 0, 3)
    other = made.order([0], [5])
    allocation.confirm(made.company, other)
    with pytest.raises(ValueError, match="a quantity of 0"):
        allocation.reallocate(made.company, other, 0, 0)


def test_what_is_made_to_order_is_there_when_it_is_made(distributor):
    """Made in 9 days from Monday 0:00: Produce Goods on Wednesday week, delivered at 3:00."""
    made = HandMade(
        distributor,
        [0],
        {"products.make_to_order_share": 1, "products.production_lead_days": 9},
    )
    order = made.place([0, 0], [4, 7])
    made.run(20)
    assert made.happened(activity.PRODUCE_GOODS) == [(0, 9, 0), (1, 9, 0)]
    assert made.happened(activity.CREATE_DELIVERY) == [(0, 9, 3)]
    assert made.delivered() == [[0, 1]]
    assert made.company.stock.on_hand == [0]
    assert order.open_lines == []


def test_without_the_check_nothing_waits(distributor):
    """All goods are at hand, whatever the stock."""
    made = HandMade(distributor, [0], {"fulfilment.availability_check": False})
    order = made.place([0], [1_000])
    made.run(10)
    assert made.happened(activity.POST_GOODS_ISSUE) == [(0, 1, 9.5)]
    assert order.backorders == {}
    assert made.company.stock.on_hand == [0]


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["place", "release", "reallocate", "wait"]),
        st.integers(0, 5),
        st.integers(1, 9),
    ),
    max_size=25,
)


@settings(max_examples=50)
@given(CHANGES)
def test_stock_is_what_the_open_lines_hold(distributor, changes):
    """After any changes: what is allocated is held, what is waited for is waited for."""
    made = HandMade(distributor, [12, 4], {"inventory.supplier_lead_days": 3})
    company, stock, orders = made.company, made.company.stock, []
    for what, which, number in changes:
        order = orders[which % len(orders)] if orders else None
        if what == "place" or order is None:
            orders.append(made.order([which % 2, number % 2], [number, which + 1]))
            allocation.confirm(company, orders[-1])
        elif what == "wait":
            company.env.run(until=company.env.now + number * DAY / 2)
        elif order.open_lines:
            slot = order.open_lines[number % len(order.open_lines)]
            if what == "release":
                allocation.release_lines(company, order, [slot])
            else:
                allocation.reallocate(company, order, slot, number)
        for product in (0, 1):
            allocated = stock.on_hand[product] - stock.available[product]
            assert held(orders, product) == (allocated, stock.waiting(product))
