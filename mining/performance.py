"""How often and how long: directly-follows relations and throughput times of a case view."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class DirectlyFollows:
    """The directly-follows graph of a case view, with frequency and performance.

    Parameters
    ----------
    edges
        One row per pair: ``source``, ``target`` (String), ``count`` (pairs), ``cases``
        (distinct cases), ``mean_hours``, ``median_hours``, ``p90_hours`` (completion to
        completion, calendar hours).
    activities
        One row per activity: ``activity`` (String), ``count``, ``cases``; ``automated_share``
        (0 to 1, null where the log does not say).
    starts, ends
        First and last activities: ``activity`` (String), ``count`` (cases).
    cases
        Number of cases.
    events
        Number of rows of the case view.
    """

    edges: pl.DataFrame
    activities: pl.DataFrame
    starts: pl.DataFrame
    ends: pl.DataFrame
    cases: int
    events: int
