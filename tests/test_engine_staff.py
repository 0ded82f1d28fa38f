"""The staff pool: who is served when, by whom, in which hours."""

import datetime as dt
import math
from itertools import pairwise

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st
from slow_twins import kiefer_wolfowitz, open_minutes, pool_by_the_minute

from o2c_sim.engine import Clock, StaffPool, WorkingCalendar
from o2c_sim.engine.calendar import shifts_calendar

HOUR = 3600.0
OFFICE = [(8 * 60, 12 * 60), (13 * 60, 17 * 60)]


def office_calendar():
    """Monday to Friday, 8 to 12 and 13 to 17 o'clock."""
    return shifts_calendar(Clock(dt.date(2025, 1, 6), "UTC"), range(5), OFFICE)


def serve(pool, env, tasks):
    """Run (arrival, duration, priority) tasks through a pool; return (start, end, worker) rows."""
    rows = [None] * len(tasks)

    def case(number, arrival, duration, priority):
        yield env.timeout(arrival)
        start, worker = yield pool.work(duration, priority)
        rows[number] = (start, env.now, worker)

    for number, task in enumerate(tasks):
        env.process(case(number, *task))
    env.run()
    return rows


def test_two_people_serve_three_tasks(env):
    """Tasks of 5 at times 0, 1, 2: the third waits until the first is done at 5, same person."""
    pool = StaffPool(env, 2, WorkingCalendar.always_open())
    rows = serve(pool, env, [(0, 5, 0), (1, 5, 0), (2, 5, 0)])
    assert rows == [(0, 5, 0), (1, 6, 1), (5, 10, 0)]


def test_the_person_idle_longest_is_chosen(env):
    """Three people, one short task at a time: they take turns."""
    pool = StaffPool(env, 3, WorkingCalendar.always_open())
    rows = serve(pool, env, [(10 * i, 1, 0) for i in range(6)])
    assert [worker for _, _, worker in rows] == [0, 1, 2, 0, 1, 2]


def test_equals_are_served_in_order_of_arrival(env):
    """Ten tasks at the same moment and priority start in the order in which they came."""
    pool = StaffPool(env, 1, WorkingCalendar.always_open())
    rows = serve(pool, env, [(0, 3, 0)] * 10)
    assert [start for start, _, _ in rows] == [3 * i for i in range(10)]


def test_lower_priority_numbers_first_but_nobody_is_interrupted(env):
    """At 5 the urgent task (arrived last) goes first; the running one was not touched."""
    pool = StaffPool(env, 1, WorkingCalendar.always_open())
    rows = serve(pool, env, [(0, 5, 9), (1, 5, 2), (2, 5, 1), (3, 5, 0)])
    assert [start for start, _, _ in rows] == [0, 15, 10, 5]


def test_low_priority_does_not_wait_on_an_idle_resource(env):
    """200 cases of two classes, 4 h apart, 1 h of work each: 25 % busy, nobody ever waits.

    A published simulator makes the low-priority cases wait 233 hours here.
    """
    pool = StaffPool(env, 1, WorkingCalendar.always_open())
    rows = serve(pool, env, [(4 * HOUR * i, HOUR, i % 2) for i in range(200)])
    assert [start for start, _, _ in rows] == [4 * HOUR * i for i in range(200)]
    assert pool.statistics(0, 800 * HOUR).utilisation == 0.25
    assert pool.waits().max() == 0


def test_work_goes_on_the_next_morning_with_the_same_person(env):
    """90 minutes begun at 16:30: until 17:00, and from 8:00 until 9:00."""
    pool = StaffPool(env, 1, office_calendar())
    rows = serve(pool, env, [(16.5 * HOUR, 1.5 * HOUR, 0), (17 * HOUR, HOUR, 0)])
    assert rows == [(16.5 * HOUR, 33 * HOUR, 0), (33 * HOUR, 34 * HOUR, 0)]


def test_what_comes_at_night_starts_in_the_morning_by_priority(env):
    """At 8:00 the urgent task of 22:00 goes before the ordinary one of 20:00."""
    pool = StaffPool(env, 1, office_calendar())
    rows = serve(pool, env, [(20 * HOUR, HOUR, 1), (22 * HOUR, HOUR, 0)])
    assert [start / HOUR for start, _, _ in rows] == [33, 32]


