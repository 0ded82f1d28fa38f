"""The dotted chart as data: every event a dot, its case by its time."""

from __future__ import annotations

import polars as pl

from mining.ordered_cases import ordered
from mining.performance import MICROSECONDS_PER_HOUR
from o2c_sim.errors import Problem, UsageError

ORDERS = ("start", "end", "duration", "events")


def dotted_chart(
    cases: pl.DataFrame,
    zone: str = "UTC",
    *,
    order: str = "start",
    most_cases: int | None = None,
    color: str = "activity",
) -> pl.DataFrame:
    """Return the dots of a dotted chart.

    Parameters
    ----------
    cases
        A case view, in any row order.
    zone
        IANA time zone of the clock.
    order
        By what the cases are stacked: ``start``, ``end``, ``duration`` or ``events``; equals in
        the order of their numbers.
    most_cases
        Keep at most so many cases, evenly spread over the stack; all by default.
    color
        Column of the case view that colours the dots.

    Returns
    -------
    polars.DataFrame
        One row per event: ``row`` (0 for the first case of the stack), ``case``, ``time``
        (naive, on the company's clock), ``hours`` (since the case's first event), ``weekday``
        (1 is Monday), ``hour`` (0 to 24, on the company's clock) and ``color`` (text).

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    UsageError
        If *order* or *color* is unknown.

    References
    ----------
    Song and van der Aalst, "Supporting process mining by showing events at a glance", WITS 2007.
    """
    view = ordered(cases)
    if order not in ORDERS or color not in view.columns:
        wrong, allowed = (order, ORDERS) if order not in ORDERS else (color, view.columns)
        raise UsageError(Problem(f"{wrong!r} is not known", allowed=", ".join(allowed)))
    keys = {
        "start": pl.col("time").first(),
        "end": pl.col("time").last(),
        "duration": pl.col("time").last() - pl.col("time").first(),
        "events": pl.len(),
    }
    stack = (
        view.group_by("case", maintain_order=True)
        .agg(keys[order].alias("key"), pl.col("time").first().alias("first"))
        .sort("key", "case")
    )
    if most_cases is not None and stack.height > most_cases:
        places = [i * stack.height // most_cases for i in range(most_cases)]
        stack = stack[places]
    stack = stack.with_row_index("row")
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    clock = local.dt.replace_time_zone(None)
    elapsed = (pl.col("time") - pl.col("first")).dt.total_microseconds() / MICROSECONDS_PER_HOUR
    of_day = clock - clock.dt.truncate("1d")
    return (
        view.join(stack, on="case")
        .sort("row", "time", "event")
        .select(
            "row",
            "case",
            clock.alias("time"),
            elapsed.alias("hours"),
            clock.dt.weekday().alias("weekday"),
            (of_day.dt.total_microseconds() / MICROSECONDS_PER_HOUR).alias("hour"),
            pl.col(color).cast(pl.String).alias("color"),
        )
    )
