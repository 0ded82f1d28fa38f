"""Warm-up: a known transient is dropped and no more than twice it; what never settles is said."""

import numpy as np
import pytest
from scipy.linalg import expm

from o2c_sim import Window
from scenarios.experiment import run_replications
from scenarios.warm_up import (
    BATCH_DAYS,
    detect_warm_up,
    detect_warm_ups,
    has_trend,
    mser5,
    short_warm_up,
    smoothed,
    welch,
)

DAYS = np.arange(400)


def autocorrelated(rng, replications, days, relaxation_days):
    """Return AR(1) noise with mean 0, standard deviation 1, stationary from the first day."""
    phi = np.exp(-1 / relaxation_days)
    noise = rng.normal(size=(replications, days))
    for day in range(1, days):
        noise[:, day] = phi * noise[:, day - 1] + np.sqrt(1 - phi**2) * noise[:, day]
    return noise


def decay(rng):
    """20 replications that start 30 sd too high and relax in 20 days: 95 % is gone after 60."""
    return 100 + 30 * np.exp(-DAYS / 20) + autocorrelated(rng, 20, len(DAYS), 20)


def ramp(rng):
    """10 replications that fill up in a straight line for 60 days."""
    return 20 * np.minimum(DAYS / 60, 1) + autocorrelated(rng, 10, len(DAYS), 10)


def flat(rng):
    """10 replications that are in steady state from the first day."""
    return 20 + autocorrelated(rng, 10, len(DAYS), 10)


def mm1_mean(arrivals, services, days, states=300):
    """Return the exact mean number in an M/M/1 system by day, from empty, by its generator."""
    i = np.arange(states - 1)
    rates = np.zeros((states, states))
    rates[i, i + 1], rates[i + 1, i] = arrivals, services
    step = expm(rates - np.diag(rates.sum(axis=1)))
    state, means = np.eye(states)[0], []
    for _ in range(days):
        means.append(state @ np.arange(states))
        state = state @ step
    return np.array(means)


def mm1(rng, desks, days, arrivals, services):
    """Return the number in so many M/M/1 systems by day, from empty, by uniformisation."""
    number = np.zeros(desks, dtype=int)
    series = np.empty((desks, days))
    for day in range(days):
        series[:, day] = number
        events = rng.poisson(arrivals + services, desks)
        for event in range(events.max()):
            comes = rng.random(desks) < arrivals / (arrivals + services)
            moved = np.where(comes, number + 1, np.maximum(number - 1, 0))
            number = np.where(event < events, moved, number)
    return series


def within(transient_days, make, seeds):
    """Return the share of seeds whose warm-up is the transient or longer, at most twice it."""
    found = [detect_warm_up(make(np.random.default_rng(seed))).days for seed in range(seeds)]
    return np.mean([transient_days <= days <= 2 * transient_days for days in found])


@pytest.mark.parametrize("make", [decay, ramp])
def test_a_known_transient_is_dropped_and_no_more_than_twice_it(make):
    """Both last 60 days: the answer lies in 60 to 120 for at least 95 of 100 seeds."""
    assert within(60, make, 100) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("make", [decay, ramp])
def test_a_known_transient_is_dropped_over_many_seeds(make):
    """The same over 500 seeds: at least 95 %."""
    assert within(60, make, 500) >= 0.95


@pytest.mark.slow
def test_the_relaxation_of_queues_is_dropped():
    """20 replications of 400 desks, each an M/M/1 at 70 % from empty.

    Relaxation time 1/(mu (1 - sqrt(rho))^2) = 1/(0.5 * 0.0267) = 75 days; the exact mean is within
    5 % of rho/(1 - rho) after 89. The answer lies in 89 to 178 for at least 17 of 20 seeds.
    """
    mean = mm1_mean(0.35, 0.5, 600)
    transient = int(np.argmax(mean >= 0.95 * 0.7 / 0.3))
    assert transient == 89

    def make(rng):
        return mm1(rng, 8_000, 6 * transient, 0.35, 0.5).reshape(20, 400, -1).sum(axis=1)

    assert within(transient, make, 20) >= 0.85


def test_what_is_steady_from_the_start_loses_next_to_nothing():
    """No transient: at most 20 days are dropped for at least 90 of 100 seeds."""
    found = [detect_warm_up(flat(np.random.default_rng(seed))).days for seed in range(100)]
    assert np.mean([0 <= days <= 20 for days in found]) >= 0.90


def test_longer_of_both():
    """Where MSER-5 keeps a slow tail that Welch sees, Welch's days are taken, and the reverse."""
    for seed in range(30):
        values = decay(np.random.default_rng(seed))
        found = detect_warm_up(values)
        assert found.reliable
        assert found.days >= welch(values) > 0
        assert found.days % BATCH_DAYS == 0
        if found.days > welch(values):
            assert found.days == mser5(values)


