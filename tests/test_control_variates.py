"""Control variates: against theory and by hand; used only where they pay; means known exactly."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim import ScenarioError, Window, override, simulate
from scenarios.control_variates import PAYS_BELOW, controlled_interval
from scenarios.demand_controls import demand_controls
from scenarios.experiment import measured_period, receipts
from scenarios.statistics import t_interval


def sample(seed, n=30, explained=0.8):
    """Return values of mean 5, variance 1, of which a control of mean 2 explains a share."""
    rng = np.random.default_rng(seed)
    luck = rng.normal(size=n)
    values = 5 + math.sqrt(explained) * luck + math.sqrt(1 - explained) * rng.normal(size=n)
    return values, {"orders": 2 + 3 * luck}, {"orders": 2.0}


def test_a_perfect_control_leaves_nothing():
    """Y = 3 + 2 C with a known mean of C of 10: 23, whatever the sample, to the last digits."""
    control = np.arange(12.0) ** 2
    found = controlled_interval(3 + 2 * control, {"c": control}, {"c": 10.0})
    assert found.controls == ("c",)
    assert found.estimate.mean == pytest.approx(23)
    assert found.estimate.high - found.estimate.low < 1e-9
    assert found.variance_ratio < 1e-12


def test_one_control_by_the_textbook():
    """The mean - b (control's mean - known), b = cov/var, and the regression's t interval."""
    values, controls, means = sample(1)
    c, n = controls["orders"], len(values)
    b = np.cov(values, c, ddof=1)[0, 1] / np.var(c, ddof=1)
    mean = values.mean() - b * (c.mean() - 2)
    s2 = np.sum((values - values.mean() - b * (c - c.mean())) ** 2) / (n - 2)
    error = math.sqrt(s2 * (1 / n + (c.mean() - 2) ** 2 / np.sum((c - c.mean()) ** 2)))
    found = controlled_interval(values, controls, means)
    assert found.estimate.mean == pytest.approx(mean)
    assert found.estimate.high - mean == pytest.approx(2.0484 * error, rel=1e-4), "t(0.975, 28)"
    assert found.plain == t_interval(values, 0.95)


@pytest.mark.parametrize("explained", [0.5, 0.8, 0.95])
def test_variance_falls_as_lavenberg_and_welch_say(explained):
    """(1 - R2) (n - 2)/(n - q - 2): over 3,000 samples of 30, measured and reported, within 12 %.

    The variance of a variance of 3,000 means has a relative error of sqrt(2/3000) = 2.6 %.
    """
    pairs = [controlled_interval(*sample(seed, explained=explained)) for seed in range(3_000)]
    theory = (1 - explained) * 28 / 27
    measured = np.var([p.estimate.mean for p in pairs]) / np.var([p.plain.mean for p in pairs])
    reported = np.mean([p.variance_ratio for p in pairs])
    assert measured == pytest.approx(theory, rel=0.12)
    assert reported == pytest.approx(theory, rel=0.12)


def test_a_control_without_relation_is_seldom_used():
    """It is used by chance only, in less than a quarter of 300 samples; then the plain one stands.

    Chance is the adjusted R2 above what the lost degree of freedom costs: |t| > 1.4, 17 %.
    """
    used = 0
    for seed in range(300):
        values, controls, means = sample(seed, explained=0.0)
        found = controlled_interval(values, controls, means)
        used += bool(found.controls)
        if not found.controls:
            assert found.estimate is found.plain
            assert found.variance_ratio >= PAYS_BELOW
    assert used / 300 <= 0.25


def test_which_controls_enter_depends_on_them_alone():
    """A constant one, a copy, and those beyond n/5 - 1 are left out, whatever the values."""
    rng = np.random.default_rng(2)
    base = rng.normal(size=(4, 20))
    controls = {
        "constant": np.full(20, 7.0),
        "a": base[0],
        "copy": 5 - 2 * base[0],
        "b": base[1],
        "c": base[2],
        "d": base[3],
    }
    means = dict.fromkeys(controls, 0.0) | {"copy": 5.0, "constant": 7.0}
    for weights in ([1, 1, 1, 1], [0, 0, 5, 0.1]):
        found = controlled_interval(weights @ base, controls, means)
        assert found.controls in (("a", "b", "c"), ())
    # 20 values allow three.
    assert controlled_interval(base[:3].sum(axis=0), controls, means).controls == ("a", "b", "c")


@given(scale=st.floats(1e-6, 1e9), shift=st.floats(-1e6, 1e6))
def test_units_of_a_control_do_not_matter(scale, shift):
    """Orders or thousands of orders, cents or millions."""
    values, controls, means = sample(3)
    one = controlled_interval(values, controls, means)
    other = controlled_interval(
        values,
        {"orders": shift + scale * controls["orders"]},
        {"orders": shift + scale * means["orders"]},
    )
    if abs(shift) < 1e6 * scale:
        assert other.estimate.mean == pytest.approx(one.estimate.mean, rel=1e-6)
        assert other.variance_ratio == pytest.approx(one.variance_ratio, rel=1e-6)


@pytest.mark.parametrize("n", [2, 5, 9])
def test_few_replications_stay_plain(n):
    """Below ten the coefficients would be chance."""
    found = controlled_interval(*sample(1, n=n, explained=0.99))
    assert found.controls == ()
    assert found.estimate is found.plain
    assert math.isnan(found.variance_ratio)


def test_nan_stays_nan():
    """A value that is missing spoils the estimate; a control that has one is left out."""
    values, controls, means = sample(1)
    values[4] = math.nan
    assert math.isnan(controlled_interval(values, controls, means).estimate.mean)
    values, controls, means = sample(1)
    controls["orders"][4] = math.nan
    assert controlled_interval(values, controls, means).controls == ()


def test_a_control_must_fit():
    """Its mean is known, and it has a value for each replication."""
    values, controls, _ = sample(1)
    with pytest.raises(ScenarioError, match="no known mean"):
        controlled_interval(values, controls, {})
    with pytest.raises(ScenarioError, match="3 values"):
        controlled_interval(values, {"orders": np.zeros(3)}, {"orders": 0.0})


@pytest.fixture(scope="module")
def small(distributor):
    """Return a small company without quotations, whose every request is an order."""
    return override(
        distributor,
        {"customers.count": 60, "demand.orders_per_week": 60, "capture.quotation_share": 0},
        "test",
    )


def test_controls_are_what_the_run_receives(small):
    """Number and value of the orders in the log of the measured days."""
    window = Window(10, 20, 5)
    controls = demand_controls(small, window, seed=4, replications=range(2))
    for replication in range(2):
        run = simulate(small, seed=4, replication=replication, window=window)
        log = receipts(run.log, measured_period(small, window))
        assert controls.values["orders"][replication] == log.height
        assert controls.values["value"][replication] == pytest.approx(log["amount"].sum())


@pytest.mark.parametrize("seasonal", [False, True])
def test_their_means_are_known(small, seasonal):
    """300 replications: the known mean lies within 4 standard errors of theirs."""
    if seasonal:
        changes = {"demand.season": [0.5, 1.5] * 6, "demand.growth_per_year": 0.5}
        small = override(small, changes, "test")
    controls = demand_controls(small, Window(25, 20, 0), seed=1, replications=range(300))
    for name, values in controls.values.items():
        error = values.std(ddof=1) / math.sqrt(len(values))
        assert abs(values.mean() - controls.means[name]) < 4 * error
        assert error < 0.02 * controls.means[name]


def test_a_metric_takes_the_controls_of_its_unit(small):
    """Chosen beforehand: hours the number, currency the value, days none."""
    controls = demand_controls(small, Window(0, 5, 0), seed=1, replications=range(3, 6))
    assert list(controls.of_unit("hours")) == ["orders"]
    assert list(controls.of_unit("currency")) == ["value"]
    assert controls.of_unit("days") == {}
    later = demand_controls(small, Window(0, 5, 0), seed=1, replications=range(4, 5))
    assert controls.values["value"][1] == later.values["value"][0]
