"""Ageing work in progress: how old open items are, against the pace of those that were done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from mining.flow.board_columns import NOT_STARTED, board_columns
from mining.flow.clocks import Clock, days
from mining.flow.cycle_time import PERCENTILES, percentiles_of
from mining.flow.items import Items


@dataclass(frozen=True, slots=True)
class AgeingColumn:
    """A column of the board.

    Parameters
    ----------
    name
        Its name.
    wip
        Open items in it.
    pace
        Percentage to the age, in days, at which completed items had left the column; empty if none
        was completed.
    """

    name: str
    wip: int
    pace: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class AgeingWip:
    """Open items by column and age.

    Parameters
    ----------
    columns
        In order.
    open_items
        ``item``, ``name``, ``column`` (from 0), ``days`` (age: started to *as_of*; in the column
        of what is not started, created to *as_of*), ``blocked_by`` (text; null where not blocked);
        the oldest first in each column.
    overall
        Percentage to the cycle time, in days, of completed items.
    completed
        Number of completed items.
    as_of
        Naive UTC.
    zone
        The company's IANA time zone.
    clock
        How days are counted.
    """

    columns: Sequence[AgeingColumn]
    open_items: pl.DataFrame
    overall: Mapping[int, float]
    completed: int
    as_of: datetime
    zone: str
    clock: Clock


def ageing_wip(items: Items, percentages: Sequence[int] = PERCENTILES) -> AgeingWip:
    """Return the open items beside the pace of the completed ones.

    The age of an item is its total age, not its time in the column; it counts from the start of
    work, so that it can be compared with cycle times. An item that is not started has no such age;
    it has its own column, where the age and the pace count from its creation.
    """
    board = board_columns(items)
    count = len(board.names)
    waiting = board.names[0] == NOT_STARTED
    table = items.table.join(board.reached, on="item", maintain_order="left")
    reached = [pl.col(f"column_{place}").is_not_null() for place in range(count)]
    is_open = table.filter(pl.col("outcome") == "open")
    open_items = is_open.select(
        "item",
        pl.col("name").fill_null(""),
        (pl.sum_horizontal(reached) - 1).cast(pl.Int64).alias("column"),
        pl.coalesce("age_days", "total_age_days").alias("days"),
        pl.col("blocked_by").cast(pl.String),
    ).sort("column", "days", "item", descending=[False, True, False])
    completed = table.filter(pl.col("outcome") == "completed")
    wip = dict(open_items["column"].value_counts().iter_rows())
    columns = []
    for place, name in enumerate(board.names):
        start = "created" if waiting and place == 0 else "started"
        left = f"column_{place + 1}" if place + 1 < count else "done"
        ages = days(completed, start, left, items.clock, items.zone)
        columns.append(AgeingColumn(name, wip.get(place, 0), percentiles_of(ages, percentages)))
    return AgeingWip(
        columns=columns,
        open_items=open_items,
        overall=percentiles_of(completed["cycle_days"], percentages),
        completed=completed.height,
        as_of=items.as_of,
        zone=items.zone,
        clock=items.clock,
    )
