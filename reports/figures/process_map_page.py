"""A process map for a page: levels of detail and metrics to choose from, without any script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from mining.performance import DirectlyFollows
from reports.figures.map_marks import (
    METRIC_TEXTS,
    METRICS,
    Mark,
    Metric,
    arrow_head,
    edge_marks,
    label_lines,
    node_marks,
    stroke_width,
)
from reports.figures.palette import MUTED
from reports.figures.process_map_case_lists import CaseLists, case_lists
from reports.figures.process_map_style import map_css, tone
from reports.figures.process_map_svg import FONT, node_markup, size_markup
from reports.figures.text_fit import printable
from reports.map_levels import MapLevels
from reports.number_text import count_text, share_text
from reports.process_graph import END, START, Edge
from reports.process_map import EdgePath

_SECOND = ' class="second"'
_Combination = tuple[int, int]


def map_markup(
    levels: MapLevels,
    graph: DirectlyFollows,
    identifier: str,
    *,
    title: str = "Process map",
    metrics: Sequence[Metric] = METRICS,
    cases: CaseLists | None = None,
) -> str:
    """Return the HTML of a map whose metric and detail the reader chooses.

    What is chosen are radio buttons; rules of the style sheet show and hide with them. A browser
    that does not know ``:has`` shows the default and no buttons.

    Parameters
    ----------
    levels
        Layout and levels of detail, of this graph or a union that holds it.
    graph
        Whose numbers to show.
    identifier
        Prefix of the element ids, unique in its document.
    title
        Name of the picture.
    metrics
        What may be chosen; the first is shown at first.
    cases
        Examples of cases, to which every activity and path then leads.
    """
    hidden = _hidden(levels)
    patterns = sorted({p for p in hidden.values() if p}, key=lambda p: (len(p), sorted(p)))
    names = {pattern: f"k{number}" for number, pattern in enumerate(patterns)}
    classes = {key: names.get(pattern, "") for key, pattern in hidden.items()}
    css = map_css(
        identifier,
        (len(levels.activity_shares), len(levels.path_shares)),
        levels.default,
        {names[pattern]: pattern for pattern in patterns},
        len(metrics),
        levels.layout.width,
    )
    label = quoteattr(printable(title))
    parts = [
        f'<div class="map-choice" id="{identifier}">',
        _controls(levels, identifier, metrics) if levels.layout.edges else "",
        f'<div class="scroll" tabindex="0" role="group" aria-label={label}>',
        _drawing(levels, graph, identifier, title, metrics, cases, classes, css),
        "</div>",
    ]
    if cases is not None:
        parts.append(case_lists(levels.layout, graph, identifier, cases))
    return "\n".join([*parts, "</div>"])


def _hidden(levels: MapLevels) -> dict[str | Edge, frozenset[_Combination]]:
    """Return for each activity and path the combinations of levels that do not show it."""
    found: dict[str | Edge, frozenset[_Combination]] = {}
    for box in levels.layout.nodes:
        found[box.name] = frozenset(c for c, p in levels.parts.items() if box.name not in p.nodes)
    for path in levels.layout.edges:
        edge = (path.source, path.target)
        found[edge] = frozenset(c for c, p in levels.parts.items() if edge not in p.edges)
    return found


def _controls(levels: MapLevels, identifier: str, metrics: Sequence[Metric]) -> str:
    last = len(levels.path_shares) - 1
    whole = len([name for name in levels.whole.nodes if name not in (START, END)])
    numbers = [
        len([name for name in levels.parts[a, last].nodes if name not in (START, END)])
        for a in range(len(levels.activity_shares))
    ]
    activities = [f"all {n}" if n == whole else count_text(n) for n in numbers]
    paths = [
        "all" if share == 1 else "fewest" if share == 0 else share_text(share)
        for share in levels.path_shares
    ]
    # A page with a script makes sliders of the last two; these are the words beside them.
    told_activities = [
        f"all {count_text(n)} activities"
        if n == whole
        else f"{count_text(n)} of {count_text(whole)} activities, "
        + (f"{share_text(share)} of events" if share else "the most frequent way")
        for n, share in zip(numbers, levels.activity_shares, strict=True)
    ]
    told_paths = [
        "all paths"
        if share == 1
        else f"{share_text(share)} of transitions"
        if share
        else "the fewest that hold the map together"
        for share in levels.path_shares
    ]
    groups = (
        ("m", "What lines show", [METRIC_TEXTS[metric] for metric in metrics], 0, ()),
        ("a", "Activities", activities, levels.default[0], told_activities),
        ("p", "Paths (share of transitions)", paths, levels.default[1], told_paths),
    )
    shown = [_group(identifier, *group) for group in groups if len(group[2]) > 1]
    return f'<div class="map-controls">{"".join(shown)}</div>'


def _group(
    identifier: str,
    key: str,
    legend: str,
    texts: Sequence[str],
    chosen: int,
    told: Sequence[str],
) -> str:
    buttons = "".join(
        f"<label{f' data-told={quoteattr(told[number])}' if told else ''}>"
        f'<input type="radio" name="{identifier}-{key}" id="{identifier}-{key}{number}"'
        f"{' checked' if number == chosen else ''}>{escape(text)}</label>"
        for number, text in enumerate(texts)
    )
    return f"<fieldset><legend>{escape(legend)}</legend>{buttons}</fieldset>"


def _drawing(
    levels: MapLevels,
    graph: DirectlyFollows,
    identifier: str,
    title: str,
    metrics: Sequence[Metric],
    cases: CaseLists | None,
    classes: Mapping[str | Edge, str],
    css: str,
) -> str:
    layout = levels.layout
    nodes = node_marks(layout, graph)
    edges = [edge_marks(layout, graph, metric) for metric in metrics]
    first = edges[0] if edges else {}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {layout.width:.1f} '
        f'{layout.height:.1f}" {size_markup(layout.width, layout.height)} '
        f'role="group" aria-labelledby="{identifier}-title" class="process-map" '
        f'font-family="{FONT}">',
        f'<title id="{identifier}-title">{escape(printable(title))}</title>',
        f"<style>{css}</style>",
    ]
    numbered = list(enumerate(layout.edges))
    ordered = sorted(
        numbered, key=lambda item: (first[item[1].source, item[1].target].strength, item[0])
    )
    for number, edge in ordered:
        marks = [found[edge.source, edge.target] for found in edges]
        link = f"#{identifier}-e{number}" if cases is not None and marks[0].present else ""
        parts.append(_arc(edge, marks, classes[edge.source, edge.target], link))
    for number, box in enumerate(layout.nodes):
        mark = nodes[box.name]
        inside = node_markup(box, mark)
        leads = cases is not None and mark.present and box.name not in (START, END)
        link = f"#{identifier}-n{number}" if leads else ""
        parts.append(_linked(inside, mark.title, f"node {classes[box.name]}", link))
    for _, edge in numbered:
        marks = [found[edge.source, edge.target] for found in edges]
        if marks[0].present:
            parts.append(_labels(edge, marks, classes[edge.source, edge.target]))
    if not layout.nodes:
        parts.append(f'<text x="8" y="18" font-size="12" fill="{tone(MUTED)}">No activities</text>')
    return "\n".join([*parts, "</svg>"])


def _arc(edge: EdgePath, marks: Sequence[Mark], name: str, link: str) -> str:
    widths = [stroke_width(mark.strength) for mark in marks]
    curve = f"M{edge.points[0][0]:.1f},{edge.points[0][1]:.1f}C" + " ".join(
        f"{x:.1f},{y:.1f}" for x, y in edge.points[1:]
    )
    head = " ".join(f"{x:.1f},{y:.1f}" for x, y in arrow_head(edge, 1.0))
    own = ";".join(f"--m{number}:{width:.1f}" for number, width in enumerate(widths))
    ghost = "" if marks[0].present else " ghost"
    body = (
        f'<path d="{curve}" fill="none" stroke-width="{widths[0]:.1f}"/><polygon points="{head}"/>'
    )
    return _linked(body, marks[0].title, f"arc{ghost} {name}", link, f' style="{own}"')


def _labels(edge: EdgePath, marks: Sequence[Mark], name: str) -> str:
    # One place for all metrics: beside the widest of the lines.
    widest = max(marks, key=lambda mark: mark.strength)
    texts = []
    for mark in marks:
        lines = label_lines(edge, Mark(widest.strength, mark.lines, "", True))
        texts.append(
            "".join(
                f'<text x="{x:.1f}" y="{y:.1f}"{_SECOND if place else ""}>{escape(line)}</text>'
                for place, (x, y, line) in enumerate(lines)
            )
        )
    body = texts[0]
    if len(set(texts)) > 1:
        body = "".join(f'<g class="m{place}">{text}</g>' for place, text in enumerate(texts))
    return f'<g class="{f"label {name}".strip()}">{body}</g>'


def _linked(body: str, title: str, names: str, link: str, more: str = "") -> str:
    told = f"<title>{escape(title)}</title>"
    names = names.strip()
    if link:
        # The name tells the numbers, the description where the link leads.
        hint = f"{link[1:].rpartition('-')[0]}-hint"
        return f'<a href="{link}" class="{names}" aria-describedby="{hint}"{more}>{told}{body}</a>'
    return f'<g class="{names}"{more}>{told}{body}</g>'
