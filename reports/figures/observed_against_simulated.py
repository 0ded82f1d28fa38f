"""Figures of a model against those of data it has not seen: KPIs with bands, activities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.documents.cells import text_cell, value_cell
from reports.documents.document import Column, Picture, Table
from reports.figures.canvas import TEXT_SIZE, drawable, dress, new_figure
from reports.figures.palette import ACCENT, BAD, INK, MUTED
from reports.figures.text_fit import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 30


@dataclass(frozen=True, slots=True)
class Judged:
    """One figure of a model beside the observed one.

    Parameters
    ----------
    name
        For people.
    unit
        As in :class:`reports.documents.document.Cell`.
    test, train, simulated
        Observed in the unseen part, in the training part (None if unknown), and simulated (None
        if the model does not give it).
    low, high
        Band in which one more simulated period would lie; None without.
    within
        Whether the figure is within its limit.
    """

    name: str
    unit: str
    test: float
    train: float | None
    simulated: float | None
    low: float | None
    high: float | None
    within: bool


def kpi_bands_picture(rows: Sequence[Judged], currency: str = "") -> Picture:
    """Return the KPIs of simulated periods as percent of what was observed."""
    shown = [row for row in rows if row.test and row.simulated is not None][:_MOST]
    outside = [row.name for row in rows if not row.within]
    return Picture(
        key="kpi-bands",
        title=f"KPIs: {len(rows) - len(outside)} of {len(rows)} as observed",
        caption="Bars: the 95 % band in which one more simulated period would lie, as percent of "
        "what the unseen part shows (the line at 100 %); diamonds: the training part. A band that "
        "the line leaves is named and hatched. KPIs that are 0, or that the model does not give, "
        "are in the table only.",
        alternative=f"{len(rows) - len(outside)} of {len(rows)} KPIs lie in their bands."
        + (f" Outside: {', '.join(outside)}." if outside else ""),
        figure=lambda: _draw_bands(shown),
        data=judged_table("kpi-bands", "KPIs observed and simulated", rows, currency),
    )


def prevalence_picture(rows: Sequence[Judged], limit_points: float) -> Picture:
    """Return in how many percent of the cases each activity occurs, observed and simulated.

    Parameters
    ----------
    rows
        With shares 0 to 1; the most frequent first.
    limit_points
        By how many percentage points a simulated share may be off.
    """
    shown = list(rows[:_MOST])
    off = [row for row in rows if not row.within]
    more = f" {len(rows) - _MOST} rarer ones are in the table." if len(rows) > _MOST else ""
    return Picture(
        key="activities-observed-simulated",
        title=f"Activities: {len(rows) - len(off)} of {len(rows)} as frequent as observed",
        caption="Share of cases in which an activity occurs. Ring: the unseen part; diamond: the "
        f"training part; dot: simulated, a cross where it is off by more than {limit_points:g} "
        f"percentage points.{more}",
        alternative="Share of cases by activity, observed and simulated."
        + (f" Off: {', '.join(row.name for row in off)}." if off else ""),
        figure=lambda: _draw_prevalence(shown),
        data=judged_table(
            "activities-observed-simulated", "Activities, share of the cases", rows, ""
        ),
    )


def judged_table(key: str, caption: str, rows: Sequence[Judged], currency: str) -> Table:
    """Return the figures as a table."""
    names = ("Unseen part", "Training part", "Simulated", "Band from", "Band to")
    cells = [
        (
            text_cell(row.name),
            *(
                value_cell(value, row.unit, currency)
                for value in (row.test, row.train, row.simulated, row.low, row.high)
            ),
            text_cell("yes" if row.within else "no"),
        )
        for row in rows
    ]
    heads = [Column("Figure"), *(Column(name, right=True) for name in names), Column("Within")]
    return Table(key, caption, heads, cells)


def _draw_bands(rows: Sequence[Judged]) -> Figure:
    figure, axes = _frame(len(rows))
    for place, row in enumerate(rows):
        scale = 100 / row.test
        low, high = (
            (row.low * scale, row.high * scale)
            if row.low is not None and row.high is not None
            else (float(row.simulated or 0) * scale,) * 2
        )
        low, high = sorted((low, high))
        colour = ACCENT if row.within else BAD
        axes.barh(
            place, high - low, left=low, height=0.5, color=colour.light, alpha=0.35,
            hatch="" if row.within else "////", edgecolor=colour.light, linewidth=0.8,
        )  # fmt: skip
        middle = float(row.simulated or 0) * scale
        axes.plot(middle, place, "o" if row.within else "X", color=colour.light, markersize=5)
        if row.train is not None:
            axes.plot(
                row.train * scale, place, "D", markersize=4.5, markerfacecolor="none",
                markeredgecolor=MUTED.light,
            )  # fmt: skip
    axes.axvline(100, color=INK.light, linewidth=1.2)
    _name(axes, [row.name + ("" if row.within else " (outside)") for row in rows])
    dress(axes, xlabel="Percent of what the unseen part shows", ylabel="")
    axes.grid(axis="x", color="#dfe4ea", linewidth=0.8)
    axes.grid(visible=False, axis="y")
    return figure


def _draw_prevalence(rows: Sequence[Judged]) -> Figure:
    figure, axes = _frame(len(rows))
    for place, row in enumerate(rows):
        known = [100 * x for x in (row.test, row.train, row.simulated) if x is not None]
        axes.hlines(place, min(known), max(known), color=MUTED.light, linewidth=1.0)
        if row.train is not None:
            axes.plot(
                100 * row.train, place, "D", markersize=5, markerfacecolor="none",
                markeredgecolor=MUTED.light,
            )  # fmt: skip
        axes.plot(
            100 * row.test, place, "o", markersize=8, markerfacecolor="none",
            markeredgecolor=INK.light, markeredgewidth=1.3,
        )  # fmt: skip
        if row.simulated is not None:
            colour = ACCENT if row.within else BAD
            axes.plot(
                100 * row.simulated, place, "o" if row.within else "X", color=colour.light,
                markersize=4.5 if row.within else 6,
            )  # fmt: skip
    _name(axes, [row.name for row in rows])
    axes.set_xlim(-2, 102)
    dress(axes, xlabel="Share of cases, %", ylabel="")
    axes.grid(axis="x", color="#dfe4ea", linewidth=0.8)
    axes.grid(visible=False, axis="y")
    return figure


def _frame(rows: int) -> tuple[Figure, Axes]:
    height = 0.75 + 0.3 * max(rows, 1)
    figure = new_figure(9.2, height)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.32, right=0.98, top=1 - 0.12 / height, bottom=0.55 / height)
    return figure, axes


def _name(axes: Axes, names: Sequence[str]) -> None:
    width = 0.3 * 9.2 * 72
    short = [drawable("".join(wrapped(name, TEXT_SIZE, width, 1))) for name in names]
    axes.set_yticks(range(len(names)), short, parse_math=False)
    axes.set_ylim(len(names) - 0.4, -0.6)
