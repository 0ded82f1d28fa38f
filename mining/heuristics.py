"""The heuristics miner, fed with variants and counts instead of every event."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import polars as pl

from mining.discovery import Model, quiet_pm4py
from mining.variants import counted
from o2c_sim.errors import LogError, Problem, UsageError

DEPENDENCY = 0.5


def heuristics_net(cases: pl.DataFrame, dependency: float = DEPENDENCY) -> Any:
    """Return the heuristics net of a case view.

    Parameters
    ----------
    cases
        A case view, in any row order.
    dependency
        Dependencies weaker than this (-1 to 1) are left out.

    Returns
    -------
    pm4py.objects.heuristics_net.obj.HeuristicsNet
        Its arcs may leave activities without a way to the end; see :func:`discover_heuristics`.

    Raises
    ------
    LogError
        If the case view has no cases or lacks a column.
    UsageError
        If *dependency* is not between -1 and 1.

    References
    ----------
    Weijters, Ribeiro, "Flexible heuristics miner (FHM)", IEEE CIDM 2011.
    """
    if not -1.0 <= dependency <= 1.0:
        raise UsageError(Problem(f"dependency {dependency} is out of range", allowed="-1 to 1"))
    variants = counted(cases)
    if not variants:
        raise LogError(Problem("a model cannot be discovered from a log without cases"))
    direct: Counter[tuple[str, str]] = Counter()
    apart: Counter[tuple[str, str]] = Counter()
    triples: Counter[tuple[str, str, str]] = Counter()
    occurrences: Counter[str] = Counter()
    starts: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for trace, count in variants.items():
        starts[trace[0]] += count
        ends[trace[-1]] += count
        for name in trace:
            occurrences[name] += count
        for one, two in pairwise(trace):
            direct[one, two] += count
        for one, two, three in zip(trace, trace[1:], trace[2:], strict=False):
            apart[one, three] += count
            triples[one, two, three] += count
    with quiet_pm4py():
        from pm4py.algo.discovery.heuristics.variants import classic

        return classic.apply_heu_dfg(
            dict(direct),
            activities=sorted(occurrences),
            activities_occurrences=dict(occurrences),
            start_activities=dict(starts),
            end_activities=dict(ends),
            dfg_window_2=dict(apart),
            freq_triples=dict(triples),
            parameters={classic.Parameters.DEPENDENCY_THRESH: dependency},
        )


def discover_heuristics(cases: pl.DataFrame, dependency: float = DEPENDENCY) -> Model:
    """Return the Petri net of the heuristics net.

    Parameters and exceptions are those of :func:`heuristics_net`.

    Returns
    -------
    Model
        Without a process tree; it need not be sound.
    """
    net = heuristics_net(cases, dependency)
    with quiet_pm4py():
        from pm4py.objects.conversion.heuristics_net import converter

        petri, initial, final = converter.apply(net)
    return Model(f"heuristics miner, dependency {dependency:g}", petri, initial, final)
