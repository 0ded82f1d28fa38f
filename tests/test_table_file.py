"""Tables for spreadsheets: what a log calls its activities is never a formula there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reports.table_file import write_table

if TYPE_CHECKING:
    from pathlib import Path


def test_a_text_that_looks_like_a_formula_gets_a_quote(tmp_path: Path) -> None:
    """In columns of text of any kind; numbers below zero stay numbers."""
    names = ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "\t=1", "Create Invoice", None]
    table = pl.DataFrame({"activity": names, "hours": [-1.5, 2, 3, 4, 5, 6, 7]}).with_columns(
        pl.col("activity").cast(pl.Categorical).alias("again")
    )
    write_table(table, tmp_path / "table.csv")
    back = pl.read_csv(tmp_path / "table.csv")
    quoted = [name if name in ("Create Invoice", None) else "'" + name for name in names]
    assert back["activity"].to_list() == back["again"].to_list() == quoted
    assert back["hours"].to_list() == [-1.5, 2, 3, 4, 5, 6, 7]
