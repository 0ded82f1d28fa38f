"""Names in a column as numbers: each distinct name once, in the order of first appearance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

# The names of most columns have all occurred by then, which saves looking through them twice.
_FIRST_ROWS = 1 << 18


@dataclass(frozen=True, slots=True)
class Numbered:
    """A column of names as numbers.

    Parameters
    ----------
    number
        UInt32, one per row; null where the row has no name.
    names
        The distinct names, stripped, by number.
    first
        The row in which each occurs first.
    """

    number: pl.Series
    names: pl.Series
    first: pl.Series


def stripped(values: pl.Series) -> pl.Series:
    """Return text without blanks around it, null where nothing is left."""
    return values.cast(pl.String).str.strip_chars().replace("", None)


def numbered(values: pl.Series) -> Numbered:
    """Return the names of a column as numbers.

    Equal neighbours are looked at once: a table that stands case by case, as most do, has far
    fewer runs than rows.
    """
    changes = values[1:].ne_missing(values[:-1]).arg_true().to_numpy() + 1
    begins = np.concatenate((np.zeros(min(len(values), 1), np.uint32), changes))
    sizes = np.diff(begins, append=len(values))
    runs = stripped(values.gather(begins)).rename("name").to_frame().with_row_index("run")
    distinct = (
        runs.filter(pl.col("name").is_not_null())
        .unique("name", keep="first", maintain_order=True)
        .with_row_index("number")
    )
    if distinct.height == runs.height:
        of_run = distinct["number"]
    else:
        names = distinct.select("name", "number")
        of_run = runs.join(names, on="name", how="left", maintain_order="left")["number"]
    return Numbered(
        of_run.gather(np.repeat(np.arange(len(begins), dtype=np.uint32), sizes)),
        distinct["name"],
        pl.Series(begins[distinct["run"].to_numpy()]),
    )


def coded(values: pl.Series) -> pl.Series:
    """Return a column of few distinct names as an Enum, stripped, null where blank."""
    values = values.cast(pl.String)
    distinct = values.head(_FIRST_ROWS).unique().drop_nulls().sort()
    codes = values.cast(pl.Enum(distinct), strict=False)
    if codes.null_count() > values.null_count():
        distinct = values.unique().drop_nulls().sort()
        codes = values.cast(pl.Enum(distinct))
    clean = stripped(distinct)
    if clean.equals(distinct):
        return codes
    names = pl.Enum(clean.drop_nulls().unique().sort())
    return values.replace_strict(distinct, clean.cast(names), return_dtype=names)
