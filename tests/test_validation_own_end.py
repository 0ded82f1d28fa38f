"""The cases of a log that judge a company made of the earlier ones, worked out by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.calibration.source import source_of
from mining.read import read_log
from mining.validation.own_end import own_end
from o2c_sim.errors import LogError

START = dt.date(2024, 1, 1)  # a Monday


def source(cases: Iterable[tuple[int, int]], folder: Path):
    """Return a log of orders, each by the day of its begin and how many days it takes."""
    rows = []
    for number, (day, length) in enumerate(cases):
        begin = dt.datetime.combine(START, dt.time(9)) + dt.timedelta(days=day)
        rows.append((f"O{number}", "Create Sales Order", begin))
        rows.append((f"O{number}", "Create Invoice", begin + dt.timedelta(days=length, hours=1)))
    path = folder / "orders.csv"
    table = pl.DataFrame(rows, schema=["case", "activity", "time"], orient="row")
    table.write_csv(path)
    return source_of(read_log(path), "case")


def day(number: int) -> dt.date:
    """Return the day that lies so many days after the first."""
    return START + dt.timedelta(days=number)


def test_the_last_fifth_of_the_cases_judges(tmp_path):
    """100 cases, one a day, each over at once: those of the last 20 days."""
    found = own_end(source([(n, 0) for n in range(100)], tmp_path))
    # 100 days are 14 weeks and 2 days: the 2 days are no usual week. Of 98 cases 78 come first.
    assert found.until == day(98)
    assert found.first == day(78)


def test_cases_that_are_not_seen_for_long_enough_do_not_judge(tmp_path):
    """91 cases of 91 days that take 10 days: the log goes on until day 100, 10 days after 90."""
    cases = [(n, 10) for n in range(91)]
    found = own_end(source(cases, tmp_path))
    assert found.until == day(90)
    # The same log, taken on day 90: whoever begins in the last 10 days is not seen to the end.
    cut = [(n, min(10, 90 - n)) for n in range(91)]
    found = own_end(source(cut, tmp_path))
    assert found.until == day(80)
    assert found.first == day(64)


def test_following_takes_no_more_than_a_fifth_of_the_log(tmp_path):
    """Half of the cases take as long as the log allows: 90 days, of which a fifth are 18."""
    cut = [(n, 0 if n % 2 else 90 - n) for n in range(91)]
    assert own_end(source(cut, tmp_path)).until == day(72)


def test_a_thin_end_does_not_judge(tmp_path):
    """Ten a day for ten weeks, then one a week: as in a log cut by the date of the quotation."""
    cases = [(n // 10, 0) for n in range(700)] + [(70 + 7 * n, 0) for n in range(20)]
    found = own_end(source(cases, tmp_path))
    assert found.until == day(70)
    assert found.first == day(56)


def test_cases_of_one_day_have_no_earlier_part(tmp_path):
    """Said in words."""
    with pytest.raises(LogError, match="begin on 1 day"):
        own_end(source([(3, 1)] * 60, tmp_path))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 200)), min_size=2, max_size=60))
def test_either_part_has_a_day(tmp_path_factory, cases):
    """Whatever the log: the parts do not overlap, and each begins within it."""
    if len({begin for begin, _ in cases}) < 2:
        return
    found = own_end(source(cases, tmp_path_factory.mktemp("log")))
    opening = min(begin for begin, _ in cases)
    assert day(opening) < found.first < found.until
    assert found.until <= day(max(max(begin for begin, _ in cases) + 1, opening + 2))
