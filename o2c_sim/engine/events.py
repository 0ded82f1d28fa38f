"""What happens: generators on their way through simulated time, and events of our own.

They follow SimPy's, whose processes may wait for them; :mod:`o2c_sim.engine.environment` runs them.
"""

from __future__ import annotations

from collections.abc import Generator
from math import isnan
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

from simpy.events import NORMAL, PENDING, Event

if TYPE_CHECKING:
    from o2c_sim.engine.environment import Environment

LightGenerator = Generator[Any, Any, Any]
_NORMAL: Final = int(NORMAL)


class Thread:
    """A generator on its way through simulated time; it is scheduled itself when it sleeps.

    In machine code its fields are plain ones, which those of an event of SimPy are not, and there
    is one for all that an order goes through.

    Parameters
    ----------
    env
        The environment it runs in.
    generator
        Yields times (seconds) and events.
    """

    __slots__ = ("env", "generator", "process", "send")

    def __init__(self, env: Environment, generator: LightGenerator) -> None:
        self.env = env
        self.generator = generator
        self.send: Any = generator.send
        # The event of its end; None as long as nobody can wait for it.
        self.process: Process | None = None

    def resume(self, event: Event | None) -> None:
        """Go on with what *event* brings; None when a sleep is over."""
        env = self.env
        schedule = env._schedule
        schedule.active = self
        while True:
            try:
                if event is None:
                    target = self.send(None)
                elif event._ok:
                    target = self.send(event._value)
                else:
                    event._defused = True
                    target = self.generator.throw(event._value)
            except StopIteration as end:
                self.end(True, end.value)
                break
            except Exception as fault:
                self.end(False, fault)
                break
            if type(target) is float and target > env.now:
                schedule.add(target, _NORMAL, self)
                break
            event = self.wait_for(target)
            if event is None:
                break
        schedule.active = None

    def wait_for(self, target: Any) -> Event | None:
        """Wait for what the generator has yielded; return an event not to be waited for."""
        if isinstance(target, Event):
            event: Any = target
            # What has happened has none any more, whatever SimPy's annotation says.
            if event.callbacks is None:
                return target
            event.callbacks.append(self.resume)
            return None
        # The float first: an abstract class takes far longer to tell.
        if not isinstance(target, bool) and isinstance(target, (float, Real)):
            time = float(target)
            if not isnan(time):
                self.env._schedule.add(max(time, self.env.now), _NORMAL, self)
                return None
        # Thrown in where it was yielded, so that the traceback ends at the line to be mended.
        refusal = Event(self.env)
        refusal._ok = False
        refusal._value = TypeError(
            f"a process yields a time in seconds or an event, not {target!r}"
        )
        return refusal

    def end(self, ok: bool, value: Any) -> None:
        """Let its end, with the value or the exception, be an event if it concerns anybody."""
        event: Any = self.process
        if event is None:
            if ok:
                return
            event = Event(self.env)
        event._ok = ok
        event._value = value
        self.env.schedule(event)


class Process(Event):
    """The event of the end of a running generator: its value is what the generator returns.

    Made by :meth:`Environment.start`. An exception that the generator does not handle is thrown
    into whoever waits for the process; if nobody does, ``Environment.run`` raises it.

    Parameters
    ----------
    env
        The environment it runs in.
    generator
        What runs.
    """

    __slots__ = ("_generator", "_ok", "_value", "callbacks", "env")

    env: Environment
    callbacks: Any
    _ok: bool
    _value: Any

    def __init__(self, env: Environment, generator: LightGenerator) -> None:
        self.env = env
        self.callbacks = []
        self._value = PENDING
        self._generator = generator

    @property
    def is_alive(self) -> bool:
        """Whether the generator has yet to end."""
        return self._value is PENDING

    def _desc(self) -> str:
        return f"Process({getattr(self._generator, '__name__', self._generator)})"


class FirstOf(Event):
    """The event that one of two has happened, without a value; quicker than SimPy's condition.

    It happens when SimPy's would: after what is scheduled for that moment already. A failure of
    the first one is its own.

    Parameters
    ----------
    env
        The environment of both.
    one, other
        What is waited for.
    """

    __slots__ = ("_ok", "_value", "callbacks", "env")

    env: Environment
    callbacks: Any
    _ok: bool
    _value: Any

    def __init__(self, env: Environment, one: Event, other: Event) -> None:
        self.env = env
        self.callbacks = []
        self._value = PENDING
        for event in (one, other):
            callbacks: list[Any] | None = event.callbacks
            if callbacks is None:
                self._happened(event)
            else:
                callbacks.append(self._happened)

    def _happened(self, event: Event) -> None:
        if self._value is not PENDING:
            return
        self._ok = event._ok
        self._value = None if event._ok else event._value
        if not event._ok:
            event._defused = True
        self.env.schedule(self)


class Occasion(Event):
    """SimPy's plain event: machine code makes it sooner, and without a mapping of its own."""

    __slots__ = ("_ok", "_value", "callbacks", "env")

    env: Environment
    callbacks: Any
    _ok: bool
    _value: Any

    def __init__(self, env: Environment, value: Any = PENDING) -> None:
        self.env = env
        self.callbacks = []
        self._value = value
        if value is not PENDING:
            self._ok = True
