"""Filters: case views in, smaller case views out.

Each filter keeps or drops whole cases, unless it says that it takes single events; all of them
are pure and can be applied one after the other. ``keep=False`` gives the other cases.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import polars as pl

from mining.ordered_cases import ordered
from mining.performance import throughput
from mining.variants import of_cases, variants
from o2c_sim.errors import LogError, Problem, did_you_mean
from o2c_sim.eventlog import EventLog

_LISTED = 60


def having_activity(
    cases: pl.DataFrame, activities: Collection[str], *, keep: bool = True
) -> pl.DataFrame:
    """Return the cases in which at least one of the activities occurs."""
    return _cases(cases, cases.filter(_is(cases, activities))["case"], keep=keep)


def only_activities(
    cases: pl.DataFrame, activities: Collection[str], *, keep: bool = True
) -> pl.DataFrame:
    """Return the events of the activities; cases without any of them vanish."""
    chosen = _is(cases, activities)
    return cases.filter(chosen if keep else ~chosen)


def beginning_with(
    cases: pl.DataFrame, activities: Collection[str], *, keep: bool = True
) -> pl.DataFrame:
    """Return the cases whose first event is one of the activities."""
    return _endpoint(cases, activities, 1, keep=keep)


def ending_with(
    cases: pl.DataFrame, activities: Collection[str], *, keep: bool = True
) -> pl.DataFrame:
    """Return the cases whose last event is one of the activities."""
    return _endpoint(cases, activities, -1, keep=keep)


def of_variants(cases: pl.DataFrame, ranks: Collection[int], *, keep: bool = True) -> pl.DataFrame:
    """Return the cases that take variants of these ranks, 1 being the most frequent."""
    taken = of_cases(cases).filter(pl.col("variant").is_in(list(ranks)))
    return _cases(cases, taken["case"], keep=keep)


def top_variants(cases: pl.DataFrame, share: float, *, keep: bool = True) -> pl.DataFrame:
    """Return the cases of the fewest variants, by rank, that cover a share (0 to 1) of all cases.

    Raises
    ------
    LogError
        If *share* is not between 0 and 1.
    """
    if not 0 <= share <= 1:
        raise LogError(Problem(f"{share:g} is not a share of cases", allowed="0 to 1"))
    table = variants(cases)
    before = pl.col("cumulative_share") - pl.col("share")
    # Sums of floats: a share that is reached but for rounding is reached.
    ranks = table.filter(before < share - 1e-12)["variant"]
    return of_variants(cases, ranks.to_list(), keep=keep)


def contained(
    cases: pl.DataFrame, first: datetime, last: datetime, *, keep: bool = True
) -> pl.DataFrame:
    """Return the cases all of whose events lie between two moments (naive UTC, both included)."""
    spans = _spans(cases)
    inside = spans.filter((pl.col("first") >= first) & (pl.col("last") <= last))
    return _cases(cases, inside["case"], keep=keep)


def intersecting(
    cases: pl.DataFrame, first: datetime, last: datetime, *, keep: bool = True
) -> pl.DataFrame:
    """Return the cases that are under way at some time between two moments, both included."""
    spans = _spans(cases)
    inside = spans.filter((pl.col("first") <= last) & (pl.col("last") >= first))
    return _cases(cases, inside["case"], keep=keep)


def started(
    cases: pl.DataFrame, first: datetime, last: datetime, *, keep: bool = True
) -> pl.DataFrame:
    """Return the cases whose first event lies between two moments, both included."""
    inside = _spans(cases).filter(pl.col("first").is_between(first, last))
    return _cases(cases, inside["case"], keep=keep)


def events_between(cases: pl.DataFrame, first: datetime, last: datetime) -> pl.DataFrame:
    """Return the events between two moments, both included; cases are cut, not dropped."""
    return cases.filter(pl.col("time").is_between(first, last))


def having_value(
    cases: pl.DataFrame,
    attribute: str,
    values: Collection[object],
    *,
    attributes: pl.DataFrame | None = None,
    keep: bool = True,
) -> pl.DataFrame:
    """Return the cases that have one of the values of an attribute.

    Parameters
    ----------
    cases
        A case view; an attribute of its events counts if any event of the case has the value.
    attribute
        A column of the case view, or else of *attributes*.
    values
        Compared as text.
    attributes
        Attributes of the cases: ``case`` and one column each, see :func:`case_attributes`.
    keep
        False gives the other cases.

    Raises
    ------
    LogError
        If there is no such attribute.
    """
    table = cases if attribute in cases.columns else attributes
    if table is None or attribute not in table.columns:
        there = [*cases.columns, *(attributes.columns if attributes is not None else ())]
        there = sorted({*there} - {"case", "event", "time", "start"})
        raise LogError(
            Problem(
                f"the log has no attribute {attribute!r}",
                allowed=", ".join(there),
                suggestion=did_you_mean(attribute, there),
            )
        )
    column = table[attribute].cast(pl.String)
    found = table.filter(column.is_in([str(value) for value in values]))["case"]
    return _cases(cases, found, keep=keep)


def taking(
    cases: pl.DataFrame,
    low_hours: float = 0.0,
    high_hours: float = float("inf"),
    *,
    keep: bool = True,
) -> pl.DataFrame:
    """Return the cases that take between two numbers of calendar hours, both included.

    From the first completion to the last; work before the first completion does not count.
    """
    spans = _spans(cases)
    hours = (pl.col("last") - pl.col("first")).dt.total_microseconds() / 3.6e9
    inside = spans.filter(hours.is_between(low_hours, high_hours))
    return _cases(cases, inside["case"], keep=keep)


def of_size(cases: pl.DataFrame, fewest: int, most: int, *, keep: bool = True) -> pl.DataFrame:
    """Return the cases with a number of events between two bounds, both included."""
    sizes = throughput(cases).filter(pl.col("events").is_between(fewest, most))
    return _cases(cases, sizes["case"], keep=keep)


def repeating(
    cases: pl.DataFrame, activity: str, fewest: int = 2, *, keep: bool = True
) -> pl.DataFrame:
    """Return the cases in which an activity occurs at least *fewest* times."""
    times = cases.filter(_is(cases, [activity])).group_by("case").len()
    return _cases(cases, times.filter(pl.col("len") >= fewest)["case"], keep=keep)


def following(
    cases: pl.DataFrame,
    source: str,
    target: str,
    *,
    directly: bool = True,
    low_hours: float = 0.0,
    high_hours: float = float("inf"),
    keep: bool = True,
) -> pl.DataFrame:
    """Return the cases in which *target* follows *source*.

    Parameters
    ----------
    cases
        A case view, in any row order.
    source, target
        Activities.
    directly
        With nothing between them; otherwise at any time later in the case.
    low_hours, high_hours
        Bounds on the calendar hours between the two, both included.
    keep
        False gives the other cases.

    Raises
    ------
    LogError
        If one of the activities does not occur in the log.
    """
    view = ordered(cases)
    is_source, is_target = _is(view, [source]), _is(view, [target])
    hours = pl.col("hours").is_between(low_hours, high_hours)
    if directly:
        same = pl.col("case") == pl.col("case").shift(-1)
        gap = (pl.col("time").shift(-1) - pl.col("time")).dt.total_microseconds() / 3.6e9
        pairs = view.select(
            "case", (is_source & is_target.shift(-1) & same).alias("pair"), gap.alias("hours")
        )
        return _cases(cases, pairs.filter(pl.col("pair") & hours)["case"], keep=keep)
    placed = view.with_row_index("place").select("case", "place", "time", "activity")
    sources = placed.filter(_is(placed, [source]))
    targets = placed.filter(_is(placed, [target]))
    if low_hours <= 0 and high_hours == float("inf"):
        # The first of one and the last of the other tell it without looking at all pairs.
        early = sources.group_by("case").agg(pl.col("place").min())
        late = targets.group_by("case").agg(pl.col("place").max().alias("end"))
        found = early.join(late, on="case").filter(pl.col("place") < pl.col("end"))
        return _cases(cases, found["case"], keep=keep)
    joined = sources.join(targets, on="case", suffix="_target").filter(
        pl.col("place") < pl.col("place_target")
    )
    gap = (pl.col("time_target") - pl.col("time")).dt.total_microseconds() / 3.6e9
    found = joined.with_columns(gap.alias("hours")).filter(hours)
    return _cases(cases, found["case"], keep=keep)


def case_attributes(log: EventLog, case_type: str) -> pl.DataFrame:
    """Return the attributes of the objects that are the cases.

    Returns
    -------
    polars.DataFrame
        ``case`` (object number), ``object_id`` and the attributes that the type has.
    """
    return log.objects_of(case_type).rename({"object": "case"}).drop("type")


def with_cases(log: EventLog, case_type: str, cases: pl.Series) -> EventLog:
    """Return a log with only some of its cases.

    Parameters
    ----------
    log
        The log.
    case_type
        The object type whose objects are the cases.
    cases
        Numbers of the objects to keep.

    Returns
    -------
    EventLog
        With the events of these cases, and those objects of other types that have an event
        left; events and objects are numbered anew, in their old order.
    """
    is_case = pl.col("type").cast(pl.String) == case_type
    wanted = log.objects.filter(is_case & pl.col("object").is_in(cases.unique().implode()))
    mine = log.event_objects.join(wanted.select("object"), on="object", how="semi")
    events = log.events.join(mine.select("event"), on="event", how="semi")
    links = log.event_objects.join(events.select("event"), on="event", how="semi")
    other = log.objects.filter(~is_case).join(links.select("object"), on="object", how="semi")
    objects = pl.concat([wanted, other]).sort("object")
    new_events = events.select("event", number=pl.int_range(pl.len(), dtype=pl.UInt32))
    new_objects = objects.select("object", number=pl.int_range(pl.len(), dtype=pl.UInt32))

    def renumbered(table: pl.DataFrame, column: str, numbers: pl.DataFrame) -> pl.DataFrame:
        key = numbers.columns[0]
        joined = table.join(
            numbers, left_on=column, right_on=key, how="inner", maintain_order="left"
        )
        return joined.with_columns(pl.col("number").alias(column)).select(table.columns)

    return replace(
        log,
        events=renumbered(events, "event", new_events),
        objects=renumbered(objects, "object", new_objects),
        event_objects=renumbered(renumbered(links, "event", new_events), "object", new_objects),
        object_relations=renumbered(
            renumbered(log.object_relations, "source", new_objects), "target", new_objects
        ),
        object_changes=renumbered(log.object_changes, "object", new_objects),
    )


def _endpoint(
    cases: pl.DataFrame, activities: Collection[str], step: int, *, keep: bool
) -> pl.DataFrame:
    view = ordered(cases)
    edge = (pl.col("case") != pl.col("case").shift(step)).fill_null(True)
    return _cases(cases, view.filter(edge & _is(view, activities))["case"], keep=keep)


def _spans(cases: pl.DataFrame) -> pl.DataFrame:
    return cases.group_by("case").agg(
        pl.col("time").min().alias("first"), pl.col("time").max().alias("last")
    )


def _cases(cases: pl.DataFrame, kept: pl.Series, *, keep: bool) -> pl.DataFrame:
    inside = pl.col("case").is_in(kept.unique().implode())
    return cases.filter(inside if keep else ~inside)


def _listed(names: list[str]) -> str:
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")


def _is(cases: pl.DataFrame, activities: Collection[str]) -> pl.Expr:
    column = cases["activity"]
    known = column.unique().cast(pl.String).to_list()
    names = column.dtype.categories.to_list() if isinstance(column.dtype, pl.Enum) else known
    unknown = [
        Problem(
            f"the log has no activity {name!r}",
            allowed=_listed(sorted(known)),
            suggestion=did_you_mean(name, known),
        )
        for name in activities
        if name not in names
    ]
    if unknown:
        raise LogError(unknown)
    return pl.col("activity").is_in(list(activities))
