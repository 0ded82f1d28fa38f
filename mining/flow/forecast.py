"""When the open work will be finished, and how much by a date: the past drawn again.

Both answers come from the same trials: each trial draws the throughput of every future day from
the days of a past window (a bootstrap) until all remaining items are finished. Nothing is said
about causes: what is assumed is that the throughput of the window goes on. Items that arrive
later are not part of the remaining work, yet whatever is finished counts, as is usual in
forecasts of flow: each finished item brings the remaining work one item nearer to its end.

References
----------
Vacanti, "Actionable Agile Metrics for Predictability", 2015, chapters 14 and 15. Efron,
"Bootstrap methods: another look at the jackknife", Annals of Statistics 7, 1979.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mining.flow.throughput import Counts, Pattern, sampled
from o2c_sim.errors import Problem, UsageError

# The conventions of the flow views in the design.
TRIALS = 10_000
SHARES = (0.50, 0.70, 0.85, 0.95)
OPTIMISTIC, TYPICAL, PESSIMISTIC = 0.15, 0.50, 0.85
AHEAD_DAYS = 30
# Any number would do; it is shown with each forecast.
SEED = 1
# Nobody acts on a date more than ten years off; a trial that takes longer counts as "later".
MOST_DAYS = 3650
# A multiple of seven, small enough that drawn days fit a processor's cache.
_CHUNK_DAYS = 63


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the trials say.

    Parameters
    ----------
    as_of
        The day after which days are drawn.
    remaining
        Items to be finished.
    until
        The last day for "how many".
    days_needed
        Shape (trials,): days after *as_of* until all remaining items are finished;
        ``MOST_DAYS + 1`` for a trial that takes longer than ``MOST_DAYS``, or longer than its
        replication. Empty where nothing can be said.
    finished
        Shape (trials,): items finished from the day after *as_of* to *until*.
    fan
        Shape (3, days): numbers of items of which the day's total is at least as large in a
        share of :data:`PESSIMISTIC`, :data:`TYPICAL` and :data:`OPTIMISTIC` of the trials, for
        each day after *as_of*, until nearly all trials are finished or *until*, whichever is
        later.
    trials
        How many.
    seed
        Of the random numbers; None for replications of a model, which have their own.
    pattern
        What was drawn from; None for replications of a model.
    problem
        Why nothing can be said, in words; empty otherwise.
    """

    as_of: dt.date
    remaining: int
    until: dt.date
    days_needed: Counts
    finished: Counts
    fan: Counts
    trials: int
    seed: int | None
    pattern: Pattern | None
    problem: str = ""

    def when(self, share: float) -> dt.date | None:
        """Return the day by which a share of the trials has finished everything.

        None where that lies more than ``MOST_DAYS`` days ahead or nothing can be said.
        """
        if not self.days_needed.size:
            return None
        days = int(np.sort(self.days_needed)[_rank(share, self.days_needed.size) - 1])
        return None if days > MOST_DAYS else self.as_of + dt.timedelta(days=days)

    def at_least(self, share: float) -> int | None:
        """Return how many items a share of the trials finishes until the date, at least."""
        if not self.finished.size:
            return None
        return int(np.sort(self.finished)[-_rank(share, self.finished.size)])

    def likelihood_by(self, day: dt.date) -> float:
        """Return the share of trials that have finished everything by a day, 0 to 1."""
        if not self.days_needed.size:
            return math.nan
        reached = (self.days_needed <= (day - self.as_of).days) & (self.days_needed <= MOST_DAYS)
        return float(reached.mean())

    def likelihood_of(self, items: int) -> float:
        """Return the share of trials that finish at least so many items until the date."""
        return float((self.finished >= items).mean()) if self.finished.size else math.nan


def forecast(
    pattern: Pattern,
    remaining: int,
    *,
    until: dt.date | None = None,
    trials: int = TRIALS,
    seed: int = SEED,
) -> Forecast:
    """Draw the future from a window of the past.

    Parameters
    ----------
    pattern
        The window; its last day is the as-of date.
    remaining
        Items to be finished, by default of the pictures the open work at the as-of date.
    until
        The last day for "how many", :data:`AHEAD_DAYS` days ahead if not given.
    trials
        How often the future is drawn.
    seed
        Of the random numbers.

    Returns
    -------
    Forecast
        With its ``problem`` in words where nothing was finished in the window.

    Raises
    ------
    UsageError
        If a number is out of range, or *until* is not in the future.
    """
    as_of = pattern.window.last
    until = until or as_of + dt.timedelta(days=AHEAD_DAYS)
    _check(as_of, remaining, until, trials)
    if pattern.window.total == 0:
        return _nothing(pattern, remaining, until, trials, seed)
    draw = np.random.default_rng(seed)
    horizon = (until - as_of).days
    needed = np.full(trials, 0 if remaining == 0 else MOST_DAYS + 1, np.int64)
    totals, finished = np.zeros(trials, np.int64), np.zeros(trials, np.int64)
    fans: list[Counts] = []
    day = 0
    while day < horizon or (day < MOST_DAYS and bool((needed > MOST_DAYS).any())):
        drawn = sampled(pattern, draw, trials, as_of + dt.timedelta(days=day), _CHUNK_DAYS)
        paths = totals[:, None] + np.cumsum(drawn, axis=1)
        totals = paths[:, -1]
        if day < horizon <= day + _CHUNK_DAYS:
            finished = paths[:, horizon - day - 1].copy()
        _note_ends(needed, paths, remaining, day)
        fans.append(_fan(paths))
        day += _CHUNK_DAYS
    needed[needed > MOST_DAYS] = MOST_DAYS + 1
    shown = max(horizon, min(int(np.sort(needed)[_rank(SHARES[-1], trials) - 1]), day))
    fan = np.concatenate(fans, axis=1)[:, :shown]
    return Forecast(as_of, remaining, until, needed, finished, fan, trials, seed, pattern)


