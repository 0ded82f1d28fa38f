"""The results of a check as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from mining.conformance import Conformance

_LEGEND = "missing: the model asks for it there; unexpected: the model does not allow it there"


def fitness_text(result: Conformance) -> str:
    """Return fitness and precision in one line."""
    parts = [
        f"{result.fitting_share:.1%} of cases fit",
        f"average fitness {result.average_fitness:.4f}",
        f"log fitness {result.log_fitness:.4f}",
    ]
    if result.precision is not None:
        parts.append(f"precision {result.precision:.4f}")
    return ", ".join(parts)


def deviation_table(deviations: pl.DataFrame, top: int = 12) -> str:
    """Return the most frequent deviations."""
    from reports.cli.tables import text_table

    if deviations.is_empty():
        return "no deviations"
    rows = [
        (row["kind"], row["activity"], f"{row['cases']:,}", f"{row['share']:.1%}")
        for row in deviations.head(top).iter_rows(named=True)
    ]
    table = text_table(("deviation", "activity", "cases", "share"), rows, "llrr")
    more = deviations.height - top
    left = f"\n{more} more with --json" if more > 0 else ""
    return f"{table}{left}\n{_LEGEND}"


def span_text(stages: tuple[str, ...]) -> str:
    """Return what part of the process was checked, in one sentence."""
    from mining.rules import STAGES

    absent = [stage for stage in STAGES if stage not in stages]
    span = f"from {stages[0]} to {stages[-1]}" if len(stages) > 1 else f"only {stages[0]}"
    if not absent:
        return f"The log covers the whole process, {span}."
    return (
        f"The log covers {len(stages)} of the {len(STAGES)} stages of order to cash, {span}. "
        f"It records no {' and no '.join(filter(None, (', no '.join(absent[:-1]), absent[-1])))}, "
        f"so nothing is said about {'that' if len(absent) == 1 else 'these'}."
    )
