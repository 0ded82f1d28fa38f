"""How often things happen per case in two logs, and whether the difference is more than chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.log_comparison.case_table import CaseTable
from mining.multiplicity import holm
from mining.proportions import exact_p, normal_quantile, two_sided

START, END = "(start)", "(end)"
CHANGES = ("new", "gone", "more", "fewer", "equal")
# Below so many clusters in both logs a normal test of a count is too far from its true level.
_FEW_CLUSTERS = 20
_FIGURES = ("count", "cases", "clusters", "squares", "products")
Array = npt.NDArray[np.float64]


def arc_frequencies(first: CaseTable, second: CaseTable, confidence: float = 0.95) -> pl.DataFrame:
    """Return how often each activity directly follows another per case, in both logs.

    Parameters
    ----------
    first, second
        The logs.
    confidence
        Of the intervals.

    Returns
    -------
    polars.DataFrame
        ``source``, ``target`` (names; :data:`START` and :data:`END` for the ends of a case) and
        the columns of :func:`_compared`.
    """
    return _compared(first, second, _arcs, confidence)


def activity_frequencies(
    first: CaseTable, second: CaseTable, confidence: float = 0.95
) -> pl.DataFrame:
    """Return how often each activity happens per case, in both logs.

    Parameters
    ----------
    first, second
        The logs.
    confidence
        Of the intervals.

    Returns
    -------
    polars.DataFrame
        ``activity`` and the columns of :func:`_compared`.
    """
    return _compared(first, second, _activities, confidence)


def variant_frequencies(
    first: CaseTable, second: CaseTable, confidence: float = 0.95
) -> pl.DataFrame:
    """Return how often each sequence of activities is taken, in both logs.

    Parameters
    ----------
    first, second
        The logs.
    confidence
        Of the intervals.

    Returns
    -------
    polars.DataFrame
        ``activities`` (list of String) and the columns of :func:`_compared`.
    """
    return _compared(first, second, _sequences, confidence)


def _compared(
    first: CaseTable,
    second: CaseTable,
    occurrences: Callable[[CaseTable], pl.LazyFrame],
    confidence: float,
) -> pl.DataFrame:
    """Return what occurs in two logs side by side, tested.

    What is compared is the mean number per case. Its error comes from the spread between clusters
    of cases (a ratio estimate), which is the spread between cases where each is its own cluster;
    the test takes it from both logs together, so that for what happens at most once in a case it
    is the pooled test of two shares. Where fewer than 20 clusters in both logs have it, Fisher's
    exact test of the number of clusters that do takes its place. All rows are corrected together
    by Holm's procedure.

    Parameters
    ----------
    first, second
        The logs.
    occurrences
        Gives one row per occurrence: ``case`` and names.
    confidence
        Of the intervals of the difference (normal, errors of the logs apart).

    Returns
    -------
    polars.DataFrame
        The names; ``first_count``, ``second_count``; ``first_cases``, ``second_cases`` (that have
        it); ``first_share``, ``second_share`` (of all cases); ``first_per_case``,
        ``second_per_case``; ``difference`` (second minus first, per case), ``low``, ``high``;
        ``p_value``, ``holm_p_value``; ``change`` (``new``, ``gone``, ``more``, ``fewer`` or
        ``equal``). The least chance-like first, then the largest, then by name.

    References
    ----------
    Cochran, "Sampling Techniques", 3rd ed., 1977, sections 6.4 and 9A.
    """
    one, other = (_moments(table, occurrences(table)) for table in (first, second))
    names = [name for name in one.columns if name not in _FIGURES]
    both = one.join(other, on=names, how="full", coalesce=True, suffix="_2").with_columns(
        pl.col(f"{name}{suffix}").fill_null(0) for name in _FIGURES for suffix in ("", "_2")
    )
    both = both.sort(names)
    a, b = (_Sums.of(both, table, tail) for table, tail in ((first, ""), (second, "_2")))
    gap = b.mean - a.mean
    reach = normal_quantile(confidence) * np.sqrt(a.variance(a.mean) + b.variance(b.mean))
    p = _p_values(a, b, gap)
    change = np.select(
        [gap == 0, a.count == 0, b.count == 0, gap > 0], ["equal", "new", "gone", "more"], "fewer"
    )
    return (
        both.select(
            *names,
            pl.col("count").alias("first_count"),
            pl.col("count_2").alias("second_count"),
            pl.col("cases").alias("first_cases"),
            pl.col("cases_2").alias("second_cases"),
            (pl.col("cases") / first.cases).alias("first_share"),
            (pl.col("cases_2") / second.cases).alias("second_share"),
        )
        .with_columns(
            pl.Series("first_per_case", a.mean),
            pl.Series("second_per_case", b.mean),
            pl.Series("difference", gap),
            pl.Series("low", gap - reach).fill_nan(None),
            pl.Series("high", gap + reach).fill_nan(None),
            pl.Series("p_value", p, dtype=pl.Float64),
            pl.Series("holm_p_value", holm(p), dtype=pl.Float64),
            pl.Series("change", change.astype(str), dtype=pl.String),
            pl.Series("size", np.abs(gap)),
        )
        .sort(["holm_p_value", "size", *names], descending=[False, True, *[False] * len(names)])
        .drop("size")
    )


@dataclass(frozen=True, slots=True)
class _Sums:
    """Of each row in one log: what its mean per case and the mean's error are made of."""

    count: Array
    clusters_with: Array
    squares: Array
    products: Array
    cases: int
    clusters: int
    squared_sizes: float

    @classmethod
    def of(cls, rows: pl.DataFrame, table: CaseTable, tail: str) -> _Sums:
        """Return the sums of one side of a joined table."""
        sizes = np.bincount(table.cluster).astype(float)
        count, with_it, squares, products = (
            rows[f"{name}{tail}"].cast(pl.Float64).to_numpy()
            for name in ("count", "clusters", "squares", "products")
        )
        squared_sizes = float((sizes**2).sum())
        return cls(count, with_it, squares, products, table.cases, table.clusters, squared_sizes)

    @property
    def mean(self) -> Array:
        """Number per case."""
        return self.count / self.cases

    def residual(self, mean: Array) -> Array:
        """Return the sum over clusters of the squared distance from a mean per case."""
        squared = self.squares - 2 * mean * self.products + mean * mean * self.squared_sizes
        return np.maximum(squared, 0.0)

    def variance(self, mean: Array) -> Array:
        """Return the variance of the mean per case; NaN of a single cluster."""
        if self.clusters < 2:
            return np.full(mean.shape, np.nan)
        return self.residual(mean) * self.clusters / (self.clusters - 1) / self.cases**2


