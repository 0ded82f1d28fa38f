"""Intervals and tests against scipy and by hand; NaN is never dropped in silence."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from o2c_sim import ScenarioError
from scenarios.bootstrap import bootstrap_interval
from scenarios.statistics import (
    holm,
    paired_p_value,
    pairing_bound,
    pairing_gain,
    quantile_interval,
    replications_for_quantile,
    t_interval,
)

samples = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30).filter(
    lambda values: np.std(values) > 1e-6
)


def test_an_interval_by_hand():
    """1, 2, 3: mean 2, sd 1, t(0.975, 2) = 4.303, half-width 4.303 / sqrt(3) = 2.484."""
    found = t_interval(np.array([1.0, 2.0, 3.0]), 0.95)
    assert found.mean == 2
    assert found.standard_deviation == 1
    assert (found.low, found.high) == (
        pytest.approx(-0.4841, abs=1e-4),
        pytest.approx(4.4841, abs=1e-4),
    )
    assert (found.replications, found.confidence) == (3, 0.95)


@given(values=samples, confidence=st.floats(0.5, 0.999))
def test_intervals_are_those_of_scipy_at_any_level(values, confidence):
    """A t quantile wrong for every level but 95 % is a known fault of a published package."""
    found = t_interval(np.array(values), confidence)
    n = len(values)
    low, high = stats.t.interval(confidence, n - 1, np.mean(values), stats.sem(values))
    assert found.low == pytest.approx(low, rel=1e-6, abs=1e-6)
    assert found.high == pytest.approx(high, rel=1e-6, abs=1e-6)


@given(values=samples)
def test_the_paired_test_is_that_of_scipy(values):
    """Two-sided, of the mean difference against zero."""
    expected = stats.ttest_1samp(values, 0).pvalue
    assert paired_p_value(np.array(values)) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_paired_p_values_by_hand():
    """-1, 0, 1 has mean 0: p = 1. Always the same difference: p = 0; no difference at all: 1."""
    assert paired_p_value(np.array([-1.0, 0.0, 1.0])) == 1
    assert paired_p_value(np.full(4, 0.25)) == 0
    assert paired_p_value(np.zeros(4)) == 1


def test_holm_by_hand():
    """0.01, 0.04, 0.03, 0.005 of four: 0.005*4, 0.01*3, 0.03*2, then max(0.06, 0.04*1)."""
    found = holm([0.01, 0.04, 0.03, 0.005])
    assert found == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1, 1]
    assert holm([]) == []


@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_equals_its_definition(values):
    """adjusted(i) = max over j up to i, in order of p, of min(1, (n - rank j) p(j))."""
    n, order = len(values), sorted(range(len(values)), key=lambda i: values[i])
    expected = [0.0] * n
    for place, i in enumerate(order):
        expected[i] = max(min(1.0, (n - k) * values[order[k]]) for k in range(place + 1))
    assert holm(values) == pytest.approx(expected)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_replication_without_a_value_spoils_the_estimate(bad):
    """The mean of what is left would be a mean of other replications: no number, no limits."""
    values = np.array([1.0, 2.0, bad])
    found = t_interval(values, 0.95)
    assert not math.isfinite(found.mean)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.replications == 3
    assert math.isnan(paired_p_value(values))


@pytest.mark.parametrize("values", [[], [5.0]])
def test_fewer_than_two_replications_give_no_interval(values):
    """One value says nothing about its own spread."""
    found = t_interval(np.array(values), 0.95)
    assert math.isnan(found.low)
    assert math.isnan(found.standard_deviation)
    assert math.isnan(found.mean) == (not values)
    assert math.isnan(paired_p_value(np.array(values)))


def test_nan_counts_as_no_test():
    """It stays NaN, and the others are corrected for two tests and not three."""
    found = holm([0.01, math.nan, 0.02])
    assert found[0] == pytest.approx(0.02)
    assert math.isnan(found[1])
    assert found[2] == pytest.approx(0.02)


@pytest.mark.slow
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_intervals_cover_as_often_as_they_say(confidence):
    """20,000 intervals of 8 normal values: coverage within 4 sigma of the level.

    sigma = sqrt(c (1 - c) / 20,000): 0.0028 at 0.8, 0.0015 at 0.95.
    """
    rng = np.random.default_rng(1)
    hits = sum(
        found.low <= 10 <= found.high
        for found in (t_interval(row, confidence) for row in rng.normal(10, 3, (20_000, 8)))
    )
    sigma = math.sqrt(confidence * (1 - confidence) / 20_000)
    assert hits / 20_000 == pytest.approx(confidence, abs=4 * sigma)


@pytest.mark.slow
def test_holm_keeps_the_chance_of_any_false_finding():
    """Ten true hypotheses, 4,000 times: a finding at 5 % in at most 5 % + 4 sigma (0.0138)."""
    rng = np.random.default_rng(2)
    found = [
        min(holm([paired_p_value(row) for row in rng.normal(0, 1, (10, 8))])) < 0.05
        for _ in range(4_000)
    ]
    assert np.mean(found) < 0.05 + 0.0138
    assert np.mean(found) > 0.03, "and it is not so strict as to find nothing"


def test_a_median_by_hand():
    """Ten values: P(at most 1 of 10 below) = 11/1024 = 0.0107, at most 2: 0.0547.

    So at 95 % the limits are the second and the ninth value, covering 1 - 22/1024 = 97.9 %.
    """
    values = np.array([5.0, 1, 9, 3, 7, 10, 2, 8, 4, 6])
    found = quantile_interval(values, 0.5, 0.95)
    assert (found.estimate, found.low, found.high) == (5.5, 2, 9)


@pytest.mark.parametrize(("share", "least"), [(0.5, 6), (0.9, 36), (0.1, 36), (0.99, 368)])
def test_a_quantile_needs_replications_beyond_it(share, least):
    """0.9^36 = 0.0225 <= 0.025 < 0.9^35: with 36 values there are both limits, with 35 not."""
    assert replications_for_quantile(share, 0.95) == least
    for n, both in ((least, True), (least - 1, False)):
        found = quantile_interval(np.arange(n), share, 0.95)
        assert (math.isfinite(found.low) and math.isfinite(found.high)) == both
        assert math.isfinite(found.estimate)


@given(n=st.integers(1, 200), share=st.floats(0.01, 0.99), confidence=st.floats(0.5, 0.999))
def test_quantile_limits_cover_by_the_binomial_distribution(n, share, confidence):
    """Of uniform values, the chance that either limit is on the wrong side is at most its tail."""
    found = quantile_interval(np.arange(n), share, confidence)
    tail = (1 - confidence) / 2
    if math.isfinite(found.low):
        assert stats.binom.cdf(found.low, n, share) <= tail * (1 + 1e-9)
        assert stats.binom.cdf(found.low + 1, n, share) > tail * (1 - 1e-9), "the narrowest"
    if math.isfinite(found.high):
        assert stats.binom.sf(found.high, n, share) <= tail * (1 + 1e-9)


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, math.nan])
def test_a_quantile_outside_is_refused(share):
    """There is no smallest value of a distribution in a sample."""
    with pytest.raises(ScenarioError, match="allowed"):
        quantile_interval(np.arange(9), share, 0.95)


@pytest.mark.parametrize("statistic", ["mean", "median", "p90"])
def test_the_bootstrap_repeats_itself(statistic):
    """The same values, the same limits; another seed, slightly other limits; estimate inside."""
    values = np.random.default_rng(1).gamma(4, size=25)
    found = bootstrap_interval(values, statistic)
    assert found == bootstrap_interval(values.copy(), statistic)
    other = bootstrap_interval(values, statistic, seed=2)
    assert other.estimate == found.estimate
    assert other.low == pytest.approx(found.low, abs=0.2)
    assert found.low <= found.estimate <= found.high
    expected = {"mean": values.mean(), "median": np.median(values), "p90": np.quantile(values, 0.9)}
    assert found.estimate == pytest.approx(expected[statistic])


@given(shift=st.floats(-100, 100), factor=st.floats(0.01, 100))
def test_the_bootstrap_knows_no_units(shift, factor):
    """Limits move and stretch with the values."""
    values = np.random.default_rng(3).exponential(size=12)
    one, other = bootstrap_interval(values), bootstrap_interval(shift + factor * values)
    assert other.low == pytest.approx(shift + factor * one.low, rel=1e-6, abs=1e-6)
    assert other.high == pytest.approx(shift + factor * one.high, rel=1e-6, abs=1e-6)


def test_the_bootstrap_of_the_mean_is_that_of_scipy():
    """BCa of the median against scipy's, percentile-t near the t interval for normal values."""
    values = np.random.default_rng(4).normal(10, 1, 60)
    found, plain = bootstrap_interval(values), t_interval(values, 0.95)
    assert found.low == pytest.approx(plain.low, abs=0.05)
    assert found.high == pytest.approx(plain.high, abs=0.05)
    theirs = stats.bootstrap(
        (values,), np.median, n_resamples=4_000, method="BCa", rng=np.random.default_rng(5)
    ).confidence_interval
    ours = bootstrap_interval(values, "median")
    assert (ours.low, ours.high) == (
        pytest.approx(theirs.low, abs=0.1),
        pytest.approx(theirs.high, abs=0.1),
    )


