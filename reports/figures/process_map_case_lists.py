"""The lists of cases that the activities and paths of a map lead to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from mining.path_cases import PathCases
from mining.performance import DirectlyFollows
from reports.figures.map_marks import edge_marks, node_marks
from reports.figures.text_fit import printable
from reports.number_text import count_text, duration_text
from reports.process_graph import END, START, Edge
from reports.process_map import MapLayout

_Example = tuple[str, float]
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class CaseLists:
    """Examples of cases by path and activity, as the map names them.

    Parameters
    ----------
    paths, activities
        To (case, hours), the longest first.
    path_counts, activity_counts
        To the number of cases.
    """

    paths: Mapping[Edge, Sequence[_Example]]
    activities: Mapping[str, Sequence[_Example]]
    path_counts: Mapping[Edge, int]
    activity_counts: Mapping[str, int]

    @classmethod
    def of(cls, cases: PathCases) -> CaseLists:
        """Return examples by the names that the map uses."""
        paths: dict[Edge, list[_Example]] = defaultdict(list)
        for source, target, case, hours in cases.paths.iter_rows():
            paths[_edge(source, target)].append((case, hours))
        activities: dict[str, list[_Example]] = defaultdict(list)
        for activity, case, hours in cases.activities.iter_rows():
            activities[activity].append((case, hours))
        return cls(
            paths,
            activities,
            {_edge(source, target): n for source, target, n in cases.path_counts.iter_rows()},
            dict(cases.activity_counts.iter_rows()),
        )


def _edge(source: str | None, target: str | None) -> Edge:
    return START if source is None else source, END if target is None else target


def case_lists(layout: MapLayout, graph: DirectlyFollows, identifier: str, cases: CaseLists) -> str:
    """Return a list for each activity and path of a layout; one is seen when it is led to."""
    nodes, edges = node_marks(layout, graph), edge_marks(layout, graph)
    parts = [
        f'<p class="hint" id="{identifier}-hint">Activities and paths are links to the cases that '
        "took longest there.</p>"
    ]
    for number, edge in enumerate(layout.edges):
        key = (edge.source, edge.target)
        if edges[key].present:
            whole = edge.source == START or edge.target == END
            parts.append(
                _list(
                    f"{identifier}-e{number}",
                    edges[key].title,
                    cases.path_counts.get(key, 0),
                    "time of the whole case" if whole else "longest time on this path",
                    cases.paths.get(key, ()),
                    identifier,
                    _path_filter(*key),
                )
            )
    for number, box in enumerate(layout.nodes):
        if box.name not in (START, END) and nodes[box.name].present:
            parts.append(
                _list(
                    f"{identifier}-n{number}",
                    nodes[box.name].title,
                    cases.activity_counts.get(box.name, 0),
                    "longest time since the event before",
                    cases.activities.get(box.name, ()),
                    identifier,
                    _filter("activity", box.name),
                )
            )
    return "".join(parts)


def _list(
    key: str,
    title: str,
    count: int,
    what: str,
    examples: Sequence[_Example],
    back: str,
    filter_text: str,
) -> str:
    rows = "".join(
        f"<li data-case={quoteattr(case)}>{escape(_short(case))}: {escape(duration_text(hours))}"
        "</li>"
        for case, hours in examples
    )
    few = f"{count_text(len(examples))} of {count_text(count)} cases"
    return (
        f'<div class="cases" id="{key}" data-filter={quoteattr(filter_text)}>'
        f"<p><strong>{escape(title)}</strong></p>"
        f"<p>{few}, by {what}:</p><ol>{rows}</ol>"
        f'<p><a href="#{back}">Back to the map</a></p></div>'
    )


def _path_filter(source: str, target: str) -> str:
    """Return what ``--filter`` takes for the cases of a path; empty where no text says it."""
    if source == START:
        return _filter("start", target)
    if target == END:
        return _filter("end", source)
    if not (_is_plain(source, "<>") and _is_plain(target, "<>")):
        return ""
    return f"follows={source}>{target}"


def _filter(name: str, activity: str) -> str:
    return f"{name}={activity}" if _is_plain(activity, "|") else ""


def _is_plain(activity: str, signs: str) -> bool:
    """Tell whether a filter holds a name as it is: *signs* have a meaning of their own there."""
    return activity != "" and activity == activity.strip() and not set(activity) & set(signs)


def _short(name: str) -> str:
    name = printable(name)
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "\u2026"
