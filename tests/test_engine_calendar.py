"""Working-time arithmetic against stepping minute by minute."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_twins import add_minutes, open_minutes

from o2c_sim.engine import Clock, WorkingCalendar
from o2c_sim.engine.calendar import merged, shift_intervals, shifts_calendar

MONDAY = dt.date(2025, 1, 6)
HOURS = 3600.0
OFFICE = [(8 * 60, 12 * 60), (13 * 60, 17 * 60)]
ZONES = ("America/New_York", "Europe/Berlin", "UTC", "Australia/Lord_Howe")
# A week around each change of clocks of 2025, and one without.
STARTS = (
    dt.date(2025, 3, 7),
    dt.date(2025, 3, 28),
    dt.date(2025, 4, 4),
    dt.date(2025, 10, 4),
    dt.date(2025, 10, 24),
    dt.date(2025, 10, 31),
    dt.date(2025, 6, 2),
)
DAYS = 21


@pytest.fixture
def office():
    """Monday to Friday, 8 to 12 and 13 to 17 o'clock, in UTC."""
    return shifts_calendar(Clock(MONDAY, "UTC"), range(5), OFFICE)


def test_work_stops_for_lunch_and_goes_on_after_it(office):
    """Three hours begun at 10:00 take until 14:00: 10-12, lunch, 13-14."""
    assert office.add(10 * HOURS, 3 * HOURS) == 14 * HOURS


def test_work_of_friday_evening_is_done_on_monday(office):
    """Two hours begun on Friday at 16:00 (day 4): one on Friday, one on Monday (day 7) at 8."""
    assert office.add((4 * 24 + 16) * HOURS, 2 * HOURS) == (7 * 24 + 9) * HOURS


def test_work_that_fits_exactly_ends_at_closing_time_and_not_next_morning(office):
    """One hour begun at 16:00 ends at 17:00, four begun at 8:00 at noon."""
    assert office.add(16 * HOURS, 1 * HOURS) == 17 * HOURS
    assert office.add(8 * HOURS, 4 * HOURS) == 12 * HOURS
    assert office.add(8 * HOURS, 8 * HOURS) == 17 * HOURS


def test_closing_time_is_closed_and_opening_time_is_open(office):
    """At 12:00 nobody works; at 13:00 they do."""
    assert [office.is_open(h * HOURS) for h in (7, 8, 12, 13, 17)] == [
        False,
        True,
        False,
        True,
        False,
    ]
    assert office.next_open(12 * HOURS) == 13 * HOURS
    assert office.next_open(13 * HOURS) == 13 * HOURS


def test_no_work_begun_at_night_is_done_when_the_office_opens(office):
    """Zero seconds at 20:00 are done at 8:00 the next day; at 9:00 at once."""
    assert office.add(20 * HOURS, 0) == 32 * HOURS
    assert office.add(9 * HOURS, 0) == 9 * HOURS


def test_a_task_spans_adjoining_shifts():
    """Two shifts 6-14 and 14-22 are one working day of 16 hours."""
    calendar = shifts_calendar(Clock(MONDAY, "UTC"), range(5), [(360, 840), (840, 1320)])
    assert calendar.add(13 * HOURS, 2 * HOURS) == 15 * HOURS
    assert calendar.is_open(14 * HOURS)
    assert calendar.between(0, 24 * HOURS) == 16 * HOURS


def test_a_holiday_is_skipped():
    """With Tuesday off, one hour begun on Monday at 17:00 is done on Wednesday at 9:00."""
    calendar = shifts_calendar(Clock(MONDAY, "UTC"), range(5), OFFICE, closed_days=[1])
    assert calendar.add(17 * HOURS, HOURS) == (48 + 9) * HOURS


def test_always_open_is_plain_addition():
    """Without closing hours working time is physical time."""
    calendar = WorkingCalendar.always_open()
    assert calendar.add(5.5, 10.25) == 15.75
    assert calendar.between(3, 10) == 7
    assert calendar.next_open(1e9) == 1e9


def test_a_calendar_without_any_open_hour_is_refused():
    """Nobody would ever finish anything."""
    with pytest.raises(ValueError, match="no open hour"):
        shifts_calendar(Clock(MONDAY, "UTC"), [0], OFFICE, closed_days=range(0, 366, 7))


def test_the_calendar_goes_on_after_its_first_year(office):
    """Every week has 40 hours, so 10 years of 52 weeks have 20,800; work of 20,800 h fills them."""
    ten_years = 520 * 7 * 24 * HOURS
    assert office.between(0, ten_years) == 20_800 * HOURS
    assert office.add(0, 20_800 * HOURS) == ten_years - (2 * 24 + 7) * HOURS


