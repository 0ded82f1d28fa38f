"""What follows what within a history, and where all of a case has come to one point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from o2c_sim.discovered.model import Histories, Integers


@dataclass(frozen=True, slots=True)
class Precedence:
    """The order of the steps of all histories; steps are numbered through all of them.

    Parameters
    ----------
    needs
        Of each step: how many steps since the last meeting it waits for.
    successors
        Of each step: the steps, until the next meeting, that wait for it.
    first
        Of the first step of a history: the steps that wait for none, unless it is that one alone.
    meeting
        Of each step: whether its history meets after it, that is, whether all steps after it
        begin only when it and all before it are done.
    after
        Of a step at which a history meets: the steps that begin then, unless it is the next one
        alone.
    """

    needs: Sequence[int]
    successors: Sequence[tuple[int, ...]]
    first: dict[int, tuple[int, ...]]
    meeting: Sequence[bool]
    after: dict[int, tuple[int, ...]]


def precedence(histories: Histories) -> Precedence:
    """Return the order of the steps of all histories.

    Predecessors before the last meeting are left out: at a meeting all of them are done, and who
    has come to it from another history has done other steps.
    """
    starts = histories.case
    steps = int(starts[-1])
    count = np.diff(histories.predecessors)
    of_case = np.repeat(np.arange(histories.cases), np.diff(starts))
    first_step = starts[:-1][of_case]
    place = np.arange(steps) - first_step
    sequential = _sequential(histories, count, place, of_case)

    needs = np.minimum(place, 1).tolist()
    successors: list[tuple[int, ...]] = [(step,) for step in range(1, steps + 1)]
    for last in (starts[1:] - 1).tolist():
        successors[last] = ()
    first: dict[int, tuple[int, ...]] = {}
    meeting = [True] * steps
    after: dict[int, tuple[int, ...]] = {}
    for case in np.flatnonzero(~sequential).tolist():
        begin, end = int(starts[case]), int(starts[case + 1])
        own = [
            frozenset(histories.predecessor[a:b].tolist())
            for a, b in zip(
                histories.predecessors[begin:end].tolist(),
                histories.predecessors[begin + 1 : end + 1].tolist(),
                strict=True,
            )
        ]
        found = meetings(own)
        _put(begin, own, found, needs, successors, meeting, after)
        first[begin] = tuple(begin + k for k, before in enumerate(own) if not before)
    return Precedence(needs, successors, first, meeting, after)


def _sequential(
    histories: Histories, count: Integers, place: Integers, of_case: Integers
) -> Integers:
    """Return whether each step of each history waits for the one before it, and no other."""
    plain = count == np.minimum(place, 1)
    one = np.flatnonzero(plain & (place > 0))
    plain[one] = histories.predecessor[histories.predecessors[one]] == place[one] - 1
    fits: Integers = np.bincount(of_case, weights=~plain, minlength=histories.cases) == 0
    return fits


def meetings(predecessors: Sequence[frozenset[int]]) -> dict[int, tuple[int, ...]]:
    """Return where a history meets: number of steps done -> the steps that begin then.

    Parameters
    ----------
    predecessors
        Of each step: the positions of its predecessors, all before it.

    Notes
    -----
    Of the steps done, those matter that no other one of them waits for; all other steps are
    before them. A step begins next if all its predecessors are done. The history meets if each of
    the steps that begin next waits for all of the former, directly: any other way from one of the
    former would lead over a step that is not done.
    """
    steps = len(predecessors)
    earliest_successor = [steps] * steps
    for step in range(steps - 1, -1, -1):
        for before in predecessors[step]:
            earliest_successor[before] = min(earliest_successor[before], step)
    begins_after = [max(before, default=-1) for before in predecessors]
    last: set[int] = set()
    following: set[int] = {k for k in range(steps) if begins_after[k] < 0}
    enter: dict[int, list[int]] = {}
    for k in range(steps):
        enter.setdefault(begins_after[k] + 1, []).append(k)
    found = {}
    for done in range(1, steps + 1):
        step = done - 1
        last -= {before for before in predecessors[step] if earliest_successor[before] == step}
        last.add(step)
        following.discard(step)
        following.update(k for k in enter.get(done, ()) if k >= done)
        if all(last <= predecessors[k] for k in following):
            found[done] = tuple(sorted(following))
    return found


def _put(
    begin: int,
    own: Sequence[frozenset[int]],
    found: dict[int, tuple[int, ...]],
    needs: list[int],
    successors: list[tuple[int, ...]],
    meeting: list[bool],
    after: dict[int, tuple[int, ...]],
) -> None:
    """Write one history that is not a plain sequence into the order of all."""
    following: list[list[int]] = [[] for _ in own]
    met = 0
    for k, before in enumerate(own):
        met = k if k in found else met
        kept = [step for step in before if step >= met]
        needs[begin + k] = len(kept)
        for step in kept:
            following[step].append(begin + k)
        meeting[begin + k] = k + 1 in found
        if k + 1 in found and found[k + 1] != (k + 1,):
            after[begin + k] = tuple(begin + step for step in found[k + 1])
    for k, then in enumerate(following):
        successors[begin + k] = tuple(then)
