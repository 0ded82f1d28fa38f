"""Optimal alignments of variants with a Petri net: where log and model part company.

An alignment pairs the steps of a case with those of a run of the model. A step of the case that
the model does not make is a log move, a visible step of the model that the case does not make is
a model move; each costs one, silent steps cost nothing.

References
----------
Adriansyah, "Aligning Observed and Modeled Behavior", PhD thesis, TU Eindhoven, 2014.
"""

from __future__ import annotations

import contextlib
import os
import sys
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from mining.discovery import Model, quiet_pm4py
from mining.replay import Marking, Replay
from o2c_sim.errors import MissingDependencyError

Sequence = tuple[str, ...]
SKIP = ">>"
# Markings to search for the one alignment to report among several optimal ones.
_MOST_STATES = 50_000
_BOTH, _UNEXPECTED, _MISSING = "both", "unexpected", "missing"


@dataclass(frozen=True, slots=True)
class Alignment:
    """The deviations of one sequence in one optimal alignment.

    Parameters
    ----------
    unexpected
        Activities of its log moves, in order.
    missing
        Activities of its visible model moves, in order.
    """

    unexpected: Sequence
    missing: Sequence

    @property
    def cost(self) -> int:
        """Number of deviations."""
        return len(self.unexpected) + len(self.missing)


def align(
    sequences: Iterable[Sequence],
    model: Model,
    *,
    engine: str = "r4pm",
    max_states: int = 1_000_000,
) -> dict[Sequence, Alignment | None]:
    """Return an optimal alignment of each sequence.

    Parameters
    ----------
    sequences
        Distinct sequences of activities.
    model
        The model.
    engine
        ``r4pm``, or ``pm4py`` (its A* with the state equation): the same costs, some two hundred
        times slower.
    max_states
        States that ``r4pm`` may visit for one sequence.

    Returns
    -------
    dict
        None for a sequence that took more than *max_states*, or if the model has no run.

    Raises
    ------
    MissingDependencyError
        If the engine is not installed.
    """
    found = (
        _by_pm4py(sequences, model) if engine == "pm4py" else _by_r4pm(sequences, model, max_states)
    )
    net = _Numbered(Replay(model))
    return {
        sequence: _first_optimal(sequence, result, net) if result and result.cost else result
        # All at once: an engine held back half-way would keep standard output from everyone.
        for sequence, result in list(found)
    }


def available_engine() -> str:
    """Return the faster engine of those installed.

    Raises
    ------
    MissingDependencyError
        If there is none.
    """
    for engine in ("r4pm", "pm4py"):
        with contextlib.suppress(ImportError):
            __import__(engine)
            return engine
    raise MissingDependencyError("r4pm", "mining")


