"""Where a line through noisy nodes passes zero, with an interval for the place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from scenarios.search.watch import t_quantile

Array = npt.NDArray[np.float64]

_PLACES = 2_001


@dataclass(frozen=True, slots=True)
class Crossing:
    """A place and its interval, on positions from 0 to 1.

    Parameters
    ----------
    position, low, high
        The place and the limits of its interval.
    jump
        Whether the response leaps there.
    open_low, open_high
        Whether the interval is cut off by the first or last node.
    """

    position: float
    low: float
    high: float
    jump: bool
    open_low: bool = False
    open_high: bool = False

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2


def crossing(nodes: Sequence[float], margins: Array, confidence: float) -> Crossing:
    """Return where the mean margin passes zero.

    The interval holds every place at which the margin, interpolated between the nodes in each
    replication, has a mean that a t test does not tell from zero.

    Parameters
    ----------
    nodes
        Positions, rising.
    margins
        Shape (nodes, replications).
    confidence
        Of the interval.
    """
    places = np.linspace(nodes[0], nodes[-1], _PLACES)
    right = np.clip(np.searchsorted(nodes, places), 1, len(nodes) - 1)
    left_at, right_at = np.take(nodes, right - 1), np.take(nodes, right)
    weight = ((places - left_at) / (right_at - left_at))[:, None]
    between = (1 - weight) * margins[right - 1] + weight * margins[right]
    n = margins.shape[1]
    mean = between.mean(axis=1)
    half = t_quantile(n, confidence) * between.std(axis=1, ddof=1) / sqrt(n)
    passed = np.flatnonzero((mean[:-1] < 0) & (mean[1:] >= 0))
    if len(passed):
        i = int(passed[0])
        share = -mean[i] / (mean[i + 1] - mean[i])
        position = float(places[i] + share * (places[i + 1] - places[i]))
    else:
        position = float(places[int(np.argmin(np.abs(mean)))])
    inside = np.flatnonzero(np.abs(mean) <= half)
    if not len(inside):
        return Crossing(position, position, position, False)
    low, high = min(float(places[inside[0]]), position), max(float(places[inside[-1]]), position)
    return Crossing(
        position, low, high, False, bool(inside[0] == 0), bool(inside[-1] == _PLACES - 1)
    )
