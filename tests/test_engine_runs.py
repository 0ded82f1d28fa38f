"""Batch jobs on their own calendar."""

import datetime as dt
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim.engine import Clock, RunCalendar

HOUR = 3600.0
DAY = 24 * HOUR
MONDAY = dt.date(2025, 1, 6)


def test_a_job_takes_what_is_there_when_it_runs():
    """Daily at 10 and 18: what comes at 10:00 sharp is in that run, a second later in the next."""
    runs = RunCalendar(Clock(MONDAY, "UTC"), range(5), [18 * 60, 10 * 60])
    assert runs.next(0) == 10 * HOUR
    assert runs.next(10 * HOUR) == 10 * HOUR
    assert runs.next(10 * HOUR + 1) == 18 * HOUR
    assert runs.next(18 * HOUR + 1) == DAY + 10 * HOUR


def test_systems_that_never_come_back_put_every_run_off_for_ever():
    """Down from noon on: the run of 10:00 there was, the others never come."""
    runs = RunCalendar(Clock(MONDAY, "UTC"), range(5), [10 * 60, 18 * 60], [(12 * HOUR, inf)])
    assert [runs.next(time) for time in (0, 11 * HOUR, 3 * DAY)] == [10 * HOUR, inf, inf]


def test_the_weekend_waits_for_monday():
    """Friday 18:01 (day 4) is run on Monday (day 7)."""
    runs = RunCalendar(Clock(MONDAY, "UTC"), range(5), [18 * 60])
    assert runs.next(4 * DAY + 18 * HOUR + 60) == 7 * DAY + 18 * HOUR


def test_the_answer_does_not_depend_on_earlier_questions():
    """Asked about next year first, it still knows today."""
    runs = RunCalendar(Clock(MONDAY, "UTC"), [0], [360])
    assert runs.next(400 * DAY) == 406 * DAY + 6 * HOUR
    assert runs.next(0) == 6 * HOUR


def test_a_job_at_a_fixed_wall_clock_time_moves_with_the_clocks():
    """6:00 in New York is 6 h after midnight, and 5 h on 9 March 2025."""
    runs = RunCalendar(Clock(dt.date(2025, 3, 8), "America/New_York"), range(7), [360])
    assert runs.next(0) == 6 * HOUR
    assert runs.next(DAY) == DAY + 5 * HOUR


def test_two_runs_around_the_skipped_hour_stay_in_order():
    """2:30 does not exist on 9 March 2025 in New York: it runs when the clocks change, at 3:00."""
    runs = RunCalendar(Clock(dt.date(2025, 3, 9), "America/New_York"), range(7), [150, 180])
    assert runs.next(0) == 2 * HOUR
    assert runs.next(2 * HOUR + 1) == 23 * HOUR + 2.5 * HOUR


@pytest.mark.parametrize(("weekdays", "minutes"), [([], [60]), ([0], [])])
def test_a_job_that_never_runs_is_refused(weekdays, minutes):
    """It would be waited for without end."""
    with pytest.raises(ValueError, match="at least one"):
        RunCalendar(Clock(MONDAY, "UTC"), weekdays, minutes)


@given(
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    minutes=st.sets(st.integers(0, 1439), min_size=1, max_size=3),
    start=st.sampled_from([MONDAY, dt.date(2025, 3, 7), dt.date(2025, 10, 31)]),
    times=st.lists(st.floats(0, 20 * DAY), min_size=1, max_size=5),
)
def test_next_is_the_earliest_run_not_before(weekdays, minutes, start, times):
    """Against a plain list of all runs of a month."""
    clock = Clock(start, "America/New_York")
    runs = RunCalendar(clock, weekdays, minutes)
    plain = [clock.at(d, m) for d in range(40) for m in minutes if clock.weekday(d) in weekdays]
    for time in times:
        assert runs.next(time) == min(run for run in plain if run >= time)


def test_a_run_that_falls_into_an_outage_happens_when_it_ends():
    """Daily at 10 and 18, down from Monday 9:00 to Tuesday 12:00: three runs are one, at 12:00.

    A run at the moment the outage begins falls into it, one at the moment it ends does not.
    """
    down = [(9 * HOUR, DAY + 12 * HOUR), (2 * DAY + 10 * HOUR, 2 * DAY + 18 * HOUR)]
    runs = RunCalendar(Clock(MONDAY, "UTC"), range(5), [600, 1080], down)
    noon = DAY + 12 * HOUR
    assert [runs.next(t) for t in (0, noon, noon + 1)] == [noon, noon, DAY + 18 * HOUR]
    assert runs.next(2 * DAY) == 2 * DAY + 18 * HOUR
    assert runs.next(2 * DAY + 18 * HOUR + 1) == 3 * DAY + 10 * HOUR


@given(
    closed=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60)), max_size=4),
    times=st.lists(st.floats(0, 10 * DAY), min_size=1, max_size=5),
)
def test_runs_with_outages_equal_a_plain_list(closed, times):
    """Each run of a month put off, step by step, until no outage holds it."""
    down = [(a * HOUR, (a + n) * HOUR) for a, n in closed]
    clock = Clock(MONDAY, "UTC")
    plain = [clock.at(day, minutes) for day in range(40) for minutes in (360, 1080)]
    while any(a <= run < b for run in plain for a, b in down):
        plain = [max((b for a, b in down if a <= run < b), default=run) for run in plain]
    runs = RunCalendar(clock, range(7), [360, 1080], down)
    for time in times:
        assert runs.next(time) == min(run for run in plain if run >= time)