@pytest.mark.parametrize(("date", "hours"), [(dt.date(2025, 3, 9), 23), (dt.date(2025, 11, 2), 25)])
def test_a_day_on_which_the_clocks_change_has_23_or_25_hours(date, hours):
    """Round the clock in New York: the spring day is an hour short, the autumn day an hour long."""
    clock = Clock(date, "America/New_York")
    calendar = shifts_calendar(clock, range(7), [(0, 1440)])
    assert calendar.between(0, clock.midnight(1)) == hours * HOURS


@pytest.mark.parametrize(
    ("shifts", "open_hours"),
    [
        ([(60, 150), (180, 300)], 3.0),  # 1:00-2:30 and 3:00-5:00; 2 to 3 does not exist: 1 + 2
        ([(120, 180)], 0.0),  # 2:00-3:00 is skipped altogether
        ([(150, 195)], 0.25),  # 2:30-3:15: what is left is 3:00-3:15
        ([(0, 150), (150, 300)], 4.0),  # adjoining in the gap: 0:00-5:00 less the hour
    ],
)
def test_a_shift_that_ends_in_the_skipped_hour_is_not_worked_twice(shifts, open_hours):
    """In New York 2:00 to 3:00 is skipped on 9 March 2025; working hours are those that exist."""
    clock = Clock(dt.date(2025, 3, 9), "America/New_York")
    calendar = shifts_calendar(clock, [6], shifts)
    assert calendar.between(0, clock.midnight(1)) == open_hours * HOURS


@st.composite
def shifts(draw):
    """One to three shifts in order, on a grid of 15 minutes, adjoining or apart."""
    edges = sorted(
        draw(
            st.lists(
                st.integers(0, 96) | st.integers(2, 16), min_size=2, max_size=6, unique=True
            ).filter(lambda e: len(e) % 2 == 0)
        )
    )
    found = [(a * 15, b * 15) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    if draw(st.booleans()) and found[0][1] - found[0][0] >= 30:
        first, last = found[0]
        middle = (first + last) // 30 * 15
        found[:1] = [(first, middle), (middle, last)]
    return found


@given(
    start=st.sampled_from(STARTS),
    zone=st.sampled_from(("America/New_York", "Europe/Berlin", "UTC")),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    shifts=shifts(),
    closed=st.sets(st.integers(0, 10), max_size=2),
    probes=st.lists(st.tuples(st.integers(0, 7 * 1440), st.integers(0, 600)), max_size=8),
)
def test_calendar_equals_stepping_by_the_minute(start, zone, weekdays, shifts, closed, probes):
    """``add``, ``between``, ``next_open`` and ``is_open`` are what a minute-by-minute count gives.

    Shifts in the repeated hour of autumn are the exception: a shift is worked once there, from
    the first occurrence of its start to that of its end, so such shifts are left out here.
    """
    clock = Clock(start, zone)
    autumn = any(clock.midnight(d + 1) - clock.midnight(d) > 86_400 for d in range(DAYS))
    if autumn and any(60 <= edge < 180 for shift in shifts for edge in shift):
        return
    calendar = shifts_calendar(clock, weekdays, shifts, closed)
    is_open = open_minutes(start, zone, 3 * DAYS, weekdays, shifts, closed)
    for minute, work in probes:
        time = minute * 60.0
        end = minute + work
        if sum(is_open[minute:]) <= work:
            continue  # not done within the nine weeks that were stepped through
        assert calendar.is_open(time) == is_open[minute]
        assert calendar.next_open(time) == 60.0 * add_minutes(is_open, minute, 0)
        assert calendar.between(time, end * 60.0) == 60.0 * sum(is_open[minute:end])
        assert calendar.add(time, work * 60.0) == 60.0 * add_minutes(is_open, minute, work)


@given(
    start=st.sampled_from(STARTS),
    zone=st.sampled_from(ZONES),
    shifts=shifts(),
    time=st.floats(0, 30 * 86_400),
    work=st.floats(0.001, 40 * 3600),
)
def test_between_undoes_add(start, zone, shifts, time, work):
    """The working time between the start and the end of a task is its work, to the microsecond."""
    calendar = shifts_calendar(Clock(start, zone), range(7), shifts)
    assert calendar.between(time, calendar.add(time, work)) == pytest.approx(work, abs=1e-6)
    assert calendar.opens == sorted(calendar.opens)
    assert all(a < b for a, b in zip(calendar.opens, calendar.closes, strict=True))
    assert all(b < a for b, a in zip(calendar.closes, calendar.opens[1:], strict=False))


def test_a_shift_in_the_repeated_hour_is_worked_once():
    """2 November 2025 in New York: the shift 1:00-1:30 is worked at its first occurrence only."""
    clock = Clock(dt.date(2025, 11, 2), "America/New_York")
    calendar = shifts_calendar(clock, [6], [(60, 90)])
    assert calendar.between(0, clock.midnight(1)) == 0.5 * HOURS
    assert calendar.next_open(0) == 1 * HOURS


def test_between_is_never_negative(office):
    """An end before the start gives 0, not a negative time."""
    assert office.between(10 * HOURS, 9 * HOURS) == 0


def test_work_waits_while_the_systems_are_down():
    """Down from 10:00 to 15:00: three hours begun at 9 are done at 17 (9-10, 15-17).

    A task of an hour that comes meanwhile begins at 15:00.
    """
    calendar = shifts_calendar(Clock(MONDAY, "UTC"), range(5), OFFICE, (), [(36_000, 54_000)])
    assert calendar.add(9 * HOURS, 3 * HOURS) == 17 * HOURS
    assert [calendar.is_open(h * HOURS) for h in (9, 10, 14, 15)] == [True, False, False, True]
    assert calendar.next_open(11 * HOURS) == 15 * HOURS
    assert calendar.between(0, 24 * HOURS) == 4 * HOURS


def test_a_calendar_that_never_closes_closes_for_an_outage():
    """Round the clock but for the second hour."""
    calendar = WorkingCalendar(lambda year: [(0.0, float("inf"))] if year == 0 else [], [(1, 2)])
    assert calendar.add(0, 1.5) == 2.5
    assert calendar.between(0, 10) == 9
    assert calendar.next_open(1) == 2


def test_what_overlaps_or_adjoins_is_one_closure():
    """In any order; nothing is left of a closure that ends before it starts."""
    assert merged([(5, 7), (1, 3), (2, 4), (4, 5), (9, 9), (12, 11)]) == [(1, 7)]


def test_a_person_away_for_years_comes_back():
    """Away on each day of the first three years: open on the first Monday after them."""
    clock = Clock(MONDAY, "UTC")

    def absences(year):
        return [(year * 365 * 24 * HOURS, (year + 1) * 365 * 24 * HOURS)] if year < 3 else []

    calendar = WorkingCalendar(shift_intervals(clock, [0], OFFICE), (), absences)
    first = next(day for day in range(3 * 365, 4 * 365) if clock.weekday(day) == 0)
    assert calendar.next_open(0) == (first * 24 + 8) * HOURS
    assert not calendar.is_open(8 * HOURS)
    assert calendar.add(0, HOURS) == (first * 24 + 9) * HOURS


def test_a_calendar_closed_for_good_is_refused():
    """Two years of work, closed for ten: nothing is left, and nobody waits without end."""
    with pytest.raises(ValueError, match="no open hour that is not closed"):
        WorkingCalendar(lambda year: [(year, year + 1)] if year < 2 else [], [(0, 10)])


SPELLS = st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 3_000)), max_size=4)


