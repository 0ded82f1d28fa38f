"""A log seen through one case notion, as arrays in the order of case, time and event."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from mining.compliance.nearest import NONE, Indices, Mask
from o2c_sim.eventlog import EventLog


@dataclass(frozen=True, slots=True)
class CaseView:
    """The events of the cases of one object type, in the order of case, time and event.

    Parameters
    ----------
    object_type
        The case notion.
    rows
        The event columns, preceded by ``case`` (object number).
    case
        Number of the case, 0, 1, ... in the order of the rows.
    objects
        Object number of each case.
    time
        Microseconds since 1970, UTC.
    day
        Days since 1970 by the log's own clock.
    activity
        Number of the activity.
    names
        Name of each activity number.
    person
        Number of the person; -1 where nobody is named or a program did it.
    end
        The log's last moment, as (microseconds, day).
    """

    object_type: str
    rows: pl.DataFrame = field(repr=False)
    case: Indices = field(repr=False)
    objects: Indices = field(repr=False)
    time: Indices = field(repr=False)
    day: Indices = field(repr=False)
    activity: Indices = field(repr=False)
    names: tuple[str, ...]
    person: Indices = field(repr=False)
    end: tuple[int, int]

    @property
    def cases(self) -> int:
        """Number of cases with an event."""
        return len(self.objects)

    @property
    def first(self) -> Mask:
        """Whether a row is its case's first."""
        previous = np.append(NONE, self.case[:-1])[: len(self.case)]
        return np.asarray(previous != self.case, dtype=bool)

    @property
    def last(self) -> Mask:
        """Whether a row is its case's last."""
        following = np.append(self.case[1:], NONE)[: len(self.case)]
        return np.asarray(following != self.case, dtype=bool)

    def is_one_of(self, activities: Collection[str]) -> Mask:
        """Return which rows have one of these activities (the log's own names)."""
        wanted = np.array([name in activities for name in self.names], dtype=bool)
        return wanted[self.activity] if len(self.names) else np.zeros(len(self.case), dtype=bool)

    def without(self, dropped: Mask) -> CaseView:
        """Return the view without the cases of some rows."""
        kept = ~dropped
        numbers, case = np.unique(self.case[kept], return_inverse=True)
        return CaseView(
            self.object_type,
            self.rows.filter(pl.Series(kept)),
            case.astype(np.int64),
            self.objects[numbers],
            self.time[kept],
            self.day[kept],
            self.activity[kept],
            self.names,
            self.person[kept],
            self.end,
        )


def case_view(log: EventLog, object_type: str, system_users: Collection[str] = ()) -> CaseView:
    """Return the view of a log for one object type.

    Parameters
    ----------
    log
        The log, its rows in any order.
    object_type
        The case notion.
    system_users
        Resources that are programs, in any case.

    Raises
    ------
    LogError
        If no object has that type.
    """
    rows = log.flatten(object_type)
    objects, case = np.unique(rows["case"].to_numpy(), return_inverse=True)
    programs = [name.strip().casefold() for name in system_users]
    resource = pl.col("resource").cast(pl.String)
    people = rows.select(
        pl.when(
            pl.col("automated").cast(pl.Boolean).fill_null(value=False)
            | resource.str.to_lowercase().str.strip_chars().is_in(programs)
        )
        .then(None)
        .otherwise(resource)
        .alias("person")
    )["person"]
    names = rows["activity"].cast(pl.String)
    kinds = names.unique().drop_nulls().sort()
    return CaseView(
        object_type,
        rows,
        case.astype(np.int64),
        objects.astype(np.int64),
        rows["time"].cast(pl.Int64).to_numpy(),
        _days(rows["time"], log.zone),
        names.cast(pl.Enum(kinds)).to_physical().cast(pl.Int64).to_numpy(),
        tuple(kinds),
        _numbered(people),
        (
            log.events.select(pl.col("time").max().cast(pl.Int64)).item() or 0,
            int(_days(log.events.select(pl.col("time").max())["time"], log.zone)[0])
            if log.events.height
            else 0,
        ),
    )


def _days(times: pl.Series, zone: str) -> Indices:
    local = times.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return local.dt.date().cast(pl.Int32).cast(pl.Int64).to_numpy()


def _numbered(names: pl.Series) -> Indices:
    people = names.unique().drop_nulls().sort()
    numbers = names.cast(pl.Enum(people)).to_physical().cast(pl.Int64)
    return numbers.fill_null(NONE).to_numpy()
