"""Working hours and pools of any log: what the clock and the names of resources show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.calibration.weekly_hours import ALWAYS, WeeklyHours, clear_cut, weekly_hours
from mining.calibration.working_time import EVERYBODY, pools, working_calendars

MONDAY = dt.datetime(2025, 1, 6)
OFFICE = WeeklyHours(tuple((d * 1440 + 480, d * 1440 + 1020) for d in range(5)))


def moments(*texts: str) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    """Return local moments."""
    return np.array(texts, dtype="datetime64[us]")


# ---------------------------------------------------------------- working time


def test_a_night_and_a_weekend_between_two_moments_are_no_working_time() -> None:
    """Friday 16:00 to Monday 09:30: one hour on Friday, one and a half on Monday."""
    worked = OFFICE.between(moments("2025-01-10T16:00"), moments("2025-01-13T09:30"))
    assert worked.tolist() == pytest.approx([2.5])


def test_a_closed_date_is_no_working_time() -> None:
    """Thursday 16:00 to Monday 09:00 with a holiday on Friday: 1 h + 1 h."""
    hours = WeeklyHours(OFFICE.intervals, (dt.date(2025, 1, 10),))
    assert hours.between(moments("2025-01-09T16:00"), moments("2025-01-13T09:00")) == 2.0
    assert not hours.is_open(moments("2025-01-10T10:00"))[0]
    assert hours.is_open(moments("2025-01-13T10:00"))[0]


def test_what_ends_before_it_begins_takes_no_time() -> None:
    """Stamps in the wrong order give 0, not a negative time."""
    assert OFFICE.between(moments("2025-01-10T16:00"), moments("2025-01-10T09:00")) == 0.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 7 * 24 * 4 - 1), min_size=1, max_size=30, unique=True),
    st.integers(0, 60 * 24 * 60),
    st.integers(0, 21 * 24 * 60),
    st.sets(st.integers(0, 60), max_size=5),
)
def test_working_time_equals_counting_minutes(
    quarters: list[int], start: int, length: int, closed: set[int]
) -> None:
    """The arithmetic agrees with walking through every minute."""
    quarters.sort()
    off = tuple(sorted((MONDAY + dt.timedelta(days=day)).date() for day in closed))
    hours = WeeklyHours(tuple((q * 15, q * 15 + 15) for q in quarters), off)
    begin = MONDAY + dt.timedelta(minutes=start)
    slow = sum(
        (at.weekday() * 1440 + at.hour * 60 + at.minute) // 15 in quarters and at.date() not in off
        for at in (begin + dt.timedelta(minutes=m) for m in range(length))
    )
    end = begin + dt.timedelta(minutes=length)
    fast = hours.between(moments(begin.isoformat()), moments(end.isoformat()))
    assert fast[0] * 60 == pytest.approx(slow)


# ---------------------------------------------------------------- hours from the clock


def stamps(spans: list[tuple[int, int]], days: tuple[int, ...], weeks: int, seed: int) -> Any:
    """Return moments spread evenly over minutes of the day, on some weekdays."""
    rng = np.random.default_rng(seed)
    found = []
    for week in range(weeks):
        for day in days:
            for opens, closes in spans:
                count = rng.poisson((closes - opens) / 20)
                minutes = rng.uniform(opens, closes, count)
                midnight = np.datetime64(MONDAY.date()) + week * 7 + day
                micro = (minutes * 60e6).astype("timedelta64[us]")
                found.append(midnight.astype("datetime64[us]") + micro)
    return np.sort(np.concatenate(found))


@pytest.mark.parametrize(
    ("spans", "days"),
    [
        ([(480, 720), (780, 1020)], (0, 1, 2, 3, 4)),
        ([(450, 990)], (0, 1, 2, 3)),
        ([(360, 1320)], (0, 1, 2, 3, 4, 5)),
    ],
    ids=["lunch break", "four days", "two shifts and Saturday"],
)
def test_hours_are_found_from_moments_of_work(
    spans: list[tuple[int, int]], days: tuple[int, ...]
) -> None:
    """Moments spread over the shifts give back the shifts, whatever the chance."""
    for seed in range(5):
        hours = weekly_hours(stamps(spans, days, 26, seed), by_weekday=False)
        assert hours is not None
        assert hours.intervals == tuple(
            (day * 1440 + a, day * 1440 + b) for day in days for a, b in spans
        )
        assert not hours.closed


def test_a_weekday_without_work_is_a_holiday() -> None:
    """A working day on which nothing happens, where much always does, is closed."""
    local = stamps([(480, 1020)], (0, 1, 2, 3, 4), 20, 1)
    holiday = dt.date(2025, 2, 18)
    kept = local[local.astype("datetime64[D]") != np.datetime64(holiday)]
    hours = weekly_hours(kept, by_weekday=False)
    assert hours is not None
    assert hours.closed == (holiday,)


def test_some_overtime_does_not_open_the_night() -> None:
    """A fortieth of the work late in the evening does not move the closing time."""
    local = stamps([(480, 1020)], (0, 1, 2, 3, 4), 26, 1)
    late = stamps([(1020, 1439)], (0, 1, 2, 3, 4), 26, 2)[::40]
    hours = weekly_hours(np.concatenate([local, late]), by_weekday=False)
    assert hours is not None
    assert hours.hours_per_week == 45


def test_each_weekday_has_its_own_hours_if_asked() -> None:
    """Short Fridays are found next to full days."""
    local = np.concatenate(
        [stamps([(480, 1020)], (0, 1, 2, 3), 40, 1), stamps([(480, 780)], (4,), 40, 2)]
    )
    hours = weekly_hours(local)
    assert hours is not None
    assert hours.intervals[-1] == (4 * 1440 + 480, 4 * 1440 + 780)
    assert hours.intervals[0] == (480, 1020)


def test_work_around_the_clock_never_closes() -> None:
    """Evenly spread moments have no closing time."""
    hours = weekly_hours(stamps([(0, 1440)], tuple(range(7)), 8, 3))
    assert hours is not None
    assert hours.intervals == ALWAYS.intervals


def test_few_stamps_tell_no_hours() -> None:
    """Ten moments could be anybody's."""
    assert weekly_hours(stamps([(480, 1020)], (0,), 1, 1)[:10]) is None


