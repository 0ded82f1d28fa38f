"""Tables as CSV files that a spreadsheet may open: no text of a log becomes a formula in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# What a spreadsheet takes for the beginning of a formula, or passes over before one.
_FORMULA = r"^[=+\-@\t\r]"


def write_table(table: pl.DataFrame, path: Path) -> None:
    """Write a table as CSV; a text that a spreadsheet would take for a formula gets a quote before.

    Parameters
    ----------
    table
        Names in it may come from an untrusted log.
    path
        The file.

    References
    ----------
    OWASP, "CSV Injection".
    """
    import polars as pl

    kinds = (pl.String, pl.Categorical, pl.Enum)
    texts = [name for name, kind in table.schema.items() if isinstance(kind, kinds)]
    quoted = [pl.col(name).cast(pl.String).str.replace(_FORMULA, "'$0") for name in texts]
    table.with_columns(quoted).write_csv(path)
