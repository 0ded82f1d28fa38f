"""Cycle times of finished items: percentiles, and the points of a scatter plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.flow.clocks import Clock
from mining.flow.items import Items

PERCENTILES = (50, 70, 85, 95)
MOST_POINTS = 2_000


@dataclass(frozen=True, slots=True)
class CycleTimes:
    """How long finished items took.

    Parameters
    ----------
    points
        ``date`` (of completion, on the company's clock), ``days``, ``was_blocked``, ``items`` (how
        many coincide), ``name`` (of one of them); by date and days. At most
        :data:`MOST_POINTS` items where *every* is above 1.
    percentiles
        Percentage to days, of all completed items; empty without any.
    completed
        Number of completed items.
    blocked
        How many of them were blocked at least once.
    cancelled
        Number of cancelled items, which have no part in this.
    still_open
        Number of open items, which have none either.
    every
        Every how many-th completed item, in the order of completion, is among the points.
    clock
        How days are counted.
    blocks_known
        Whether the toolkit knows the activities that block an item of this log.
    """

    points: pl.DataFrame
    percentiles: Mapping[int, float]
    completed: int
    blocked: int
    cancelled: int
    still_open: int
    every: int
    clock: Clock
    blocks_known: bool


def cycle_times(items: Items, percentages: Sequence[int] = PERCENTILES) -> CycleTimes:
    """Return the cycle times (started to done) of the completed items.

    Parameters
    ----------
    items
        The items.
    percentages
        Which percentiles.
    """
    outcomes = dict(items.table["outcome"].cast(pl.String).value_counts().iter_rows())
    done = items.table.filter(pl.col("outcome") == "completed").sort("done", "item")
    date = pl.col("done").dt.replace_time_zone("UTC").dt.convert_time_zone(items.zone).dt.date()
    rows = done.select(
        "name", date.alias("date"), pl.col("cycle_days").alias("days"), "was_blocked"
    )
    every = 1
    points = _coinciding(rows)
    if points.height > MOST_POINTS:
        every = -(-rows.height // MOST_POINTS)
        points = _coinciding(rows.gather_every(every))
    return CycleTimes(
        points=points,
        percentiles=percentiles_of(rows["days"], percentages),
        completed=rows.height,
        blocked=int(rows["was_blocked"].sum()),
        cancelled=outcomes.get("cancelled", 0),
        still_open=outcomes.get("open", 0),
        every=every,
        clock=items.clock,
        blocks_known=items.workflow.is_reference,
    )


def percentiles_of(days: pl.Series, percentages: Sequence[int]) -> dict[int, float]:
    """Return percentiles as "so many percent took at most": always one of the values.

    Returns
    -------
    dict
        By percentage the least value that at least so many percent of the values do not exceed;
        empty for no values.
    """
    values = days.drop_nulls().to_numpy()
    if not values.size:
        return {}
    found = np.quantile(values, np.asarray(percentages) / 100, method="inverted_cdf")
    return dict(zip(percentages, map(float, found), strict=True))


def _coinciding(rows: pl.DataFrame) -> pl.DataFrame:
    return (
        rows.group_by("date", "days", "was_blocked", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("items"), pl.col("name").first())
        .sort("date", "days", "was_blocked")
    )
