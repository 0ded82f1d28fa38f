"""Levers of a discovered process: each changes what it names, and more changes more."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from discovered_by_hand import ALWAYS, OFFICE, Step, exponential, model
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim import ModelError
from o2c_sim.discovered.levers import (
    with_arrivals_factor,
    with_automated_share,
    with_capacity,
    with_delay_factor,
    with_leave_out_share,
    with_week,
    with_weight_factor,
    with_work_factor,
    without_left_out,
)
from o2c_sim.discovered.model import LEFT_OUT, NO_POOL, Histories, Pool
from o2c_sim.discovered.simulation import simulate_discovered

CHAIN = [
    [Step(0, 0, 1, work), Step(1, 0, 1, work), Step(2, 0, 1, 1)] for work in exponential(50, 1)
]
PROCESS = model(CHAIN, [Pool("p", ("ann", "bob"), 2, OFFICE)], activities="abc", per_week=5)


def run(process, cases=40):
    """Return a log."""
    return simulate_discovered(process, cases=cases, start=dt.datetime(2026, 1, 5, 9), seed=1)


def test_capacity_and_hours_change_one_pool():
    """Names join with the people; the other pool is as it was."""
    two = model(CHAIN, [Pool("p", ("ann",), 1, OFFICE), Pool("q", ("bot",), 50, ALWAYS)])
    more = with_capacity(two, "p", 3)
    assert more.pools == (Pool("p", ("ann", "p +1", "p +2"), 3, OFFICE), two.pools[1])
    assert with_capacity(two, "q", 60).pools[1] == Pool("q", ("bot",), 60, ALWAYS)
    assert with_week(two, "p", ALWAYS).pools[0] == Pool("p", ("ann",), 1, ALWAYS)
    assert two.pools[0].capacity == 1, "the model that was changed is as it was"


def test_work_delay_and_arrivals_are_multiplied():
    """Of the activity that is named alone."""
    before = PROCESS.histories
    for lever, name in ((with_work_factor, "work_hours"), (with_delay_factor, "delay_hours")):
        after = lever(PROCESS, "b", 0.5).histories
        factor = np.where(before.activity == 1, 0.5, 1.0)
        assert np.array_equal(getattr(after, name), getattr(before, name) * factor)
    assert with_arrivals_factor(PROCESS, 3).arrivals.per_week == 15


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_automation_changes_marginal_steps_only(one, other):
    """What a robot does at the lower share it does at the higher one; the shares are met."""
    low, high = sorted((one, other))
    robots = [
        with_automated_share(PROCESS, "b", share, 3).histories.pool == NO_POOL
        for share in (low, high)
    ]
    assert not (robots[0] & ~robots[1]).any()
    assert not robots[1][PROCESS.histories.activity != 1].any()
    assert robots[1].sum() == pytest.approx(50 * high, abs=15)


def test_a_robot_takes_minutes_and_waits_for_nobody():
    """All steps b: three minutes each, no resource."""
    log = run(with_automated_share(PROCESS, "b", 1, 3)).filter(activity="b")
    assert log["resource"].null_count() == log.height
    assert ((log["time"] - log["start"]).dt.total_microseconds() == 180_000_000).all()


def test_the_delay_before_a_robot_takes_as_long_as_it_did():
    """One open hour of 40 a week is 4.2 hours of the clock; without a pool, an hour is an hour."""
    delay = with_automated_share(PROCESS, "b", 1).histories.delay_hours
    assert delay[PROCESS.histories.activity == 1] == pytest.approx(168 / 40)
    assert (delay[PROCESS.histories.activity != 1] == 1).all()
    bare = model([[Step(0, delay=3.0)]], [Pool("p", ("ann",), 1, OFFICE)])
    assert with_automated_share(bare, "a", 1).histories.delay_hours.tolist() == [3.0]


def test_what_is_left_out_is_not_done_and_what_followed_it_still_is():
    """Without b, c follows a: at once, but for its delay."""
    after = with_leave_out_share(PROCESS, "b", 1)
    cases = run(after).group_by("case", maintain_order=True).agg("activity")["activity"]
    assert set(cases.list.join("")) == {"ac"}
    assert without_left_out(after.histories).predecessor.tolist() == [0] * 50
    assert run(with_leave_out_share(PROCESS, "b", 0)).equals(run(PROCESS))
    some = with_leave_out_share(PROCESS, "b", 0.5).histories
    assert (some.pool == LEFT_OUT).sum() == pytest.approx(25, abs=15)
    assert (some.activity[some.pool == LEFT_OUT] == 1).all()


def test_a_join_without_one_of_its_branches_waits_for_what_was_before_it():
    """a, then b and c at once, then d: without b, d waits for c and a; without a, b and c begin."""
    steps = [Step(0), Step(1, after=(0,)), Step(2, after=(0,)), Step(3, after=(1, 2))]
    less = with_leave_out_share(model([steps]), "b", 1)
    found = without_left_out(less.histories)
    assert found.predecessor.tolist() == [0, 0, 1]
    assert found.predecessors.tolist() == [0, 0, 1, 3]
    found = without_left_out(with_leave_out_share(model([steps]), "a", 1).histories)
    assert found.predecessors.tolist() == [0, 0, 0, 2]
    assert found.predecessor.tolist() == [0, 1]


def test_cases_with_rework_become_rarer():
    """Half the weight of histories that repeat b: 1 of 3 instead of 1 of 2."""
    steps = [[Step(0), Step(1)], [Step(0), Step(1), Step(1)]]
    process = model(steps, activities="ab")
    less = with_weight_factor(process, "b", 0.5, repeated=True)
    assert less.histories.weight.tolist() == [1, 0.5]
    assert with_weight_factor(process, "b", 0.5).histories.weight.tolist() == [0.5, 0.5]
    lengths = run(less, 2_000)["case"].value_counts()["count"]
    assert (lengths == 3).mean() == pytest.approx(1 / 3, abs=4 * (2 / 9 / 2_000) ** 0.5)


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "no such pool": (lambda: with_capacity(PROCESS, "pp", 1), "allowed: p"),
    "no such activity": (lambda: with_work_factor(PROCESS, "d", 1), "allowed: a, b, c"),
    "nobody": (lambda: with_capacity(PROCESS, "p", 0), "allowed: 1 to"),
    "a negative factor": (lambda: with_work_factor(PROCESS, "a", -1), "allowed: 0 to"),
    "no number": (lambda: with_delay_factor(PROCESS, "a", float("nan")), "allowed: 0 to"),
    "no arrivals": (lambda: with_arrivals_factor(PROCESS, 0), "allowed: above 0"),
    "no weight": (lambda: with_weight_factor(PROCESS, "a", 0), "allowed: above 0"),
    "a share above 1": (lambda: with_automated_share(PROCESS, "a", 1.5), "allowed: 0 to 1"),
    "negative minutes": (lambda: with_automated_share(PROCESS, "a", 1, -1), "allowed: 0 to"),
    "nothing left": (
        lambda: with_leave_out_share(model([[Step(0)]]), "a", 1),
        "never all of a case",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_is_refused(what):
    """With what is allowed."""
    change, allowed = REFUSED[what]
    with pytest.raises(ModelError, match=allowed):
        change()


def test_leaving_out_runs_as_histories_without_those_steps():
    """With nothing but sequences and no switching, times are the same either way."""
    marked = with_leave_out_share(PROCESS, "a", 0.4)
    bare = replace(marked, histories=without_left_out(marked.histories))
    columns = ["case", "activity", "start", "time"]
    # Which history an arrival follows is drawn by the numbers of steps, which are others: so one
    # history after the other.
    for number in range(10):
        alone = [
            replace(process, histories=one(process.histories, number)) for process in (marked, bare)
        ]
        first, second = (run(process, 5).select(columns) for process in alone)
        assert first.equals(second)


def one(of, number):
    """Return a single history."""
    own = slice(of.case[number], of.case[number + 1])
    bounds = of.predecessors[of.case[number] : of.case[number + 1] + 1]
    return Histories(
        case=np.array([0, own.stop - own.start]),
        activity=of.activity[own],
        pool=of.pool[own],
        delay_hours=of.delay_hours[own],
        work_hours=of.work_hours[own],
        predecessor=of.predecessor[bounds[0] : bounds[-1]],
        predecessors=bounds - bounds[0],
        hour=of.hour[own],
        weight=of.weight[number : number + 1],
    )
