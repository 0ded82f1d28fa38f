"""Arrivals learnt from a log: rhythm, level, and what is no end of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from mining.discovered import arrivals as level
from mining.discovered.arrivals import end_of_arrivals, find_arrivals, hour_of_week
from mining.discovered.steady import level_half_life, steady_gaps
from o2c_sim.discovered.simulation import simulate_discovered
from tests.discovered_by_hand import Step, model

MONDAY = dt.datetime(2024, 1, 1)
HOUR = 3_600_000_000


def test_arrivals_keep_their_rhythm_and_level():
    """Every half hour from 8 to 16 on weekdays: 16 a day, gaps of one, nothing at night."""
    begin = [
        MONDAY + dt.timedelta(days=7 * week + day, minutes=480 + 30 * slot)
        for week in range(10)
        for day in range(5)
        for slot in range(16)
    ]
    stamps = pl.Series(begin).cast(pl.Datetime("us")).dt.timestamp("us").to_numpy()
    found = find_arrivals(stamps, np.ones(stamps.size), int(stamps[-1]) + 60 * HOUR)
    assert found.per_week == pytest.approx(80)
    assert found.gaps == pytest.approx(np.ones(stamps.size - 1))
    assert found.profile[:8].sum() == 0
    process = replace(model([[Step(0, hour=h)] for h in hour_of_week(stamps[:80])]), arrivals=found)
    log = simulate_discovered(process, cases=200, start=MONDAY + dt.timedelta(hours=8), seed=1)
    again = log.group_by("case").agg(pl.col("start").min()).sort("start")
    minutes = again["start"].dt.minute().unique().sort().to_list()
    assert minutes == [0, 30]
    assert again["start"].dt.hour().is_between(8, 15).all()


@pytest.mark.parametrize("days", [10, 12, 18, 25, 80])
@pytest.mark.parametrize("first", [0, 3, 6])
def test_no_day_counts_for_more_because_the_log_saw_it_once_more(first, days):
    """Ten a day, each day from 8 to 18: ten days have two Mondays, and no more a Monday."""
    hours = [24 * (first + day) + 8 + hour for day in range(days) for hour in range(10)]
    origin = (MONDAY - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)
    stamps = origin + np.array(hours) * HOUR
    found = find_arrivals(stamps, np.ones(stamps.size), int(stamps[-1]) + 6 * HOUR)
    assert found.profile.reshape(7, 24).sum(axis=1) == pytest.approx(np.full(7, 1 / 7))
    assert found.per_week == pytest.approx(70)


def test_a_stray_case_years_away_does_not_thin_out_a_short_log():
    """Ten a day for 25 days, one case two years before and one two years after."""
    day = 24 * HOUR
    begin = np.concatenate([[-730 * day], np.arange(250) * (day // 10), [755 * day]])
    found = find_arrivals(begin, np.ones(begin.size), 760 * day)
    assert found.per_week == pytest.approx(70, rel=0.03)


def test_weeks_after_the_last_arrivals_do_not_count():
    """The cases of 20 weeks, and what becomes of them for a year; or one date typed wrong."""
    day = 24 * HOUR
    begin = np.arange(20 * 7 * 10) * (day // 10)
    for end in (begin[-1] + 2 * day, begin[-1] + 365 * day):
        found = find_arrivals(begin, np.ones(begin.size), int(end))
        assert found.per_week == pytest.approx(70, rel=0.02)
    # Two stragglers, too, are no arrivals that go on.
    late = np.append(begin, begin[-1] + np.array([100, 200]) * day)
    found = find_arrivals(late, np.ones(late.size), int(late[-1]) + day)
    assert found.per_week == pytest.approx(70, rel=0.02)


def test_arrivals_that_ebb_away_are_no_end_of_the_log():
    """From ten a day to one a day: what goes on counts."""
    day = 24 * HOUR
    many, few = np.arange(200) * (day // 10), 20 * day + np.arange(60) * day
    begin = np.append(many, few)
    assert end_of_arrivals(begin, int(begin[-1]) + day) == begin[-1] + day
    assert find_arrivals(begin, np.ones(begin.size), int(begin[-1]) + day).per_week < 20


def test_gaps_are_relative_to_the_level_of_their_time():
    """From 50 a week to 5: drawn anew, weeks vary as Poisson numbers of a level that stays."""
    draw = np.random.default_rng(1)
    weekly = draw.poisson(50 * 0.1 ** (np.arange(40) / 39))
    expected = np.concatenate([np.sort(week + draw.random(n)) for week, n in enumerate(weekly)])
    assert level_half_life(expected) < np.inf
    gaps = steady_gaps(expected)
    assert gaps.mean() == pytest.approx(1)
    assert gaps.std() == pytest.approx(1, abs=0.15)
    raw = np.diff(expected)
    assert raw.std() / raw.mean() > 1.3
    early, late = gaps[: gaps.size // 2].mean(), gaps[gaps.size // 2 :].mean()
    assert early == pytest.approx(late, rel=0.2)


@pytest.mark.parametrize("rate", [0.3, 3, 30])
def test_gaps_of_a_level_that_stays_are_kept(rate):
    """Poisson arrivals, and waves from week to week: what varies about a level is its rhythm."""
    draw = np.random.default_rng(2)
    steady = np.cumsum(draw.exponential(1 / rate, int(60 * rate)))
    weekly = draw.poisson(rate * draw.gamma(2, 1 / 2, 60))
    waves = np.concatenate([np.sort(week + draw.random(n)) for week, n in enumerate(weekly)])
    for expected in (steady, waves):
        assert level_half_life(expected) == np.inf
        assert steady_gaps(expected) == pytest.approx(np.diff(expected) / np.diff(expected).mean())


def test_the_local_level_is_that_of_a_kernel_within_the_log():
    """Each gap beside the sum over all arrivals, over what of the kernel lies in the log."""
    draw = np.random.default_rng(3)
    weekly = draw.poisson(40 * 0.5 ** (np.arange(30) / 5))
    expected = np.concatenate([np.sort(week + draw.random(n)) for week, n in enumerate(weekly)])
    half_life = level_half_life(expected)
    rate = np.log(2) / half_life
    middle = (expected[1:] + expected[:-1]) / 2
    kernel = rate / 2 * np.exp(-rate * np.abs(middle[:, None] - expected))
    from_first, to_last = middle - expected[0], expected[-1] - middle
    inside = 1 - (np.exp(-rate * from_first) + np.exp(-rate * to_last)) / 2
    gaps = np.diff(expected) * kernel.sum(axis=1) / inside
    assert steady_gaps(expected) == pytest.approx(gaps / gaps.mean())


def test_cases_that_all_arrive_at_once_have_even_gaps():
    """Nothing to draw from but the order."""
    assert steady_gaps(np.full(4, 3.0)).tolist() == [1, 1, 1]


def test_the_level_follows_what_the_log_says_of_itself():
    """A steady level is the mean; a level that falls week by week is not."""
    random = np.random.default_rng(7)
    steady = random.poisson(40, 24).astype(float)
    assert level.forecast(steady, level.best_level(steady), 400) == pytest.approx(40, rel=0.1)
    falling = random.poisson(80 * 0.92 ** np.arange(24)).astype(float)
    coming = 80 * 0.92 ** np.arange(24, 36).mean()
    ahead = level.forecast(falling, level.best_level(falling), 12 * coming)
    assert ahead == pytest.approx(coming, rel=0.6)
    assert ahead < 0.5 * falling.mean()
