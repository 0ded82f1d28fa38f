"""The process maps of a log as sections: how often, and where time goes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from mining.performance import DirectlyFollows
from reports.documents.document import Section, Text
from reports.figures.map_marks import shown_share_text
from reports.figures.process_map_picture import map_picture
from reports.map_levels import map_levels

if TYPE_CHECKING:
    from mining.path_cases import PathCases


def map_sections(
    name: str, graph: DirectlyFollows, cases: PathCases | None = None
) -> list[Section]:
    """Return the map by frequency and the map by time, both with the same places.

    Parameters
    ----------
    name
        Of the log.
    graph
        Its directly-follows graph.
    cases
        Examples that activities and paths lead to.

    Raises
    ------
    MissingDependencyError
        If the package that lays graphs out is not installed.
    """
    levels = map_levels([graph])
    often = map_picture(
        graph, key="map-often", title="Process map", levels=levels, cases=cases, name=name
    )
    slow = map_picture(
        graph, key="map-slow", title="Where time goes", levels=levels, metrics=("performance",)
    )
    # The same in other words: this map draws times, not numbers.
    caption = f"{name}: {shown_share_text(levels.readable)} {_TIMES}"
    slow = dataclasses.replace(slow, caption=caption)
    return [
        Section("map", "Process map", [often], new_page=True),
        Section("slow", "Where time goes", [Text([_SLOW]), slow], new_page=True),
    ]


_SLOW = (
    "The same map; here a wide, dark line is a slow path, and the activities keep their frequency."
)
_TIMES = (
    "On each path stands the median time, below it the number of times. Times run from the "
    "completion of one activity to that of the next, in calendar time. The table holds every path."
)
