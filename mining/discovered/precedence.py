"""Which steps of a case wait for which: order by cause where the log shows it, not by chance.

A step that began after another ended may have waited for it, or may only have come later. Where
two activities of the same cases are often seen at the same time, and otherwise now in this order
and now in that, neither waits for the other.

References
----------
Augusto, Dumas, La Rosa, "Split Miner: automated discovery of accurate and simple business process
models from event logs", Knowledge and Information Systems 59, 2019 (concurrency from overlapping
and interchangeable activities).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# Of the times that two activities are neighbours, seen overlapping at least this often ...
_OVERLAP_SHARE = 0.05
# ... and each order at least this often.
_ORDER_SHARE = 0.1
# Steps before a step that are looked at; what is longer ago is over.
_WINDOW = 12


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of all cases, ordered by case and start.

    Parameters
    ----------
    case
        First step of each case, and the number of steps: cases + 1 numbers.
    activity
        Of each step.
    start, end
        Of each step: microseconds since 1970, the end not before the start.
    """

    case: Integers
    activity: Integers
    start: Integers
    end: Integers


def concurrent(steps: Steps, activities: int) -> Flags:
    """Return which activities do not wait for each other.

    Parameters
    ----------
    steps
        The steps.
    activities
        Number of activities.

    Returns
    -------
    numpy.ndarray
        activities x activities, symmetric.
    """
    overlaps = np.zeros((activities, activities))
    follows = np.zeros((activities, activities))
    number = np.repeat(np.arange(steps.case.size - 1), np.diff(steps.case))
    for back in (1, 2):
        first = np.arange(steps.activity.size - back)
        first = first[number[first] == number[first + back]]
        second = first + back
        together = steps.start[second] < steps.end[first]
        pair = steps.activity[first], steps.activity[second]
        np.add.at(overlaps, tuple(side[together] for side in pair), 1)
        if back == 1:
            np.add.at(follows, tuple(side[~together] for side in pair), 1)
    overlaps += overlaps.T
    seen = overlaps + follows + follows.T
    with np.errstate(invalid="ignore", divide="ignore"):
        often = overlaps / seen >= _OVERLAP_SHARE
        both = np.minimum(follows, follows.T) / seen >= _ORDER_SHARE
        mostly = overlaps / seen >= 1 - 2 * _ORDER_SHARE
    found: Flags = (often & both) | mostly
    np.fill_diagonal(found, False)
    return found


def predecessors(steps: Steps, concurrent: Flags) -> list[list[int]]:
    """Return for each step the positions, within its case, of the steps that it waits for.

    Those that ended before it began, without those that another of them waits for anyway. A step
    whose activity is concurrent to all that ended before it waits for what they waited for.
    """
    ends, starts = steps.end.tolist(), steps.start.tolist()
    activity = steps.activity.tolist()
    apart = concurrent.tolist()
    found: list[list[int]] = []
    for first, last in zip(steps.case[:-1].tolist(), steps.case[1:].tolist(), strict=True):
        # Of each step of the case, all it waits for directly or not, as bits.
        behind: list[int] = []
        for i in range(first, last):
            row = apart[activity[i]]
            direct: list[int] = []
            reach = 0
            for j in range(i - 1, max(first, i - _WINDOW) - 1, -1):
                position = j - first
                if reach >> position & 1 or ends[j] > starts[i] or row[activity[j]]:
                    continue
                direct.append(position)
                reach |= behind[position] | 1 << position
            if not direct and i > first and not _overlapped_by_all(ends, starts, first, i):
                direct, reach = _of_the_one_before(found, behind, first, i)
            behind.append(reach)
            found.append(sorted(direct))
    return found


def _overlapped_by_all(ends: list[int], starts: list[int], first: int, i: int) -> bool:
    return all(ends[j] > starts[i] for j in range(first, i))


def _of_the_one_before(
    found: list[list[int]], behind: list[int], first: int, i: int
) -> tuple[list[int], int]:
    return list(found[i - 1]), behind[i - 1 - first]
