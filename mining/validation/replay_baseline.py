"""The baseline of every validation: the past replayed, without any model.

Training cases are taken whole and keep their relative times. Only when they start is new: weeks
of training are drawn at random, and each arrival of such a week is served by one of the training
cases that arrived nearest to it in the hour of the week. A model that does no better where the
load has not changed is not calibrated; one that does no better where it has explains nothing.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.validation.event_table import cases_of

# Cases that may serve an arrival.
NEAREST = 20

Integers = npt.NDArray[np.int64]

_HOUR = 3_600_000_000
_WEEK = 168 * _HOUR
# 1970-01-01 was a Thursday: three days into its week.
_EPOCH_INTO_WEEK = 72 * _HOUR


def replayed(train: pl.DataFrame, *, cases: int, start: dt.datetime, seed: int) -> pl.DataFrame:
    """Return training cases begun anew.

    Parameters
    ----------
    train
        Event table of the training part.
    cases
        Number of cases to make.
    start
        When the first may arrive, naive UTC.
    seed
        Same seed, same log.

    Returns
    -------
    polars.DataFrame
        An event table of as many cases, the first to arrive first.
    """
    draw = np.random.default_rng([seed, 2])
    past = cases_of(train)
    arrived = past["start"].dt.timestamp("us").to_numpy()
    into_week = (arrived + _EPOCH_INTO_WEEK) % _WEEK
    begin = (start - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)
    arrivals = _arrivals(arrived, into_week, cases, begin, draw)
    chosen = _served_by(into_week, (arrivals + _EPOCH_INTO_WEEK) % _WEEK, draw)
    begun = pl.DataFrame(
        {
            "case": past["case"].gather(chosen),
            "new_case": [f"replayed {number}" for number in range(cases)],
            "shift": arrivals - arrived[chosen],
            "number": np.arange(cases),
        }
    )
    shift = pl.duration(microseconds="shift")
    return (
        begun.join(train, on="case", how="left")
        .sort("number", "event")
        .select(
            pl.col("new_case").alias("case"),
            "activity",
            pl.col("start") + shift,
            pl.col("time") + shift,
            "resource",
            pl.int_range(pl.len(), dtype=pl.Int64).alias("event"),
        )
    )


def _arrivals(
    arrived: Integers, into_week: Integers, cases: int, begin: int, draw: np.random.Generator
) -> Integers:
    """Return the arrivals of weeks drawn from the training part, from *begin* on, in order."""
    week = (arrived + _EPOCH_INTO_WEEK) // _WEEK
    first, last = int(week[0]), int(week[-1])
    if last - first > 1:
        # The weeks in which the training part begins and ends are no whole weeks.
        first, last = first + 1, last - 1
    weeks = [into_week[week == one] for one in range(first, last + 1)]
    if not any(one.size for one in weeks):
        weeks = [into_week]
    monday = (begin + _EPOCH_INTO_WEEK) // _WEEK * _WEEK - _EPOCH_INTO_WEEK
    found: list[Integers] = []
    total = 0
    while total < cases:
        drawn = monday + weeks[int(draw.integers(len(weeks)))]
        found.append(np.sort(drawn[drawn >= begin]))
        total += found[-1].size
        monday += _WEEK
    return np.concatenate(found)[:cases]


def _served_by(into_week: Integers, wanted: Integers, draw: np.random.Generator) -> Integers:
    """Return for each arrival one of the cases nearest to it in the hour of the week.

    Cases of one hour are equally near but for the minute, which matters only where there are more
    of them than may serve: an arrival at 8:55 is more like one at 8:05 than like one at 9:00, as
    work begins and ends on the hour.
    """
    count = into_week.size
    nearest = min(NEAREST, count)
    order = np.argsort(into_week, kind="stable")
    # The week is a circle: its end is near to its beginning.
    around = np.concatenate([into_week[order] - _WEEK, into_week[order], into_week[order] + _WEEK])
    place = np.searchsorted(around, wanted)
    window = place[:, None] + np.arange(-nearest, nearest)
    hours_apart = np.abs(around[window] // _HOUR - wanted[:, None] // _HOUR)
    apart = hours_apart * _WEEK + np.abs(around[window] - wanted[:, None])
    best = np.argpartition(apart, nearest - 1, axis=1)[:, :nearest]
    picked = best[np.arange(wanted.size), draw.integers(nearest, size=wanted.size)]
    served: Integers = order[window[np.arange(wanted.size), picked] % count]
    return served