def test_a_task_that_comes_at_opening_time_does_not_jump_the_queue(env):
    """One person, opening at 8:00: the task of 7:00 goes first, that of 8:00 sharp second."""
    pool = StaffPool(env, 1, office_calendar())
    rows = serve(pool, env, [(7 * HOUR, HOUR, 0), (8 * HOUR, HOUR, 0)])
    assert [start / HOUR for start, _, _ in rows] == [8, 9]


def test_waiting_counts_only_what_nobody_has_begun(env):
    """One being served and two waiting are 2, not 3."""
    pool = StaffPool(env, 1, WorkingCalendar.always_open())
    for _ in range(3):
        pool.work(10)
    assert pool.waiting == 2
    env.run(until=11)
    assert pool.waiting == 1


def test_a_window_counts_only_the_work_done_in_it(env):
    """Work from 0 to 100 with the window from 60 to 160: 40 busy of 100, and no task begun in it.

    Counting the whole task (100) or none of it (0) is the classic error at the end of a warm-up.
    """
    pool = StaffPool(env, 1, WorkingCalendar.always_open())
    serve(pool, env, [(0, 100, 0)])
    found = pool.statistics(60, 160)
    assert found.busy_hours * 3600 == 40
    assert found.utilisation == 0.4
    assert found.tasks == 0


def test_a_window_counts_a_task_that_is_not_done_yet(env):
    """Begun at 90, of 50, run stopped at 100: 10 busy in the window 0 to 100."""
    pool = StaffPool(env, 2, WorkingCalendar.always_open())
    env.process(iter_work(env, pool, 90, 50))
    env.run(until=100)
    assert pool.statistics(0, 100).busy_hours * 3600 == 10
    assert pool.statistics(0, 100).utilisation == 0.05


def iter_work(env, pool, at, duration):
    """One task at a time."""
    yield env.timeout(at)
    yield pool.work(duration)


def test_only_open_hours_count_as_busy_or_offered(env):
    """90 minutes over night are 1.5 h of the 16 h that one person offers in two days."""
    pool = StaffPool(env, 1, office_calendar())
    serve(pool, env, [(16.5 * HOUR, 1.5 * HOUR, 0)])
    found = pool.statistics(0, 48 * HOUR)
    assert (found.busy_hours, found.open_hours) == (1.5, 16)


def test_queue_lengths_at_the_limits_of_the_window(env):
    """Ten tasks of 10 at time 0, one person: 10 are in the queue at 0+, 5 have begun before 50.

    A task that is being served does not wait: at 45 number 5 is in service and 5 wait.
    """
    pool = StaffPool(env, 1, WorkingCalendar.always_open())
    serve(pool, env, [(0, 10, 0)] * 10)
    found = pool.statistics(5, 45)
    assert (found.waiting_at_start, found.waiting_at_end) == (9, 5)
    assert found.tasks == 4


def test_no_task_gives_nan_and_not_zero(env):
    """The mean of nothing is not a wait of 0."""
    found = StaffPool(env, 1, WorkingCalendar.always_open()).statistics(0, 10)
    assert math.isnan(found.mean_wait_hours)
    assert math.isnan(found.p90_wait_hours)
    assert (found.tasks, found.utilisation) == (0, 0)


def test_statistics_of_waits(env):
    """Four tasks of an hour at once: waits 0, 1, 2, 3 h; mean 1.5, p90 = 2 + 0.7 (linear)."""
    pool = StaffPool(env, 1, WorkingCalendar.always_open())
    serve(pool, env, [(0, HOUR, 0)] * 4)
    found = pool.statistics(0, 10 * HOUR)
    assert found.mean_wait_hours == 1.5
    assert found.p90_wait_hours == pytest.approx(2.7)


@pytest.mark.parametrize("headcount", [0, -1])
def test_a_pool_without_people_is_refused(env, headcount):
    """Work would never be done."""
    with pytest.raises(ValueError, match="at least one person"):
        StaffPool(env, headcount, WorkingCalendar.always_open())


