"""The difference map of two logs or scenarios as a picture, with its legend and its table."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from mining.log_comparison import LogComparison
from mining.performance import DirectlyFollows
from reports.documents.cells import count_cell, text_cell
from reports.documents.document import Cell, Column, Picture, Table
from reports.figures.drawing import Arrow, Drawing, Item, Outline, Words, legend
from reports.figures.drawing_figure import drawing_figure
from reports.figures.drawing_svg import drawing_svg
from reports.figures.map_changes import Change, Changes, compared_changes, counted_changes
from reports.figures.map_marks import (
    COUNT_SIZE,
    LABEL_SIZE,
    NAME_SIZE,
    counted_text,
    node_text,
    shown_share_text,
    stroke_width,
)
from reports.figures.palette import ACCENT, BAD, GOOD, INK, MUTED, Tone
from reports.figures.process_map_picture import PAGE_POINTS, page_width
from reports.figures.text_fit import wrapped
from reports.map_levels import MapLevels, printable_layout, readable_shares
from reports.number_text import Scale, count_text, share_text
from reports.process_graph import END, START, Edge, ProcessGraph, filtered, union
from reports.process_map import (
    LINE_HEIGHT,
    NAME_FIT,
    PADDING,
    EdgePath,
    MapLayout,
    NodeBox,
    laid_out,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_Key = TypeVar("_Key", str, Edge)
_PER = 1_000
_PER_TEXT = 100.0
_MOST_ROWS = 2000
_CERTAIN_PATHS = 8
# Names of 12 points print at 7.2 points.
_READABLE_SCALE = 0.6
_ACTIVITY_SHARES = (0.97, 0.93, 0.85, 0.7, 0.5, 0.0)
_STYLES: dict[str, tuple[Tone, tuple[float, ...], str]] = {
    "more": (ACCENT, (), "more often"),
    "fewer": (BAD, (11.0, 4.0), "less often"),
    "new": (GOOD, (18.0, 3.0, 4.0, 3.0), "new"),
    "gone": (MUTED, (4.0, 4.0), "gone"),
}
_FAINT = 0.4
# Room for "12.3 → 45.6".
DIFFERENCE_LABEL_WIDTH = 68.0


def difference_picture(
    first: DirectlyFollows,
    second: DirectlyFollows,
    *,
    comparison: LogComparison | None = None,
    levels: MapLevels | None = None,
    names: tuple[str, str] = ("first", "second"),
    key: str = "difference-map",
    title: str = "Difference map",
) -> Picture:
    """Return what the second graph does more or less often, per case.

    Parameters
    ----------
    first, second
        Graphs of both.
    comparison
        Of the same two logs, for intervals and tests; without it (two scenarios of which one
        replication is shown) differences are drawn as they were counted.
    levels
        Of the maps that stand beside it: everything is drawn in the same place as on them. Without
        it the graphs get a layout of their own that shows the largest detected changes.
    names
        What the two are called.
    key, title
        Of the picture.

    Raises
    ------
    MissingDependencyError
        If the package that lays graphs out is not installed.
    """
    changes = (
        counted_changes(first, second)
        if comparison is None
        else compared_changes(comparison.arcs, comparison.activities)
    )
    level = 0.05 if comparison is None else 1 - comparison.confidence
    layout, printed = (
        _own_layouts(first, second, changes, level)
        if levels is None
        else (levels.readable, functools.partial(printable_layout, levels, *PAGE_POINTS))
    )

    @functools.cache
    def figure() -> Figure:
        small = printed()
        drawing = difference_drawing(small, changes, level)
        return drawing_figure(drawing, width=page_width(drawing.width, drawing.height))

    return Picture(
        key=key,
        title=title,
        caption=_caption(layout, changes, level, names, (first.cases, second.cases)),
        alternative=_alternative(changes, level, names),
        figure=figure,
        data=_table(changes, level, names, f"{key}-data", f"{title}: every activity and path"),
        markup=lambda prefix: drawing_svg(
            difference_drawing(layout, changes, level), title=title, identifier=prefix
        ),
        wide=True,
    )


def difference_drawing(layout: MapLayout, changes: Changes, level: float) -> Drawing:
    """Draw changes on a layout: kind by colour, line style and sign, size by width."""
    if not layout.nodes:
        words = Words(8.0, 18.0, "No activities", 12.0, MUTED, anchor="start")
        return Drawing(140.0, 28.0, [words])
    none = Change(0, 0, 0.0, 0.0)
    paths = [(edge, changes.paths.get((edge.source, edge.target), none)) for edge in layout.edges]
    most = max((abs(change.difference) for _, change in paths), default=0.0) or 1.0
    items: list[Item] = []
    for edge, change in sorted(paths, key=lambda pair: abs(pair[1].difference)):
        items.append(_arrow(edge, change, most, level))
    for box in layout.nodes:
        items += _box(box, changes.activities.get(box.name, none), level)
    for edge, change in paths:
        items += _label(edge, change, most, level)
    entries: list[tuple[Arrow | Outline, str]] = [
        (Arrow((), None, tone, 2.6, dash), text) for tone, dash, text in _STYLES.values()
    ]
    told = "no detectable difference" if changes.tested else "no difference"
    entries.append((Arrow((), None, MUTED, 1.0, (), _FAINT), told))
    samples, room = legend(entries, layout.width, layout.height)
    return Drawing(layout.width, layout.height + room, [*items, *samples])


def _arrow(edge: EdgePath, change: Change, most: float, level: float) -> Arrow:
    title = f"{_way((edge.source, edge.target))}: {_told(change)}"
    if not change.detected(level):
        return Arrow(edge.points, edge.tip, MUTED, 1.0, (), _FAINT, title)
    tone, dash, _ = _STYLES[change.kind]
    width = stroke_width(abs(change.difference) / most)
    return Arrow(edge.points, edge.tip, tone, width, dash, 0.9, title)


def _label(edge: EdgePath, change: Change, most: float, level: float) -> list[Item]:
    if not change.detected(level):
        return []
    x, y = edge.label
    half = stroke_width(abs(change.difference) / most) / 2
    lines = [(y - half - 2.5, INK, _signed(change)), (y + half + LABEL_SIZE, MUTED, _span(change))]
    if edge.source == edge.target:
        lines = [(y - LABEL_SIZE - 1.0, INK, _signed(change)), (y - 1.0, MUTED, _span(change))]
    return [Words(x, at, text, LABEL_SIZE, tone, plate=True) for at, tone, text in lines]


def _box(box: NodeBox, change: Change, level: float) -> list[Item]:
    if box.name in (START, END):
        line = 1.6 if box.name == START else 3.0
        ring = Outline(
            box.x, box.y, box.width - 2, box.width - 2, "circle", INK, line_width=line,
            title=node_text(box.name),
        )  # fmt: skip
        if box.name == END:
            inner = Outline(box.x, box.y, 8.0, 8.0, "box", INK, INK, 1.0, 0.5, radius=0.0)
        else:
            inner = Outline(box.x + 1.2, box.y, 9.5, 11.0, "triangle", INK, INK, 1.0, 0.5)
        return [ring, inner]
    sure = change.detected(level)
    tone, dash, _ = _STYLES[change.kind] if sure else (MUTED, (), "")
    title = f"{node_text(box.name)}: {_told(change)}"
    frame = Outline(
        box.x, box.y, box.width, box.height, "box", tone, tone, 0.14 if sure else 0.0,
        1.8 if sure else 1.0, dash, title=title,
    )  # fmt: skip
    room = max(1, round((box.height - 10) / LINE_HEIGHT) - 1)
    lines = wrapped(node_text(box.name), NAME_FIT, box.width - 2 * PADDING, room) or ("(no name)",)
    first = box.y - (len(lines) - (not sure)) * LINE_HEIGHT / 2 + (3.0 if sure else 4.0)
    words = [
        Words(box.x, first + place * LINE_HEIGHT, text, NAME_SIZE, bold=True)
        for place, text in enumerate(lines)
    ]
    if sure:
        told = f"{_sign(change)}{_number(change.difference)} ({_span(change)})"
        words.append(Words(box.x, first + len(lines) * LINE_HEIGHT, told, COUNT_SIZE))
    return [frame, *words]


def _own_layouts(
    first: DirectlyFollows, second: DirectlyFollows, changes: Changes, level: float
) -> tuple[MapLayout, Callable[[], MapLayout]]:
    """Return the layout for a screen, and what makes the one for paper."""
    graphs = [_per_thousand(graph) for graph in (first, second)]
    whole = union(graphs)
    shares = readable_shares(graphs)
    layout = _laid_out(whole, changes, level, *shares)

    def printed() -> MapLayout:
        small = layout
        for share in _ACTIVITY_SHARES:
            if _scale(small) >= _READABLE_SCALE:
                break
            if share < shares[0]:
                small = _laid_out(whole, changes, level, share, 0.0)
        return small

    return layout, printed


def _laid_out(
    whole: ProcessGraph, changes: Changes, level: float, activity_share: float, path_share: float
) -> MapLayout:
    """Lay out the most frequent part, with the largest detected changes between its activities."""
    part = filtered(whole, activity_share, path_share)
    sure = [
        edge
        for edge, change in changes.paths.items()
        if change.detected(level)
        and edge in whole.edges
        and edge[0] in part.nodes
        and edge[1] in part.nodes
    ]
    sure.sort(key=lambda edge: (-abs(changes.paths[edge].difference), edge))
    edges = dict(part.edges) | {edge: whole.edges[edge] for edge in sure[:_CERTAIN_PATHS]}
    shown = ProcessGraph(part.nodes, dict(sorted(edges.items())))
    return laid_out(whole, shown, label_width=DIFFERENCE_LABEL_WIDTH)


def _scale(layout: MapLayout) -> float:
    return min(PAGE_POINTS[0] / layout.width, PAGE_POINTS[1] / layout.height)


def _per_thousand(graph: DirectlyFollows) -> DirectlyFollows:
    """Return a graph as of a thousand cases, so that neither log decides alone what is shown."""
    count = (pl.col("count") * _PER / max(graph.cases, 1)).ceil().cast(pl.Int64)
    tables = ("edges", "activities", "starts", "ends")
    scaled = {name: getattr(graph, name).with_columns(count) for name in tables}
    return dataclasses.replace(graph, **scaled)


def _number(per_case: float) -> str:
    # Three digits say enough of a number that is to fit beside a line.
    text = Scale(_PER_TEXT, 1 if abs(per_case) < 0.9995 else 0).number(abs(per_case))
    return "<0.1" if text == "0.0" and per_case else text


def _signed(change: Change) -> str:
    word = {"new": "new ", "gone": "gone "}.get(change.kind, "")
    return f"{word}{_sign(change)}{_number(change.difference)}"


def _sign(change: Change) -> str:
    return "+" if change.difference > 0 else "\u2212" if change.difference < 0 else ""


def _span(change: Change) -> str:
    return f"{_number(change.first)} \u2192 {_number(change.second)}"


def _told(change: Change) -> str:
    text = (
        f"{count_text(change.first_count)} times, then {count_text(change.second_count)}; "
        f"{_span(change)} per 100 cases"
    )
    if change.p_value is not None:
        text += f", adjusted p {_p_text(change.p_value)}"
    return text


def _p_text(p_value: float) -> str:
    digits = Scale(1.0, 3)
    return f"below {digits.number(0.001)}" if p_value < 0.001 else digits.number(p_value)


def _way(edge: Edge) -> str:
    return f"{node_text(edge[0])} \u2192 {node_text(edge[1])}"


def _caption(
    layout: MapLayout,
    changes: Changes,
    level: float,
    names: tuple[str, str],
    cases: tuple[int, int],
) -> str:
    text = (
        f"{names[0]} ({counted_text(cases[0], 'case')}) \u2192 {names[1]} "
        f"({counted_text(cases[1], 'case')}). {shown_share_text(layout)} "
        "Numbers are times per 100 cases: the change, and both values below it; the width of a "
        "line follows the change. "
    )
    text += _not_drawn(layout, changes, level)
    if not changes.tested:
        return text + "One replication of each is shown; changes are as counted and not tested."
    return text + (
        "Drawn strongly is what differs beyond chance: the number per case is tested (for what "
        "happens at most once in a case that is the pooled test of two shares; Fisher's exact test "
        f"where fewer than 20 cases have it), with Holm's correction over all "
        f"{count_text(len(changes.paths))} paths, and over all activities, at "
        f"{share_text(level)}."
    )


def _not_drawn(layout: MapLayout, changes: Changes, level: float) -> str:
    """Name the largest change that the map leaves out, so that nobody takes it for the whole."""
    drawn = {(edge.source, edge.target) for edge in layout.edges}
    paths = changes.paths.items()
    left_out = {edge: one for edge, one in paths if edge not in drawn and one.detected(level)}
    if not left_out:
        return ""
    edge, change = _ranked(left_out)[0]
    return f"The largest change that is not drawn: {_short(_way(edge))}, {_signed(change)}. "


def _alternative(changes: Changes, level: float, names: tuple[str, str]) -> str:
    sure = [(edge, change) for edge, change in changes.paths.items() if change.detected(level)]
    if not sure:
        return f"Difference map of {names[0]} and {names[1]}: no path differs detectably."
    sure.sort(key=lambda pair: (-abs(pair[1].difference), pair[0]))
    told = "; ".join(
        f"{_short(_way(edge))} {_signed(change)} per 100 cases" for edge, change in sure[:3]
    )
    counts = ", ".join(
        f"{count_text(sum(c.kind == kind for _, c in sure))} {text}"
        for kind, (_, _, text) in _STYLES.items()
    )
    return f"Difference map of {names[0]} and {names[1]}. Paths: {counts}. The largest: {told}."


def _short(text: str) -> str:
    return text if len(text) <= 90 else text[:89] + "\u2026"


def _table(changes: Changes, level: float, names: tuple[str, str], key: str, caption: str) -> Table:
    columns = (
        Column("From"),
        Column("To"),
        Column(f"Times, {names[0]}", right=True, unit="count"),
        Column(f"Times, {names[1]}", right=True, unit="count"),
        Column(f"Cases with it, {names[0]}", right=True, unit="count"),
        Column(f"Cases with it, {names[1]}", right=True, unit="count"),
        Column("Change per case", right=True, unit="per case"),
        Column("Adjusted p", right=True),
        Column("Verdict"),
    )
    rows = [
        [text_cell(node_text(name)), text_cell(""), *_cells(change, level)]
        for name, change in _ranked(changes.activities)
    ]
    activities = len(rows)
    rows += [
        [*(text_cell(node_text(name)) for name in edge), *_cells(change, level)]
        for edge, change in _ranked(changes.paths)[: _MOST_ROWS - activities]
    ]
    groups = [(0, "Activities")] if activities else []
    if len(rows) > activities:
        groups.append((activities, "Paths"))
    return Table(key, caption, columns, rows, groups=groups, folded=True)


def _ranked(found: Mapping[_Key, Change]) -> list[tuple[_Key, Change]]:
    return sorted(found.items(), key=lambda pair: (-abs(pair[1].difference), pair[0]))


def _cells(change: Change, level: float) -> list[Cell]:
    size = Scale(1.0, 4).number(abs(change.difference))
    low, high = change.low, change.high
    span = ""
    if low is not None and high is not None:
        span = f"{Scale(1.0, 4).number(low)} to {Scale(1.0, 4).number(high)}"
    p_value = change.p_value
    verdict = _STYLES[change.kind][2] if change.detected(level) else "no detectable difference"
    return [
        count_cell(change.first_count),
        count_cell(change.second_count),
        text_cell("") if change.first_cases is None else count_cell(change.first_cases),
        text_cell("") if change.second_cases is None else count_cell(change.second_cases),
        Cell(f"{_sign(change)}{size}", change.difference, "per case", low, high, span),
        text_cell("not tested") if p_value is None else Cell(_p_text(p_value), p_value),
        text_cell(verdict),
    ]