def test_the_bootstrap_leans_with_the_values():
    """Skewed to the right, the interval of the mean reaches further to the right."""
    values = np.random.default_rng(6).lognormal(sigma=1, size=20)
    found = bootstrap_interval(values)
    assert found.high - found.estimate > 1.2 * (found.estimate - found.low)


@pytest.mark.parametrize("values", [[], [1.0, 2, 3, 4], [1.0, 2, 3, 4, 5, math.nan]])
def test_the_bootstrap_says_nothing_about_too_few_or_nan(values):
    """Four values have hardly any resamples; NaN spoils all."""
    found = bootstrap_interval(np.array(values))
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert math.isnan(found.estimate) == (len(values) != 4)


def test_the_bootstrap_of_equal_values_is_a_point():
    """No resample differs."""
    found = bootstrap_interval(np.full(8, 3.0), "p90")
    assert (found.low, found.estimate, found.high) == (3, 3, 3)


def test_another_statistic_is_refused():
    """What is allowed is said."""
    with pytest.raises(ScenarioError, match="mean, median, p90"):
        bootstrap_interval(np.arange(9.0), "mode")


def test_the_gain_of_pairing_by_hand():
    """Baseline 0, 2, 0, 2 and scenario 1, 3, 1, 4: variances 4/3, 9/4 and, paired, 1/4."""
    before, after = np.array([0.0, 2, 0, 2]), np.array([1.0, 3, 1, 4])
    apart = 4 / 3 + 9 / 4
    assert pairing_gain(after, before).estimate == pytest.approx(apart / 0.25)


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.5, 0.95])
def test_the_gain_of_pairing_is_that_of_theory(correlation):
    """2/(2 - 2 rho) for equal variances; the interval holds it in 90 % of 400 samples or more."""
    rng = np.random.default_rng(7)
    held = []
    for _ in range(400):
        shared, a, b = rng.normal(size=(3, 30))
        weight = math.sqrt(abs(correlation))
        own = math.sqrt(1 - abs(correlation))
        before = weight * shared + own * a
        after = math.copysign(weight, correlation) * shared + own * b
        found = pairing_gain(after, before)
        held.append(found.low <= 1 / (1 - correlation) <= found.high)
        assert found.low <= found.estimate <= found.high
    assert np.mean(held) >= 0.90


