"""Pools of people: queueing in O(log n), working calendars, helpers, one event per task.

``simpy.PriorityResource`` sorts its whole queue at each request and knows no calendar; this pool
keeps a heap and works out the end of a task from the calendar, so that a task costs one event
however many nights and weekends it spans.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import simpy
from librt.strings import BytesWriter, write_f64_le
from simpy.events import NORMAL, PENDING, Event

from o2c_sim.engine.calendar import NO_HOURS, WorkingCalendar
from o2c_sim.engine.columns import LATEST
from o2c_sim.engine.environment import Environment
from o2c_sim.engine.events import Occasion
from o2c_sim.engine.roster import NOBODY, roster

# arrived, start, end and worker of a task begun
_FIELDS: Final = 4


class TaskEnd(Event):
    """Fires when a task is done; its value is (start, worker). ``triggered`` once it is begun."""

    # A value besides these is had by few.
    __slots__ = ("_ok", "_value", "callbacks", "env")

    env: Environment
    callbacks: Any
    withdrawn = False

    _ok: bool
    _value: Any

    def __init__(self, env: Environment) -> None:
        # What the event of SimPy does; a call less for every task.
        self.env = env
        self.callbacks = []
        self._value = PENDING

    def begun(self) -> bool:
        """Return whether somebody has begun the task."""
        return self.triggered


class PoolStatistics(NamedTuple):
    """What a pool did in a window.

    Attributes
    ----------
    tasks
        Tasks of the pool's queue begun in the window, by whomever.
    busy_hours
        Hours that the pool's people worked in the window, whenever the task began or ended, on
        the pool's tasks or helping another pool.
    open_hours
        Hours that the people's calendars offered in the window.
    utilisation
        Their ratio.
    mean_wait_hours, p90_wait_hours
        Calendar hours between a task's arrival and its start, of tasks begun in the window;
        NaN without tasks.
    waiting_at_start, waiting_at_end
        Tasks that wait at the window's limits.
    """

    tasks: int
    busy_hours: float
    open_hours: float
    utilisation: float
    mean_wait_hours: float
    p90_wait_hours: float
    waiting_at_start: int
    waiting_at_end: int


class StaffPool:
    """People who share a queue; non-preemptive, lower priority numbers first.

    A task begun before a person's closing time, absence or an outage is interrupted then and
    resumed by the same person. Equal priorities are served in order of arrival; of the people on
    duty, the one idle longest is chosen.

    Parameters
    ----------
    env
        The environment.
    headcount
        Number of people.
    calendar
        When they work: one calendar for all, or one per person.
    first_number
        Number of the first person; the others follow. Pools that help each other need numbers
        of their own.
    places
        For how many people there are numbers, those included who join later
        (:func:`o2c_sim.engine.turnover.change_people`); the headcount if not given.

    Raises
    ------
    ValueError
        Without people, or if the calendars are not as many as the people.
    """

    def __init__(
        self,
        env: Environment,
        headcount: int,
        calendar: WorkingCalendar | Sequence[WorkingCalendar],
        first_number: int = 0,
        places: int | None = None,
    ) -> None:
        if headcount < 1:
            raise ValueError(f"a pool needs at least one person, not {headcount}")
        people = [calendar] * headcount if isinstance(calendar, WorkingCalendar) else calendar
        if len(people) != headcount:
            raise ValueError(f"{len(people)} calendars for {headcount} people")
        self._env = env
        self.headcount = headcount
        self.first_number = first_number
        self.places = headcount if places is None else places
        self._roster = roster(people)
        # Who belongs to it now, by place.
        self._staff = frozenset(range(headcount))
        # Each person's hours over the whole run, whoever joins and leaves.
        self._hours = [*people, *[NO_HOURS] * (self.places - headcount)]
        # When the headcount changed, and to what.
        self._headcounts = [(float("-inf"), headcount)]
        # Bound once, since it is called for every task.
        self._done = self._release
        self._helpers: list[StaffPool] = []
        self._helped: list[StaffPool] = []
        # Pools that this one's people have helped at any time.
        self._ever_helped: list[StaffPool] = []
        self._queue: list[tuple[float, int, float, float, TaskEnd]] = []
        self._requests = 0
        # Withdrawn tasks stay in the heap until their turn comes, and are then passed over.
        self._withdrawn = 0
        self._wake: simpy.Event | None = None
        self._wake_at = float("inf")
        # A row of numbers for each task begun: an object each would take ten times as much.
        self._tasks = bytearray()
        self._latest_tasks = BytesWriter()

    def help(self, other: StaffPool) -> None:
        """Let this pool's people take tasks of *other*.

        They do so while nobody waits for them in their own queue and nobody of *other* is free.
        Who may help several pools helps in the order in which they were named.

        Raises
        ------
        ValueError
            If *other* is this pool, is helped already, or has people of the same numbers.
        """
        if other is self:
            raise ValueError("a pool cannot help itself")
        if other in self._helped:
            raise ValueError("the pool is helped already")
        apart = abs(self.first_number - other.first_number)
        if apart < min(self, other, key=lambda pool: pool.first_number).places:
            raise ValueError("pools that help each other need different numbers of people")
        self._helped.append(other)
        if other not in self._ever_helped:
            self._ever_helped.append(other)
        other._helpers.append(self)

    def work(self, duration: float, priority: float = 0) -> TaskEnd:
        """Return the event of *duration* seconds of work being done; value (start, worker).

        The worker is the number of the person, who may be a helper of another pool.
        """
        if duration < 0:
            raise ValueError(f"work of {duration} seconds")
        now = self._env.now
        task = TaskEnd(self._env)
        first = len(self._queue) == self._withdrawn
        if first and (person := self._roster.take(now)) != NOBODY:
            self._begin(self, person, now, now, duration, task)
            return task
        self._requests += 1
        heappush(self._queue, (priority, self._requests, now, duration, task))
        if first:
            self._serve()
        return task

    def withdraw(self, task: TaskEnd) -> None:
        """Take a task that nobody has begun out of the queue.

        Raises
        ------
        ValueError
            If somebody has begun it.
        """
        if task.triggered:
            raise ValueError("the task is begun; it can only be finished")
        if not task.withdrawn:
            task.withdrawn = True
            self._withdrawn += 1

    @property
    def calendars(self) -> Sequence[WorkingCalendar]:
        """When each person works or has worked, over the whole run."""
        return self._hours

    def headcount_at(self, time: float) -> int:
        """Return the number of people just before a time (seconds)."""
        return next(count for since, count in reversed(self._headcounts) if since < time)

    @property
    def waiting(self) -> int:
        """Number of tasks that nobody has begun and nobody has withdrawn."""
        return len(self._queue) - self._withdrawn

    def statistics(self, start: float, end: float) -> PoolStatistics:
        """Return what the pool did between two times (seconds)."""
        arrived, begun, _, _ = self._begun_tasks().T
        queued = np.array(
            [item[2] for item in self._queue if not item[4].withdrawn], dtype=np.float64
        )
        busy = self._busy_seconds(start, end)
        offered = sum(calendar.between(start, end) for calendar in self._hours)
        waits = (begun - arrived)[(begun >= start) & (begun < end)] / 3_600

        def waiting(time: float) -> int:
            return int(((arrived < time) & (begun >= time)).sum() + (queued < time).sum())

        return PoolStatistics(
            tasks=waits.size,
            busy_hours=busy / 3_600,
            open_hours=offered / 3_600,
            utilisation=busy / offered if offered else float("nan"),
            mean_wait_hours=float(waits.mean()) if waits.size else float("nan"),
            p90_wait_hours=float(np.quantile(waits, 0.9)) if waits.size else float("nan"),
            waiting_at_start=waiting(start),
            waiting_at_end=waiting(end),
        )

    def waits(self) -> npt.NDArray[np.float64]:
        """Return the wait of each task begun, in seconds, in the order of their starts."""
        tasks = self._begun_tasks()
        waits: npt.NDArray[np.float64] = tasks[:, 1] - tasks[:, 0]
        return waits

    def _begun_tasks(self) -> npt.NDArray[np.float64]:
        # A copy: bytes that lend themselves cannot grow.
        return np.frombuffer(bytes(self._all_tasks()), "<f8").reshape(-1, _FIELDS)

    def _all_tasks(self) -> bytearray:
        self._tasks += self._latest_tasks.getvalue()
        self._latest_tasks.truncate(0)
        return self._tasks

    def _busy_seconds(self, start: float, end: float) -> float:
        """Return what the pool's own people worked, on its tasks and as helpers elsewhere."""
        calendars: dict[WorkingCalendar, int] = {}
        for calendar in self._hours:
            calendars.setdefault(calendar, len(calendars))
        of_person = np.array([calendars[calendar] for calendar in self._hours])
        busy = 0.0
        for pool in (self, *self._ever_helped):
            _, begun, done, worker = pool._begun_tasks().T
            person = worker - self.first_number
            own = (person >= 0) & (person < self.places) & (done > start) & (begun < end)
            if not own.any():
                continue
            calendar_of_task = of_person[person[own].astype(np.intp)]
            order = np.argsort(calendar_of_task, kind="stable")
            parts = np.searchsorted(calendar_of_task[order], np.arange(1, len(calendars)))
            first = np.split(np.maximum(begun[own], start)[order], parts)
            last = np.split(np.minimum(done[own], end)[order], parts)
            for calendar, i in calendars.items():
                worked = calendar.elapsed_at(last[i]) - calendar.elapsed_at(first[i])
                busy += float(worked.sum())
        return busy

    def _begin(
        self,
        crew: StaffPool,
        person: int,
        now: float,
        arrived: float,
        duration: float,
        task: TaskEnd,
    ) -> None:
        """Let a person of *crew*, which is this pool or a helper, begin a task of this pool."""
        worker = crew.first_number + person
        end = crew._roster.calendars[person].add(now, duration)
        tasks = self._latest_tasks
        write_f64_le(tasks, arrived)
        write_f64_le(tasks, now)
        write_f64_le(tasks, end)
        write_f64_le(tasks, float(worker))
        if len(tasks) == LATEST:
            self._all_tasks()
        # First in line, so that the next task begins before the finished one moves on.
        task.callbacks.insert(0, crew._done)
        # As :class:`simpy.Timeout` does on construction.
        task._ok = True
        task._value = (now, worker)
        self._env.schedule(task, NORMAL, end - now)

    def _begin_next(self, crew: StaffPool, person: int, now: float) -> None:
        _, _, arrived, duration, task = heappop(self._queue)
        while task.withdrawn:
            self._withdrawn -= 1
            _, _, arrived, duration, task = heappop(self._queue)
        self._begin(crew, person, now, arrived, duration, task)

    def _release(self, event: simpy.Event) -> None:
        self._roster.give_back(event._value[1] - self.first_number)
        if len(self._queue) > self._withdrawn:
            # While tasks wait nobody else is idle on duty, so there is one to begin at most.
            now = self._env.now
            person = self._roster.take(now)
            if person == NOBODY:
                self._wake_on_duty()
            else:
                self._begin_next(self, person, now)
        elif self._helped:
            self._help_others()

    def _help_others(self) -> None:
        for other in self._helped:
            if other.waiting:
                other._serve()

    def _serve(self) -> None:
        """Begin what people on duty can begin; see to it that somebody comes for the rest."""
        self._serve_with(self)
        for helper in self._helpers:
            if not self.waiting:
                return
            # Their own tasks first: some may have come while everybody was off duty.
            helper._serve_with(helper)
            self._serve_with(helper)
        if self.waiting:
            for pool in (self, *self._helpers):
                pool._wake_on_duty()

    def _serve_with(self, crew: StaffPool) -> None:
        now = self._env.now
        while self.waiting and (person := crew._roster.take(now)) != NOBODY:
            self._begin_next(crew, person, now)

    def _wake_on_duty(self) -> None:
        now = self._env.now
        on_duty = self._roster.next_on_duty(now)
        if on_duty < self._wake_at:
            self._wake_at = on_duty
            self._wake = wake = Occasion(self._env, None)
            wake.callbacks.append(self._woken)
            self._env.schedule(wake, NORMAL, on_duty - now)

    def _woken(self, event: simpy.Event) -> None:
        # An earlier call has made this one void.
        if event is not self._wake:
            return
        self._wake, self._wake_at = None, float("inf")
        if self.waiting:
            self._serve()
        self._help_others()
