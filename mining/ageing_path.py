"""What customers owe over time, by how long it is past due."""

from __future__ import annotations

import datetime as dt

import polars as pl

from mining.measures import local_date
from mining.object_events import ObjectEvents
from mining.receivables import invoices, open_items
from o2c_sim import vocabulary as v
from o2c_sim.eventlog import EventLog

# Column, and the days past due from which and up to which an amount is in it. The limits are the
# usual ones of an ageing report, as in :mod:`mining.invoice_list`.
_NEVER = 1 << 30
AGES: dict[str, tuple[int, int]] = {
    "current": (-_NEVER, 0),
    "days_1_30": (1, 30),
    "days_31_60": (31, 60),
    "days_61_90": (61, 90),
    "over_90": (91, _NEVER),
}
UNKNOWN = "no_due_date"
COLUMNS = (*AGES, UNKNOWN)
# More days than this are more than a picture can show.
MOST_DAYS = 400


def ageing_path(
    log: EventLog | ObjectEvents,
    *,
    first: dt.date | None = None,
    last: dt.date | None = None,
    most_days: int = MOST_DAYS,
) -> pl.DataFrame:
    """Return what is open on invoices at the end of days, by days past due.

    Parameters
    ----------
    log
        A log with invoices that have a due date, where known, and with events of the reference
        vocabulary that carry ``amount``.
    first, last
        Local dates, both included; the first and last on which something is billed or paid by
        default.
    most_days
        With more days than this only every second, third, ... is given, counted from the last.

    Returns
    -------
    polars.DataFrame
        ``date``, the columns of :data:`COLUMNS` in currency: ``current`` (not yet due, or due on
        that day), ``days_1_30``, ``days_31_60``, ``days_61_90``, ``over_90`` and ``no_due_date``.
        Their sum is ``receivables`` of :func:`mining.receivables.daily_flows`. No row where the
        log has no invoices or nothing on them.
    """
    days = daily_ages(ObjectEvents.of(log), first, last)
    return thinned(days, most_days)


def thinned(days: pl.DataFrame, most_days: int) -> pl.DataFrame:
    """Return at most so many rows, evenly spaced, the last among them."""
    step = -(-days.height // most_days)
    return days if step <= 1 else days[(days.height - 1) % step :: step]


def daily_ages(view: ObjectEvents, first: dt.date | None, last: dt.date | None) -> pl.DataFrame:
    """Return :func:`ageing_path` of every day."""
    empty = pl.DataFrame(schema={"date": pl.Date, **dict.fromkeys(COLUMNS, pl.Float64)})
    if v.INVOICE not in view.object_types:
        return empty
    changes = (
        open_items(view)
        .filter(pl.col("cents") != 0)
        .join(invoices(view).select("invoice", "due"), on="invoice", how="left")
        .select(
            "cents",
            local_date("time", view.log.zone).cast(pl.Int32).cast(pl.Int64).alias("day"),
            pl.col("due").cast(pl.Int32).cast(pl.Int64),
        )
    )
    if changes.is_empty():
        return empty
    begun, ended = changes.select(pl.col("day").min(), pl.col("day").max().alias("end")).row(0)
    start = begun if first is None else _number(first)
    end = ended if last is None else _number(last)
    if start > end:
        return empty
    table = pl.DataFrame({"day": pl.int_range(min(start, begun), end + 1, eager=True)})
    for name, moved in _moves(changes).items():
        sums = moved.group_by("day").agg(pl.col("cents").sum().alias(name))
        table = table.join(sums, on="day", how="left", maintain_order="left")
    return (
        table.with_columns(pl.col(COLUMNS).fill_null(0).cum_sum() / 100)
        .filter(pl.col("day") >= start)
        .select(pl.col("day").cast(pl.Int32).cast(pl.Date).alias("date"), *COLUMNS)
    )


def _moves(changes: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return by age the days on which cents come into it and leave it."""
    due, day = pl.col("due"), pl.col("day")
    known = changes.drop_nulls("due")
    found = {UNKNOWN: changes.filter(due.is_null()).select("day", "cents")}
    for name, (low, high) in AGES.items():
        # A change counts in an age from the later of its own day and the day the age begins.
        spells = known.select(
            "cents", pl.max_horizontal(day, due + low).alias("day"), (due + high + 1).alias("gone")
        ).filter(day < pl.col("gone"))
        leaving = spells.select(pl.col("gone").alias("day"), -pl.col("cents"))
        found[name] = pl.concat([spells.select("day", "cents"), leaving])
    return found


def _number(date: dt.date) -> int:
    return (date - dt.date(1970, 1, 1)).days
