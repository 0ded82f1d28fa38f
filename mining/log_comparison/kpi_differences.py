"""The KPIs of two logs side by side, with intervals where they are statistics of single cases."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.kpis import DEFINITIONS, Period, measure, whole_period
from mining.log_comparison.case_table import clusters_of
from mining.log_comparison.kpi_samples import KpiSample, kpi_samples
from mining.log_comparison.resampling import Difference, Grouped, corrected, differences
from mining.log_comparison.times import difference_columns
from mining.object_events import ObjectEvents
from o2c_sim.eventlog import EventLog


@dataclass(frozen=True, slots=True)
class MeasuredLog:
    """A log in the reference vocabulary and what its KPIs are measured over.

    Parameters
    ----------
    log
        The log.
    case_type
        What stands for the order.
    period, recorded
        See :func:`mining.kpis.measure`.
    cluster
        What hangs together, see :func:`mining.linked_objects.grouping`; None takes each case and
        each document for itself.
    """

    log: EventLog
    case_type: str
    period: Period | None = None
    recorded: Collection[str] | None = None
    cluster: str | None = None


def kpi_differences(
    first: MeasuredLog,
    second: MeasuredLog,
    *,
    resamples: int,
    seed: int,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Return the KPIs that both logs carry.

    Parameters
    ----------
    first, second
        The logs.
    resamples, seed, confidence
        Of the bootstrap, which draws clusters of orders for what is counted by order, clusters of
        invoices for what is counted by invoice, deliveries likewise.

    Returns
    -------
    polars.DataFrame
        ``kpi``, ``unit``, ``drawn`` (what it is a statistic of; null where the KPI is no
        statistic of single cases and has no interval), ``first``, ``second``, ``difference``,
        ``low``, ``high``, ``p_value``, ``holm_p_value`` (over all KPIs with an interval), in the
        order of :data:`mining.kpis.DEFINITIONS`.
    """
    logs = (first, second)
    values = [measure(one.log, one.period, one.case_type, one.recorded) for one in logs]
    shared = [
        key
        for key in DEFINITIONS
        if all(key in found and not math.isnan(found[key]) for found in values)
    ]
    samples = [_samples(one) for one in logs]
    drawn: dict[str, tuple[str, Difference]] = {}
    for sample, other in zip(*samples, strict=False):
        grouped = [_grouped(one, part) for one, part in zip(logs, (sample, other), strict=True)]
        found = differences(
            grouped[0],
            grouped[1],
            tuple(sample.statistics.values()),
            resamples=resamples,
            seed=seed,
            confidence=confidence,
        )
        drawn |= {key: (sample.unit, found[name][0]) for key, name in sample.statistics.items()}
    rows = [
        drawn[key][1]
        if key in drawn
        else Difference(values[0][key], values[1][key], math.nan, math.nan, math.nan)
        for key in shared
    ]
    kinds = [
        None if math.isnan(row.low) else drawn[key][0]
        for key, row in zip(shared, rows, strict=True)
    ]
    return pl.DataFrame(
        {
            "kpi": pl.Series(shared, dtype=pl.String),
            "unit": pl.Series([DEFINITIONS[key].unit for key in shared], dtype=pl.String),
            "drawn": pl.Series(kinds, dtype=pl.String),
        }
    ).with_columns(difference_columns(corrected(rows)))


def _samples(one: MeasuredLog) -> list[KpiSample]:
    period = one.period or whole_period(one.log)
    return kpi_samples(ObjectEvents(one.log), one.case_type, period)


def _grouped(one: MeasuredLog, sample: KpiSample) -> Grouped:
    """Return a sample with its clusters, numbered by name whatever the order of the rows."""
    objects = np.unique(sample.objects)
    named = (
        pl.DataFrame({"case": objects}, schema={"case": pl.UInt32})
        .join(one.log.objects.select(pl.col("object").alias("case"), "object_id"), on="case")
        .sort("object_id", "case")
    )
    cluster = np.zeros(objects.size, np.int64)
    places = np.searchsorted(objects, named["case"].cast(pl.Int64).to_numpy())
    cluster[places] = clusters_of(one.log, sample.unit, named, one.cluster)
    units = cluster[np.searchsorted(objects, sample.objects)]
    count = int(cluster.max()) + 1 if cluster.size else 0
    groups = np.zeros(units.size, np.int64)
    return Grouped(units, groups, sample.values, (count, 1), sample.ended)
