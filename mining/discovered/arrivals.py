"""When cases arrive: profile of the week, rhythm, and the level to expect next.

The level of the last weeks says more of the next ones than that of the first, if it moves; how
much more, and whether a trend goes on, is decided by forecasting the log's own later part from
its earlier part (rolling origin).

References
----------
Brown, Barbieri, Ventura, Kass, Frank, "The time-rescaling theorem and its application to neural
spike train data analysis", Neural Computation 14, 2002 (a clock that runs with the intensity).
Gardner and McKenzie, "Forecasting trends in time series", Management Science 31, 1985 (damped
trend). Politis and Romano, "The stationary bootstrap", JASA 89, 1994 (blocks of gaps).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mining.discovered.steady import steady_gaps
from o2c_sim.discovered.arrivals import WeekClock
from o2c_sim.discovered.model import HOURS_OF_WEEK, Arrivals

Floats = npt.NDArray[np.float64]

HOUR = 3_600_000_000
WEEK = HOURS_OF_WEEK * HOUR
# 1970-01-01 was a Thursday.
_EPOCH = 3 * 24 * HOUR
_HALF_LIVES_WEEKS = (np.inf, 8.0, 4.0, 2.0)
# A trend halves every so many weeks: it does not go on for ever.
_DAMPING_WEEKS = (0.0, 4.0)
# The last weeks hold few cases that are over already: none of them stands for more than this.
_MOST = 5.0
# Weeks at the end in which more than this was hidden are left out, if others are left.
_HIDDEN = 1.02
_OLD = 0.005
# Assumed: so many times as many expected as came, or so many where none came, show that no more
# were to come.
_MISSED = 20.0
# One case in ten years: a log may have a gap of years.
_LEAST_PER_WEEK = 0.002
_FEWEST_WEEKS = 6
# A more supple forecast must be better by this share of the plain one's error.
_MARGIN = 0.1


@dataclass(frozen=True, slots=True)
class Level:
    """How the level of arrivals is followed.

    Parameters
    ----------
    half_life_weeks
        Age at which a week counts half; infinite: all weeks count alike.
    damping_weeks
        Age in the future at which a trend has halved; 0: no trend.
    median
        Whether the median of all weeks is the level: some weeks are out of the ordinary.
    """

    half_life_weeks: float = np.inf
    damping_weeks: float = 0.0
    median: bool = False


_LEVELS = (
    *(Level(half_life, damping) for half_life in _HALF_LIVES_WEEKS for damping in _DAMPING_WEEKS),
    Level(median=True),
)


def hour_of_week(time: npt.NDArray[np.int64]) -> Floats:
    """Return the hour of the week, Monday 00:00 UTC being 0, of microseconds since 1970."""
    return ((time + _EPOCH) % WEEK) / HOUR


def find_arrivals(
    begin: npt.NDArray[np.int64], weight: Floats, end: int, cases_ahead: int | None = None
) -> Arrivals:
    """Return the arrivals of a log.

    Parameters
    ----------
    begin
        When each case began, microseconds since 1970 (UTC); at least two.
    weight
        How many cases each stands for.
    end
        When the log ends, microseconds.
    cases_ahead
        For how many cases the level is wanted; a quarter of those of the log if not given.

    Returns
    -------
    Arrivals
        With the level to expect after the end of the log.
    """
    order = np.argsort(begin, kind="stable")
    begin, weight = begin[order], weight[order]
    until = end_of_arrivals(begin, end)
    rates = _rates(begin, weight, until)
    profile = rates / rates.sum()
    clock = WeekClock(Arrivals(1.0, profile, np.ones(1), 1.0), hour_of_week(begin))
    seconds = ((begin + _EPOCH) / 1_000_000).tolist()
    gaps = steady_gaps(np.array([clock.expected(time) for time in seconds]))
    weeks = _weekly(begin, np.minimum(weight, _MOST), until)
    wanted = len(begin) / 4 if cases_ahead is None else cases_ahead
    if weeks.size < _FEWEST_WEEKS:
        # No level to follow, and too few weeks to leave out the one that is not whole.
        expected = float(_rates(begin, np.minimum(weight, _MOST), until).sum())
    else:
        expected = forecast(weeks, best_level(weeks), wanted)
    per_week = max(expected, _LEAST_PER_WEEK)
    # Drawn together: what arrives in a week, so that busy and quiet days stay what they are.
    block = max(1.0, per_week)
    return Arrivals(per_week=per_week, profile=profile, gaps=gaps, block=block)


def end_of_arrivals(begin: npt.NDArray[np.int64], end: int) -> int:
    """Return until when cases arrived, microseconds: the end of the log, or long before it.

    An export of the orders of a year goes on until the last of them is paid, and one date typed
    wrong lies years ahead. Weeks after the last arrivals say nothing of how many to expect.

    Parameters
    ----------
    begin
        When each case began, microseconds since 1970, in order.
    end
        When the log ends.
    """
    first = int(begin[int(begin.size * _OLD)])
    # As at the beginning, a few stragglers do not count.
    last = int(begin[-1 - int(begin.size * _OLD)])
    stragglers = int((begin > last).sum())
    weeks = max((last - first) / WEEK, 1.0)
    expected = (begin.size - stragglers) / weeks * (end - last) / WEEK
    return last + 1 if expected > max(_MISSED, _MISSED * stragglers) else end


def best_level(weeks: Floats) -> Level:
    """Return how the level of a series is followed best, by forecasting its own later parts.

    Parameters
    ----------
    weeks
        Arrivals a week, in order.
    """
    if weeks.size < _FEWEST_WEEKS:
        return Level()
    ahead = max(2, weeks.size // 4)
    origins = range(max(3, weeks.size // 2), weeks.size - ahead + 1)
    plain = Level()
    errors = {
        level: float(
            np.mean(
                [
                    abs(
                        np.log(
                            (_path(weeks[:at], level, ahead).sum() + 1)
                            / (weeks[at : at + ahead].sum() + 1)
                        )
                    )
                    for at in origins
                ]
            )
        )
        for level in _LEVELS
    }
    best = min(errors, key=lambda level: errors[level])
    return best if errors[best] < (1 - _MARGIN) * errors[plain] else plain


def forecast(weeks: Floats, level: Level, cases: float) -> float:
    """Return the arrivals a week to expect until so many cases have arrived.

    Parameters
    ----------
    weeks
        Arrivals a week, in order.
    level
        How they are followed.
    cases
        How many cases.
    """
    path = np.cumsum(_path(weeks, level, 520))
    needed = int(np.searchsorted(path, cases)) + 1
    if needed > path.size:
        return float(path[-1] / path.size)
    before = path[needed - 2] if needed > 1 else 0.0
    last = (cases - before) / max(path[needed - 1] - before, 1e-9)
    return float(cases / max(needed - 1 + last, 1e-9))


def _path(weeks: Floats, level: Level, ahead: int) -> Floats:
    """Return the arrivals of each of the next weeks."""
    if level.median:
        return np.full(ahead, float(np.median(weeks)))
    age = np.arange(weeks.size, dtype=np.float64)[::-1]
    share = 0.5 ** (age / level.half_life_weeks)
    now = float((share * weeks).sum() / share.sum())
    if level.damping_weeks == 0:
        return np.full(ahead, now)
    # A line through the logarithms, counted by their size (variance of a Poisson number).
    size = share * (weeks + 0.5)
    center = float((size * -age).sum() / size.sum())
    logs = np.log(weeks + 0.5)
    spread = float((size * (-age - center) ** 2).sum())
    slope = float((size * (-age - center) * logs).sum() / spread) if spread > 0 else 0.0
    start = float((size * logs).sum() / size.sum()) - slope * center
    step = np.arange(1, ahead + 1, dtype=np.float64)
    keep = 0.5 ** (1 / level.damping_weeks)
    gone = slope * keep * (1 - keep**step) / (1 - keep)
    path: Floats = np.exp(start + gone)
    return path


def _weekly(begin: npt.NDArray[np.int64], weight: Floats, end: int) -> Floats:
    """Return the arrivals in each whole week, up to where enough of them are over to be counted."""
    age = (end - begin) // WEEK
    # The log begins where its cases do, not with a few old ones.
    first = begin[int(begin.size * _OLD)]
    whole = max(int((end - first) // WEEK), 1)
    inside = (age >= 0) & (age < whole)
    counts = np.bincount(age[inside], weight[inside], minlength=whole)
    seen = np.bincount(age[inside], minlength=whole)
    hidden = np.divide(counts, seen, out=np.ones(whole), where=seen > 0) > _HIDDEN
    drop = int(np.argmin(hidden)) if not hidden.all() else 0
    if whole - drop < max(_FEWEST_WEEKS - 2, 2 * whole / 3):
        drop = 0
    return counts[drop:][::-1].astype(np.float64)


def _rates(begin: npt.NDArray[np.int64], weight: Floats, end: int) -> Floats:
    """Return the arrivals in each hour of a week.

    An hour counts by how often the log saw it: one of ten days has two Mondays and one Sunday.
    """
    # Without a few old cases and stragglers, which may lie years away.
    inside = (begin >= begin[int(begin.size * _OLD)]) & (begin <= end)
    begin, weight = begin[inside], weight[inside]
    hours = np.minimum(hour_of_week(begin).astype(np.int64), HOURS_OF_WEEK - 1)
    counts = np.bincount(hours, weight, minlength=HOURS_OF_WEEK)
    # Whole hours, so that every hour with arrivals was seen at least once.
    first, last = int(begin[0]) // HOUR, end // HOUR
    weeks, rest = divmod(last - first + 1, HOURS_OF_WEEK)
    seen = np.full(HOURS_OF_WEEK, weeks)
    seen[(int(hours[0]) + np.arange(rest)) % HOURS_OF_WEEK] += 1
    rates: Floats = np.divide(counts, seen, out=np.zeros(HOURS_OF_WEEK), where=seen > 0)
    return rates
