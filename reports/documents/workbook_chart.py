"""Charts that a spreadsheet draws itself, from the cells of their sheet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from reports.documents.document import NativeChart, Picture
from reports.documents.workbook_cells import head_text
from reports.documents.workbook_table import HEAD_ROW, Placed
from reports.figures.palette import ACCENT, GRID, INK, MUTED, SERIES, series_style

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

_DASHES = ("solid", "dash", "round_dot", "dash_dot", "long_dash")
_MARKERS = ("circle", "square", "diamond", "triangle", "x")
_PATTERNS = (
    "", "wide_upward_diagonal", "dotted_diamond", "wide_downward_diagonal", "horizontal_brick",
)  # fmt: skip
# Excel, "Excel specifications and limits".
_MOST_SERIES = 255
_MARKED_POINTS = 40
_WIDTH_PIXELS = 760
_SHORT_ROWS, _WIDE_CHARACTERS = 25, 80


def add_chart(
    book: Workbook, sheet: Worksheet, sheet_name: str, picture: Picture, placed: Placed
) -> None:
    """Draw the native chart of a picture right of its table, or below a short and wide one.

    For bars, the axis of ``x`` stands upright and keeps its label.

    Raises
    ------
    ValueError
        If the chart names a column that the table does not have.
    """
    chart = picture.chart
    if chart is None or placed.last_row < placed.first_row:
        return
    missing = [name for name in (chart.x, *chart.series) if name not in placed.columns]
    if missing:
        raise ValueError(f"picture {picture.key!r}: its table has no column {missing}")
    drawn: Any = book.add_chart(_type(chart))
    named = {column.name: index for index, column in enumerate(picture.data.columns)}
    firsts = {
        name: next((row[index] for row in picture.data.rows if row[index].value is not None), None)
        for name, index in named.items()
    }
    several = len(chart.series) > 1
    for index, name in enumerate(chart.series[:_MOST_SERIES]):
        column = placed.columns[name]
        span = [placed.first_row, column, placed.last_row, column]
        across = placed.columns[chart.x]
        drawn.add_series(
            {
                "name": [sheet_name, HEAD_ROW, column],
                "categories": [sheet_name, span[0], across, span[2], across],
                "values": [sheet_name, *span],
                **_style(chart, index, several, placed.last_row - placed.first_row + 1),
            }
        )
    first = firsts[chart.x]
    dates = first is not None and isinstance(first.value, date)
    x_axis = _axis(chart.x_label, first.unit if first is not None else "")
    if dates:
        x_axis["num_format"] = "yyyy-mm-dd"
        x_axis["date_axis"] = chart.kind != "scatter"
    if chart.kind == "scatter":
        x_axis["major_gridlines"] = _line(GRID.light)
    shown = firsts[chart.series[0]] if chart.series else None
    y_axis = _axis(chart.y_label, shown.unit if shown is not None else "")
    y_axis["major_gridlines"] = _line(GRID.light)
    if chart.kind == "bar":
        # The first row on top, as in the table, and the numbers at the foot all the same.
        upright = {"reverse": True, "crossing": "max", "major_gridlines": {"visible": False}}
        # The low end of a reversed axis is its top.
        x_axis, y_axis = y_axis | {"label_position": "next_to"}, x_axis | upright
    drawn.set_x_axis(x_axis)
    drawn.set_y_axis(y_axis)
    title = {"name": head_text(picture.title), "overlay": False}
    drawn.set_title({**title, "name_font": {"size": 12, "color": INK.light}})
    drawn.set_legend({"position": "bottom"} if several else {"none": True})
    drawn.show_blanks_as("gap")
    rows = placed.last_row - placed.first_row + 1
    tall = max(420, min(22 * rows + 160, 1200)) if chart.kind == "bar" else 420
    drawn.set_size({"width": _WIDTH_PIXELS, "height": tall})
    # A spreadsheet takes at most 255 characters for it in some versions.
    told = {"description": head_text(picture.alternative), "object_position": 3}
    sheet.insert_chart(*_place(placed, rows), drawn, told)


def _place(placed: Placed, rows: int) -> tuple[int, int]:
    """Return row and column of a chart: beside its table, or below one that is short and wide."""
    if rows <= _SHORT_ROWS and sum(placed.widths) > _WIDE_CHARACTERS:
        # Two more rows: one for a sum, one free.
        return placed.last_row + 3, 0
    return HEAD_ROW + 1, len(placed.widths) + 1


def _type(chart: NativeChart) -> dict[str, str]:
    told: dict[str, str] = {"type": chart.kind}
    if chart.kind == "scatter":
        told["subtype"] = "marker_only"
    elif chart.stacked and chart.kind in ("column", "bar", "area"):
        told["subtype"] = "stacked"
    return told


def _style(chart: NativeChart, index: int, several: bool, points: int) -> dict[str, Any]:
    """Return colour with dash, marker or pattern, so that series differ in grey as well."""
    if chart.stacked:
        colour = SERIES[index % len(SERIES)].light
    else:
        colour = series_style(index)[0].light if several else ACCENT.light
    turn = index + index // len(SERIES)
    if chart.kind == "line":
        marker: Mapping[str, Any] = {"type": "none"}
        if several and points <= _MARKED_POINTS:
            marker = {"type": _MARKERS[turn % len(_MARKERS)], "size": 5, **_ink(colour)}
        dash = _DASHES[turn % len(_DASHES)]
        return {"line": {"color": colour, "width": 2, "dash_type": dash}, "marker": marker}
    if chart.kind == "scatter":
        marker = {"type": _MARKERS[turn % len(_MARKERS)], "size": 5, **_ink(colour)}
        return {"marker": marker}
    pattern = _PATTERNS[turn % len(_PATTERNS)]
    border: dict[str, Any] = {"border": {"color": colour, "width": 0.75}}
    if chart.kind in ("column", "bar"):
        border["gap"] = 60
    if not pattern:
        return {"fill": {"color": colour}, **border}
    told = {"pattern": pattern, "fg_color": colour, "bg_color": "#ffffff"}
    return {"pattern": told, **border}


def _ink(colour: str) -> dict[str, Any]:
    return {"fill": {"color": colour}, "border": {"color": colour}}


def _axis(label: str, unit: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": head_text(label),
        "name_font": {"size": 10, "bold": False, "color": INK.light},
        "num_font": {"size": 9, "color": MUTED.light},
        "line": {"color": MUTED.light},
        # Below the chart even where values are negative.
        "label_position": "low",
    }
    formats = {"share": "0 %", "percentage points": "0 %", "currency": "#,##0", "count": "#,##0"}
    if unit in formats:
        told["num_format"] = formats[unit]
    return told


def _line(colour: str) -> dict[str, Any]:
    return {"visible": True, "line": {"color": colour, "width": 0.75}}
