"""Business hours: office hours between two moments, local and without weekends."""

import datetime as dt
import math

import polars as pl
import pytest

from mining.business_time import business_hours
from o2c_sim.eventlog import TIME

HOURS = [
    ("03-03 09:00", "03-03 12:00", 3.0, "a Monday morning"),
    ("03-03 06:00", "03-03 20:00", 9.0, "a whole day is 8 to 17"),
    ("03-07 16:00", "03-10 09:00", 2.0, "Friday 16 to 17 and Monday 8 to 9"),
    ("03-08 00:00", "03-09 23:59", 0.0, "a weekend"),
    ("03-03 00:00", "03-31 00:00", 180.0, "four weeks of 45 hours"),
    ("03-03 12:00", "03-03 09:00", -3.0, "the wrong way round is negative"),
    ("03-03 17:00", "03-04 08:00", 0.0, "a night"),
]


@pytest.mark.parametrize(("start", "end", "hours", "why"), HOURS)
def test_business_hours_by_hand(start, end, hours, why):
    """Monday to Friday from 8 to 17 o'clock; 3 March 2025 is a Monday."""
    assert business_hours(_moments(start), _moments(end), "UTC").tolist() == [hours], why


def test_business_hours_are_local_across_a_change_of_clocks():
    """New York, Friday 7 March 16:00 EST (21:00 UTC) to Monday 10 March 9:00 EDT (13:00 UTC): 2 h.

    Elapsed time is 64 h and not 65, but no business hour was lost on Sunday.
    """
    zone = "America/New_York"
    found = business_hours(_moments("03-07 21:00"), _moments("03-10 13:00"), zone)
    assert found.tolist() == [2.0]
    berlin = business_hours(_moments("10-24 14:00"), _moments("10-27 08:00"), "Europe/Berlin")
    assert berlin.tolist() == [2.0], "Friday 16:00 CEST to Monday 9:00 CET"


def test_an_unknown_moment_has_no_business_hours():
    """Null in, NaN out; others of the column are not touched."""
    start = pl.Series([dt.datetime(2025, 3, 3, 9), None], dtype=TIME)
    end = pl.Series([dt.datetime(2025, 3, 3, 10)] * 2, dtype=TIME)
    found = business_hours(start, end, "UTC")
    assert found[0] == 1
    assert math.isnan(found[1])


def _moments(text):
    return pl.Series([dt.datetime.strptime(f"2025-{text}", "%Y-%m-%d %H:%M")], dtype=TIME)
