"""The Time Chart: lead time as reaction and cycle time, item by item and week by week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import polars as pl

from mining.flow.clocks import Clock
from mining.flow.cycle_time import percentiles_of
from mining.flow.items import Items
from mining.measures import local_date
from o2c_sim.errors import Problem, UsageError

Chosen: TypeAlias = Literal["latest", "longest"]
CHOICES: tuple[Chosen, ...] = ("latest", "longest")
MOST_CARDS = 30
# About as many as a page width holds apart.
MOST_WEEKS = 110


@dataclass(frozen=True, slots=True)
class TimeChart:
    """Reaction, cycle and lead times of completed items.

    Parameters
    ----------
    cards
        ``name``, ``done`` (local date), ``reaction_days``, ``cycle_days``, ``lead_days``,
        ``blocked_days`` of at most :data:`MOST_CARDS` items; the latest or the longest first.
    chosen
        Which.
    periods
        By week (Monday) or month of completion: ``period`` (its first local date), ``items`` and
        the medians ``reaction_days``, ``cycle_days``, ``lead_days``, ``blocked_days`` (of all
        items, most of which may never be blocked), ``blocked_share`` (0 to 1), and
        ``blocked_items`` (how many were) and ``blocked_days_if_blocked`` (their median; null where
        none was).
    by
        ``week`` or ``month``.
    mean_lead_days, p85_lead_days
        Of all completed items; NaN without any.
    completed
        Number of completed items.
    clock
        How days are counted; blocked days are elapsed where it counts whole days.
    blocks_known
        Whether the toolkit knows the activities that block an item of this log.
    """

    cards: pl.DataFrame
    chosen: Chosen
    periods: pl.DataFrame
    by: Literal["week", "month"]
    mean_lead_days: float
    p85_lead_days: float
    completed: int
    clock: Clock
    blocks_known: bool


def time_chart(items: Items, chosen: Chosen = "latest", most: int = MOST_CARDS) -> TimeChart:
    """Return reaction, cycle and lead times of completed items.

    Parameters
    ----------
    items
        The items.
    chosen
        Which items are shown one by one: those completed last, or those that took longest.
    most
        How many.

    Raises
    ------
    UsageError
        If *chosen* is not known or *most* is not positive.
    """
    if chosen not in CHOICES or most < 1:
        wrong = f"{most} cards" if chosen in CHOICES else repr(chosen)
        raise UsageError(
            Problem(f"{wrong} cannot be shown", allowed=f"{', '.join(CHOICES)}; 1 card or more")
        )
    durations = ["reaction_days", "cycle_days", "lead_days", "blocked_days"]
    rows = items.table.filter(pl.col("outcome") == "completed").select(
        "item", pl.col("name").fill_null(""), local_date("done", items.zone).alias("date"),
        "done", *durations, "was_blocked",
    )  # fmt: skip
    key = "done" if chosen == "latest" else "lead_days"
    cards = rows.sort(key, "item", descending=[True, False]).head(most)
    weeks = _span(rows, "1w")
    by: Literal["week", "month"] = "week" if weeks <= MOST_WEEKS else "month"
    p85 = percentiles_of(rows["lead_days"], (85,))
    mean = rows["lead_days"].sort().mean()
    return TimeChart(
        cards=cards.select("name", pl.col("date").alias("done"), *durations),
        chosen=chosen,
        periods=_medians(rows, durations, "1w" if by == "week" else "1mo"),
        by=by,
        mean_lead_days=float(mean) if isinstance(mean, float) else float("nan"),
        p85_lead_days=p85.get(85, float("nan")),
        completed=rows.height,
        clock=items.clock,
        blocks_known=items.workflow.is_reference,
    )


def _span(rows: pl.DataFrame, every: str) -> int:
    if rows.is_empty():
        return 0
    periods = rows.select(pl.col("date").dt.truncate(every).alias("period"))
    return len(
        pl.date_range(
            periods["period"].min(),  # type: ignore[arg-type]
            periods["period"].max(),  # type: ignore[arg-type]
            every,
            eager=True,
        )
    )


def _medians(rows: pl.DataFrame, durations: list[str], every: str) -> pl.DataFrame:
    blocked = pl.col("blocked_days").filter("was_blocked")
    return (
        rows.group_by(pl.col("date").dt.truncate(every).alias("period"))
        .agg(
            pl.len().cast(pl.Int64).alias("items"),
            *(pl.col(name).median() for name in durations),
            pl.col("was_blocked").mean().alias("blocked_share"),
            pl.col("was_blocked").sum().cast(pl.Int64).alias("blocked_items"),
            blocked.median().alias("blocked_days_if_blocked"),
        )
        .sort("period")
    )
