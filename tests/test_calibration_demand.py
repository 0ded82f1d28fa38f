"""Calibration of demand, customers by volume and order contents, against known answers."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.calibration import daily_counts, trend
from mining.calibration.customer_volumes import estimate_credit_limits, estimate_volumes
from mining.calibration.demand import estimate_arrivals, estimate_channels
from mining.calibration.estimate import DRAWS, Source
from mining.calibration.onset import Seen, fit_onset, quantiles_between
from mining.calibration.order_contents import estimate_lines, estimate_products
from mining.calibration.order_view import order_view
from mining.calibration.proportions import share_estimate, shares_estimate
from mining.calibration.source import source_of
from mining.calibration.volume_spread import volume_spread
from mining.read import read_log
from o2c_sim import Window, load_company, override, simulate
from o2c_sim.model.distribution import Empirical
from tests.real_logs import DISTRIBUTOR, MANUFACTURING, folder

TRUE = {
    "customers.count": 80,
    "customers.volume_sigma": 1.2,
    "customers.segments": {},
    "demand.orders_per_week": 150,
    "demand.day_factor_cv": 0.4,
    "products.count": 120,
    "products.popularity_sigma": 0.8,
    "capture.quotation_share": 0.2,
}


@pytest.fixture(scope="module")
def source():
    """Return the log of a company of which everything is known."""
    company = override(load_company("distributor"), TRUE, "known")
    log = simulate(company, seed=13, replication=0, window=Window(5, 150, 5)).log
    return Source(log, "order", log.zone, "known")


def found(estimator, source):
    """Return an estimator's estimates by their paths."""
    return {estimate.path: estimate for estimate in estimator(source, 1)}


def flat(tmp_path, rows):
    """Return the source of a flat log by order line: key, time, activity, value, customer."""
    path = tmp_path / "log.csv"
    head = "Key,Date,Activity,NetValue,Customer\n"
    path.write_text(head + "\n".join(",".join(map(str, row)) for row in rows) + "\n")
    read = read_log(path)
    return source_of(read, read.case_type)


def days(count):
    """Return the weekdays of so many days from a Monday on."""
    return np.arange(count) % 7


class TestWeekdayRates:
    def test_a_rate_is_the_count_over_the_days(self):
        """Two weeks with 3 and 5 orders on Monday, nothing else: 4 a Monday."""
        counts = np.zeros(14, dtype=int)
        counts[[0, 7]] = 3, 5
        rates = daily_counts.weekday_rates(counts, days(14), np.ones(14))
        assert rates.tolist() == [4, 0, 0, 0, 0, 0, 0]

    def test_days_of_twice_the_factor_count_twice(self):
        """3 and 6 orders at factors 1 and 2 are 9 over 3."""
        counts = np.zeros(14, dtype=int)
        counts[[0, 7]] = 3, 6
        factor = np.where(np.arange(14) < 7, 1.0, 2.0)
        assert daily_counts.weekday_rates(counts, days(14), factor)[0] == 3


class TestOverdispersion:
    @pytest.mark.parametrize("cv", [0.0, 0.3, 0.8])
    def test_the_spread_of_negative_binomial_counts_is_in_its_interval(self, cv):
        """In 19 of 20 samples on average; 35 of 40 is two standard errors below."""
        rng = np.random.default_rng(5)
        mean = np.array([30, 35, 40, 35, 25, 0.5, 0.5])[days(140)]
        inside = 0
        for _ in range(40):
            factor = rng.gamma(1 / cv**2, cv**2, 140) if cv else np.ones(140)
            counts = rng.poisson(mean * factor)
            spread = daily_counts.overdispersion(counts, days(140), np.ones(140))
            # The even prior keeps clear of 0 itself, so the lower end is open there.
            inside += (spread.low if cv else 0) <= cv <= spread.high
        assert inside >= 35

    def test_few_weeks_do_not_make_the_days_look_even(self):
        """Without the adjustment for seven fitted rates four weeks would give 0.26 for 0.3."""
        rng = np.random.default_rng(6)
        mean = np.full(28, 200.0)
        values = [
            daily_counts.overdispersion(
                rng.poisson(mean * rng.gamma(1 / 0.09, 0.09, 28)), days(28), np.ones(28)
            ).value
            for _ in range(100)
        ]
        assert np.mean(values) == pytest.approx(0.3, abs=0.02)


