"""Demand: how many orders come, when, and what is in them."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_checks import varied
from scipy import stats

from o2c_sim import Window, override, simulate
from o2c_sim.engine import Clock, Streams
from o2c_sim.process.demand import MAX_LINES, Demand, OrderBook, _poisson_quantile

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
    """One by one, in any order and across blocks of 1,024."""
    source = demand(distributor)
    columns, book = source.contents(0, 2_100), OrderBook(source)
    for number in (0, 2_099, 1_023, 1_024, 5):
        assert book[number] == (
            columns.customer[number],
            columns.channel[number],
            columns.lines[number],
            columns.value_minor[number],
        )


def test_contents_follow_the_model(distributor):
    """Customers by weight, lines by their shares, values = sums of lines, in whole cents."""
    columns = demand(distributor).contents(0, 20_000)
    np.testing.assert_allclose(np.bincount(columns.customer) / 20_000, [0.1, 0.2, 0.7], atol=0.015)
    assert (columns.lines == 1).mean() == pytest.approx(0.56, abs=0.015)
    assert columns.lines.min() == 1
    np.testing.assert_array_equal(columns.value_minor, columns.line_values_minor.sum(axis=1))
    written = np.arange(MAX_LINES) < columns.lines[:, None]
    assert (columns.line_values_minor[written] >= 100).all(), "floor of 1.00"
    assert (columns.line_values_minor[~written] == 0).all()
    values = columns.line_values_minor[written] / 100
    assert np.median(values) == pytest.approx(5_314, rel=0.05)


def test_lines_do_not_share_their_luck(distributor):
    """The second line of an order is not the first line of the next."""
    columns = demand(distributor).contents(0, 5_000)
    many = columns.lines >= 2
    first, second = np.log(columns.line_values_minor[many, :2]).T
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(many.sum())


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