@given(
    shifts=shifts(),
    closed=SPELLS,
    away=st.sets(st.integers(0, 12), max_size=4),
    probes=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 900)), min_size=1, max_size=8),
)
def test_closures_and_absence_equal_stepping_by_the_minute(shifts, closed, away, probes):
    """Outages and days of absence, overlapping as they like, against a list of open minutes."""
    clock = Clock(dt.date(2025, 3, 7), "America/New_York")
    calendar = WorkingCalendar(
        shift_intervals(clock, range(6), shifts),
        [(60.0 * a, 60.0 * (a + n)) for a, n in closed],
        lambda year: [] if year else [
            (clock.midnight(day), clock.midnight(day + 1)) for day in sorted(away)
        ],
    )  # fmt: skip
    is_open = open_minutes(dt.date(2025, 3, 7), "America/New_York", 63, range(6), shifts, away)
    for a, n in closed:
        is_open[a : a + n] = [False] * n
    for minute, work in probes:
        time, end = minute * 60.0, minute + work
        assert calendar.is_open(time) == is_open[minute]
        assert calendar.between(time, end * 60.0) == 60.0 * sum(is_open[minute:end])
        if sum(is_open[minute:]) > work:
            assert calendar.next_open(time) == 60.0 * add_minutes(is_open, minute, 0)
            assert calendar.add(time, work * 60.0) == 60.0 * add_minutes(is_open, minute, work)
    times = np.array([60.0 * minute for probe in probes for minute in probe])
    one_by_one = [calendar.elapsed(time) for time in times.tolist()]
    assert calendar.elapsed_at(times).tolist() == one_by_one


def test_elapsed_at_of_nothing_is_nothing(office):
    """And times before the first opening have nothing behind them."""
    assert office.elapsed_at(np.zeros(0)).tolist() == []
    assert office.elapsed_at(np.array([0.0, 7 * HOURS, 9 * HOURS])).tolist() == [0, 0, HOURS]