def test_work_that_fades_away_shows_no_closing_time() -> None:
    """Work that runs out before the day ends is told from work that goes on to its end."""
    even = stamps([(480, 1020)], (0, 1, 2, 3, 4), 26, 1)
    hours = weekly_hours(even, by_weekday=False)
    assert hours is not None
    assert clear_cut(even, hours)
    minute = (even - even.astype("datetime64[D]")) / np.timedelta64(60_000_000, "us")
    fading = even[np.random.default_rng(1).random(even.size) < np.exp(-(minute - 480) / 150)]
    assert not clear_cut(fading, hours)


# ---------------------------------------------------------------- pools of any log


def events_of(rows: Sequence[tuple[int, str, str | None, float, float]]) -> pl.DataFrame:
    """Return events from (case, activity, resource, begun at hour, hours)."""
    start = [MONDAY + dt.timedelta(hours=begin) for _, _, _, begin, _ in rows]
    return pl.DataFrame(
        {
            "case": [row[0] for row in rows],
            "activity": [row[1] for row in rows],
            "start": start,
            "time": [s + dt.timedelta(hours=row[4]) for s, row in zip(start, rows, strict=True)],
            "resource": [row[2] for row in rows],
        },
        schema_overrides={"start": pl.Datetime("us"), "time": pl.Datetime("us")},
    )


