"""Sequential stopping: never too early, NaN never accepted, the same with any number of workers."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim import ScenarioError
from scenarios.statistics import t_interval
from scenarios.stopping import Precision, half_widths, next_replications


def half_width(values, confidence=0.95):
    """Return the half-width of the t interval."""
    found = t_interval(values, confidence)
    return (found.high - found.low) / 2


def run(columns, goals, budget, *, step=None, references=None, **options):
    """Return the decisions taken one after another on columns that are long enough."""
    options.setdefault("least", 5)
    n, taken = 2, []
    while not taken or not taken[-1].done:
        decision = next_replications(
            {name: column[:n] for name, column in columns.items()},
            goals,
            budget,
            references={name: column[:n] for name, column in (references or {}).items()},
            **options,
        )
        taken.append(decision)
        n = decision.next_total if step is None else min(n + step, decision.next_total)
    return n, taken


def slow_rule(column, goal, confidence=0.95, least=5, look_ahead=5):
    """Return the total of Hoad, Robinson and Davies's rule, one replication at a time, in full."""
    n = least
    while True:
        look = look_ahead if n <= 100 else math.ceil(look_ahead * n / 100)
        tried = range(n, n + look + 1)
        if all(half_width(column[:k], confidence) <= goal for k in tried):
            return n + look
        n += 1


@given(seed=st.integers(0, 10_000), goal=st.floats(0.3, 3), confidence=st.floats(0.6, 0.99))
def test_one_at_a_time_it_is_the_published_rule(seed, goal, confidence):
    """Asked after each replication, it stops where the slow twin does."""
    column = np.random.default_rng(seed).normal(5, 1, 1_500)
    n, _ = run({"x": column}, {"x": Precision(goal)}, 1_500, step=1, confidence=confidence)
    assert n == slow_rule(column, goal, confidence)


@given(seed=st.integers(0, 10_000), goal=st.floats(0.15, 3))
def test_batches_stop_no_earlier_and_hardly_later(seed, goal):
    """Run as predicted, precision holds at the end, and for the look-ahead before it."""
    column = np.random.default_rng(seed).normal(5, 1, 1_500)
    n, taken = run({"x": column}, {"x": Precision(goal)}, 1_500)
    assert n >= 10
    assert all(half_width(column[:k]) <= goal for k in range(n - 5, n + 1))
    assert n >= slow_rule(column, goal)
    assert all(b.next_total <= max(2 * a.next_total, 5) for a, b in pairwise(taken))


def test_batches_cost_little_more_than_one_at_a_time():
    """Over 200 seeds at 0.4 sd: at most 5 % more replications, in at most 6 decisions on average.

    One at a time takes about 32 of them.
    """
    totals, alone, decisions = [], [], []
    for seed in range(200):
        column = np.random.default_rng(seed).normal(5, 1, 500)
        n, taken = run({"x": column}, {"x": Precision(0.4)}, 500)
        totals.append(n)
        decisions.append(len(taken))
        alone.append(run({"x": column}, {"x": Precision(0.4)}, 500, step=1)[0])
    assert np.mean(alone) <= np.mean(totals) <= 1.05 * np.mean(alone)
    assert np.mean(decisions) <= 6


def test_by_hand():
    """Sd 1 exactly (alternating), half-width t/sqrt(n) about: 0.8 takes 9 and the look-ahead 5.

    At n = 8: sd = sqrt(8/7), 2.365 * 1.069 / sqrt(8) = 0.894 > 0.8; at 9: mean 1/9,
    sd = sqrt((9 - 1/9)/8) = 1.054, 2.306 * 1.054 / 3 = 0.810; at 10: 2.262 * 1.054 / 3.162 = 0.754.
    """
    column = np.tile([1.0, -1.0], 50)
    n, taken = run({"x": column}, {"x": Precision(0.8)}, 100, step=1)
    assert n == 15
    assert taken[-1].text == "15 replications: the precision asked for is reached"


def test_the_worst_metric_decides():
    """Two metrics, one noisier: it is named until it is there, and stops last."""
    rng = np.random.default_rng(3)
    columns = {"calm": rng.normal(5, 0.1, 400), "wild": rng.normal(5, 2, 400)}
    goals = {"calm": Precision(0.5), "wild": Precision(0.5)}
    n, taken = run(columns, goals, 400)
    assert n >= slow_rule(columns["wild"], 0.5)
    late = [d for d in taken if not d.done and d.next_total > 12]
    assert all(d.worst == "wild" and d.reached["calm"] for d in late[1:])
    assert taken[-1].reached == {"calm": True, "wild": True}
    assert taken[-1].worst is None


