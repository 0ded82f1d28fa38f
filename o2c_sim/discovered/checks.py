"""What a table of histories must hold, so that it can be run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from o2c_sim.discovered.model import HOURS_OF_WEEK, NO_POOL, Floats, Histories
from o2c_sim.errors import Problem, did_you_mean

COLUMNS: Mapping[str, tuple[pl.DataType, str]] = {
    "case": (pl.Int64(), "whole numbers from 0, together and in order"),
    "activity": (pl.String(), "names of activities in model.yaml"),
    "pool": (pl.String(), "names of pools in model.yaml, or null"),
    "delay_hours": (pl.Float64(), "hours from 0"),
    "work_hours": (pl.Float64(), "hours from 0"),
    "hour": (pl.Float64(), "hours of the week, from 0 to 168"),
    "weight": (pl.Float64(), "positive numbers, the same in all steps of a case"),
    "predecessors": (pl.List(pl.Int64()), "places of earlier steps of the case, from 0"),
}
_CENTURY_HOURS = 876_600.0


def histories_of(
    table: pl.DataFrame, activities: Sequence[str], pools: Sequence[str], where: str
) -> tuple[Histories | None, list[Problem]]:
    """Return the histories of a table, or what is wrong with it.

    Parameters
    ----------
    table
        A row for each step, with :data:`COLUMNS`.
    activities, pools
        Known names.
    where
        What to call the table.
    """
    problems = [
        Problem(f"the column {name!r} is missing", where, ", ".join(COLUMNS))
        for name in COLUMNS
        if name not in table.columns
    ]
    problems += [
        Problem(f"unknown column {name!r}", where, ", ".join(COLUMNS), did_you_mean(name, COLUMNS))
        for name in table.columns
        if name not in COLUMNS
    ]
    problems += [
        Problem(f"the column {name!r} is of type {table.schema[name]}", where, str(kind))
        for name, (kind, _) in COLUMNS.items()
        if name in table.columns and table.schema[name] != kind
    ]
    if not problems and table.is_empty():
        problems.append(Problem("there is no step", where, "at least one"))
    if problems:
        return None, problems
    faults = _faults(table, activities, pools)
    for name, (_, allowed) in COLUMNS.items():
        if name in faults and (rows := faults[name]).any():
            row = int(rows.arg_max() or 0)
            cell = table[name][row]
            value = str(cell.to_list() if isinstance(cell, pl.Series) else cell)[:60]
            problems.append(
                Problem(f"{name} is {value}", where=f"{where}, row {row + 1}", allowed=allowed)
            )
    return (None, problems) if problems else (_histories(table, activities, pools), [])


def _faults(
    table: pl.DataFrame, activities: Sequence[str], pools: Sequence[str]
) -> dict[str, pl.Series]:
    """Return by column which rows are wrong."""
    case, before = pl.col("case"), pl.col("case").shift(1)
    place = pl.int_range(pl.len()).over("case")
    places = pl.col("predecessors")

    def within(name: str, low: float, high: float) -> pl.Expr:
        # NaN is greater than every number.
        return ~pl.col(name).is_between(low, high).fill_null(False) | pl.col(name).is_nan()

    weight = pl.col("weight")
    checks = {
        "case": case.is_null() | (case != before.fill_null(-1) + (case != before).fill_null(True)),
        "activity": ~pl.col("activity").is_in(list(activities)).fill_null(False),
        "pool": ~pl.col("pool").is_in(list(pools)).fill_null(True),
        "delay_hours": within("delay_hours", 0, _CENTURY_HOURS),
        "work_hours": within("work_hours", 0, _CENTURY_HOURS),
        "hour": within("hour", 0, HOURS_OF_WEEK),
        "weight": within("weight", 1e-12, 1e12) | (weight != weight.first().over("case")),
        "predecessors": places.is_null()
        | places.list.eval(pl.element().is_null()).list.any()
        | (places.list.min() < 0).fill_null(False)
        | (places.list.max() >= place).fill_null(False)
        | (places.list.n_unique() < places.list.len()),
    }
    found = table.select(**{name: check.fill_null(True) for name, check in checks.items()})
    return found.to_dict()


def _histories(table: pl.DataFrame, activities: Sequence[str], pools: Sequence[str]) -> Histories:
    counts = table["case"].rle().struct.field("len").to_numpy()
    numbers = {name: number for number, name in enumerate(activities)}
    of_pool = {name: number for number, name in enumerate(pools)}
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    lengths = table["predecessors"].list.len().to_numpy()
    flat = table["predecessors"].list.explode(keep_nulls=False, empty_as_null=False)
    return Histories(
        case=first,
        activity=np.array([numbers[name] for name in table["activity"]], dtype=np.int64),
        pool=np.array(
            [NO_POOL if name is None else of_pool[name] for name in table["pool"]], dtype=np.int64
        ),
        delay_hours=_floats(table["delay_hours"]),
        work_hours=_floats(table["work_hours"]),
        predecessor=flat.to_numpy().astype(np.int64),
        predecessors=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        hour=_floats(table["hour"]),
        weight=_floats(table["weight"])[first[:-1]],
    )


def _floats(column: pl.Series) -> Floats:
    values: Floats = column.to_numpy().astype(np.float64)
    return values
