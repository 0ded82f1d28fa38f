"""Items on a timeline: stages, waiting, blocks, due dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from mining.flow.cards import card_facts
from mining.flow.clocks import Clock
from mining.flow.items import Items
from o2c_sim.errors import Problem, UsageError
from o2c_sim.eventlog import EventLog

MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class GanttBar:
    """A stretch of an item's life, local time.

    *stage* is a place in the workflow's stages, None for a stretch before its first work.
    """

    stage: int | None
    since: dt.datetime
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class GanttBlock:
    """A stretch in which an item was blocked, local time."""

    reason: str
    since: dt.datetime
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class GanttRow:
    """An item.

    Parameters
    ----------
    name
        Its id.
    created, done
        Local time; *done* is None while it is open.
    days
        Lead time of what is done; age since its creation of what is open.
    bars, blocks
        In order of time.
    due
        Its due date; None where not known.
    late
        Whether it was done after its due date, or is open after it.
    """

    name: str
    created: dt.datetime
    done: dt.datetime | None
    days: float
    bars: Sequence[GanttBar]
    blocks: Sequence[GanttBlock]
    due: dt.date | None
    late: bool


@dataclass(frozen=True, slots=True)
class Gantt:
    """Items on a timeline.

    Parameters
    ----------
    rows
        The oldest (earliest created) first.
    stages
        Their names.
    more
        Items that have no row for want of space.
    more_since
        When the first and the last of them were created, local time; None without any.
    chosen
        ``open`` (the oldest open items, begun ones first), ``done`` (the items that took
        longest, where none is open) or ``named``.
    as_of
        Local time.
    clock
        How days are counted.
    case_type
        What an item is.
    """

    rows: Sequence[GanttRow]
    stages: Sequence[str]
    more: int
    more_since: tuple[dt.datetime, dt.datetime] | None
    chosen: str
    as_of: dt.datetime
    clock: Clock
    case_type: str


def gantt(
    log: EventLog, items: Items, *, names: Collection[str] = (), most_rows: int = MOST_ROWS
) -> Gantt:
    """Return a Gantt chart's rows.

    Parameters
    ----------
    log
        The log that the items are of.
    items
        Its items.
    names
        Ids of items; without any the oldest open items are shown, those that are begun before
        the others, and where none is open those that took longest.
    most_rows
        Rows at most.

    Raises
    ------
    UsageError
        If an id of *names* is none of the log's, or *most_rows* is below 1.
    """
    if most_rows < 1:
        raise UsageError(Problem(f"{most_rows} rows", allowed="1 or more"))
    pool, chosen = _pool(items, names)
    if chosen == "done":
        pool = pool.sort("lead_days", "item", descending=[True, False])
    else:
        # Forty items that nobody has begun would be forty like lines.
        pool = pool.sort(pl.col("started").is_null(), "created", "item")
    shown = pool.head(most_rows).sort("created", "item")
    rest = _local(pool.slice(most_rows), items.zone, "created")["created"]
    span = None if rest.is_empty() else (rest.min(), rest.max())
    facts = card_facts(log, items.case_type, shown["item"], items.as_of)
    now = _local(pl.DataFrame({"now": [items.as_of]}), items.zone, "now")["now"][0]
    rows = _local(
        shown.join(facts.select("item", "due"), on="item", how="left", maintain_order="left"),
        items.zone,
        "created",
        "started",
        "done",
    )
    bars, blocks = _bars(items, shown, now), _blocks(items, shown)
    made = []
    for row in rows.iter_rows(named=True):
        due, done = row["due"], row["done"]
        made.append(
            GanttRow(
                name=row["name"] or "",
                created=row["created"],
                done=done,
                days=float(row["total_age_days"] if done is None else row["lead_days"] or 0.0),
                bars=_with_waiting(row, bars.get(row["item"], []), now),
                blocks=blocks.get(row["item"], []),
                due=due,
                late=due is not None and (done or now).date() > due,
            )
        )
    return Gantt(
        made,
        items.workflow.names,
        max(0, pool.height - most_rows),
        span,  # type: ignore[arg-type]
        chosen,
        now,
        items.clock,
        items.case_type,
    )


def _pool(items: Items, names: Collection[str]) -> tuple[pl.DataFrame, str]:
    if names:
        found = items.table.filter(pl.col("name").is_in(list(names)))
        missing = sorted(set(names) - set(found["name"].to_list()))
        if missing:
            raise UsageError(
                Problem(f"no {items.case_type} of the log is named {name!r}") for name in missing
            )
        return found, "named"
    is_open = items.table.filter(pl.col("outcome") == "open")
    if is_open.height:
        return is_open, "open"
    return items.table, "done"


def _local(rows: pl.DataFrame, zone: str, *columns: str) -> pl.DataFrame:
    return rows.with_columns(
        pl.col(name)
        .cast(pl.Datetime("us"))
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone(zone)
        .dt.replace_time_zone(None)
        for name in columns
    )


def _bars(items: Items, shown: pl.DataFrame, now: dt.datetime) -> dict[int, list[GanttBar]]:
    rows = _local(
        items.intervals.join(shown.select("item"), on="item", how="semi"),
        items.zone,
        "entered",
        "left",
    )
    found: dict[int, list[GanttBar]] = {}
    for item, stage, entered, left in rows.sort("item", "entered", "stage").iter_rows():
        found.setdefault(item, []).append(GanttBar(int(stage), entered, left or now))
    return found


def _blocks(items: Items, shown: pl.DataFrame) -> dict[int, list[GanttBlock]]:
    rows = _local(
        items.blocked.join(shown.select("item"), on="item", how="semi").select(
            "item", pl.col("reason").cast(pl.String), "since", "until"
        ),
        items.zone,
        "since",
        "until",
    )
    found: dict[int, list[GanttBlock]] = {}
    for item, reason, since, until in rows.sort("item", "since").iter_rows():
        found.setdefault(item, []).append(GanttBlock(reason, since, until))
    return found


def _with_waiting(
    row: dict[str, object], bars: Sequence[GanttBar], now: dt.datetime
) -> list[GanttBar]:
    """Return the bars from the first work on, and before them the wait for it."""
    created, over = row["created"], row["done"] or now
    begun = row["started"] or over
    assert isinstance(created, dt.datetime)
    assert isinstance(begun, dt.datetime)
    waiting = [GanttBar(None, created, begun)] if begun > created else []
    return waiting + [
        GanttBar(bar.stage, max(bar.since, begun), bar.until)
        for bar in bars
        if bar.until > max(bar.since, begun)
    ]
