"""What is to happen, in order: a heap for the hours to come, unsorted spans for what lies beyond.

An order waits for weeks, so a company keeps tens of thousands of entries. A single heap of that
size costs a dozen comparisons, most of them cache misses, for each entry; here an entry far ahead
is appended to the list of its span of time, and sorted with its span when that comes.

References
----------
Brown, "Calendar queues: a fast O(1) priority queue implementation for the simulation event set
problem", Communications of the ACM 31(10), 1988.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heapify, heappop, heappush
from math import floor, inf, isnan
from typing import Any, Final

# time (seconds), priority, number of the entry (no two are equal), event
Entry = tuple[float, int, int, Any]

# Seconds; a power of two, so that no multiple of it is rounded. Any length gives the same order;
# some hours were fastest with 1,000 to 60,000 entries that wait for days.
_SPAN: Final = 16_384.0
_PER_SPAN: Final = 1 / _SPAN
# So many spans from time 0 on have their place in a list, which is found sooner than in a mapping:
# half a year.
_NEAR: Final = 1_024
# What lies further away than this many seconds, infinitely far perhaps, is one span.
_FAR: Final = 2.0**62
_LAST: Final = 1 << 48


class Schedule:
    """A priority queue of entries, which come out in the order of tuples.

    Attributes
    ----------
    ready
        Entries of the current span that were known when it began, last first.
    late
        Heap of entries before the horizon that came since.
    horizon
        End of the current span (seconds): what lies before it is in *ready* or *late*.
    active
        Whose turn it is at the moment; kept here, for whoever takes entries out.
    """

    __slots__ = ("_added", "_beyond", "_near", "_spans", "active", "horizon", "late", "ready")

    def __init__(self) -> None:
        # As far as types go anything: in machine code an entry would be taken apart at each touch.
        self.ready: list[Any] = []
        self.late: list[Any] = []
        self.horizon = -inf
        self.active: Any = None
        self._near: list[list[Any]] = [[] for _ in range(_NEAR)]
        self._beyond: dict[int, list[Any]] = {}
        # Heap of the spans that have entries.
        self._spans: list[int] = []
        self._added = 0

    def add(self, time: float, priority: int, event: Any) -> None:
        """Add an event, after what has been added for its time and priority so far."""
        self._added += 1
        self.push(time, priority, self._added, event)

    def push(self, time: float, priority: int, number: int, event: Any) -> None:
        """Add an entry; ValueError if its time is not a number. It may be infinite."""
        entry = (time, priority, number, event)
        if time < self.horizon:
            heappush(self.late, entry)
            return
        # The span is a power of two, so that the product is exact.
        span = floor(time * _PER_SPAN) if -_FAR < time < _FAR else _far_span(time)
        entries = self._near[span] if 0 <= span < _NEAR else self._beyond.setdefault(span, [])
        if not entries:
            heappush(self._spans, span)
        entries.append(entry)

    def pop(self) -> Entry:
        """Take out the next entry; IndexError if there is none."""
        ready, late = self.ready, self.late
        entry: Entry
        if late and not (ready and ready[-1] < late[0]):
            entry = heappop(late)
        elif ready or self.advance():
            entry = ready.pop()
        else:
            raise IndexError("the schedule is empty")
        return entry

    def peek(self) -> float:
        """Return the time of the next entry, infinity if there is none."""
        if not self.ready and not self.late:
            self.advance()
        candidates = self.ready[-1:] + self.late[:1]
        return float(min(candidates)[0]) if candidates else inf

    def advance(self) -> bool:
        """Go on to the next span that has entries, this one being over; False if none has."""
        if not self._spans:
            return False
        span = heappop(self._spans)
        self.ready += self._take(span)
        self.ready.sort(reverse=True)
        self.horizon = inf if span == _LAST else (span + 1) * _SPAN
        return True

    def entries(self) -> Iterator[Entry]:
        """Yield all entries, in no order."""
        yield from self.ready
        yield from self.late
        for span in self._spans:
            yield from self._near[span] if 0 <= span < _NEAR else self._beyond[span]

    def move(self, times: Mapping[Any, float]) -> None:
        """Let the entries of some events be due at other times (seconds, not in the past)."""
        moved = [entry for entry in self.entries() if entry[3] in times]
        # In place: whoever takes entries out holds on to these lists.
        self.ready[:] = [entry for entry in self.ready if entry[3] not in times]
        self.late[:] = [entry for entry in self.late if entry[3] not in times]
        heapify(self.late)
        spans = list(self._spans)
        self._spans.clear()
        for span in spans:
            kept = [entry for entry in self._take(span) if entry[3] not in times]
            if kept:
                self._spans.append(span)
                if 0 <= span < _NEAR:
                    self._near[span] = kept
                else:
                    self._beyond[span] = kept
        heapify(self._spans)
        for _, priority, number, event in moved:
            self.push(times[event], priority, number, event)

    def clear(self) -> None:
        """Drop all entries."""
        for span in self._spans:
            self._take(span)
        for entries in (self.ready, self.late, self._spans):
            entries.clear()

    def _take(self, span: int) -> list[Any]:
        """Return the entries of a span, which has none from now on."""
        if 0 <= span < _NEAR:
            entries = self._near[span]
            self._near[span] = []
            return entries
        return self._beyond.pop(span)


def _far_span(time: float) -> int:
    """Return the number of the span of a time that is too far away to have one of its own."""
    if isnan(time):
        raise ValueError("an event cannot be scheduled at a time that is not a number")
    return _LAST if time > 0 else -_LAST
