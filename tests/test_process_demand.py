"""Demand: how many orders come, when, and what is in them."""

import datetime as dt
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_checks import varied
from scipy import stats

from o2c_sim import ModelError, Window, override, simulate
from o2c_sim.engine import Clock, Streams
from o2c_sim.process.demand import Demand, _poisson_quantile, demand_of
from o2c_sim.process.order_book import OrderBook

WEIGHTS = np.array([1.0, 2.0, 7.0])


def demand(model, replication=0):
    """Return the demand of a model whose three customers order 10, 20 and 70 %."""
    clock = Clock(model.start_date, model.zone)
    return Demand(model, Streams(1, replication), clock, WEIGHTS)


@given(rate=st.floats(1e-6, 1e6), probability=st.floats(1e-12, 1 - 1e-12))
def test_the_poisson_quantile_is_that_of_scipy(rate, probability):
    """Smallest n whose cumulative probability reaches p; at a step scipy may round away."""
    found = _poisson_quantile(rate, probability)
    expected = stats.poisson(rate).ppf(probability)
    assert abs(found - expected) <= (0 if rate < 1e4 else 1)
    assert stats.poisson(rate).cdf(found) >= probability * (1 - 1e-9)


def test_orders_a_week_are_what_the_model_says(distributor):
    """400 weeks of 250 orders: the mean within 4 sigma.

    Variance of a day of rate r: r + (0.3 r)^2; of a week with the reference profile about 250 +
    0.09 * 250^2 * sum of squared shares (0.197) = 1,360: sigma of the mean = sqrt(1360/400) = 1.8.
    """
    source = demand(distributor)
    counts = np.array([len(source.arrivals(day)) for day in range(2_800)]).reshape(400, 7)
    assert counts.sum(axis=1).mean() == pytest.approx(250, abs=4 * 1.85)
    expected = [
        250 * distributor.demand.weekday_shares.value[d]
        for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    ]
    np.testing.assert_allclose(counts.mean(axis=0), expected, atol=4 * 0.9)


def test_days_vary_more_than_poisson_by_the_day_factor(distributor):
    """Index of dispersion of Wednesdays: 1 + cv^2 * rate = 1 + 0.09 * 55 = 5.95; 1 without."""
    for cv, index in ((0.3, 5.95), (0.0, 1.0)):
        model = override(distributor, {"demand.day_factor_cv": cv}, "test")
        source = demand(model)
        counts = [len(source.arrivals(day)) for day in range(2, 7_000, 7)]
        assert np.var(counts) / np.mean(counts) == pytest.approx(index, rel=0.2)


def test_arrivals_follow_the_hours_of_the_day(distributor):
    """In order, on their day, none at night, and 12.5 % between 9 and 10."""
    source, times = demand(distributor), []
    for day in range(300):
        arrivals = source.arrivals(day)
        assert arrivals == sorted(arrivals)
        midnight = Clock(distributor.start_date, distributor.zone).midnight(day)
        times += [time - midnight for time in arrivals if day < 50]
    hours = np.floor(np.array(times) / 3600)
    assert hours.min() >= 6
    assert hours.max() <= 17
    assert (hours == 9).mean() == pytest.approx(0.125, abs=4 * np.sqrt(0.125 * 0.875 / len(hours)))


@pytest.mark.parametrize("cv", [0, 1e-200, 1e-9, 0.01, 5, 10])
def test_extreme_day_factors_are_survived(distributor, cv):
    """From no over-dispersion at all to days of nothing and days of thousands."""
    model = override(distributor, {"demand.day_factor_cv": cv}, "test")
    source = demand(model)
    counts = [len(source.arrivals(day)) for day in range(400)]
    assert np.mean(counts) == pytest.approx(250 / 7, rel=max(0.2, cv / 4))