def test_mser5_by_hand():
    """Ten 10s, then a 0, 1, 0, 1 ... series: batches 10, 10, then 0.4, 0.6, 0.4, ...

    With the two first batches dropped the rest has variance 0.01 over 18 batches; with one kept,
    about 81/19 and more.
    """
    series = np.concatenate((np.full(10, 10.0), np.tile([0.0, 1.0], 45)))
    assert mser5(series) == 10


def test_mser5_equals_its_definition():
    """Sum of squared deviations over the square of the number, for each length up to the half."""
    for seed in range(20):
        series = decay(np.random.default_rng(seed))
        means = series.mean(axis=0).reshape(-1, 5).mean(axis=1)
        errors = []
        for d in range(len(means) // 2 + 1):
            rest = [float(x) for x in means[d:]]
            centre = sum(rest) / len(rest)
            errors.append(sum((x - centre) ** 2 for x in rest) / len(rest) ** 2)
        best = errors.index(min(errors))
        assert mser5(series) == (-1 if best == len(means) // 2 else 5 * best)


def test_a_minimum_at_the_edge_is_no_answer():
    """A level that is reached after nine tenths of the run: the more is dropped, the better."""
    assert mser5(np.minimum(np.arange(200) / 180, 1)) == -1


def test_welch_by_hand():
    """A straight line to 100 in 50 days, without noise: 98 is reached on day 49, rounded to 50."""
    assert welch(np.minimum(np.arange(200) * 2.0, 100)) == 50


def test_the_moving_mean_by_hand():
    """Half-window 1: ends alone, then means of three."""
    assert smoothed(np.array([0.0, 3.0, 6.0, 0.0]), 1).tolist() == [0, 3, 3, 0]


def test_weekends_do_not_unsettle():
    """A weekly pattern as large as the transient cancels in the moving mean of a week."""
    series = 50 * np.minimum(DAYS / 60, 1) + np.where(DAYS % 7 < 5, 20.0, -50.0)
    noise = autocorrelated(np.random.default_rng(1), 5, len(DAYS), 3)
    assert 60 <= detect_warm_up(series + noise).days <= 120


@pytest.mark.parametrize("replications", [1, 10])
def test_a_growing_backlog_is_no_steady_state(replications):
    """20 at first and 60 at the end, noise of 1: said in words, no length given."""
    for seed in range(20):
        noise = autocorrelated(np.random.default_rng(seed), replications, len(DAYS), 5)
        found = detect_warm_up(20 + 0.1 * DAYS + noise)
        assert (found.days, found.reliable) == (-1, False)
        assert "no steady state" in found.why


def test_a_trend_is_seldom_seen_where_there_is_none():
    """Strong autocorrelation (40 days) and few replications: at most 1 % false alarms."""
    false = [
        has_trend(0.5 + autocorrelated(np.random.default_rng(seed), 5, len(DAYS), 40))
        for seed in range(300)
    ]
    assert np.mean(false) <= 0.01


def test_a_constant_series_has_nothing_to_drop():
    """It is said that it never changes; zero days."""
    found = detect_warm_up(np.full((3, 100), 7.0))
    assert (found.days, found.reliable) == (0, True)
    assert "never changes" in found.why


@pytest.mark.parametrize("days", [1, 10, 49])
def test_too_short_a_series_is_said(days):
    """Fewer than ten batches of five days."""
    found = detect_warm_up(np.random.default_rng(1).normal(size=(4, days)))
    assert (found.days, found.reliable) == (-1, False)
    assert "at least 50" in found.why


def test_a_transient_longer_than_half_the_run_is_said():
    """A level that is reached after three quarters of the run."""
    noise = autocorrelated(np.random.default_rng(1), 10, 200, 2)
    found = detect_warm_up(100 * np.minimum(np.arange(200) / 150, 1) + noise)
    assert (found.days, found.reliable) == (-1, False)


def test_days_without_a_value_are_said():
    """NaN is neither skipped nor taken for zero."""
    values = flat(np.random.default_rng(1))
    values[3, 100] = np.nan
    found = detect_warm_up(values)
    assert (found.days, found.reliable) == (-1, False)
    assert "without a value" in found.why
    assert (mser5(values), welch(values)) == (-1, -1)


def test_every_series_has_its_own_answer():
    """By name."""
    found = detect_warm_ups(
        {"up": ramp(np.random.default_rng(1)), "flat": flat(np.random.default_rng(1))}
    )
    assert found["up"].days >= 60 > found["flat"].days


@pytest.mark.slow
def test_the_receivables_of_the_reference_company_settle_in_the_default_warm_up(distributor):
    """8 replications of 360 days from an empty company: found, and within the 150 days."""
    runs = run_replications(
        [distributor], seed=1, replications=8, window=Window(0, 360, 0), workers=1
    )[0]
    found = detect_warm_up(np.array([run.receivables for run in runs]))
    assert found.reliable
    assert 60 <= found.days <= Window().warm_up_days


def test_terms_and_their_tail_are_warned_of():
    """Terms of 90 days and a tail of 60: 150 days will do, 149 will not."""
    assert short_warm_up(150, 90) is None
    assert "150" in str(short_warm_up(149, 90))
