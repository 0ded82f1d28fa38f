"""Which events happened to which objects, as numbers: by object type, then by activity.

The relations are cut into types and activities by one radix sort; what is asked for afterwards is
a slice, which costs less than a join and a group-by for each question.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from o2c_sim.eventlog import EventLog, are_row_numbers

Integers = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Links:
    """The events of the objects of one type, those of each activity together.

    Parameters
    ----------
    objects
        Numbers of the objects of the type, rising; an object's place among them is what the
        other tables call it.
    row, place
        Row of the event in the log's ``events``, and place of the object.
    begins
        Where the events of each activity begin, by the activity's code; one more for the end.
    """

    objects: Integers
    row: Integers
    place: Integers
    begins: Integers

    def of(self, code: int | None) -> tuple[Integers, Integers]:
        """Return rows and places of one activity; none of None."""
        own = slice(0) if code is None else slice(*self.begins[code : code + 2].tolist())
        return self.row[own], self.place[own]


class EventLinks:
    """The relations of a log's events and objects.

    Parameters
    ----------
    log
        The log; it must not change afterwards.

    Attributes
    ----------
    types, activities
        Names that occur, sorted; the place of a name is its code.
    """

    def __init__(self, log: EventLog) -> None:
        self._objects = log.objects
        self._numbers = log.objects["object"].to_numpy()
        self.types, self._kinds = _coded(log.objects["type"])
        self.activities, self._activity = _coded(log.events["activity"])
        row, number, kind = _pairs(log, self._kinds)
        # By type, then by activity; of 16-bit numbers at most, a stable sort is a radix sort.
        activities, types = len(self.activities) + 1, len(self.types) + 1
        key = kind.astype(np.min_scalar_type(types * activities))
        key *= key.dtype.type(activities)
        # To take costs less than to index by numbers that are not of 64 bits.
        key += self._activity.take(row)
        turn = np.argsort(key, kind="stable")
        self._row, self._object = row.take(turn), number.take(turn)
        counts = np.bincount(key, minlength=types * activities)
        self._pairs_begin = np.concatenate(([0], np.cumsum(counts)))

    def rows_of(self, activities: Iterable[str]) -> Integers:
        """Return the rows of the events of some activities, rising."""
        codes = {self.activities.index(name) for name in activities if name in self.activities}
        if len(codes) == 1:
            (code,) = codes
            return self._by_activity[slice(*self._begins[code : code + 2])]
        meant = np.isin(np.arange(len(self.activities) + 1), list(codes))
        return np.flatnonzero(meant.take(self._activity))

    @cached_property
    def _by_activity(self) -> Integers:
        """Rows of the log's ``events``, those of each activity together."""
        # Of 16-bit numbers at most, a stable sort is a radix sort.
        return np.argsort(self._activity, kind="stable")

    @cached_property
    def _begins(self) -> list[int]:
        """Where the rows of each activity begin among them; one more for the end."""
        counts = np.bincount(self._activity, minlength=len(self.activities) + 1)
        return [0, *np.cumsum(counts).tolist()]

    def of_type(self, object_type: str) -> Links:
        """Return the events of the objects of a type that occurs."""
        kind = self.types.index(object_type)
        objects = self._numbers[self._kinds == kind]
        if not (objects[1:] > objects[:-1]).all():
            objects = np.unique(objects)
        codes = len(self.activities) + 1
        begins = self._pairs_begin[kind * codes : (kind + 1) * codes + 1]
        own = slice(begins[0], begins[-1])
        return Links(
            objects, self._row[own], places(objects, self._object[own]), begins - begins[0]
        )

    def attribute(self, object_type: str, name: str) -> pl.Series | None:
        """Return an attribute of the objects of a type, by number; None if none of them has it."""
        if name not in self._objects.columns:
            return None
        own = self._kinds == self.types.index(object_type)
        found, numbers = self._objects[name].filter(pl.Series(own)), self._numbers[own]
        if not (numbers[1:] > numbers[:-1]).all():
            # Of an object that is told twice the last one counts.
            _, last = np.unique(numbers[::-1], return_index=True)
            found = found[len(numbers) - 1 - last]
        return found if found.null_count() < len(found) else None