def test_the_book_gives_what_the_columns_give(distributor):
    """One by one, in any order and across blocks of 1,024; lines are numbered over all orders."""
    source = demand(distributor)
    columns, book = source.contents(0, 2_100), OrderBook(source)
    for number in (0, 1, 1_023, 1_024, 2_099, 5, 2_050):
        first = columns.first_line[number]
        lines = slice(first, first + columns.lines[number])
        assert book[number] == (
            columns.customer[number],
            columns.channel[number],
            first,
            columns.line_product[lines].tolist(),
            columns.line_quantity[lines].tolist(),
            columns.line_value_minor[lines].tolist(),
            columns.value_minor[number],
        )


@given(first=st.integers(0, 5_000), count=st.integers(0, 1_500))
def test_no_order_depends_on_what_it_is_read_with(distributor, first, count):
    """Orders drawn together or apart are the same, line by line."""
    source = demand(distributor)
    whole, part = source.contents(0, first + count), source.contents(first, count)
    skipped = int(whole.lines[:first].sum())
    np.testing.assert_array_equal(part.first_line, whole.first_line[first:] - skipped)
    for name in ("customer", "channel", "lines", "value_minor"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[first:])
    for name in ("line_product", "line_quantity", "line_value_minor"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[skipped:])


def test_a_line_more_leaves_the_others_as_they_were(distributor):
    """Three lines an order instead of two: the first two keep product, quantity and value."""
    two, three = (
        demand(override(distributor, {"demand.lines_per_order": n}, "test")).contents(0, 2_000)
        for n in (2, 3)
    )
    for name in ("line_product", "line_quantity", "line_value_minor"):
        kept = getattr(three, name).reshape(-1, 3)[:, :2]
        np.testing.assert_array_equal(getattr(two, name).reshape(-1, 2), kept)


def test_contents_follow_the_model(distributor):
    """Customers by weight, lines by their shares, values = sums of lines, in whole cents."""
    columns = demand(distributor).contents(0, 20_000)
    np.testing.assert_allclose(np.bincount(columns.customer) / 20_000, [0.1, 0.2, 0.7], atol=0.015)
    assert (columns.lines == 1).mean() == pytest.approx(0.56, abs=0.015)
    assert columns.lines.min() == 1
    ends = columns.first_line + columns.lines
    assert ends[-1] == len(columns.line_value_minor)
    sums = [
        columns.line_value_minor[first:end].sum()
        for first, end in zip(columns.first_line, ends, strict=True)
    ]
    np.testing.assert_array_equal(columns.value_minor, sums)
    assert (columns.line_value_minor >= 100).all(), "floor of 1.00"
    assert np.median(columns.line_value_minor / 100) == pytest.approx(5_314, rel=0.05)


def test_products_are_chosen_by_popularity_and_quantities_by_price(distributor):
    """Shares of lines within 4 sigma; quantity times price is the value, to half a unit."""
    source = demand(distributor)
    columns, products = source.contents(0, 20_000), source.products
    lines = len(columns.line_product)
    share = np.bincount(columns.line_product, minlength=200) / lines
    sigma = np.sqrt(products.popularity / lines)
    assert (abs(share - products.popularity) < 4 * sigma).all()
    price = products.unit_price_minor[columns.line_product]
    gap = columns.line_quantity * price - columns.line_value_minor
    assert (columns.line_quantity >= 1).all()
    assert (abs(gap[columns.line_quantity > 1]) <= price[columns.line_quantity > 1] / 2).all()
    assert (gap[columns.line_quantity == 1] > -price[columns.line_quantity == 1] / 2 - 1).all()


@pytest.mark.parametrize("price", [0, 3, 5_000, 1e6])
def test_mean_demand_is_what_is_ordered(distributor, price):
    """Mean units a day against the units of 40,000 orders: 160 weeks of 250 orders.

    A line's coefficient of variation is about 2.2, so the mean of 125,000 lines is known to 0.6 %;
    rounding moves a mean of about 3 units by at most a few per cent.
    """
    model = override(distributor, {"products.unit_price": price}, "test")
    source = demand(model)
    units = source.contents(0, 40_000).line_quantity.sum() / (160 * 7)
    assert source.products.units_per_day.sum() == pytest.approx(units, rel=0.03)


