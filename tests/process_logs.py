"""Event tables of small processes, for tests of validation."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

MONDAY = dt.datetime(2024, 1, 1)


def events(*rows: tuple[str, str, float, float]) -> pl.DataFrame:
    """Return an event table of (case, activity, start, end) in hours after a Monday."""
    hour = dt.timedelta(hours=1)
    return pl.DataFrame(
        {
            "case": [case for case, *_ in rows],
            "activity": [activity for _, activity, *_ in rows],
            "start": [MONDAY + start * hour for *_, start, _ in rows],
            "time": [MONDAY + end * hour for *_, end in rows],
            "resource": [None] * len(rows),
            "event": range(len(rows)),
        },
        schema_overrides={
            "start": pl.Datetime("us"),
            "time": pl.Datetime("us"),
            "resource": pl.String,
        },
    )


def office_process(seed: int, days: int = 60, *, slower: float = 1.0) -> pl.DataFrame:
    """Return a log of about six cases a working day: register, check, at times mend, decide."""
    draw = np.random.default_rng(seed)
    rows = []
    number = 0
    for day in range(days):
        if day % 7 > 4:
            continue
        for arrival in np.sort(9 + 7 * draw.random(draw.poisson(6))):
            names = ["register", "check", *(["mend"] if draw.random() < 0.3 else []), "decide"]
            at = 24 * day + float(arrival)
            for name in names:
                end = at + float(draw.exponential(0.5)) * slower
                rows.append((f"c{number}", name, at, end))
                at = end + float(draw.exponential(2.0)) * slower
            number += 1
    return events(*rows)
