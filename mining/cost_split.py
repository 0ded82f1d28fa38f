"""What handling an order costs, by stage of the process or by who does the work."""

from __future__ import annotations

from typing import Literal

import polars as pl

from mining.measures import Period
from mining.object_events import ObjectEvents
from o2c_sim import vocabulary as v
from o2c_sim.costs import STAGES
from o2c_sim.eventlog import EventLog

# Of activities that are no part of the reference process, and of events without a role.
OTHER_STAGE = "other"
NO_ROLE = "no role"
_STAGE_OF = {v.ACTIVITIES[code]: stage for stage, codes in STAGES.items() for code in codes}


def cost_split(
    log: EventLog | ObjectEvents,
    by: Literal["stage", "role"] = "stage",
    period: Period | None = None,
) -> pl.DataFrame:
    """Return the cost of the steps of a period, by stage or role, and what that is per order.

    Parameters
    ----------
    log
        A log whose events have a ``cost``.
    by
        ``stage`` (of the activity, as :data:`o2c_sim.costs.STAGES` has them) or ``role``.
    period
        Events completed in it count; all by default.

    Returns
    -------
    polars.DataFrame
        ``part``, ``cost`` (currency), ``events``, ``orders`` (received in the period: the
        denominator) and ``cost_per_order``; stages in the order of the process, roles by cost. No
        row where events have no cost or no order was received.
    """
    view = ObjectEvents.of(log)
    events = view.log.events
    schema = {
        "part": pl.String,
        "cost": pl.Float64,
        "events": pl.UInt32,
        "orders": pl.Int64,
        "cost_per_order": pl.Float64,
    }
    if "cost" not in events.columns or (by == "role" and "role" not in events.columns):
        return pl.DataFrame(schema=schema)
    names = pl.col("activity").cast(pl.String)
    part = (
        names.replace_strict(_STAGE_OF, default=OTHER_STAGE)
        if by == "stage"
        else pl.col("role").cast(pl.String).fill_null(NO_ROLE)
    )
    rows = events.select(part.alias("part"), names.alias("activity"), "cost", date=view.dates)
    if period is not None:
        rows = rows.filter(pl.col("date").is_between(period.first, period.last))
    orders = rows.filter(pl.col("activity") == v.RECEIVE_ORDER).height
    rows = rows.drop_nulls("cost").filter(pl.col("cost") != 0)
    if not orders or rows.is_empty():
        return pl.DataFrame(schema=schema)
    # Whole millionths, so that no sum depends on the order of adding.
    found = rows.group_by("part").agg(
        ((pl.col("cost") * 1_000_000).round().cast(pl.Int64).sum() / 1_000_000).alias("cost"),
        pl.len().alias("events"),
    )
    place = {stage: number for number, stage in enumerate((*STAGES, OTHER_STAGE))}
    order = (
        [pl.col("part").replace_strict(place, return_dtype=pl.Int64)]
        if by == "stage"
        else [-pl.col("cost"), pl.col("part")]
    )
    return found.sort(order).select(
        "part",
        "cost",
        "events",
        pl.lit(orders, pl.Int64).alias("orders"),
        (pl.col("cost") / orders).alias("cost_per_order"),
    )