class TestTrend:
    def counts(self, length, growth=0.0, season=None, seed=1):
        rng = np.random.default_rng(seed)
        dates = np.datetime64("2023-01-02") + np.arange(length)
        month = dates.astype("datetime64[M]").astype(int) % 12
        factor = (1 + growth) ** (np.arange(length) / 365.25)
        if season is not None:
            factor = factor * np.asarray(season)[month]
        mean = np.array([40, 40, 40, 40, 40, 0, 0])[days(length)] * factor
        return rng.poisson(mean), days(length), dt.date(2023, 1, 2)

    def test_a_short_log_tells_neither(self):
        course = trend.trend(*self.counts(300, growth=0.8))
        assert course.growth is None
        assert course.season is None
        assert (course.factor == 1).all()

    def test_growth_of_a_year_and_a_half_is_found(self):
        course = trend.trend(*self.counts(540, growth=0.5))
        assert course.growth == pytest.approx(0.5, abs=0.1)
        assert course.season is None

    def test_even_demand_grows_in_at_most_one_log_of_twenty(self):
        """The test is at 1 %; three in 60 would be a chance of one in 50."""
        grown = sum(trend.trend(*self.counts(540, seed=s)).growth is not None for s in range(60))
        assert grown <= 3

    def test_season_needs_twenty_months_and_is_told_from_growth(self):
        season = 1 + 0.3 * np.cos(2 * np.pi * np.arange(12) / 12)
        season /= season.mean()
        course = trend.trend(*self.counts(1_090, growth=0.2, season=season))
        assert course.season == pytest.approx(season, abs=0.06)
        assert course.season.mean() == pytest.approx(1)
        assert course.growth == pytest.approx(0.2, abs=0.05)
        assert trend.trend(*self.counts(400, season=season)).season is None


class TestVolumeSpread:
    def test_equal_customers_are_found_equal(self):
        rng = np.random.default_rng(1)
        spread = volume_spread([rng.poisson(20, 100)], rng, 50, all_known=True)
        assert spread.sigma < 0.12

    @pytest.mark.parametrize("sigma", [0.5, 1.5])
    def test_the_spread_is_in_its_interval(self, sigma):
        rng = np.random.default_rng(2)
        inside = 0
        for _ in range(10):
            rates = 10 * np.exp(sigma * rng.standard_normal(80))
            spread = volume_spread([rng.poisson(rates)], rng, 50, all_known=True)
            inside += spread.low <= sigma <= spread.high
        assert inside >= 8

    def test_those_who_never_ordered_are_counted(self):
        """200 customers with 3 orders on average: some 30 of them have none in the log."""
        rng = np.random.default_rng(3)
        counts = rng.poisson(3 * np.exp(rng.standard_normal(200) - 0.5))
        seen = counts[counts > 0]
        spread = volume_spread([seen], rng, 500, all_known=False)
        assert len(seen) < 180
        assert np.quantile(spread.numbers, 0.025) <= 200 <= np.quantile(spread.numbers, 0.975)


