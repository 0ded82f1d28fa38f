"""Conformance checking: how well a log fits a model, and where the two part company."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from mining.alignments import Alignment, Sequence, align, available_engine
from mining.discovery import Model
from mining.precision import METHOD, etc_precision
from mining.variants import counted
from o2c_sim.errors import LogError, ModelError, Problem

Variants = Mapping[Sequence, int]
KINDS = pl.Enum(["missing", "unexpected"])


@dataclass(frozen=True, slots=True)
class Conformance:
    """How a log and a model agree.

    Parameters
    ----------
    model
        Name of the model.
    cases, variants
        How many the log has.
    checked_cases, checked_variants
        How many of them were aligned; the figures below speak of these.
    fitting_share
        Share of cases (0 to 1) without a deviation.
    average_fitness
        Mean over cases of the trace fitness: 1 minus deviations over the worst case, in which
        every event is unexpected and a shortest run of the model is missing.
    log_fitness
        The same ratio of the sums over all cases.
    precision
        0 to 1, or None where not asked for; see *method*.
    precision_replayed
        Share of the log's prefixes that the precision speaks of, or None.
    deviations
        ``kind`` (``missing``: the model asks for it; ``unexpected``: the model does not allow
        it), ``activity``, ``cases`` (that have it), ``occurrences``, ``share`` (of checked
        cases); most cases first. An activity at the wrong moment is both unexpected and missing.
    worst_variants
        ``activities``, ``count``, ``deviations``, ``fitness``, ``missing``, ``unexpected`` (the
        activities) of each checked variant that does not fit; most deviations over all its cases
        first.
    method
        What was computed and how, in one sentence.
    coverage
        What part of the log was checked, in one sentence.
    """

    model: str
    cases: int
    variants: int
    checked_cases: int
    checked_variants: int
    fitting_share: float
    average_fitness: float
    log_fitness: float
    precision: float | None
    precision_replayed: float | None
    deviations: pl.DataFrame = field(repr=False)
    worst_variants: pl.DataFrame = field(repr=False)
    method: str = ""
    coverage: str = ""


def check(
    cases: pl.DataFrame,
    model: Model,
    *,
    precision: bool = True,
    engine: str | None = None,
    max_variants: int = 20_000,
) -> Conformance:
    """Return how well a log fits a model and where the two part company.

    Parameters
    ----------
    cases
        A case view, in any row order.
    model
        The model, over the log's own activity names.
    precision
        Compute the precision as well.
    engine
        ``r4pm`` or ``pm4py``; the faster one installed if None.
    max_variants
        The most frequent variants to align; bounds the time, and the result says what it leaves
        out.

    Returns
    -------
    Conformance
        Every figure weighs a variant by its cases, so it is that of the whole log.

    Raises
    ------
    LogError
        If the log has no cases or lacks a column.
    ModelError
        If the model has no run from its initial to its final marking.
    MissingDependencyError
        If no engine is installed.

    References
    ----------
    Fitness: Adriansyah, van Dongen, van der Aalst, "Conformance checking using cost-based fitness
    analysis", EDOC 2011. Precision: see :func:`mining.precision.etc_precision`.
    """
    return check_variants(
        counted(cases), model, precision=precision, engine=engine, max_variants=max_variants
    )


def check_variants(
    variants: Variants,
    model: Model,
    *,
    precision: bool = True,
    engine: str | None = None,
    max_variants: int = 20_000,
) -> Conformance:
    """Do what :func:`check` does for variants with their number of cases, the frequent first."""
    engine = engine or available_engine()
    chosen = list(variants)[:max_variants]
    results = align({(): None, **dict.fromkeys(chosen)}, model, engine=engine)
    shortest = results[()]
    if shortest is None:
        raise ModelError(
            Problem("no run leads from its initial to its final marking", where=model.name)
        )
    return assess(
        variants,
        {sequence: results[sequence] for sequence in chosen},
        dict.fromkeys(chosen, shortest.cost),
        model,
        precision=precision,
        engine=engine,
    )


def assess(
    variants: Variants,
    results: Mapping[Sequence, Alignment | None],
    shortest: Mapping[Sequence, int],
    model: Model,
    *,
    precision: bool,
    engine: str,
) -> Conformance:
    """Sum up alignments that are there already.

    Parameters
    ----------
    variants
        Cases by sequence of activities.
    results
        The alignment of each sequence; None or absent where there is none.
    shortest
        Visible steps of the shortest run of the model that each sequence was aligned with.
    model
        The model, for its name and for the precision.
    precision
        Compute the precision as well.
    engine
        What aligned.

    Returns
    -------
    Conformance
        See :func:`check`.

    Raises
    ------
    LogError
        If there are no variants.
    ModelError
        If nothing was aligned.
    """
    if not variants:
        raise LogError(Problem("a log without cases cannot be checked"))
    aligned = {s: result for s in variants if (result := results.get(s)) is not None}
    if not aligned:
        raise ModelError(Problem("no case could be aligned within the limit", where=model.name))
    counts = {sequence: variants[sequence] for sequence in aligned}
    worst = {sequence: len(sequence) + shortest[sequence] for sequence in aligned}
    fitness = {
        sequence: 1.0 - result.cost / worst[sequence] if worst[sequence] else 1.0
        for sequence, result in aligned.items()
    }
    checked = sum(counts.values())
    total_worst = sum(counts[sequence] * worst[sequence] for sequence in aligned)
    total_cost = sum(counts[sequence] * aligned[sequence].cost for sequence in aligned)
    measured = etc_precision(variants, model) if precision else None
    return Conformance(
        model=model.name,
        cases=sum(variants.values()),
        variants=len(variants),
        checked_cases=checked,
        checked_variants=len(aligned),
        fitting_share=sum(n for s, n in counts.items() if aligned[s].cost == 0) / checked,
        average_fitness=sum(n * fitness[s] for s, n in counts.items()) / checked,
        log_fitness=1.0 - total_cost / total_worst if total_worst else 1.0,
        precision=measured.value if measured else None,
        precision_replayed=measured.replayed if measured else None,
        deviations=deviation_table(aligned, counts),
        worst_variants=worst_variants(aligned, counts, fitness),
        method=f"optimal alignments of variants ({engine}, unit costs)"
        + (f"; {METHOD}" if precision else ""),
        coverage=_coverage(variants, checked, len(aligned)),
    )


def deviation_table(aligned: Mapping[Sequence, Alignment], counts: Variants) -> pl.DataFrame:
    """Return the deviations of aligned variants, as :class:`Conformance` has them."""
    cases: Counter[tuple[str, str]] = Counter()
    occurrences: Counter[tuple[str, str]] = Counter()
    for sequence, result in aligned.items():
        moves = [("missing", a) for a in result.missing]
        moves += [("unexpected", a) for a in result.unexpected]
        for move, times in Counter(moves).items():
            cases[move] += counts[sequence]
            occurrences[move] += counts[sequence] * times
    total = sum(counts.values())
    return pl.DataFrame(
        {
            "kind": pl.Series([kind for kind, _ in cases], dtype=KINDS),
            "activity": pl.Series([activity for _, activity in cases], dtype=pl.String),
            "cases": pl.Series(list(cases.values()), dtype=pl.Int64),
            "occurrences": pl.Series([occurrences[move] for move in cases], dtype=pl.Int64),
            "share": pl.Series([n / total for n in cases.values()], dtype=pl.Float64),
        }
    ).sort(["cases", "occurrences", "kind", "activity"], descending=[True, True, False, False])


def worst_variants(
    aligned: Mapping[Sequence, Alignment],
    counts: Variants,
    fitness: Mapping[Sequence, float],
) -> pl.DataFrame:
    """Return the variants that do not fit, as :class:`Conformance` has them."""
    rows = [sequence for sequence, result in aligned.items() if result.cost]
    rows.sort(key=lambda s: (-counts[s] * aligned[s].cost, s))
    return pl.DataFrame(
        {
            "activities": pl.Series([list(s) for s in rows], dtype=pl.List(pl.String)),
            "count": pl.Series([counts[s] for s in rows], dtype=pl.Int64),
            "deviations": pl.Series([aligned[s].cost for s in rows], dtype=pl.Int64),
            "fitness": pl.Series([fitness[s] for s in rows], dtype=pl.Float64),
            **{
                kind: pl.Series(
                    [list(getattr(aligned[s], kind)) for s in rows], dtype=pl.List(pl.String)
                )
                for kind in ("missing", "unexpected")
            },
        }
    )


def _coverage(variants: Variants, checked: int, aligned: int) -> str:
    total = sum(variants.values())
    if checked == total:
        return f"all {total:,} cases in {len(variants):,} variants"
    return (
        f"{checked:,} of {total:,} cases ({checked / total:.1%}) in {aligned:,} of "
        f"{len(variants):,} variants; the rest was left out for time"
    )
