"""Small case views to draw and measure, and the texts of a figure."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

MONDAY = dt.datetime(2024, 1, 1)


def view(rows, **columns):
    """Return a case view of (case, activity, hours since Monday midnight, ...)."""
    return pl.DataFrame(
        {
            "case": pl.Series([row[0] for row in rows], dtype=pl.UInt32),
            "event": pl.Series(range(len(rows)), dtype=pl.UInt32),
            "activity": pl.Series([row[1] for row in rows], dtype=pl.String),
            "time": pl.Series(
                [MONDAY + dt.timedelta(hours=row[2]) for row in rows], dtype=pl.Datetime("us")
            ),
            **columns,
        }
    )


def starts(hours):
    """Return start times for a view."""
    return pl.Series([MONDAY + dt.timedelta(hours=h) for h in hours], dtype=pl.Datetime("us"))


def texts(figure):
    """Return every text of a figure."""
    from matplotlib.text import Text

    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(Text) if text.get_visible()]


def many(cases, steps, names="ABCDEFG", seed=1):
    """Return a view of random walks with skewed waits."""
    made = np.random.default_rng(seed)
    rows = []
    for case in range(cases):
        at = float(made.uniform(0, 4000))
        for _ in range(int(made.integers(1, steps))):
            rows.append((case, names[int(made.integers(len(names)))], at))
            at += float(made.lognormal(2, 2))
    return view(rows)


BY_HAND = view(
    [(0, "A", 9.0), (0, "B", 12.5), (1, "A", 9.5), (1, "B", 10.0)],
    start=starts([8.0, 12.0, 9.0, 9.75]),
    role=["desk", "store", "desk", "store"],
)
