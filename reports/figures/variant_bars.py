"""The most frequent variants: their steps as numbered chips, their cases as bars."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from reports.documents.cells import count_cell, duration_cell, text_cell, value_cell
from reports.documents.document import Cell, Column, NativeChart, Picture, Table
from reports.figures.canvas import TEXT_SIZE, new_figure
from reports.figures.palette import ACCENT, INK, MUTED, SERIES, Tone
from reports.figures.text_fit import text_width
from reports.figures.value_axis import one_line
from reports.figures.words import brief, counted_noun
from reports.number_text import count_text, duration_text, share_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_VARIANTS = 15
# Chips that fit beside the bars, how much wider a repeated step and a gap are than a step.
_SLOTS, _REPEATED, _LEFT_OUT = 15.2, 1.4, 1.9
_TAIL = 2
_WIDTH = 9.2
_ROW_INCHES, _NAME_INCHES = 0.34, 0.2
_CHIPS_LEFT, _CHIP = 0.42, 0.345
_BAR_LEFT, _BAR_LENGTH, _HOURS_RIGHT = 5.8, 1.35, 9.1
_NAMES_IN_LINE = (3, 2, 1)
_ARROW = " \u2192 "
_MOST_STEPS, _STEPS_SAID = 200, 12


class _Chip(NamedTuple):
    """A step, or what is left out: *number* is None, and *text* says how much."""

    number: int | None
    text: str


class _Row(NamedTuple):
    activities: list[str]
    cases: int
    share: float
    hours: float | None
    title: str


def variant_bars(table: pl.DataFrame, most: int = MOST_VARIANTS) -> Figure:
    """Draw the most frequent variants, and all others as one bar.

    Parameters
    ----------
    table
        What :func:`mining.variants.variants` gives.
    most
        How many to draw.
    """
    rows = _rows(table, most)
    number_of = _numbers(rows)
    columns = _columns(list(number_of))
    names = -(-len(number_of) // columns)
    height = 0.5 + _ROW_INCHES * max(len(rows), 1) + 0.2 + _NAME_INCHES * names + 0.1
    figure = new_figure(_WIDTH, height)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    # One unit is one inch, downwards from the top.
    axes.set(xlim=(0, _WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    if not rows:
        _write(axes, _WIDTH / 2, height / 2, "The log has no cases", MUTED, ha="center")
        return figure
    _write(axes, 0.1, 0.25, "Variant: its steps, by number", MUTED)
    _write(axes, _BAR_LEFT, 0.25, "Cases (share of all)", MUTED)
    _write(axes, _HOURS_RIGHT, 0.25, "median time", MUTED, ha="right")
    largest = max(row.share for row in rows)
    for place, row in enumerate(rows):
        middle = 0.5 + _ROW_INCHES * (place + 0.5)
        _write(axes, 0.34, middle, row.title if row.activities else "", MUTED, ha="right")
        if row.activities:
            _chips(axes, _shortened(row.activities, number_of), middle)
        else:
            _write(axes, _CHIPS_LEFT, middle, row.title, INK)
        _bar(axes, row, middle, largest)
    below = 0.5 + _ROW_INCHES * len(rows) + 0.2
    _names(axes, number_of, below, columns)
    return figure


def variant_bars_picture(
    table: pl.DataFrame, most: int = MOST_VARIANTS, *, key: str = "variants"
) -> Picture:
    """Return :func:`variant_bars` with its numbers."""
    rows = _rows(table, most)
    data = [
        (
            text_cell(row.title),
            count_cell(row.cases),
            value_cell(row.share, "share"),
            duration_cell(row.hours) if row.activities else Cell("", None, "hours"),
            count_cell(len(row.activities)) if row.activities else Cell("", None, "count"),
            text_cell(_path(row.activities, _MOST_STEPS)),
        )
        for row in rows
    ]
    columns = (
        Column("Variant"),
        Column("Cases", True, "count"),
        Column("Share", True, "share"),
        Column("Median time", True, "hours"),
        Column("Steps", True, "count"),
        Column("Activities"),
    )
    return Picture(
        key=key,
        title="The most frequent variants",
        caption="A variant is a sequence of activities that cases have in common; a number and its "
        "colour stand for an activity, \u00d73 for three times in a row, \u2026 +4 for steps that "
        "are left out here and stand in the table. Median time: from the first work on a case to "
        "its last event.",
        alternative=_told(rows),
        figure=lambda: variant_bars(table, most),
        data=Table(key, "The most frequent variants", columns, data, folded=True),
        chart=NativeChart("bar", "Variant", ("Cases",), "Variant", "Cases"),
    )


def _rows(table: pl.DataFrame, most: int) -> list[_Row]:
    columns = ("activities", "count", "share", "median_hours", "variant")
    rows = [
        _Row(list(activities), count, share, hours, str(rank))
        for activities, count, share, hours, rank in table.head(most).select(columns).iter_rows()
    ]
    rest = table.slice(most)
    if rest.height:
        title = counted_noun(rest.height, "other variant")
        rows.append(_Row([], int(rest["count"].sum()), float(rest["share"].sum()), None, title))
    return rows


def _path(activities: list[str], most: int) -> str:
    """Return the steps as text, the first *most* of a longer sequence."""
    rest = len(activities) - most
    told = _ARROW.join(activities[:most])
    return told if rest <= 0 else f"{told}{_ARROW}{counted_noun(rest, 'more step')}"


def _numbers(rows: list[_Row]) -> dict[str, int]:
    """Return a number for each activity in the order in which they appear."""
    names = dict.fromkeys(name for row in rows for name in row.activities)
    return {name: number for number, name in enumerate(names, start=1)}


def _shortened(activities: list[str], number_of: dict[str, int]) -> list[_Chip]:
    """Return the chips of a variant: repeats drawn together, the middle of a long one left out."""
    runs = [(name, len(list(same))) for name, same in groupby(activities)]
    chips = [
        _Chip(number_of[name], f"{number_of[name]}" + (f"\u00d7{count}" if count > 1 else ""))
        for name, count in runs
    ]
    if sum(map(_slots, chips)) <= _SLOTS:
        return chips
    room = _SLOTS - _LEFT_OUT - sum(map(_slots, chips[-_TAIL:]))
    head = 0
    while room >= _slots(chips[head]):
        room -= _slots(chips[head])
        head += 1
    hidden = sum(count for _, count in runs[head:-_TAIL])
    return [*chips[:head], _Chip(None, f"\u2026 +{hidden}"), *chips[-_TAIL:]]


def _slots(chip: _Chip) -> float:
    """Return the width of a chip in those of a single step."""
    if chip.number is None:
        return _LEFT_OUT
    return _REPEATED if "\u00d7" in chip.text else 1.0


def _tone(number: int) -> tuple[Tone, float]:
    """Return colour and shade of an activity; shades differ once colours run out."""
    turn, place = divmod(number - 1, len(SERIES))
    return SERIES[place], (0.16, 0.38, 0.04, 0.27)[turn % 4]


def _chips(axes: Axes, chips: list[_Chip], middle: float) -> None:
    from matplotlib.patches import Polygon

    left, half, nose = _CHIPS_LEFT, 0.115, 0.055
    for chip in chips:
        if chip.number is None:
            at = left + _CHIP * _LEFT_OUT / 2
            _write(axes, at, middle, chip.text, MUTED, ha="center", small=True)
            left += _CHIP * _LEFT_OUT
            continue
        tone, shade = _tone(chip.number)
        right = left + _CHIP * _slots(chip) - 0.02
        corners = [
            (left, middle - half), (right - nose, middle - half), (right, middle),
            (right - nose, middle + half), (left, middle + half), (left + nose, middle),
        ]  # fmt: skip
        axes.add_patch(Polygon(corners, facecolor=tone.light, alpha=shade, linewidth=0))
        axes.add_patch(Polygon(corners, fill=False, edgecolor=tone.light, linewidth=0.9))
        middle_of = (left + right) / 2 + 0.01
        _write(axes, middle_of, middle + 0.005, chip.text, INK, ha="center", small=True)
        left += _CHIP * _slots(chip)


def _bar(axes: Axes, row: _Row, middle: float, largest: float) -> None:
    from matplotlib.patches import Rectangle

    length = _BAR_LENGTH * row.share / largest if largest else 0.0
    tone = ACCENT if row.activities else MUTED
    axes.add_patch(Rectangle((_BAR_LEFT, middle - 0.09), length, 0.18, color=tone.light, lw=0))
    decimals = 1 if row.share < 0.1 else 0
    text = f"{count_text(row.cases)} ({share_text(row.share, decimals)})"
    _write(axes, _BAR_LEFT + length + 0.06, middle, text, INK)
    if row.activities:
        _write(axes, _HOURS_RIGHT, middle, duration_text(row.hours), INK, ha="right")


def _names(axes: Axes, number_of: dict[str, int], top: float, columns: int) -> None:
    """Write which number is which activity, down the columns."""
    from matplotlib.patches import Rectangle

    width, lines = _name_width(columns), -(-len(number_of) // columns)
    for name, number in number_of.items():
        column, line = divmod(number - 1, lines)
        left, middle = 0.1 + column * width, top + (line + 0.5) * _NAME_INCHES
        tone, shade = _tone(number)
        corner, size = (left, middle - 0.075), (0.26, 0.15)
        axes.add_patch(Rectangle(corner, *size, facecolor=tone.light, alpha=shade, lw=0))
        axes.add_patch(Rectangle(corner, *size, fill=False, edgecolor=tone.light, lw=0.8))
        _write(axes, left + 0.13, middle + 0.005, str(number), INK, ha="center", small=True)
        told = one_line(name, _name_points(columns), TEXT_SIZE - 1)
        _write(axes, left + 0.32, middle, told, INK, drawn=True)


def _columns(names: list[str]) -> int:
    """Return in how many columns the names can be written whole, or nearly so."""
    longest = max((text_width(name, TEXT_SIZE - 1) for name in names), default=0.0)
    return next((n for n in _NAMES_IN_LINE if longest <= _name_points(n)), 2)


def _name_width(columns: int) -> float:
    return (_WIDTH - 0.2) / columns


def _name_points(columns: int) -> float:
    return (_name_width(columns) - 0.42) * 72


def _write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    tone: Tone,
    *,
    ha: str = "left",
    small: bool = False,
    drawn: bool = False,
) -> None:
    axes.text(
        x, y, text if drawn else one_line(text, 400, TEXT_SIZE), ha=ha, va="center",
        color=tone.light, fontsize=TEXT_SIZE - (1.5 if small else 1), parse_math=False,
    )  # fmt: skip


def _told(rows: list[_Row]) -> str:
    if not rows:
        return "The log has no cases."
    first, shown = rows[0], [row for row in rows if row.activities]
    steps = counted_noun(len(first.activities), "step")
    covered = share_text(sum(row.share for row in shown))
    names = _path([brief(name) for name in first.activities], _STEPS_SAID)
    others = f"; the rest in {rows[-1].title}" if len(shown) < len(rows) else ""
    return (
        f"The {counted_noun(len(shown), 'variant')} shown: {covered} of the cases{others}. The "
        f"most frequent has {steps} and {counted_noun(first.cases, 'case')} "
        f"({share_text(first.share, 1)}): {names}."
    )
