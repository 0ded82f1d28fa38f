"""A columnar event recorder: one flat row of numbers per event, packed block by block."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_WIDTH = 5
_SPILL = _WIDTH * 65_536


class Recorder:
    """Collect events as (activity, object, start, end, resource) rows of numbers.

    Activity, object and resource are small integers, which a double holds exactly; no Python
    object outlives its block.
    """

    __slots__ = ("_blocks", "_rows")

    def __init__(self) -> None:
        self._rows: list[float] = []
        self._blocks: list[npt.NDArray[np.float64]] = []

    def record(
        self, activity: int, entity: int, start: float, end: float, resource: int = 0
    ) -> None:
        """Record one event.

        Parameters
        ----------
        activity
            Number of the activity.
        entity
            Number of the object that the event is about, within its type.
        start, end
            Simulation seconds.
        resource
            Number of the person; 0 for nobody.
        """
        rows = self._rows
        rows.extend((activity, entity, start, end, resource))
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
