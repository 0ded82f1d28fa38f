"""The performance views of one log, put together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import polars as pl

from mining.analysis import in_reference_names
from mining.batches import batches
from mining.bottlenecks import bottlenecks, case_values, value_column
from mining.drift import Drift, drift, kpis_by_month
from mining.handover import Handovers, handovers
from mining.happy_path import HappyPath, happy_path
from mining.object_graph import ObjectGraph, object_graph
from mining.segments import case_segments, segment_kpis, segments
from o2c_sim.eventlog import EventLog


@dataclass(frozen=True, slots=True)
class Views:
    """Where time, cash and work go in a log.

    Parameters
    ----------
    happy_path
        The most frequent variant beside the others.
    bottlenecks
        See :func:`mining.bottlenecks.bottlenecks`.
    value_source
        What the value of a case was taken from, for people; empty where it is not known.
    people, roles
        Hand-overs between people, and between roles.
    batches
        See :func:`mining.batches.batches`.
    drift
        Months and change points.
    object_graph
        Directly-follows graph by object type; None for a log with one type.
    segment
        Attribute of the segments; empty if none was asked for.
    segments
        See :func:`mining.segments.segments`; None if none were asked for.
    segment_kpis
        See :func:`mining.segments.segment_kpis`; None if no segments were asked for.
    monthly_kpis
        See :func:`mining.drift.kpis_by_month`; None if not asked for.
    """

    happy_path: HappyPath
    bottlenecks: pl.DataFrame
    value_source: str
    people: Handovers
    roles: Handovers
    batches: pl.DataFrame
    drift: Drift
    object_graph: ObjectGraph | None
    segment: str = ""
    segments: pl.DataFrame | None = None
    segment_kpis: pl.DataFrame | None = None
    monthly_kpis: pl.DataFrame | None = None


def views(
    log: EventLog,
    case_type: str,
    segment: str | None = None,
    *,
    monthly: bool = False,
    recorded: Collection[str] | None = None,
) -> Views:
    """Return the performance views of a log.

    Parameters
    ----------
    log
        The log.
    case_type
        The object type whose objects are the cases.
    segment
        An attribute whose values part the cases, see :func:`mining.segments.case_segments`.
    monthly
        Also measure the KPIs of each full month.
    recorded
        Activities that the log would show if they had happened, see :func:`mining.kpis.measure`.

    Raises
    ------
    LogError
        If the log has no objects of that type, or none of them has an event.
    UsageError
        If there is no such attribute.
    """
    parts = None if segment is None else case_segments(log, case_type, segment)
    cases = log.flatten(case_type)
    values = case_values(log, case_type)
    column = value_column(log, case_type)
    known = in_reference_names(log) if monthly or parts is not None else log
    told = {*known.activities, *(recorded or ())}
    source = "" if values.is_empty() else column or "largest amount of an event"
    return Views(
        happy_path=happy_path(cases),
        bottlenecks=bottlenecks(cases, log.zone, values),
        value_source=source,
        people=handovers(cases),
        roles=handovers(cases, "role"),
        batches=batches(cases, log.zone),
        drift=drift(cases, log.zone),
        object_graph=object_graph(log) if len(log.object_types) > 1 else None,
        segment=segment or "",
        segments=None if parts is None else segments(cases, parts),
        segment_kpis=None if parts is None else segment_kpis(known, case_type, parts, told),
        monthly_kpis=kpis_by_month(known, case_type, *_local_dates(cases, log.zone), told)
        if monthly
        else None,
    )


def _local_dates(cases: pl.DataFrame, zone: str) -> tuple[date, date]:
    """Return the first and the last day of the events, on the company's clock."""
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()
    first, last = cases.select(local.min().alias("first"), local.max().alias("last")).row(0)
    return first, last
