"""What two graphs do differently, per case: kind of change, size, and whether it is chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import polars as pl

from mining.log_comparison import frequencies
from mining.performance import DirectlyFollows
from reports.process_graph import END, START, Edge, edges_of

Kind = Literal["new", "gone", "more", "fewer", "equal"]
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Change:
    """How much more or less often something happens in the second graph.

    Parameters
    ----------
    first_count, second_count
        How often it happens.
    first, second
        The same per case.
    low, high
        Interval of second minus first; None where it was not tested.
    p_value
        Adjusted for all that were tested together (Holm); None where it was not.
    first_cases, second_cases
        Cases that have it; None where that is not known.
    """

    first_count: int
    second_count: int
    first: float
    second: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    first_cases: int | None = None
    second_cases: int | None = None

    @property
    def difference(self) -> float:
        """Second minus first, per case."""
        return self.second - self.first

    @property
    def kind(self) -> Kind:
        """What kind of change it is, chance or not."""
        if self.difference == 0:
            return "equal"
        if self.first_count == 0:
            return "new"
        if self.second_count == 0:
            return "gone"
        return "more" if self.difference > 0 else "fewer"

    def detected(self, level: float) -> bool:
        """Return whether it is told: tested and below *level*, or not tested but there."""
        if self.p_value is None:
            return self.kind != "equal"
        return self.p_value <= level


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of all paths and activities of two graphs, by name."""

    paths: Mapping[Edge, Change]
    activities: Mapping[str, Change]
    tested: bool


def compared_changes(arcs: pl.DataFrame, activities: pl.DataFrame) -> Changes:
    """Return changes from a comparison of two logs.

    Parameters
    ----------
    arcs, activities
        As of :class:`mining.log_comparison.LogComparison`.
    """
    ends = {frequencies.START: START, frequencies.END: END}
    paths = {
        (
            ends.get(row["source"], row["source"]),
            ends.get(row["target"], row["target"]),
        ): _change(row)
        for row in arcs.iter_rows(named=True)
    }
    return Changes(
        paths, {row["activity"]: _change(row) for row in activities.iter_rows(named=True)}, True
    )


def counted_changes(first: DirectlyFollows, second: DirectlyFollows) -> Changes:
    """Return changes as they were counted, untested: two runs of a model, one of each."""
    cases = (max(first.cases, 1), max(second.cases, 1))
    return Changes(
        _counted(edges_of(first), edges_of(second), cases),
        _counted(
            dict(first.activities.select("activity", "count").iter_rows()),
            dict(second.activities.select("activity", "count").iter_rows()),
            cases,
        ),
        False,
    )


def _counted(
    one: Mapping[_Key, int], other: Mapping[_Key, int], cases: tuple[int, int]
) -> dict[_Key, Change]:
    return {
        key: Change(
            one.get(key, 0),
            other.get(key, 0),
            one.get(key, 0) / cases[0],
            other.get(key, 0) / cases[1],
        )
        for key in {**one, **other}
    }


def _change(row: Mapping[str, float]) -> Change:
    return Change(
        int(row["first_count"]),
        int(row["second_count"]),
        row["first_per_case"],
        row["second_per_case"],
        row["low"],
        row["high"],
        row["holm_p_value"],
        int(row["first_cases"]),
        int(row["second_cases"]),
    )
