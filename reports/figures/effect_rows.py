"""Rows of horizontal bars with a name on the left and words on the right: levers and effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.figures.canvas import TEXT_SIZE, new_figure
from reports.figures.palette import GRID, INK, MUTED
from reports.figures.value_axis import some_lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches; names to the left, words to the right of the bars.
WIDTH = 9.2
_LEFT, _RIGHT, _HEAD, _FOOT, _ROW = 2.55, 2.65, 0.30, 0.62, 0.42
# Of the room beside the bars, what words may take: on paper they grow, see print_size.
_FREE = 0.8
# More rows than this no page holds.
MOST_ROWS = 24


@dataclass(frozen=True, slots=True)
class Rows:
    """A figure of rows: its axes, and where each row lies (0 at the top, downwards)."""

    figure: Figure
    axes: Axes
    places: tuple[float, ...]


def rows_figure(
    names: Sequence[str],
    words: Sequence[str],
    *,
    heights: Sequence[float] | None = None,
    title: bool = False,
) -> Rows:
    """Return axes with one row a name, the first on top.

    Parameters
    ----------
    names
        Left of the rows; two lines at most.
    words
        Right of the rows; one for each name, may be empty.
    heights
        Of the rows as multiples of the usual one; all one by default.
    title
        Whether there is to be room above for a title.
    """
    sizes = list(heights or [1.0] * len(names))
    total = max(sum(sizes), 2.0)
    head = _HEAD + (0.25 if title else 0.0)
    height = head + _FOOT + _ROW * total
    figure = new_figure(WIDTH, height)
    axes = figure.subplots()
    figure.subplots_adjust(
        left=_LEFT / WIDTH,
        right=1 - _RIGHT / WIDTH,
        top=1 - head / height,
        bottom=_FOOT / height,
    )
    places, edge = [], 0.0
    for size in sizes:
        places.append(edge + size / 2)
        edge += size
    axes.set_ylim(total, 0)
    axes.set_yticks([])
    for place, name, word in zip(places, names, words, strict=True):
        _beside(axes, place, some_lines(name, _FREE * 72 * _LEFT), left=True)
        _beside(
            axes, place, some_lines(word, _FREE * 72 * _RIGHT, size=TEXT_SIZE - 0.5), left=False
        )
    return Rows(figure, axes, tuple(places))


def finish(axes: Axes) -> None:
    """Give rows their look, after the axes are dressed: a line at nothing, vertical grid lines."""
    axes.grid(visible=False, axis="y")
    axes.grid(axis="x", color=GRID.light, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_yticks([])
    low, high = axes.get_xlim()
    if low < 0 < high or low == 0:
        axes.axvline(0, color=INK.light, linewidth=1.0)


def _beside(axes: Axes, place: float, text: str, *, left: bool) -> None:
    axes.annotate(
        text,
        xy=(0.0 if left else 1.0, place),
        xycoords=axes.get_yaxis_transform(),
        xytext=(-9 if left else 9, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        color=INK.light if left else MUTED.light,
        fontsize=TEXT_SIZE if left else TEXT_SIZE - 0.5,
        linespacing=1.05,
        parse_math=False,
        annotation_clip=False,
    )