def test_negative_work_is_refused(env):
    """Time does not run backwards."""
    with pytest.raises(ValueError, match="work of -1"):
        StaffPool(env, 1, WorkingCalendar.always_open()).work(-1)


TASKS = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60)), min_size=1, max_size=60)


@given(tasks=TASKS, servers=st.integers(1, 5))
def test_pool_equals_the_kiefer_wolfowitz_recursion(tasks, servers):
    """Without closing hours and priorities the pool's waits are those of the recursion, exactly."""
    env = simpy.Environment()
    tasks = sorted(tasks, key=lambda task: task[0])
    pool = StaffPool(env, servers, WorkingCalendar.always_open())
    rows = serve(pool, env, [(arrival, duration, 0) for arrival, duration in tasks])
    waits = [start - task[0] for (start, _, _), task in zip(rows, tasks, strict=True)]
    assert waits == kiefer_wolfowitz(*zip(*tasks, strict=True), servers)


WITH_PRIORITY = st.lists(
    st.tuples(st.integers(0, 4_000), st.integers(1, 400), st.integers(0, 2)),
    min_size=1,
    max_size=25,
    # At the same moment whoever asks first is served first, so let moments differ.
    unique_by=lambda task: task[0],
)


@given(tasks=WITH_PRIORITY, servers=st.integers(1, 3), shifts=st.sampled_from((
    OFFICE, [(360, 840), (840, 1320)], [(0, 1440)], [(1200, 1320)]
)))  # fmt: skip
def test_pool_with_a_calendar_equals_stepping_by_the_minute(tasks, servers, shifts):
    """Starts and ends are those of a pool that is stepped minute by minute, exactly."""
    env = simpy.Environment()
    start = dt.date(2025, 3, 7)  # a Friday in New York; the clocks go forward on Sunday
    calendar = shifts_calendar(Clock(start, "America/New_York"), range(5), shifts)
    pool = StaffPool(env, servers, calendar)
    tasks = sorted(tasks, key=lambda task: task[0])
    rows = serve(pool, env, [(a * 60.0, d * 60.0, p) for a, d, p in tasks])
    is_open = open_minutes(start, "America/New_York", 150, range(5), shifts)
    expected = pool_by_the_minute(tasks, servers, is_open)
    assert [(start / 60, end / 60) for start, end, _ in rows] == expected


@given(
    tasks=st.lists(
        st.tuples(st.floats(0, 3e5), st.floats(0, 3e4), st.integers(0, 1)), min_size=1, max_size=40
    ),
    servers=st.integers(1, 4),
)
def test_nobody_is_double_booked_and_nobody_works_when_closed(tasks, servers):
    """With real-valued times: each person's tasks follow one another, starts are in open hours.

    The open hours between start and end are the task's work: nothing is lost, nothing is added.
    """
    env, calendar = simpy.Environment(), office_calendar()
    pool = StaffPool(env, servers, calendar)
    rows = serve(pool, env, tasks)
    by_person = {}
    for (start, end, worker), (arrival, duration, _) in zip(rows, tasks, strict=True):
        assert start >= arrival - 1e-6
        assert calendar.next_open(start) == pytest.approx(start, abs=1e-5)
        assert calendar.between(start, end) == pytest.approx(duration, abs=1e-5)
        by_person.setdefault(worker, []).append((start, end))
    assert set(by_person) <= set(range(servers))
    for spells in by_person.values():
        spells.sort()
        assert all(b[0] >= a[1] - 1e-6 for a, b in pairwise(spells))


@given(tasks=WITH_PRIORITY, servers=st.integers(1, 3))
def test_nobody_is_idle_while_work_waits(tasks, servers):
    """At each start of a task that waited, every other person was busy until that moment.

    Work conservation, from the outside: a task that waits starts exactly when one ends.
    """
    env = simpy.Environment()
    pool = StaffPool(env, servers, WorkingCalendar.always_open())
    rows = serve(pool, env, tasks)
    ends = {end for _, end, _ in rows}
    for (start, _, _), (arrival, _, _) in zip(rows, tasks, strict=True):
        assert start == arrival or start in ends
        before = np.array([(s <= arrival) & (e > arrival) for s, e, _ in rows])
        assert start == arrival or before.sum() == servers
