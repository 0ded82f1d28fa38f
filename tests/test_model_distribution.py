"""Distributions against scipy.stats, their limits and their means."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from o2c_sim.model.distribution import SMALLEST_PROBABILITY, Distribution

ADAPTER = TypeAdapter(Distribution)
GRID = np.concatenate(([SMALLEST_PROBABILITY, 1e-6], np.linspace(0.001, 0.999, 999), [1 - 1e-9]))

positive = st.floats(0.05, 50)
FAMILIES = {
    "uniform": (
        {"low": st.floats(-9, 0), "high": st.floats(0.1, 9)},
        lambda low, high: stats.uniform(low, high - low),
    ),
    "exponential": ({"mean": positive}, lambda mean: stats.expon(scale=mean)),
    "lognormal": (
        {"median": positive, "sigma": st.floats(0.05, 3)},
        lambda median, sigma: stats.lognorm(sigma, scale=median),
    ),
    "normal": ({"mean": st.floats(-9, 9), "sd": positive}, lambda mean, sd: stats.norm(mean, sd)),
    "gamma": (
        {"shape": st.floats(0.2, 20), "scale": positive},
        lambda shape, scale: stats.gamma(shape, scale=scale),
    ),
    "weibull": (
        {"shape": st.floats(0.3, 8), "scale": positive},
        lambda shape, scale: stats.weibull_min(shape, scale=scale),
    ),
    "student_t": (
        {"df": st.floats(0.8, 30), "location": st.floats(-9, 9), "scale": positive},
        lambda df, location, scale: stats.t(df, location, scale),
    ),
}


def build(**raw):
    """Return a distribution as a model file would give it."""
    return ADAPTER.validate_python(raw)


@pytest.mark.parametrize("name", FAMILIES)
@given(data=st.data())
def test_quantiles_are_those_of_scipy(name, data):
    """Every family, random parameters, from 2^-54 to 1 - 1e-9."""
    fields, reference = FAMILIES[name]
    values = {field: data.draw(strategy) for field, strategy in fields.items()}
    found = build(distribution=name, **values).quantile(GRID)
    np.testing.assert_allclose(found, reference(**values).ppf(GRID), rtol=1e-7, atol=1e-9)
    assert np.all(np.diff(found) >= 0)


@pytest.mark.parametrize(
    ("raw", "mean"),
    [
        ({"distribution": "uniform", "low": 2, "high": 5}, 3.5),
        ({"distribution": "exponential", "mean": 4}, 4),
        ({"distribution": "lognormal", "median": 10, "sigma": 0.6}, 10 * np.exp(0.18)),
        ({"distribution": "normal", "mean": -2, "sd": 3}, -2),
        ({"distribution": "gamma", "shape": 2, "scale": 1.25}, 2.5),
        ({"distribution": "weibull", "shape": 2, "scale": 1}, np.sqrt(np.pi) / 2),
        ({"distribution": "student_t", "df": 5, "location": 7}, 7),
        ({"distribution": "empirical", "shares": {1: 0.5, 2: 0.3, 10: 0.2}}, 3.1),
        ({"distribution": "constant", "value": 6}, 6),
        ({"distribution": "quantiles", "quantiles": {0: 1, 1: 5}}, 3),
        ({"distribution": "quantiles", "quantiles": {0: 0, 0.5: 4}, "tail_mean": 2}, 4),
    ],
    ids=lambda value: value["distribution"] if isinstance(value, dict) else "",
)
def test_mean_is_the_analytic_mean(raw, mean):
    """Within a thousandth: lognormal m exp(s^2/2), gamma k theta, Weibull Gamma(1.5)."""
    assert build(**raw).mean() == pytest.approx(mean, rel=1e-3)


def test_mean_counts_floor_and_cap():
    """Uniform(0, 4) with cap 2 is 2 half of the time: 1/2 * 1 + 1/2 * 2 = 1.5."""
    capped = build(distribution="uniform", low=0, high=4, cap=2)
    assert capped.mean() == pytest.approx(1.5, rel=1e-4)


@pytest.mark.parametrize("name", FAMILIES)
@given(data=st.data(), floor=st.floats(-5, 2), width=st.floats(0, 5))
def test_floor_and_cap_are_kept(name, data, floor, width):
    """Outside values are moved to the limit, inside ones are left alone."""
    fields, _ = FAMILIES[name]
    values = {field: data.draw(strategy) for field, strategy in fields.items()}
    plain = build(distribution=name, **values).quantile(GRID)
    cap = floor + width
    limited = build(distribution=name, **values, floor=floor, cap=cap)
    np.testing.assert_array_equal(limited.quantile(GRID), np.clip(plain, floor, cap))
    assert limited.lowest() >= floor


def test_empirical_quantiles_follow_the_shares():
    """Shares 0.2, 0.5, 0.3 of 1, 2, 7: quantiles change at 0.2 and 0.7."""
    found = build(distribution="empirical", shares={7: 0.3, 1: 0.2, 2: 0.5})
    probabilities = np.array([0.0, 0.1999, 0.2, 0.6999, 0.7, 0.9999, 1.0])
    assert found.quantile(probabilities).tolist() == [1, 1, 2, 2, 7, 7, 7]


def test_a_value_with_share_zero_is_never_drawn():
    """Neither at the low end nor between nor at the high end."""
    found = build(distribution="empirical", shares={1: 0, 2: 0.5, 3: 0, 4: 0.5, 5: 0})
    assert set(found.quantile(GRID)) == {2, 4}
    assert found.lowest() == 2


def test_a_table_of_quantiles_is_linear_between_them_and_has_an_exponential_tail():
    """0 to 4 over the lower half, then mean 2 above 4: the 75th percentile is 4 + 2 log 2."""
    found = build(distribution="quantiles", quantiles={0.5: 4, 0: 0}, tail_mean=2)
    probabilities = np.array([0.0, 0.125, 0.5, 0.75, 0.875])
    expected = [0, 1, 4, 4 + 2 * np.log(2), 4 + 2 * np.log(4)]
    np.testing.assert_allclose(found.quantile(probabilities), expected)
    assert np.isfinite(found.quantile(np.array([1.0]))).all()
    assert hash(found) == hash(found.model_copy())


def test_a_table_of_quantiles_is_scaled_and_shifted_with_its_limits():
    """Values, tail and cap times 3; values and cap, but not the tail, plus 1."""
    found = build(distribution="quantiles", quantiles={0: 0, 0.5: 4}, tail_mean=2, cap=9)
    grid = np.array([0.1, 0.5, 0.9, 0.99])
    np.testing.assert_allclose(found.scaled(3).quantile(grid), 3 * found.quantile(grid))
    np.testing.assert_allclose(found.shifted(1).quantile(grid), 1 + found.quantile(grid))
    with pytest.raises(ValueError, match="factor"):
        found.scaled(0)


def test_a_plain_number_is_a_constant():
    """``wire: 0`` needs no ceremony."""
    found = ADAPTER.validate_python(3)
    assert found.quantile(GRID).tolist() == [3.0] * GRID.size


@pytest.mark.parametrize(
    "raw",
    [
        {"distribution": "uniform", "low": 3, "high": 2},
        {"distribution": "exponential", "mean": 0},
        {"distribution": "lognormal", "median": -1, "sigma": 1},
        {"distribution": "normal", "mean": 0, "sd": float("inf")},
        {"distribution": "gamma", "shape": 1},
        {"distribution": "weibull", "shape": 1, "scale": 1, "floor": 3, "cap": 2},
        {"distribution": "empirical", "shares": {1: 0.5, 2: 0.4}},
        {"distribution": "empirical", "shares": {1: 1.5, 2: -0.5}},
        {"distribution": "empirical", "shares": {float("nan"): 1}},
        {"distribution": "empirical", "shares": {float("inf"): 1}},
        {"distribution": "empirical", "shares": {}},
        {"distribution": "constant", "value": float("nan")},
        {"distribution": "quantiles", "quantiles": {0: 1}},
        {"distribution": "quantiles", "quantiles": {0: 2, 1: 1}},
        {"distribution": "quantiles", "quantiles": {0: 1, 1.5: 2}},
        {"distribution": "quantiles", "quantiles": {0: 1, 1: 2}, "tail_mean": -1},
        {"distribution": "triangular", "low": 1, "high": 2},
        {"low": 1, "high": 2},
        True,
        "seven",
    ],
    ids=str,
)
def test_what_is_no_distribution_is_refused(raw):
    """Each of these would have given a wrong or a NaN draw."""
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(raw)
