"""The wall clock of a zone: what Polars finds moment by moment."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.local_clock import LocalClock
from mining.measures import Period

# Half an hour of daylight saving, a day left out, a quarter of an hour, none at all.
ZONES = (
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Africa/Monrovia",
    "UTC",
)
MOMENTS = st.datetimes(dt.datetime(1960, 1, 1), dt.datetime(2037, 1, 1))


def by_polars(moments, zone):
    """Return the local time of each moment as Polars finds it."""
    at = pl.Series(moments).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return at.dt.replace_time_zone(None).to_numpy(), at.dt.date().to_numpy()


@pytest.mark.parametrize("zone", ZONES)
@given(
    st.lists(MOMENTS, max_size=20),
    st.lists(st.none() | st.integers(-40 * 24, 800 * 24), max_size=60),
    MOMENTS,
)
@settings(deadline=None)
def test_wall_clock_and_date_are_those_of_each_moment(zone, made_for, hours, begin):
    """Whatever time the clock was made for; what is not known stays so."""
    day = np.datetime64(begin, "us")
    moments = np.array(
        [
            np.datetime64("NaT") if hour is None else day + np.timedelta64(hour, "h")
            for hour in hours
        ],
        "datetime64[us]",
    )
    for known in (np.array(made_for, "datetime64[us]"), moments[~np.isnat(moments)]):
        clock = LocalClock.of(zone, known)
        wall, date = by_polars(moments, zone)
        np.testing.assert_array_equal(clock.wall(moments), wall)
        np.testing.assert_array_equal(clock.dates(moments), date)


@pytest.mark.parametrize("zone", ZONES)
def test_every_hour_of_years(zone):
    """Days on which clocks change, too: 1972 (Monrovia), 2011 (Apia left out a day), and since."""
    for first, last in (("1971-12-01", "1972-06-01"), ("2011-01-01", "2013-01-01")):
        moments = np.arange(first, last, 20, dtype="datetime64[m]").astype("datetime64[us]")
        wall, date = by_polars(moments, zone)
        clock = LocalClock.of(zone, moments)
        np.testing.assert_array_equal(clock.wall(moments), wall)
        np.testing.assert_array_equal(clock.dates(moments), date)
        assert 0 <= clock.changes.mean() < 0.01


def test_a_period_contains_its_days():
    """Its first and last, not the day after, and nothing unknown."""
    period = Period(dt.date(2025, 3, 1), dt.date(2025, 3, 3))
    dates = np.array(["2025-02-28", "2025-03-01", "2025-03-02", "2025-03-03", "NaT"], "M8[D]")
    assert period.contains(dates).tolist() == [False, True, True, False, False]
    assert period.contains(dates.view(np.int64)).tolist() == [False, True, True, False, False]