class TestOnset:
    def sample(self, rng, share, closing_mean, size=4_000):
        """Return what is seen of log-normal times (median 2, sigma 1) in a share of cases."""
        times = 2 * np.exp(rng.standard_normal(size))
        closed = rng.exponential(closing_mean, size)
        arises = (rng.random(size) < share) & (times < closed)
        return Seen(np.where(arises, times, closed), np.where(arises, times, np.inf))

    def test_what_is_closed_early_is_not_a_no(self):
        """Half of the cases are closed before the time that is usual: the plain share is 0.1."""
        rng = np.random.default_rng(4)
        seen = self.sample(rng, 0.3, 2.0)
        onset = fit_onset(seen, rng)
        assert seen.arisen / 4_000 < 0.15
        assert onset.low <= 0.3 <= onset.high
        assert onset.family == "lognormal"
        assert onset.time["median"] == pytest.approx(2, rel=0.25)

    def test_times_known_only_by_their_day_serve_as_well(self):
        rng = np.random.default_rng(5)
        times = 2 * np.exp(rng.standard_normal(3_000))
        seen = Seen(np.floor(times), np.floor(times) + 1)
        onset = fit_onset(seen, rng, always=True)
        assert onset.share == 1
        assert onset.time["median"] == pytest.approx(2, rel=0.06)
        assert onset.time["sigma"] == pytest.approx(1, rel=0.06)

    def test_draws_are_of_the_same_family_and_as_many_as_agreed(self):
        rng = np.random.default_rng(6)
        onset = fit_onset(self.sample(rng, 0.5, 5.0, 500), rng, cap=99)
        assert len(onset.times) == len(onset.shares) == DRAWS
        assert all(time["cap"] == 99 for time in onset.times)

    @given(st.floats(0.01, 5), st.floats(0.01, 5))
    @settings(max_examples=25, deadline=None)
    def test_quantiles_between_two_limits_lie_between_them(self, begin, length):
        rng = np.random.default_rng(7)
        onset = fit_onset(self.sample(rng, 1.0, 50.0, 200), rng, always=True)
        ends = np.array([begin + length])
        values = quantiles_between(onset, np.array([begin]), ends, np.array([0.1, 0.9]))
        assert begin <= values[0, 0] <= values[0, 1] <= ends[0]


class TestShares:
    def test_a_share_has_the_score_interval(self):
        """10 of 100: 5.52 to 17.44 %, the textbook's figures of Wilson's interval."""
        estimate = share_estimate("x.y", 10, 100, 1, "somewhere")
        assert (estimate.low, estimate.high) == pytest.approx((0.0552, 0.1744), abs=1e-4)
        assert len(estimate.draws) == DRAWS

    def test_what_was_never_seen_is_left_out_and_the_rest_sums_to_one(self):
        estimate = shares_estimate("x.y", {"a": 3, "b": 1, "c": 0}, 1, "somewhere")
        assert estimate.value == {"a": 0.75, "b": 0.25}
        assert all(sum(draw.values()) == pytest.approx(1) for draw in estimate.draws)


class TestOfAKnownCompany:
    def test_rate_spread_and_profile_are_recovered(self, source):
        estimates = found(estimate_arrivals, source)
        rate = estimates["demand.orders_per_week"]
        assert rate.low <= TRUE["demand.orders_per_week"] <= rate.high
        spread = estimates["demand.day_factor_cv"]
        assert spread.low <= TRUE["demand.day_factor_cv"] <= spread.high
        true = load_company("distributor").demand
        for path, shares in (
            ("demand.weekday_shares", true.weekday_shares.value),
            ("demand.hour_shares", true.hour_shares.value),
        ):
            for key, share in shares.items():
                assert estimates[path].value.get(key, 0) == pytest.approx(share, abs=0.04)
            assert sum(estimates[path].value.values()) == pytest.approx(1)
        assert "demand.growth_per_year" not in estimates
        assert "demand.season" not in estimates

    def test_channels_are_recovered(self, source):
        shares = found(estimate_channels, source)["demand.channel_shares"].value
        true = load_company("distributor").demand.channel_shares.value
        assert shares == pytest.approx(true, abs=0.03)

    def test_customers_are_counted_and_their_spread_found(self, source):
        estimates = found(estimate_volumes, source)
        assert estimates["customers.count"].value == TRUE["customers.count"]
        sigma = estimates["customers.volume_sigma"]
        assert sigma.low <= TRUE["customers.volume_sigma"] <= sigma.high

    def test_credit_limits_are_recovered_in_days(self, source):
        """Median 165 days, sigma 0.5; each customer's own rate is known from few orders."""
        limit = found(estimate_credit_limits, source)["customers.credit_limit_days"].value
        assert limit["median"] == pytest.approx(165, rel=0.2)
        assert limit["sigma"] == pytest.approx(0.5, rel=0.35)

    def test_lines_values_and_products_are_recovered(self, source):
        true = load_company("distributor")
        estimates = {**found(estimate_lines, source), **found(estimate_products, source)}
        lines = estimates["demand.lines_per_order"].value
        assert lines["shares"] == pytest.approx(true.demand.lines_per_order.value.shares, abs=0.03)
        assert Empirical(**lines).lowest() == 1
        value = estimates["demand.line_value"].value
        assert value["distribution"] == "lognormal"
        assert value["median"] == pytest.approx(5_314, rel=0.06)
        count, sigma = estimates["products.count"], estimates["products.popularity_sigma"]
        assert count.low <= TRUE["products.count"] <= count.high
        assert sigma.low <= TRUE["products.popularity_sigma"] <= sigma.high
        assert estimates["products.unit_price"].value["median"] == pytest.approx(50, rel=0.25)

    def test_the_same_seed_gives_the_same_estimates(self, source):
        assert estimate_arrivals(source, 4) == estimate_arrivals(source, 4)


