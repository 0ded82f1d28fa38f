"""Who of a pool is idle and on duty: a roster hands out the person idle longest.

People who share one calendar need a queue only. People on calendars of their own (shifts,
absence) need to be told apart into idle on duty and idle off duty, in O(log n).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Collection, Sequence
from heapq import heappop, heappush
from typing import Final

from o2c_sim.engine.calendar import WorkingCalendar

NOBODY: Final = -1


class Roster(ABC):
    """The people of a pool, numbered from 0.

    Attributes
    ----------
    calendars
        The calendar of each person.
    """

    __slots__ = ("calendars",)
    calendars: tuple[WorkingCalendar, ...]

    @abstractmethod
    def take(self, now: float) -> int:
        """Return the person on duty who is idle longest, no longer idle; or ``NOBODY``."""

    @abstractmethod
    def give_back(self, person: int) -> None:
        """Make a person idle again."""

    @abstractmethod
    def next_on_duty(self, now: float) -> float:
        """Return when an idle person is on duty next, once ``take`` found nobody; or infinity."""

    @abstractmethod
    def idle(self) -> list[int]:
        """Return the idle people, on duty or not, the one idle longest first."""


class CommonRoster(Roster):
    """People who share one calendar: all of them are on duty, or nobody is."""

    __slots__ = ("_calendar", "_idle")

    def __init__(
        self, headcount: int, calendar: WorkingCalendar, idle: Sequence[int] | None = None
    ) -> None:
        self._calendar = calendar
        self._idle = deque(range(headcount) if idle is None else idle)
        self.calendars = (calendar,) * headcount

    def take(self, now: float) -> int:
        """Return the person idle longest, no longer idle; or ``NOBODY``."""
        if self._idle and self._calendar.is_open(now):
            return self._idle.popleft()
        return NOBODY

    def give_back(self, person: int) -> None:
        """Make a person idle again."""
        self._idle.append(person)

    def next_on_duty(self, now: float) -> float:
        """Return when work opens next, or infinity if nobody is idle."""
        return self._calendar.next_open(now) if self._idle else float("inf")

    def idle(self) -> list[int]:
        """Return the idle people, on duty or not, the one idle longest first."""
        return list(self._idle)


class PersonalRoster(Roster):
    """People with a calendar each.

    Who goes off duty while idle is noticed when asked for: a person moves between the two heaps
    at most once per interval of the calendar.
    """

    __slots__ = ("_given_back", "_off_duty", "_on_duty")

    def __init__(
        self, calendars: Sequence[WorkingCalendar], idle: Sequence[int] | None = None
    ) -> None:
        self.calendars = tuple(calendars)
        self._given_back = len(self.calendars)
        # (turn, person) of idle people; the turn counts up with each task done.
        self._on_duty = list(enumerate(range(len(self.calendars)) if idle is None else idle))
        # (back on duty at, turn, person)
        self._off_duty: list[tuple[float, int, int]] = []

    def take(self, now: float) -> int:
        """Return the person on duty who is idle longest, no longer idle; or ``NOBODY``."""
        on_duty, off_duty = self._on_duty, self._off_duty
        while off_duty and off_duty[0][0] <= now:
            _, turn, person = heappop(off_duty)
            heappush(on_duty, (turn, person))
        while on_duty:
            turn, person = heappop(on_duty)
            calendar = self.calendars[person]
            if calendar.is_open(now):
                return person
            heappush(off_duty, (calendar.next_open(now), turn, person))
        return NOBODY

    def give_back(self, person: int) -> None:
        """Make a person idle again."""
        heappush(self._on_duty, (self._given_back, person))
        self._given_back += 1

    def next_on_duty(self, now: float) -> float:
        """Return when an idle person is on duty next, once ``take`` found nobody; or infinity."""
        return self._off_duty[0][0] if self._off_duty else float("inf")

    def idle(self) -> list[int]:
        """Return the idle people, on duty or not, the one idle longest first."""
        turns = self._on_duty + [(turn, person) for _, turn, person in self._off_duty]
        return [person for _, person in sorted(turns)]


def roster(
    people: Sequence[WorkingCalendar],
    idle: Sequence[int] | None = None,
    staff: Collection[int] | None = None,
) -> Roster:
    """Return the roster of people by their calendars; the plain one where all share one.

    Parameters
    ----------
    people
        The calendar of each person.
    idle
        Who is idle, longest first; everybody if not given.
    staff
        Who belongs to it; everybody if not given.
    """
    own = people if staff is None else [people[person] for person in staff]
    if all(calendar is own[0] for calendar in own):
        return CommonRoster(len(people), own[0], idle)
    return PersonalRoster(people, idle)
