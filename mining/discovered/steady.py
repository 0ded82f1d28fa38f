"""Gaps between arrivals as they would have been, had the level of arrivals never moved.

Gaps are drawn anew in blocks from the whole of a log, which is right for a series whose level
stays: where arrivals came down from fifty a week to ten, blocks of the beginning and of the end
would follow each other, and the number of arrivals would swing as it never did. So what is drawn
are gaps relative to the level of their time. How fast that level moves is decided by how well the
weeks before and after a week tell its arrivals.

References
----------
Politis and Romano, "The stationary bootstrap", JASA 89, 1994 (why the series must be stationary).
Hart and Wehrly, "Kernel regression estimation using repeated measurements data", JASA 81, 1986
(choice of the width by leaving out one at a time).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Changes within a month are the rhythm of the process, and are drawn anew with it (assumed).
_HALF_LIVES_WEEKS = (16.0, 8.0, 4.0)
# A level that moves must tell a week's arrivals better by this share of the constant one's error.
_MARGIN = 0.1
_FEWEST_WEEKS = 8
# Arrivals within a half-life: fewer tell no level (assumed).
_FEWEST_CASES = 20.0


def steady_gaps(expected: Floats) -> Floats:
    """Return the gaps between arrivals relative to the level of their time.

    Parameters
    ----------
    expected
        When cases arrived, in weeks on a clock that runs with the intensity of the week, in order;
        at least two.

    Returns
    -------
    numpy.ndarray
        One fewer, with a mean of 1; all 1 if all cases arrived at once.
    """
    gaps = np.diff(expected)
    half_life = level_half_life(expected)
    if np.isfinite(half_life):
        gaps = gaps * _level(expected, half_life)
    mean = float(gaps.mean())
    return gaps / mean if mean > 0 else np.ones(gaps.size)


def level_half_life(expected: Floats) -> float:
    """Return the half-life (weeks) of the level that tells best how many arrive in a week.

    Parameters
    ----------
    expected
        See :func:`steady_gaps`.

    Returns
    -------
    float
        Infinite if a level that moves tells little more than one that stays.
    """
    since = expected - expected[0]
    weeks = int(since[-1])
    if weeks < _FEWEST_WEEKS:
        return np.inf
    counts = np.bincount(since[since < weeks].astype(np.int64), minlength=weeks)
    plain = _error(counts, np.inf)
    enough = [h for h in _HALF_LIVES_WEEKS if h * counts.mean() >= _FEWEST_CASES]
    errors = {half_life: _error(counts, half_life) for half_life in enough}
    best = min(errors, key=lambda half_life: errors[half_life], default=np.inf)
    return best if errors.get(best, np.inf) < (1 - _MARGIN) * plain else np.inf


def _error(counts: npt.NDArray[np.int64], half_life: float) -> float:
    """Return the mean error (of the logarithm) of each week's count as told by the other weeks."""
    week = np.arange(counts.size)
    share = 0.5 ** (np.abs(week[:, None] - week) / half_life)
    np.fill_diagonal(share, 0.0)
    told = share @ counts / share.sum(axis=1)
    return float(np.abs(np.log((told + 0.5) / (counts + 0.5))).mean())


def _level(expected: Floats, half_life: float) -> Floats:
    """Return the arrivals a week in the middle of each gap: their density by a two-sided kernel."""
    gaps = np.diff(expected)
    rate = np.log(2) / half_life
    near = _decayed(np.exp(-rate * gaps)) + _decayed(np.exp(-rate * gaps[::-1]))[::-1]
    middle = expected[:-1] + gaps / 2
    # What of the kernel lies within the log.
    inside = 2 - np.exp(-rate * (middle - expected[0])) - np.exp(-rate * (expected[-1] - middle))
    level: Floats = rate * near * np.exp(-rate * gaps / 2) / inside
    return level


def _decayed(keep: Floats) -> Floats:
    """Return for each gap the arrivals until its beginning, each as far as it has decayed."""
    total, found = 1.0, []
    for share in keep.tolist():
        found.append(total)
        total = total * share + 1.0
    return np.array(found)
