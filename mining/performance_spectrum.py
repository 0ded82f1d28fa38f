"""The performance spectrum: every passage from one activity to the next, as a line in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from mining.grouping import Floats, Integers
from mining.ordered_cases import OrderedCases
from mining.performance import MICROSECONDS_PER_HOUR
from mining.variants import variants
from o2c_sim.errors import Problem, UsageError

MOST_LINES = 1_800
MOST_SEGMENTS = 8


@dataclass(frozen=True, slots=True)
class PerformanceSpectrum:
    """The passages of some segments.

    Parameters
    ----------
    segments
        One row per segment in order: ``segment`` (from 1), ``source``, ``target``, ``count``
        (all passages), ``shown``, ``q25_hours``, ``median_hours``, ``q75_hours``,
        ``longest_hours`` (of all passages; null without any).
    lines
        One row per passage shown: ``segment``, ``case``, ``start``, ``end`` (naive, on the
        company's clock), ``hours`` and ``quarter`` (1 for the fastest quarter of all passages of
        the segment, 4 for the slowest).
    activities
        The path whose segments these are; empty where they were named.
    """

    segments: pl.DataFrame
    lines: pl.DataFrame
    activities: tuple[str, ...]


def performance_spectrum(
    cases: pl.DataFrame,
    zone: str = "UTC",
    *,
    segments: Sequence[tuple[str, str]] | None = None,
    most_lines: int = MOST_LINES,
) -> PerformanceSpectrum:
    """Return the passages from one activity to the one that directly follows it.

    Parameters
    ----------
    cases
        A case view, in any row order.
    zone
        IANA time zone of the clock.
    segments
        Pairs of activities; by default those of the most frequent variant of at least two
        activities, each pair once; where they are more than :data:`MOST_SEGMENTS`, those in
        whose passages most time goes by, in the order of the variant.
    most_lines
        How many passages to keep in all; of each segment an equal part, evenly spaced in the
        order of their starts. What is counted and measured is all passages.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    UsageError
        If no passage is to be kept.

    References
    ----------
    Denisov, Fahland and van der Aalst, "Unbiased, fine-grained description of processes
    performance from event data", BPM 2018.
    """
    if most_lines < 1:
        raise UsageError(Problem(f"{most_lines} passages cannot be shown", allowed="1 or more"))
    rows = OrderedCases.of(cases)
    path: tuple[str, ...] = ()
    if segments is None:
        path = _path(rows)
        segments = _longest(rows, list(dict.fromkeys(pairwise(path))))
    each = max(most_lines // max(len(segments), 1), 1)
    told, drawn = [], []
    for number, ((source, target), place) in enumerate(
        zip(segments, _passages(rows, segments), strict=True), start=1
    ):
        hours = _hours(rows, place)
        shown = _sampled(rows.time, place, each)
        limits: list[Any] = [None] * 4
        if len(place):
            limits = np.quantile(hours, (0.25, 0.5, 0.75, 1.0)).tolist()
            drawn.append(_lines(rows, number, shown, limits[:3]))
        told.append((number, source, target, len(place), len(shown), *limits))
    lines = pl.concat(drawn) if drawn else pl.DataFrame(schema=_LINES)
    clock = (_local("start", zone), _local("end", zone))
    return PerformanceSpectrum(
        pl.DataFrame(told, schema=_SEGMENTS, orient="row"), lines.with_columns(clock), path
    )


_SEGMENTS: dict[str, Any] = {
    "segment": pl.UInt32, "source": pl.String, "target": pl.String, "count": pl.UInt32,
    "shown": pl.UInt32, "q25_hours": pl.Float64, "median_hours": pl.Float64,
    "q75_hours": pl.Float64, "longest_hours": pl.Float64,
}  # fmt: skip
_LINES: dict[str, Any] = {
    "segment": pl.UInt32, "case": pl.UInt32, "start": pl.Datetime("us"), "end": pl.Datetime("us"),
    "hours": pl.Float64, "quarter": pl.Int8,
}  # fmt: skip


def _path(rows: OrderedCases) -> tuple[str, ...]:
    """Return the most frequent sequence of at least two activities; empty if there is none."""
    if not rows.view.height:
        return ()
    longer = variants(rows).filter(pl.col("activities").list.len() > 1)
    return () if longer.is_empty() else tuple(longer["activities"][0])


def _longest(rows: OrderedCases, segments: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the segments that most time goes by in, in their own order."""
    if len(segments) <= MOST_SEGMENTS:
        return segments
    spent = [float(_hours(rows, place).sum()) for place in _passages(rows, segments)]
    # Sorting keeps the order of equals, so the choice is repeatable.
    ranked = sorted(range(len(segments)), key=lambda index: -spent[index])
    return [segments[index] for index in sorted(ranked[:MOST_SEGMENTS])]


def _passages(rows: OrderedCases, segments: Sequence[tuple[str, str]]) -> list[Integers]:
    """Return, for each segment, the rows that its passages start from."""
    code_of = {name: code for code, name in enumerate(rows.names.to_list())}
    code = rows.code.astype(np.int64)
    pair = code[:-1] * len(code_of) + code[1:]
    # The step from one case to the next is no passage.
    pair[rows.begins[1:] - 1] = -1
    none = np.zeros(0, np.int64)
    return [
        np.flatnonzero(pair == code_of[source] * len(code_of) + code_of[target])
        if source in code_of and target in code_of
        else none
        for source, target in segments
    ]


def _hours(rows: OrderedCases, place: Integers) -> Floats:
    hours: Floats = (rows.time[place + 1] - rows.time[place]) / MICROSECONDS_PER_HOUR
    return hours


def _sampled(time: Integers, place: Integers, most: int) -> Integers:
    """Return at most so many passages, evenly spaced in the order of their starts."""
    in_time = place[np.argsort(time[place], kind="stable")]
    if len(in_time) <= most:
        return in_time
    evenly: Integers = np.arange(most) * len(in_time) // most
    return in_time[evenly]


def _lines(
    rows: OrderedCases, number: int, place: Integers, limits: Sequence[float]
) -> pl.DataFrame:
    hours = _hours(rows, place)
    columns = {
        "segment": np.full(len(place), number),
        "case": rows.view["case"].gather(place),
        "start": rows.time[place],
        "end": rows.time[place + 1],
        "hours": hours,
        "quarter": 1 + sum((hours > limit).astype(np.int8) for limit in limits),
    }
    schema = {**_LINES, "case": rows.view["case"].dtype}
    return pl.DataFrame(columns).cast(pl.Schema(schema))


def _local(column: str, zone: str) -> pl.Expr:
    clock = pl.col(column).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return clock.dt.replace_time_zone(None)
