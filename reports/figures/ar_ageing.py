"""What customers owe over time, stacked by how long it is past due."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from reports.documents.cells import value_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import TEXT_SIZE, dress, new_figure
from reports.figures.palette import ACCENT, BAD, INK, MUTED, PAPER, Tone
from reports.figures.value_axis import axis_unit, date_ticks, nothing, value_ticks, with_unit
from reports.number_text import count_text, scale_of, share_text, value_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Column of the path, name, fill, its opacity and pattern: darker and denser is later, and the
# colour turns where the first month is over.
_LAYERS: tuple[tuple[str, str, Tone, float, str], ...] = (
    ("current", "not yet due", ACCENT, 0.16, ""),
    ("days_1_30", "1 to 30 days past due", ACCENT, 0.50, "//"),
    ("days_31_60", "31 to 60 days", BAD, 0.30, ".."),
    ("days_61_90", "61 to 90 days", BAD, 0.60, "\\\\"),
    ("over_90", "over 90 days", BAD, 1.0, ""),
    ("no_due_date", "no due date known", MUTED, 0.30, "xx"),
)


def ar_ageing(path: pl.DataFrame, currency: str = "") -> Figure:
    """Draw an ageing over time.

    Parameters
    ----------
    path
        What :func:`mining.ageing_path.ageing_path` gives.
    currency
        ISO code; empty where the log has none.
    """
    figure = new_figure(9.2, 4.2)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.085, right=0.95, top=0.87, bottom=0.14)
    layers = _shown(path)
    # Credits that exceed what is open are in the table; a stack has nowhere to draw them.
    heights = [path[column].clip(0).to_numpy() for column, *_ in layers]
    most = float(np.sum(heights, axis=0).max()) if path.height else 0.0
    scale = scale_of("currency", most, currency=currency)
    dates = path["date"].to_numpy()
    floor = np.zeros(path.height)
    for (_, label, tone, opacity, hatch), height in zip(layers, heights, strict=True):
        axes.fill_between(
            dates, floor * scale.factor, (floor + height) * scale.factor,
            facecolor=(tone.light, opacity), edgecolor=tone.light if hatch else PAPER.light,
            hatch=hatch, linewidth=0.4, label=label,
        )  # fmt: skip
        floor = floor + height
    axes.plot(dates, floor * scale.factor, color=INK.light, linewidth=1.1)
    if path.height:
        axes.margins(x=0)
        axes.set_ylim(bottom=0)
        date_ticks(axes)
        _legend(figure, axes)
    value_ticks(axes.yaxis)
    unit = axis_unit(scale, "currency")
    dress(axes, xlabel="Date (end of the day)", ylabel=with_unit("Open receivables", unit))
    if not path.height:
        nothing(axes, "No receivables are known")
    return figure


def ar_ageing_picture(path: pl.DataFrame, currency: str = "", *, key: str = "ar-ageing") -> Picture:
    """Return :func:`ar_ageing` with its numbers."""
    layers = _shown(path)
    names = [label for _, label, *_ in layers]
    step = (path["date"][1] - path["date"][0]).days if path.height > 1 else 1
    every = "each day" if step == 1 else f"every {step} days"
    caption = (
        f"What is open on invoices at the end of {every}, by days past the due date; an invoice "
        "due that day counts as not yet due. Invoices from before the log are not in it."
    )
    columns = [
        Column("Date"),
        *(Column(name, right=True, unit="currency") for name in names),
        Column("all", right=True, unit="currency"),
    ]
    rows = [
        [_date(date), *(value_cell(v, "currency", currency) for v in (*values, sum(values)))]
        for date, *values in path.select("date", *(column for column, *_ in layers)).iter_rows()
    ]
    return Picture(
        key=key,
        title="Receivables by age",
        caption=caption,
        alternative=_told(path, currency),
        figure=lambda: ar_ageing(path, currency),
        data=Table(key, "Receivables by age", columns, rows, folded=True, most_rows=40),
        chart=NativeChart(
            "area",
            "Date",
            names,
            "Date",
            with_unit("Open receivables", currency or "currency"),
            stacked=True,
        ),
    )


def _shown(path: pl.DataFrame) -> list[tuple[str, str, Tone, float, str]]:
    """Return the layers; that of unknown due dates only where it holds something."""
    return [layer for layer in _LAYERS if layer[0] != "no_due_date" or (path[layer[0]] != 0).any()]


def _told(path: pl.DataFrame, currency: str) -> str:
    if not path.height:
        return "No receivables are known."
    total = pl.sum_horizontal(column for column, *_ in _LAYERS)
    late = pl.sum_horizontal("days_1_30", "days_31_60", "days_61_90", "over_90")
    rows = path.select("date", "current", total.alias("total"), late.alias("late"))
    date, _, most, _ = rows.sort("total").row(-1)
    past = float(rows["late"].sum())
    known = past + float(rows["current"].sum())
    share = f"; {share_text(past / known)} past due on average" if known > 0 else ""
    return (
        f"Open receivables on {count_text(path.height)} days from {path['date'][0]} to "
        f"{path['date'][-1]}: at most {value_text(most, 'currency', currency)} on {date}{share}."
    )


def _legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    legend = figure.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(0.075, 0.995),
        ncols=3 if len(labels) > 5 else len(labels),
        fontsize=TEXT_SIZE - 1,
        frameon=False,
        handlelength=1.8,
        handleheight=1.1,
        columnspacing=1.2,
    )
    for text in legend.get_texts():
        text.set_color(INK.light)


def _date(date: dt.date) -> Cell:
    return Cell(date.isoformat(), date, "date")