def _p_values(a: _Sums, b: _Sums, gap: Array) -> list[float]:
    pooled = (a.count + b.count) / (a.cases + b.cases)
    clusters = a.clusters + b.clusters
    spread = (a.residual(pooled) + b.residual(pooled)) / max(clusters - 1, 1)
    error = np.sqrt(spread * (a.clusters / a.cases**2 + b.clusters / b.cases**2))
    found = []
    for row, step in enumerate(gap):
        with_it = int(a.clusters_with[row] + b.clusters_with[row])
        if step == 0:
            found.append(1.0)
        elif with_it < _FEW_CLUSTERS:
            found.append(exact_p(int(a.clusters_with[row]), a.clusters, with_it, clusters))
        else:
            found.append(two_sided(step / error[row]) if error[row] > 0 else 1.0)
    return found


def _moments(table: CaseTable, rows: pl.LazyFrame) -> pl.DataFrame:
    names = [name for name in rows.collect_schema().names() if name != "case"]
    sizes = np.bincount(table.cluster)
    cases = pl.LazyFrame(
        {
            "case": np.arange(table.cases, dtype=np.uint32),
            "cluster": table.cluster,
            "size": sizes[table.cluster],
        }
    )
    return (
        rows.group_by(*names, "case")
        .agg(pl.len().cast(pl.Int64).alias("times"))
        .join(cases, on="case")
        .group_by(*names, "cluster")
        .agg(pl.col("times").sum(), pl.col("size").first(), pl.len().alias("cases"))
        .group_by(*names)
        .agg(
            pl.col("times").sum().alias("count"),
            pl.col("cases").sum().cast(pl.Int64),
            pl.len().cast(pl.Int64).alias("clusters"),
            (pl.col("times") ** 2).sum().alias("squares"),
            (pl.col("times") * pl.col("size")).sum().alias("products"),
        )
        .collect()
    )


def _activities(table: CaseTable) -> pl.LazyFrame:
    return table.events.lazy().select("case", "activity")


def _arcs(table: CaseTable) -> pl.LazyFrame:
    lazy = table.events.lazy()
    following = pl.col("activity").shift(-1).over("case").fill_null(END).alias("target")
    pairs = lazy.select("case", pl.col("activity").alias("source"), following)
    starts = (
        lazy.group_by("case")
        .agg(pl.col("activity").first().alias("target"))
        .select("case", pl.lit(START).alias("source"), "target")
    )
    return pl.concat([pairs, starts])


def _sequences(table: CaseTable) -> pl.LazyFrame:
    return table.events.lazy().group_by("case").agg(pl.col("activity").alias("activities"))