def test_products_follow_the_model(distributor):
    """No spread: equal shares; a higher share made to order only adds products to it."""
    changes = {"products.popularity_sigma": 0, "products.make_to_order_share": 0.3}
    products = demand(override(distributor, changes, "test")).products
    np.testing.assert_allclose(products.popularity, 1 / 200)
    assert np.mean(products.make_to_order) == pytest.approx(0.3, abs=0.1)
    changes["products.make_to_order_share"] = 0.5
    more = demand(override(distributor, changes, "test")).products
    assert all(b for a, b in zip(products.make_to_order, more.make_to_order, strict=True) if a)
    np.testing.assert_array_equal(more.unit_price_minor, products.unit_price_minor)


def test_lines_do_not_share_their_luck(distributor):
    """The second line of an order is not the first line of the next."""
    columns = demand(distributor).contents(0, 5_000)
    first = columns.first_line[columns.lines >= 2]
    for name in ("line_value_minor", "line_product"):
        column = np.log1p(getattr(columns, name))
        assert abs(np.corrcoef(column[first], column[first + 1])[0, 1]) < 4 / np.sqrt(len(first))


def test_the_season_moves_each_month_by_its_factor(distributor):
    """Twelve years: July doubled and January silent; the weekly mean stays 250.

    A month's count over 12 years is about 13,000 with a standard deviation of about 270.
    """
    season = [0.0, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1]
    source = demand(override(distributor, {"demand.season": season}, "test"))
    days = range(12 * 365)
    counts = np.array([len(source.arrivals(day)) for day in days])
    months = np.array([Clock(distributor.start_date, "UTC").date(day).month for day in days])
    assert counts[months == 1].sum() == 0
    july = counts[months == 7].mean() / counts[(months != 7) & (months != 1)].mean()
    assert july == pytest.approx(2, rel=0.05)


def test_growth_compounds_by_the_year(distributor):
    """30 % a year: the fourth year has 1.3 ** 3 times the orders of the first, and as foretold."""
    model = override(distributor, {"demand.growth_per_year": 0.3, "demand.day_factor_cv": 0}, "t")
    source = demand(model)
    counts = np.array([len(source.arrivals(day)) for day in range(4 * 365)])
    years = counts.reshape(4, 365).sum(axis=1)
    assert years[3] / years[0] == pytest.approx(1.3**3, rel=0.04)
    foretold = model.demand.expected_orders(4 * 365, model.start_date)
    assert foretold == pytest.approx(counts.sum(), rel=0.02)
    steady = distributor.demand.expected_orders(70, distributor.start_date)
    assert steady == pytest.approx(2_500)


@pytest.mark.slow
@pytest.mark.parametrize("days", [1, 40, 100, 365, 900])
def test_the_orders_foretold_follow_the_season(distributor, days):
    """Ten times as many in July as in other months, and growth: as the days' rates add up."""
    season = [0.5] * 6 + [6.0] + [0.5] * 5
    changes = {"demand.season": [factor * 12 / sum(season) for factor in season]}
    model = override(distributor, {**changes, "demand.growth_per_year": 0.3}, "test")
    rates = sum(demand(model).rate_factor(day) for day in range(days))
    base = model.demand.orders_per_week.value / 7
    foretold = model.demand.expected_orders(days, model.start_date)
    assert foretold == pytest.approx(base * rates, rel=0.005)
    july = model.demand.expected_orders(31, dt.date(2025, 7, 1))
    assert july > 10 * model.demand.expected_orders(31, dt.date(2025, 8, 1))


def test_growth_without_end_is_a_number_too_large_not_an_error(distributor):
    """Five-fold growth over ten thousand years."""
    model = override(distributor, {"demand.growth_per_year": 5}, "test")
    assert model.demand.expected_orders(3_652_500, model.start_date) > 1e100


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("demand.season", [1.0] * 11, "12 items"),
        ("demand.season", [1.0] * 11 + [1.01], "season: the mean of the 12 factors is 1.00083"),
        ("demand.season", [2.0] + [1.0] * 10 + [-0.0001], "greater than or equal to 0"),
        ("demand.growth_per_year", -1, "greater than or equal to -0.9"),
        ("demand.lines_per_order", 65, "can be above 64; give it a cap"),
        ("products.count", 0, "greater than or equal to 1"),
        ("products.unit_price", -1, "unit_price: can be negative"),
        ("products.make_to_order_share", 1.5, "less than or equal to 1"),
        ("products.production_lead_days", -1, "production_lead_days: can be -1"),
        ("inventory.supplier_lead_days", -1, "supplier_lead_days: can be -1"),
        ("inventory.allocation", "loudest", "'first_come', 'smallest_first' or 'largest_first'"),
    ],
)
def test_what_cannot_be_is_refused(distributor, path, value, message):
    """Each with what is allowed."""
    with pytest.raises(ModelError, match=re.escape(message)):
        override(distributor, {path: value}, "test")


