"""Stock in the long run: as its slow twin, as Palm's theorem and as the formula for lots say."""

import itertools

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from slow_twins import PlainStock
from stock_claims import Caller, Issuer, policy

from o2c_sim.engine import Streams
from o2c_sim.engine.clock import DAY
from o2c_sim.model.distribution import Constant, Exponential, Uniform
from o2c_sim.model.override import override
from o2c_sim.process.products import create_products
from o2c_sim.process.replenishment import RANK_OF_UNITS, stock_policy
from o2c_sim.process.stock import Stock

moves = st.tuples(
    st.sampled_from([0.0, 0.37, 3.1]),  # days since the move before
    st.sampled_from(["claim"] * 5 + ["issue", "give back", "lose", "withdraw", "take back"]),
    st.integers(1, 12),
)


@given(
    moves=st.lists(moves, max_size=60),
    rank=st.sampled_from(sorted(RANK_OF_UNITS)),
    levels=st.tuples(st.integers(-1, 15), st.integers(1, 20)),
    on_hand=st.none() | st.integers(0, 10),
)
def test_the_stock_does_what_its_slow_twin_does(moves, rank, levels, on_hand):
    """Same units given to the same lines at the same times, whatever happens in between.

    After each move the units are all there, and nobody waits who could be served.
    """
    env, log = simpy.Environment(), []
    point, level = levels[0], sum(levels)
    rules = policy(point, level, Uniform(distribution="uniform", low=0.1, high=9), rank=rank)
    stock = Stock(env, rules, None if on_hand is None else [on_hand])
    leads = [rules.lead_days(n) * DAY for n in range(200)]
    initial = level if on_hand is None else on_hand
    twin = PlainStock(point, level, leads, rules.rank_of_units, initial)
    claims, gone, returned = [], 0, 0
    for days, kind, quantity in moves:
        if days:
            twin.until(env.now + days * DAY)
            env.run(env.now + days * DAY)
        some = min(quantity, stock.on_hand[0] - stock.available[0])
        if kind == "claim":
            claims.append(Caller(len(claims), env, log))
            at_once = twin.allocate(quantity, claims[-1].name)
            assert stock.allocate(0, quantity, claims[-1]) is at_once
        elif kind == "withdraw" and quantity <= len(claims):
            twin.withdraw(len(claims) - quantity)
            stock.withdraw(0, claims[-quantity])
        elif kind == "issue":
            gone += some
            stock.issue(0, some)
            twin.move(-some, -some)
        elif kind == "give back":
            stock.give_back(0, some)
            twin.move(0, -some)
        elif kind == "take back":
            returned += quantity
            stock.take_back(0, quantity)
            twin.move(quantity)
        elif kind == "lose":
            lost = stock.lose(0, quantity)
            gone += lost
            twin.move(-lost)
        assert log == [(time / DAY, claim, 0, units) for time, claim, units in twin.given]
        assert stock.on_hand[0] == twin.on_hand
        assert stock.available[0] == twin.on_hand - twin.allocated >= 0
        assert stock.position[0] == twin.position() > point
        assert initial + twin.received + returned == stock.on_hand[0] + gone
        waiting = stock._waiting[0]
        assert not waiting or waiting.first().quantity > stock.available[0]


def unit_demand(rules, key, demands=60_000):
    """Return the statistics of 30 windows of Poisson demand, one unit at a time, one a day."""
    env = simpy.Environment()
    stock = Stock(env, rules)
    gaps = np.random.Generator(np.random.Philox(key=key)).exponential(DAY, demands)
    issuer = Issuer(stock)

    def customers():
        for gap in gaps.tolist():
            yield env.timeout(gap)
            if stock.allocate(0, 1, issuer):
                stock.issue(0, 1)

    env.run(env.process(customers()))
    edges = np.linspace(160 * DAY, env.now, 31).tolist()
    return [stock.statistics(a, b) for a, b in itertools.pairwise(edges)]


@pytest.mark.parametrize("level", [5, 8, 12])
@pytest.mark.parametrize(
    "lead_days",
    [Constant(value=8), Exponential(distribution="exponential", mean=8)],
    ids=["constant", "exponential"],
)
def test_base_stock_fills_what_palm_says(level, lead_days):
    """Unit Poisson demand, one ordered for each one sold, 8 sold a lead time on average.

    Palm's theorem: what is on order is Poisson with mean 8 whatever the lead time's distribution.
    A demand is served at once if fewer than S are on order: P(N <= S - 1). The mean on hand is
    E[(S - N)+]; by Little's law the mean wait of all is E[(N - S)+] days. 30 batches, 4 sigma.
    """
    batches = unit_demand(policy(level - 1, level, lead_days), key=11)
    on_order = stats.poisson(8)
    many = np.arange(200)
    expected = (
        on_order.cdf(level - 1),
        on_order.expect(lambda n: np.maximum(level - n, 0)),
        (np.maximum(many - level, 0) * on_order.pmf(many)).sum(),
    )
    found = np.array(
        [
            (b.fill_rate, b.mean_value_minor / 300, (1 - b.fill_rate) * b.mean_backorder_wait_days)
            for b in batches
        ]
    )
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    np.testing.assert_array_less(abs(found.mean(axis=0) - expected), 4 * error)
    assert 4 * error[0] < 0.03, "an interval that says something"


def test_a_reorder_point_and_a_lot_fill_what_the_formula_says():
    """Unit Poisson demand, constant lead of 8 days, reorder point 9, lots of 6.

    The position is uniform on 10 to 15 and what is on hand is that less the demand of a lead time
    (Hadley and Whitin 1963), so the fill rate is the mean of P(N <= y - 1) over y.
    """
    batches = unit_demand(policy(9, 15, Constant(value=8)), key=5)
    found = np.array([batch.fill_rate for batch in batches])
    expected = stats.poisson(8).cdf(np.arange(9, 15)).mean()
    assert abs(found.mean() - expected) < 4 * found.std(ddof=1) / np.sqrt(30) < 0.02


def test_levels_are_days_of_mean_demand(distributor):
    """Reorder point: lead time and safety days; order-up-to: the order cycle more; rounded up."""
    changes = {"inventory.supplier_lead_days": 10, "products.make_to_order_share": 0.2}
    model = override(distributor, changes, "test")
    streams = Streams(1, 0)
    products = create_products(model, streams)
    rules = stock_policy(model, products, streams)
    busy = stock_policy(model, products, streams, rate_factor=2.0)
    for product, rate in enumerate(products.units_per_day):
        if products.make_to_order[product]:
            assert (rules.reorder_point[product], rules.order_up_to[product]) == (-1, 0)
            assert rules.planned_days[product] == pytest.approx(37.5, abs=0.5)
            continue
        point = rules.reorder_point[product]
        assert point - 1 < rate * (10 + 21) <= point
        assert rules.order_up_to[product] - point == max(1, np.ceil(rate * 14))
        assert busy.reorder_point[product] == np.ceil(2 * rate * (10 + 21))
        assert rules.planned_days[product] == 10
