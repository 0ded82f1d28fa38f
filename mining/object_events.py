"""The events of each object of a log, found once per object type and shared by all readers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import polars as pl

from mining.event_links import EventLinks, Integers, Links, places
from mining.local_clock import LocalClock
from mining.measures import NEVER, Flags, Instants, Period
from o2c_sim.eventlog import TIME, EventLog

_COLUMNS = ("event", "activity", "start", "time", "automated", "cost")
_CENTS = (pl.col("amount") * 100).round().cast(pl.Int64).alias("cents")
_LATE = np.iinfo(np.int64).max
# Columns of spans: what is done with which of the numbers of the events, and where that starts.
_SPANS = {
    "first": (np.minimum, "time", _LATE),
    "last": (np.maximum, "time", -_LATE),
    "begun": (np.minimum, "begun", _LATE),
    "cents": (np.add, "cents", 0),
}

Kept = TypeVar("Kept")


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
        self._kept: dict[str, Any] = {}

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

    @cached_property
    def clock(self) -> LocalClock:
        """The log's local time."""
        return LocalClock.of(self.log.zone, self.times)

    @cached_property
    def dates(self) -> pl.Series:
        """Local date of each row of the log's ``events``."""
        return pl.Series("date", self.days.astype(np.int32)).cast(pl.Date)

    @cached_property
    def days(self) -> Integers:
        """Local date of each row of the log's ``events``, days since 1970-01-01."""
        return self.clock.dates(self.times).view(np.int64)

    def within(self, period: Period, moments: Instants) -> Flags:
        """Return whether the local date of moments lies in a period; NaT does not."""
        within: Flags = period.contains(self.clock.dates(moments))
        return within

    @cached_property
    def told(self) -> Flags:
        """Return of each row of the log's ``events`` whether it says who did it."""
        return self._automated.is_not_null().to_numpy()

    @cached_property
    def by_hand(self) -> Flags:
        """Return of each row of the log's ``events`` whether it says that a person did it."""
        by_hand: Flags = ~self._automated.fill_null(value=True).to_numpy()
        return by_hand

    @property
    def _automated(self) -> pl.Series:
        return self.log.events["automated"].cast(pl.Boolean)

    @property
    def end(self) -> np.datetime64:
        """When the last event of the log was completed; NaT of none."""
        last: np.datetime64 = self.times.max() if len(self.times) else NEVER
        return last

    def in_turn(self, rows: Integers) -> tuple[Integers, ...]:
        """Return what ``numpy.lexsort`` sorts rows of ``events`` by: time, then event."""
        if self._is_in_turn:
            return (rows,)
        return self.numbers["event"].take(rows), self.numbers["time"].take(rows)

    @cached_property
    def _is_in_turn(self) -> bool:
        """Whether all rows of ``events`` stand by time, then by event."""
        time, event = self.numbers["time"], self.numbers["event"]
        later = time[1:] > time[:-1]
        later |= (time[1:] == time[:-1]) & (event[1:] > event[:-1])
        return bool(later.all())

    @property
    def times(self) -> Instants:
        """Completion of each row of the log's ``events``."""
        return self.numbers["time"].view("datetime64[us]")

    @cached_property
    def _events(self) -> pl.DataFrame:
        kept = [name for name in _COLUMNS if name in self.log.events.columns]
        return self.log.events.select(*kept, _CENTS).rechunk()

    def objects_of(self, object_type: str) -> pl.DataFrame:
        """Return what :meth:`EventLog.objects_of` does."""
        return self.once(f"objects {object_type}", lambda: self.log.objects_of(object_type))

    def attribute(self, object_type: str, name: str) -> pl.Series | None:
        """Return an attribute of the objects of a type; None if none of them has it.

        Returns
        -------
        polars.Series
            By place of the object.
        """
        return self._all.attribute(object_type, name)

    def rows_of(self, *activities: str) -> Integers:
        """Return the rows of the log's ``events`` that are of some activities, rising."""
        return self._all.rows_of(activities)

    def events(self, activities: Iterable[str]) -> pl.DataFrame:
        """Return the events of some activities, with their names as text, whatever they are about.

        Returns
        -------
        polars.DataFrame
            As :meth:`rows` without ``case``, and ``date`` (local); by row of the log's ``events``.
        """
        rows = self.rows_of(*activities)
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
        rows, place = self._chosen(links, activities)
        return self._table(links, rows, place).with_columns(pl.col("activity").cast(pl.String))

    def links(self, object_type: str, *activities: str) -> tuple[Integers, Integers]:
        """Return row in the log's ``events``, and place of the object, of some events or of all.

        Parameters
        ----------
        object_type
            Type of the objects.
        activities
            Of the events; all if none is named.
        """
        links = self._of_type(object_type)
        return self._chosen(links, activities) if activities else (links.row, links.place)

    def pairs(self, object_type: str, *activities: str) -> tuple[Integers, Integers]:
        """Return :meth:`links` with the numbers of the objects."""
        rows, place = self.links(object_type, *activities)
        return rows, self.numbers_of(object_type)[place]

    def happened(self, object_type: str, *activities: str) -> Flags:
        """Return whether one of some activities happened to each object, by place."""
        links = self._of_type(object_type)
        had = np.zeros(len(links.objects), np.bool_)
        for activity in activities:
            had[links.of(self._code(activity))[1]] = True
        return had

    def counts(self, object_type: str, activity: str) -> Integers:
        """Return how often something happened to each object, by place."""
        links = self._of_type(object_type)
        return np.bincount(links.of(self._code(activity))[1], minlength=len(links.objects))

    def cents(self, object_type: str, activity: str) -> Integers:
        """Return the sum of the amounts of an activity of each object, whole cents, by place."""
        return self._by_place(self._of_type(object_type), activity, "cents")[1]

    def happens(self, object_type: str, activity: str) -> bool:
        """Return whether an activity happened to any object of a type."""
        return bool(self._of_type(object_type).of(self._code(activity))[1].size)

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
            self._spans[key] = self._spans_of(self._of_type(object_type), activity)
        return self._spans[key]

    def moments(
        self, object_type: str, activity: str, cases: pl.Series, which: str = "first"
    ) -> pl.Series:
        """Return a column of :meth:`spans` for some objects; null for what it never happened to."""
        links = self._of_type(object_type)
        times, found = self._by_place(links, activity, which)
        place = self.places(object_type, cases)
        column = pl.Series(which, found[place])
        column = column.zip_with(pl.Series(times[place] > 0), pl.Series([None], dtype=column.dtype))
        return column if which in ("times", "cents") else column.cast(TIME)

    def when(self, object_type: str, activity: str, which: str = "first") -> Instants:
        """Return a column of moments of :meth:`spans` by place; NaT where it never happened."""
        times, found = self._by_place(self._of_type(object_type), activity, which)
        return np.where(times > 0, found.view("datetime64[us]"), NEVER)

    def places(self, object_type: str, cases: pl.Series) -> Integers:
        """Return the place of some objects of a type among all of them, by number."""
        return places(self.numbers_of(object_type), cases.to_numpy())

    def numbers_of(self, object_type: str) -> Integers:
        """Return the numbers of all objects of a type, rising."""
        return self._of_type(object_type).objects

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
        meant = (which.fill_null(value=False) if which.null_count() else which).to_numpy()
        own = meant.take(links.row)
        time = self.numbers["time"].take(links.row[own])
        found = _reduced(np.minimum, _LATE, links.place[own], time, len(links.objects))
        moments = np.where(found < _LATE, found.view("datetime64[us]"), NEVER)
        return pl.Series(moments[self.places(object_type, cases)])

    def cases(self, object_type: str) -> pl.Series:
        """Return the numbers of the objects of a type that have an event, rising."""
        links = self._of_type(object_type)
        own = np.bincount(links.place, minlength=len(links.objects)).astype(np.bool_)
        return pl.Series("case", links.objects[own])

    def once(self, name: str, compute: Callable[[], Kept]) -> Kept:
        """Return what several readers need, computed for the first of them."""
        if name not in self._kept:
            self._kept[name] = compute()
        kept: Kept = self._kept[name]
        return kept

    def _of_type(self, object_type: str) -> Links:
        if object_type not in self._links:
            if object_type not in self.object_types:
                self.objects_of(object_type)  # Refuses it.
            self._links[object_type] = self._all.of_type(object_type)
        return self._links[object_type]

    def _code(self, activity: str) -> int | None:
        return self.activities.index(activity) if activity in self.activities else None

    def _chosen(self, links: Links, activities: Iterable[str]) -> tuple[Integers, Integers]:
        """Return row of the event and place of the object of some activities."""
        # None comes first, so that there is one part at least.
        codes = [None, *(self._code(name) for name in dict.fromkeys(activities))]
        rows, place = (np.concatenate(parts) for parts in zip(*map(links.of, codes), strict=True))
        return rows, place

    def _table(self, links: Links, rows: Integers, place: Integers) -> pl.DataFrame:
        return self._events[rows].insert_column(1, pl.Series("case", links.objects[place]))

    def _spans_of(self, links: Links, activity: str) -> pl.DataFrame:
        times, _ = self._by_place(links, activity, "times")
        own = np.flatnonzero(times)
        found = {name: self._by_place(links, activity, name)[1][own] for name in _SPANS}
        columns = {"case": links.objects[own], **found, "times": times[own].astype(np.uint32)}
        moments = pl.col("first", "last", "begun").cast(TIME)
        return pl.DataFrame(columns).select("case", moments, "times", "cents")

    def _by_place(self, links: Links, activity: str, which: str) -> tuple[Integers, Integers]:
        """Return of each object how often something happened to it, and a column of its spans.

        The column means nothing where it never happened.
        """
        rows, place = links.of(self._code(activity))
        times = np.bincount(place, minlength=len(links.objects))
        if which == "times":
            return times, times.astype(np.uint32)
        how, name, start = _SPANS[which]
        return times, _reduced(how, start, place, self.numbers[name].take(rows), len(times))

    @cached_property
    def numbers(self) -> dict[str, Integers]:
        """Numbers of each row of the log's ``events``.

        ``event``; ``time`` (completion) and ``begun`` (the earliest known time), microseconds;
        ``cents`` (0 where unknown).
        """
        events = self.log.events
        time, start = (events[name].cast(TIME).to_numpy() for name in ("time", "start"))
        cents = np.rint(events["amount"].cast(pl.Float64).to_numpy() * 100)
        cents[np.isnan(cents)] = 0
        return {
            "event": events["event"].to_numpy(),
            "time": time.view(np.int64),
            "begun": np.where(np.isnat(start), time, start).view(np.int64),
            # Polars refuses what is no number, which numpy does not.
            "cents": pl.Series(cents).cast(pl.Int64).to_numpy(),
        }


def _reduced(how: np.ufunc, start: int, place: Integers, values: Integers, size: int) -> Integers:
    found = np.full(size, start, np.int64)
    how.at(found, place, values)
    return found
