"""What a log of finished cases hides: those still open when it was taken, mostly the long ones.

A case is there only if it was over by the end of the log (right truncation). Long cases that
began late are missing, so that durations look shorter and recent arrivals fewer than they are.
Each case that is there stands for others that are not: its weight is one over the probability
that a case begun then is over by the end.

References
----------
Lynden-Bell, "A method of allowing for known observational selection in small samples applied to
3CR quasars", Monthly Notices of the Royal Astronomical Society 155, 1971; Woodroofe, "Estimating
a distribution function with truncated data", Annals of Statistics 13, 1985.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# No case stands for more than this many: a bound on the variance of what is weighted.
MOST = 20.0
# What fewer cases could have shown says nothing: that many, or that share of all.
_FEWEST, _LEAST_SHARE = 20, 0.02


@dataclass(frozen=True, slots=True)
class Weights:
    """How many cases each case of a log stands for; two answers for two questions.

    Parameters
    ----------
    arrivals
        How many arrived about when it did: one over the probability that a case is over in its
        room; from 1 to :data:`MOST`.
    lengths
        How many last as long as it does: one over the probability that a case of its length has
        room, relative to the length most sure to have it (1); at most :data:`MOST`.
    """

    arrivals: Floats
    lengths: Floats


def completion_weights(duration: Floats, room: Floats) -> Weights:
    """Return how many cases each stands for.

    Parameters
    ----------
    duration
        Of each case, any unit, at least 0.
    room
        Of each case: time from its beginning to the end of the log, same unit; at least its
        duration.

    Returns
    -------
    Weights
        By the product-limit estimate for right-truncated data. What lasts longer than any room
        leaves no trace: shares are among the cases that could ever be seen.

    Raises
    ------
    ValueError
        If a duration is above its room.
    """
    if (duration > room).any():
        raise ValueError("a case lasts longer than its room")
    lengths, place, ends = np.unique(duration, return_inverse=True, return_counts=True)
    # At risk at length x, with time turned round: as long or shorter, and with room for x.
    at_risk = np.cumsum(ends) - np.searchsorted(np.sort(room), lengths, side="left")
    at_risk = np.maximum(at_risk, ends)
    # A log often begins with a few old cases that are there because they took so long.
    telling = at_risk >= max(_FEWEST, _LEAST_SHARE * duration.size)
    kept = np.where(telling, 1 - ends / at_risk, 1.0)
    kept[kept <= 0] = 1.0
    # Probability of a length up to each one.
    until = np.concatenate([np.cumprod(kept[:0:-1])[::-1], [1.0]])
    covered = np.searchsorted(lengths, room, side="right") - 1
    mass = np.where(telling, until / at_risk, 1 / duration.size)
    by_length = mass / mass[telling].min() if telling.any() else np.ones(mass.size)
    return Weights(
        np.minimum(1 / np.maximum(until[covered], 1 / MOST), MOST),
        np.clip(np.where(telling, by_length, 1.0), 1.0, MOST)[place],
    )
