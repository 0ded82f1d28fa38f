"""Which cases to look at: those that took longest on each path and before each activity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.ordered_cases import OrderedCases
from mining.performance import MICROSECONDS_PER_HOUR

MOST = 5


@dataclass(frozen=True, slots=True)
class PathCases:
    """Examples of cases, the longest first.

    Parameters
    ----------
    paths
        ``source`` (null for the start of cases), ``target`` (null for their end), ``case``
        (String), ``hours``: the longest time from the completion of the one to that of the other
        in this case (calendar hours); at the start and the end, the time of the whole case.
    activities
        ``activity``, ``case`` (String), ``hours``: the longest time from the completion of the
        case's previous event to that of this activity (calendar hours); 0 where there is none.
    path_counts
        ``source``, ``target``, ``cases``: distinct cases on each path.
    activity_counts
        ``activity``, ``cases``: distinct cases with each activity.
    """

    paths: pl.DataFrame
    activities: pl.DataFrame
    path_counts: pl.DataFrame
    activity_counts: pl.DataFrame


def path_cases(
    cases: pl.DataFrame | OrderedCases, names: pl.DataFrame | None = None, most: int = MOST
) -> PathCases:
    """Return for each path and activity how many cases have it, and those it took longest in.

    Parameters
    ----------
    cases
        A case view, in any row order, or what several measures of one share.
    names
        What people call a case: ``object`` (as the view's ``case``) and ``object_id``, such as
        the objects of a log; the view's own keys by default.
    most
        Examples of each.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    rows = OrderedCases.of(cases)
    code, begins = rows.code.astype(np.int64), rows.begins
    turn = np.repeat(np.arange(len(begins)), rows.sizes)
    hours = np.zeros(len(code))
    if len(code):
        hours[1:] = np.diff(rows.time) / MICROSECONDS_PER_HOUR
        hours[begins] = 0.0
    ends = begins + rows.sizes - 1
    whole = (rows.ended - rows.started) / MICROSECONDS_PER_HOUR
    inner = np.ones(len(code), np.bool_)
    inner[begins] = False
    later = np.flatnonzero(inner)
    # The code after the last stands for the outside of a case.
    outside = np.full(len(begins), len(rows.names), np.int64)
    steps = pl.DataFrame(
        {
            "source": np.concatenate([code[later - 1], outside, code[ends]]),
            "target": np.concatenate([code[later], code[begins], outside]),
            "turn": np.concatenate([turn[later], *[np.arange(len(begins))] * 2]),
            "hours": np.concatenate([hours[later], whole, whole]),
        }
    )
    events = pl.DataFrame({"activity": code, "turn": turn, "hours": hours})
    keys = rows.view["case"].gather(begins)
    told = keys.cast(pl.String)
    if names is not None:
        known = names.select(pl.col("object").cast(keys.dtype), pl.col("object_id"))
        told = (
            keys.to_frame("object")
            .join(known, on="object", how="left", maintain_order="left")
            .select(pl.coalesce("object_id", pl.col("object").cast(pl.String)))
            .to_series()
        )
    labels = pl.concat([rows.names, pl.Series([None], dtype=pl.String)])
    (paths, path_counts), (activities, activity_counts) = (
        _longest(table, told, labels, most) for table in (steps, events)
    )
    return PathCases(paths, activities, path_counts, activity_counts)


def _longest(
    table: pl.DataFrame, told: pl.Series, labels: pl.Series, most: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    by = [column for column in table.columns if column not in ("turn", "hours")]
    each = table.lazy().group_by(*by, "turn").agg(pl.col("hours").max()).collect()
    counts = each.group_by(by).agg(pl.len().cast(pl.Int64).alias("cases")).sort(by)
    examples = (
        each.with_columns(case=told.gather(each["turn"]))
        .sort([*by, "hours", "case"], descending=[*[False] * len(by), True, False])
        .group_by(by, maintain_order=True)
        .head(most)
        .select(*by, "case", "hours")
    )

    def named(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(labels.gather(frame[name]).alias(name) for name in by)

    return named(examples), named(counts)
