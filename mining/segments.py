"""Segments: the cases of each value of an attribute beside each other."""

from __future__ import annotations

import math

import polars as pl

from mining.filters import case_attributes, with_cases
from mining.kpis import measure
from mining.performance import throughput
from mining.variants import of_cases
from o2c_sim.errors import Problem, UsageError, did_you_mean
from o2c_sim.eventlog import EventLog

LARGEST = 12
OTHER = "(other)"
UNKNOWN = "(unknown)"
_BINS = 4
_MOST_NUMBERS = 20
_TOO_UNIQUE = 0.9


def case_segments(
    log: EventLog, case_type: str, attribute: str, *, largest: int = LARGEST
) -> pl.DataFrame:
    """Return the segment of each case.

    Parameters
    ----------
    log
        The log.
    case_type
        The object type whose objects are the cases.
    attribute
        An attribute of the cases, or else of the events, of which the case's first counts.
        Numbers with many values are cut at their quartiles.
    largest
        So many segments; the cases of all others are ``(other)``.

    Returns
    -------
    polars.DataFrame
        ``case``, ``segment`` (String), by case; cases without a value are ``(unknown)``.

    Raises
    ------
    UsageError
        If there is no such attribute, or nearly every case has a value of its own.
    """
    own = case_attributes(log, case_type)
    cases = log.flatten(case_type)
    if attribute in own.columns and attribute not in ("case", "object_id"):
        values = cases.select("case").unique().join(own.select("case", attribute), on="case")
    elif attribute in cases.columns and attribute not in ("case", "event", "start", "time"):
        values = cases.group_by("case").agg(pl.col(attribute).drop_nulls().first())
    else:
        allowed = sorted({*own.columns, *cases.columns} - {
            "case", "event", "start", "time", "object_id", "activity",
        })  # fmt: skip
        raise UsageError(
            Problem(
                f"the log has no attribute {attribute!r}",
                allowed=", ".join(allowed),
                suggestion=did_you_mean(attribute, allowed),
            )
        )
    column = values[attribute]
    if column.dtype.is_numeric() and column.n_unique() > _MOST_NUMBERS:
        text = _quartiles(column)
    else:
        text = column.cast(pl.String)
        distinct = text.drop_nulls().n_unique()
        if distinct > max(_MOST_NUMBERS, _TOO_UNIQUE * values.height):
            raise UsageError(
                Problem(
                    f"nearly every case has its own {attribute!r} ({distinct:,} values)",
                    allowed="an attribute that many cases share",
                )
            )
    table = values.select("case", text.alias("segment"))
    counts = table.drop_nulls().group_by("segment").len().sort(
        ["len", "segment"], descending=[True, False]
    )  # fmt: skip
    kept = counts["segment"].head(largest)
    segment = pl.col("segment")
    return table.select(
        "case",
        pl.when(segment.is_null()).then(pl.lit(UNKNOWN))
        .when(segment.is_in(kept.implode())).then(segment)
        .otherwise(pl.lit(OTHER)).alias("segment"),
    ).sort("case")  # fmt: skip


def segments(cases: pl.DataFrame, of_case: pl.DataFrame) -> pl.DataFrame:
    """Return throughput and variants of each segment, the largest first.

    Parameters
    ----------
    cases
        A case view, in any row order.
    of_case
        See :func:`case_segments`.

    Returns
    -------
    polars.DataFrame
        ``segment``, ``cases``, ``share``, ``events_per_case``, ``median_hours``, ``p90_hours``,
        ``variants``, ``happy_share`` (of its cases, that take the log's most frequent variant),
        ``rework_share`` (that repeat an activity) and ``automated_share`` (of its events; null
        where the log does not say).

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    repeated = (
        cases.lazy()
        .group_by("case", "activity")
        .len()
        .group_by("case")
        .agg((pl.col("len") > 1).any().alias("rework"))
        .collect()
    )
    automated = pl.col("automated") if "automated" in cases.columns else pl.lit(None, pl.Boolean)
    by_hand = cases.group_by("case").agg(
        automated.sum().alias("machine"), automated.count().alias("told")
    )
    rows = throughput(cases).join(of_cases(cases), on="case")
    for part in (repeated, by_hand, of_case):
        rows = rows.join(part, on="case", how="left", maintain_order="left")
    told = pl.col("told").sum()
    return (
        rows.with_columns(pl.col("segment").fill_null(UNKNOWN))
        .group_by("segment")
        .agg(
            pl.len().cast(pl.Int64).alias("cases"),
            (pl.len() / rows.height).alias("share"),
            pl.col("events").mean().alias("events_per_case"),
            pl.col("hours").median().alias("median_hours"),
            pl.col("hours").quantile(0.9, "linear").alias("p90_hours"),
            pl.col("variant").n_unique().cast(pl.Int64).alias("variants"),
            (pl.col("variant") == 1).mean().alias("happy_share"),
            pl.col("rework").mean().alias("rework_share"),
            pl.when(told > 0).then(pl.col("machine").sum() / told).alias("automated_share"),
        )
        .sort(["cases", "segment"], descending=[True, False])
    )


def segment_kpis(
    log: EventLog, case_type: str, of_case: pl.DataFrame, recorded: set[str] | None = None
) -> pl.DataFrame:
    """Return the KPIs of each segment.

    Parameters
    ----------
    log
        A log in the reference vocabulary, see :func:`mining.analysis.in_reference_names`.
    case_type
        The object type whose objects are the cases.
    of_case
        See :func:`case_segments`.
    recorded
        See :func:`mining.kpis.measure`; what occurs in the whole log by default, so that a
        segment in which something never happens still has a share of zero.

    Returns
    -------
    polars.DataFrame
        ``segment``, ``kpi``, ``value``; KPIs that a segment does not carry are left out.
    """
    known = set(log.activities) if recorded is None else recorded
    rows = []
    for segment in of_case["segment"].unique().sort():
        cases = of_case.filter(pl.col("segment") == segment)["case"]
        found = measure(with_cases(log, case_type, cases), None, case_type, known)
        rows += [(segment, key, value) for key, value in found.items() if not math.isnan(value)]
    schema = {"segment": pl.String, "kpi": pl.String, "value": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _quartiles(column: pl.Series) -> pl.Series:
    numbers = column.cast(pl.Float64)
    cuts = sorted({
        value for i in range(1, _BINS)
        if (value := numbers.quantile(i / _BINS, "nearest")) is not None
    })  # fmt: skip
    edges = [f"{cut:,.10g}" for cut in cuts]
    labels = [
        f"{place}: up to {edges[0]}" if place == 1
        else f"{place}: above {edges[-1]}" if place > len(edges)
        else f"{place}: {edges[place - 2]} to {edges[place - 1]}"
        for place in range(1, len(edges) + 2)
    ]  # fmt: skip
    places = pl.sum_horizontal((pl.lit(numbers) > cut).cast(pl.Int64) for cut in cuts)
    named = pl.Series(labels).gather(pl.select(places.fill_null(0)).to_series())
    return pl.select(pl.when(pl.lit(numbers.is_not_null())).then(pl.lit(named))).to_series()