def test_the_gain_of_pairing_without_a_difference():
    """A metric that the scenario does not touch; NaN; too few; one replication that differs."""
    values = np.array([1.0, 2, 4, 3, 5])
    assert pairing_gain(values, values).estimate == math.inf
    assert pairing_gain(values + 0.5, values).estimate == math.inf
    assert math.isnan(pairing_gain(np.array([1, 2, math.nan, 3, 5]), values).estimate)
    assert math.isnan(pairing_gain(values[:3], values[:3] ** 2).estimate)
    once = pairing_gain(values + np.array([0, 0, 0, 0, 1.0]), values)
    assert math.isfinite(once.estimate)
    assert math.isnan(once.low)


def test_the_bound_of_pairing_by_hand():
    """Standard deviations 1 and 3: (1 + 9)/(3 - 1)2; reached where one is a multiple of the other.

    Three tenths of it with other luck on top: the gain stays below.
    """
    before = 3 * np.array([-1.0, 0, 1])
    assert pairing_bound(before / 3, before) == pytest.approx(10 / 4)
    longer = np.array([1.0, 5, 2, 8, 3, 9])
    assert pairing_gain(0.3 * longer + 7, longer).estimate == pytest.approx(
        pairing_bound(0.3 * longer + 7, longer)
    )
    other = 0.3 * longer + np.array([0.1, -0.2, 0.3, 0.1, -0.1, 0.2])
    assert pairing_gain(other, longer).estimate < pairing_bound(other, longer)


@given(st.lists(st.tuples(st.integers(-999, 999), st.integers(-999, 999)), min_size=4, max_size=12))
def test_no_pairing_gains_more_than_the_bound(pairs):
    """Whatever the values; where all differences are equal there is nothing left to gain."""
    after, before = np.array(pairs, dtype=np.float64).T
    gain = pairing_gain(after, before).estimate
    assert math.isinf(gain) or gain <= pairing_bound(after, before) * (1 + 1e-6)


def test_the_bound_of_pairing_at_its_limits():
    """Equal variances have none; NaN and a single replication have no value."""
    values = np.array([1.0, 2, 4])
    assert pairing_bound(values[::-1], values) == math.inf
    assert math.isnan(pairing_bound(np.array([1, math.nan, 2]), values))
    assert math.isnan(pairing_bound(values[:1], values[:1]))
