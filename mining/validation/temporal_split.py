"""The split of the literature: the first part of the events trains, the last part tests."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mining.validation.event_table import cases_of
from o2c_sim.errors import LogError, Problem

# Of the events; what the published comparisons of simulation methods use.
TRAINING_SHARE = 0.8
# Fewer cases than this on either side tell nothing about a distribution.
FEWEST_CASES = 5


@dataclass(frozen=True, slots=True)
class TemporalSplit:
    """A log cut in two by time.

    Parameters
    ----------
    train, test
        Event tables; see :func:`mining.validation.event_table.event_table`.
    cut_cases
        Number of cases with events on both sides, which are in neither.
    """

    train: pl.DataFrame
    test: pl.DataFrame
    cut_cases: int


def temporal_split(
    events: pl.DataFrame, share: float = TRAINING_SHARE, *, source: str = ""
) -> TemporalSplit:
    """Split a log by the end of its events.

    All events are sorted by their end (those of one instant stay in the order of the file); the
    first *share* of the events trains, the rest tests, and cases that the border cuts are dropped
    from both.

    Parameters
    ----------
    events
        The event table of the whole log.
    share
        Share of events that train, above 0 and below 1.
    source
        What to call the log in messages.

    Raises
    ------
    LogError
        If fewer than :data:`FEWEST_CASES` whole cases are left on a side.
    ValueError
        If *share* is not a proper share.

    References
    ----------
    Kirchdorfer et al., "AgentSimulator: An agent-based approach for data-driven business process
    simulation", 2024.
    """
    if not 0 < share < 1:
        raise ValueError(f"share {share}: above 0 and below 1")
    ordered = events.sort("time", maintain_order=True)
    border = int(events.height * share)
    first, last = ordered.head(border), ordered.tail(events.height - border)
    cut = first.select("case").unique().join(last.select("case").unique(), on="case")
    train, test = (part.join(cut, on="case", how="anti").sort("event") for part in (first, last))
    for part, name, where in ((train, "training", "before"), (test, "test", "after")):
        whole = part["case"].n_unique()
        if whole < FEWEST_CASES:
            raise LogError(
                Problem(
                    f"too short to be split by time: {whole} whole cases are left to the {name} "
                    f"part, {where} {ordered['time'][border]:%Y-%m-%d %H:%M}; the border cuts "
                    f"{cut.height} cases",
                    where=source,
                    allowed=f"at least {FEWEST_CASES} whole cases on either side",
                    suggestion="use a log that covers several times the length of a case",
                )
            )
    return TemporalSplit(train, test, cut.height)


def described(events: pl.DataFrame) -> dict[str, object]:
    """Return the size and the span of an event table, as plain data."""
    cases = cases_of(events)
    return {
        "cases": cases.height,
        "events": events.height,
        "activities": events["activity"].n_unique(),
        "resources": events["resource"].drop_nulls().n_unique(),
        "first_start": cases["start"].min(),
        "last_end": cases["end"].max(),
    }
