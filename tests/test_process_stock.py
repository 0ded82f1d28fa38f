"""Stock: who gets what is there, who waits, and when more is ordered."""

import numpy as np
import pytest
from stock_claims import Caller, Issuer, policy

from o2c_sim.engine.clock import DAY
from o2c_sim.model.distribution import Uniform
from o2c_sim.process.stock import Stock


@pytest.fixture
def claim(env, log):
    """Return a maker of claims that note in the log when they have got their units."""
    return lambda name: Caller(name, env, log)


def test_a_product_by_hand(env, log, claim):
    """Level 20, reorder point 5, ten days: two at once, one waits for the second order.

    Day 0: 12 of 20 are given, position 8. Day 1: 3 more, position 5, so 15 are ordered for day
    11. Day 2: 10 wait (5 are left), position 10. Day 3: 6 wait, position 4: 16 ordered for day 13.
    Day 11: 5 + 15 are there: 10 and 6 are given, 4 are left. Day 13: 20.
    """
    stock = Stock(env, policy())
    assert stock.allocate(0, 12, claim("a"))
    env.run(1 * DAY)
    assert stock.promised_at(0, 3) == 1 * DAY
    assert stock.allocate(0, 3, claim("b"))
    assert (stock.available[0], stock.position[0], stock.on_order(0)) == (5, 20, 15)
    env.run(2 * DAY)
    assert stock.promised_at(0, 10) == 11 * DAY
    assert not stock.allocate(0, 10, claim("c"))
    assert (stock.available[0], stock.position[0]) == (5, 10)
    env.run(3 * DAY)
    assert stock.promised_at(0, 6) == 11 * DAY
    assert stock.promised_at(0, 11) == 13 * DAY, "not on order: ten days from now"
    assert not stock.allocate(0, 6, claim("d"))
    assert (stock.position[0], stock.on_order(0), stock.waiting(0)) == (20, 31, 16)
    env.run()
    assert log == [(11, "c", 0, 10), (11, "d", 0, 6)]
    assert env.now == 13 * DAY
    assert (stock.on_hand[0], stock.available[0], stock.position[0]) == (51, 20, 20)
    for quantity in (12, 3, 10, 6):
        stock.issue(0, quantity)
    assert stock.on_hand[0] == 20


def test_statistics_by_hand(env, claim):
    """As above, with goods issue as soon as units are allocated.

    Window day 1 to 12: lines b, c and d, one at once; c waits 9 days and d 8; one stock-out.
    On hand: 8, then 5 from day 1 to day 11, then 4: (10 * 5 + 1 * 4) / 11 days * 3.00 a unit.
    """
    stock = Stock(env, policy())
    for day, quantity in enumerate((12, 3, 10, 6)):
        env.run(day * DAY + 1e-3)
        if stock.allocate(0, quantity, Issuer(stock)):
            stock.issue(0, quantity)
    env.run()
    found = stock.statistics(1 * DAY, 12 * DAY)
    assert found.lines == 3
    assert found.fill_rate == pytest.approx(1 / 3)
    assert found.mean_backorder_wait_days == pytest.approx(8.5)
    assert found.stock_outs == 1
    assert found.waiting_at_end == 0
    assert found.mean_value_minor == pytest.approx(54 / 11 * 300)
    assert stock.statistics(1 * DAY, 10 * DAY).waiting_at_end == 2
    assert np.isnan(stock.statistics(20 * DAY, 30 * DAY).fill_rate)


@pytest.mark.parametrize(
    ("rank", "expected"),
    [
        ("first_come", ["a 9", "b 2", "c 5"]),
        ("smallest_first", ["b 2", "c 5", "a 9"]),
        ("largest_first", ["a 9", "c 5", "b 2"]),
    ],
)
def test_waiting_lines_are_served_in_the_order_of_the_policy(env, log, claim, rank, expected):
    """Nine, two and five units wait for fifty."""
    stock = Stock(env, policy(point=0, level=50, rank=rank), on_hand=[0])
    for name, quantity in (("a", 9), ("b", 2), ("c", 5)):
        assert not stock.allocate(0, quantity, claim(name))
    env.run()
    assert [f"{name} {quantity}" for _, name, _, quantity in log] == expected


