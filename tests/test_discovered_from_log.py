"""A model discovered from a log: what it finds of known processes, and what it must not claim."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from mining.discovered.arrivals import hour_of_week
from mining.discovered.completion import MOST, completion_weights
from mining.discovered.discovery import Settings, build, discover, discovery
from mining.discovered.precedence import Steps, concurrent, predecessors
from mining.discovered.selection import best_way
from mining.validation.follow_up import follow_up_hours
from o2c_sim.discovered.levers import with_capacity
from o2c_sim.discovered.model import NO_POOL, UNLIMITED, Pool, Routing
from o2c_sim.discovered.simulation import simulate_discovered
from o2c_sim.errors import LogError
from tests.discovered_by_hand import ALWAYS, OFFICE, Step, exponential, model

MONDAY = dt.datetime(2024, 1, 1)
HOUR = 3_600_000_000


def log_of(process, cases=600, seed=1, **settings):
    """Return a simulated log as an event table."""
    log = simulate_discovered(process, cases=cases, start=MONDAY, seed=seed, **settings)
    return log.with_columns(pl.col("case").cast(pl.String))


def mean_hours(log):
    """Return the mean length of the cases, hours."""
    cases = log.group_by("case").agg(pl.col("start").min(), pl.col("time").max())
    return float((cases["time"] - cases["start"]).dt.total_seconds().mean()) / 3600


def desk(capacity=2):
    """Return a desk of some people, two thirds busy, with a second step that nobody waits for."""
    work = exponential(400, 3)
    return model(
        [[Step(0, pool=0, work=4 * w), Step(1, delay=2.0)] for w in work],
        [Pool("desk", tuple(f"p{i}" for i in range(capacity)), capacity, ALWAYS)],
        activities="ab",
        per_week=56.0,
        gaps=exponential(300, 4),
    )


def test_weights_undo_what_the_end_of_a_log_hides():
    """Exponential lengths of mean 10 over 40: the visible ones are shorter, weighted ones are not.

    Nobody can see beyond the room: the mean that is to be found is that of lengths below 40.
    """
    random = np.random.default_rng(5)
    room, length = random.uniform(0, 40, 60_000), random.exponential(10, 60_000)
    seen = length <= room
    weight = completion_weights(length[seen], room[seen])
    expected = 10 - 40 * np.exp(-4) / (1 - np.exp(-4))
    assert length[seen].mean() < 0.85 * expected
    assert np.average(length[seen], weights=weight.lengths) == pytest.approx(expected, rel=0.03)
    # Those that arrived in the last quarter stand for all that did, but for what nobody can see.
    late = room < 10
    assert weight.arrivals[late[seen]].sum() == pytest.approx(
        late.sum() * (1 - np.exp(-4)), rel=0.05
    )


def test_weights_are_bounded_and_no_old_case_overturns_them():
    """A case of years at the beginning of a log says nothing of the others."""
    random = np.random.default_rng(6)
    room, length = random.uniform(100, 1_000, 2_000), random.exponential(10, 2_000)
    old = np.append(length, 9_000.0), np.append(room, 9_500.0)
    weight = completion_weights(*old)
    for one in (weight.arrivals, weight.lengths):
        assert one.min() >= 1
        assert one.max() <= MOST
        assert one[:-1].mean() < 1.05
    with pytest.raises(ValueError, match="longer than its room"):
        completion_weights(np.array([2.0]), np.array([1.0]))


def steps_of(cases):
    """Return steps from (activity, start, end) of each case."""
    bounds = np.cumsum([0, *(len(case) for case in cases)])
    rows = np.array([row for case in cases for row in case], dtype=np.int64)
    return Steps(bounds, rows[:, 0], rows[:, 1], rows[:, 2])


def test_steps_wait_for_what_caused_them():
    """After a, b and c run side by side in any order; d waits for both."""
    random = np.random.default_rng(8)
    cases = []
    for number in range(200):
        b, c = random.integers(1, 30, 2)
        first, second = ((1, 10, 10 + b), (2, 11, 11 + c)) if number % 2 else (
            (2, 10, 10 + c), (1, 11, 11 + b)
        )  # fmt: skip
        cases.append([(0, 0, 10), first, second, (3, 50, 60)])
    found = steps_of(cases)
    apart = concurrent(found, 4)
    assert apart[1, 2]
    assert apart[2, 1]
    assert apart.sum() == 2
    before = predecessors(found, apart)
    assert all(before[4 * case] == [] for case in range(200))
    assert all(before[4 * case + place] == [0] for case in range(200) for place in (1, 2))
    assert all(before[4 * case + 3] == [1, 2] for case in range(200))


def test_a_desk_is_found_with_its_people_and_no_delay_before_it():
    """What is waited for busy people is theirs; the two hours after the work are nobody's."""
    found = build(log_of(desk()), Settings())
    (pool,) = [one for one in found.pools if "p0" in one.resources]
    assert pool.capacity == 2
    steps = found.histories
    first = steps.activity == 0
    assert np.quantile(steps.delay_hours[first], 0.95) < 0.05
    assert np.median(steps.delay_hours[~first]) == pytest.approx(2.0, abs=0.01)
    assert steps.work_hours[first].mean() == pytest.approx(4.0, rel=0.1)
    none = build(log_of(desk()), Settings(people="none"))
    assert none.pools == ()
    assert (none.histories.pool == NO_POOL).all()
    hours = build(log_of(desk()), Settings(people="hours"))
    assert all(one.capacity == UNLIMITED for one in hours.pools)


