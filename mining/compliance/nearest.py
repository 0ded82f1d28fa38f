"""The nearest earlier or later event of a kind in the same case, for every event at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
NONE = -1


def nearest_later(group: Indices, wanted: Mask) -> Indices:
    """Return for every row the next wanted row of its group, :data:`NONE` without one.

    Parameters
    ----------
    group
        Group of each row; equal values stand together.
    wanted
        The rows that may be found; a row never finds itself.
    """
    rows = len(group)
    found = np.where(wanted, np.arange(rows), rows)
    following = np.minimum.accumulate(found[::-1])[::-1]
    following = np.append(following[1:], rows)
    inside = following < rows
    same = np.zeros(rows, dtype=bool)
    same[inside] = group[following[inside]] == group[inside]
    return np.where(same, following, NONE)


def nearest_later_by_same(case: Indices, person: Indices, wanted: Mask) -> Indices:
    """Return the next wanted row of the case by the same known person."""
    order = np.lexsort((np.arange(len(case)), person, case))
    pairs = case[order] * (int(person.max(initial=0)) + 2) + person[order] + 1
    inner = nearest_later(pairs, wanted[order])
    found = np.full(len(case), NONE)
    found[order] = np.where(inner == NONE, NONE, order[inner])
    return np.where(person == NONE, NONE, found)


def nearest_later_by_other(case: Indices, person: Indices, wanted: Mask) -> Indices:
    """Return the next wanted row of the case that is not known to be by the same person."""
    first = nearest_later(case, wanted)
    rows = np.flatnonzero(wanted)
    # The next wanted row by somebody else begins a new stretch of rows by one person.
    begins = np.ones(len(rows), dtype=bool)
    begins[1:] = (
        (case[rows[1:]] != case[rows[:-1]])
        | (person[rows[1:]] != person[rows[:-1]])
        | (person[rows[1:]] == NONE)
    )
    stretch = np.zeros(len(case), dtype=bool)
    stretch[rows[begins]] = True
    after = nearest_later(case, stretch)
    same = (first != NONE) & (person != NONE) & (person[first] == person)
    return np.where(same, after[first], first)


def nearest(
    case: Indices, person: Indices, wanted: Mask, by: str | None, *, later: bool
) -> Indices:
    """Return the nearest wanted row of the case, before or after each row.

    Parameters
    ----------
    case
        Case of each row; rows are in order of case and time.
    person
        Who did it; :data:`NONE` where that is nobody or not known.
    wanted
        The rows that may be found.
    by
        ``same``, ``different`` or None: whether the person must be the same.
    later
        Look forward, not back.
    """
    if not later:
        found = nearest(case[::-1], person[::-1], wanted[::-1], by, later=True)[::-1]
        return np.where(found == NONE, NONE, len(case) - 1 - found)
    if by == "same":
        return nearest_later_by_same(case, person, wanted)
    if by == "different":
        return nearest_later_by_other(case, person, wanted)
    return nearest_later(case, wanted)
