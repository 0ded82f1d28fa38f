"""The cases of a log as a comparison needs them: numbered by their names, not by their rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.linked_objects import grouping
from mining.ordered_cases import ordered
from o2c_sim.errors import LogError, Problem
from o2c_sim.eventlog import EventLog

_COLUMNS = ("case", "event", "activity", "start", "time", "resource")


@dataclass(frozen=True, slots=True)
class CaseTable:
    """The events of the cases of one log.

    Parameters
    ----------
    events
        ``case`` (0..cases-1), ``event``, ``activity`` (String), ``start``, ``time``,
        ``resource`` (String), ordered by (case, time, event).
    cases
        Number of cases.
    cluster
        Of each case: the cluster (0..k-1) whose cases hang together.
    """

    events: pl.DataFrame
    cases: int
    cluster: npt.NDArray[np.int64]

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return int(self.cluster.max()) + 1


def case_table(log: EventLog, case_type: str, cluster: str | None = None) -> CaseTable:
    """Return the cases of a log, numbered in the order of their names.

    Rows of a file come in any order, and so do the numbers that a reader gives to its cases;
    random resampling must not depend on either.

    Parameters
    ----------
    log
        The log.
    case_type
        The object type whose objects are the cases.
    cluster
        See :func:`mining.linked_objects.grouping`; without it, or where the log has no such thing,
        and for cases without one, each case is a cluster of its own.

    Raises
    ------
    LogError
        If the log has no objects of that type, or none of them an event.
    """
    view = log.flatten(case_type)
    if view.is_empty():
        raise LogError(Problem(f"no {case_type} has an event", where=log.source))
    names = log.objects.select(pl.col("object").alias("case"), "object_id")
    present = view.select(pl.col("case").unique()).join(names, on="case")
    named = present.sort("object_id", "case")
    numbers = named.select("case").with_row_index("number")
    columns = [name for name in _COLUMNS if name in view.columns]
    texts = [name for name in ("activity", "resource") if name in columns]
    events = (
        view.select(columns)
        .with_columns(pl.col(texts).cast(pl.String))
        .join(numbers, on="case", how="left", maintain_order="left")
        .with_columns(pl.col("number").alias("case"))
        .drop("number")
    )
    return CaseTable(ordered(events), numbers.height, clusters_of(log, case_type, named, cluster))


def clusters_of(
    log: EventLog, object_type: str, named: pl.DataFrame, cluster: str | None
) -> npt.NDArray[np.int64]:
    """Return the cluster of each object of a table, numbered by name.

    Parameters
    ----------
    log, object_type, cluster
        As in :func:`case_table`.
    named
        ``case`` (object number) and ``object_id``.
    """
    groups = None if cluster is None else grouping(log, object_type, cluster)
    if groups is None:
        return np.arange(named.height, dtype=np.int64)
    joined = named.join(
        groups, left_on="case", right_on="object", how="left", maintain_order="left"
    )
    # A leading character keeps a group apart from a case of the same name that has none.
    alone = pl.lit("-") + pl.col("object_id")
    key = pl.coalesce(pl.lit("+") + pl.col("group"), alone)
    return joined.select(key.rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
