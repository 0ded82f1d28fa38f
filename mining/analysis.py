"""All that is found in one log: what is in it, what happens, how long it takes."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

import polars as pl

from mining.activity_names import reference_names
from mining.kpis import Period, measure
from mining.performance import DirectlyFollows, Summary, directly_follows, summary, throughput
from mining.quality import Quality, quality
from mining.read import ReadLog
from mining.variants import variants
from o2c_sim import EventLog


@dataclass(frozen=True, slots=True)
class Analysis:
    """What mining one log found.

    Parameters
    ----------
    source
        Name of the log, for people.
    case_type
        The object type whose objects are the cases.
    zone
        Time zone of the log's own clock.
    notes
        What the reader assumed or noticed.
    quality
        Size and signs of trouble.
    graph
        Directly-follows graph with frequency and performance.
    variants
        See :func:`mining.variants.variants`.
    throughput
        First to last event of a case, calendar hours.
    kpis
        The KPIs that the log carries; names mapped to the reference vocabulary.
    period
        What they are measured over; all of the log when None.
    """

    source: str
    case_type: str
    zone: str
    notes: tuple[str, ...]
    quality: Quality
    graph: DirectlyFollows
    variants: pl.DataFrame
    throughput: Summary
    kpis: dict[str, float]
    period: Period | None = None


def analyse(
    read: ReadLog,
    case_type: str | None = None,
    *,
    period: Period | None = None,
    recorded: Collection[str] | None = None,
) -> Analysis:
    """Analyse a log.

    Parameters
    ----------
    read
        A log as the reader gave it.
    case_type
        Another case notion than the reader's.
    period, recorded
        What the KPIs are measured over, see :func:`mining.kpis.measure`; all of the log by
        default.

    Raises
    ------
    LogError
        If the log has no objects of that type.
    """
    log = read.log
    chosen = case_type or read.case_type
    cases = log.flatten(chosen)
    found = measure(in_reference_names(log), period, chosen, recorded)
    return Analysis(
        source=log.source,
        case_type=chosen,
        zone=log.zone,
        notes=read.notes,
        quality=quality(log, chosen),
        graph=directly_follows(cases),
        variants=variants(cases),
        throughput=summary(throughput(cases)["hours"]),
        kpis={key: value for key, value in found.items() if not math.isnan(value)},
        period=period,
    )


def in_reference_names(log: EventLog) -> EventLog:
    """Return the log with its activities in the reference vocabulary, as far as they map."""
    own = log.activities
    mapped = {name: reference or name for name, reference in reference_names(own).items()}
    if all(name == reference for name, reference in mapped.items()):
        return log
    kind = pl.Enum(sorted(set(mapped.values())))
    activity = pl.col("activity").cast(pl.String).replace_strict(mapped, return_dtype=kind)
    return replace(log, events=log.events.with_columns(activity))