def test_orders_arrive_in_local_time_also_when_the_clocks_change(distributor):
    """9 March 2025 in New York: no order between 2 and 3 o'clock, because there is no such hour."""
    model = varied(
        distributor,
        {
            "demand.weekday_shares": {"sun": 1},
            "demand.hour_shares": {1: 0.5, 2: 0.25, 23: 0.25},
            "demand.orders_per_week": 400,
            "demand.day_factor_cv": 0,
        },
        start_date=dt.date(2025, 3, 9),
    )
    log = simulate(model, window=Window(0, 1, 0)).log
    local = log.events["time"].dt.replace_time_zone("UTC").dt.convert_time_zone(model.zone)
    received = local.filter(log.events["activity"].cast(str) == "Receive Order")
    assert set(received.dt.hour()) == {1, 3, 23}
    assert set(received.dt.date()) == {dt.date(2025, 3, 9)}


# What demand depends on, each changed on its own.
OTHERWISE = {
    "rate": {"demand.orders_per_week": 300},
    "lines": {"demand.lines_per_order": {"distribution": "constant", "value": 2}},
    "season": {"demand.growth_per_year": 0.2},
    "products": {"products.count": 40},
}


@pytest.mark.parametrize("what", [*OTHERWISE, "weights", "zone", "start"])
def test_demand_is_shared_by_equal_descriptions_alone(distributor, what):
    """The same object for another model that is equal where it matters; else that of its own."""
    streams, clock = Streams(1, 0), Clock(distributor.start_date, distributor.zone)
    shared = demand_of(distributor, streams, clock, WEIGHTS)
    equal = override(distributor, {"credit.denial_share": 0.2}, "test")
    again = Clock(equal.start_date, equal.zone)
    assert demand_of(equal, streams, again, WEIGHTS.copy()) is shared
    model, weights = override(distributor, OTHERWISE.get(what, {}), "test"), WEIGHTS
    if what == "weights":
        weights = WEIGHTS[::-1].copy()
    if what == "zone":
        clock = Clock(distributor.start_date, "Asia/Tokyo")
    if what == "start":
        clock = Clock(distributor.start_date + dt.timedelta(days=1), distributor.zone)
    other = demand_of(model, streams, clock, weights)
    alone = Demand(model, Streams(1, 0), clock, weights)
    assert other is not shared
    assert [other.arrivals(day) for day in range(20)] == [alone.arrivals(d) for d in range(20)]
    for one, two in zip(other.contents(0, 300), alone.contents(0, 300), strict=True):
        np.testing.assert_array_equal(one, two)


def test_what_is_asked_again_is_the_same_and_cannot_be_changed(distributor):
    """Arrivals are a list of one's own; the columns are to be read only."""
    source = demand(distributor)
    source.arrivals(3).clear()
    assert source.arrivals(3) == demand(distributor).arrivals(3) != []
    columns = source.contents(0, 50)
    assert source.contents(0, 50) is columns
    with pytest.raises(ValueError, match="read-only"):
        columns.value_minor[0] = 1


def test_a_long_run_is_not_kept(distributor):
    """Beyond a number of orders the contents are drawn each time, the same."""
    source = demand(distributor)
    first = source.contents(0, 50_000)
    later = source.contents(50_000, 50_000)
    assert source.contents(0, 50_000) is first
    again = source.contents(50_000, 50_000)
    assert again is not later
    np.testing.assert_array_equal(again.line_value_minor, later.line_value_minor)