def test_nobody_overtakes_who_ranks_before(env, claim):
    """Three are there, eight are waited for: two more wait, unless small lines go first."""
    for rank, at_once in (("first_come", False), ("smallest_first", True)):
        stock = Stock(env, policy(point=0, level=50, rank=rank), on_hand=[3])
        assert not stock.allocate(0, 8, claim("a"))
        assert stock.allocate(0, 2, claim("b")) is at_once


def test_who_withdraws_lets_the_next_one_through(env, log, claim):
    """Three are there; the line of eight before the line of two goes away."""
    stock, first = Stock(env, policy(point=0, level=50), on_hand=[3]), claim("a")
    assert not stock.allocate(0, 8, first)
    assert not stock.allocate(0, 2, claim("b"))
    assert stock.withdraw(0, first) == 8
    assert log == [(0, "b", 0, 2)]
    assert (stock.available[0], stock.waiting(0)) == (1, 0)
    assert stock.withdraw(0, first) == 0
    statistics = stock.statistics(0, DAY)
    assert (statistics.lines, statistics.fill_rate, statistics.waiting_at_end) == (2, 0, 0)


def test_the_order_of_the_others_is_kept(env, log, claim):
    """One, five and two units wait; the line of one goes away: then two comes before five."""
    stock = Stock(env, policy(point=0, level=50, rank="smallest_first"), on_hand=[0])
    first = claim("a")
    for quantity, who in ((1, first), (5, claim("b")), (2, claim("c"))):
        assert not stock.allocate(0, quantity, who)
    stock.withdraw(0, first)
    stock.take_back(0, 2)
    assert log == [(0, "c", 0, 2)]


def test_each_replenishment_has_its_own_lead_time(env):
    """Two products ordered at once arrive apart."""
    lead = Uniform(distribution="uniform", low=1, high=9)
    rules = policy(lead_days=lead, products=2)
    stock = Stock(env, rules, on_hand=[0, 0])
    for day, expected in ((0, 2), (sorted(map(rules.lead_days, (0, 1)))[0] + 0.01, 1), (9.1, 0)):
        if day:
            env.run(day * DAY)
        assert sum(stock.on_order(product) > 0 for product in (0, 1)) == expected


def test_a_cancelled_line_gives_its_units_to_the_next(env, log, claim):
    """Also when the next one cancels at once: the third gets them."""
    stock = Stock(env, policy(point=0, level=50), on_hand=[5])

    class Undecided:
        def allocated(self, product, quantity):
            log.append("got and gave back")
            stock.give_back(product, quantity)

    assert stock.allocate(0, 5, claim("a"))
    assert not stock.allocate(0, 4, Undecided())
    assert not stock.allocate(0, 5, claim("c"))
    stock.give_back(0, 5)
    assert log == ["got and gave back", (0, "c", 0, 5)]
    assert stock.available[0] == 0


def test_a_loss_of_free_units_is_ordered_again(env, claim):
    """Twenty on hand, four allocated: at most sixteen can be found missing."""
    stock = Stock(env, policy())
    stock.allocate(0, 4, claim("a"))
    assert stock.lose(0, 100) == 16
    assert (stock.on_hand[0], stock.available[0], stock.on_order(0)) == (4, 0, 20)
    assert stock.lose(0, 3, allocated=True) == 3
    assert (stock.on_hand[0], stock.position[0]) == (1, 20)


def test_returned_goods_can_be_sold_again(env, claim):
    """Issued, brought back, and given to who waits for them."""
    stock = Stock(env, policy(point=0, level=9), on_hand=[9])
    assert stock.allocate(0, 9, claim("a"))
    stock.issue(0, 9)
    assert not stock.allocate(0, 2, claim("b"))
    stock.take_back(0, 3)
    assert (stock.on_hand[0], stock.available[0], stock.waiting(0)) == (3, 1, 0)


