"""Power: against scipy's noncentral t, by simulation, and what is said when nothing was found."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from o2c_sim import ScenarioError
from scenarios.power import (
    detectability,
    detectable_difference,
    power_of,
    replications_to_detect,
    strictest_level,
)
from scenarios.statistics import holm, paired_p_value


@given(
    effect=st.floats(-3, 3),
    sd=st.floats(0.2, 5),
    n=st.integers(2, 200),
    level=st.floats(0.001, 0.2),
)
def test_power_is_that_of_the_noncentral_t(effect, sd, n, level):
    """Two-sided, against scipy's distribution."""
    shift = abs(effect) / sd * math.sqrt(n)
    critical = stats.t.isf(level / 2, n - 1)
    expected = stats.nct.sf(critical, n - 1, shift) + stats.nct.cdf(-critical, n - 1, shift)
    # scipy's has no value for some arguments.
    if math.isfinite(expected):
        assert power_of(effect, sd, n, level=level) == pytest.approx(expected, abs=1e-6)


def test_a_published_case():
    """Cohen's table for d = 0.5, two-sided 5 %, power 0.8, one sample: 34 (33.4 rounded up)."""
    assert replications_to_detect(0.5, 1.0) == 34
    assert replications_to_detect(-0.5, 1.0) == 34
    assert replications_to_detect(5.0, 10.0) == 34


@given(sd=st.floats(0.01, 100), n=st.integers(3, 300), power=st.floats(0.3, 0.99))
def test_the_detectable_difference_is_detected_by_as_many(sd, n, power):
    """The two questions are each other's inverse."""
    effect = detectable_difference(sd, n, power=power)
    assert power_of(effect, sd, n) == pytest.approx(power, abs=1e-6)
    assert replications_to_detect(effect * 1.0001, sd, power=power) <= n
    assert replications_to_detect(effect * 0.9, sd, power=power) > n or n < 5


def test_extremes_are_answered():
    """An effect a million times the noise takes 2; one a million times smaller is never found."""
    assert power_of(1e6, 1.0, 10) == 1
    assert replications_to_detect(1e6, 1.0) == 2
    assert replications_to_detect(1e-6, 1.0) is None
    assert power_of(0.0, 1.0, 10, level=0.03) == pytest.approx(0.03, abs=1e-6)


def test_power_by_simulation():
    """10 pairs, effect of one sd: 20,000 experiments find it as often as said, within 4 sigma.

    sigma = sqrt(0.8 * 0.2 / 20,000) = 0.0028.
    """
    rng = np.random.default_rng(11)
    rows = rng.normal(1.0, 1.0, (20_000, 10))
    t = rows.mean(axis=1) / (rows.std(axis=1, ddof=1) / math.sqrt(10))
    found = np.mean(np.abs(t) > stats.t.isf(0.025, 9))
    assert found == pytest.approx(power_of(1.0, 1.0, 10), abs=4 * 0.0028)


@pytest.mark.slow
def test_the_statement_by_simulation():
    """The number it names finds the effect in 80 % of experiments, with Holm over five tests.

    The statement is given the true standard deviation (a long sample). One effect among five
    tests, the others without: 4,000 experiments, sigma = 0.0063; Holm's other steps can only add.
    """
    rng = np.random.default_rng(12)
    long = rng.normal(0, 2.0, 200_000)
    needed = detectability(long, effect=1.0, tests=5).needed
    hits = 0
    for _ in range(4_000):
        rows = rng.normal(0, 2.0, (5, needed))
        rows[0] += 1.0
        hits += holm([paired_p_value(row) for row in rows])[0] < 0.05
    assert hits / 4_000 == pytest.approx(0.80, abs=4 * 0.0063)


def test_what_it_says():
    """Alternating -1 and 1, ten times: sd 1.054, detectable 0.99 sd; 0.2 takes about 220."""
    found = detectability(np.tile([-1.0, 1.0], 5), effect=0.2, unit="days")
    assert found.standard_deviation == pytest.approx(1.0541, abs=1e-4)
    assert found.detectable == pytest.approx(1.049, abs=0.001)
    assert found.needed == 220
    assert found.text == (
        "no detectable difference at this budget: 10 replications find an effect of 1.05 days "
        "with 80% probability; one of 0.2 days takes about 220 replications"
    )


def test_more_tests_detect_less():
    """Holm's first step over 20 tests takes a level of 0.25 %."""
    values = np.tile([-1.0, 1.0], 5)
    assert strictest_level(0.95, 20) == pytest.approx(0.0025)
    assert detectability(values, tests=20).detectable > detectability(values).detectable


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0.0, 0.0, 0.0], "no difference in any of 3"),
        ([0.5, 0.5, 0.5], "the same difference in any of 3"),
        ([0.5, math.nan, 0.5], "nothing can be said"),
        ([0.5], "nothing can be said"),
    ],
)
def test_samples_without_a_spread(values, said):
    """Nothing is divided by zero, NaN is not dropped."""
    assert said in detectability(np.array(values), effect=1.0).text


def test_an_effect_of_nothing_is_never_found():
    """No division by zero, no endless search."""
    found = detectability(np.tile([-1.0, 1.0], 5), effect=0.0)
    assert found.needed is None
    assert "more than ten million" in found.text


@pytest.mark.parametrize(
    "call",
    [
        lambda: power_of(1, 0, 10),
        lambda: power_of(1, 1, 1),
        lambda: power_of(1, 1, 10, level=0),
        lambda: detectable_difference(1, 10, power=1),
        lambda: replications_to_detect(1, math.nan),
    ],
)
def test_what_makes_no_sense_is_refused(call):
    """With what is allowed."""
    with pytest.raises(ScenarioError, match="allowed"):
        call()
