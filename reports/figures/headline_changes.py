"""What each scenario changes in days and in cash: points with their intervals beside zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import TEXT_SIZE, drawable, dress, new_figure
from reports.figures.palette import BAD, GOOD, GRID, INK, MUTED, PAPER, Tone
from reports.figures.text_fit import wrapped
from reports.figures.title_labels import title_labels
from reports.figures.value_axis import axis_unit, distinct, value_ticks, with_unit
from reports.number_text import Scale, scale_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# More rows than these do not fit below the answer on one page; the table has all of them.
MOST_ROWS = 10
_NAME_WIDTH = 130.0
_PANEL_WIDTH = 160.0
_WIDTH = 7.2
_TONES: dict[str, Tone] = {"better": GOOD, "worse": BAD, "changed": INK}


@dataclass(frozen=True, slots=True)
class ChangeSeries:
    """One quantity, and what each scenario changes in it.

    Parameters
    ----------
    label
        Name of the quantity.
    unit, currency
        As in :class:`~reports.documents.document.Cell`; ISO code of money.
    cells
        One a scenario: value, low and high of the difference from the baseline, its verdict;
        without a value where it was not estimated.
    """

    label: str
    unit: str
    currency: str
    cells: Sequence[Cell]


def headline_changes(names: Sequence[str], series: Sequence[ChangeSeries]) -> Figure:
    """Draw a panel for each quantity with one row for each scenario.

    Parameters
    ----------
    names
        Of the scenarios; at most :data:`MOST_ROWS` are drawn.
    series
        One or two quantities, each with a cell for every name.

    Returns
    -------
    matplotlib.figure.Figure
        As wide as a page of A4 between its margins, so that text is printed at its size.
    """
    shown = names[:MOST_ROWS]
    labels = title_labels(shown, lambda name: _lines(name, _NAME_WIDTH))
    height = 0.86 + 0.37 * max(len(shown), 1)
    figure = new_figure(_WIDTH, height)
    panels = figure.subplots(1, max(len(series), 1), squeeze=False)[0]
    figure.subplots_adjust(
        left=0.31, right=0.975, top=1 - 0.03 / height, bottom=0.6 / height, wspace=0.12
    )
    for place, (axes, one) in enumerate(zip(panels, series, strict=False)):
        _panel(axes, one, len(shown))
        axes.set_yticks(range(len(shown)))
        texts = labels if place == 0 else [""] * len(shown)
        axes.set_yticklabels(texts, color=INK.light, parse_math=False)
    return figure


def headline_changes_picture(
    names: Sequence[str], series: Sequence[ChangeSeries], level: str
) -> Picture:
    """Return the picture of what each scenario changes.

    Parameters
    ----------
    names, series
        As for :func:`headline_changes`; at least one of each.
    level
        Confidence of the intervals, as text.
    """
    columns = [Column("Scenario")]
    for one in series:
        columns += [
            Column(head, right=True, unit=one.unit)
            for head in (one.label, f"{one.label}: low", f"{one.label}: high")
        ]
        columns.append(Column(f"{one.label}: verdict"))
    rows = [
        [Cell(name), *(cell for one in series for cell in _row(one, one.cells[number]))]
        for number, name in enumerate(distinct(names))
    ]
    data = Table("headline-numbers", "Change from the baseline", columns, rows, folded=True)
    left_out = len(names) - MOST_ROWS
    more = f" The first {MOST_ROWS} scenarios are drawn." if left_out > 0 else ""
    return Picture(
        "headline",
        "What each scenario changes, compared with the baseline",
        f"Dot: mean of the paired differences from the baseline; line: its {level} confidence "
        f"interval. A filled dot is a detected difference, an empty one is not "
        f"told from zero after Holm's correction.{more}",
        " ".join(_told(name, series, number) for number, name in enumerate(names[:MOST_ROWS])),
        lambda: headline_changes(names, series),
        data,
        NativeChart(
            "bar",
            "Scenario",
            [series[0].label],
            "Scenario",
            with_unit(f"{series[0].label}: change", _unit(series[0])),
        ),
    )


def _panel(axes: Axes, series: ChangeSeries, rows: int) -> None:
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=3.0, foreground=PAPER.light)]
    scale = _scale(series)
    axes.axvline(0, color=INK.light, linewidth=1.0)
    for place, cell in enumerate(series.cells[:rows]):
        if not isinstance(cell.value, int | float):
            axes.text(
                0.5, place, "not estimated", transform=axes.get_yaxis_transform(), ha="center",
                va="center", color=MUTED.light, fontsize=TEXT_SIZE - 1,
            )  # fmt: skip
            continue
        tone = _TONES.get(cell.kind, MUTED)
        middle = cell.value * scale.factor
        if cell.low is not None and cell.high is not None:
            ends = [cell.low * scale.factor, cell.high * scale.factor]
            axes.plot(ends, [place] * 2, color=tone.light, linewidth=2.2, solid_capstyle="butt")
            axes.plot(ends, [place] * 2, "|", color=tone.light, markersize=7)
        filled = cell.kind in _TONES
        axes.plot(
            middle, place, "o", color=tone.light, markersize=6.5,
            markerfacecolor=tone.light if filled else PAPER.light, zorder=3,
        )  # fmt: skip
        axes.annotate(
            drawable(cell.text.replace("-", "\u2212")), (middle, place), (0, 5.5),
            textcoords="offset points", ha="center", va="bottom", color=tone.light,
            fontsize=TEXT_SIZE - 1, parse_math=False, path_effects=halo,
        )  # fmt: skip
    axes.margins(x=0.18)
    axes.set_ylim(max(rows, 1) - 0.55, -0.66)
    value_ticks(axes.xaxis, most=5)
    label = with_unit(f"{series.label}: change", _unit(series))
    dress(axes, xlabel="", ylabel="")
    axes.set_xlabel(_lines(label, _PANEL_WIDTH), parse_math=False)
    axes.tick_params(axis="y", length=0, labelsize=TEXT_SIZE)
    axes.grid(axis="x", color=GRID.light, linewidth=0.8)
    axes.grid(visible=False, axis="y")


def _lines(text: str, width: float) -> str:
    # What the font lacks is spelt out, which takes room: first that, then the lines.
    return "\n".join(wrapped(drawable(text), TEXT_SIZE, width, 2))


def _scale(series: ChangeSeries) -> Scale:
    known = [
        float(number)
        for cell in series.cells
        for number in (cell.value, cell.low, cell.high)
        if isinstance(number, int | float) and math.isfinite(number)
    ]
    largest = max((abs(number) for number in known), default=0.0)
    return scale_of(series.unit, largest, currency=series.currency)


def _unit(series: ChangeSeries) -> str:
    if series.unit == "share":
        return "percentage points"
    return axis_unit(_scale(series), series.unit)


def _row(series: ChangeSeries, cell: Cell) -> list[Cell]:
    if not isinstance(cell.value, int | float):
        blank = Cell("")
        return [Cell(cell.text), blank, blank, Cell(cell.verdict)]
    limits = [
        Cell("") if number is None else Cell(_scale(series).text(number), number, cell.unit)
        for number in (cell.low, cell.high)
    ]
    return [Cell(cell.text, cell.value, cell.unit), *limits, Cell(cell.verdict)]


def _told(name: str, series: Sequence[ChangeSeries], number: int) -> str:
    parts = [
        f"{one.label} {cell.text}" + (f" ({cell.note})" if cell.note else "")
        for one in series
        for cell in (one.cells[number],)
    ]
    return f"{name}: {'; '.join(parts)}."
