"""The columns of a board: not started, then the stages; when each item reached which."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mining.flow.items import Items

NOT_STARTED = "Not started"


@dataclass(frozen=True, slots=True)
class BoardColumns:
    """When items reached the columns of a board.

    Parameters
    ----------
    names
        :data:`NOT_STARTED` (unless every item is worked on from its creation), then the stages.
    reached
        ``item`` and ``column_0``, ``column_1`` ...: when the item first was in the column or
        beyond; never later than the next. Null where it was not yet. What is done has passed all.
    """

    names: tuple[str, ...]
    reached: pl.DataFrame


def board_columns(items: Items) -> BoardColumns:
    """Return the columns that items pass.

    An item that nobody has begun to work on is not started, whatever stage its first event
    belongs to.
    """
    started = items.table.select("item", "created", "started", "done")
    rows = items.reached.join(started, on="item", maintain_order="left")
    begun = [
        pl.when(pl.col("started").is_not_null())
        .then(pl.max_horizontal(f"stage_{number}", "started"))
        .alias(f"at_{number}")
        for number in range(len(items.workflow.stages))
    ]
    # A stage that an item has not reached stays unknown, however long ago it was started.
    known = [
        pl.when(pl.col(f"stage_{number}").is_not_null()).then(f"at_{number}")
        for number in range(len(items.workflow.stages))
    ]
    rows = rows.with_columns(begun)
    waited = bool((rows["started"].is_null() | (rows["started"] > rows["created"])).any())
    names = ((NOT_STARTED,) if waited else ()) + items.workflow.names
    columns = ([pl.col("created")] if waited else []) + known
    return BoardColumns(
        names=names,
        reached=rows.select(
            "item", *(column.alias(f"column_{place}") for place, column in enumerate(columns))
        ),
    )
