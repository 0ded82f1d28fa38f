"""A columnar event recorder: one flat row of numbers per event, packed block by block."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import simpy

_WIDTH = 5
_SPILL = _WIDTH * 65_536


class Recorder:
    """Collect events as (activity, entity, start, end, resource) rows of numbers.

    Activity, entity and resource are small integers, which a double holds exactly; no Python
    object outlives its block.

    Parameters
    ----------
    env
        The SimPy environment whose time is now.
    """

    __slots__ = ("_blocks", "_env", "_rows")

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env
        self._rows: list[float] = []
        self._blocks: list[npt.NDArray[np.float64]] = []

    def record(
        self, activity: int, entity: int, start: float | None = None, resource: int = 0
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
        """
        now = self._env.now
        rows = self._rows
        rows.extend((activity, entity, now if start is None else start, now, resource))
        if len(rows) >= _SPILL:
            self._pack()

    def table(self) -> npt.NDArray[np.float64]:
        """Return all rows, shape (events, 5), in the order of recording."""
        self._pack()
        if not self._blocks:
            return np.empty((0, _WIDTH))
        table = np.concatenate(self._blocks)
        self._blocks = [table]
        return table

    def _pack(self) -> None:
        if self._rows:
            self._blocks.append(np.array(self._rows, dtype=np.float64).reshape(-1, _WIDTH))
            self._rows = []
