"""The object-centric directly-follows graph: for each object type, what follows what.

References
----------
Berti, van der Aalst, "OC-PM: analyzing object-centric event logs and process models",
International Journal on Software Tools for Technology Transfer 25, 2023.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from mining.ordered_cases import activity_names, coded_activities
from mining.performance import MICROSECONDS_PER_HOUR
from o2c_sim.errors import LogError, Problem, did_you_mean
from o2c_sim.eventlog import EventLog


@dataclass(frozen=True, slots=True)
class ObjectGraph:
    """A directly-follows graph for every object type of a log.

    Parameters
    ----------
    edges
        One row per type and pair: ``type``, ``source``, ``target``, ``count`` (times that the
        pair occurs, once for each object), ``event_pairs`` (distinct pairs of events, however
        many objects they share), ``objects`` (distinct objects), ``mean_hours``,
        ``median_hours`` (over the ``count`` occurrences, completion to completion).
    activities
        One row per type and activity: ``type``, ``activity``, ``events`` (distinct),
        ``objects`` (distinct), ``count`` (pairs of an event and an object).
    starts, ends
        First and last activities: ``type``, ``activity``, ``objects``.
    """

    edges: pl.DataFrame
    activities: pl.DataFrame
    starts: pl.DataFrame
    ends: pl.DataFrame

    def of_type(self, object_type: str) -> ObjectGraph:
        """Return the part of one object type.

        Raises
        ------
        LogError
            If no object of that type has an event.
        """
        known = self.activities["type"].unique().sort().to_list()
        if object_type not in known:
            raise LogError(
                Problem(
                    f"no object of type {object_type!r} has an event",
                    allowed=", ".join(known),
                    suggestion=did_you_mean(object_type, known),
                )
            )
        mine = pl.col("type") == object_type
        return ObjectGraph(
            self.edges.filter(mine),
            self.activities.filter(mine),
            self.starts.filter(mine),
            self.ends.filter(mine),
        )


def object_graph(log: EventLog, types: Collection[str] | None = None) -> ObjectGraph:
    """Return the object-centric directly-follows graph of a log.

    Parameters
    ----------
    log
        The log. Events of an object are taken in the order of time and then of the log.
    types
        Object types to look at; all by default.

    Returns
    -------
    ObjectGraph
        Tables ordered by type, then by falling count, then by name.
    """
    activity = coded_activities(log.events["activity"])
    names = activity_names(activity)
    objects = log.objects.lazy().select("object", pl.col("type").cast(pl.String))
    if types is not None:
        objects = objects.filter(pl.col("type").is_in(list(types)))
    kinds = objects.select(pl.col("type").unique().sort()).collect()["type"]
    code = pl.col("type").replace_strict(
        kinds, pl.int_range(len(kinds), dtype=pl.UInt32, eager=True), return_dtype=pl.UInt32
    )
    events = log.events.lazy().select(
        "event", "time", activity.to_physical().cast(pl.UInt32).alias("activity")
    )
    rows = (
        log.event_objects.lazy()
        .select("event", "object")
        .unique()
        .join(objects.select("object", code.alias("type")), on="object")
        .join(events, on="event")
        .sort("object", "time", "event")
        .collect()
        .lazy()
    )
    following = pl.col("object") == pl.col("object").shift(-1)
    pairs = rows.select(
        "type",
        "object",
        "event",
        pl.col("event").shift(-1).alias("then"),
        pl.col("activity").alias("source"),
        pl.col("activity").shift(-1).alias("target"),
        (
            (pl.col("time").shift(-1) - pl.col("time")).dt.total_microseconds()
            / MICROSECONDS_PER_HOUR
        ).alias("hours"),
        following.alias("same"),
    ).filter("same")
    both = pl.col("event").cast(pl.UInt64) * 2**32 + pl.col("then").cast(pl.UInt64)
    edges = pairs.group_by("type", "source", "target").agg(
        pl.len().cast(pl.Int64).alias("count"),
        both.n_unique().cast(pl.Int64).alias("event_pairs"),
        pl.col("object").n_unique().cast(pl.Int64).alias("objects"),
        pl.col("hours").mean().alias("mean_hours"),
        pl.col("hours").median().alias("median_hours"),
    )
    activities = rows.group_by("type", "activity").agg(
        pl.col("event").n_unique().cast(pl.Int64).alias("events"),
        pl.col("object").n_unique().cast(pl.Int64).alias("objects"),
        pl.len().cast(pl.Int64).alias("count"),
    )
    starts, ends = (
        rows.filter(edge.fill_null(True))
        .group_by("type", "activity")
        .agg(pl.len().cast(pl.Int64).alias("objects"))
        for edge in (pl.col("object") != pl.col("object").shift(1), ~following)
    )
    tables = pl.collect_all([edges, activities, starts, ends])

    def named(table: pl.DataFrame, by: str) -> pl.DataFrame:
        columns = [c for c in ("source", "target", "activity") if c in table.columns]
        return table.with_columns(
            kinds.gather(table["type"]).alias("type"),
            *(names.gather(table[c]).alias(c) for c in columns),
        ).sort(["type", by, *columns], descending=[False, True, *[False] * len(columns)])

    return ObjectGraph(
        named(tables[0], "count"),
        named(tables[1], "count"),
        named(tables[2], "objects"),
        named(tables[3], "objects"),
    )