def forecast_of_replications(
    finished_daily: npt.NDArray[np.integer],
    as_of: dt.date,
    remaining: int,
    *,
    until: dt.date | None = None,
) -> Forecast:
    """Return a forecast whose trials are replications of a model, instead of a drawn past.

    Parameters
    ----------
    finished_daily
        Shape (replications, days): items finished on each day after *as_of*, in runs of the model
        that begin with the open work of that day.
    as_of, remaining, until
        As for :func:`forecast`; *until* must lie within the replications.

    Returns
    -------
    Forecast
        A replication that does not finish the remaining items takes "longer".

    Raises
    ------
    UsageError
        If a number is out of range.
    """
    paths = np.cumsum(np.asarray(finished_daily, np.int64), axis=1)
    replications, days = paths.shape
    until = until or as_of + dt.timedelta(days=min(AHEAD_DAYS, max(days, 1)))
    _check(as_of, remaining, until, replications)
    horizon = (until - as_of).days
    if horizon > days:
        last = as_of + dt.timedelta(days=days)
        raise UsageError(
            Problem(f"{until} lies behind the end of the replications", allowed=f"until {last}")
        )
    needed = np.full(replications, 0 if remaining == 0 else MOST_DAYS + 1, np.int64)
    _note_ends(needed, paths, remaining, 0)
    return Forecast(
        as_of,
        remaining,
        until,
        needed,
        paths[:, horizon - 1].copy(),
        _fan(paths),
        replications,
        None,
        None,
    )


def at_least(values: Counts, share: float) -> Counts:
    """Return, by column, the number that a share of the rows reaches.

    Parameters
    ----------
    values
        Shape (trials, columns).
    share
        Above 0, at most 1.
    """
    place = values.shape[0] - _rank(share, values.shape[0])
    found: Counts = np.partition(values, place, axis=0)[place]
    return found


def _fan(paths: Counts, shares: Sequence[float] = (PESSIMISTIC, TYPICAL, OPTIMISTIC)) -> Counts:
    return np.stack([at_least(paths, share) for share in shares])


def _note_ends(needed: Counts, paths: Counts, remaining: int, day: int) -> None:
    """Set *needed* of the trials that finish within *paths*, whose first day is *day* + 1."""
    ends = (needed > MOST_DAYS) & (paths[:, -1] >= remaining)
    needed[ends] = day + 1 + np.argmax(paths[ends] >= remaining, axis=1)


def _rank(share: float, trials: int) -> int:
    """Return how many trials make up a share, at least one."""
    if not 0 < share <= 1:
        raise UsageError(Problem(f"a share of {share}", allowed="above 0, at most 1"))
    return max(1, math.ceil(share * trials - 1e-9))


def _check(as_of: dt.date, remaining: int, until: dt.date, trials: int) -> None:
    problems = []
    if remaining < 0:
        problems.append(Problem(f"{remaining} remaining items", allowed="0 or more"))
    if trials < 1:
        problems.append(Problem(f"{trials} trials", allowed="1 or more"))
    if not 1 <= (until - as_of).days <= MOST_DAYS:
        problems.append(
            Problem(
                f"a forecast until {until} from {as_of}",
                allowed=f"a later day, at most {MOST_DAYS} days ahead",
            )
        )
    if problems:
        raise UsageError(problems)


def _nothing(pattern: Pattern, remaining: int, until: dt.date, trials: int, seed: int) -> Forecast:
    window = pattern.window
    problem = (
        f"No item was finished from {window.first} to {window.last}, so it cannot be said when "
        "the open ones will be."
        if window.days
        else "The log holds no day to draw from, so nothing can be said."
    )
    none = np.zeros(0, np.int64)
    fan = np.zeros((3, 0), np.int64)
    return Forecast(window.last, remaining, until, none, none, fan, trials, seed, pattern, problem)
