"""How far the training log itself lies from the test log: what a process differs by from itself."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from mining.validation.event_table import cases_of

# Stretches of the training log that are compared at most.
STRETCHES = 10
_WEEK = dt.timedelta(days=7)


def stretches(
    train: pl.DataFrame, cases: int, start: dt.datetime, count: int = STRETCHES
) -> list[pl.DataFrame]:
    """Return stretches of a training log that could stand for the test log.

    The whole training log has more cases than the test log and lies at other dates, which alone
    makes it differ in the number of activities and in dates. A stretch is as many cases as arrive
    one after the other from a whole number of weeks before the test period, moved by those weeks.

    Parameters
    ----------
    train
        Event table of the training part.
    cases
        Number of cases of the test log.
    start
        First arrival of the test log, naive UTC.
    count
        Most stretches to return. They are spread evenly, and overlap where the log is short.

    Returns
    -------
    list
        Event tables; the whole training log, moved, where it has too few cases for one stretch.
    """
    arrivals = cases_of(train)
    latest = arrivals["start"][max(arrivals.height - cases, 0)]
    nearest = max(-((latest - start) // _WEEK), 1)
    farthest = (start - arrivals["start"][0]) // _WEEK
    if nearest > farthest:
        nearest = farthest = max(-((arrivals["start"][0] - start) // _WEEK), 0)
    weeks = np.unique(np.linspace(nearest, farthest, count).round().astype(int))
    return [_moved(train, arrivals, cases, start, int(ago)) for ago in weeks]


def _moved(
    train: pl.DataFrame, arrivals: pl.DataFrame, cases: int, start: dt.datetime, weeks: int
) -> pl.DataFrame:
    taken = arrivals.filter(pl.col("start") >= start - weeks * _WEEK).head(cases).select("case")
    return train.join(taken, on="case", how="semi", maintain_order="left").with_columns(
        pl.col("start", "time") + weeks * _WEEK
    )
