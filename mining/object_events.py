"""The events of each object of a log, found once per object type and shared by all readers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

import numpy as np
import polars as pl

from mining.event_links import EventLinks, Integers, Links, places
from mining.measures import local_date
from o2c_sim.eventlog import TIME, EventLog

_COLUMNS = ("event", "activity", "start", "time", "automated", "amount", "cost")
_LATE = np.iinfo(np.int64).max


class ObjectEvents:
    """What happened to each object of a log, by object type.

    Parameters
    ----------
    log
        The log; it must not change afterwards.
    """

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self._all = EventLinks(log)
        self._links: dict[str, Links] = {}
        self._spans: dict[tuple[str, str], pl.DataFrame] = {}
        self._kept: dict[str, pl.DataFrame] = {}
        kept = [name for name in _COLUMNS if name in log.events.columns]
        cents = (pl.col("amount") * 100).round().cast(pl.Int64).alias("cents")
        self._events = log.events.select(kept).with_columns(cents).drop("amount").rechunk()

    @classmethod
    def of(cls, log: EventLog | ObjectEvents) -> ObjectEvents:
        """Return the view of a log; of a view, the view itself."""
        return log if isinstance(log, cls) else cls(log)  # type: ignore[arg-type]

    @property
    def object_types(self) -> tuple[str, ...]:
        """Object types that occur, sorted."""
        return self._all.types

    @property
    def activities(self) -> tuple[str, ...]:
        """Activity names that occur, sorted."""
        return self._all.activities

    @property
    def dates(self) -> pl.Series:
        """Local date of each row of the log's ``events``."""
        date = local_date("time", self.log.zone).alias("date")
        return self.once("dates", lambda: self._events.select(date))["date"]

    def objects_of(self, object_type: str) -> pl.DataFrame:
        """Return what :meth:`EventLog.objects_of` does."""
        return self.once(f"objects {object_type}", lambda: self.log.objects_of(object_type))

    def events(self, activities: Iterable[str]) -> pl.DataFrame:
        """Return the events of some activities, with their names as text, whatever they are about.

        Returns
        -------
        polars.DataFrame
            As :meth:`rows` without ``case``, and ``date`` (local); by row of the log's ``events``.
        """
        rows = self._all.rows_of(activities)
        names = pl.col("activity").cast(pl.String)
        return self._events[rows].with_columns(names, self.dates[rows])

    def rows(self, object_type: str) -> pl.DataFrame:
        """Return the events of the objects of one type.

        Raises
        ------
        LogError
            If no object has that type.

        Returns
        -------
        polars.DataFrame
            ``case`` (object number), ``event``, ``activity``, ``start``, ``time``, ``automated``,
            ``cents`` (the event's amount, whole cents, null where it has none) and, where the log
            has it, ``cost``; in no particular order. An event of several objects occurs for each.
        """
        links = self._of_type(object_type)
        return self.once(f"rows {object_type}", lambda: self._table(links, links.row, links.place))

    def related(self, object_type: str) -> pl.DataFrame:
        """Return ``event`` and ``case`` of :meth:`rows`, without what they are."""
        links = self._of_type(object_type)
        return pl.DataFrame(
            {"event": self._events["event"][links.row], "case": links.objects[links.place]}
        )

    def of_activities(self, object_type: str, activities: Iterable[str]) -> pl.DataFrame:
        """Return the rows of some activities, with their names as text."""
        links = self._of_type(object_type)
        # None comes first, so that there is one part at least.
        codes = [None, *(self._code(name) for name in dict.fromkeys(activities))]
        rows, cases = (np.concatenate(parts) for parts in zip(*map(links.of, codes), strict=True))
        return self._table(links, rows, cases).with_columns(pl.col("activity").cast(pl.String))

    def spans(self, object_type: str, activity: str) -> pl.DataFrame:
        """Return when something first and last happened to each object that it happened to.

        Returns
        -------
        polars.DataFrame
            ``case``, ``first``, ``last`` (completion), ``begun`` (the earliest start), ``times``
            (how often), ``cents`` (sum of the amounts); by case.
        """
        key = (object_type, activity)
        if key not in self._spans:
            links = self._of_type(object_type)
            self._spans[key] = self._spans_of(links, *links.of(self._code(activity)))
        return self._spans[key]

    def moments(
        self, object_type: str, activity: str, cases: pl.Series, which: str = "first"
    ) -> pl.Series:
        """Return a column of :meth:`spans` for some objects; null for what it never happened to."""
        objects, spans = self._of_type(object_type).objects, self.spans(object_type, activity)
        turn = np.full(len(objects), spans.height, np.uint32)
        turn[places(objects, spans["case"].to_numpy())] = np.arange(spans.height)
        found = spans[which]
        found = pl.concat([found, pl.Series(found.name, [None], dtype=found.dtype)])
        return found[turn[places(objects, cases.to_numpy())]]

    def earliest(self, object_type: str, which: pl.Series, cases: pl.Series) -> pl.Series:
        """Return when the first of some events happened to each of some objects; null if none did.

        Parameters
        ----------
        object_type
            Type of the objects.
        which
            By row of the log's ``events`` (Boolean; null is no).
        cases
            Numbers of the objects.
        """
        links = self._of_type(object_type)
        own = which.fill_null(value=False).to_numpy()[links.row]
        time = self._numbers[0][links.row[own]]
        found = _reduced(np.minimum, _LATE, links.place[own], time, len(links.objects))
        moments = pl.Series(found[places(links.objects, cases.to_numpy())])
        return moments.replace(_LATE, None).cast(TIME)

    def cases(self, object_type: str) -> pl.Series:
        """Return the numbers of the objects of a type that have an event, rising."""
        links = self._of_type(object_type)
        own = np.bincount(links.place, minlength=len(links.objects)).astype(np.bool_)
        return pl.Series("case", links.objects[own])

    def stretches(self, object_type: str, opens: str, ends: tuple[str, ...]) -> pl.DataFrame:
        """Return each time that something was opened on an object, until the next end of it.

        Returns
        -------
        polars.DataFrame
            ``case``, ``first`` (the opening; of several in a row the first one), ``last`` (null
            without an end); a row each time, so an object may have several.
        """
        ended = pl.col("activity").is_in(list(ends))
        rows = self.of_activities(object_type, (opens, *ends)).sort("case", "time", "event")
        return (
            rows.with_columns((ended.cum_sum() - ended.cast(pl.UInt32)).over("case").alias("turn"))
            .group_by("case", "turn", maintain_order=True)
            .agg(
                pl.col("time").filter(~ended).min().alias("first"),
                pl.col("time").filter(ended).min().alias("last"),
            )
            .filter(pl.col("first").is_not_null())
            .drop("turn")
        )

    def once(self, name: str, compute: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return a table that several readers need, computed for the first of them."""
        if name not in self._kept:
            self._kept[name] = compute()
        return self._kept[name]

    def _of_type(self, object_type: str) -> Links:
        if object_type not in self._links:
            self.objects_of(object_type)  # Refuses a type that does not occur.
            self._links[object_type] = self._all.of_type(object_type)
        return self._links[object_type]

    def _code(self, activity: str) -> int | None:
        return self.activities.index(activity) if activity in self.activities else None

    def _table(self, links: Links, rows: Integers, place: Integers) -> pl.DataFrame:
        return self._events[rows].insert_column(1, pl.Series("case", links.objects[place]))

    def _spans_of(self, links: Links, rows: Integers, place: Integers) -> pl.DataFrame:
        size = len(links.objects)
        times = np.bincount(place, minlength=size)
        own = np.flatnonzero(times)
        time, begun, cents = (column[rows] for column in self._numbers)
        found = {
            "first": _reduced(np.minimum, _LATE, place, time, size)[own],
            "last": _reduced(np.maximum, -_LATE, place, time, size)[own],
            "begun": _reduced(np.minimum, _LATE, place, begun, size)[own],
        }
        return pl.DataFrame(
            {
                "case": links.objects[own],
                **{name: pl.Series(moments).cast(TIME) for name, moments in found.items()},
                "times": times[own].astype(np.uint32),
                "cents": _reduced(np.add, 0, place, cents, size)[own],
            }
        )

    @cached_property
    def _numbers(self) -> tuple[Integers, ...]:
        """Completion, earliest known time (microseconds) and cents of each event."""
        begun = pl.coalesce("start", "time").cast(TIME)
        columns = self._events.select("time", begun.alias("begun"), pl.col("cents").fill_null(0))
        return tuple(column.to_physical().to_numpy() for column in columns)


def _reduced(how: np.ufunc, start: int, place: Integers, values: Integers, size: int) -> Integers:
    found = np.full(size, start, np.int64)
    how.at(found, place, values)
    return found
