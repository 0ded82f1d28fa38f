"""Intervals and tests against scipy and by hand; NaN is never dropped in silence."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scenarios.statistics import holm, paired_p_value, t_interval

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
