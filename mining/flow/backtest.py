"""How forecasts made in the past would have turned out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from mining.flow.forecast import AHEAD_DAYS, PESSIMISTIC, SEED, forecast
from mining.flow.throughput import WINDOW_DAYS, Sampling, Throughput, pattern_of
from o2c_sim.errors import Problem, UsageError

# A forecast of the past needs fewer trials than one that is shown: its 85 % mark is known to
# within a day or so either way.
_TRIALS = 1000
_MOST_FORECASTS = 60
# Below so many a share says next to nothing.
FEWEST_FORECASTS = 8


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often forecasts of the past held.

    Parameters
    ----------
    share
        The likelihood that the forecasts claimed.
    made
        Forecasts whose outcome the log shows.
    held
        Those that came true.
    every_days
        Days from one to the next; where it is less than they look ahead they share days, and
        say less than as many independent ones would.
    """

    share: float
    made: int
    held: int
    every_days: int

    @property
    def enough(self) -> bool:
        """Whether there are enough of them to say anything."""
        return self.made >= FEWEST_FORECASTS


def coverage(
    throughput: Throughput,
    *,
    share: float = PESSIMISTIC,
    remaining: int | None = None,
    ahead_days: int = AHEAD_DAYS,
    window_days: int = WINDOW_DAYS,
    sampling: Sampling | None = None,
    every_days: int = 7,
    seed: int = SEED,
) -> Coverage:
    """Make the forecast again on many days of the past and compare it with what came.

    Parameters
    ----------
    throughput
        Items finished on each day of the log.
    share
        The likelihood that is put to the test.
    remaining
        Test "when": had so many items been remaining, would they have been finished by the day
        that the forecast named? Without it test "how many": were as many finished in the next
        *ahead_days* days as the forecast said?
    ahead_days, window_days, sampling
        As for the forecast.
    every_days
        Days from one forecast to the next, the last as late as its outcome is known; more where
        the log is so long that there would be more than 60.
    seed
        Of the random numbers; forecast *k* takes *seed* + *k*.

    Returns
    -------
    Coverage
        A day is judged only if its whole window lies in the log, and the outcome, whatever it
        is, does so too: leaving out what is not yet decided would favour the quick. Days whose
        window is empty make no forecast.

    Raises
    ------
    UsageError
        If a number is out of range.
    """
    if every_days < 1:
        raise UsageError(Problem(f"a forecast every {every_days} days", allowed="1 or more"))
    first = throughput.first + dt.timedelta(days=window_days - 1)
    last = throughput.last - dt.timedelta(days=ahead_days if remaining is None else 1)
    span = (last - first).days
    if span < 0:
        return Coverage(share, 0, 0, every_days)
    every = every_days * max(1, -(-(span // every_days + 1) // _MOST_FORECASTS))
    made = held = 0
    for k in range(span // every + 1):
        origin = last - dt.timedelta(days=k * every)
        window = throughput.between(throughput.first, origin).window(window_days)
        # Once a date is named for "when" the number until another date does not matter.
        made_then = forecast(
            pattern_of(window, sampling),
            remaining or 0,
            until=origin + dt.timedelta(days=ahead_days if remaining is None else 1),
            trials=_TRIALS,
            seed=seed + k,
        )
        if made_then.problem:
            continue
        named: int | None
        if remaining is None:
            named, by = made_then.at_least(share), made_then.until
        else:
            day = made_then.when(share)
            if day is None or day > throughput.last:
                continue
            named, by = remaining, day
        came = throughput.between(origin + dt.timedelta(days=1), by).total
        made += 1
        held += named is not None and came >= named
    return Coverage(share, made, int(held), every)
