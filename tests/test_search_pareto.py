"""Trade-offs: the front of a known problem, judged by replications that the search did not see."""

import numpy as np
import pytest
from noisy_functions import NoisyFunction

from o2c_sim import ScenarioError
from scenarios.search.factor import Factor
from scenarios.search.pareto import judged, pareto

FACTORS = [Factor(name, 0, 1) for name in "abc"]


def zdt1(point):
    """Return the first problem of Zitzler, Deb and Thiele (2000): best where b = c = 0."""
    a, b, c = (point.get(name, 1.0) for name in "abc")
    g = 1 + 9 * (b + c) / 2
    return a, g * (1 - np.sqrt(a / g))


def away(point):
    """Return how far a point is from the true front, in the second response."""
    return zdt1(point)[1] - (1 - np.sqrt(zdt1(point)[0]))


def problem(own=0.02, seed=0):
    """Return the problem with noise."""
    return NoisyFunction(zdt1, ("first", "second"), own=own, common=1, seed=seed)


def test_the_front_of_a_known_problem_is_approached():
    """Ten times nearer than points at random, which are 4.5 away on average; spread out."""
    front = pareto(problem(), FACTORS, signs=(1, 1), max_runs=1_000)
    best = [one for one in front.candidates if one.standing == "front"]
    assert np.mean([away(one.point) for one in best]) < 0.45
    assert np.ptp([one.point.get("a", 1) for one in best]) > 0.5


def test_a_seed_gives_the_same_front():
    """The same seed the same points and figures; another seed others."""
    one, two, other = (
        pareto(problem(), FACTORS, signs=(1, 1), max_runs=200, seed=seed) for seed in (1, 1, 2)
    )
    assert one == two
    assert one != other


def test_the_budget_holds_and_the_judgement_is_fresh():
    """Runs are as counted; candidates are judged by replications that the search never saw."""
    evaluate = problem()
    front = pareto(evaluate, FACTORS, signs=(1, 1), max_runs=300)
    assert evaluate.runs == front.runs <= 300
    for one in front.candidates:
        seen = evaluate.asked[repr(sorted(one.point.items()))]
        assert set(range(2, 2 + front.replications)) <= seen
        assert one.estimates["first"].replications == front.replications


def test_the_winner_is_not_flattered():
    """Where all points are equal, the search's best are lucky; their fresh means are not.

    Noise of 1, ten replications or more: the mean of all candidates is 0 within three standard
    errors, whereas the two lucky runs by which they were chosen lie far below.
    """
    found = [
        pareto(
            NoisyFunction(lambda p: (0.0, 0.0), ("first", "second"), own=1.0, seed=seed),
            FACTORS, signs=(1, 1), max_runs=200,
        )
        for seed in range(15)
    ]  # fmt: skip
    fresh = [
        one.estimates["first"].mean for front in found for one in front.candidates if one.point
    ]
    assert abs(np.mean(fresh)) < 3 / np.sqrt(10 * len(fresh))


def test_equal_points_are_seldom_called_dominated():
    """Under no difference at all, at most 5 % of candidates are "dominated"; most are "maybe"."""
    standings = []
    for seed in range(40):
        found = np.random.default_rng(seed).standard_normal((8, 12, 2))
        points = [{}, *({"a": i / 8} for i in range(1, 8))]
        done = judged(points, found, np.ones(2), ("first", "second"), 0.95)
        standings += [one.standing for one in done]
    assert standings.count("dominated") / len(standings) <= 0.05
    assert "maybe" in standings


def test_what_is_surely_worse_is_called_dominated():
    """Worse by ten standard errors in both, or equal in one and worse in the other."""
    rng = np.random.default_rng(1)
    base = rng.standard_normal((12, 2))
    found = np.array([base, base + 1 + 0.1 * rng.standard_normal((12, 2)), base + np.array([0, 1])])
    found = np.array([*found, base + np.array([1, -1])])
    points = [{}, {"a": 1}, {"a": 2}, {"a": 3}]
    done = judged(points, found, np.ones(2), ("first", "second"), 0.95)
    standing = {one.point.get("a", 0): one for one in done}
    assert [standing[i].standing for i in range(4)] == ["front", "dominated", "dominated", "front"]
    assert done[standing[2].better].point == {}
    assert standing[2].changes["second"].mean == pytest.approx(1)


def test_more_can_be_better():
    """With the sign turned, the same data have the opposite front."""
    found = np.zeros((2, 5, 2)) + np.arange(2)[:, None, None]
    found = found + 0.01 * np.random.default_rng(1).standard_normal((2, 5, 2))
    points = [{}, {"a": 1}]
    for scale, best in ((1, {}), (-1, {"a": 1})):
        done = judged(points, found, scale * np.ones(2), ("first", "second"), 0.95)
        assert [one.point for one in done if one.standing == "front"] == [best]


def test_whole_numbers_words_and_points_that_cannot_be():
    """A small space is searched to its end without spending the budget; refused points are not run.

    Six of the eight points are allowed.
    """
    factors = [Factor("n", 1, 4, whole=True), Factor("w", choices=("x", "y"))]
    evaluate = NoisyFunction(
        lambda p: (p.get("n", 2), -p.get("n", 2) + (p.get("w", "x") == "y")),
        ("first", "second"), own=0.01,
        refuse=lambda p: "too many" if p["n"] == 4 else "",
    )  # fmt: skip
    front = pareto(evaluate, factors, signs=(1, 1), max_runs=200)
    assert front.searched <= 6
    assert all(one.point.get("n", 2) < 4 for one in front.candidates)
    best = [one.point for one in front.candidates if one.standing == "front"]
    assert {"n": 1, "w": "x"} in best
    with pytest.raises(ScenarioError, match="too many"):
        pareto(
            NoisyFunction(zdt1, ("a", "b"), refuse=lambda p: "too many"), FACTORS,
            signs=(1, 1), max_runs=100,
        )  # fmt: skip


def test_requests_that_make_no_sense():
    """One response is no trade-off; a budget of a few runs is none."""
    with pytest.raises(ScenarioError, match="48 or more"):
        pareto(problem(), FACTORS, signs=(1, 1), max_runs=40)
    with pytest.raises(ScenarioError, match="two responses"):
        pareto(NoisyFunction(lambda p: 0.0), FACTORS, signs=(1,), max_runs=100)
