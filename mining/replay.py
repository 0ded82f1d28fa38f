"""A Petri net on integer markings, seen by its visible steps."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from mining.discovery import Model
from o2c_sim.errors import ModelError, Problem

Marking = tuple[int, ...]
_Arcs = tuple[tuple[int, int], ...]
_Step = tuple[str | None, _Arcs, _Arcs]
_MOST_MARKINGS = 20_000


class Replay:
    """A net on integer markings, with every answer remembered: prefixes share their markings."""

    def __init__(self, model: Model) -> None:
        self._name = model.name
        places = sorted(model.net.places, key=lambda place: str(place.name))
        index = {place: number for number, place in enumerate(places)}
        self.initial: Marking = tuple(model.initial.get(place, 0) for place in places)
        self._final: Marking = tuple(model.final.get(place, 0) for place in places)
        steps: list[_Step] = [
            (
                step.label,
                tuple((index[arc.source], arc.weight) for arc in step.in_arcs),
                tuple((index[arc.target], arc.weight) for arc in step.out_arcs),
            )
            for step in sorted(
                model.net.transitions, key=lambda t: (t.label is None, t.label or "", str(t.name))
            )
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
            for target, more in self.after(marking, activity).items():
                if cost + more < after.get(target, cost + more + 1):
                    after[target] = cost + more
        return after

    def can_end(self, marking: Marking) -> bool:
        """Return whether silent steps alone lead to the final marking."""
        return self._final in self._closure(marking)

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

    def after(self, marking: Marking, activity: str) -> dict[Marking, int]:
        """Return the markings right after an activity, with the fewest silent steps before it."""
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
                if len(nearest) > _MOST_MARKINGS:
                    raise ModelError(
                        Problem(
                            f"its silent steps lead to more than {_MOST_MARKINGS:,} markings, so "
                            "perhaps they breed tokens without end",
                            where=self._name,
                        )
                    )
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
