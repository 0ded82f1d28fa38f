"""Fitting distributions: known families come back, open and unseen cases do not mislead."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy import stats

from mining.calibration.families import fit, refits
from mining.calibration.life_table import life_table
from o2c_sim.model.distribution import Distribution

ADAPTER = TypeAdapter(Distribution)
SIZE = 4_000
# Four standard errors of most of these parameters at this size.
TOLERANCE = 0.12

KNOWN = {
    "exponential": (stats.expon(scale=3), {"mean": 3}),
    "lognormal": (stats.lognorm(1.2, scale=2.5), {"median": 2.5, "sigma": 1.2}),
    "gamma": (stats.gamma(3, scale=1.5), {"shape": 3, "scale": 1.5}),
    "weibull": (stats.weibull_min(0.5, scale=4), {"shape": 0.5, "scale": 4}),
    "uniform": (stats.uniform(2, 3), {"low": 2, "high": 5}),
    "normal": (stats.norm(1, 5), {"mean": 1, "sd": 5}),
    "student_t": (stats.t(2, -1, 2.5), {"df": 2, "location": -1, "scale": 2.5}),
}


def drawn(name, size=SIZE, seed=1):
    """Return values of a known distribution."""
    return KNOWN[name][0].rvs(size, random_state=np.random.default_rng(seed))


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_family_is_found_with_its_parameters(name):
    """Chosen by AIC out of all, with the parameters that the values were drawn with."""
    found = fit(drawn(name))
    assert found.chosen == name
    assert found.aic[name] == min(found.aic.values())
    assert found.ks < 0.03
    for field, value in KNOWN[name][1].items():
        assert found.value[field] == pytest.approx(value, rel=TOLERANCE, abs=0.3)


@pytest.mark.parametrize("name", KNOWN)
def test_a_fit_is_a_distribution_of_a_model(name):
    """It can be written into a model, and no draw is below what a duration may be."""
    values = drawn(name)
    model = ADAPTER.validate_python(fit(values).value)
    assert model.lowest() >= (0 if values.min() >= 0 else -np.inf)
    assert np.isfinite(model.highest())


def test_two_humps_become_a_table_of_quantiles():
    """40 % at 0 and a hump at 6 fit no family: the quantiles of the data are kept."""
    rng = np.random.default_rng(2)
    values = np.concatenate((np.zeros(2_000), rng.gamma(9, 0.7, 3_000)))
    found = fit(values)
    assert found.chosen == "quantiles"
    model = ADAPTER.validate_python(found.value)
    assert model.mean() == pytest.approx(values.mean(), rel=0.03)
    probabilities = np.array([0.2, 0.39, 0.5, 0.75, 0.9, 0.99])
    expected = np.quantile(values, probabilities)
    np.testing.assert_allclose(model.quantile(probabilities), expected, rtol=0.04, atol=0.05)


def test_few_values_are_kept_with_their_shares():
    """Payment terms are no curve: 15, 30 and 60 days as they occur."""
    found = fit([30] * 60 + [15] * 30 + [60] * 10)
    assert found.value == {"distribution": "empirical", "shares": {15: 0.3, 30: 0.6, 60: 0.1}}


def test_one_value_is_a_constant():
    """Also a single observation of it."""
    assert fit([2.5, 2.5, 2.5]).value == {"distribution": "constant", "value": 2.5}
    assert fit([7]).value == {"distribution": "constant", "value": 7}


def test_life_table_is_kaplan_meier_by_hand():
    """1, 2+, 3, 4: at risk 4, then 2, then 1: 1 - 3/4, 1 - 3/4 * 1/2, 1."""
    table = life_table(np.array([1.0, 2, 3, 4]), censored=np.array([False, True, False, False]))
    assert table.values.tolist() == [1, 3, 4]
    assert table.shares.tolist() == pytest.approx([0.25, 0.625, 1.0])


def test_life_table_is_lynden_bell_by_hand():
    """Values 1, 2, 3 that could be seen up to 2, 3, 9.

    At 3 only the third was at risk but the second could be seen as long, too: 1 of 2. At 2: the
    first and the second, both visible that long: 1 of 2.
    """
    table = life_table(np.array([1.0, 2, 3]), truncated_at=np.array([2.0, 3, 9]))
    assert table.shares.tolist() == pytest.approx([0.25, 0.5, 1.0])


def test_open_cases_are_no_short_ones():
    """Waits of mean 10 seen for up to 15 days: those still open count as longer."""
    rng = np.random.default_rng(3)
    waits, seen = rng.exponential(10, SIZE), rng.uniform(0, 15, SIZE)
    given_ = np.minimum(waits, seen)
    found = fit(given_, censored=waits > seen, families=("exponential",))
    assert found.value["mean"] == pytest.approx(10, rel=0.08)
    assert given_[waits <= seen].mean() < 6


def test_completed_cases_alone_are_no_short_ones_either():
    """The same, with the open ones not in the data at all."""
    rng = np.random.default_rng(4)
    waits, seen = rng.gamma(2, 5, 3 * SIZE), rng.uniform(0, 30, 3 * SIZE)
    kept = waits <= seen
    found = fit(waits[kept], truncated_at=seen[kept])
    assert found.chosen == "gamma"
    model = ADAPTER.validate_python(found.value)
    assert model.mean() == pytest.approx(10, rel=0.15)
    assert waits[kept].mean() < 8


@pytest.mark.parametrize("name", ["lognormal", "gamma", "weibull"])
def test_a_daily_run_hides_nothing_but_the_moment(name):
    """Known is only between which two runs each wait was over."""
    rng = np.random.default_rng(5)
    waits, begun = drawn(name), rng.uniform(0, 1, SIZE)
    upper = np.floor(waits + begun) + 1 - begun
    found = fit(upper, lower=np.maximum(upper - 1, 0))
    assert found.chosen == name
    for field, value in KNOWN[name][1].items():
        assert found.value[field] == pytest.approx(value, rel=0.15)


def test_known_values_given_as_intervals_are_the_same_fit():
    """An interval of no width is a value."""
    values = drawn("lognormal")
    plain, within = fit(values), fit(values, lower=values)
    assert within.value["median"] == pytest.approx(plain.value["median"], rel=1e-3)
    assert within.ks < 0.05


def test_a_weight_of_two_is_a_value_twice():
    """The same parameters as with the value repeated."""
    values = drawn("gamma", 500)
    weights = np.where(np.arange(500) < 200, 2.0, 1.0)
    weighted = fit(values, weights=weights, families=("gamma",))
    repeated = fit(np.concatenate((values, values[:200])), families=("gamma",))
    assert weighted.value["shape"] == pytest.approx(repeated.value["shape"], rel=1e-4)
    assert weighted.value["scale"] == pytest.approx(repeated.value["scale"], rel=1e-4)


@settings(deadline=None, max_examples=25)
@given(factor=st.floats(1e-3, 1e3), name=st.sampled_from(["lognormal", "gamma", "weibull"]))
def test_the_unit_does_not_matter(factor, name):
    """Minutes or days: the same family, the scale multiplied and the shape unchanged."""
    values = drawn(name, 300)
    one, other = fit(values), fit(values * factor)
    assert other.chosen == one.chosen
    assert other.ks == pytest.approx(one.ks, abs=1e-6)
    scale = {"lognormal": "median", "gamma": "scale", "weibull": "scale"}.get(one.chosen)
    if scale is not None:
        assert other.value[scale] == pytest.approx(one.value[scale] * factor, rel=1e-3)


@settings(deadline=None, max_examples=40)
@given(values=st.lists(st.floats(0, 1e4), min_size=1, max_size=60), data=st.data())
def test_whatever_the_values_a_distribution_comes_back(values, data):
    """Zeros, ties, a single value, open cases: always one that a model accepts."""
    open_ = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    open_[0] = False
    found = fit(values, censored=open_)
    model = ADAPTER.validate_python(found.value)
    quantiles = model.quantile(np.linspace(0.001, 0.999, 99))
    assert np.isfinite(quantiles).all()
    assert quantiles.min() >= 0


def test_bootstrap_spreads_as_theory_says():
    """The median of a lognormal has the standard error median * sigma / sqrt(n)."""
    values = drawn("lognormal", 900)
    found = fit(values)
    medians = [one["median"] for one in refits(found, values, seed=7, draws=200)]
    assert np.std(medians) == pytest.approx(2.5 * 1.2 / 30, rel=0.2)
    assert refits(found, values, seed=7, draws=3) == refits(found, values, seed=7, draws=3)
    assert refits(found, values, seed=8, draws=3) != refits(found, values, seed=7, draws=3)


def test_lines_of_one_order_are_drawn_together():
    """Nine copies of a value are no nine observations: the spread is that of the orders."""
    values = np.repeat(drawn("lognormal", 100), 9)
    found = fit(values)
    block = np.repeat(np.arange(100), 9)
    apart = np.std([one["median"] for one in refits(found, values, seed=1)])
    together = np.std([one["median"] for one in refits(found, values, seed=1, blocks=block)])
    assert together == pytest.approx(3 * apart, rel=0.4)


@pytest.mark.parametrize(
    ("values", "options", "said"),
    [
        ([], {}, "no value"),
        ([1, float("nan")], {}, "not finite"),
        ([1, 2], {"weights": [1]}, "weights"),
        ([1, 2], {"weights": [0, 0]}, "above 0"),
        ([1, 2], {"censored": [True, True]}, "no case has ended"),
        ([1, 2], {"censored": [True, False], "truncated_at": [3, 3]}, "not both"),
        ([1, 2], {"truncated_at": [3, 1]}, "longer than"),
        ([1, 2], {"lower": [0, 3]}, "lower"),
    ],
)
def test_what_cannot_be_fitted_is_refused(values, options, said):
    """With what is wrong."""
    with pytest.raises(ValueError, match=said):
        fit(values, **options)
