"""The observed points nearest in hour of the week, and one of them by chance."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from math import log

from o2c_sim.discovered.model import HOURS_OF_WEEK

_MASK = (1 << 64) - 1
_UNIT = 1 << 53


def nearest(
    hours: Sequence[float], low: int, high: int, hour: float, count: int, coin: float
) -> list[int]:
    """Return the places whose hours are nearest to *hour*, the week being a circle.

    Parameters
    ----------
    hours
        Hours of the week; ascending from place *low* to place *high*, which is not included.
    low, high
        The places to choose from; at least one.
    hour
        Hour of the week, from 0 to 168.
    count
        How many are wanted; all if there are not more.
    coin
        A number from 0 to 1 that decides which ones of equally near places, if not all.
    """
    if high - low <= count:
        return list(range(low, high))
    chosen: list[int] = []
    # The two ends of what is not chosen yet, which is one stretch of the circle.
    right = bisect_left(hours, hour, low, high)
    left = right - 1
    while True:
        right = low if right == high else right
        left = high - 1 if left < low else left
        ahead, behind = (hours[right] - hour) % HOURS_OF_WEEK, (hour - hours[left]) % HOURS_OF_WEEK
        # Equal hours are taken together.
        if ahead < behind or (ahead == behind and coin < 0.5):
            begin, end = right, bisect_right(hours, hours[right], right, high)
            right = end
        else:
            begin, end = bisect_left(hours, hours[left], low, left + 1), left + 1
            left = begin - 1
        wanted, there = count - len(chosen), end - begin
        if there >= wanted:
            offset = int(coin * there)
            chosen.extend(begin + (offset + i) % there for i in range(wanted))
            return chosen
        chosen.extend(range(begin, end))


def one_of(numbers: Iterable[int], weights: Sequence[float], luck: float) -> int:
    """Return one of the numbers at random, in proportion to their weights.

    Each runs a race: its time is exponential, at the rate of its weight, and fixed by *luck* and
    the number. So a set that differs in one of them gives another winner only if that one wins,
    and a small change of the hour changes few choices.

    Parameters
    ----------
    numbers
        What to choose from, from 0; at least one.
    weights
        Of each number: positive.
    luck
        A draw from 0 to 1.
    """
    seed = int(luck * _UNIT)
    best, winner = float("inf"), -1
    for number in numbers:
        # The finaliser of splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
        # generators", OOPSLA 2014): one uniform number of the pair.
        x = (seed * 0x9E3779B97F4A7C15 + (number + 1) * 0xD1342543DE82EF95) & _MASK
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
        time = -log(((x ^ (x >> 31)) + 1) / (_MASK + 2)) / weights[number]
        if time < best or winner < 0:
            best, winner = time, number
    return winner
