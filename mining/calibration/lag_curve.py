"""Lag curves: how long something takes, from a log that ends before all of it is over.

Three things keep the plain curve from foretelling the next month. Cases under way count as longer
than so far (Kaplan-Meier). Where the company has become clearly slower or faster, the recent half
of the log tells more than all of it. And what takes longer than the log is long goes on as its
tail does, which may be a heavy one.
"""

from __future__ import annotations

import numpy as np

from mining.calibration.incidence import Floats, Incidence, incidence
from mining.calibration.tail import fit_tail

# The last quarter of the log says whether the half before it foretold it better than all before.
_HELD_OUT_SHARE = 0.25
# It must have come so many times as near: a company that only wanders is told best by all of it.
_CLEARLY = 2.0
_FEWEST = 100
_TAIL_SHARE = 0.97
_TAIL_POINTS = 100
# A curve goes on to so many times its longest age, as a fitted family does.
_FARTHEST = 2.0
_GRID = 400


def lag_curve(begin: Floats, done: Floats, end: float) -> Incidence:
    """Return the incidence of something, as it is to be expected from now on.

    Parameters
    ----------
    begin, done
        Shape (n,), days on one scale: when each case began, and when it happened; NaN if it did
        not until the end.
    end
        When the log ends.
    """
    whole = plain_curve(begin, done, end)
    kept = begin >= np.median(begin)
    if kept.sum() < _FEWEST or not _has_changed(begin, done, end):
        return with_tail(whole)
    return with_tail(_continued(plain_curve(begin[kept], done[kept], end), whole))


def plain_curve(begin: Floats, done: Floats, end: float) -> Incidence:
    """Return the incidence as it was; see :func:`lag_curve`."""
    happened = done <= end
    until = np.where(happened, done, end)
    return incidence(np.maximum(until - begin, 0.0), happened, end - begin)


def _has_changed(begin: Floats, done: Floats, end: float) -> bool:
    """Return whether the later half of the cases before the last quarter foretold it far better."""
    late = float(np.quantile(begin, 1 - _HELD_OUT_SHARE))
    held_out, past = begin >= late, begin < late
    recent = past & (begin >= np.median(begin[past]))
    if min(held_out.sum(), recent.sum()) < _FEWEST:
        return False
    came = plain_curve(begin[held_out], done[held_out], end)
    older, newer = (plain_curve(begin[part], done[part], late) for part in (past, recent))
    ages = np.linspace(0, min(came.longest, newer.longest), _GRID)
    miss = [float(np.abs(_by(one, ages) - _by(came, ages)).mean()) for one in (older, newer)]
    return miss[0] > _CLEARLY * miss[1]


def _by(curve: Incidence, ages: Floats) -> Floats:
    places = np.searchsorted(curve.ages, ages, side="right")
    shares: Floats = np.concatenate(([0.0], curve.shares))[places]
    return shares


def _continued(recent: Incidence, whole: Incidence) -> Incidence:
    """Return a curve that goes on as another one does, where it ends.

    In proportion to what has happened by then, not to what is left: most of what is left may be
    what never happens, and there may be more of that in one than in the other.
    """
    later, so_far = whole.ages > recent.longest, whole.by(recent.longest)
    if not later.any() or so_far <= 0:
        return recent
    shares = np.minimum(recent.ever * whole.shares[later] / so_far, 1.0)
    return Incidence(
        np.concatenate((recent.ages, whole.ages[later])),
        np.concatenate((recent.shares, shares)),
        whole.longest,
    )


def with_tail(curve: Incidence) -> Incidence:
    """Return a curve that goes on beyond its longest age as its tail does.

    The tail is fitted to what exceeds the 97 % quantile, or half of the longest age if that is
    less (:func:`mining.calibration.tail.fit_tail`). It ends at twice the longest age, as fitted
    distributions do: what would come later comes then.
    """
    if len(curve.ages) < _FEWEST:
        return curve
    start = min(float(curve.quantile(np.array([_TAIL_SHARE]))[0]), curve.longest / 2)
    span, beyond = curve.longest - start, curve.ages > start
    steps = np.diff(curve.shares, prepend=0.0)[beyond]
    if span <= 0 or steps.sum() <= 0:
        return curve
    left = 1 - curve.ever
    tail = fit_tail(curve.ages[beyond] - start, steps, span, left)
    seen = float(steps.sum())
    more = min((seen + left) * tail.comes - seen, left)
    if more <= 0:
        return curve
    places = (np.arange(_TAIL_POINTS) + 0.5) / _TAIL_POINTS
    later = start + tail.quantile(1 - float(tail.survival(span)) * (1 - places))
    later = np.minimum(later, _FARTHEST * curve.longest)
    return Incidence(
        np.concatenate((curve.ages, later)),
        np.concatenate((curve.shares, curve.ever + more * (places + 0.5 / _TAIL_POINTS))),
        float(later[-1]),
    )
