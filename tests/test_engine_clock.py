"""Simulation seconds and civil time, across changes of the clocks."""

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim.engine import Clock

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")


def utc(clock, time):
    """Return a simulation time as an aware UTC datetime."""
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return epoch + dt.timedelta(microseconds=clock.epoch_microseconds + round(time * 1e6))


def test_time_zero_is_the_first_local_midnight():
    """Midnight of 6 January 2025 in New York is 05:00 UTC."""
    clock = Clock(dt.date(2025, 1, 6), "America/New_York")
    assert utc(clock, 0) == dt.datetime(2025, 1, 6, 5, tzinfo=dt.UTC)
    assert clock.weekday(0) == 0
    assert clock.date(31) == dt.date(2025, 2, 6)


@pytest.mark.parametrize(
    ("zone", "spring", "autumn"),
    [
        ("America/New_York", dt.date(2025, 3, 9), dt.date(2025, 11, 2)),
        ("Europe/Berlin", dt.date(2025, 3, 30), dt.date(2025, 10, 26)),
    ],
)
def test_days_have_23_24_or_25_hours(zone, spring, autumn):
    """The day on which the clocks go forward has 23 hours, the one on which they go back 25."""
    clock = Clock(dt.date(2025, 1, 1), zone)
    hours = {
        clock.date(day): (clock.midnight(day + 1) - clock.midnight(day)) / 3600
        for day in range(365)
    }
    assert {date: h for date, h in hours.items() if h != 24} == {spring: 23, autumn: 25}


def test_wall_clock_times_of_a_spring_day():
    """New York, 9 March 2025: 1:59 is 1:59 h after midnight, 3:00 is 2 h, 2:30 does not exist."""
    clock = Clock(dt.date(2025, 3, 9), "America/New_York")
    assert clock.at(0, 119) == 119 * 60
    assert clock.at(0, 180) == 120 * 60
    assert clock.at(0, 150) == 120 * 60, "a skipped time is taken when the clocks change"
    assert clock.at(0, 1440) == clock.midnight(1) == 23 * 3600


def test_wall_clock_times_of_an_autumn_day():
    """New York, 2 November 2025: 1:30 occurs twice and is taken first; 2:00 is 3 h in."""
    clock = Clock(dt.date(2025, 11, 2), "America/New_York")
    assert clock.at(0, 90) == 90 * 60
    assert clock.at(0, 120) == 180 * 60
    assert clock.at(0, 1440) == 25 * 3600


@given(
    zone=st.sampled_from(ZONES),
    start=st.dates(dt.date(2000, 1, 1), dt.date(2030, 1, 1)),
    day=st.integers(0, 400),
    minutes=st.tuples(st.integers(0, 1439), st.integers(0, 1439)),
)
def test_at_agrees_with_the_zone_database(zone, start, day, minutes):
    """Converted back, a wall-clock time is itself, or does not exist; later is never earlier."""
    clock, local = Clock(start, zone), zoneinfo.ZoneInfo(zone)
    first, last = sorted(minutes)
    time = clock.at(day, first)
    assert time <= clock.at(day, last)
    assert clock.midnight(day) <= time < clock.midnight(day + 1)
    assert clock.day(time) == day
    wall = dt.datetime.combine(clock.date(day), dt.time(0)) + dt.timedelta(minutes=first)
    shown = utc(clock, time).astimezone(local).replace(tzinfo=None)
    exists = wall.replace(tzinfo=local).astimezone(dt.UTC).astimezone(local) == wall.replace(
        tzinfo=local
    )
    assert (shown == wall) == exists


@given(day=st.integers(0, 800), second=st.floats(0, 1))
def test_day_is_the_last_midnight_not_after(day, second):
    """``day`` and ``midnight`` agree on both sides of each midnight."""
    clock = Clock(dt.date(2025, 1, 6), "America/New_York")
    assert clock.day(clock.midnight(day)) == day
    assert clock.day(clock.midnight(day) + second) == day
    assert clock.day(clock.midnight(day + 1) - 1) == day
