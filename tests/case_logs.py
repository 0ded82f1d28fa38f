"""Small flat logs made of rows, for tests that need to know every case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from o2c_sim.eventlog import EventLog

DAY_ONE = dt.datetime(2024, 1, 1, 8)
Row = tuple[str, float]


def case_log(
    cases: Mapping[str, Sequence[Row]],
    attributes: Mapping[str, Sequence[object]] | None = None,
    *,
    people: str | None = None,
    source: str = "made by a test",
) -> EventLog:
    """Return a log of cases given as (activity, hours after the first day) in order."""
    rows = [(case, name, hours) for case, events in cases.items() for name, hours in events]
    ids = list(cases)
    number = {case: n for n, case in enumerate(ids)}
    names = sorted({name for _, name, _ in rows})
    events = pl.DataFrame(
        {
            "event": pl.Series(range(len(rows)), dtype=pl.UInt32),
            "activity": pl.Series([name for _, name, _ in rows], dtype=pl.Enum(names)),
            "start": pl.Series([None] * len(rows), dtype=pl.Datetime("us")),
            "time": pl.Series(
                [DAY_ONE + dt.timedelta(hours=hours) for *_, hours in rows],
                dtype=pl.Datetime("us"),
            ),
            "resource": pl.Series(
                [people and f"{people}{n % 3}" for n in range(len(rows))], dtype=pl.String
            ),
            "role": pl.Series([None] * len(rows), dtype=pl.String),
            "automated": pl.Series([None] * len(rows), dtype=pl.Boolean),
            "amount": pl.Series([None] * len(rows), dtype=pl.Float64),
        }
    )
    objects = pl.DataFrame(
        {
            "object": pl.Series(range(len(ids)), dtype=pl.UInt32),
            "object_id": ids,
            "type": pl.Series(["order"] * len(ids), dtype=pl.Enum(["order"])),
            **{name: list(values) for name, values in (attributes or {}).items()},
        }
    )
    pairs = pl.DataFrame(
        {
            "event": pl.Series(range(len(rows)), dtype=pl.UInt32),
            "object": pl.Series([number[case] for case, *_ in rows], dtype=pl.UInt32),
            "qualifier": pl.Series(["case"] * len(rows), dtype=pl.Enum(["case"])),
        }
    )
    return EventLog(events=events, objects=objects, event_objects=pairs, source=source)


def random_cases(seed: int, count: int, names: str = "abc") -> dict[str, list[Row]]:
    """Return cases of a few random activities at random hours, all within some weeks."""
    draw = np.random.default_rng(seed)
    cases = {}
    for n in range(count):
        hours = np.sort(draw.uniform(0, 600, draw.integers(1, 7)).round(3))
        cases[f"c{n:04d}"] = [(str(draw.choice(list(names))), float(h)) for h in hours]
    return cases


def shuffled(cases: Mapping[str, Sequence[Row]], seed: int) -> dict[str, Sequence[Row]]:
    """Return the same cases in another order."""
    keys = list(cases)
    np.random.default_rng(seed).shuffle(keys)
    return {key: cases[key] for key in keys}
