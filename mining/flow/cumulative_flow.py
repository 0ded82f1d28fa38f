"""The cumulative flow of items by day, and Little's law as a check of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from mining.flow.board_columns import board_columns
from mining.flow.items import Items
from mining.measures import local_date

_MICROSECONDS_PER_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class LittlesLaw:
    """Work in progress against throughput times time in the system, over a window.

    All three are of all items from creation to end, by elapsed time.

    Parameters
    ----------
    mean_wip
        Time average of the items that are there.
    throughput
        Items that leave, per day.
    mean_days
        Mean elapsed days from creation to end of the items that leave; NaN if none does.
    residual
        Mean WIP minus throughput times mean days: 0 where the window begins and ends empty, else
        what its edges and a trend leave.
    days
        Length of the window.
    """

    mean_wip: float
    throughput: float
    mean_days: float
    residual: float
    days: float


@dataclass(frozen=True, slots=True)
class CumulativeFlow:
    """How many items had reached which column by the end of each day.

    Parameters
    ----------
    names
        Columns of the board, then ``Done``.
    days
        ``date`` (on the company's clock), ``reached_0`` ... (cumulative; one for each name, never
        below the next nor below the day before) and ``wip`` (reached_0 minus the last); every day
        of the window.
    started
        Place of the first column in which an item is worked on.
    cancelled
        Cancelled items; they leave as the completed ones do.
    little
        Little's law over the window.
    """

    names: Sequence[str]
    days: pl.DataFrame
    started: int
    cancelled: int
    little: LittlesLaw


def cumulative_flow(
    items: Items, first: dt.date | None = None, last: dt.date | None = None
) -> CumulativeFlow:
    """Return the cumulative flow of items.

    Parameters
    ----------
    items
        The items.
    first, last
        Window, local dates, both included; from the first creation to the as-of date by default.
        Counts begin with the first item, not with the window.
    """
    board = board_columns(items)
    count = len(board.names)
    rows = board.reached.join(items.table.select("item", "done"), on="item", maintain_order="left")
    moments = [*(f"column_{place}" for place in range(count)), "done"]
    dates = rows.select(local_date(name, items.zone).alias(name) for name in moments)
    begin = first or dates["column_0"].min()
    end = last or _local(items)
    assert isinstance(begin, dt.date)
    days = pl.DataFrame({"date": pl.date_range(begin, max(begin, end), eager=True)})
    for place, name in enumerate(moments):
        arrivals = dates.group_by(pl.col(name).alias("date")).len().drop_nulls("date").sort("date")
        total = arrivals.select("date", pl.col("len").cum_sum().cast(pl.Int64).alias("total"))
        days = days.join_asof(total, on="date").rename({"total": f"reached_{place}"})
    days = days.with_columns(
        pl.col(f"reached_{place}").fill_null(0) for place in range(count + 1)
    ).with_columns((pl.col("reached_0") - pl.col(f"reached_{count}")).alias("wip"))
    return CumulativeFlow(
        names=(*board.names, "Done"),
        days=days,
        started=count - len(items.workflow.stages),
        cancelled=int((items.table["outcome"] == "cancelled").sum()),
        little=_littles_law(items, begin if first else None, last),
    )


def _littles_law(items: Items, first: dt.date | None, last: dt.date | None) -> LittlesLaw:
    table = items.table.select("created", "done")
    begin = _midnight(first, items.zone) if first else table["created"].min()
    end = min(_midnight(last + dt.timedelta(days=1), items.zone), items.as_of) if last else None
    end = end or items.as_of
    assert isinstance(begin, dt.datetime)
    window = (end - begin) / dt.timedelta(days=1)
    if window <= 0:
        return LittlesLaw(float("nan"), float("nan"), float("nan"), float("nan"), 0.0)
    there = (
        pl.min_horizontal(pl.coalesce("done", pl.lit(end)), pl.lit(end))
        - pl.max_horizontal("created", pl.lit(begin))
    ).dt.total_microseconds() / _MICROSECONDS_PER_DAY
    leaves = (pl.col("done") > begin) & (pl.col("done") <= end)
    took = (pl.col("done") - pl.col("created")).dt.total_microseconds() / _MICROSECONDS_PER_DAY
    total, number, days = table.select(
        there.clip(lower_bound=0).sum().alias("total"),
        leaves.fill_null(False).sum().alias("number"),
        took.filter(leaves).sum().alias("days"),
    ).row(0)
    return LittlesLaw(
        mean_wip=total / window,
        throughput=number / window,
        mean_days=days / number if number else float("nan"),
        residual=(total - days) / window,
        days=window,
    )


def _local(items: Items) -> dt.date:
    moment = pl.DataFrame({"at": [items.as_of]}, schema={"at": pl.Datetime("us")})
    day = moment.select(local_date("at", items.zone)).item()
    assert isinstance(day, dt.date)
    return day


def _midnight(day: dt.date, zone: str) -> dt.datetime:
    midnight = (
        pl.Series([dt.datetime.combine(day, dt.time())])
        .dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
        .dt.replace_time_zone(None)
        .item()
    )
    # Where clocks are put forward at midnight, the day begins an hour later.
    return midnight if isinstance(midnight, dt.datetime) else _midnight_skipped(day, zone)


def _midnight_skipped(day: dt.date, zone: str) -> dt.datetime:
    found = (
        pl.Series([dt.datetime.combine(day, dt.time(1))])
        .dt.replace_time_zone(zone, ambiguous="earliest")
        .dt.convert_time_zone("UTC")
        .dt.replace_time_zone(None)
        .item()
    )
    assert isinstance(found, dt.datetime)
    return found
