"""A snapshot of the board: open items by column, and what blocks items."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from mining.flow.ageing import AgeingColumn, ageing_wip
from mining.flow.cards import card_facts
from mining.flow.clocks import Clock
from mining.flow.items import Items
from o2c_sim.errors import Problem, UsageError, did_you_mean
from o2c_sim.eventlog import EventLog

MOST_CARDS = 8
# Beyond the last percentile of the pace.
SLOWEST = 100


@dataclass(frozen=True, slots=True)
class Card:
    """An open item.

    Parameters
    ----------
    name
        Its id.
    days
        Its age, as in :class:`mining.flow.ageing.AgeingWip`.
    pace
        The lowest percentile of the pace of its column that its age does not exceed: 50 says that
        at least half of the completed items were as old or older when they left the column;
        :data:`SLOWEST` if it exceeds all; None where no item was completed.
    customer, amount, assignee
        Null where not known; *amount* in currency, *assignee* who did the last event.
    blocked_by
        Reason that holds it up; None where none does.
    blocked_days
        In all, so far.
    """

    name: str
    days: float
    pace: int | None
    customer: str | None
    amount: float | None
    assignee: str | None
    blocked_by: str | None
    blocked_days: float


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A column of the board: its cards, the oldest first, and how many more it holds."""

    name: str
    wip: int
    limit: int | None
    blocked: int
    cards: Sequence[Card]

    @property
    def more(self) -> int:
        """Items without a card."""
        return self.wip - len(self.cards)


@dataclass(frozen=True, slots=True)
class BlockerCluster:
    """A reason: intervals, items, days in all (as the board counts them), items held up now."""

    reason: str
    intervals: int
    items: int
    days: float
    now: int


@dataclass(frozen=True, slots=True)
class Board:
    """The open items of a log as of a moment.

    Parameters
    ----------
    columns
        In order.
    clusters
        The reasons of all blocks of the log up to then, the most days first.
    as_of
        Naive UTC.
    zone
        The company's IANA time zone.
    clock
        How ages are counted; days blocked are elapsed days.
    case_type
        What an item is.
    """

    columns: Sequence[BoardColumn]
    clusters: Sequence[BlockerCluster]
    as_of: dt.datetime
    zone: str
    clock: Clock
    case_type: str

    @property
    def wip(self) -> int:
        """Open items."""
        return sum(column.wip for column in self.columns)


def board(
    log: EventLog,
    items: Items,
    *,
    limits: Mapping[str, int] | None = None,
    most_cards: int = MOST_CARDS,
) -> Board:
    """Return the board of a log.

    Parameters
    ----------
    log
        The log that the items are of.
    items
        Its items.
    limits
        Name of a column to its WIP limit; a log knows none.
    most_cards
        Cards in a column; of more items the oldest have one.

    Raises
    ------
    UsageError
        If a limit is not for a column of the board or below 1, or *most_cards* is below 0.
    """
    ageing = ageing_wip(items)
    names = [column.name for column in ageing.columns]
    _check(limits or {}, names, most_cards)
    shown = ageing.open_items.filter(pl.int_range(pl.len()).over("column") < most_cards)
    facts = card_facts(log, items.case_type, shown["item"], items.as_of)
    rows = shown.join(facts, on="item", how="left", maintain_order="left").join(
        items.table.select("item", "blocked_days"), on="item", maintain_order="left"
    )
    held = ageing.open_items.drop_nulls("blocked_by")["column"].value_counts()
    blocked = dict(held.iter_rows())
    columns = [
        BoardColumn(
            column.name,
            column.wip,
            (limits or {}).get(column.name),
            blocked.get(place, 0),
            [
                _card(row, column)
                for row in rows.filter(pl.col("column") == place).iter_rows(named=True)
            ],
        )
        for place, column in enumerate(ageing.columns)
    ]
    return Board(
        columns, blocker_clusters(items), items.as_of, items.zone, items.clock, items.case_type
    )


def blocker_clusters(items: Items) -> list[BlockerCluster]:
    """Return the reasons of all blocks up to the as-of moment, the most elapsed days first."""
    span = (pl.col("until") - pl.col("since")).dt.total_microseconds() / 86_400_000_000
    holding = items.table.drop_nulls("blocked_by")["blocked_by"].cast(pl.String)
    now = dict(holding.value_counts().iter_rows())
    found = (
        items.blocked.group_by(pl.col("reason").cast(pl.String))
        .agg(
            pl.len().alias("intervals"),
            pl.col("item").n_unique().alias("items"),
            span.sum().alias("days"),
        )
        .sort("days", "reason", descending=[True, False])
    )
    return [
        BlockerCluster(reason, intervals, number, days, now.get(reason, 0))
        for reason, intervals, number, days in found.iter_rows()
    ]


def pace_of(days: float, pace: Mapping[int, float]) -> int | None:
    """Return the lowest percentile that an age does not exceed; see :class:`Card`."""
    if not pace:
        return None
    return next((share for share in sorted(pace) if days <= pace[share]), SLOWEST)


def _card(row: Mapping[str, object], column: AgeingColumn) -> Card:
    days = float(row["days"] or 0.0)  # type: ignore[arg-type]
    return Card(
        name=str(row["name"]),
        days=days,
        pace=pace_of(days, column.pace),
        customer=row["customer"],  # type: ignore[arg-type]
        amount=row["amount"],  # type: ignore[arg-type]
        assignee=row["assignee"],  # type: ignore[arg-type]
        blocked_by=row["blocked_by"],  # type: ignore[arg-type]
        blocked_days=float(row["blocked_days"] or 0.0),  # type: ignore[arg-type]
    )


def _check(limits: Mapping[str, int], names: Sequence[str], most_cards: int) -> None:
    problems = [
        Problem(
            f"a limit for {name!r}, which is no column of the board",
            allowed=", ".join(names),
            suggestion=did_you_mean(name, names),
        )
        for name in limits
        if name not in names
    ]
    problems += [
        Problem(f"a limit of {limit} for {name!r}", allowed="1 or more")
        for name, limit in limits.items()
        if limit < 1
    ]
    if most_cards < 0:
        problems.append(Problem(f"{most_cards} cards in a column", allowed="0 or more"))
    if problems:
        raise UsageError(problems)
