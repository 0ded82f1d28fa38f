"""An event recorder: one row of packed numbers per event."""

from __future__ import annotations

from struct import Struct, error
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from o2c_sim.engine.environment import Environment

_WIDTH: Final = 6
# Numbers of the latest events, a whole number of rows, are packed together: one at a time would
# take longer, and more of them would leave the processor's nearest memory meanwhile.
_LATEST: Final = 64 * _WIDTH
_packed: Final = Struct(f"{_LATEST}d").pack


class Recorder:
    """Collect events as (activity, entity, start, end, resource, amount) rows of numbers.

    All but the times are integers below 2^53, which a double holds exactly. A row takes 48
    bytes.

    Parameters
    ----------
    env
        The environment whose time is now.
    """

    __slots__ = ("_env", "_latest", "_rows", "_table")

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._latest: list[Any] = []
        self._rows = bytearray()
        self._table = np.empty((0, _WIDTH))

    def record(
        self,
        activity: int,
        entity: int,
        start: float | None = None,
        resource: int = 0,
        amount_minor: int = 0,
    ) -> None:
        """Record that an activity ends now.

        Parameters
        ----------
        activity
            Number of the activity.
        entity
            Number of the object that the event is about, within its type.
        start
            When it began, simulation seconds; now if None.
        resource
            Number of the person; 0 for nobody.
        amount_minor
            Money that the event moves, minor units; 0 for none.
        """
        now, latest = self._env.now, self._latest
        latest.append(activity)
        latest.append(entity)
        latest.append(now if start is None else start)
        latest.append(now)
        latest.append(resource)
        latest.append(amount_minor)
        if len(latest) == _LATEST:
            self._pack()

    def _pack(self) -> None:
        latest = self._latest
        pack = _packed if len(latest) == _LATEST else Struct(f"{len(latest)}d").pack
        try:
            self._rows += pack(*latest)
        except error:
            wrong = next(x for x in latest if not isinstance(x, (int, float, np.number)))
            raise TypeError(f"{wrong!r} was recorded where a number is needed") from None
        latest.clear()

    def table(self) -> npt.NDArray[np.float64]:
        """Return all rows, shape (events, 6), in the order of recording."""
        self._pack()
        if self._rows:
            # The new table lies on the bytes themselves, so further rows need bytes of their own.
            rows, self._rows = self._rows, bytearray()
            new = np.frombuffer(rows).reshape(-1, _WIDTH)
            self._table = np.concatenate((self._table, new)) if len(self._table) else new
        return self._table
