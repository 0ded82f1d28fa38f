"""All that is found in one log: what is in it, what happens, how long it takes."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import polars as pl

from mining.activity_names import reference_names
from mining.kpis import Period, measure, unsupported, whole_period
from mining.measures import local_date
from mining.ordered_cases import OrderedCases
from mining.performance import DirectlyFollows, Summary, directly_follows, summary, throughput
from mining.quality import Quality, quality
from mining.read import ReadLog
from mining.variants import variants
from o2c_sim import EventLog
from o2c_sim.vocabulary import CREATE_INVOICE


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
    unsupported
        KPIs that the log has no number for, and what is missing for each.
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
    unsupported: dict[str, str] = field(default_factory=dict)


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
    cases = OrderedCases.of(log.flatten(chosen))
    if recorded is None and read.recorded:
        recorded = {*in_reference_names(log).activities, *read.recorded}
    if period is None and read.invoice_columns is not None:
        period = _invoiced_period(log)
    mapped = in_reference_names(log)
    found = measure(mapped, period, chosen, recorded)
    return Analysis(
        source=log.source,
        case_type=chosen,
        zone=log.zone,
        notes=read.notes,
        quality=quality(log, chosen, read.notes),
        graph=directly_follows(cases),
        variants=variants(cases),
        throughput=summary(throughput(cases)["hours"]),
        kpis={key: value for key, value in found.items() if not math.isnan(value)},
        period=period,
        unsupported=unsupported(mapped, found, recorded),
    )


def _invoiced_period(log: EventLog) -> Period:
    """Return the dates of a list of invoices from its first to its last invoice.

    After that nothing is sold, and what is open only melts away.
    """
    dates = log.events.filter(pl.col("activity").cast(pl.String) == CREATE_INVOICE).select(
        local_date("time", log.zone)
    )["time"]
    first, last = dates.min(), dates.max()
    if not isinstance(first, dt.date) or not isinstance(last, dt.date):
        return whole_period(log)
    return Period(first, last + dt.timedelta(days=1))


def in_reference_names(log: EventLog) -> EventLog:
    """Return the log with its activities in the reference vocabulary, as far as they map."""
    own = log.activities
    mapped = {name: reference or name for name, reference in reference_names(own).items()}
    if all(name == reference for name, reference in mapped.items()):
        return log
    kind = pl.Enum(sorted(set(mapped.values())))
    activity = pl.col("activity").cast(pl.String).replace_strict(mapped, return_dtype=kind)
    return replace(log, events=log.events.with_columns(activity))
