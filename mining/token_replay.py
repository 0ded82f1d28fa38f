"""Token replay: fitness from the tokens that are missing and left over when a log is replayed.

Quicker to explain than alignments and not optimal: where silent steps leave a choice, the replay
takes the first it finds, and may see deviations where there are none. The normative model is such
a model, so it is checked by alignments alone. Replay is here because many figures are made with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mining.alignments import Alignment, Sequence
from mining.conformance import Conformance, deviation_table, worst_variants
from mining.discovery import Model, quiet_pm4py
from mining.precision import METHOD, etc_precision
from o2c_sim.errors import LogError, ModelError, Problem


@dataclass(frozen=True, slots=True)
class _Replayed:
    fits: bool
    fitness: float
    missing: int
    consumed: int
    remaining: int
    produced: int
    problems: Sequence


def replay(
    variants: Mapping[Sequence, int], model: Model, *, precision: bool = True
) -> Conformance:
    """Return how well a log fits a model by token replay.

    Parameters
    ----------
    variants
        Cases by sequence of activities.
    model
        The model.
    precision
        Compute the precision as well.

    Returns
    -------
    Conformance
        The three fitness figures are those of ``pm4py.fitness_token_based_replay``: the average
        over cases, and (1 - missing / consumed) / 2 + (1 - remaining / produced) / 2 of the tokens
        of all cases. Activities that the model does not have change no fitness, as there. The
        deviations are all ``unexpected``: activities that were done without the tokens for them,
        or that the model does not have. What is missing a replay cannot name.

    Raises
    ------
    LogError
        If there are no variants.
    ModelError
        If the replay fails on the model.
    MissingDependencyError
        If pm4py is not installed.

    References
    ----------
    Rozinat, van der Aalst, "Conformance checking of processes based on monitoring real behavior",
    Information Systems 33, 2008. Berti, van der Aalst, "Reviving token-based replay: increasing
    speed while improving diagnostics", ATAED 2019.
    """
    if not variants:
        raise LogError(Problem("a log without cases cannot be checked"))
    results = _replayed(variants, model)
    cases = sum(variants.values())
    missing, consumed, remaining, produced = (
        sum(n * getattr(results[s], field) for s, n in variants.items())
        for field in ("missing", "consumed", "remaining", "produced")
    )
    known = set(model.activities)
    moves = {
        s: Alignment((*results[s].problems, *(a for a in s if a not in known)), ())
        for s in variants
    }
    measured = etc_precision(variants, model) if precision else None
    return Conformance(
        model=model.name,
        cases=cases,
        variants=len(variants),
        checked_cases=cases,
        checked_variants=len(variants),
        fitting_share=sum(n for s, n in variants.items() if results[s].fits) / cases,
        average_fitness=sum(n * results[s].fitness for s, n in variants.items()) / cases,
        log_fitness=(1 - missing / consumed) / 2 + (1 - remaining / produced) / 2
        if consumed and produced
        else 0.0,
        precision=measured.value if measured else None,
        precision_replayed=measured.replayed if measured else None,
        deviations=deviation_table(moves, variants),
        worst_variants=worst_variants(
            moves, variants, {s: result.fitness for s, result in results.items()}
        ),
        method="token replay (pm4py), which is not optimal where silent steps leave a choice"
        + (f"; {METHOD}" if precision else ""),
        coverage=f"all {cases:,} cases in {len(variants):,} variants",
    )


def _replayed(variants: Mapping[Sequence, int], model: Model) -> dict[Sequence, _Replayed]:
    with quiet_pm4py():
        from pm4py.algo.conformance.tokenreplay import algorithm
        from pm4py.objects.log.obj import Event, EventLog, Trace

        # The replay remembers ways it found for the next variants and begins with the most
        # frequent, so the order, and with it the figures, need every case: references suffice.
        log, places = EventLog(), {}
        for sequence, count in variants.items():
            places[sequence] = len(log)
            trace = Trace([Event({"concept:name": activity}) for activity in sequence])
            log._list.extend([trace] * count)
        try:
            found = algorithm.apply(log, model.net, model.initial, model.final)
        except Exception as error:  # foreign code: whatever it raises is about the model
            reason = str(error) or type(error).__name__
            raise ModelError(Problem(f"cannot be replayed: {reason}", where=model.name)) from error
    return {sequence: _of(found[place]) for sequence, place in places.items()}


def _of(result: dict[str, Any]) -> _Replayed:
    return _Replayed(
        fits=bool(result["trace_is_fit"]),
        fitness=float(result["trace_fitness"]),
        missing=result["missing_tokens"],
        consumed=result["consumed_tokens"],
        remaining=result["remaining_tokens"],
        produced=result["produced_tokens"],
        problems=tuple(step.label for step in result["transitions_with_problems"] if step.label),
    )
