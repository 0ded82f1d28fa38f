"""The process map as SVG text: width and darkness carry the metric, numbers stand beside it."""

from __future__ import annotations

from xml.sax.saxutils import escape

from mining.performance import DirectlyFollows
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
from reports.figures.process_map_style import tone
from reports.figures.text_fit import printable, text_width, wrapped
from reports.process_graph import END, START
from reports.process_map import LINE_HEIGHT, NAME_FIT, PADDING, EdgePath, MapLayout, NodeBox

FONT = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
# Narrower maps than this a page would make as wide as this.
_PAGE_LEAST = 760.0
_DASHED = ' stroke-dasharray="4 4"'


def process_map_svg(
    layout: MapLayout,
    graph: DirectlyFollows,
    *,
    metric: Metric = "frequency",
    title: str = "Process map",
    identifier: str = "map",
    standalone: bool = False,
) -> str:
    """Draw one graph on a layout.

    Parameters
    ----------
    layout
        From :func:`reports.process_map.process_map`, of this graph or a union that holds it.
    graph
        Whose numbers to show; paths and activities that only the layout has become ghosts.
    metric
        What a wide, dark line means: often (``frequency``), slow by its median (``performance``)
        or by its 90th percentile (``p90``), or most time over all cases (``total``).
    title
        Name of the picture for those who cannot see it.
    identifier
        Prefix of the element ids, unique in its document.
    standalone
        Declare colours for light and dark itself; inside a page the page declares them.

    Returns
    -------
    str
        One ``<svg>`` element.
    """
    nodes, edges = node_marks(layout, graph), edge_marks(layout, graph, metric)
    size = size_markup(layout.width, layout.height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {layout.width:.1f} '
        f'{layout.height:.1f}" {size} role="img" aria-labelledby="{identifier}-title" '
        f'class="process-map" font-family="{FONT}">',
        f'<title id="{identifier}-title">{escape(printable(title))}</title>',
    ]
    if standalone:
        parts.append(_scheme())
        parts.append(f'<rect width="100%" height="100%" fill="{tone(PAPER)}"/>')
    # The strongest last, so that a thin path never runs over a wide one; labels above all.
    ordered = sorted(
        layout.edges, key=lambda e: (edges[e.source, e.target].strength, e.source, e.target)
    )
    parts += [_edge(edge, edges[edge.source, edge.target]) for edge in ordered]
    parts += [_node(box, nodes[box.name]) for box in layout.nodes]
    parts += [_label(edge, edges[edge.source, edge.target]) for edge in layout.edges]
    if not layout.nodes:
        parts.append(
            f'<text x="8" y="18" font-size="{NAME_SIZE}" fill="{tone(MUTED)}">No activities</text>'
        )
    parts.append("</svg>")
    return "\n".join(part for part in parts if part)


def size_markup(width: float, height: float) -> str:
    """Return the attributes of a map's size; a page must not blow up a small one."""
    small = ' style="min-width:0"' if width < _PAGE_LEAST else ""
    return f'width="{width:.0f}" height="{height:.0f}"{small}'


def _edge(edge: EdgePath, mark: Mark) -> str:
    width = stroke_width(mark.strength) if mark.present else 1.0
    start, rest = edge.points[0], edge.points[1:]
    curve = f"M{start[0]:.1f},{start[1]:.1f}C" + " ".join(f"{x:.1f},{y:.1f}" for x, y in rest)
    head = " ".join(f"{x:.1f},{y:.1f}" for x, y in arrow_head(edge, width))
    colour, dash = tone(ACCENT if mark.present else MUTED), "" if mark.present else _DASHED
    strength = opacity(mark.strength) if mark.present else 0.3
    return (
        f'<g opacity="{strength:.2f}"><title>{escape(mark.title)}</title>'
        f'<path d="{curve}" fill="none" stroke="{colour}" stroke-width="{width:.1f}"{dash}/>'
        f'<polygon points="{head}" fill="{colour}"/></g>'
    )


