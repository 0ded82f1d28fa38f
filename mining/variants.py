"""Variants: the distinct sequences of activities, and how many cases take each."""

from __future__ import annotations

import polars as pl

from mining.performance import activity_names, coded_activities, ordered, throughput

# Sequences are compared as texts of one character per activity: exact, and the fastest key that
# Polars groups by. Characters start after the control codes and stay below the surrogates.
_FIRST_CHARACTER = 0x20
_LAST_CHARACTER = 0xD7FF


def variants(cases: pl.DataFrame) -> pl.DataFrame:
    """Return the variants of a case view, the most frequent first.

    Parameters
    ----------
    cases
        A case view, in any row order.

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
    view = ordered(cases)
    keys, letters = _keys(view)
    hours = throughput(view).select("hours")
    table = (
        pl.concat([keys, hours], how="horizontal")
        .group_by("key")
        .agg(pl.len().cast(pl.Int64).alias("count"), pl.col("hours").median().alias("median_hours"))
    )
    total = keys.height
    return (
        _ranked(table, letters)
        .with_columns(
            (pl.col("count") / total).alias("share"),
            (pl.col("count").cum_sum() / total).alias("cumulative_share"),
        )
        .select("variant", "activities", "count", "share", "cumulative_share", "median_hours")
    )


def of_cases(cases: pl.DataFrame) -> pl.DataFrame:
    """Return which variant each case takes.

    Parameters
    ----------
    cases
        A case view, in any row order.

    Returns
    -------
    polars.DataFrame
        ``case`` and ``variant`` (the rank that :func:`variants` gives), by case.

    Raises
    ------
    LogError
        If a column that every case view has is missing.
    """
    keys, letters = _keys(ordered(cases))
    ranks = _ranked(keys.group_by("key").agg(pl.len().cast(pl.Int64).alias("count")), letters)
    return keys.join(
        ranks.select("key", "variant"), on="key", how="left", maintain_order="left"
    ).select("case", "variant")


def counted(cases: pl.DataFrame) -> dict[tuple[str, ...], int]:
    """Return the variants as tuples of activities with their number of cases, ranked.

    Parameters
    ----------
    cases
        A case view, in any row order.

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
    keys, letters = _keys(ordered(cases))
    ranks = _ranked(keys.group_by("key").agg(pl.len().cast(pl.Int64).alias("count")), letters)
    return {
        tuple(activities): count
        for activities, count in zip(ranks["activities"], ranks["count"], strict=True)
    }


def _keys(view: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, str]]:
    """Return each case's sequence as one text, and the activity behind each character."""
    activity = coded_activities(view["activity"])
    names = activity_names(activity).to_list()
    first = _FIRST_CHARACTER if len(names) <= _LAST_CHARACTER - _FIRST_CHARACTER else 0x10000
    characters = pl.Series([chr(first + code) for code in range(len(names))], dtype=pl.String)
    keys = (
        view.lazy()
        .select("case", characters.gather(activity.to_physical()).alias("key"))
        .group_by("case", maintain_order=True)
        .agg(pl.col("key").str.join(""))
        .collect()
    )
    return keys, dict(zip(characters, names, strict=True))


def _ranked(table: pl.DataFrame, letters: dict[str, str]) -> pl.DataFrame:
    sequences = [[letters[character] for character in key] for key in table["key"]]
    return (
        table.with_columns(pl.Series("activities", sequences, dtype=pl.List(pl.String)))
        .with_columns(pl.col("activities").list.join("\0").alias("name"))
        .sort(["count", "name"], descending=[True, False])
        .drop("name")
        .with_row_index("variant", offset=1)
    )
