"""Which history a case follows: meetings, nearest hours, choice by weight, arrivals."""

import numpy as np
import pytest
from discovered_by_hand import FLAT
from hypothesis import given
from hypothesis import strategies as st

from o2c_sim.discovered.arrivals import WEEK, WeekClock, arrival_times
from o2c_sim.discovered.model import Arrivals
from o2c_sim.discovered.nearest import nearest, one_of
from o2c_sim.discovered.precedence import meetings
from o2c_sim.engine import Streams


@st.composite
def orders(draw):
    """Return the predecessors of each step, no superfluous ones among them."""
    steps = draw(st.integers(1, 8))
    found = []
    for step in range(steps):
        some = draw(st.sets(st.integers(0, step - 1), max_size=3)) if step else set()
        before = ancestors(found)
        found.append(frozenset(k for k in some if not any(k in before[other] for other in some)))
    return found


def ancestors(predecessors):
    """Return all steps before each step, by following every way."""
    found = []
    for before in predecessors:
        found.append(set(before).union(*(found[k] for k in before)))
    return found


@given(orders())
def test_a_history_meets_where_all_later_steps_follow_all_earlier_ones(predecessors):
    """The slow twin: for each number of steps done, look at every pair of steps."""
    before, steps = ancestors(predecessors), len(predecessors)
    expected = {
        done: tuple(k for k in range(done, steps) if all(p < done for p in predecessors[k]))
        for done in range(1, steps + 1)
        if all(set(range(done)) <= before[k] for k in range(done, steps))
    }
    assert meetings(predecessors) == expected


HOURS = st.lists(st.integers(0, 335).map(lambda half: half / 2), min_size=1, max_size=40)


@given(HOURS, st.integers(0, 335), st.integers(1, 12), st.floats(0, 0.999))
def test_the_nearest_hours_are_those_of_a_sort_by_distance(hours, half, count, coin):
    """Same distances as the slow twin's, no place twice."""
    hours, hour = sorted(hours), half / 2
    chosen = nearest(hours, 0, len(hours), hour, count, coin)

    def apart(place):
        gap = abs(hours[place] - hour)
        return min(gap, 168 - gap)

    assert len(set(chosen)) == len(chosen)
    expected = sorted(map(apart, range(len(hours))))[:count]
    assert sorted(map(apart, chosen)) == expected


def test_every_one_of_equally_near_places_gets_its_turn():
    """Of 50 at one hour, 5 are wanted: the coin decides which, and each is chosen as often."""
    turns = np.zeros(50)
    for coin in (np.arange(100) + 0.5) / 100:
        turns[nearest([7.0] * 50, 0, 50, 8.0, 5, coin)] += 1
    assert (turns == 10).all()


def test_the_choice_is_in_proportion_to_the_weights():
    """Weights 1, 2 and 5 of 20,000 draws: within 4 standard deviations of 1/8, 2/8 and 5/8."""
    weights = {3: 1.0, 40: 2.0, 500: 5.0}
    luck = Streams(1, 0).draws("luck").span(0, 20_000).tolist()
    winners = [one_of(weights, weights, u) for u in luck]
    for number, weight in weights.items():
        share = weight / 8
        sd = (share * (1 - share) / len(luck)) ** 0.5
        assert winners.count(number) / len(luck) == pytest.approx(share, abs=4 * sd)


@given(st.floats(0, 0.999), st.sets(st.integers(0, 10**6), min_size=2, max_size=20))
def test_whoever_did_not_win_may_leave(luck, numbers):
    """Without any other one, the winner is the same: that keeps choices through a change."""
    weights = dict.fromkeys(numbers, 1.0)
    winner = one_of(numbers, weights, luck)
    for other in numbers - {winner}:
        assert one_of(numbers - {other}, weights, luck) == winner


OFFICE_PROFILE = np.array([float(h // 24 < 5 and 9 <= h % 24 < 17) for h in range(168)]) / 40


@given(st.floats(0, 20))
def test_the_clock_of_arrivals_goes_both_ways(expected):
    """The time at which n cases are expected is one at which n are expected."""
    clock = WeekClock(Arrivals(7.0, OFFICE_PROFILE, np.ones(1), 1.0))
    assert clock.expected(clock.time(expected)) == pytest.approx(expected, abs=1e-6)


def take(arrivals, count, start=0.0, seed=1):
    """Return the first arrivals, in hours from Monday."""
    times = arrival_times(arrivals, start, Streams(seed, 0))
    return np.array([next(times) for _ in range(count)]) / 3600


def test_arrivals_keep_to_the_hours_of_the_week():
    """40 a week in 40 office hours, even gaps: one each half past, from the first at its time."""
    found = take(Arrivals(40.0, OFFICE_PROFILE, np.ones(3), 2.0), 80, start=9.5 * 3600)
    days = (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)
    assert np.allclose(found, [24 * day + hour + 0.5 for day in days for hour in range(9, 17)])


def test_gaps_come_in_blocks():
    """With blocks of mean length 50, the next gap observed follows 98 times in 100, else hardly."""
    gaps = np.arange(1.0, 101.0)
    gaps /= gaps.mean()
    for block, share in ((50.0, 0.98), (1.0, 0.01)):
        found = np.diff(take(Arrivals(168.0, FLAT, gaps, block), 4001))
        place = np.rint(found * 50.5).astype(int) - 1
        follows = (np.diff(place) % 100 == 1).mean()
        assert follows == pytest.approx(share, abs=0.01)


def test_the_first_arrival_is_at_the_start_even_in_a_closed_hour():
    """Sunday noon, in a process that gets cases in office hours only."""
    found = take(Arrivals(40.0, OFFICE_PROFILE, np.ones(1), 1.0), 3, start=6.5 * 24 * 3600)
    assert found[0] == 6.5 * 24
    assert found[1] >= WEEK / 3600 + 9
