"""What handling an order costs, by stage of the process or by role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reports.documents.cells import count_cell, text_cell, value_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import dress
from reports.figures.effect_rows import MOST_ROWS, finish, rows_figure
from reports.figures.palette import ACCENT
from reports.figures.value_axis import axis_unit, nothing, value_ticks, with_unit
from reports.number_text import count_text, scale_of, share_text, value_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CAPTION = (
    "Cost of the steps that the log records, by {by}, divided by the {orders} orders received in "
    "the same period. Steps on deliveries, invoices and payments count too, so the sum is the cost "
    "of the whole cycle per order and more than the KPI cost per order, which ends at release."
)


def cost_per_order_figure(split: pl.DataFrame, currency: str = "") -> Figure:
    """Draw the cost per order of each part.

    Parameters
    ----------
    split
        What :func:`mining.cost_split.cost_split` gives.
    currency
        ISO code.
    """
    shown = _fewer(split)
    total = float(split["cost_per_order"].sum())
    words = [
        f"{value_text(value, 'currency', currency)} ({share_text(value / total if total else 0)})"
        for value in shown["cost_per_order"]
    ]
    rows = rows_figure([_name(part) for part in shown["part"]], words)
    most = max((abs(value) for value in shown["cost_per_order"]), default=0.0)
    scale = scale_of("currency", most, currency=currency)
    for value, place in zip(shown["cost_per_order"], rows.places, strict=True):
        rows.axes.barh(place, value * scale.factor, height=0.62, facecolor=(ACCENT.light, 0.75),
                       edgecolor=ACCENT.light, linewidth=0.8)  # fmt: skip
    value_ticks(rows.axes.xaxis, most=6)
    unit = axis_unit(scale, "currency")
    dress(rows.axes, xlabel=with_unit("Cost per order received", unit), ylabel="")
    finish(rows.axes)
    if not shown.height:
        nothing(rows.axes, "The log has no costs or no orders")
    return rows.figure


def cost_per_order_picture(
    split: pl.DataFrame, currency: str = "", *, by: str = "stage", key: str = ""
) -> Picture:
    """Return :func:`cost_per_order_figure` with its numbers; *by* as in ``cost_split``."""
    orders = int(split["orders"][0]) if split.height else 0
    total = float(split["cost_per_order"].sum())
    rows: list[list[Cell]] = [
        [
            text_cell(_name(part)),
            value_cell(each, "currency", currency),
            value_cell(each / total if total else None, "share"),
            value_cell(cost, "currency", currency),
            count_cell(events),
        ]
        for part, cost, events, _, each in split.iter_rows()
    ]
    if rows:
        rows.append(
            [
                text_cell("all"),
                value_cell(total, "currency", currency),
                value_cell(1.0 if total else None, "share"),
                value_cell(float(split["cost"].sum()), "currency", currency),
                count_cell(int(split["events"].sum())),
            ]
        )
    head = by.capitalize()
    columns = (
        Column(head),
        Column("Cost per order", right=True, unit="currency"),
        Column("Share", right=True, unit="share"),
        Column("Cost", right=True, unit="currency"),
        Column("Events", right=True, unit="count"),
    )
    key = key or f"cost-per-order-by-{by}"
    title = f"Cost per order by {by}"
    if split.height:
        title += f": {value_text(total, 'currency', currency)} in all"
    caption = _CAPTION.format(by=by, orders=count_text(orders))
    if split.height > MOST_ROWS:
        caption += f" The {split.height - MOST_ROWS + 1} cheapest are drawn together."
    top = split.sort("cost_per_order", descending=True).head(3)
    parts = ", ".join(
        f"{_name(part)} {value_text(value, 'currency', currency)}"
        for part, value in zip(top["part"], top["cost_per_order"], strict=True)
    )
    return Picture(
        key=key,
        title=title,
        caption=caption,
        alternative=f"{title}; the largest: {parts}." if parts else f"{title}: none is known.",
        figure=lambda: cost_per_order_figure(split, currency),
        data=Table(
            key, f"Cost per order by {by}", columns, rows, folded=True, total=bool(split.height)
        ),
        chart=NativeChart(
            "bar", head, ("Cost per order",), head, f"Cost per order ({currency or 'currency'})"
        ),
    )


def _fewer(split: pl.DataFrame) -> pl.DataFrame:
    """Return the parts to draw; the cheapest together if there are too many."""
    if split.height <= MOST_ROWS:
        return split
    kept = split.sort("cost_per_order", descending=True)
    rest = kept[MOST_ROWS - 1 :]
    others = rest.select(
        pl.lit(f"{rest.height} others, see the table").alias("part"),
        pl.col("cost").sum(),
        pl.col("events").sum(),
        pl.col("orders").first(),
        pl.col("cost_per_order").sum(),
    )
    return pl.concat([kept[: MOST_ROWS - 1], others], how="vertical_relaxed")


def _name(part: str) -> str:
    return part.replace("_", " ")