@pytest.mark.slow
def test_more_people_help_the_found_process_as_they_help_the_true_one():
    """Three instead of two: the effect on the length of cases is that of the known process.

    A case begins with its first step, so the wait at the desk is put second. Eight runs each: at
    a load of five sixths four still differ by a quarter.
    """
    work = exponential(400, 3)
    truth = model(
        [[Step(0), Step(1, pool=0, work=4 * w)] for w in work],
        [Pool("desk", ("p0", "p1"), 2, ALWAYS)],
        activities="ab",
        per_week=70.0,
        gaps=exponential(300, 4),
    )
    found = discover(log_of(truth, 1_500))
    number = next(i for i, one in enumerate(found.pools) if "p0" in one.resources)
    true_gain, gain = (
        np.mean([
            mean_hours(log_of(process, 1_500, seed)) - mean_hours(log_of(more, 1_500, seed))
            for seed in range(5, 13)
        ])
        for process, more in (
            (truth, with_capacity(truth, truth.pools[0].name, 3)),
            (found, with_capacity(found, found.pools[number].name, 3)),
        )
    )  # fmt: skip
    assert true_gain > 5
    assert gain == pytest.approx(true_gain, rel=0.3)


def test_office_hours_are_found():
    """Work from 9 to 5 is work from 9 to 5 again; a task over night goes on in the morning."""
    truth = model(
        [[Step(0, pool=0, work=3 * w)] for w in exponential(200, 5)],
        [Pool("desk", tuple("abcd"), 4, OFFICE)],
        activities="a",
        per_week=40.0,
        gaps=exponential(200, 6),
    )
    log = log_of(truth, 800)
    found = build(log, Settings())
    for part in (log, log_of(found, 800)):
        hour = hour_of_week(part["start"].dt.timestamp("us").to_numpy())
        assert all(any(a - 0.01 <= h <= b + 0.01 for a, b in OFFICE) for h in hour)
    # A log tells when a first step began, not how long it had waited: arrivals are put there, and
    # what queues again begins later in the day, so that more of it goes on over night.
    true_hours, again_hours = (
        np.mean([mean_hours(log_of(one, 800, seed)) for seed in range(1, 7)])
        for one in (truth, found)
    )
    assert again_hours == pytest.approx(true_hours, rel=0.15)


def test_routes_come_again_as_often_and_new_ones_appear():
    """Two choices apart from each other: four routes in equal parts; all of them come again."""
    random = np.random.default_rng(9)
    cases = [
        [Step(0, work=1), Step(1 + a, work=1), Step(3, work=1), Step(4 + b, work=1)]
        for a, b in random.integers(0, 2, (300, 2))
    ]
    log = log_of(model(cases, activities="abcdef", routing=Routing(switch_share=0.0)), 900)
    again = log_of(build(log, Settings()), 900, seed=3)
    routes = [
        part.group_by("case").agg("activity")["activity"].list.join("").value_counts(sort=True)
        for part in (log, again)
    ]
    assert routes[0].height == routes[1].height == 4
    both = routes[0].join(routes[1], on="activity")
    assert (both["count"].cast(pl.Int64) - both["count_right"]).abs().max() < 90


