"""ETC precision: how much a model allows that its log never does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mining.discovery import Model
from mining.replay import Marking, Replay

METHOD = (
    "ETC precision over the log's prefixes that the model replays without a deviation, "
    "through the fewest silent steps (all such markings)"
)


@dataclass(frozen=True, slots=True)
class Precision:
    """How much of what a model allows the log makes use of.

    Parameters
    ----------
    value
        1 minus escaping edges over allowed activities, both weighted by cases; 0 to 1.
    replayed
        Share of the log's prefixes (0 to 1, weighted by cases) that could be replayed; what
        follows the first deviation of a case is not judged.
    """

    value: float
    replayed: float


def etc_precision(variants: Mapping[tuple[str, ...], int], model: Model) -> Precision:
    """Return the ETC precision of a model on a log.

    Every proper prefix of the log is replayed. Where the model is then, the activities it allows
    next are compared with those that the log continues with; allowed ones that never occur are
    escaping edges. Prefixes weigh as many as the cases that continue from them.

    Parameters
    ----------
    variants
        Cases by sequence of activities.
    model
        The model; its silent steps may not breed tokens without end.

    Returns
    -------
    Precision
        Value 1 and share 1 for an empty log. Equal to ``pm4py.precision_alignments`` except on
        nets whose silent steps reach one transition by several markings: pm4py follows only the
        last of them, so it misses allowed activities and finds the model more precise.

    References
    ----------
    Munoz-Gama, Carmona, "A fresh look at precision in process conformance", BPM 2010; Adriansyah,
    Munoz-Gama, Carmona, van Dongen, van der Aalst, "Measuring precision of modeled behavior",
    Information Systems and e-Business Management 13, 2015.
    """
    replay = Replay(model)
    weights, followers = _prefix_tree(variants)
    allowed_total = escaping_total = replayed = total = 0
    states: list[dict[Marking, int]] = [{replay.initial: 0}]
    # A prefix is numbered after the one it extends, so its states are there when it is reached.
    for number, weight in enumerate(weights):
        here = states[number]
        for activity, child in followers[number].items():
            while len(states) <= child:
                states.append({})
            if followers[child] and here:
                states[child] = replay.step(here, activity)
        if not followers[number]:
            continue
        total += weight
        if not here:
            continue
        fewest = min(here.values())
        reached = [marking for marking, cost in here.items() if cost == fewest]
        allowed = frozenset[str]().union(*(replay.allowed(marking) for marking in reached))
        allowed_total += weight * len(allowed)
        escaping_total += weight * len(allowed - followers[number].keys())
        replayed += weight
        states[number] = {}
    return Precision(
        value=1.0 - escaping_total / allowed_total if allowed_total else 1.0,
        replayed=replayed / total if total else 1.0,
    )


def _prefix_tree(
    variants: Mapping[tuple[str, ...], int],
) -> tuple[list[int], list[dict[str, int]]]:
    """Return for each prefix the cases that continue from it, and its continuations."""
    weights, followers = [0], [dict[str, int]()]
    for sequence, count in variants.items():
        node = 0
        for activity in sequence:
            weights[node] += count
            if activity not in followers[node]:
                followers[node][activity] = len(weights)
                weights.append(0)
                followers.append({})
            node = followers[node][activity]
    return weights, followers
