"""The process map as a Matplotlib figure for print, from the same geometry as the SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mining.performance import DirectlyFollows
from reports.figures.canvas import drawable, new_figure
from reports.figures.map_marks import (
    COUNT_SIZE,
    LABEL_SIZE,
    NAME_SIZE,
    Mark,
    Metric,
    arrow_head,
    edge_marks,
    label_lines,
    node_marks,
    node_text,
    opacity,
    stroke_width,
)
from reports.figures.palette import ACCENT, INK, MUTED, PAPER
from reports.figures.text_fit import wrapped
from reports.process_graph import END, START
from reports.process_map import LINE_HEIGHT, NAME_FIT, PADDING, EdgePath, MapLayout, NodeBox

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_POINTS_PER_INCH = 72.0


def process_map_figure(
    layout: MapLayout,
    graph: DirectlyFollows,
    *,
    metric: Metric = "frequency",
    width: float = 10.2,
) -> Figure:
    """Draw one graph on a layout.

    Parameters
    ----------
    layout
        From :func:`reports.process_map.process_map`.
    graph
        Whose numbers to show.
    metric
        As for :func:`reports.figures.process_map_svg.process_map_svg`.
    width
        Width of the page's text in inches; text is scaled with the map.

    Returns
    -------
    matplotlib.figure.Figure
    """
    scale = width * _POINTS_PER_INCH / layout.width
    figure = new_figure(width, layout.height * scale / _POINTS_PER_INCH)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, layout.width)
    axes.set_ylim(layout.height, 0)
    nodes, edges = node_marks(layout, graph), edge_marks(layout, graph, metric)
    ordered = sorted(
        layout.edges, key=lambda e: (edges[e.source, e.target].strength, e.source, e.target)
    )
    for order, edge in enumerate(ordered):
        _edge(axes, edge, edges[edge.source, edge.target], scale, order / (len(ordered) + 1))
    for box in layout.nodes:
        _node(axes, box, nodes[box.name], scale)
    for edge in layout.edges:
        mark = edges[edge.source, edge.target]
        for number, (x, y, line) in enumerate(label_lines(edge, mark) if mark.present else ()):
            colour = (MUTED if number else INK).light
            plate = {"facecolor": PAPER.light, "alpha": 0.8, "linewidth": 0, "pad": 0.5}
            _write(axes, x, y, line, LABEL_SIZE * scale, colour, zorder=4, bbox=plate)
    return figure


def _edge(axes: Axes, edge: EdgePath, mark: Mark, scale: float, order: float) -> None:
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    width = stroke_width(mark.strength) if mark.present else 1.0
    alpha = opacity(mark.strength) if mark.present else 0.3
    colour = (ACCENT if mark.present else MUTED).light
    codes = [Path.MOVETO] + [Path.CURVE4] * (len(edge.points) - 1)
    axes.add_patch(
        PathPatch(
            Path(edge.points, codes),
            facecolor="none",
            edgecolor=colour,
            alpha=alpha,
            linewidth=width * scale,
            linestyle="solid" if mark.present else "dashed",
            capstyle="butt",
            zorder=1 + order,
        )
    )
    head = Polygon(
        arrow_head(edge, width),
        closed=True,
        color=colour,
        alpha=alpha,
        linewidth=0,
        zorder=1 + order,
    )
    axes.add_patch(head)


def _node(axes: Axes, box: NodeBox, mark: Mark, scale: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    if box.name in (START, END):
        _glyph(axes, box, scale)
        return
    corner = (box.x - box.width / 2, box.y - box.height / 2)
    edge = (ACCENT if mark.present else MUTED).light
    fill = 0.06 + 0.26 * mark.strength if mark.present else 0.0
    for face, alpha, line in (
        (PAPER.light, 1.0, 0.0),
        (ACCENT.light, fill, 0.0),
        ("none", 1.0, 1.0),
    ):
        axes.add_patch(
            FancyBboxPatch(
                corner,
                box.width,
                box.height,
                boxstyle="round,pad=0,rounding_size=6",
                facecolor=face,
                edgecolor=edge,
                alpha=alpha,
                linewidth=line * (1.0 + mark.strength) * scale,
                linestyle="solid" if mark.present else "dashed",
                zorder=3,
            )
        )
    room = max(1, round((box.height - 10) / LINE_HEIGHT) - 1)
    # The figures' font is wider than a screen's.
    lines = wrapped(drawable(node_text(box.name)), NAME_FIT, box.width - 2 * PADDING, room) or (
        "(no name)",
    )
    colour = (INK if mark.present else MUTED).light
    first = box.y - (len(lines) * LINE_HEIGHT) / 2 + 3.0
    for number, text in enumerate((*lines, *mark.lines)):
        name = number < len(lines)
        size = (NAME_SIZE * 0.92 if name else COUNT_SIZE * 0.92) * scale
        weight = "bold" if name and mark.present else "normal"
        _write(
            axes, box.x, first + number * LINE_HEIGHT, text, size, colour, weight=weight, zorder=4
        )


def _glyph(axes: Axes, box: NodeBox, scale: float) -> None:
    from matplotlib.patches import Circle, Polygon, Rectangle

    width = (1.6 if box.name == START else 3.0) * scale
    axes.add_patch(
        Circle(
            (box.x, box.y), box.width / 2 - 1,
            facecolor=PAPER.light, edgecolor=INK.light, linewidth=width, zorder=3,
        )
    )  # fmt: skip
    if box.name == END:
        square = Rectangle((box.x - 4, box.y - 4), 8, 8, color=INK.light, zorder=4)
        axes.add_patch(square)
        return
    corners = ((box.x - 3.5, box.y - 5.5), (box.x + 6, box.y), (box.x - 3.5, box.y + 5.5))
    axes.add_patch(Polygon(corners, closed=True, color=INK.light, zorder=4))


def _write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    size: float,
    colour: str,
    *,
    zorder: float,
    weight: str = "normal",
    bbox: dict[str, object] | None = None,
) -> None:
    axes.text(
        x, y, drawable(text), fontsize=size, color=colour, ha="center", va="baseline",
        weight=weight, zorder=zorder, bbox=bbox, parse_math=False,
    )  # fmt: skip
