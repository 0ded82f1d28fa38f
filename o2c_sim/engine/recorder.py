"""An event recorder: one row of numbers per event."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from librt.strings import BytesWriter, write_f64_le

from o2c_sim.engine.environment import Environment

_WIDTH: Final = 6
# The latest events, a whole number of rows, are put by at so many bytes, as in a column
# (:mod:`o2c_sim.engine.columns`).
_LATEST: Final = 64 * _WIDTH * 8


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
        self._latest = BytesWriter()
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
        # All of the row or nothing is written, or the rows after it would be read wrong. As
        # floats: in machine code an integer would go by way of an object. Not by ``float``, which
        # takes text for a number.
        try:
            what, about, whom = 1.0 * activity, 1.0 * entity, 1.0 * resource
            begun, amount = now if start is None else 1.0 * start, 1.0 * amount_minor
        except TypeError:
            row = (activity, entity, start or 0.0, resource, amount_minor)
            wrong = next((x for x in row if not isinstance(x, (int, float, np.number))), row)
            raise TypeError(f"{wrong!r} was recorded where a number is needed") from None
        write_f64_le(latest, what)
        write_f64_le(latest, about)
        write_f64_le(latest, begun)
        write_f64_le(latest, now)
        write_f64_le(latest, whom)
        write_f64_le(latest, amount)
        if len(latest) == _LATEST:
            self._put_by()

    def _put_by(self) -> None:
        self._rows += self._latest.getvalue()
        self._latest.truncate(0)

    def table(self) -> npt.NDArray[np.float64]:
        """Return all rows, shape (events, 6), in the order of recording."""
        self._put_by()
        if self._rows:
            # The new table lies on the bytes themselves, so further rows need bytes of their own.
            rows, self._rows = self._rows, bytearray()
            new = np.frombuffer(rows, "<f8").reshape(-1, _WIDTH)
            self._table = np.concatenate((self._table, new)) if len(self._table) else new
        return self._table