def places(objects: Integers, numbers: Integers) -> Integers:
    """Return the place of each number among objects, which rise and hold all of them."""
    in_a_row = objects[-1] - objects[0] + 1 == len(objects)
    found = numbers - objects[0] if in_a_row else np.searchsorted(objects, numbers)
    # What numpy counts places with: it would convert any other at each use.
    return found.astype(np.intp, copy=False)


def matches(left: Integers, right: Integers) -> tuple[Integers, Integers]:
    """Return where equal numbers stand on the left and on the right, by pair, as a join does.

    Of rows and places, that is: it counts from 0 to the greatest number.
    """
    size = 1 + max(int(left.max(initial=0)), int(right.max(initial=0)))
    counts = np.bincount(right, minlength=size)
    begins, times = (np.cumsum(counts) - counts).take(left), counts.take(left)
    found = np.repeat(np.arange(len(left)), times)
    nth = np.arange(len(found)) - np.repeat(np.cumsum(times) - times, times)
    return found, np.argsort(right, kind="stable").take(begins.take(found) + nth)


def _coded(names: pl.Series) -> tuple[tuple[str, ...], Integers]:
    """Return the names that occur, sorted, and the place of each row's among them.

    Of a row without a name it is one beyond the last.
    """
    if isinstance(names.dtype, pl.Enum):
        categories = [*names.dtype.categories.to_list(), None]
        physical = names.to_physical()
        if physical.null_count():
            # The place of what has no name is behind all of them.
            physical = physical.fill_null(len(categories) - 1)
        rows = physical.to_numpy()
        occurs = np.bincount(rows, minlength=len(categories)).astype(np.bool_)
        texts = sorted(name for name, own in zip(categories[:-1], occurs[:-1], strict=True) if own)
        place = {name: place for place, name in enumerate(texts)}
        codes = [place.get(name, len(texts)) for name in categories]
        return tuple(texts), np.array(codes, np.min_scalar_type(len(texts)))[rows]
    texts = sorted(names.unique().drop_nulls().cast(pl.String).to_list())
    physical = names.cast(pl.String).cast(pl.Enum(texts)).to_physical().fill_null(len(texts))
    return tuple(texts), physical.to_numpy().astype(np.min_scalar_type(len(texts)))


def _pairs(log: EventLog, kinds: Integers) -> tuple[Integers, Integers, Integers]:
    """Return row of the event, object and code of its type of each relation, each once."""
    pairs = log.event_objects[["event", "object"]]
    if pairs["event"].null_count() or pairs["object"].null_count():
        pairs = pairs.drop_nulls()
    if not _are_rising(pairs):  # An event may be related to an object under two qualifiers.
        pairs = pairs.unique()
    if are_row_numbers(log.events["event"]) and are_row_numbers(log.objects["object"]):
        event, number = pairs["event"].to_numpy(), pairs["object"].to_numpy()
        known = (event < log.events.height) & (number < log.objects.height)
        if not known.all():
            event, number = event[known], number[known]
        return event, number, kinds.take(number)
    rows = log.events.select("event").with_row_index("row")
    types = log.objects.select("object", pl.Series("kind", kinds)).unique()
    found = pairs.join(rows, on="event").join(types, on="object")
    return found["row"].to_numpy(), found["object"].to_numpy(), found["kind"].to_numpy()


def _are_rising(pairs: pl.DataFrame) -> bool:
    """Return whether the pairs stand by event and object, none of them twice."""
    event, number = pairs["event"].to_numpy(), pairs["object"].to_numpy()
    rising = number[1:] > number[:-1]
    rising &= event[1:] == event[:-1]
    rising |= event[1:] > event[:-1]
    return bool(rising.all())
