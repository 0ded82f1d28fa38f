"""A drawing as a Matplotlib figure for print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.figures.canvas import drawable, new_figure
from reports.figures.drawing import Arrow, Drawing, Outline, Words, corners, head_of
from reports.figures.palette import PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

# The figures' font is wider than a screen's.
_FONT_PART = 0.92
_POINTS_PER_INCH = 72.0


def drawing_figure(drawing: Drawing, *, width: float) -> Figure:
    """Draw it *width* inches wide; text is scaled with it."""
    scale = width * _POINTS_PER_INCH / drawing.width
    figure = new_figure(width, drawing.height * scale / _POINTS_PER_INCH)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, drawing.width)
    axes.set_ylim(drawing.height, 0)
    for order, item in enumerate(drawing.items):
        if isinstance(item, Arrow):
            _arrow(axes, item, scale, order)
        elif isinstance(item, Outline):
            _outline(axes, item, scale, order)
        else:
            _words(axes, item, scale, order)
    return figure


def _arrow(axes: Axes, arrow: Arrow, scale: float, order: int) -> None:
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    codes = [Path.MOVETO] + [Path.CURVE4] * (len(arrow.points) - 1)
    style = (0, tuple(part / arrow.width for part in arrow.dash)) if arrow.dash else "solid"
    axes.add_patch(
        PathPatch(
            Path(list(arrow.points), codes),
            facecolor="none",
            edgecolor=arrow.tone.light,
            alpha=arrow.alpha,
            linewidth=arrow.width * scale,
            linestyle=style,
            capstyle="butt",
            zorder=1 + order,
        )
    )
    head = head_of(arrow)
    if head is not None:
        axes.add_patch(
            Polygon(
                head,
                closed=True,
                color=arrow.tone.light,
                alpha=arrow.alpha,
                linewidth=0,
                zorder=1 + order,
            )
        )


def _outline(axes: Axes, shape: Outline, scale: float, order: int) -> None:
    dashes = tuple(part / shape.line_width for part in shape.dash)
    for face, alpha, line in (
        (PAPER.light, 1.0, 0.0),
        (shape.fill.light, shape.fill_alpha, 0.0),
        ("none", 1.0, shape.line_width),
    ):
        patch = _patch(shape)
        patch.set_facecolor(face)
        patch.set_edgecolor(shape.line.light)
        patch.set_alpha(alpha)
        patch.set_linewidth(line * scale)
        patch.set_linestyle((0, dashes) if dashes else "solid")
        patch.set_zorder(1 + order)
        axes.add_patch(patch)


def _patch(shape: Outline) -> Patch:
    from matplotlib.patches import Circle, FancyBboxPatch, Polygon

    if shape.kind == "circle":
        return Circle((shape.x, shape.y), shape.width / 2)
    if shape.kind == "box":
        corner = (shape.x - shape.width / 2, shape.y - shape.height / 2)
        rounding = f"round,pad=0,rounding_size={min(shape.radius, shape.height / 2)}"
        return FancyBboxPatch(corner, shape.width, shape.height, boxstyle=rounding)
    return Polygon(corners(shape), closed=True)


def _words(axes: Axes, words: Words, scale: float, order: int) -> None:
    plate = {"facecolor": PAPER.light, "alpha": 0.8, "linewidth": 0, "pad": 0.5}
    axes.text(
        words.x,
        words.y,
        drawable(words.text),
        fontsize=words.size * _FONT_PART * scale,
        color=words.tone.light,
        ha={"middle": "center", "start": "left"}[words.anchor],
        va="baseline",
        weight="bold" if words.bold else "normal",
        zorder=1 + order,
        bbox=plate if words.plate else None,
        parse_math=False,
    )
