"""Minutes of each task of people, and what orders and deliveries the tasks were about."""

from __future__ import annotations

import polars as pl

from mining.calibration.estimate import Source
from mining.calibration.human_work import HumanWork
from mining.calibration.order_view import order_view
from o2c_sim import vocabulary as v

# Assumed: after a longer pause the person did something else in between.
SESSION_MINUTES = 30.0
# Assumed: what one person completes so close together is one mass action.
_TOGETHER_SECONDS = 1.0
_MICROSECONDS = 1_000_000
# Starts and ends are kept to a microsecond: the same minutes are the same number again.
_DIGITS = 5
# With more tasks than this across whole days, days are what the tasks take.
_ACROSS_DAYS = 0.02


def task_minutes(work: HumanWork, source: Source) -> pl.DataFrame:
    """Return the tasks of people whose minutes are known.

    Parameters
    ----------
    work
        What people did.
    source
        Where that is from.

    Returns
    -------
    polars.DataFrame
        The columns of :class:`HumanWork.tasks`, ``minutes`` above 0. With starts: without the few
        that go on over a whole working day, in which the person was away. Without starts: minutes
        since the same person's task before, one row for what a person did to the lines of one
        order within a session.
    """
    if work.has_starts:
        across = _days_between(work)
        tasks = work.tasks.with_columns(
            across.alias("days_between"), pl.col("minutes").round(_DIGITS)
        )
        few = (pl.col("days_between") > 0).mean().over("activity") <= _ACROSS_DAYS
        return tasks.filter((pl.col("minutes") > 0) & ((pl.col("days_between") == 0) | ~few)).drop(
            "days_between"
        )
    before = pl.col("time").shift(1).over("resource")
    return (
        _by_order(work.tasks, source)
        .drop_nulls("resource")
        .sort("resource", "time", "event")
        .with_columns(
            ((pl.col("time") - before).dt.total_microseconds() / 6e7)
            .round(_DIGITS)
            .alias("minutes")
        )
        .filter(
            (pl.col("minutes") > _TOGETHER_SECONDS / 60) & (pl.col("minutes") <= SESSION_MINUTES)
        )
    )


def _days_between(work: HumanWork) -> pl.Series:
    """Return the working days strictly between the days of a task's start and end."""
    tasks = work.tasks.select(
        "team", pl.col("begun").dt.date().alias("first"), pl.col("done").dt.date().alias("last")
    ).with_row_index()
    parts = []
    for (team,), rows in tasks.group_by("team", maintain_order=True):
        hours = work.hours.get(str(team))
        week = [True] * 7 if hours is None else [day in hours.weekdays for day in range(7)]
        holidays = [] if hours is None else list(hours.closed)
        next_day = pl.col("first").dt.offset_by("1d")
        between = pl.business_day_count(next_day, "last", week_mask=week, holidays=holidays)
        same = pl.col("first") == pl.col("last")
        parts.append(rows.select("index", pl.when(same).then(0).otherwise(between).alias("days")))
    return pl.concat(parts).sort("index")["days"]


def _by_order(tasks: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Return the last of the tasks that a person did to the lines of one order in a row."""
    view = order_view(source)
    if view is None:
        return tasks
    orders = view.events.select("event", "order").unique("event", keep="first")
    rows = tasks.join(orders, on="event", how="left").sort("resource", "time", "event")
    nxt = pl.struct("resource", "activity", "order").shift(-1)
    soon = (pl.col("time").shift(-1) - pl.col("time")).dt.total_microseconds() <= (
        SESSION_MINUTES * 60 * _MICROSECONDS
    )
    goes_on = (pl.struct("resource", "activity", "order") == nxt) & soon
    return rows.filter(~goes_on.fill_null(value=False) | pl.col("order").is_null()).drop("order")


def of_orders(tasks: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Return tasks with the ``channel`` of their order, null where it is not known."""
    view = order_view(source)
    if view is None or "channel" not in view.orders.columns:
        return tasks.with_columns(pl.lit(None, pl.String).alias("channel"))
    channels = view.events.select("event", "order").unique("event", keep="first").join(
        view.orders.select("order", pl.col("channel").cast(pl.String)), on="order"
    )  # fmt: skip
    return tasks.join(channels.select("event", "channel"), on="event", how="left")


def lines_of_deliveries(source: Source) -> pl.DataFrame:
    """Return ``event`` and ``lines``: of each pick, the lines that its delivery was made with."""
    log = source.log
    empty = pl.DataFrame(schema={"event": pl.UInt32, "lines": pl.UInt32})
    if not {v.DELIVERY, v.ORDER_LINE} <= set(log.object_types):
        return empty
    kinds = log.objects.select("object", pl.col("type").cast(pl.String))
    names = log.events.select("event", pl.col("activity").cast(pl.String))
    links = log.event_objects.select("event", "object").unique().join(kinds, on="object")
    deliveries = links.filter(pl.col("type") == v.DELIVERY).join(names, on="event")
    created = deliveries.filter(pl.col("activity") == v.CREATE_DELIVERY)
    lines = links.filter(pl.col("type") == v.ORDER_LINE).group_by("event").len("lines")
    made = created.join(lines, on="event").select("object", "lines").unique("object")
    picked = deliveries.filter(pl.col("activity") == v.PICK_AND_PACK).unique("event")
    return picked.join(made, on="object").select("event", "lines")


__all__ = ["SESSION_MINUTES", "lines_of_deliveries", "of_orders", "task_minutes"]