def test_relative_goals_are_shares_of_the_mean_or_of_the_baseline():
    """5 % of a mean of 20 is 1; differences of mean 0 are measured against the baseline's 20."""
    rng = np.random.default_rng(4)
    baseline, difference = rng.normal(20, 2, 400), rng.normal(0, 2, 400)
    own, _ = run({"x": baseline}, {"x": Precision(0.05, relative=True)}, 400)
    assert half_width(baseline[:own]) <= 0.05 * baseline[:own].mean()
    n, taken = run(
        {"x": difference},
        {"x": Precision(0.05, relative=True)},
        400,
        references={"x": baseline},
    )
    assert taken[-1].reached["x"]
    assert half_width(difference[:n]) <= 0.05 * baseline[:n].mean()
    alone, taken = run({"x": difference}, {"x": Precision(0.05, relative=True)}, 60)
    assert not taken[-1].reached["x"], "5 % of a mean of nothing is never reached"
    assert alone == 60
    assert "budget of 60" in taken[-1].text


def test_nan_is_never_accepted():
    """It is not reached, it is named, and it is not waited for: more would leave the mean NaN."""
    rng = np.random.default_rng(5)
    columns = {"good": rng.normal(5, 1, 400), "gap": np.full(400, 3.0)}
    columns["gap"][3] = math.nan
    n, taken = run(columns, {"good": Precision(0.5), "gap": Precision(10)}, 400)
    assert taken[-1].reached == {"good": True, "gap": False}
    assert n < 60
    assert taken[-1].worst == "gap"
    assert "no value in some replication: gap" in taken[-1].text
    n, taken = run({"gap": columns["gap"]}, {"gap": Precision(10)}, 400)
    assert (n, taken[-1].reached) == (5, {"gap": False})


def test_values_that_never_vary_are_narrow_enough_at_once():
    """Also zeros against a share of their mean; five and the look-ahead."""
    for goal in (Precision(0.1), Precision(0.1, relative=True)):
        n, taken = run({"x": np.zeros(50)}, {"x": goal}, 50)
        assert (n, taken[-1].reached) == (10, {"x": True})


def test_ten_replications_come_first_by_default():
    """A spread of five values that happens to be small stops nothing."""
    column = np.full(30, 4.0)
    first = next_replications({"x": column[:5]}, {"x": Precision(1)}, 30)
    assert (first.done, first.next_total, first.reached) == (False, 10, {"x": False})
    assert "first decision is at 10" in first.text
    short = next_replications({"x": column[:5]}, {"x": Precision(1)}, 5)
    assert (short.done, short.next_total, short.reached) == (True, 5, {"x": False})
    assert "beyond the budget of 5" in short.text
    assert next_replications({"x": column[:15]}, {"x": Precision(1)}, 30).reached["x"]


@pytest.mark.parametrize("budget", [3, 5, 7, 12])
def test_a_budget_is_never_exceeded(budget):
    """What cannot be reached within it is said with what it was short by."""
    column = np.random.default_rng(6).normal(5, 1, 100)
    n, taken = run({"x": column}, {"x": Precision(0.01)}, budget)
    assert n == budget
    assert taken[-1].done
    assert not taken[-1].reached["x"]
    assert all(d.next_total <= budget for d in taken)


def test_the_look_ahead_grows_with_many_replications():
    """Reached at 200, it must hold for 10 more and not for 5."""
    column = np.tile([1.0, -1.0], 500)
    at = next(n for n in range(5, 1_000) if half_width(column[:n]) <= 0.1395)
    assert at > 100
    n, _ = run({"x": column}, {"x": Precision(0.1395)}, 1_000, step=1)
    assert n == at + math.ceil(5 * at / 100)


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_half_widths_are_those_of_the_interval(values):
    """After each number of replications."""
    column = np.array(values)
    expected = [half_width(column[:n]) for n in range(2, len(values) + 1)]
    size = np.ptp(column) + 1e-3 * np.abs(column).max()
    assert half_widths(column, 0.95)[1:] == pytest.approx(expected, rel=1e-6, abs=1e-6 * size)


@pytest.mark.parametrize(
    ("goals", "budget", "options", "said"),
    [
        ({}, 100, {}, "no precision"),
        ({"y": Precision(1)}, 100, {}, "'y'"),
        ({"x": Precision(1)}, 1, {}, "budget of 1"),
        ({"x": Precision(1)}, 100, {"confidence": 1.0}, "confidence of 1"),
        ({"x": Precision(1)}, 100, {"least": 1}, "at least 1"),
    ],
)
def test_what_makes_no_sense_is_refused(goals, budget, options, said):
    """With what is allowed."""
    with pytest.raises(ScenarioError, match=said):
        next_replications({"x": np.zeros(6)}, goals, budget, **options)


@pytest.mark.parametrize("half_width", [0.0, -1.0, math.nan, math.inf])
def test_impossible_precisions_are_refused(half_width):
    """A half-width of zero is never reached."""
    with pytest.raises(ScenarioError, match="half-width"):
        Precision(half_width)
