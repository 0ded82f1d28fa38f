"""The directly-follows graph as a ``.dfg`` file, which pm4py and others read."""

from __future__ import annotations

from pathlib import Path

from mining.performance import DirectlyFollows
from o2c_sim.atomic import new_file


def write_dfg(graph: DirectlyFollows, path: Path | str, *, replace: bool = False) -> Path:
    """Write a directly-follows graph as text.

    The number of activities and their names, one a line; the number of first activities and,
    a line each, ``<place>x<cases>``; the same for the last ones; then ``<from>><to>x<times>``,
    places counted from 0. Line ends within names become blanks.

    Parameters
    ----------
    graph
        The graph.
    path
        The file to make.
    replace
        Replace an existing file.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    UsageError
        If *path* exists and *replace* is false.
    """
    path = Path(path)
    names = sorted(graph.activities["activity"].to_list())
    place = {name: i for i, name in enumerate(names)}
    lines = [str(len(names)), *(" ".join(name.splitlines()) for name in names)]
    for table in (graph.starts, graph.ends):
        lines.append(str(table.height))
        lines += [f"{place[name]}x{count}" for name, count in table.rows()]
    lines += [
        f"{place[source]}>{place[target]}x{count}"
        for source, target, count in graph.edges.select("source", "target", "count").rows()
    ]
    with new_file(path, replace=replace) as aside:
        aside.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
