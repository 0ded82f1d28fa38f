"""People on hours of their own, people who help, outages: who serves whom, when."""

import datetime as dt
from unittest import mock

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from slow_pools import audit, pools_by_the_minute, serve_linked
from slow_twins import open_minutes

from o2c_sim.engine import Clock, StaffPool, WorkingCalendar
from o2c_sim.engine.calendar import shift_intervals
from o2c_sim.engine.roster import NOBODY, CommonRoster, PersonalRoster

HOUR, DAY = 3600.0, 86_400.0
FRIDAY = dt.date(2025, 3, 7)  # the clocks go forward in New York on the Sunday
ZONE = "America/New_York"
OFFICE, EARLY, LATE = [(480, 720), (780, 1020)], [(360, 840)], [(840, 1320)]
ALWAYS = [WorkingCalendar.always_open()]


def hours(shifts, weekdays=range(7), absent=(), closed=(), start=dt.date(2025, 1, 6), zone="UTC"):
    """Return a person's calendar: shifts (minutes), days of absence, closed intervals (seconds)."""
    clock = Clock(start, zone)

    def absences(year):
        days = [day for day in sorted(absent) if day // 365 == year]
        return [(clock.midnight(day), clock.midnight(day + 1)) for day in days]

    return WorkingCalendar(shift_intervals(clock, weekdays, shifts), closed, absences)


def run(tasks, calendars, helps=((), ()), patience=None):
    """Return the rows (start, end, worker) with times in hours of tasks whose times are hours."""
    minutes = [(pool, a * 60, d * 60, priority) for pool, a, d, priority in tasks]
    rows, pools = serve_linked(minutes, calendars, helps, patience)
    return [(s if s is None else s / 60, e / 60, w) for s, e, w in rows], pools


# ---------------------------------------------------------------- shifts and absence


def test_early_and_late_shift_follow_one_another():
    """Person 1 works 6 to 14, person 2 14 to 22; three tasks of 5 h come at 5:00, 6:00 and 13:00.

    The first is done from 6 to 11 and the second from 11 by person 1: 3 h today, 2 h from 6:00
    tomorrow. The third starts with the late shift: 14 to 19.
    """
    rows, _ = run([(0, 5, 5, 0), (0, 6, 5, 0), (0, 13, 5, 0)], [[hours(EARLY), hours(LATE)]], [()])
    assert rows == [(6, 11, 1), (11, 32, 1), (14, 19, 2)]


def test_an_absent_person_takes_no_work_and_finishes_what_is_begun_on_return():
    """Person 1 is away on day 1. The task of day 0, 16:00 (3 h) ends on day 2 at 10:00.

    The task that comes on day 1 at 9:00 is person 2's, who is there.
    """
    people = [hours(OFFICE, absent=[1]), hours(OFFICE)]
    rows, _ = run([(0, 16, 3, 0), (0, 33, 1, 0)], [people], [()])
    assert rows == [(16, 58, 1), (33, 34, 2)]


def test_an_absent_pool_starts_when_the_first_is_back():
    """One is away on days 0 and 1, the other on day 0: work of day 0 starts on day 1 at 8:00."""
    people = [hours(OFFICE, absent=[0, 1]), hours(OFFICE, absent=[0])]
    rows, _ = run([(0, 9, 1, 0), (0, 9, 1, 0)], [people], [()])
    assert rows == [(32, 33, 2), (33, 34, 2)]


def test_open_hours_are_those_of_the_people_who_are_there():
    """Two days, two people of 8 h a day, one of them away on the second: 24 h, of which 6 busy."""
    people = [hours(OFFICE, absent=[1]), hours(OFFICE)]
    _, (pool,) = run([(0, 8, 3, 0), (0, 32, 3, 0)], [people], [()])
    found = pool.statistics(0, 48 * HOUR)
    assert (found.busy_hours, found.open_hours, found.utilisation) == (6, 24, 0.25)


def test_an_idle_person_off_duty_is_passed_over_but_keeps_the_turn():
    """Person 1, idle longest, is off duty at 14:30; at 6:30 the next day it is person 1's turn."""
    rows, _ = run([(0, 14.5, 1, 0), (0, 30.5, 1, 0)], [[hours(EARLY), hours([(360, 1320)])]], [()])
    assert [worker for _, _, worker in rows] == [2, 1]


TASKS = st.lists(
    st.tuples(st.integers(0, 3_000), st.integers(1, 400), st.integers(0, 2)),
    min_size=1,
    max_size=25,
    unique_by=lambda task: task[0],
)


@given(tasks=TASKS, servers=st.integers(1, 4))
def test_equal_hours_written_for_each_person_are_a_shared_calendar(tasks, servers):
    """The roster of persons gives what the plain queue of people gives: same times, same people."""
    tasks = [(0, *task) for task in sorted(tasks)]
    shared = hours(OFFICE)
    plain, (pool,) = serve_linked(tasks, [[shared] * servers], [()])
    personal, (other,) = serve_linked(tasks, [[hours(OFFICE) for _ in range(servers)]], [()])
    assert isinstance(pool._roster, CommonRoster)
    assert servers == 1 or isinstance(other._roster, PersonalRoster)
    assert personal == plain
    assert other.statistics(0, 2 * DAY) == pytest.approx(pool.statistics(0, 2 * DAY), nan_ok=True)


def test_a_roster_counts_nobody_twice():
    """Taken, a person is gone; given back, last in turn."""
    roster = PersonalRoster([hours(OFFICE), hours(OFFICE)])
    assert roster.take(0) == NOBODY
    assert roster.next_on_duty(0) == 8 * HOUR
    assert [roster.take(8 * HOUR) for _ in range(3)] == [0, 1, NOBODY]
    assert roster.next_on_duty(8 * HOUR) == float("inf")
    roster.give_back(1)
    roster.give_back(0)
    assert roster.take(9 * HOUR) == 1


# ---------------------------------------------------------------- helpers


def test_a_free_helper_takes_what_comes_when_everybody_is_busy():
    """Pool 1 (person 2) helps pool 0 (person 1): its second task goes to person 2 at once.

    The third waits for whoever is free first, person 2 at 5; the helper's own task of 4, which
    waits by then, goes before it.
    """
    rows, _ = run(
        [(0, 0, 6, 0), (0, 1, 4, 0), (0, 2, 1, 0), (1, 4, 3, 0)], [ALWAYS, ALWAYS], [(), (0,)]
    )
    assert rows == [(0, 6, 1), (1, 5, 2), (6, 7, 1), (5, 8, 2)]


def test_a_helper_who_becomes_free_takes_what_waits_elsewhere():
    """Person 2's own task ends at 3, nothing of its own waits: it takes pool 0's task of 1."""
    rows, _ = run([(1, 0, 3, 0), (0, 0, 9, 0), (0, 1, 1, 0)], [ALWAYS, ALWAYS], [(), (0,)])
    assert rows == [(0, 3, 2), (0, 9, 1), (3, 4, 2)]


def test_help_goes_one_way():
    """Pool 0 does not help pool 1: person 1 is free and the second task of pool 1 waits."""
    rows, _ = run([(1, 0, 3, 0), (1, 1, 1, 0)], [ALWAYS, ALWAYS], [(), (0,)])
    assert rows == [(0, 3, 2), (3, 4, 2)]


def test_own_tasks_of_the_night_come_before_help_in_the_morning():
    """At 8:00 two tasks of pool 0 and one of pool 1 wait, one person each: 2 does its own first."""
    people = [[hours(OFFICE)], [hours(OFFICE)]]
    rows, _ = run([(0, 1, 4, 0), (0, 2, 1, 0), (1, 3, 1, 0)], people, [(), (0,)])
    assert rows == [(8, 12, 1), (9, 10, 2), (8, 9, 2)]


def test_a_helper_on_another_shift_is_woken_for_others():
    """Pool 0 works 14 to 22; a task of 5:00 is begun by the early helper at 6:00."""
    rows, _ = run([(0, 5, 1, 0)], [[hours(LATE)], [hours(EARLY)]], [(), (0,)])
    assert rows == [(6, 7, 2)]


def test_a_withdrawn_task_of_their_own_does_not_keep_helpers():
    """Person 2's second task (of 1) is withdrawn at 2: at 4, person 2 helps pool 0."""
    rows, _ = run(
        [(1, 0, 4, 0), (1, 1, 1, 0), (0, 0, 9, 0), (0, 1, 1, 0)],
        [ALWAYS, ALWAYS],
        [(), (0,)],
        patience=[1e6, 60, 1e6, 1e6],
    )
    assert rows == [(0, 4, 2), (None, 2, None), (0, 9, 1), (4, 5, 2)]


def test_help_counts_as_the_helpers_hours_and_the_queues_task():
    """As above with 6 + 4 hours: pool 0 has two tasks begun and 6 of 10 hours busy, pool 1 4."""
    _, (queue, helper) = run([(0, 0, 6, 0), (0, 1, 4, 0)], [ALWAYS, ALWAYS], [(), (0,)])
    found, theirs = queue.statistics(0, 10 * HOUR), helper.statistics(0, 10 * HOUR)
    assert (found.tasks, found.busy_hours, found.utilisation) == (2, 6, 0.6)
    assert (theirs.tasks, theirs.busy_hours, theirs.utilisation) == (0, 4, 0.4)
    # Cut by a window, each loses what lies outside: 2 to 3 o'clock has one hour of both.
    assert queue.statistics(2 * HOUR, 3 * HOUR).busy_hours == 1
    assert helper.statistics(2 * HOUR, 3 * HOUR).busy_hours == 1


@pytest.mark.parametrize(
    ("first", "twice", "message"),
    [(0, False, "different numbers"), (1, False, "different numbers"), (2, True, "helped already")],
)
def test_pools_that_cannot_be_told_apart_are_not_linked(env, first, twice, message):
    """Two people each: numbers 0 and 1; the other pool's must be others. Nor is one linked twice.

    The worker of a task would name two people otherwise.
    """
    pool, other = StaffPool(env, 2, ALWAYS * 2), StaffPool(env, 2, ALWAYS * 2, first)
    if twice:
        pool.help(other)
    with pytest.raises(ValueError, match=message):
        pool.help(other)


def test_a_pool_does_not_help_itself(env):
    """It does already."""
    pool = StaffPool(env, 1, ALWAYS)
    with pytest.raises(ValueError, match="cannot help itself"):
        pool.help(pool)


def test_calendars_must_be_as_many_as_people(env):
    """Three people with two calendars."""
    with pytest.raises(ValueError, match="2 calendars for 3 people"):
        StaffPool(env, 3, ALWAYS * 2)


# ---------------------------------------------------------------- outages, bots


def test_an_outage_stops_people_and_bots():
    """Systems down from 10 to 12: four hours begun at 9 take until 15 with lunch, 15 for a bot.

    The person: 9-10, 12-12 (lunch 12-13), 13-16. The bot: 9-10, 12-15.
    """
    down = [(10 * HOUR, 12 * HOUR)]
    bot = hours([(0, 1440)], closed=down)
    rows, _ = run([(0, 9, 4, 0), (1, 9, 4, 0)], [[hours(OFFICE, closed=down)], [bot]])
    assert rows == [(9, 16, 1), (9, 13 + 2, 2)]


def test_bots_work_round_the_clock_as_if_there_were_no_calendar():
    """Three robots on a 24x7 calendar over new year and changes of clocks: plain addition."""
    tasks = [(0, 8_000 + 40 * i, 100 + i, 0) for i in range(60)]
    robots = hours([(0, 1440)], zone="America/New_York")
    rows, (pool,) = run(tasks, [[robots] * 3], [()])
    assert rows == run(tasks, [ALWAYS * 3], [()])[0]
    assert rows[-1][1] > 8_760
    assert pool.statistics(0, 1_000 * HOUR).open_hours == 3_000


# ---------------------------------------------------------------- against stepping by the minute

PERSON = st.tuples(
    st.sampled_from([OFFICE, EARLY, LATE, [(0, 1440)], [(1200, 1320)]]),
    st.sets(st.integers(0, 5), max_size=3),
)


def worlds(pools):
    """Return tasks for a number of pools, and the people of each."""
    task = st.tuples(
        st.integers(0, pools - 1), st.integers(0, 4_000), st.integers(1, 400), st.integers(0, 2)
    )
    return st.tuples(
        st.lists(task, min_size=1, max_size=20, unique_by=lambda t: t[1]),
        st.lists(st.lists(PERSON, min_size=1, max_size=3), min_size=pools, max_size=pools),
        st.lists(st.tuples(st.integers(0, 4_000), st.integers(1, 2_000)), max_size=2),
    )


def both(people, outages):
    """Return the people's calendars for the engine and, minute by minute, for the slow twin."""
    down = [(a * 60.0, (a + n) * 60.0) for a, n in outages]
    calendars = [
        [hours(shifts, range(5), away, down, FRIDAY, ZONE) for shifts, away in pool]
        for pool in people
    ]

    def minutes(shifts, away):
        found = open_minutes(FRIDAY, ZONE, 60, range(5), shifts, away)
        for a, n in outages:
            found[a : a + n] = [False] * n
        return found

    return calendars, [[minutes(*person) for person in pool] for pool in people]


@given(world=worlds(2), helps=st.sampled_from([((), ()), ((), (0,)), ((1,), (0,))]))
def test_pools_equal_stepping_by_the_minute(world, helps):
    """Shifts, absence, outages, helpers: the same person begins and ends each task, exactly."""
    tasks, people, outages = world
    tasks.sort(key=lambda task: task[1])
    calendars, is_open = both(people, outages)
    expected, tie = pools_by_the_minute(tasks, is_open, helps)
    assume(not tie)
    rows, _ = serve_linked(tasks, calendars, helps)
    assert rows == expected


HELPS = st.sampled_from([
    ((), (0,), (0,)), ((), (), (0, 1)), ((), (), (1, 0)), ((1,), (2,), (0,)), ((1, 2), (0,), ()),
])  # fmt: skip


@settings(max_examples=60)
@given(
    world=worlds(3),
    helps=HELPS,
    patience=st.lists(st.integers(1, 6_000), min_size=20, max_size=20),
)
def test_nothing_waits_while_somebody_able_is_free(world, helps, patience):
    """Three pools that help one another, tasks withdrawn: the audit finds nothing, ties included.

    And the hours add up: what the pools' people were busy is what the tasks brought.
    """
    tasks, people, outages = world
    calendars, is_open = both(people, outages)
    rows, pools = serve_linked(tasks, calendars, helps, patience)
    assert audit(tasks, rows, is_open, helps) == []
    done = [task for task, row in zip(tasks, rows, strict=True) if row[0] is not None]
    end = 60 * DAY
    found = [pool.statistics(0, end) for pool in pools]
    assert sum(f.busy_hours for f in found) == pytest.approx(sum(t[2] for t in done) / 60)
    assert [f.tasks for f in found] == [sum(t[0] == k for t in done) for k in range(3)]
    offered = [sum(map(sum, pool)) / 60 for pool in is_open]
    assert [f.open_hours for f in found] == pytest.approx(offered)


# ---------------------------------------------------------------- the audit can fail


def borrow_first(self):
    """Serve with helpers before own people, and before the helpers' own tasks."""
    for crew in (*self._helpers, self):
        self._serve_with(crew)
    if self.waiting:
        self._wake_on_duty()


def wake_only_own(self):
    """Serve, and forget that a helper could come on duty first."""
    self._serve_with(self)
    for helper in self._helpers:
        self._serve_with(helper)
    if self.waiting:
        self._wake_on_duty()


def give_back_twice(self, person):
    """Let one person be idle twice."""
    self._idle.extend((person, person))


def never(*_):
    """Do nothing."""


def always(*_):
    """Say yes."""
    return True


@pytest.mark.parametrize(
    ("place", "name", "fault", "found"),
    [
        (StaffPool, "_help_others", never, "waits beside a free helper"),
        (StaffPool, "_serve", wake_only_own, "waits beside a free helper"),
        (StaffPool, "_serve", borrow_first, "helps although"),
        (WorkingCalendar, "is_open", always, "is off duty"),
        (CommonRoster, "give_back", give_back_twice, "does two tasks at once"),
    ],
)
def test_the_audit_finds_planted_faults(place, name, fault, found):
    """Each fault makes the same small company fail the audit, in words that name it."""
    tasks = [
        (0, 60, 240, 0), (0, 61, 60, 0), (1, 62, 60, 0),  # at night
        (1, 590, 60, 0), (0, 600, 300, 0), (0, 601, 60, 0), (0, 1030, 60, 0),
    ]  # fmt: skip
    words = set()
    for shifts in (OFFICE, EARLY):
        calendars, is_open = both([[(OFFICE, set())], [(shifts, set())]], [])
        rows, _ = serve_linked(tasks, calendars, ((), (0,)))
        assert audit(tasks, rows, is_open, ((), (0,))) == []
        with mock.patch.object(place, name, fault):
            rows, _ = serve_linked(tasks, calendars, ((), (0,)))
        words |= set(audit(tasks, rows, is_open, ((), (0,))))
    assert any(found in line for line in words), words
