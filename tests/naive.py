"""Slow, obvious twins of the fast algorithms, and logs small enough to write by hand."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl

START = datetime(2026, 1, 5, 8, 0)


def case_view(traces: Iterable[Sequence[str]], *, hours: float = 1.0) -> pl.DataFrame:
    """Return a case view with one case per trace and *hours* between its events."""
    rows = [
        (case, activity, START + timedelta(hours=place * hours))
        for case, trace in enumerate(traces)
        for place, activity in enumerate(trace)
    ]
    table = pl.DataFrame(
        rows,
        schema={"case": pl.UInt32, "activity": pl.String, "time": pl.Datetime("us")},
        orient="row",
    )
    return table.with_columns(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("event"),
        pl.col("activity").cast(pl.Enum(table["activity"].unique().sort())),
        pl.lit(None, pl.Datetime("us")).alias("start"),
        pl.lit(None, pl.Boolean).alias("automated"),
    ).select("case", "event", "activity", "start", "time", "automated")


def traces(cases: pl.DataFrame) -> dict[int, list[tuple[datetime, str]]]:
    """Return each case's (time, activity), sorted by time and then by event number."""
    found: dict[int, list[tuple[datetime, int, str]]] = defaultdict(list)
    for row in cases.iter_rows(named=True):
        found[row["case"]].append((row["time"], row["event"], str(row["activity"])))
    return {case: [(time, act) for time, _, act in sorted(found[case])] for case in sorted(found)}


def directly_follows(cases: pl.DataFrame) -> dict[tuple[str, str], dict[str, float]]:
    """Return count, distinct cases, mean, median and p90 hours of each pair, by looping."""
    hours: dict[tuple[str, str], list[float]] = defaultdict(list)
    members: dict[tuple[str, str], set[int]] = defaultdict(set)
    for case, events in traces(cases).items():
        for (before, source), (after, target) in pairwise(events):
            hours[source, target].append((after - before) / timedelta(hours=1))
            members[source, target].add(case)
    return {
        pair: {
            "count": len(values),
            "cases": len(members[pair]),
            "mean_hours": statistics.fmean(values),
            "median_hours": statistics.median(values),
            "p90_hours": quantile(values, 0.9),
        }
        for pair, values in hours.items()
    }


def variants(cases: pl.DataFrame) -> Counter[tuple[str, ...]]:
    """Return the cases of each sequence of activities."""
    return Counter(tuple(name for _, name in events) for events in traces(cases).values())


def quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile by linear interpolation between the order statistics."""
    ranked = sorted(values)
    place = share * (len(ranked) - 1)
    below = int(place)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (place - below) * (ranked[above] - ranked[below])


def etc_precision(counts: Mapping[tuple[str, ...], int], model: Any) -> float:
    """Return the ETC precision by trying every run of the net for every prefix, one by one."""
    prefixes: Counter[tuple[str, ...]] = Counter()
    followers: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for sequence, count in counts.items():
        for length in range(len(sequence)):
            prefixes[sequence[:length]] += count
            followers[sequence[:length]].add(sequence[length])
    allowed_total = escaping_total = 0
    for prefix, weight in prefixes.items():
        markings = _cheapest_markings(prefix, model)
        if not markings:
            continue
        allowed = {label for marking in markings for label in _possible(marking, model)}
        allowed_total += weight * len(allowed)
        escaping_total += weight * len(allowed - followers[prefix])
    return 1 - escaping_total / allowed_total if allowed_total else 1.0


_Tokens = frozenset[tuple[str, int]]


def _steps(marking: _Tokens, model: Any) -> list[tuple[str | None, _Tokens]]:
    tokens = dict(marking)
    found = []
    for step in model.net.transitions:
        if all(tokens.get(arc.source.name, 0) >= arc.weight for arc in step.in_arcs):
            after = Counter(tokens)
            for arc in step.in_arcs:
                after[arc.source.name] -= arc.weight
            for arc in step.out_arcs:
                after[arc.target.name] += arc.weight
            found.append((step.label, frozenset((p, n) for p, n in after.items() if n)))
    return found


def _start(model: Any) -> _Tokens:
    return frozenset((place.name, count) for place, count in model.initial.items())


def _cheapest_markings(prefix: tuple[str, ...], model: Any) -> set[_Tokens]:
    """Return the markings right after the prefix with the fewest silent steps on the way."""
    best = {(0, _start(model)): 0}
    waiting = [(0, 0, _start(model))]
    while waiting:
        waiting.sort(key=lambda state: -state[0])
        cost, place, marking = waiting.pop()
        for label, target in _steps(marking, model):
            if label is None:
                state, price = (place, target), cost + 1
            elif place < len(prefix) and label == prefix[place]:
                state, price = (place + 1, target), cost
            else:
                continue
            if price < best.get(state, price + 1):
                best[state] = price
                waiting.append((price, *state))
    reached = {marking: cost for (place, marking), cost in best.items() if place == len(prefix)}
    fewest = min(reached.values(), default=0)
    return {marking for marking, cost in reached.items() if cost == fewest}


def _possible(marking: _Tokens, model: Any) -> set[str]:
    """Return the activities possible from a marking, silent steps permitted before them."""
    seen, waiting, labels = {marking}, [marking], set[str]()
    while waiting:
        for label, target in _steps(waiting.pop(), model):
            if label is not None:
                labels.add(label)
            elif target not in seen:
                seen.add(target)
                waiting.append(target)
    return labels
