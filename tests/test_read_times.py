"""Time stamps in the notations that real exports use."""

from datetime import datetime

import polars as pl
import pytest

from mining.read.times import parse


def _read(*values, zone="UTC", time_format=None):
    return parse(pl.Series("t", values), zone, time_format)


@pytest.mark.parametrize(
    "text",
    [
        "2016-03-04 17:05:06", "2016-03-04T17:05:06.000", "2016-03-04T17:05:06Z",
        "2016-03-04 19:05:06+02:00", "2016/03/04 17:05:06", "20160304 170506", "20160304170506",
        "04.03.2016 17:05:06", "04-Mar-2016 5:05:06 PM", "Mar 4, 2016 17:05:06", "1457111106",
        "1457111106000",
    ],
)  # fmt: skip
def test_usual_notations_mean_the_same_instant(text):
    """Every notation of 4 March 2016, 17:05:06 UTC gives that instant."""
    assert _read(text).values.to_list() == [datetime(2016, 3, 4, 17, 5, 6)]


def test_offsets_may_differ_within_a_column():
    """Stamps with offsets are instants; those without are read in the given zone."""
    parsed = _read("2016-07-01 12:00:00+02:00", "2016-07-01 12:00:00", zone="Europe/Berlin")
    assert parsed.values.to_list() == [datetime(2016, 7, 1, 10), datetime(2016, 7, 1, 10)]


def test_one_value_above_twelve_decides_the_date_order():
    """25/12 can only be day first, so 03/04 in the same column is 3 April, without a note."""
    parsed = _read("03/04/2016 08:00", "25/12/2016 08:00")
    assert parsed.values[0] == datetime(2016, 4, 3, 8)
    assert (parsed.time_format, parsed.notes) == ("day-first", ())
    assert _read("03/04/2016", "12/25/2016").time_format == "month-first"


def test_an_undecidable_date_order_is_said():
    """03/04 and 05/04: two days apart day first, two months apart month first; it is noted."""
    parsed = _read("03/04/2016 08:00", "05/04/2016 08:00")
    assert parsed.time_format == "day-first"
    assert "ambiguous" in parsed.notes[0]
    assert "--time-format month-first" in parsed.notes[0]


def test_a_format_can_be_given():
    """A strptime format or ``month-first`` overrides every guess."""
    assert _read("03/04/2016", time_format="month-first").values[0] == datetime(2016, 3, 4)
    given = _read("04.03.16 um 17:05", time_format="%d.%m.%y um %H:%M")
    assert given.values[0] == datetime(2016, 3, 4, 17, 5)
    fraction = _read("2016-03-04 17:05:06.25", time_format="%Y-%m-%d %H:%M:%S.%f")
    assert fraction.values[0] == datetime(2016, 3, 4, 17, 5, 6, 250_000)


def test_the_hour_that_the_clock_skips_or_repeats_is_counted():
    """02:30 does not exist on 28 March 2021 in Berlin and exists twice on 31 October."""
    parsed = _read("2021-03-28 02:30:00", "2021-10-31 02:30:00", zone="Europe/Berlin")
    assert parsed.values.to_list() == [datetime(2021, 3, 28, 1, 30), datetime(2021, 10, 31, 0, 30)]
    assert ["skips" in parsed.notes[0], "repeats" in parsed.notes[1]] == [True, True]


def test_what_is_no_time_is_null():
    """Nonsense and impossible dates are not repaired."""
    assert _read("hello", "2016-13-01", "30/02/2016", "12345678").values.null_count() == 4
