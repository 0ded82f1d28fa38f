"""All that tells two logs apart."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from mining.log_comparison.case_table import CaseTable, case_table
from mining.log_comparison.distances import DISTANCES, distances
from mining.log_comparison.frequencies import (
    activity_frequencies,
    arc_frequencies,
    variant_frequencies,
)
from mining.log_comparison.kpi_differences import MeasuredLog, kpi_differences
from mining.log_comparison.resampling import Difference
from mining.log_comparison.times import lag_differences, throughput_differences


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two logs.

    Parameters
    ----------
    source
        Where it comes from, for people.
    case_type
        The object type whose objects are the cases.
    cases, events, variants
        How many.
    """

    source: str
    case_type: str
    cases: int
    events: int
    variants: int


@dataclass(frozen=True, slots=True)
class LogComparison:
    """How the second log differs from the first.

    Parameters
    ----------
    first, second
        The logs.
    arcs, activities, variants
        See :func:`mining.log_comparison.frequencies.compared`.
    throughput
        ``mean``, ``median``, ``p90`` in calendar hours.
    lags
        See :func:`mining.log_comparison.times.lag_differences`.
    kpis
        See :func:`mining.log_comparison.kpi_differences.kpi_differences`.
    distances
        ``key``, ``label``, ``unit``, ``distance``, ``chance_mean`` and ``chance_highest`` (of
        logs dealt at random from the cases of both; null where none were), ``meaning``.
    notes
        What to know before reading the figures.
    confidence
        Of all intervals; and 1 minus it is the level of the tests.
    """

    first: Side
    second: Side
    arcs: pl.DataFrame = field(repr=False)
    activities: pl.DataFrame = field(repr=False)
    variants: pl.DataFrame = field(repr=False)
    throughput: dict[str, Difference] = field(repr=False)
    lags: pl.DataFrame = field(repr=False)
    kpis: pl.DataFrame = field(repr=False)
    distances: pl.DataFrame = field(repr=False)
    notes: tuple[str, ...]
    confidence: float


def compare_logs(
    first: MeasuredLog,
    second: MeasuredLog,
    *,
    resamples: int = 500,
    relabelings: int = 20,
    seed: int = 1,
    confidence: float = 0.95,
) -> LogComparison:
    """Compare two logs, whichever of them is real or simulated.

    Parameters
    ----------
    first, second
        The logs; differences are second minus first. Their activity names must be comparable:
        see :func:`mining.analysis.in_reference_names`.
    resamples
        Of the bootstrap over cases.
    relabelings
        Of the cases, to tell a distance from chance.
    seed
        Of all random draws; the order of rows in a log has no influence on them.
    confidence
        Of intervals and tests, between 0 and 1.

    Raises
    ------
    LogError
        If a log has no cases of its type.
    """
    tables = [case_table(one.log, one.case_type, one.cluster) for one in (first, second)]
    a, b = tables
    variants = variant_frequencies(a, b, confidence)
    chance = {"resamples": resamples, "seed": seed}
    return LogComparison(
        first=_side(first, a, variants, "first"),
        second=_side(second, b, variants, "second"),
        arcs=arc_frequencies(a, b, confidence),
        activities=activity_frequencies(a, b, confidence),
        variants=variants,
        throughput=throughput_differences(a, b, confidence=confidence, **chance),
        lags=lag_differences(a, b, confidence=confidence, **chance),
        kpis=kpi_differences(first, second, confidence=confidence, **chance),
        distances=_distances(a, b, relabelings, seed),
        notes=tuple(_notes(first, second, tables)),
        confidence=confidence,
    )


def _side(one: MeasuredLog, table: CaseTable, variants: pl.DataFrame, which: str) -> Side:
    taken = variants.filter(pl.col(f"{which}_count") > 0).height
    return Side(one.log.source, one.case_type, table.cases, table.events.height, taken)


def _distances(first: CaseTable, second: CaseTable, relabelings: int, seed: int) -> pl.DataFrame:
    found = distances(
        first.events,
        second.events,
        relabelings=relabelings,
        seed=seed,
        clusters=(first.cluster, second.cluster),
    )
    rows = [
        {
            "key": d.key,
            "label": d.label,
            "unit": d.unit,
            "distance": found[d.key][0],
            "chance_mean": sum(dealt) / len(dealt) if dealt else None,
            "chance_highest": dealt[-1] if dealt else None,
            "meaning": d.meaning,
        }
        for d in DISTANCES
        if d.key in found
        for dealt in (found[d.key][1],)
    ]
    return pl.DataFrame(
        rows, schema_overrides=dict.fromkeys(("chance_mean", "chance_highest"), pl.Float64)
    )


def _notes(first: MeasuredLog, second: MeasuredLog, tables: list[CaseTable]) -> list[str]:
    notes = [_on_clusters(first, tables[0], "first"), _on_clusters(second, tables[1], "second")]
    names = [set(table.events["activity"].unique()) for table in tables]
    shared = names[0] & names[1]
    if len(shared) < 0.5 * min(len(side) for side in names):
        notes.append(
            f"Only {len(shared)} activity names occur in both logs; where the two name the same "
            "work differently, give it one name (--names reference, or --mapping)."
        )
    return notes


def _on_clusters(one: MeasuredLog, table: CaseTable, which: str) -> str:
    if table.clusters < table.cases:
        few = "; with so few, intervals are too narrow" if table.clusters < 30 else ""
        return (
            f"{which} log: the {table.cases:,} cases of {table.clusters:,} clusters "
            f"({one.cluster}) are taken to hang together{few}."
        )
    return (
        f"{which} log: the {table.cases:,} cases are taken to be independent; where they hang "
        "together (lines of one order, orders of one customer), intervals are too narrow and "
        "p-values too small."
    )
