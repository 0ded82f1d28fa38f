"""The object-centric map as a picture: one colour and one line style for each object type."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from mining.object_graph import ObjectGraph
from reports.documents.cells import count_cell, duration_cell, text_cell
from reports.documents.document import Cell, Column, Picture, Table
from reports.figures.drawing import Arrow, Drawing, Item, Outline, Words, legend
from reports.figures.drawing_figure import drawing_figure
from reports.figures.drawing_svg import drawing_svg
from reports.figures.map_marks import counted_text, stroke_width
from reports.figures.palette import INK, MUTED, PANEL, Tone, series_style
from reports.figures.process_map_picture import POINTS_PER_INCH, page_width
from reports.figures.text_fit import printable, wrapped
from reports.number_text import count_text
from reports.object_map import ObjectMap, TypeArc, object_map
from reports.process_graph import END, START

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAME_SIZE = 11.5
_NAME_FIT = 12.4
_SMALL_SIZE = 10.5
_LINE = 13.4
_MOST_ROWS = 2000
_PART = 0.62
# Less detail for paper, where the screen's would be too small to read.
_PRINTED = ((16, 36), (12, 28), (9, 22), (6, 16))
_COLUMNS = (
    Column("Object type"),
    Column("From"),
    Column("To"),
    Column("Times", right=True, unit="count"),
    Column("Objects", right=True, unit="count"),
    Column("Median time", right=True, unit="hours"),
)


def object_map_picture(
    graph: ObjectGraph,
    *,
    types: Collection[str] | None = None,
    key: str = "object-map",
    title: str = "Object-centric process map",
) -> Picture:
    """Return the map of a log with several object types.

    Parameters
    ----------
    graph
        From :func:`mining.object_graph.object_graph`.
    types
        As for :func:`reports.object_map.object_map`.
    key, title
        Of the picture.

    Raises
    ------
    LogError
        If no object of one of *types* has an event.
    MissingDependencyError
        If the package that lays graphs out is not installed.
    """
    found = object_map(graph, types)
    drawing = object_drawing(found)

    @functools.cache
    def figure() -> Figure:
        best = drawing
        for most in _PRINTED:
            # Names of 11.5 points print at 6.9 points.
            if page_width(best.width, best.height) * POINTS_PER_INCH >= 0.6 * best.width:
                break
            best = object_drawing(object_map(graph, types, most=most))
        return drawing_figure(best, width=page_width(best.width, best.height))

    return Picture(
        key=key,
        title=title,
        caption=_caption(found),
        alternative=_alternative(found),
        figure=figure,
        data=_table(graph, found, f"{key}-data", f"{title}: every path of the types shown"),
        markup=lambda prefix: drawing_svg(drawing, title=title, identifier=prefix),
        wide=True,
    )


def object_drawing(found: ObjectMap) -> Drawing:
    """Draw a layout, with its legend beneath."""
    if not found.boxes:
        return Drawing(140.0, 28.0, [Words(8.0, 18.0, "No objects", 12.0, MUTED, anchor="start")])
    styles = {kind: series_style(place) for place, kind in enumerate(found.types)}
    most = {
        kind: max((arc.count for arc in found.arcs if arc.type == kind), default=1) or 1
        for kind in found.types
    }
    items: list[Item] = []
    labels: list[Item] = []
    for arc in sorted(found.arcs, key=lambda arc: (arc.count / most[arc.type], arc.type)):
        tone, dash = styles[arc.type]
        width = _PART * stroke_width(arc.count / most[arc.type])
        # Dashes of a thick line need not be as long as its thickness asks for.
        lengths = tuple(part * min(width, 2.6) for part in dash)
        title = f"{_name(arc.type)}: {_way(arc)}, {count_text(arc.count)} times"
        items.append(Arrow(arc.curve.points, arc.curve.tip, tone, width, lengths, 0.9, title))
        x, y = arc.curve.label
        labels.append(Words(x, y + 3.8, count_text(arc.count), _SMALL_SIZE, tone, plate=True))
    for place, box in found.boxes.items():
        items += _place_items(place, box, styles, found.objects)
    samples = [
        (Arrow((), None, tone, 2.4, tuple(part * 2.4 for part in dash)), _name(kind))
        for kind, (tone, dash) in styles.items()
    ]
    told, room = legend(samples, found.width, found.height)
    return Drawing(found.width, found.height + room, [*items, *labels, *told])


def _place_items(
    place: tuple[str, str],
    box: tuple[float, float, float, float],
    styles: dict[str, tuple[Tone, tuple[float, ...]]],
    counts: Mapping[str, int],
) -> list[Item]:
    x, y, width, height = box
    name, kind = place
    if name == END:
        tone = styles[kind][0]
        ring = Outline(
            x, y, width - 2, height - 2, "circle", tone, line_width=2.6, title=f"{_name(kind)}: end"
        )
        return [ring, Outline(x, y, 7.0, 7.0, "box", tone, tone, 1.0, 0.5, radius=0.0)]
    if name == START:
        tone = styles[kind][0]
        pill = Outline(
            x, y, width, height, "box", tone, tone, 0.12, 1.6, radius=height / 2,
            title=f"{_name(kind)}: {count_text(counts[kind])} objects begin",
        )  # fmt: skip
        lines = wrapped(_name(kind), _NAME_FIT, width - 20.0, 2) or ("(no name)",)
        texts = [*lines, count_text(counts[kind])]
        first = y - (len(texts) - 1) * _LINE / 2 + 4.0
        return [
            pill,
            *(
                Words(
                    x,
                    first + place * _LINE,
                    text,
                    _NAME_SIZE if place < len(lines) else _SMALL_SIZE,
                    tone,
                    bold=place < len(lines),
                )
                for place, text in enumerate(texts)
            ),
        ]
    lines = wrapped(name, _NAME_FIT, width - 14.0, 3) or ("(no name)",)
    first = y - (len(lines) - 1) * _LINE / 2 + 4.0
    outline = Outline(
        x, y, width, height, "box", MUTED, PANEL, 1.0, title=printable(name) or "(no name)"
    )
    words = [
        Words(x, first + place * _LINE, text, _NAME_SIZE, INK, bold=True)
        for place, text in enumerate(lines)
    ]
    return [outline, *words]


def _name(kind: str) -> str:
    """Return an object type for people: the underscores of a key become spaces."""
    text = printable(kind).replace("_", " ").strip() or "(no name)"
    return text if len(text) <= 40 else text[:39] + "\u2026"


def _way(arc: TypeArc) -> str:
    names = [{START: "Start", END: "End"}.get(name, printable(name) or "(no name)")
             for name, _ in (arc.source, arc.target)]  # fmt: skip
    return " \u2192 ".join(names)


def _caption(found: ObjectMap) -> str:
    text = (
        "Each object type has its own colour and line style; an activity that concerns several is "
        "drawn once. Numbers: how often objects of the type take a path; in the rounded start "
        "boxes, how many objects begin. A wide line is taken often, compared with the other paths "
        "of its type."
    )
    if found.hidden_arcs:
        rare = counted_text(found.hidden_arcs, "rare path")
        text += f" Left out: {rare}; the table holds every path. Paper may show less still."
    if found.left_out:
        told = ", ".join(_name(kind) for kind in found.left_out)
        text += f" Types not shown: {told}."
    return text


def _alternative(found: ObjectMap) -> str:
    if not found.types:
        return "Object-centric map without objects."
    activities = sum(not kind for _, kind in found.boxes)
    told = ", ".join(
        f"{_name(kind)} ({count_text(sum(arc.type == kind for arc in found.arcs))} paths)"
        for kind in found.types
    )
    return f"Object-centric map of {count_text(activities)} activities for {told}."


def _table(graph: ObjectGraph, found: ObjectMap, key: str, caption: str) -> Table:
    none = text_cell("")
    rows: list[list[Cell]] = []
    for kind in found.types:
        mine = graph.of_type(kind)
        ends = [
            ("Start", n, count) for n, count in mine.starts.select("activity", "objects").rows()
        ]
        ends += [(n, "End", count) for n, count in mine.ends.select("activity", "objects").rows()]
        rows += [
            [
                text_cell(_name(kind)), text_cell(printable(row["source"])),
                text_cell(printable(row["target"])), count_cell(row["count"]),
                count_cell(row["objects"]), duration_cell(row["median_hours"]),
            ]
            for row in mine.edges.iter_rows(named=True)
        ]  # fmt: skip
        rows += [
            [
                text_cell(_name(kind)), text_cell(printable(source)), text_cell(printable(target)),
                count_cell(count), count_cell(count), none,
            ]
            for source, target, count in ends
        ]  # fmt: skip
    if len(rows) > _MOST_ROWS:
        caption += f" (the first {count_text(_MOST_ROWS)})"
    return Table(key, caption, _COLUMNS, rows[:_MOST_ROWS], folded=True)
