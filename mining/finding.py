"""A finding about the quality of a log, with the rows that show it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

ENOUGH = 50
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One sign that a part of the log does not mean what it seems to mean.

    Parameters
    ----------
    kind
        A stable name of the sign, such as ``day_grain``.
    severity
        ``serious`` (numbers will be wrong), ``warning`` (some will) or ``info``.
    message
        What was found, with its numbers.
    count
        How many events or cases are concerned.
    unit
        What *count* counts: ``events``, ``cases``, ``objects``, ``relations`` or ``rows``.
    spoils
        The analyses that suffer.
    advice
        What to do about it.
    examples
        Where to look: a few of the events, cases or objects concerned.
    """

    kind: str
    severity: str
    message: str
    count: int
    unit: str
    spoils: str
    advice: str
    examples: tuple[str, ...] = ()


def examples(rows: pl.DataFrame) -> tuple[str, ...]:
    """Return a few events as text.

    Parameters
    ----------
    rows
        Events with ``event`` (its number from 0, in the order of the log), ``activity``,
        ``local`` (completion on the company's clock) and, where known, ``case_id``.
    """
    return tuple(
        f"{row.get('case_id', '')}: {row['activity']}, {row['local']:%Y-%m-%d %H:%M:%S} "
        f"(event {row['event'] + 1})".removeprefix(": ")
        for row in rows.head(EXAMPLES).iter_rows(named=True)
    )