def two_desks(days: int = 60) -> pl.DataFrame:
    """Return a log of three clerks who check and two who pay, office hours only."""
    rng = np.random.default_rng(1)
    rows: list[tuple[int, str, str | None, float, float]] = []
    for day in range(days):
        if day % 7 > 4:
            continue
        for i in range(30):
            at = day * 24 + 8 + i * 0.3
            clerk = f"clerk {rng.integers(3)}"
            rows.append((day * 30 + i, "Check", clerk, at, 0.1))
            rows.append((day * 30 + i, "Check again", clerk, at + 0.1, 0.1))
            rows.append((day * 30 + i, "Pay", f"cashier {rng.integers(2)}", at + 0.2, 0.1))
    return events_of(rows)


def test_people_who_do_the_same_are_one_pool() -> None:
    """Clerks and cashiers are told apart by what they do, with hours and capacity."""
    found = {pool.name: pool for pool in pools(two_desks(), "UTC")}
    assert set(found) == {"Check", "Pay"}
    assert set(found["Check"].resources) == {"clerk 0", "clerk 1", "clerk 2"}
    assert found["Check"].capacity == 3
    assert found["Pay"].capacity == 2
    assert found["Pay"].multitasking == pytest.approx(1.0)
    assert found["Check"].kind == "people"
    assert set(found["Check"].hours.weekdays) == {0, 1, 2, 3, 4}


def test_a_person_with_two_tasks_in_hand_multitasks() -> None:
    """Two tasks from 8 to 10, one of them until 12: 6 hours of tasks in 4 hours."""
    rows = [(day, "Do", "anna", day * 24 + 8.0, hours) for day in range(20) for hours in (2.0, 4.0)]
    (pool,) = pools(events_of(rows), "UTC")
    assert pool.multitasking == pytest.approx(6 / 4)


def test_many_resources_of_one_case_each_are_outside() -> None:
    """Students who each apply once are no staff; the officers are."""
    rows = [(i, "Apply", f"student {i}", 8 + i, 0.1) for i in range(200)]
    rows += [(i, "Decide", f"officer {i % 3}", 9 + i, 0.1) for i in range(200)]
    found = {pool.name: pool.kind for pool in pools(events_of(rows), "UTC")}
    assert found == {"Apply": "outside", "Decide": "people"}


def test_a_system_is_told_by_the_clock_or_by_what_it_has_in_hand() -> None:
    """No person posts all night in no time, or sends twelve things at once."""
    rows = [(i, "Post", "batch", i * 0.7, 0.0) for i in range(2_000)]
    (pool,) = pools(events_of(rows), "UTC")
    assert pool.kind == "system"
    assert pool.hours is ALWAYS
    rows = [(i, "Send", "mailer", i * 1.0, 12.0) for i in range(200)]
    (pool,) = pools(events_of(rows), "UTC")
    assert pool.kind == "system"


def test_a_log_without_resources_or_starts_has_pools_nobody_queues_for() -> None:
    """Each activity is a pool of its own, without people."""
    events = two_desks().drop("resource", "start")
    found = pools(events, "UTC")
    assert {pool.kind for pool in found} == {"outside"}
    assert {pool.name for pool in found} == {"Check", "Check again", "Pay"}
    calendars = working_calendars(events, "UTC")
    assert set(calendars) == {EVERYBODY}


def test_an_empty_log_has_no_pools() -> None:
    """Nothing gives nothing."""
    assert pools(two_desks().clear(), "UTC") == ()


def test_rare_resources_have_the_hours_of_their_pool() -> None:
    """One task says no hours: those of the colleagues hold."""
    events = pl.concat([two_desks(), events_of([(9_999, "Pay", "temp", 10.0, 0.1)])])
    calendars = working_calendars(events, "UTC")
    assert calendars["temp"] == next(p for p in pools(events, "UTC") if p.name == "Pay").hours


def test_pools_do_not_depend_on_the_order_of_rows() -> None:
    """The same events in another order are the same pools."""
    events = two_desks()
    shuffled = events.sample(fraction=1.0, shuffle=True, seed=3)
    assert pools(events, "UTC") == pools(shuffled, "UTC")
