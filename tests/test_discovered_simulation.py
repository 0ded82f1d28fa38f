"""A discovered process is run: queues, calendars, precedence, reproducibility."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from math import factorial

import numpy as np
import polars as pl
import pytest
from discovered_by_hand import (
    ABC,
    ALWAYS,
    MONDAY,
    OFFICE,
    STAY,
    Step,
    exponential,
    hours,
    model,
    run,
    variants,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from o2c_sim import ModelError
from o2c_sim.discovered.model import Pool, Routing
from o2c_sim.discovered.simulation import run_discovered, simulate_discovered
from scenarios.statistics import t_interval


def erlang_c_wait(a, c):
    """Return the mean wait of M/M/c at load *a* with service of mean 1 (Erlang 1917)."""
    tail = a**c / factorial(c) * c / (c - a)
    return tail / (sum(a**k / factorial(k) for k in range(c)) + tail) / (c - a)


@pytest.mark.parametrize(("load", "capacity"), [(0.6, 1), (2.1, 3)])
def test_the_wait_for_a_pool_is_that_of_erlang(load, capacity):
    """Exponential histories, Poisson arrivals: the 99.9 % interval of 10 runs holds M/M/c's wait.

    Its half-width is under a quarter of the wait. All histories are of one hour of the week, so
    that each arrival is as likely to follow any of them.
    """
    steps = [[Step(0), Step(1, pool=0, work=work)] for work in exponential(2_000, 1)]
    process = model(
        steps,
        [Pool("p", ("ann",), capacity, ALWAYS)],
        per_week=168 * load,
        gaps=exponential(2_000, 2),
    )
    waits = []
    for replication in range(10):
        log = run(process, 5_000, replication=replication)
        served = log.filter(pl.col("activity") == "b")["start"]
        waits.append((hours(served) - hours(log.filter(pl.col("activity") == "a")["time"])).mean())
    interval = t_interval(np.array(waits), 0.999)
    expected = erlang_c_wait(load, capacity)
    assert interval.low <= expected <= interval.high
    assert interval.high - interval.low < 0.5 * expected


@st.composite
def plans(draw):
    """Return a history with concurrency, in quarters of an hour, and its start."""
    steps = []
    for place in range(draw(st.integers(1, 6))):
        after = draw(st.sets(st.integers(0, place - 1), max_size=3)) if place else set()
        steps.append(
            Step(
                activity=place,
                pool=draw(st.sampled_from([-1, 0, 1])),
                delay=draw(st.integers(0, 60)) / 4,
                work=draw(st.integers(1, 60)) / 4,
                after=tuple(sorted(after)),
            )
        )
    return steps, draw(st.integers(0, 4 * 168 - 1)) / 4


def worked_until(open_at, time, hours_of_work):
    """Return when work is done, by going through quarters of an hour; *open_at* says which."""
    while hours_of_work > 0:
        hours_of_work -= 0.25 * open_at(time)
        time += 0.25
    return time


@settings(max_examples=40, deadline=None)
@given(plans())
def test_a_case_alone_does_its_history_step_by_step(plan):
    """With people enough, times are those of a slow twin: predecessors, delay, work, open hours."""
    steps, begins = plan

    def office(time):
        return any(opens <= time % 168 < closes for opens, closes in OFFICE)

    done, expected, observed = [], [], []
    for step in steps:
        open_at = office if step.pool == 0 else lambda time: True
        ready = max((done[k] for k in step.after), default=begins)
        start = worked_until(open_at, ready, step.delay)
        while not open_at(start):
            start += 0.25
        done.append(worked_until(open_at, start, step.work))
        expected.append((step.activity, start, done[-1]))
        observed.append(replace(step, hour=ready % 168))

    people = [Pool("office", ("ann",), 9, OFFICE), Pool("bot", ("bot",), 1, ALWAYS)]
    log = run(model([observed], people), 1, start=MONDAY + dt.timedelta(hours=begins))
    found = zip(log["activity"], hours(log["start"]), hours(log["time"]), strict=True)
    # A delay that ends with the day: the next step may start then or the next morning; both are
    # the same moment of the calendar.
    assert Counter("abcdefgh".index(a) for a, _, _ in found) == Counter(a for a, _, _ in expected)
    times = {
        "abcdefgh".index(a): t for a, t in zip(log["activity"], hours(log["time"]), strict=True)
    }
    for activity, _, end in expected:
        assert times[activity] == pytest.approx(end, abs=1e-6)


def test_one_person_serves_in_the_order_of_asking_and_goes_home():
    """Cases at 15:00, 16:00 and 17:00 with two hours of work: until 17:00, then from 9:00 on.

    The second waits until Tuesday, 9:00; the third, too, and then for the second.
    """
    process = model([[Step(0, pool=0, work=2)]], [Pool("p", ("ann",), 1, OFFICE)])
    log = run(process, 3, start=MONDAY + dt.timedelta(hours=15))
    assert hours(log["start"]).tolist() == pytest.approx([15, 33, 35])
    assert hours(log["time"]).tolist() == pytest.approx([17, 35, 37])
    assert log["resource"].unique().to_list() == ["ann"]


def test_a_join_waits_for_the_last_branch():
    """One step, then two at the same time (1 h and 3 h), then one after both."""
    steps = [
        Step(0),
        Step(1, work=1, after=(0,)),
        Step(2, work=3, after=(0,)),
        Step(3, after=(1, 2)),
    ]
    log = run(model([steps]), 1)
    assert log["activity"].to_list() == ["a", "b", "c", "d"]
    assert hours(log["start"]).tolist() == [0, 0, 0, 3]


MIXED = [
    [Step(0, 0, 0.3, work), Step(1, 1, 1.0, 2 * work), Step(2, 0, 0, 0.5), Step(1, -1, 2.0, 1.0)]
    for work in exponential(40, 5)
] + [
    [
        Step(0, 0, 0, work),
        Step(2, 0, 0.5, 1, after=(0,)),
        Step(3, 1, 4, work, after=(0,)),
        Step(4, 0, 0, 1, after=(1, 2)),
    ]
    for work in exponential(40, 6)
]
PEOPLE = (Pool("front", ("ann", "bob"), 2, OFFICE), Pool("back", ("cat", "dan", "eve"), 2, ALWAYS))


def busy(capacity=2, switch_share=0.2):
    """Return a process with queues, concurrency and switching."""
    front, back = PEOPLE
    people = (Pool("front", front.resources, capacity, OFFICE), back)
    return model(
        MIXED,
        people,
        per_week=25,
        gaps=exponential(50, 7),
        routing=Routing(switch_share=switch_share),
    )


@pytest.mark.parametrize("follow_up_hours", [0.0, 30.0, float("inf")])
def test_the_log_holds_whole_cases_in_order(follow_up_hours):
    """As many cases as asked for, numbered by arrival, rows in order, none double-booked."""
    log = run(busy(), 300, follow_up_hours=follow_up_hours)
    assert log["case"].unique(maintain_order=True).to_list() == list(range(300))
    assert log["event"].to_list() == list(range(log.height))
    assert log.equals(log.sort("case", "start", "time", maintain_order=True))
    assert (log["time"] >= log["start"]).all()
    for _, own in log.drop_nulls("resource").group_by("resource"):
        one_by_one = own.sort("start", "time")
        assert (one_by_one["start"][1:] >= one_by_one["time"][:-1]).all()
    front = log.filter(pl.col("resource").is_in(["ann", "bob"]))
    begun = hours(front["start"])
    assert all(any(opens <= at < closes for opens, closes in OFFICE) for at in begun % 168)


def test_without_follow_up_the_log_holds_the_first_cases_to_end():
    """Those that end first among many that arrive, told by a run that waits for all."""
    whole = run(busy(), 600)
    ends = whole.group_by("case").agg(pl.col("time").max()).sort("time", "case")
    first = ends.head(200)["case"].sort()
    settled = run(busy(), 200, follow_up_hours=0.0)
    expected = whole.filter(pl.col("case").is_in(first.to_list()))
    assert settled.select("activity", "start", "time", "resource").equals(
        expected.select("activity", "start", "time", "resource")
    )


def test_a_process_that_cannot_keep_up_still_ends():
    """A hundred times the work that one person can do: 20 cases end, of at most 400 that arrive."""
    process = model(
        [[Step(0, pool=0, work=1)]],
        [Pool("p", ("ann",), 1, ALWAYS)],
        per_week=16_800,
    )
    log = run(process, 20, follow_up_hours=0.0)
    assert hours(log["time"])[-1] == pytest.approx(20)


def test_the_same_seed_gives_the_same_log_and_another_one_another():
    """Bit for bit, also from a model made anew."""
    assert run(busy(), 100).equals(run(busy(), 100))
    assert not run(busy(), 100).equals(run(busy(), 100, seed=2))
    assert not run(busy(), 100).equals(run(busy(), 100, replication=1))


def test_more_people_change_waits_and_not_cases():
    """Arrivals and, without switching, activities are the same; hardly any case begins later.

    With switching, whose choices depend on the hour, nine of ten cases stay as they are.
    """
    few, many = (run(busy(capacity=c, switch_share=0), 300) for c in (2, 6))
    assert variants(few).equals(variants(many))
    first = pl.col("start").min()
    starts = [log.group_by("case", maintain_order=True).agg(first)["start"] for log in (few, many)]
    assert (starts[1] <= starts[0]).mean() > 0.95
    assert (starts[1] < starts[0]).any()
    few, many = (run(busy(capacity=c), 300) for c in (2, 6))
    assert (variants(few) == variants(many)).mean() > 0.9


def test_one_queue_never_gets_longer_with_more_people():
    """A single pool in order of arrival: each case starts no later with one person more."""
    steps = [[Step(0, pool=0, work=work)] for work in exponential(100, 8)]
    logs = [
        run(
            model(steps, [Pool("p", ("x",), c, ALWAYS)], per_week=300, gaps=exponential(50, 9)),
            500,
        )
        for c in (2, 3)
    ]
    assert (logs[1]["start"] <= logs[0]["start"]).all()
    assert (logs[1]["start"] < logs[0]["start"]).mean() > 0.1


def test_a_start_with_a_zone_is_taken_as_utc():
    """Noon in New York in January is 17:00 UTC."""
    zone = dt.timezone(dt.timedelta(hours=-5))
    log = run(model([ABC]), 1, start=dt.datetime(2026, 1, 5, 12, tzinfo=zone))
    assert log["start"][0] == dt.datetime(2026, 1, 5, 17)


def test_cases_count_once_they_were_followed_long_enough():
    """What is over, and arrived two days ago, in the order in which both were so."""
    whole = run_discovered(busy(), cases=600, start=MONDAY, seed=1)
    known = np.maximum(whole.ended, whole.arrived + 48 * 3600)
    expected = np.sort(np.argsort(known, kind="stable")[:200])
    log = simulate_discovered(busy(), cases=200, start=MONDAY, seed=1, follow_up_hours=48)
    wanted = whole.log.filter(pl.col("case").is_in(expected.tolist()))
    assert log.select("activity", "start", "time").equals(
        wanted.select("activity", "start", "time")
    )


def test_no_cases_are_refused():
    """With what is allowed."""
    with pytest.raises(ModelError, match="allowed: at least 1"):
        run(model([ABC], routing=STAY), 0)


def test_nobody_waits_for_people_without_number():
    """A pool that is always there and as large as the log has no queue to keep."""
    done = run_discovered(
        model([[Step(0, pool=0, work=1)]], [Pool("p", ("bot",), 10, ALWAYS)]),
        cases=10,
        start=MONDAY,
        seed=1,
    )
    assert done.pools == (None,)
    assert done.log["resource"].to_list() == ["bot"] * 10
