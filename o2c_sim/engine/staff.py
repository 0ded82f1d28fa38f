"""A pool of people: queueing in O(log n), working calendars, one event per task.

``simpy.PriorityResource`` sorts its whole queue at each request and knows no calendar; this pool
keeps a heap and works out the end of a task from the calendar, so that a task costs one event
however many nights and weekends it spans.
"""

from __future__ import annotations

from array import array
from collections import deque
from heapq import heappop, heappush
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import simpy

from o2c_sim.engine.calendar import WorkingCalendar


class TaskEnd(simpy.Event):
    """Fires when a task is done; its value is (start, worker). ``triggered`` once it is begun."""

    withdrawn = False

    def begun(self) -> bool:
        """Return whether somebody has begun the task."""
        return self.triggered

    def finish_after(self, delay: float, value: tuple[float, int]) -> None:
        """Schedule the event, as :class:`simpy.Timeout` does on construction."""
        self._ok = True
        self._value = value
        self.env.schedule(self, delay=delay)


class PoolStatistics(NamedTuple):
    """What a pool did in a window.

    Attributes
    ----------
    tasks
        Tasks begun in the window.
    busy_hours
        Person-hours worked in the window, whenever the task began or ended.
    open_hours
        Person-hours the calendar offered in the window.
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
    """People who share a queue and a calendar; non-preemptive, lower priority numbers first.

    A task begun before closing time is interrupted overnight and resumed by the same person.
    Equal priorities are served in order of arrival; the person idle longest is chosen.

    Parameters
    ----------
    env
        The SimPy environment.
    headcount
        Number of people.
    calendar
        When they work.
    """

    def __init__(self, env: simpy.Environment, headcount: int, calendar: WorkingCalendar) -> None:
        if headcount < 1:
            raise ValueError(f"a pool needs at least one person, not {headcount}")
        self._env = env
        self.headcount = headcount
        self.calendar = calendar
        self._idle = deque(range(headcount))
        self._queue: list[tuple[float, int, float, float, TaskEnd]] = []
        self._requests = 0
        # Withdrawn tasks stay in the heap until their turn comes, and are then passed over.
        self._withdrawn = 0
        self._wake_at = -1.0
        # arrived, start and end of each task begun
        self._tasks = array("d")

    def work(self, duration: float, priority: float = 0) -> TaskEnd:
        """Return the event of *duration* seconds of work being done; value (start, worker)."""
        if duration < 0:
            raise ValueError(f"work of {duration} seconds")
        now = self._env.now
        task = TaskEnd(self._env)
        if self._idle and not self.waiting and self.calendar.is_open(now):
            self._begin(now, duration, task)
        else:
            self._requests += 1
            heappush(self._queue, (priority, self._requests, now, duration, task))
            if self._idle:
                self._wake_when_open(now)
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
    def waiting(self) -> int:
        """Number of tasks that nobody has begun and nobody has withdrawn."""
        return len(self._queue) - self._withdrawn

    def statistics(self, start: float, end: float) -> PoolStatistics:
        """Return what the pool did between two times (seconds)."""
        times = np.array(self._tasks, dtype=np.float64).reshape(-1, 3)
        queued = np.array(
            [item[2] for item in self._queue if not item[4].withdrawn], dtype=np.float64
        )
        arrived, begun, done = times[:, 0], times[:, 1], times[:, 2]
        overlap = np.flatnonzero((done > start) & (begun < end))
        between = self.calendar.between
        busy = sum(
            between(max(b, start), min(d, end))
            for b, d in zip(begun[overlap].tolist(), done[overlap].tolist(), strict=True)
        )
        offered = self.headcount * between(start, end)
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
        times = np.array(self._tasks, dtype=np.float64).reshape(-1, 3)
        waits: npt.NDArray[np.float64] = times[:, 1] - times[:, 0]
        return waits

    def _begin(self, arrived: float, duration: float, task: TaskEnd) -> None:
        now = self._env.now
        worker = self._idle.popleft()
        end = self.calendar.add(now, duration)
        self._tasks.extend((arrived, now, end))
        callbacks: list[Any] | None = task.callbacks
        if callbacks is not None:
            # First in line, so that the next task begins before the finished one moves on.
            callbacks.insert(0, self._release)
        task.finish_after(end - now, (now, worker))

    def _release(self, event: simpy.Event) -> None:
        _, worker = event.value  # type: ignore[misc]
        self._idle.append(worker)
        if self._queue:
            self._dispatch()

    def _dispatch(self) -> None:
        now = self._env.now
        if not self.calendar.is_open(now):
            self._wake_when_open(now)
            return
        while self._idle and self._queue:
            _, _, arrived, duration, task = heappop(self._queue)
            if task.withdrawn:
                self._withdrawn -= 1
            else:
                self._begin(arrived, duration, task)

    def _wake_when_open(self, now: float) -> None:
        opens = self.calendar.next_open(now)
        if opens != self._wake_at:
            self._wake_at = opens
            wake = simpy.Timeout(self._env, opens - now)
            assert wake.callbacks is not None
            wake.callbacks.append(self._woken)

    def _woken(self, _: simpy.Event) -> None:
        self._wake_at = -1.0
        if self._queue:
            self._dispatch()
