"""Sensitivity: analytic functions with known effects and shares of variance."""

import builtins

import numpy as np
import pytest
from noisy_functions import NoisyFunction

from o2c_sim import MissingDependencyError, ScenarioError
from scenarios.search import metamodel
from scenarios.search.designs import latin_hypercube, points_at
from scenarios.search.factor import Factor
from scenarios.search.sensitivity import (
    NOISE_LIMIT,
    morris,
    morris_points,
    noise_share,
    sobol,
    sobol_points,
)
from scenarios.search.tornado import tornado

FACTORS = (
    Factor("a", 0, 2, now=1.0),
    Factor("w", choices=("x", "y"), now="x"),
    Factor("n", 1, 4, whole=True, now=2),
)


def linear(point):
    """5 a, 1 more for the word y, nothing for n."""
    return 5 * point.get("a", 1.0) + (point.get("w", "x") == "y")


def by_name(found):
    """Return importances by factor."""
    return {one.factor.name: one for one in found.importances}


def test_a_tornado_of_a_linear_function():
    """From a = 1: -5 and +5; the word: +1; n: nothing. Common noise cancels from each change."""
    bars = tornado(NoisyFunction(linear, common=3), FACTORS, replications=4)
    assert [bar.factor.name for bar in bars] == ["a", "w", "n"]
    assert [bar.swing for bar in bars] == pytest.approx([10, 1, 0])
    low, high = bars[0].effects
    assert (low.value, high.value) == (0, 2)
    assert low.change.mean == pytest.approx(-5)
    assert high.change.low == pytest.approx(5) == high.change.high
    assert high.response.high - high.response.low > 1


def test_the_intervals_of_a_tornado_cover():
    """Over 300 experiments the interval of a change of 5 covers it in 95 %, give or take 3."""
    covered = 0
    for seed in range(300):
        (bar,) = tornado(
            NoisyFunction(linear, own=1, common=3, seed=seed), FACTORS[:1], replications=6
        )
        covered += bar.effects[1].change.low <= 5 <= bar.effects[1].change.high
    assert 0.92 <= covered / 300 <= 0.98


def test_elementary_effects_of_a_linear_function():
    """Over the whole range: 10, 1 and 0, always the same, so without spread."""
    found = morris(NoisyFunction(linear, common=3), FACTORS, trajectories=6, replications=2)
    assert [one.factor.name for one in found.importances] == ["a", "w", "n"]
    for one, effect in zip(found.importances, (10, 1, 0), strict=True):
        assert one.total.value == pytest.approx(effect, abs=1e-6)
        assert one.first.value == pytest.approx(effect, abs=1e-6)
        assert one.spread == pytest.approx(0, abs=1e-6)
    assert found.points == 6 * 4 == len(morris_points(FACTORS, 6, seed=1))
    assert not found.noisy


def test_morris_shows_interaction_as_spread():
    """Of a * b each factor's effect depends on the other; of a + b it does not."""
    factors = (Factor("a", 0, 1), Factor("b", 0, 1))
    found = morris(
        NoisyFunction(lambda p: p["a"] * p["b"]), factors, trajectories=20, replications=2
    )
    for one in found.importances:
        assert one.spread > 0.2
        assert one.total.value == pytest.approx(0.5, abs=0.15)


def test_sobol_shares_of_the_ishigami_function():
    """The known shares for a = 7, b = 0.1: S1 0.314, 0.442, 0; ST 0.558, 0.442, 0.244.

    Ishigami and Homma, "An importance quantification technique in uncertainty analysis for
    computer models", ISUMA 1990.
    """
    factors = [Factor(name, -np.pi, np.pi) for name in "xyz"]

    def ishigami(p):
        return np.sin(p["x"]) + 7 * np.sin(p["y"]) ** 2 + 0.1 * p["z"] ** 4 * np.sin(p["x"])

    found = by_name(sobol(NoisyFunction(ishigami, common=2), factors, base=1024, replications=2))
    for name, first, total in (("x", 0.314, 0.558), ("y", 0.442, 0.442), ("z", 0, 0.244)):
        assert found[name].first.value == pytest.approx(first, abs=0.05)
        assert found[name].total.value == pytest.approx(total, abs=0.05)
        assert found[name].total.half_width < 0.12
    assert len(sobol_points(factors, 1024, 1)) == 1024 * 5


def test_a_response_that_nothing_moves_has_no_shares():
    """Zero everywhere and no warning, not a division by zero."""
    found = sobol(NoisyFunction(lambda p: 3.0), FACTORS, base=8, replications=2)
    assert {one.total.value for one in found.importances} == {0.0}
    assert found.noise_share == 0


