"""Patterns: which activities occur in how many cases, on which days and hours, in which order."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

# A simulated share may lie so many percentage points from the test log's (issue 6).
ALLOWED_POINTS = 3.0


def prevalence_table(
    train: pl.DataFrame, test: pl.DataFrame, runs: Sequence[pl.DataFrame]
) -> pl.DataFrame:
    """Compare in how many cases each activity occurs.

    Parameters
    ----------
    train, test, runs
        Case events of the training and the test log and of each simulated one.

    Returns
    -------
    polars.DataFrame
        ``activity``, ``train_percent``, ``test_percent``, ``simulated_percent`` (mean of the
        runs), ``drift_points`` (test less training log), ``off_points`` (simulated less test),
        ``within`` (no further off than :data:`ALLOWED_POINTS`), the most frequent first.
    """
    table = _prevalence(test).rename({"percent": "test_percent"})
    shares = [_prevalence(run) for run in runs]
    every = pl.concat(shares).group_by("activity").agg(pl.col("percent").sum() / len(runs))
    return (
        table.join(
            _prevalence(train).rename({"percent": "train_percent"}),
            on="activity",
            how="full",
            coalesce=True,
        )
        .join(
            every.rename({"percent": "simulated_percent"}),
            on="activity",
            how="full",
            coalesce=True,
        )
        .with_columns(pl.col("train_percent", "test_percent", "simulated_percent").fill_null(0.0))
        .with_columns(
            (pl.col("test_percent") - pl.col("train_percent")).alias("drift_points"),
            (pl.col("simulated_percent") - pl.col("test_percent")).alias("off_points"),
        )
        .with_columns((pl.col("off_points").abs() <= ALLOWED_POINTS).alias("within"))
        .select(
            "activity",
            "train_percent",
            "test_percent",
            "simulated_percent",
            "drift_points",
            "off_points",
            "within",
        )
        .sort(["test_percent", "activity"], descending=[True, False])
    )


def _prevalence(events: pl.DataFrame) -> pl.DataFrame:
    cases = max(events["case"].n_unique(), 1)
    return events.group_by("activity").agg(
        (100 * pl.col("case").n_unique() / cases).alias("percent")
    )


def profile_table(
    train: pl.DataFrame, test: pl.DataFrame, runs: Sequence[pl.DataFrame]
) -> pl.DataFrame:
    """Compare on which weekdays, and in which hours, each activity happens.

    Returns
    -------
    polars.DataFrame
        ``activity``; ``weekday_floor`` and ``hour_floor``, the share of events that would have
        to move for the training log's profile to become that of the test log (total variation
        distance, 0 to 1); ``weekday_off`` and ``hour_off``, the same of all simulated logs
        together. Null where the simulation has no such event.
    """
    simulated = pl.concat(runs)
    parts = {"weekday": pl.col("time").dt.weekday(), "hour": pl.col("time").dt.hour()}
    rows = []
    for activity in sorted(set(test["activity"].unique()) & set(train["activity"].unique())):
        row: dict[str, object] = {"activity": activity}
        for name, part in parts.items():
            real = _shares(test, activity, part)
            row[f"{name}_floor"] = _variation(_shares(train, activity, part), real)
            row[f"{name}_off"] = _variation(_shares(simulated, activity, part), real)
        rows.append(row)
    columns = ("weekday_floor", "weekday_off", "hour_floor", "hour_off")
    return pl.DataFrame(rows, schema={"activity": pl.String, **dict.fromkeys(columns, pl.Float64)})


def _shares(events: pl.DataFrame, activity: str, part: pl.Expr) -> dict[int, float]:
    rows = events.filter(pl.col("activity") == activity)
    counts = rows.group_by(part.alias("part")).len()
    return {int(key): count / rows.height for key, count in counts.iter_rows()}


def _variation(one: dict[int, float], other: dict[int, float]) -> float | None:
    if not one or not other:
        return None
    keys = {*one, *other}
    return sum(abs(one.get(key, 0.0) - other.get(key, 0.0)) for key in keys) / 2


def variant_coverage(test: pl.DataFrame, known: Sequence[pl.DataFrame]) -> float:
    """Return the share of a test log's cases whose sequence of activities occurs in other logs."""
    seen = pl.concat([_variants(log).select("variant") for log in known]).unique()
    variants = _variants(test)
    return variants.join(seen, on="variant", how="semi").height / max(variants.height, 1)


def _variants(events: pl.DataFrame) -> pl.DataFrame:
    ordered = events.sort("case", "time", "activity")
    return ordered.group_by("case").agg(pl.col("activity").str.join(">").alias("variant"))
