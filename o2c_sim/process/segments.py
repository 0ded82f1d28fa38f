"""Segments: which group of customers each one is in, and the parameters that hold there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from o2c_sim.model.customers import CustomerModel, of_segment

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NO_SEGMENT: Final = 0
# What was asked for last: several policies of a company ask, and each segment is checked anew.
_latest: tuple[CustomerModel, ...] | None = None


def settings(customers: CustomerModel) -> tuple[CustomerModel, ...]:
    """Return the parameters by segment number: those of no segment first."""
    global _latest
    latest = _latest
    if latest is None or latest[0] is not customers:
        segments = [of_segment(customers, name) for name in customers.segments.value]
        _latest = latest = (customers, *segments)
    return latest


def assign(customers: CustomerModel, uniform: Floats) -> Ints:
    """Return each customer's segment number; :data:`NO_SEGMENT` for the rest.

    The first segment takes the lowest draws, so that a larger share of the last one moves only
    customers that were in none.
    """
    shares = [segment.share for segment in customers.segments.value.values()]
    if not shares:
        return np.zeros(len(uniform), dtype=np.int64)
    place = np.searchsorted(np.cumsum(shares), uniform, side="right")
    return np.where(place < len(shares), place + 1, NO_SEGMENT).astype(np.int64)


def volume_factors(customers: CustomerModel) -> Floats:
    """Return by segment number how many times as often its customers order."""
    return np.array([1.0, *(s.volume_factor for s in customers.segments.value.values())])


class Traits:
    """What customers of several segments are like, drawn for all of them at once.

    Parameters
    ----------
    by_segment
        Parameters by segment number.
    segment
        Segment number by customer.
    """

    def __init__(self, by_segment: tuple[CustomerModel, ...], segment: Ints) -> None:
        self._by_segment = by_segment
        self._segment = segment

    def drawn(self, name: str, uniform: Floats) -> Floats:
        """Return each customer's value of a parameter that is a distribution."""
        return self._each(uniform, lambda own, u: getattr(own, name).value.quantile(u))

    def has(self, name: str, uniform: Floats) -> npt.NDArray[np.bool_]:
        """Return which customers are among the share that a parameter states."""
        return uniform < self.share(name)

    def share(self, name: str) -> Floats:
        """Return by customer the share that a parameter states."""
        return np.array([getattr(own, name).value for own in self._by_segment])[self._segment]

    def chosen(self, name: str, order: tuple[str, ...], uniform: Floats) -> Ints:
        """Return each customer's place in *order*, by the shares that a parameter states."""

        def choose(own: CustomerModel, u: Floats) -> Floats:
            shares = getattr(own, name).value
            edges = np.cumsum([shares.get(key, 0.0) for key in order])
            return np.searchsorted(edges, u, side="right").clip(max=len(order) - 1)

        return self._each(uniform, choose).astype(np.int64)

    def _each(self, uniform: Floats, value: Callable[[CustomerModel, Floats], Any]) -> Floats:
        result = np.array(value(self._by_segment[0], uniform), dtype=np.float64)
        for number, own in enumerate(self._by_segment[1:], start=1):
            inside = self._segment == number
            if inside.any():
                result[inside] = value(own, uniform[inside])
        return result