class _Numbered:
    """A replay with a number for each marking: comparing numbers is what the search mostly does."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._markings: list[Marking] = []
        self._numbers: dict[Marking, int] = {}
        self._after: list[dict[str, tuple[int, ...]]] = []
        self._missing: list[tuple[tuple[str, int], ...] | None] = []
        self.initial = self._number(replay.initial)

    def can_end(self, number: int) -> bool:
        return self._replay.can_end(self._markings[number])

    def after(self, number: int, activity: str) -> tuple[int, ...]:
        """Return the markings right after an activity."""
        known = self._after[number]
        if activity not in known:
            reached = self._replay.after(self._markings[number], activity)
            known[activity] = tuple(self._number(marking) for marking in reached)
        return known[activity]

    def missing(self, number: int) -> tuple[tuple[str, int], ...]:
        """Return every activity possible next with each marking after it, by name."""
        found = self._missing[number]
        if found is None:
            allowed = sorted(self._replay.allowed(self._markings[number]))
            found = tuple((name, target) for name in allowed for target in self.after(number, name))
            self._missing[number] = found
        return found

    def _number(self, marking: Marking) -> int:
        number = self._numbers.setdefault(marking, len(self._markings))
        if number == len(self._markings):
            self._markings.append(marking)
            self._after.append({})
            self._missing.append(None)
        return number


def _first_optimal(sequence: Sequence, given: Alignment, net: _Numbered) -> Alignment:
    """Return the first of the equally good alignments in a fixed order of moves.

    Engines differ in which one they return, and r4pm from call to call. Knowing the cost makes
    the search short; where it is long all the same, the engine's alignment stands. A state is one
    number: that of its marking times the places in the sequence, plus the place.
    """
    length, most = len(sequence), given.cost
    places = length + 1
    start = net.initial * places
    came: dict[int, tuple[int, str, str] | None] = {start: None}
    costs = {start: 0}
    waiting = deque([(0, start)])
    while waiting and len(costs) < _MOST_STATES:
        cost, state = waiting.popleft()
        if cost > costs[state]:
            continue
        marking, place = divmod(state, places)
        if place < length:
            activity = sequence[place]
            for after in net.after(marking, activity):
                target = after * places + place + 1
                if cost < costs.get(target, cost + 1):
                    costs[target] = cost
                    came[target] = (state, _BOTH, activity)
                    waiting.appendleft((cost, target))
        elif net.can_end(marking):
            return _retraced(state, came)
        if cost >= most:
            continue
        price = cost + 1
        if place < length and price < costs.get(state + 1, price + 1):
            costs[state + 1] = price
            came[state + 1] = (state, _UNEXPECTED, sequence[place])
            waiting.append((price, state + 1))
        for activity, after in net.missing(marking):
            target = after * places + place
            if price < costs.get(target, price + 1):
                costs[target] = price
                came[target] = (state, _MISSING, activity)
                waiting.append((price, target))
    return given


def _retraced(state: int, came: dict[int, tuple[int, str, str] | None]) -> Alignment:
    moves: dict[str, list[str]] = {_BOTH: [], _UNEXPECTED: [], _MISSING: []}
    while (step := came[state]) is not None:
        state, kind, activity = step
        moves[kind].append(activity)
    return Alignment(tuple(reversed(moves[_UNEXPECTED])), tuple(reversed(moves[_MISSING])))


def _by_r4pm(
    sequences: Iterable[Sequence], model: Model, max_states: int
) -> Iterator[tuple[Sequence, Alignment | None]]:
    try:
        from r4pm.bindings.conformance.case_centric.alignments import align_trace
    except ImportError as error:
        raise MissingDependencyError("r4pm", "mining") from error
    net, labels = _r4pm_net(model)
    options: Any = {
        "max_states": max_states,
        "cost_fn": {
            "log_move_cost": 1,
            "model_move_cost": 1,
            "silent_move_cost": 0,
            "sync_move_cost": 0,
        },
    }
    with _stdout_silenced():
        for sequence in sequences:
            try:
                moves = align_trace(net, list(sequence), options)["moves"]
            except TypeError as error:
                # The binding's only exception; a failed search is the one kind to live with.
                if "SearchError" not in str(error):
                    raise
                yield sequence, None
            else:
                yield sequence, _from_r4pm(sequence, moves, labels)


def _from_r4pm(
    sequence: Sequence, moves: list[dict[str, Any]], labels: dict[str, str | None]
) -> Alignment:
    unexpected, missing = [], []
    for move in moves:
        if "LogMove" in move:
            unexpected.append(sequence[move["LogMove"]["trace_event_index"]])
        elif "ModelMove" in move:
            label = labels[move["ModelMove"]["transition"]]
            if label is not None:
                missing.append(label)
    return Alignment(tuple(unexpected), tuple(missing))


def _r4pm_net(model: Model) -> tuple[Any, dict[str, str | None]]:
    """Return the net as r4pm wants it, with numbers for identifiers so that runs are repeatable."""
    places = sorted(model.net.places, key=lambda place: str(place.name))
    transitions = sorted(
        model.net.transitions, key=lambda step: (step.label is None, step.label or "", step.name)
    )
    ids = {
        node: str(uuid.UUID(int=number)) for number, node in enumerate([*places, *transitions], 1)
    }
    arcs = [
        {
            "from_to": {
                "type": "PlaceTransition" if arc.source in model.net.places else "TransitionPlace",
                "nodes": [ids[arc.source], ids[arc.target]],
            },
            "weight": arc.weight,
        }
        for arc in model.net.arcs
    ]
    arcs.sort(key=lambda arc: arc["from_to"]["nodes"])
    net = {
        "places": {ids[place]: {"id": ids[place]} for place in places},
        "transitions": {ids[step]: {"id": ids[step], "label": step.label} for step in transitions},
        "arcs": arcs,
        "initial_marking": {ids[place]: count for place, count in model.initial.items()},
        "final_markings": [{ids[place]: count for place, count in model.final.items()}],
    }
    return net, {ids[step]: step.label for step in transitions}


def _by_pm4py(
    sequences: Iterable[Sequence], model: Model
) -> Iterator[tuple[Sequence, Alignment | None]]:
    with quiet_pm4py():
        from pm4py.algo.conformance.alignments.petri_net import algorithm
        from pm4py.objects.log.obj import Event, Trace

        variant = algorithm.Variants.VERSION_STATE_EQUATION_A_STAR
        for sequence in sequences:
            trace = Trace([Event({"concept:name": activity}) for activity in sequence])
            result = algorithm.apply_trace(
                trace, model.net, model.initial, model.final, variant=variant
            )
            if result is None:
                yield sequence, None
                continue
            moves = result["alignment"]
            yield (
                sequence,
                Alignment(
                    tuple(log for log, step in moves if step == SKIP),
                    tuple(step for log, step in moves if log == SKIP and step is not None),
                ),
            )


@contextlib.contextmanager
def _stdout_silenced() -> Iterator[None]:
    """Send what native code prints to nowhere; Python's own redirection does not reach it."""
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # no standard output to protect
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
