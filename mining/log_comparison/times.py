"""How long cases and the steps between their activities take in two logs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from mining.log_comparison.case_table import CaseTable
from mining.log_comparison.resampling import (
    MEAN,
    MEDIAN,
    P90,
    Difference,
    Grouped,
    corrected,
    differences,
)
from mining.performance import MICROSECONDS_PER_HOUR, throughput


def throughput_differences(
    first: CaseTable, second: CaseTable, *, resamples: int, seed: int, confidence: float = 0.95
) -> dict[str, Difference]:
    """Return mean, median and 90th percentile of the throughput time of both logs.

    Parameters
    ----------
    first, second
        The logs.
    resamples, seed, confidence
        Of the bootstrap over cases.

    Returns
    -------
    dict
        ``mean``, ``median``, ``p90``: calendar hours from a case's first to its last event, not
        corrected for being three.
    """
    samples = [_one_group(table) for table in (first, second)]
    found = differences(
        samples[0],
        samples[1],
        (MEAN, MEDIAN, P90),
        resamples=resamples,
        seed=seed,
        confidence=confidence,
    )
    return {name: by_group[0] for name, by_group in found.items()}


def lag_differences(
    first: CaseTable, second: CaseTable, *, resamples: int, seed: int, confidence: float = 0.95
) -> pl.DataFrame:
    """Return how long one activity follows another in both logs, for what both logs have.

    Parameters
    ----------
    first, second
        The logs.
    resamples, seed, confidence
        Of the bootstrap over cases.

    Returns
    -------
    polars.DataFrame
        ``source``, ``target``, ``first_count``, ``second_count``, ``first_median_hours``,
        ``second_median_hours``, ``difference_hours``, ``low_hours``, ``high_hours`` (null below
        20 occurrences in a log), ``p_value``, ``holm_p_value`` (over all arcs);
        ``added_hours`` (difference of the means x occurrences in the second log, what the arc adds
        in all). The least chance-like first, then what adds most, then by name.
    """
    rows = pl.concat(
        [
            _lags(table).with_columns(pl.lit(n).alias("log"))
            for n, table in enumerate((first, second))
        ]
    )
    arcs = (
        rows.group_by("source", "target")
        .agg(
            (pl.col("log") == 0).sum().cast(pl.Int64).alias("first_count"),
            (pl.col("log") == 1).sum().cast(pl.Int64).alias("second_count"),
        )
        .filter((pl.col("first_count") > 0) & (pl.col("second_count") > 0))
        .sort("source", "target")
        .with_row_index("arc")
    )
    rows = rows.join(arcs.select("arc", "source", "target"), on=["source", "target"])
    samples = [
        Grouped(
            table.cluster[part["case"].to_numpy()],
            part["arc"].cast(pl.Int64).to_numpy(),
            part["microseconds"].to_numpy() / MICROSECONDS_PER_HOUR,
            (table.clusters, arcs.height),
        )
        for n, table in enumerate((first, second))
        for part in (rows.filter(pl.col("log") == n),)
    ]
    found = differences(
        samples[0],
        samples[1],
        (MEDIAN,),
        resamples=resamples,
        seed=seed,
        confidence=confidence,
    )
    means = [
        np.bincount(one.groups, one.values, minlength=arcs.height)
        / np.bincount(one.groups, minlength=arcs.height)
        for one in samples
    ]
    longer = means[1] - means[0]
    return (
        arcs.drop("arc")
        .with_columns(difference_columns(corrected(found[MEDIAN]), "median_hours", "hours"))
        .with_columns(
            (pl.Series("longer", longer, dtype=pl.Float64) * pl.col("second_count")).alias(
                "added_hours"
            )
        )
        .sort(
            pl.col("holm_p_value").fill_null(2.0),
            pl.col("added_hours").abs(),
            "source",
            "target",
            descending=[False, True, False, False],
        )
    )


def difference_columns(
    found: Sequence[Difference], stem: str = "", unit: str = ""
) -> list[pl.Series]:
    """Return differences as columns, named by what is compared and its unit; NaN as null."""
    tail = f"_{unit}" if unit else ""
    middle = f"_{stem}" if stem else ""
    columns = {
        f"first{middle}": [one.first for one in found],
        f"second{middle}": [one.second for one in found],
        f"difference{tail}": [one.second - one.first for one in found],
        f"low{tail}": [one.low for one in found],
        f"high{tail}": [one.high for one in found],
        "p_value": [one.p_value for one in found],
        "holm_p_value": [one.holm_p_value for one in found],
    }
    return [
        pl.Series(name, values, dtype=pl.Float64).fill_nan(None) for name, values in columns.items()
    ]


def _lags(table: CaseTable) -> pl.DataFrame:
    same = pl.col("case") == pl.col("case").shift(-1)
    lag = (pl.col("time").shift(-1) - pl.col("time")).dt.total_microseconds()
    return (
        table.events.lazy()
        .select(
            "case",
            pl.col("activity").alias("source"),
            pl.col("activity").shift(-1).alias("target"),
            lag.alias("microseconds"),
            same.alias("same"),
        )
        .filter("same")
        .drop("same")
        .collect()
    )


def _one_group(table: CaseTable) -> Grouped:
    times = throughput(table.events)
    # Divided here: Polars' division differs in the last digit with where a row stands.
    hours = (times["end"] - times["start"]).dt.total_microseconds().to_numpy()
    hours = hours / MICROSECONDS_PER_HOUR
    return Grouped(table.cluster, np.zeros(hours.size, np.int64), hours, (table.clusters, 1))