def test_made_to_order_waits_for_its_own_production(env, log, claim):
    """The shorter production is done first; nobody takes what is made for another."""
    stock = Stock(env, policy(point=-1, level=0))
    assert stock.promised_at(0, 7) == 10 * DAY
    assert not stock.make(0, 7, claim("a"), 12 * DAY)
    assert not stock.make(0, 7, claim("b"), 4 * DAY)
    env.run(3 * DAY)
    assert stock.promised_at(0, 7) == 13 * DAY, "what is made for others is nobody else's"
    env.run()
    assert log == [(4, "b", 0, 7), (12, "a", 0, 7)]
    assert (stock.on_hand[0], stock.available[0], stock.position[0]) == (14, 0, 0)


def test_what_was_made_for_a_withdrawn_line_serves_the_next(env, log, claim):
    """It is finished all the same, and then available."""
    stock, first = Stock(env, policy(point=-1, level=0)), claim("a")
    stock.make(0, 7, first, 12 * DAY)
    assert stock.withdraw(0, first) == 7
    assert stock.promised_at(0, 5) == 10 * DAY
    env.run()
    assert log == []
    assert stock.make(0, 5, claim("b"), DAY)
    assert (stock.available[0], stock.position[0]) == (2, 2)


def test_overdue_arrivals_are_expected_at_any_moment(env, claim):
    """Planned for day 5 on average, on its way for 9 days: promised for today on day 8."""
    lead = Uniform(distribution="uniform", low=0, high=10)
    slow = policy(point=0, level=9, lead_days=lead)
    stock = Stock(env, slow, on_hand=[0])
    (planned_at, *_), *_ = stock._on_order[0].values()
    assert planned_at == pytest.approx(5 * DAY)
    arrives = slow.lead_days(0) * DAY
    for moment in (arrives / 2, arrives * 0.999):
        env.run(moment)
        assert stock.promised_at(0, 4) == max(moment, planned_at)


def test_stock_can_start_as_it_is_and_follow_a_new_plan(env):
    """Three on hand and a reorder point of 5: ordered on the first day; doubled, again."""
    stock = Stock(env, policy(), on_hand=[3])
    assert (stock.position[0], stock.on_order(0)) == (20, 17)
    stock.replan(policy(point=10, level=40))
    assert stock.on_order(0) == 17, "20 is above the new reorder point"
    stock.replan(policy(point=20, level=40))
    assert stock.on_order(0) == 37


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda s: s.issue(0, 1), "1 units of 0 allocated ones"),
        (lambda s: s.give_back(0, -1), "-1 units of 0 allocated ones"),
        (lambda s: s.lose(0, 1, allocated=True), "1 units of 0 allocated ones"),
        (lambda s: s.lose(0, -1), "-1 units lost"),
        (lambda s: s.take_back(0, -1), "-1 units taken back"),
        (lambda s: s.allocate(0, 0, None), "a claim of 0 units"),
        (lambda s: s.make(0, -2, None, 1), "a claim of -2 units"),
        (lambda s: Stock(s._env, policy(), on_hand=[1, 2]), "1 numbers are needed"),
        (lambda s: Stock(s._env, policy(), on_hand=[-1]), "0 or more each"),
        (lambda s: policy(point=5, level=5), "level 5 is not above reorder point 5"),
    ],
)
def test_what_the_stock_does_not_allow_is_refused(env, act, message):
    """With the figures in the message, and nothing changed."""
    stock = Stock(env, policy())
    with pytest.raises(ValueError, match=message):
        act(stock)
    assert (stock.on_hand, stock.available, stock.position) == ([20], [20], [20])


def test_goods_cannot_have_come_before_they_were_ordered(env, claim):
    """Time would run backwards; nothing is on its way then."""
    stock = Stock(env, policy(point=0, level=50), on_hand=[1])
    with pytest.raises(ValueError, match=r"product 0: goods on their way for -50\.0 seconds"):
        stock.make(0, 5, claim("a"), -50.0)
    assert stock.on_order(0) == 0
