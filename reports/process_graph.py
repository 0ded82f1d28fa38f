"""What a process map shows: a union of graphs, its happy path, and a filter that keeps it whole."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mining.performance import DirectlyFollows

# Characters that no log can hold, so that an activity named "start" stays an activity.
START = "\x00start"
END = "\x00end"

Edge = tuple[str, str]
_Key = TypeVar("_Key", str, Edge)


@dataclass(frozen=True, slots=True)
class ProcessGraph:
    """Activities and paths with their counts; START and END are nodes like the others.

    Parameters
    ----------
    nodes
        Activity to number of events; START and END to number of cases. Sorted by name.
    edges
        (source, target) to number of transitions. Sorted by name.
    """

    nodes: Mapping[str, int]
    edges: Mapping[Edge, int]


def edges_of(graph: DirectlyFollows) -> dict[Edge, int]:
    """Return the paths of one graph with their counts, those from START and to END included."""
    edges: dict[Edge, int] = {}
    for source, target, count in graph.edges.select("source", "target", "count").iter_rows():
        edges[source, target] = edges.get((source, target), 0) + int(count)
    for activity, count in graph.starts.select("activity", "count").iter_rows():
        edges[START, activity] = int(count)
    for activity, count in graph.ends.select("activity", "count").iter_rows():
        edges[activity, END] = int(count)
    return edges


def union(graphs: Sequence[DirectlyFollows]) -> ProcessGraph:
    """Return one graph that holds every activity and path of all *graphs*, counts added."""
    nodes: dict[str, int] = {}
    edges: dict[Edge, int] = {}
    for graph in graphs:
        for activity, count in graph.activities.select("activity", "count").iter_rows():
            nodes[activity] = nodes.get(activity, 0) + int(count)
        for edge, count in edges_of(graph).items():
            edges[edge] = edges.get(edge, 0) + count
    for (source, target), count in edges.items():
        # A path may name an activity that the activity table lacks, and START and END always do.
        if source == START:
            nodes[START] = nodes.get(START, 0) + count
        if target == END:
            nodes[END] = nodes.get(END, 0) + count
        for name in (source, target):
            nodes.setdefault(name, 0)
    return _sorted(nodes, edges)


def happy_path(graph: ProcessGraph) -> tuple[str, ...]:
    """Return the dominant way from START to END, both included.

    It is the path whose rarest step is as frequent as can be; among those, the most probable.
    The first rule keeps a log with many open cases from ending its main path early, the second
    keeps it free of detours. Empty when END cannot be reached.
    """
    levels = sorted(set(graph.edges.values()))
    outflow: dict[str, int] = {}
    for (source, _), count in graph.edges.items():
        outflow[source] = outflow.get(source, 0) + count
    best: tuple[str, ...] = ()
    low, high = 0, len(levels) - 1
    while low <= high:
        middle = (low + high) // 2
        kept = {edge: count for edge, count in graph.edges.items() if count >= levels[middle]}
        path = _most_probable(kept, outflow)
        if path:
            best, low = path, middle + 1
        else:
            high = middle - 1
    return best


def filtered(
    graph: ProcessGraph, activity_share: float = 1.0, path_share: float = 1.0
) -> ProcessGraph:
    """Return the most frequent part of *graph*, never disconnected.

    Parameters
    ----------
    graph
        What to filter.
    activity_share, path_share
        Share (0 to 1) of all events and of all transitions that the activities and paths kept
        must at least cover, the most frequent first.

    Returns
    -------
    ProcessGraph
        Every activity kept has its most frequent in- and out-path, and lies on a way from START
        to END wherever it did before; activities and paths needed for that are kept as well.
    """
    kept = _covering(
        {n: c for n, c in graph.nodes.items() if n not in (START, END)}, activity_share
    )
    kept |= set(happy_path(graph)) | ({START, END} & set(graph.nodes))
    inward = _widest_tree(graph.edges, START)
    backward = {(target, source): count for (source, target), count in graph.edges.items()}
    outward = _widest_tree(backward, END)
    paths: set[Edge] = set(_steps(happy_path(graph)))
    for name in sorted(kept):
        for tree, reverse in ((inward, False), (outward, True)):
            here = name
            while here in tree:
                before = tree[here]
                paths.add((here, before) if reverse else (before, here))
                here = before
    kept |= {name for path in paths for name in path}
    within = {e: c for e, c in graph.edges.items() if e[0] in kept and e[1] in kept}
    paths |= _covering(within, path_share)
    for name in sorted(kept):
        for position in (0, 1):
            own = [e for e in within if e[position] == name and e[0] != e[1]]
            if own:
                paths.add(max(own, key=lambda e: (within[e], e)))
    return _sorted(
        {name: graph.nodes[name] for name in kept}, {path: graph.edges[path] for path in paths}
    )


def against_flow(graph: ProcessGraph, spine: Sequence[str]) -> set[Edge]:
    """Return the paths that lead back to where their case has been; the rest is free of cycles.

    The graph is walked along the happy path first and then by frequency, so that it is the rare
    way back that counts as such and never a step of the happy path.
    """
    follower = dict(_steps(spine))
    follows = {
        source: sorted(targets, key=lambda item: (follower.get(source) != item[0], -item[1], item))
        for source, targets in _followers(graph.edges).items()
    }
    found: set[Edge] = set()
    finished: set[str] = set()
    for root in (*spine, *graph.nodes):
        if root in finished:
            continue
        trail = [(root, iter(follows.get(root, ())))]
        open_nodes = {root}
        while trail:
            here, rest = trail[-1]
            for target, _ in rest:
                if target in open_nodes:
                    found.add((here, target))
                elif target not in finished:
                    open_nodes.add(target)
                    trail.append((target, iter(follows.get(target, ()))))
                    break
            else:
                trail.pop()
                open_nodes.discard(here)
                finished.add(here)
    return {(source, target) for source, target in found if source != target}


def _most_probable(edges: Mapping[Edge, int], outflow: Mapping[str, int]) -> tuple[str, ...]:
    """Return the path from START to END with the greatest product of branching shares."""
    follows = _followers(edges)
    heap: list[tuple[float, tuple[str, ...]]] = [(0.0, (START,))]
    done: set[str] = set()
    while heap:
        cost, path = heapq.heappop(heap)
        here = path[-1]
        if here == END:
            return path
        if here in done:
            continue
        done.add(here)
        for target, count in follows.get(here, ()):
            if target not in done and count > 0:
                heapq.heappush(heap, (cost - math.log(count / outflow[here]), (*path, target)))
    return ()


def _widest_tree(edges: Mapping[Edge, int], root: str) -> dict[str, str]:
    """Return node to predecessor on the way from *root* whose rarest step is most frequent."""
    follows = _followers(edges)
    tree: dict[str, str] = {}
    heap: list[tuple[int, str, str]] = [(0, root, "")]
    done: set[str] = set()
    while heap:
        width, here, before = heapq.heappop(heap)
        if here in done:
            continue
        done.add(here)
        if here != root:
            tree[here] = before
        for target, count in follows.get(here, ()):
            if target not in done:
                narrowest = -count if here == root else max(width, -count)
                heapq.heappush(heap, (narrowest, target, here))
    return tree


def _covering(counts: Mapping[_Key, int], share: float) -> set[_Key]:
    """Return the most frequent keys that together cover at least *share* of all counts."""
    goal = share * sum(counts.values())
    kept: set[_Key] = set()
    reached = 0
    for key in sorted(counts, key=lambda key: (-counts[key], key)):
        # All of them were asked for: those never counted too.
        if reached >= goal and share < 1:
            break
        kept.add(key)
        reached += counts[key]
    return kept


def _followers(edges: Mapping[Edge, int]) -> dict[str, list[tuple[str, int]]]:
    follows: dict[str, list[tuple[str, int]]] = {}
    for (source, target), count in edges.items():
        follows.setdefault(source, []).append((target, count))
    return follows


def _steps(path: Sequence[str]) -> Iterable[Edge]:
    return itertools.pairwise(path)


def _sorted(nodes: Mapping[str, int], edges: Mapping[Edge, int]) -> ProcessGraph:
    return ProcessGraph(dict(sorted(nodes.items())), dict(sorted(edges.items())))