def test_the_noise_share_is_what_it_says():
    """Points with variance 1 and own noise of variance 4 over 4 replications: half is noise.

    Noise that all points of a replication share is none.
    """
    rng = np.random.default_rng(5)
    points = rng.standard_normal((2_000, 1))
    own, shared = 2 * rng.standard_normal((2_000, 4)), 9 * rng.standard_normal((1, 4))
    assert noise_share(points + own + shared) == pytest.approx(0.5, abs=0.05)
    assert noise_share(points + shared) == pytest.approx(0, abs=1e-9)
    assert noise_share(own) == 1.0 or noise_share(own) == pytest.approx(1, abs=0.1)
    assert np.isnan(noise_share(points))


def test_too_much_noise_is_said():
    """The same experiment with own noise four times the effect says that it cannot be read."""
    quiet, loud = (
        morris(NoisyFunction(linear, own=own), FACTORS, trajectories=6, replications=3)
        for own in (0.1, 20)
    )
    assert quiet.noise_share < NOISE_LIMIT < loud.noise_share
    assert (quiet.noisy, loud.noisy) == (False, True)


def test_points_that_cannot_be_are_refused_before_the_first_run():
    """All reasons are given, none twice, and nothing was run."""
    evaluate = NoisyFunction(
        linear, refuse=lambda p: f"a = {p['a']:g} is too much" if p.get("a", 0) > 1 else ""
    )
    with pytest.raises(ScenarioError, match="a = 2 is too much"):
        tornado(evaluate, FACTORS, replications=3)
    assert evaluate.runs == 0


@pytest.mark.parametrize(
    "ask",
    [
        lambda e: tornado(e, FACTORS, replications=1),
        lambda e: morris(e, FACTORS, trajectories=1, replications=2),
        lambda e: sobol(e, FACTORS, base=12, replications=2),
    ],
)
def test_requests_that_make_no_sense(ask):
    """One replication, one trajectory, a base that is no power of two."""
    with pytest.raises(ScenarioError, match="allowed"):
        ask(NoisyFunction(linear))


def test_without_the_package_the_extra_is_named(monkeypatch):
    """A message with the install line, not a traceback."""
    real = builtins.__import__

    def missing(name, *args, **kwargs):
        if name.startswith("SALib"):
            raise ModuleNotFoundError(name, name="SALib")
        return real(name, *args, **kwargs)

    monkeypatch.setattr("importlib.import_module", lambda name: missing(name))
    with pytest.raises(MissingDependencyError, match=r"o2c-toolkit\[search\]"):
        morris(NoisyFunction(linear), FACTORS, trajectories=4, replications=2)


def surface(function, number=30, noise=0.0):
    """Fit a surface to a function on a Latin hypercube."""
    factors = tuple(Factor(name, 0, 1) for name in "abc")
    points = latin_hypercube(factors, number, seed=1)
    rng = np.random.default_rng(1)
    values = np.array([function(p) for p in points]) + noise * rng.standard_normal(number)
    return metamodel.fit(factors, points, values), factors


def test_a_quadratic_function_is_foretold_exactly():
    """Q2 is 1, and points that were not in the design come out right."""
    fitted, factors = surface(lambda p: 3 + p["a"] ** 2 - 2 * p["b"] * p["c"])
    assert fitted.q2 == pytest.approx(1)
    new = points_at(factors, np.random.default_rng(2).random((50, 3)))
    wanted = [3 + p["a"] ** 2 - 2 * p["b"] * p["c"] for p in new]
    assert fitted.at(new) == pytest.approx(wanted)


def test_q2_equals_leaving_out_one_point_after_the_other():
    """The short cut by the hat matrix gives what 30 fits with 29 points give."""
    factors = tuple(Factor(name, 0, 1) for name in "ab")
    points = latin_hypercube(factors, 30, seed=1)
    values = np.array([np.exp(p["a"]) + p["b"] for p in points])
    errors = []
    for i in range(30):
        rest = [p for j, p in enumerate(points) if j != i]
        fitted = metamodel.fit(factors, rest, np.delete(values, i))
        errors.append(values[i] - metamodel._terms(factors, metamodel.positions_of(
            factors, [points[i]])) @ fitted.coefficients)  # fmt: skip
    slow = 1 - np.sum(np.square(errors)) / np.sum((values - values.mean()) ** 2)
    assert metamodel.fit(factors, points, values).q2 == pytest.approx(slow)


@pytest.mark.parametrize("function", [lambda p: np.sin(20 * p["a"]), lambda p: p["a"] > 0.5])
def test_a_surface_that_does_not_foretell_must_not_be_used(function):
    """It says how little it knows, and refuses."""
    fitted, _ = surface(function)
    assert not fitted.valid
    with pytest.raises(ScenarioError, match="variance of points left out"):
        fitted.at([{"a": 0.5, "b": 0.5, "c": 0.5}])


def test_a_surface_needs_points_and_order():
    """Ten terms from eleven points leave nothing to validate with; three words have no order."""
    with pytest.raises(ScenarioError, match="12 or more"):
        surface(lambda p: p["a"], number=11)
    factors = (Factor("w", choices=("x", "y", "z")),)
    with pytest.raises(ScenarioError, match="no order"):
        metamodel.fit(factors, [{"w": "x"}] * 9, np.zeros(9))
