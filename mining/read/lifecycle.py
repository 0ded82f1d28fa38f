"""Life cycles: logs whose events are the ``start`` and the ``complete`` of one activity."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl

from mining.read.mapping import ColumnMapping

TRANSITION = "lifecycle:transition"
# What the column with the transition is called in tables.
_NAMES = ("lifecycle_transition", "lifecycle", "transition", "lifecycle_stage")


def transition_column(columns: list[str]) -> str | None:
    """Return the column with the transition of a life cycle, or None."""
    plain = {re.sub(r"[^a-z]+", "_", column.lower()).strip("_"): column for column in columns}
    return next((plain[name] for name in _NAMES if name in plain), None)


def chosen_column(columns: list[str], mapping: ColumnMapping) -> str | None:
    """Return the column with the transition that is to be used: the one named, or a guess.

    None where there is none, where the mapping wants none, or where it has another part.
    """
    column = mapping.lifecycle if mapping.lifecycle is not None else transition_column(columns)
    return None if not column or column in mapping.columns.values() else column


def paired(
    frame: pl.DataFrame, mapping: ColumnMapping, column: str
) -> tuple[pl.DataFrame, ColumnMapping, list[str]]:
    """Join each ``complete`` event with the ``start`` event that it closes, first in first out.

    Parameters
    ----------
    frame
        One row per event.
    mapping
        A resolved mapping: case, activity and time have columns.
    column
        The column with the transition.

    Returns
    -------
    tuple
        One row per completion with ``start_timestamp``, the mapping with it, and a note; the frame
        as it was where it already has starts, or not both kinds of events.
    """
    if mapping.start is not None:
        return frame, mapping, []
    step = pl.col(column).cast(pl.String).str.to_lowercase().str.strip_chars()
    starts = frame.filter(step == "start")
    ends = frame.filter(step == "complete")
    if starts.is_empty() or ends.is_empty():
        return frame, mapping, []
    keys = [c for c in (mapping.case, mapping.activity) if c is not None]
    assert mapping.time is not None
    nth = pl.int_range(pl.len()).over(keys).alias("@nth")
    opened = starts.select(*keys, nth, pl.col(mapping.time).alias("start_timestamp"))
    joined = (
        ends.with_columns(nth)
        .join(opened, on=[*keys, "@nth"], how="left", nulls_equal=True, maintain_order="left")
        .drop("@nth")
    )
    found = joined.height - joined["start_timestamp"].null_count()
    other = frame.height - starts.height - ends.height
    note = (
        f"{found} of {ends.height} completions paired with their start; left out: "
        f"{starts.height - found} starts without completion, {other} events of other transitions"
    )
    return joined, replace(mapping, start="start_timestamp"), [note]
