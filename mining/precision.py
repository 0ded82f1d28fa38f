"""ETC precision: how much a model allows that its log never does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from mining.discovery import Model

Marking = tuple[int, ...]
_Arcs = tuple[tuple[int, int], ...]
_Step = tuple[str | None, _Arcs, _Arcs]
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
        Value 1 and share 1 for an empty log. Equal to ``pm4py.precision_alignments``.

    References
    ----------
    Munoz-Gama, Carmona, "A fresh look at precision in process conformance", BPM 2010; Adriansyah,
    Munoz-Gama, Carmona, van Dongen, van der Aalst, "Measuring precision of modeled behavior",
    Information Systems and e-Business Management 13, 2015.
    """
    replay = _Replay(model)
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


class _Replay:
    """A net on integer markings, with every answer remembered: prefixes share their markings."""

    def __init__(self, model: Model) -> None:
        places = sorted(model.net.places, key=lambda place: str(place.name))
        index = {place: number for number, place in enumerate(places)}
        self.initial: Marking = tuple(model.initial.get(place, 0) for place in places)
        steps: list[_Step] = [
            (
                step.label,
                tuple((index[arc.source], arc.weight) for arc in step.in_arcs),
                tuple((index[arc.target], arc.weight) for arc in step.out_arcs),
            )
            for step in model.net.transitions
        ]
        # Each step waits at the rarest of its input places; only steps that wait at a marked
        # place need a closer look.
        uses = Counter(place for _, takes, _ in steps for place, _ in takes)
        self._sources = [step for step in steps if not step[1]]
        self._waiting: list[list[_Step]] = [[] for _ in places]
        for step in steps:
            if step[1]:
                self._waiting[min((uses[place], place) for place, _ in step[1])[1]].append(step)
        self._firings: dict[Marking, list[tuple[str | None, Marking]]] = {}
        self._closures: dict[Marking, dict[Marking, int]] = {}
        self._allowed: dict[Marking, frozenset[str]] = {}
        self._successors: dict[tuple[Marking, str], dict[Marking, int]] = {}

    def step(self, states: dict[Marking, int], activity: str) -> dict[Marking, int]:
        """Return the markings after one more activity, with the fewest silent steps to each."""
        after: dict[Marking, int] = {}
        for marking, cost in states.items():
            for target, more in self._successor(marking, activity).items():
                if cost + more < after.get(target, cost + more + 1):
                    after[target] = cost + more
        return after

    def allowed(self, marking: Marking) -> frozenset[str]:
        """Return the activities possible next, silent steps permitted before them."""
        if marking not in self._allowed:
            self._allowed[marking] = frozenset(
                label
                for reached in self._closure(marking)
                for label, _ in self._fire(reached)
                if label is not None
            )
        return self._allowed[marking]

    def _successor(self, marking: Marking, activity: str) -> dict[Marking, int]:
        key = (marking, activity)
        if key not in self._successors:
            after: dict[Marking, int] = {}
            for reached, cost in self._closure(marking).items():
                for label, target in self._fire(reached):
                    if label == activity and cost < after.get(target, cost + 1):
                        after[target] = cost
            self._successors[key] = after
        return self._successors[key]

    def _closure(self, marking: Marking) -> dict[Marking, int]:
        """Return the markings reachable by silent steps alone, with the fewest steps to each."""
        if marking not in self._closures:
            nearest = {marking: 0}
            front = [marking]
            while front:
                ahead = []
                for reached in front:
                    cost = nearest[reached] + 1
                    for label, target in self._fire(reached):
                        if label is None and target not in nearest:
                            nearest[target] = cost
                            ahead.append(target)
                front = ahead
            self._closures[marking] = nearest
        return self._closures[marking]

    def _fire(self, marking: Marking) -> list[tuple[str | None, Marking]]:
        if marking not in self._firings:
            fired = []
            waiting = [self._waiting[place] for place, tokens in enumerate(marking) if tokens]
            for label, takes, gives in chain(self._sources, *waiting):
                if all(marking[place] >= weight for place, weight in takes):
                    tokens = list(marking)
                    for place, weight in takes:
                        tokens[place] -= weight
                    for place, weight in gives:
                        tokens[place] += weight
                    fired.append((label, tuple(tokens)))
            self._firings[marking] = fired
        return self._firings[marking]