def _node(box: NodeBox, mark: Mark) -> str:
    dim = ' opacity="0.35"' if box.name in (START, END) and not mark.present else ""
    return f"<g{dim}><title>{escape(mark.title)}</title>{node_markup(box, mark)}</g>"


def node_markup(box: NodeBox, mark: Mark) -> str:
    """Return an activity, or the glyph of start or end, without its tooltip."""
    if box.name in (START, END):
        return _glyph(box)
    x, y = box.x - box.width / 2, box.y - box.height / 2
    frame = f'x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="6"'
    dash, colour = "" if mark.present else _DASHED, tone(ACCENT)
    fill = 0.06 + 0.26 * mark.strength if mark.present else 0.0
    room = max(1, round((box.height - 10) / LINE_HEIGHT) - 1)
    lines = wrapped(node_text(box.name), NAME_FIT, box.width - 2 * PADDING, room) or ("(no name)",)
    ink = tone(INK if mark.present else MUTED)
    first = box.y - (len(lines) * LINE_HEIGHT) / 2 + 3.0
    text = [
        _text(box.x, first + k * LINE_HEIGHT, line, NAME_SIZE, ink, bold=mark.present)
        for k, line in enumerate(lines)
    ]
    text += [
        _text(box.x, first + len(lines) * LINE_HEIGHT, line, COUNT_SIZE, ink) for line in mark.lines
    ]
    return (
        f'<rect {frame} fill="{tone(PAPER)}"/>'
        f'<rect {frame} fill="{colour}" fill-opacity="{fill:.2f}" '
        f'stroke="{colour if mark.present else tone(MUTED)}" '
        f'stroke-width="{1.0 + mark.strength:.1f}"{dash}/>{"".join(text)}'
    )


def _glyph(box: NodeBox) -> str:
    """Return a triangle in a ring for the start and a square in a ring for the end."""
    radius = box.width / 2 - 1
    ring = f'<circle cx="{box.x:.1f}" cy="{box.y:.1f}" r="{radius:.1f}" fill="{tone(PAPER)}" '
    width = 1.6 if box.name == START else 3.0
    ring += f'stroke="{tone(INK)}" stroke-width="{width}"/>'
    if box.name == END:
        corner = f'x="{box.x - 4:.1f}" y="{box.y - 4:.1f}"'
        return f'{ring}<rect {corner} width="8" height="8" fill="{tone(INK)}"/>'
    corners = ((box.x - 3.5, box.y - 5.5), (box.x + 6, box.y), (box.x - 3.5, box.y + 5.5))
    shape = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return ring + f'<polygon points="{shape}" fill="{tone(INK)}"/>'


def _label(edge: EdgePath, mark: Mark) -> str:
    """Return the numbers of a path on paper-coloured plates, so that no line strikes them out."""
    parts = []
    for number, (x, y, line) in enumerate(label_lines(edge, mark) if mark.present else ()):
        width = text_width(line, LABEL_SIZE)
        parts.append(
            f'<rect x="{x - width / 2:.1f}" y="{y - LABEL_SIZE + 1.5:.1f}" width="{width:.1f}" '
            f'height="{LABEL_SIZE:.1f}" rx="3" fill="{tone(PAPER)}" fill-opacity="0.8"/>'
        )
        parts.append(_text(x, y, line, LABEL_SIZE, tone(MUTED if number else INK)))
    return f"<g><title>{escape(mark.title)}</title>{''.join(parts)}</g>" if parts else ""


def _text(x: float, y: float, text: str, size: float, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="middle"{weight} '
        f'fill="{colour}">{escape(text)}</text>'
    )


def _scheme() -> str:
    tones = (INK, MUTED, PAPER, ACCENT)
    light = "".join(f"{tone.variable}:{tone.light};" for tone in tones)
    dark = "".join(f"{tone.variable}:{tone.dark};" for tone in tones)
    return (
        f"<style>svg.process-map{{{light}}}@media screen and (prefers-color-scheme:dark)"
        f"{{svg.process-map{{{dark}}}}}</style>"
    )
