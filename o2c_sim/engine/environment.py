"""A SimPy environment with a faster loop, and processes that sleep by yielding a time.

Everything that SimPy offers works here: events, processes, conditions, resources. What is new is
``start``. A light process yields the absolute time at which it goes on, in simulation seconds, or
an event. A yielded time costs one entry in the schedule and no event; and as the time itself is
scheduled, not a delay from now, the process goes on at exactly that time, with no rounding error.
Light processes cannot be interrupted.

An exception that nobody handles leaves ``run`` as it is. SimPy raises a copy made of its ``args``,
which loses what an exception keeps besides, and fails for some.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from heapq import heappop
from typing import Any, Final, TypeVar

import simpy
from simpy.core import EmptySchedule, StopSimulation
from simpy.events import NORMAL, URGENT, Event, EventPriority

from o2c_sim.engine.events import FirstOf, LightGenerator, Occasion, Process, Thread
from o2c_sim.engine.schedule import Entry, Schedule

_ENDED: Final = object()
_NORMAL: Final = int(NORMAL)
_URGENT: Final = int(URGENT)
E = TypeVar("E", bound=Event)


class Environment(simpy.Environment):
    """SimPy's environment, with light processes.

    Events at the same time are processed by priority, then in the order of scheduling, as in
    SimPy.

    Parameters
    ----------
    initial_time
        Simulation time at the start, seconds.

    Attributes
    ----------
    now
        Simulation time, seconds; to be read only.
    """

    # A slot is read several times faster than SimPy's property.
    __slots__ = ("_schedule", "now")
    now: float
    _schedule: Schedule

    def __init__(self, initial_time: float = 0.0) -> None:
        self._schedule = Schedule()
        super().__init__(initial_time)

    @property
    def _now(self) -> float:
        return self.now

    @_now.setter
    def _now(self, time: float) -> None:
        self.now = time

    # What SimPy's own processes set, and its property reads.
    @property
    def _active_proc(self) -> Any:
        active: Any = self._schedule.active
        return self._process_of(active) if type(active) is Thread else active

    @_active_proc.setter
    def _active_proc(self, process: Any) -> None:
        self._schedule.active = process

    def _process_of(self, thread: Thread) -> Process:
        """Return the event of the end of a thread, which is one from now on."""
        process = thread.process
        if process is None:
            process = thread.process = Process(self, thread.generator)
        return process

    # SimPy binds these to each instance, which makes a cycle of references, and only for its own
    # class.
    def process(self, generator: LightGenerator) -> simpy.Process:
        """Start a SimPy process."""
        return simpy.Process(self, generator)

    def timeout(self, delay: float = 0, value: Any = None) -> simpy.Timeout:
        """Return an event *delay* seconds from now."""
        return simpy.Timeout(self, delay, value)

    def event(self) -> Event:
        """Return an event that somebody is to trigger."""
        return Occasion(self)

    def all_of(self, events: Iterable[Event]) -> simpy.AllOf:
        """Return the event that all of *events* have happened."""
        return simpy.AllOf(self, events)

    def any_of(self, events: Iterable[Event]) -> simpy.AnyOf:
        """Return the event that one of *events* has happened."""
        return simpy.AnyOf(self, events)

    def start(self, generator: LightGenerator) -> Process:
        """Start a light process now; return the event of its end.

        Parameters
        ----------
        generator
            Yields the time at which to go on (a time that has passed: now, after what is
            already scheduled for now) or an event to wait for.

        Raises
        ------
        TypeError
            If it is not a generator.
        """
        return self._process_of(self._begin(generator))

    def launch(self, generator: LightGenerator) -> None:
        """Start a light process as :meth:`start` does, for whose end nobody is going to wait.

        That saves the event of its end.
        """
        self._begin(generator)

    def _begin(self, generator: LightGenerator) -> Thread:
        if not hasattr(generator, "send"):
            raise TypeError(f"a process is made of a generator, not of {generator!r}")
        thread = Thread(self, generator)
        self._schedule.add(self.now, _URGENT, thread)
        return thread

    def at(self, time: float, value: Any = None) -> Event:
        """Return an event at a time (seconds; now if it has passed), to be had in conditions."""
        event = Occasion(self, value)
        self._schedule.add(max(time, self.now), _NORMAL, event)
        return event

    def first_of(self, one: Event, other: Event) -> Event:
        """Return the event that one of two has happened, see :class:`FirstOf`."""
        return FirstOf(self, one, other)

    def first_at(self, time: float) -> Event:
        """Return an event at a time that has not passed, before what else happens then."""
        event = Occasion(self, None)
        self._schedule.add(time, _URGENT, event)
        return event

    def scheduled(self, kind: type[E]) -> Iterator[tuple[float, E]]:
        """Yield the time and event of all that is scheduled of a kind, in no order."""
        for time, _, _, event in self._schedule.entries():
            if isinstance(event, kind):
                yield time, event

    def move(self, times: Mapping[Event, float]) -> None:
        """Let scheduled events happen at other times (seconds, not in the past)."""
        self._schedule.move(times)

    def drop(self) -> None:
        """Drop all that is scheduled: it will not happen."""
        self._schedule.clear()

    def schedule(self, event: Event, priority: EventPriority = NORMAL, delay: float = 0) -> None:
        """Schedule an event in *delay* seconds."""
        self._schedule.add(self.now + delay, int(priority), event)

    def schedule_at(self, event: Event, time: float, priority: EventPriority = NORMAL) -> None:
        """Schedule an event at a time (seconds) that has not passed."""
        self._schedule.add(time, int(priority), event)

    def peek(self) -> float:
        """Return the time of the next event, infinity if there is none."""
        return self._schedule.peek()

    def step(self) -> None:
        """Process the next event.

        Raises
        ------
        simpy.core.EmptySchedule
            If there is none.
        """
        try:
            self.now, _, _, event = self._schedule.pop()
        except IndexError:
            raise EmptySchedule from None
        if type(event) is Thread:
            event.resume(None)
        else:
            self._process(event)

    def run(self, until: float | Event | None = None) -> Any:
        """Process events until a time, until an event, or until there are none.

        Parameters
        ----------
        until
            Time to stop at (seconds), before what is scheduled for then; or the event to stop
            after, whose value is returned.

        Raises
        ------
        ValueError
            If the time is not after now.
        RuntimeError
            If there are no more events and the event to stop after has not happened.
        """
        stop = self._stop(until)
        if stop is not None:
            if stop.processed:
                return stop.value
            stop.callbacks.append(StopSimulation.callback)
        try:
            self._process_all()
        except StopSimulation as end:
            return end.args[0]
        finally:
            self._schedule.active = None
        if stop is not None:
            raise RuntimeError(f"no events are left, and {stop} has not happened")
        return None

    def _stop(self, until: float | Event | None) -> Event | None:
        if until is None or isinstance(until, Event):
            return until
        if not until > self.now:
            raise ValueError(f"cannot run until {until}: it is {self.now} already")
        return self.first_at(float(until))

    def _process_all(self) -> None:
        # Schedule.pop and Thread.resume are spelt out here: most events are sleeps that end.
        schedule = self._schedule
        ready, late, take = schedule.ready, schedule.late, heappop
        advance, ended = next, _ENDED
        entry: Entry
        while True:
            if late and not (ready and ready[-1] < late[0]):
                entry = take(late)
            elif ready or schedule.advance():
                entry = ready.pop()
            else:
                return
            now, _, _, event = entry
            self.now = now
            if type(event) is not Thread:
                self._process(event)
                continue
            thread: Thread = event
            schedule.active = thread
            try:
                # An end that is no exception saves its traceback. It brings no value, so only
                # where nobody waits for one.
                if thread.process is None:
                    target = advance(thread.generator, ended)
                else:
                    target = thread.send(None)
            except StopIteration as end:
                thread.end(True, end.value)
            except Exception as fault:
                thread.end(False, fault)
            else:
                if target is ended:
                    # Unless it has told somebody that it can be waited for, at the very last.
                    if thread.process is not None:
                        thread.end(True, None)
                elif type(target) is float and target > now:
                    schedule.add(target, _NORMAL, thread)
                else:
                    happened = thread.wait_for(target)
                    if happened is not None:
                        thread.resume(happened)
            schedule.active = None

    def _process(self, event: Event) -> None:
        """Call an event's callbacks; raise its exception if none of them has dealt with it."""
        callbacks: list[Any] = event.callbacks
        event.callbacks = None  # type: ignore[assignment]
        try:
            for callback in callbacks:
                callback(event)
        except StopSimulation:
            # The other callbacks are called when the simulation goes on.
            event.callbacks = callbacks[callbacks.index(callback) + 1 :]
            self.schedule(event, EventPriority(-1))
            raise
        if not event._ok and not hasattr(event, "_defused"):
            raise event._value