def test_rare_routes_are_passed_between():
    """Eight choices, 256 routes, 300 cases: others than those seen appear, steps stay as likely."""
    random = np.random.default_rng(10)
    cases = [
        [Step(2 * place + int(choice), work=1) for place, choice in enumerate(row)]
        for row in random.random((300, 8)) < 0.5
    ]
    names = "abcdefghijklmnop"
    log = log_of(model(cases, activities=names), 300)
    again = log_of(build(log, Settings(routing=Routing(switch_share=1.0))), 900, seed=3)
    seen, simulated = (
        part.group_by("case").agg("activity")["activity"].list.join("") for part in (log, again)
    )
    assert 0.05 < 1 - simulated.is_in(seen.implode()).mean() < 0.9
    shares = [
        part["activity"].value_counts().sort("activity")["count"].to_numpy() / part.height
        for part in (log, again)
    ]
    assert np.abs(shares[0] - shares[1]).max() < 0.02


@pytest.mark.slow
def test_a_changed_process_is_followed_and_a_steady_one_is_not():
    """Since two thirds of the log work takes three times as long: old cases count less."""
    slow = model([[Step(0, work=6 * w)] for w in exponential(100, 2)], activities="a", per_week=50)
    fast = model([[Step(0, work=2 * w)] for w in exponential(100, 2)], activities="a", per_week=50)
    before, after = log_of(fast, 400), log_of(slow, 400, seed=2)
    shift = before["start"].max() - MONDAY + dt.timedelta(hours=3)
    later = after.with_columns(
        pl.col("start", "time") + shift, pl.format("later {}", "case").alias("case")
    )
    changed = pl.concat([before, later]).with_columns(pl.int_range(pl.len()).alias("event"))
    assert discovery(changed).settings.half_life < 1
    assert discovery(before).settings.half_life == np.inf


def test_a_way_is_taken_only_if_it_is_better_every_time():
    """The first way wins ties; a way that simulates what came beats one that does not."""
    log = log_of(desk(), 300)

    def learn(train, way):
        def simulate(test, run):
            if way == "truth":
                return test
            return test.with_columns(pl.col("time") + dt.timedelta(hours=50 + run))

        return simulate

    assert best_way(log, ["wrong", "truth"], learn)[0] == "truth"
    assert best_way(log, ["wrong", "also wrong"], learn)[0] == "wrong"
    assert best_way(log, ["truth", "wrong"], learn)[0] == "truth"


def test_a_log_is_closed_as_it_was():
    """Arrivals that stop are told from arrivals that go on to the end of the log."""
    process = model(
        [[Step(0, work=100 * w)] for w in exponential(200, 1)],
        activities="a",
        gaps=exponential(100, 2),
    )
    train = log_of(process, 1_000)
    assert follow_up_hours(train, log_of(process, 300, seed=2, follow_up_hours=0.0)) == 0
    assert follow_up_hours(train, log_of(process, 300, seed=2)) > 200
    followed = log_of(process, 300, seed=2, follow_up_hours=30.0)
    assert (followed["time"].max() - followed["start"].max()).total_seconds() <= 30 * 3600


@pytest.mark.parametrize("kind", ["own resources", "no resources", "a gap of years", "no duration"])
def test_odd_logs_are_learnt_from(kind):
    """Nobody twice, nobody at all, silence for years, completions only."""
    log = log_of(desk(), 120)
    if kind == "own resources":
        log = log.with_columns(pl.format("r{}", "event").alias("resource"))
    elif kind == "no resources":
        log = log.with_columns(pl.lit(None, pl.String).alias("resource"))
    elif kind == "a gap of years":
        late = pl.when(pl.col("case").cast(pl.Int64) >= 60).then(pl.duration(days=1_100))
        log = log.with_columns(pl.col("start", "time") + late.otherwise(pl.duration(days=0)))
    else:
        log = log.with_columns(pl.col("time").alias("start"))
    again = log_of(discover(log), 40)
    assert again["case"].n_unique() == 40


def test_logs_that_tell_nothing_are_refused_with_the_reason():
    """Too few cases, and a single moment, at once."""
    log = log_of(desk(), 3).with_columns(
        pl.lit(MONDAY).cast(pl.Datetime("us")).alias("start"),
        pl.lit(MONDAY).cast(pl.Datetime("us")).alias("time"),
    )
    with pytest.raises(LogError) as caught:
        discover(log, name="x.csv")
    assert "3 cases" in str(caught.value)
    assert "same time" in str(caught.value)
