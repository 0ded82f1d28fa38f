"""Broken references of object-centric logs, and objects that are older than themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

import polars as pl

from mining.finding import ENOUGH, EXAMPLES, Finding
from o2c_sim.eventlog import EventLog

# Readers count what they leave out in a note; the relations themselves are gone by then.
_DANGLING = re.compile(r"(\d+) [\w-]+ relations (?:refer to something that|of events that)")
_NO_CASE = "views through the objects concerned, links between documents, counts per object"
_INITIAL = datetime(1970, 1, 2)
_CREATION_SHARE = 0.9
_USUALLY_EARLY = 0.1
_MOST_TYPES = 50
_MOST_ACTIVITIES = 10_000


def findings(log: EventLog, notes: Iterable[str] = ()) -> list[Finding]:
    """Return faults of the references in a log.

    Parameters
    ----------
    log
        The log.
    notes
        What the reader noted about relations that it left out.
    """
    return [
        *_dangling(log, notes),
        *_lonely(log),
        *_before_creation(log),
        *_changed_before(log),
    ]


def _dangling(log: EventLog, notes: Iterable[str]) -> list[Finding]:
    found = []
    for note in notes:
        told = _DANGLING.match(note)
        if told:
            found.append(_dangling_finding(int(told.group(1)), note, ()))
    links = log.event_objects
    for table, key, what in ((log.events, "event", "events"), (log.objects, "object", "objects")):
        rows = links.join(table.select(key), on=key, how="anti")
        if rows.height:
            text = f"{rows.height:,} relations name {what} that the log does not have"
            shown = tuple(f"{key} {number}" for number in rows[key].head(EXAMPLES))
            found.append(_dangling_finding(rows.height, text, shown))
    return found


def _dangling_finding(count: int, message: str, shown: tuple[str, ...]) -> Finding:
    return Finding(
        "dangling_relations", "serious", message, count, "relations", _NO_CASE,
        "export the missing events and objects as well, or ask why they were deleted", shown,
    )  # fmt: skip


def _lonely(log: EventLog) -> list[Finding]:
    found = []
    events = log.events.join(log.event_objects.select("event"), on="event", how="anti")
    if events.height:
        found.append(
            Finding(
                "events_without_objects", "warning",
                f"{events.height:,} of {log.events.height:,} events belong to no object, so to no "
                "case", events.height, "events", "every count: they appear in no view",
                "find the relation that the export left out",
                tuple(
                    f"{row['activity']}, {row['time']:%Y-%m-%d %H:%M:%S} (event {row['event'] + 1})"
                    for row in events.head(EXAMPLES).iter_rows(named=True)
                ),
            )
        )  # fmt: skip
    objects = log.objects.join(log.event_objects.select("object"), on="object", how="anti")
    # A hostile file may have a type for every object.
    usual = objects["type"].value_counts(sort=True)["type"].head(_MOST_TYPES)
    lonely = objects.filter(pl.col("type").is_in(usual.implode()))
    for (kind,), rows in sorted(lonely.group_by("type", maintain_order=True), key=str):
        of_type = int((log.objects["type"] == kind).sum())
        found.append(
            Finding(
                "objects_without_events", "info",
                f"{rows.height:,} of {of_type:,} objects of type {kind!r} have no event",
                rows.height, "objects", "counts and shares over objects of this type",
                "decide whether they are open, master data, or lost events",
                tuple(rows["object_id"].head(EXAMPLES).to_list()),
            )
        )  # fmt: skip
    return found


def _before_creation(log: EventLog) -> list[Finding]:
    """Find events of an object before the event that makes it."""
    activity = pl.col("activity").cast(pl.String)
    made_by_name = [
        kind for kind in log.object_types if any(_names(a, kind) for a in log.activities)
    ]
    concerned = log.objects.lazy().filter(pl.col("type").cast(pl.String).is_in(made_by_name))
    linked = (
        log.event_objects.lazy()
        .select("event", "object")
        .unique()
        .join(concerned.select("object", "object_id", "type"), on="object")
        .join(log.events.lazy().select("event", "time", activity), on="event")
        .sort("object", "time", "event")
        .collect()
    )
    found = []
    for (kind,), rows in sorted(linked.group_by("type"), key=str):
        first = rows.group_by("object", maintain_order=True).agg(pl.col("activity").first())
        names = first["activity"].value_counts(sort=True).sort(
            ["count", "activity"], descending=[True, False]
        )  # fmt: skip
        maker, often = names.row(0)
        # An activity makes objects of a type if it is their first by far and named like it.
        if first.height < ENOUGH or often < _CREATION_SHARE * first.height:
            continue
        if not _names(maker, str(kind)):
            continue
        made = rows.filter(pl.col("activity") == maker).group_by("object").agg(
            made=pl.col("time").min()
        )  # fmt: skip
        # What usually comes before, such as a quotation before its order, is no fault.
        too_early = pl.col("time") < pl.col("made")
        early = (
            rows.join(made, on="object")
            .filter(too_early & (too_early.mean().over("activity") < _USUALLY_EARLY))
            .sort("event")
        )
        if early.height:
            found.append(
                Finding(
                    "before_creation", "serious",
                    f"{early.height:,} events of {early['object'].n_unique():,} objects of type "
                    f"{kind!r} come before their {maker!r}", early.height, "events",
                    f"durations of {kind}, the order of its events",
                    "check the clocks of both stamps and the relations of these events",
                    tuple(
                        f"{row['object_id']}: {row['activity']}, {row['time']:%Y-%m-%d %H:%M:%S} "
                        f"(event {row['event'] + 1})"
                        for row in early.head(EXAMPLES).iter_rows(named=True)
                    ),
                )
            )  # fmt: skip
    return found


def _names(activity: str, kind: str) -> bool:
    """Tell whether an activity is named like a type of object."""
    words = [word.rstrip("s") for word in re.split(r"[\W_]+", kind.lower())]
    return any(word in activity.lower() for word in words if len(word) > 2)


def _changed_before(log: EventLog) -> list[Finding]:
    if log.object_changes.is_empty():
        return []
    begins = (
        log.event_objects.lazy()
        .join(log.events.lazy().select("event", begin="time"), on="event")
        .group_by("object")
        .agg(pl.col("begin").min())
    )
    early = (
        log.object_changes.lazy()
        .filter(pl.col("time") >= _INITIAL)
        .join(begins, on="object")
        .filter(pl.col("time") < pl.col("begin"))
        .join(log.objects.lazy().select("object", "object_id"), on="object")
        .sort("object", "time")
        .collect()
    )
    if early.is_empty():
        return []
    return [
        Finding(
            "before_creation", "info",
            f"{early.height:,} attributes of {early['object'].n_unique():,} objects change before "
            "the first event of their object", early.height, "objects",
            "attributes at a moment: the value then is that of an object not yet seen",
            "use 1970-01-01 for values from the beginning, or ask for the missing first events",
            tuple(
                f"{row['object_id']}: {row['attribute']}, {row['time']:%Y-%m-%d %H:%M:%S}"
                for row in early.head(EXAMPLES).iter_rows(named=True)
            ),
        )
    ]  # fmt: skip
