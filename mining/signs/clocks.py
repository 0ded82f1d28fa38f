"""Clocks that do not agree: activities whose working day lies hours away from the others'."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.finding import Finding, examples

_MANY = 200
_DAY_HOURS = 9
_IN_DAY = 0.65
_APART_HOURS = 4


def findings(single: pl.DataFrame, clocked: frozenset[str]) -> list[Finding]:
    """Return activities whose stamps seem to come from another time zone.

    Parameters
    ----------
    single
        Every event once, with ``activity`` as text and ``local``.
    clocked
        Activities at day grain or done in runs, whose hour is that of a machine.
    """
    people = single.filter(
        ~pl.col("automated").fill_null(value=False) & ~pl.col("activity").is_in(list(clocked))
    )
    people = people.filter(pl.len().over("activity") >= _MANY)
    counts = people.group_by("activity", pl.col("local").dt.hour().alias("hour")).len()
    days = []
    for (name,), part in sorted(counts.group_by("activity")):
        hours = np.zeros(24)
        hours[part["hour"].to_numpy()] = part["len"].to_numpy()
        windows = np.array([np.roll(hours, -begin)[:_DAY_HOURS].sum() for begin in range(24)])
        if windows.max() >= _IN_DAY * hours.sum():
            days.append((str(name), int(windows.argmax()), int(hours.sum())))
    if len(days) < 2:
        return []
    # The clock of most events is the one that the others are measured against.
    weight = np.zeros(24)
    for _, begin, size in days:
        weight[[(begin - 1) % 24, begin, (begin + 1) % 24]] += size
    usual = int(weight.argmax())
    found = []
    for name, begin, size in days:
        shift = (begin - usual + 12) % 24 - 12
        if abs(shift) < _APART_HOURS:
            continue
        found.append(
            Finding(
                "mixed_clocks", "warning",
                f"the working day of {name!r} begins about {begin:02d}:00, that of the other "
                f"activities about {usual:02d}:00: {shift:+d} hours, as stamped by another clock",
                size, "events", f"every duration to and from {name!r}, its place in the order",
                "ask which system stamps it and in which time zone; shift it before mining",
                examples(people.filter(pl.col("activity") == name)),
            )
        )  # fmt: skip
    return found
