"""Local days of many times at once: what the clock says of each of them."""

import datetime as dt

import numpy as np
import pytest

from o2c_sim.engine import Clock
from o2c_sim.local_days import at_midnight, dates_of, days_of

# Clocks change at two in the night, at midnight, by half an hour; never; a day was left out.
ZONES = [
    ("America/New_York", 2025),
    ("America/Santiago", 2025),
    ("Africa/Cairo", 2025),
    ("Australia/Lord_Howe", 2025),
    ("Asia/Kathmandu", 2025),
    ("Pacific/Apia", 2011),
]


@pytest.mark.parametrize(("zone", "year"), ZONES)
def test_days_are_those_of_the_clock(zone, year):
    """Around every midnight of a year, and before the first one."""
    clock = Clock(dt.date(year, 3, 1), zone)
    midnights = np.array([clock.midnight(day) for day in range(-40, 370)])
    seconds = np.concatenate([midnights + apart for apart in (-3_600, -1e-3, 0, 1e-3, 3_600)])
    assert days_of(clock, seconds).tolist() == [clock.day(float(time)) for time in seconds]


def test_a_rounding_error_before_midnight_is_midnight():
    """As in the log, where times are whole microseconds; NaN has no date."""
    clock = Clock(dt.date(2025, 1, 6), "America/New_York")
    seconds = np.array([clock.midnight(3) - 1e-9, clock.midnight(3) - 1e-6, np.nan])
    dates = [dt.datetime(2025, 1, 9), dt.datetime(2025, 1, 8), None]
    assert dates_of(clock, seconds).to_list() == dates


@pytest.mark.parametrize("seconds", [[], [np.nan, np.nan]])
def test_no_times_have_no_dates(seconds):
    """Neither do they fail."""
    clock = Clock(dt.date(2025, 1, 6), "UTC")
    assert dates_of(clock, np.array(seconds)).to_list() == [None] * len(seconds)


def test_the_date_of_a_day_number():
    """Day 0 is the first, those before it count down."""
    clock = Clock(dt.date(2025, 1, 6), "Asia/Tokyo")
    assert at_midnight(clock, np.array([0, -6, 365])).to_list() == [
        dt.datetime(2025, 1, 6),
        dt.datetime(2024, 12, 31),
        dt.datetime(2026, 1, 6),
    ]
