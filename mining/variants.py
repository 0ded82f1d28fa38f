"""Variants: the distinct sequences of activities, and how many cases take each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.grouping import Groups, Integers
from mining.ordered_cases import OrderedCases
from mining.performance import MICROSECONDS_PER_HOUR

_SEED = 20_240_101
_ROWS_AT_ONCE = 1 << 19


def variants(cases: pl.DataFrame | OrderedCases) -> pl.DataFrame:
    """Return the variants of a case view, the most frequent first.

    Parameters
    ----------
    cases
        A case view, in any row order, or what several measures of one share.

    Returns
    -------
    polars.DataFrame
        ``variant`` (rank from 1), ``activities`` (list of String), ``count`` (cases), ``share``,
        ``cumulative_share`` (both 0 to 1), ``median_hours`` (throughput time). Equally frequent
        variants stand in the alphabetical order of their activities, so ranks are repeatable.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    rows = OrderedCases.of(cases)
    found = _sequences(rows)
    _, (median,) = Groups.of(found.sequence).quantiles(rows.ended - rows.started, (0.5,))
    total = len(found.sequence)
    return (
        _ranked(found)
        .with_columns(
            (pl.col("count") / total).alias("share"),
            (pl.col("count").cum_sum() / total).alias("cumulative_share"),
            pl.lit(pl.Series(median / MICROSECONDS_PER_HOUR, dtype=pl.Float64))
            .gather(pl.col("sequence"))
            .alias("median_hours"),
        )
        .select("variant", "activities", "count", "share", "cumulative_share", "median_hours")
    )


def of_cases(cases: pl.DataFrame | OrderedCases) -> pl.DataFrame:
    """Return which variant each case takes.

    Parameters
    ----------
    cases
        A case view, in any row order, or what several measures of one share.

    Returns
    -------
    polars.DataFrame
        ``case`` and ``variant`` (the rank that :func:`variants` gives), by case.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    found = _sequences(OrderedCases.of(cases))
    ranks = _ranked(found).sort("sequence")["variant"]
    return pl.DataFrame({"case": found.case, "variant": ranks.gather(found.sequence)})


def counted(cases: pl.DataFrame | OrderedCases) -> dict[tuple[str, ...], int]:
    """Return the variants as tuples of activities with their number of cases, ranked.

    Parameters
    ----------
    cases
        A case view, in any row order, or what several measures of one share.

    Returns
    -------
    dict
        Cases by sequence of activities, the most frequent first. What discovery and conformance
        checking work on: their cost depends on the variants, never on the cases.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    ranks = _ranked(_sequences(OrderedCases.of(cases)))
    return {
        tuple(activities): count
        for activities, count in zip(ranks["activities"], ranks["count"], strict=True)
    }


@dataclass(frozen=True, slots=True)
class _Sequences:
    """The sequence of each case, by its number, and the activities of each distinct one."""

    case: pl.Series
    sequence: Integers
    activities: list[list[str]]


def _sequences(rows: OrderedCases) -> _Sequences:
    """Tell the sequences of the cases apart.

    Two cases are compared by a 64-bit sum of numbers that belong to place and activity. Each case
    is then held, activity by activity, against the first with its sum, so the answer is exact.
    """
    names, code, begins, sizes = rows.names.to_list(), rows.code, rows.begins, rows.sizes
    sums = _sums(code, begins, sizes, len(names))
    first: Integers
    sequence: Integers
    _, first, sequence = np.unique(sums, return_index=True, return_inverse=True)
    if not _are_equal(code, begins, sizes, first[sequence]):
        first, sequence = _compared_as_bytes(code, begins, sizes)
    return _Sequences(
        rows.view["case"][begins],
        sequence,
        [[names[c] for c in code[begins[i] : begins[i] + sizes[i]].tolist()] for i in first],
    )


def _sums(code: Integers, begins: Integers, sizes: Integers, activities: int) -> Integers:
    numbers = np.random.default_rng(_SEED)
    most = int(sizes.max(initial=0))
    of_place, of_activity = (
        numbers.integers(2**64, size=size, dtype=np.uint64) for size in (most, activities)
    )
    sums = np.empty(len(begins), np.uint64)
    for some, rows in _parts(begins, len(code)):
        own = begins[some] - rows.start
        place = np.arange(rows.stop - rows.start) - np.repeat(own, sizes[some])
        sums[some] = np.add.reduceat(of_place[place] * of_activity[code[rows]], own)
    return sums


def _are_equal(code: Integers, begins: Integers, sizes: Integers, twin: Integers) -> bool:
    """Return whether each case has the activities of its twin, in their order."""
    if (sizes != sizes[twin]).any():
        return False
    for some, rows in _parts(begins, len(code)):
        shift = np.repeat(begins[twin[some]] - begins[some], sizes[some])
        if (code[rows] != code[np.arange(rows.start, rows.stop) + shift]).any():
            return False
    return True


def _compared_as_bytes(
    code: Integers, begins: Integers, sizes: Integers
) -> tuple[Integers, Integers]:
    """Return the first case of each distinct sequence, and the sequence of each case; slow."""
    known: dict[bytes, int] = {}
    first: list[int] = []
    sequence: list[int] = []
    for i, (begin, size) in enumerate(zip(begins.tolist(), sizes.tolist(), strict=True)):
        number = known.setdefault(code[begin : begin + size].tobytes(), len(known))
        if number == len(first):
            first.append(i)
        sequence.append(number)
    return np.array(first, np.int64), np.array(sequence, np.int64)


def _parts(begins: Integers, rows: int) -> Iterator[tuple[slice, slice]]:
    """Cut whole cases into parts of bounded size: slices of cases, and of their rows."""
    done = 0
    while done < len(begins):
        until = int(np.searchsorted(begins, begins[done] + _ROWS_AT_ONCE, side="right")) - 1
        until = len(begins) if rows <= begins[done] + _ROWS_AT_ONCE else max(until, done + 1)
        end = rows if until == len(begins) else int(begins[until])
        yield slice(done, until), slice(int(begins[done]), end)
        done = until


def _ranked(found: _Sequences) -> pl.DataFrame:
    counts = np.bincount(found.sequence, minlength=len(found.activities))
    table = pl.DataFrame(
        {"activities": pl.Series(found.activities, dtype=pl.List(pl.String)), "count": counts}
    )
    return (
        table.with_row_index("sequence")
        .with_columns(pl.col("activities").list.join("\0").alias("name"))
        .sort(["count", "name"], descending=[True, False])
        .drop("name")
        .with_row_index("variant", offset=1)
    )
