"""The dotted chart as data: every event a dot, its case by its time."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mining.ordered_cases import ordered
from mining.performance import MICROSECONDS_PER_HOUR
from o2c_sim.errors import Problem, UsageError

ORDERS = ("start", "end", "duration", "events")
MOST_DOTS = 2_000


@dataclass(frozen=True, slots=True)
class DottedSample:
    """A dotted chart of some of the cases.

    Parameters
    ----------
    dots
        What :func:`dotted_chart` gives; where a single case has too many events, some of them.
    cases, events
        Of the whole log.
    shown_cases
        Cases in *dots*.
    order
        By what they are stacked.
    """

    dots: pl.DataFrame
    cases: int
    events: int
    shown_cases: int
    order: str


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


def sampled_dotted_chart(
    cases: pl.DataFrame,
    zone: str = "UTC",
    *,
    order: str = "start",
    most_dots: int = MOST_DOTS,
    color: str = "activity",
) -> DottedSample:
    """Return the dots of as many whole cases as *most_dots* allow, evenly spread over the stack.

    Parameters
    ----------
    cases, zone, order, color
        See :func:`dotted_chart`.
    most_dots
        How many dots can be drawn and still be told apart.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    UsageError
        If *order* or *color* is unknown.
    """
    view = ordered(cases)
    count = view["case"].n_unique()
    kept = count if view.height <= most_dots else max(count * most_dots // view.height, 1)
    while True:
        dots = dotted_chart(view, zone, order=order, most_cases=kept, color=color)
        if dots.height <= most_dots or kept == 1:
            break
        # The cases drawn happened to be longer than most.
        kept = max(min(kept * most_dots // dots.height, kept - 1), 1)
    if dots.height > most_dots:
        dots = dots.gather_every(-(-dots.height // most_dots))
    return DottedSample(dots, count, view.height, dots["row"].n_unique(), order)
