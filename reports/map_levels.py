"""How much of a process map is shown: a few levels of detail that share one layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mining.performance import DirectlyFollows
from reports.process_graph import Edge, ProcessGraph, filtered, union
from reports.process_map import LABEL_WIDTH, MapLayout, laid_out

# A reader can follow about this many activities and paths; beyond, the rare hide the process.
_ACTIVITIES = 24
_PATHS = 60
_PATHS_PER_NODE = 1.8
# Beyond the paths that hold the map together there must be some to choose from.
_MORE_PATHS = 1.2
_SHARES = (1.0, 0.99, 0.98, 0.97, 0.95, 0.93, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.0)
_STEPS = 6
# Names of 12 points and numbers of 10.5 print at 8.2 and 7.1 points.
_READABLE_SCALE = 0.68


@dataclass(frozen=True, slots=True)
class MapLevels:
    """Levels of detail of one map.

    Parameters
    ----------
    layout
        Where everything lies that any level shows.
    activity_shares, path_shares
        The levels: shares (0 to 1) as :func:`reports.process_graph.filtered` takes them, rising.
    parts
        What is shown at each (level of activities, level of paths).
    default
        The levels at which a map can be read.
    whole
        The graph with nothing left out.
    label_width
        Room in points for the numbers of each path.
    """

    layout: MapLayout
    activity_shares: tuple[float, ...]
    path_shares: tuple[float, ...]
    parts: dict[tuple[int, int], ProcessGraph]
    default: tuple[int, int]
    whole: ProcessGraph
    label_width: float = LABEL_WIDTH

    @property
    def readable(self) -> MapLayout:
        """The layout with what the default shows, in the same places."""
        part = self.parts[self.default]
        total = sum(self.whole.edges.values())
        return replace(
            self.layout,
            nodes=tuple(box for box in self.layout.nodes if box.name in part.nodes),
            edges=tuple(e for e in self.layout.edges if (e.source, e.target) in part.edges),
            hidden_activities=len(self.whole.nodes) - len(part.nodes),
            hidden_paths=len(self.whole.edges) - len(part.edges),
            covered=sum(part.edges.values()) / total if total else float("nan"),
        )


def readable_shares(graphs: Sequence[DirectlyFollows]) -> tuple[float, float]:
    """Return the shares of events and of transitions to show so that a map can be read.

    Both are 1 for a small union of graphs; otherwise the largest that keep the map small, or 0
    (the happy path and what hangs together with it) when none does.
    """
    return _shares(union(graphs))


def map_levels(graphs: Sequence[DirectlyFollows], *, label_width: float = LABEL_WIDTH) -> MapLevels:
    """Return the levels of detail of the union of *graphs*, up to six of each kind.

    The greatest is what a reader can follow, see :func:`readable_shares`: a layout with room for
    more would be mostly empty at first. *label_width* is the room in points for the numbers of each
    path.

    Raises
    ------
    MissingDependencyError
        If the package that lays graphs out is not installed.
    """
    whole = union(graphs)
    most = _shares(whole)
    by_activities = {
        share: len(filtered(whole, share, 0.0).nodes) for share in _SHARES if share <= most[0]
    }
    activities = _few(by_activities)
    by_paths = {
        share: len(filtered(whole, most[0], share).edges) for share in _SHARES if share <= most[1]
    }
    paths = _few(by_paths)
    parts = {
        (a, p): filtered(whole, share, path_share)
        for a, share in enumerate(activities)
        for p, path_share in enumerate(paths)
    }
    # What is among the most frequent of few activities need not be so among many.
    names = {name for part in parts.values() for name in part.nodes}
    steps: set[Edge] = {edge for part in parts.values() for edge in part.edges}
    shown = ProcessGraph(
        {name: count for name, count in whole.nodes.items() if name in names},
        {edge: count for edge, count in whole.edges.items() if edge in steps},
    )
    return MapLevels(
        laid_out(whole, shown, label_width=label_width),
        activities,
        paths,
        parts,
        (len(activities) - 1, len(paths) - 1),
        whole,
        label_width,
    )


def printable_layout(levels: MapLevels, width: float, height: float) -> MapLayout:
    """Return the layout to print: the default's, with less detail where text would be too small.

    Parameters
    ----------
    levels
        Of the map.
    width, height
        Of the page in points.

    Returns
    -------
    MapLayout
        That of the screen where it can be read on the page; otherwise a closer one of its own
        with as much of the default as can.
    """
    if _scale(levels.readable, width, height) >= _READABLE_SCALE:
        return levels.readable
    activities, paths = levels.default
    tried = [(activities, paths), *((a, 0) for a in range(activities, -1, -1))]
    best: MapLayout | None = None
    for level in dict.fromkeys(tried):
        layout = laid_out(levels.whole, levels.parts[level], label_width=levels.label_width)
        if best is None or _scale(layout, width, height) > _scale(best, width, height):
            best = layout
        if _scale(layout, width, height) >= _READABLE_SCALE:
            return layout
    return best or levels.readable


def _scale(layout: MapLayout, width: float, height: float) -> float:
    return min(width / layout.width, height / layout.height)


def _shares(whole: ProcessGraph) -> tuple[float, float]:
    activities = next(
        (s for s in _SHARES if len(filtered(whole, s, 0.0).nodes) <= _ACTIVITIES + 2), 0.0
    )
    least = filtered(whole, activities, 0.0)
    most = max(min(_PATHS, _PATHS_PER_NODE * len(least.nodes)), _MORE_PATHS * len(least.edges))
    paths = next((s for s in _SHARES if len(filtered(whole, activities, s).edges) <= most), 0.0)
    return activities, paths


def _few(sizes: dict[float, int]) -> tuple[float, ...]:
    """Return at most six rising shares, each of another size, the greatest among them."""
    kept: dict[int, float] = {}
    for share in sorted(sizes, reverse=True):
        # Of shares that show the same, the greatest says best what is shown.
        kept.setdefault(sizes[share], share)
    shares = sorted(kept.values())
    if len(shares) <= _STEPS:
        return tuple(shares)
    return tuple(shares[round(k * (len(shares) - 1) / (_STEPS - 1))] for k in range(_STEPS))