class TestFlatLogs:
    def rows(self, lines=2, weeks=4):
        for number in range(weeks * 5):
            day = dt.date(2024, 1, 1) + dt.timedelta(days=7 * (number // 5) + number % 5)
            for order in range(2):
                for line in range(lines):
                    key = f"{1_000 + 2 * number + order}_{10 * (line + 1)}"
                    stamp = f"{day} {9 + order}:00:00"
                    yield key, stamp, "Line Creation", 100.0 * (line + 1), f"C{order}"

    def test_lines_are_put_together_into_orders_by_their_key(self, tmp_path):
        source = flat(tmp_path, self.rows())
        view = order_view(source)
        assert view.orders.height == 40
        assert view.orders["value"].unique().to_list() == [300.0]
        assert found(estimate_lines, source)["demand.lines_per_order"].value["shares"] == {2: 1.0}
        rate = found(estimate_arrivals, source)["demand.orders_per_week"]
        assert rate.value == pytest.approx(10)
        assert "before the last mark" in rate.assumption

    def test_a_key_that_says_nothing_makes_each_line_an_order(self, tmp_path):
        rows = ((index + 5_000, *row[1:]) for index, row in enumerate(self.rows()))
        source = flat(tmp_path, rows)
        assert found(estimate_lines, source)["demand.lines_per_order"].value["shares"] == {1: 1.0}
        assert "order of its own" in found(estimate_arrivals, source)[
            "demand.orders_per_week"
        ].assumption  # fmt: skip

    def test_two_customers_are_too_few_to_tell_a_spread(self, tmp_path):
        assert estimate_volumes(flat(tmp_path, self.rows()), 1) == ()

    def test_a_log_of_a_week_tells_no_rate(self, tmp_path):
        assert estimate_arrivals(flat(tmp_path, self.rows(weeks=1, lines=4)), 1) == ()

    def test_lines_without_a_value_are_left_out_and_counted(self, tmp_path):
        rows = [(*row[:3], 0 if row[0].endswith("_10") else row[3], row[4]) for row in self.rows()]
        value = found(estimate_lines, flat(tmp_path, rows)).get("demand.line_value")
        assert value is not None
        assert value.value == {"distribution": "constant", "value": 200.0}
        assert "40 without value" in value.assumption

    def test_a_log_without_orders_tells_nothing(self, source):
        other = Source(source.log, "invoice", source.zone, "x")
        objects = other.log.objects.filter(~pl.col("type").is_in(["order", "order_line"]))
        bare = Source(
            type(other.log)(other.log.events, objects, other.log.event_objects),
            "invoice", "UTC", "x",
        )  # fmt: skip
        assert order_view(bare) is None
        for estimator in (estimate_arrivals, estimate_lines, estimate_volumes, estimate_channels):
            assert estimator(bare, 1) == ()


@pytest.mark.parametrize(
    ("name", "orders", "rate"), [(MANUFACTURING, 7_437, 191), (DISTRIBUTOR, 26_129, 1_223)]
)
def test_real_logs_give_what_counting_by_hand_gives(name, orders, rate):
    """7,437 orders from 4 January to 30 September 2016 are 38.9 weeks: 191 a week."""
    path = folder() / name
    if not path.is_file():
        pytest.skip(f"{path} is absent; set O2C_DATA to the folder of the public logs")
    read = read_log(path)
    source = source_of(read, read.case_type)
    assert order_view(source).orders.height == orders
    per_week = found(estimate_arrivals, source)["demand.orders_per_week"]
    assert per_week.value == pytest.approx(rate, rel=0.01)
