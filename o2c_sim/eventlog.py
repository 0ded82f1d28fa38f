"""The one exchange format: an object-centric event log (OCEL 2.0) as five Polars tables.

Simulated and real logs both become an :class:`EventLog`; everything after that cannot tell
them apart. Tables, columns and types:

``events``
    ``event`` UInt32 (0..n-1, the order in which events were recorded; breaks ties of time),
    ``activity`` Enum, ``start`` Datetime (null where unknown), ``time`` Datetime (completion,
    never null), ``resource`` Enum, ``role`` Enum, ``automated`` Boolean, ``amount`` Float64
    (money the event moves, currency units); further columns are event attributes.
``objects``
    ``object`` UInt32 (0..m-1), ``object_id`` String, ``type`` Enum; further columns are object
    attributes, null where a type has no such attribute.
``object_changes``
    ``object`` UInt32, ``time`` Datetime, ``attribute`` String, ``value`` String.
``event_objects``
    ``event`` UInt32, ``object`` UInt32, ``qualifier`` Enum.
``object_relations``
    ``source`` UInt32, ``target`` UInt32, ``qualifier`` Enum.

Datetimes are microseconds, naive, in UTC; ``zone`` names the company's own time zone.

References
----------
Berti et al., "OCEL (Object-Centric Event Log) 2.0 Specification", 2023, arXiv:2403.01975.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim.atomic import new_folder
from o2c_sim.errors import LogError, Problem, did_you_mean

Numbers = npt.NDArray[np.integer[Any]]

TIME = pl.Datetime("us")
EVENT_COLUMNS = ("event", "activity", "start", "time", "resource", "role", "automated", "amount")
OBJECT_COLUMNS = ("object", "object_id", "type")
TABLES = ("events", "objects", "object_changes", "event_objects", "object_relations")
FORMAT_VERSION = 1


def empty_changes() -> pl.DataFrame:
    """Return an ``object_changes`` table without rows."""
    return pl.DataFrame(
        schema={"object": pl.UInt32, "time": TIME, "attribute": pl.String, "value": pl.String}
    )


def empty_relations() -> pl.DataFrame:
    """Return an ``object_relations`` table without rows."""
    return pl.DataFrame(schema={"source": pl.UInt32, "target": pl.UInt32, "qualifier": pl.Enum([])})


@dataclass(frozen=True, slots=True)
class EventLog:
    """An object-centric event log; see the module's description for the tables.

    Parameters
    ----------
    events, objects, event_objects, object_relations, object_changes
        The five tables.
    zone
        IANA name of the company's time zone; ``UTC`` when the source does not say.
    source
        Where the log comes from, for people: a file name or ``simulated: <company>``.

    Raises
    ------
    LogError
        If a required column is missing or has the wrong type.
    """

    events: pl.DataFrame
    objects: pl.DataFrame
    event_objects: pl.DataFrame
    object_relations: pl.DataFrame = field(default_factory=empty_relations)
    object_changes: pl.DataFrame = field(default_factory=empty_changes)
    zone: str = "UTC"
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse tables that are not of the documented shape."""
        problems = [
            *_column_problems("events", self.events, {"event": pl.UInt32, "time": TIME}),
            *_column_problems("events", self.events, dict.fromkeys(EVENT_COLUMNS)),
            *_column_problems("objects", self.objects, dict.fromkeys(OBJECT_COLUMNS)),
            *_column_problems(
                "event_objects", self.event_objects, {"event": pl.UInt32, "object": pl.UInt32}
            ),
        ]
        if problems:
            raise LogError(problems)

    @property
    def activities(self) -> tuple[str, ...]:
        """Activity names that occur, sorted."""
        return tuple(sorted(self.events["activity"].unique().cast(pl.String).to_list()))

    @property
    def object_types(self) -> tuple[str, ...]:
        """Object types that occur, sorted."""
        return tuple(sorted(self.objects["type"].unique().cast(pl.String).to_list()))

    def objects_of(self, object_type: str) -> pl.DataFrame:
        """Return the rows of one object type, without the attributes that type never has.

        Raises
        ------
        LogError
            If no object has that type.
        """
        self._require_type(object_type)
        rows = self.objects.filter(pl.col("type") == object_type)
        kept = [
            c for c in rows.columns if c in OBJECT_COLUMNS or rows[c].null_count() < rows.height
        ]
        return rows.select(kept)

    def flatten(self, object_type: str) -> pl.DataFrame:
        """Return the case view for one object type.

        Parameters
        ----------
        object_type
            The case notion: each object of this type is one case.

        Returns
        -------
        polars.DataFrame
            The event columns preceded by ``case`` (UInt32, the object's number), one row per
            event and related case, in the stable order (case, time, event). An event related to
            several objects of the type occurs in each of their cases (convergence).

        Raises
        ------
        LogError
            If no object has that type.
        """
        self._require_type(object_type)
        pairs = self._pairs(object_type)
        if are_row_numbers(self.events["event"]) and not pairs["event"].null_count():
            rows, cases = _in_case_order(pairs, self.events["time"])
            whole = len(rows) == self.events.height and are_row_numbers(rows)
            events = self.events if whole else self.events[rows]
            # In one part each, as whoever reads them as an array would have to join them again.
            read_often = [events[name].rechunk() for name in ("event", "activity", "time")]
            return events.select(cases.alias("case"), pl.all()).with_columns(read_often)
        return (
            pairs.lazy()
            .select("event", pl.col("object").alias("case"))
            .unique()
            .join(self.events.lazy(), on="event", how="inner")
            .sort("case", "time", "event")
            .select("case", *self.events.columns)
            .collect()
        )

    def _pairs(self, object_type: str) -> pl.DataFrame:
        """Return the relations of events to objects of one type."""
        pairs, objects = self.event_objects.select("event", "object"), self.objects
        is_wanted = objects["type"] == object_type
        if are_row_numbers(objects["object"]) and not pairs["object"].null_count():
            number = pairs["object"].to_numpy()
            if is_wanted.all() and not (number >= len(objects)).any():
                return pairs
            wanted = np.append(is_wanted.fill_null(value=False).to_numpy(), False)
            return pairs.filter(pl.Series(wanted[np.minimum(number, len(objects))]))
        numbers = objects.filter(is_wanted).select("object")
        return pairs.join(numbers, on="object", how="semi", maintain_order="left")

    def write(self, folder: Path | str, *, replace: bool = False) -> Path:
        """Write the five tables as Parquet into *folder*, whole or not at all.

        Parameters
        ----------
        folder
            The folder to make.
        replace
            Replace an existing folder.

        Returns
        -------
        pathlib.Path
            The folder.

        Raises
        ------
        UsageError
            If *folder* exists and *replace* is false.
        """
        folder = Path(folder)
        with new_folder(folder, replace=replace) as aside:
            for name in TABLES:
                getattr(self, name).write_parquet(aside / f"{name}.parquet")
            about = {"format_version": FORMAT_VERSION, "zone": self.zone, "source": self.source}
            (aside / "log.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        return folder

    def _require_type(self, object_type: str) -> None:
        if object_type not in self.object_types:
            raise LogError(
                Problem(
                    f"the log has no objects of type {object_type!r}",
                    allowed=", ".join(self.object_types),
                    suggestion=did_you_mean(object_type, self.object_types),
                )
            )


def read_folder(folder: Path | str) -> EventLog:
    """Read a log that :meth:`EventLog.write` wrote.

    Raises
    ------
    LogError
        If a table is missing or unreadable, or the folder has a newer format.
    """
    folder = Path(folder)
    problems = [
        Problem(f"{name}.parquet is missing", where=str(folder))
        for name in TABLES
        if not (folder / f"{name}.parquet").is_file()
    ]
    if problems:
        raise LogError(problems)
    try:
        about = json.loads((folder / "log.json").read_text(encoding="utf-8"))
        tables = {name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise LogError(Problem(f"cannot be read: {error}", where=str(folder))) from error
    if not isinstance(about, dict) or not {"format_version", "zone", "source"} <= about.keys():
        raise LogError(
            Problem("is damaged", where=str(folder / "log.json"), suggestion="write the log again")
        )
    if about["format_version"] != FORMAT_VERSION:
        raise LogError(
            Problem(
                f"format version {about['format_version']!r} is not known",
                where=str(folder / "log.json"),
                allowed=str(FORMAT_VERSION),
                suggestion="update the toolkit",
            )
        )
    return EventLog(**tables, zone=about["zone"], source=about["source"])


def are_row_numbers(numbers: pl.Series) -> bool:
    """Return whether a series counts 0, 1, 2, ..."""
    if numbers.null_count() or not numbers.dtype.is_integer():
        return False
    # Part by part: a table read from a file lies in many, and joining them costs a copy.
    first = 0
    for part in numbers.get_chunks():
        if (part.to_numpy() != np.arange(first, first + len(part), dtype=np.uint32)).any():
            return False
        first += len(part)
    return True


def _in_case_order(pairs: pl.DataFrame, times: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the row of the event and the case, by (case, time, event), each pair once.

    One sorted key of 64 bits costs less than a join and a sort by three columns.
    """
    event, case = pairs["event"].to_numpy(), pairs["object"].to_numpy()
    if (event >= len(times)).any():
        known = event < len(times)
        event, case = event[known], case[known]
    time = times.to_physical().to_numpy()
    by_time = None
    turn = event
    if (time[1:] < time[:-1]).any():
        if _are_ordered(case, time, event):
            return pl.Series(event), pl.Series(case)
        by_time = np.argsort(time, kind="stable").astype(np.uint32)
        turn = np.empty_like(by_time)
        turn[by_time] = np.arange(len(by_time), dtype=np.uint32)
        turn = turn[event]
    key = case.astype(np.uint64)
    key <<= np.uint64(32)
    key |= turn
    key.sort()
    if (key[1:] == key[:-1]).any():
        key = np.unique(key)
    case, turn = (key >> np.uint64(32)).astype(np.uint32), key.astype(np.uint32)
    return pl.Series(turn if by_time is None else by_time[turn]), pl.Series(case)


def _are_ordered(case: Numbers, time: Numbers, event: Numbers) -> bool:
    """Return whether the pairs stand by (case, time, event) already, none of them twice."""
    same = case[1:] == case[:-1]
    if not (same | (case[1:] > case[:-1])).all():
        return False
    time = time[event]
    later = time[1:] > time[:-1]
    later |= (time[1:] == time[:-1]) & (event[1:] > event[:-1])
    return bool((later | ~same).all())


def _column_problems(
    name: str, table: pl.DataFrame, columns: Iterable[str] | dict[str, pl.DataType | None]
) -> list[Problem]:
    wanted = columns if isinstance(columns, dict) else dict.fromkeys(columns)
    problems = []
    for column, dtype in wanted.items():
        if column not in table.columns:
            problems.append(Problem(f"the {name} table has no column {column!r}"))
        elif dtype is not None and table.schema[column] != dtype:
            problems.append(
                Problem(f"{name}.{column} is {table.schema[column]}", allowed=str(dtype))
            )
    return problems
