"""A discovered process as a folder: a text to read and edit, and the histories.

- ``model.yaml``: see :mod:`o2c_sim.discovered.document`
- ``histories.parquet``: a row for each step, see :data:`o2c_sim.discovered.checks.COLUMNS`
- ``arrival_gaps.parquet``: one column, ``gap``, in units of the mean time between arrivals
"""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from o2c_sim.atomic import new_folder
from o2c_sim.discovered.checks import COLUMNS, histories_of
from o2c_sim.discovered.document import Document, document_text, facts
from o2c_sim.discovered.levers import with_delay_factor, with_work_factor, without_left_out
from o2c_sim.discovered.model import NO_POOL, DiscoveredModel, Floats, Histories
from o2c_sim.errors import ModelError, Problem
from o2c_sim.model.loading import parse
from o2c_sim.model.yaml_tree import MAX_BYTES as TEXT_BYTES
from o2c_sim.model.yaml_tree import read_text

MODEL, HISTORIES, GAPS = "model.yaml", "histories.parquet", "arrival_gaps.parquet"
MAX_BYTES = 2_000_000_000
_MAX_STEPS = 50_000_000


def save(model: DiscoveredModel, folder: Path | str, *, replace: bool = False) -> Path:
    """Write a model as :func:`load` reads it, whole or not at all.

    Parameters
    ----------
    model
        The model.
    folder
        Where.
    replace
        Replace an existing folder instead of refusing it.

    Raises
    ------
    UsageError
        If *folder* exists and *replace* is false.
    ModelError
        If the text would be too long to be read again.
    """
    model = dataclasses.replace(model, histories=without_left_out(model.histories))
    text = document_text(model)
    size = len(text.encode())
    if size > TEXT_BYTES:
        raise ModelError(
            Problem(
                f"{len(model.activities):,} activities and their people make a {MODEL} of "
                f"{size:,} bytes",
                where=str(folder),
                allowed=f"at most {TEXT_BYTES:,}, so that it can be read again",
                suggestion="fewer or shorter names (a mapping file with `activities:`)",
            )
        )
    with new_folder(folder, replace=replace) as aside:
        (aside / MODEL).write_text(text, encoding="utf-8")
        _table(model).write_parquet(aside / HISTORIES)
        pl.DataFrame({"gap": model.arrivals.gaps}).write_parquet(aside / GAPS)
    return Path(folder)


def load(folder: Path | str) -> DiscoveredModel:
    """Read a model.

    Parameters
    ----------
    folder
        Written by :func:`save`; its ``model.yaml`` may have been edited.

    Raises
    ------
    ModelError
        With every problem found, and where it is.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ModelError(Problem("there is no such folder", str(folder), f"a folder with {MODEL}"))
    document = parse(
        read_text(folder / MODEL, ModelError), Document, str(folder / MODEL), ModelError
    )
    activities = tuple(document.activities)
    table = _read(folder / HISTORIES)
    histories, problems = histories_of(
        table, activities, tuple(document.pools), str(folder / HISTORIES)
    )
    gaps = _gaps(folder / GAPS, problems)
    if histories is not None:
        problems += _edited(document, histories, str(folder / MODEL))
    if problems or histories is None or gaps is None:
        raise ModelError(problems)
    model = DiscoveredModel(
        name=document.name,
        source=document.source,
        activities=activities,
        pools=document.pools_of_model(),
        arrivals=document.arrivals_with(gaps),
        histories=histories,
        routing=document.routing_of_model(),
    )
    for name, part in document.activities.items():
        if part.work_factor != 1:
            model = with_work_factor(model, name, part.work_factor)
        if part.delay_factor != 1:
            model = with_delay_factor(model, name, part.delay_factor)
    return model


def _table(model: DiscoveredModel) -> pl.DataFrame:
    histories = model.histories
    steps = np.diff(histories.case)
    names = [pool.name for pool in model.pools]
    pools = [None if number == NO_POOL else names[number] for number in histories.pool.tolist()]
    edges, bounds = histories.predecessor.tolist(), histories.predecessors.tolist()
    before = [edges[low:high] for low, high in pairwise(bounds)]
    columns = {
        "case": np.repeat(np.arange(histories.cases), steps),
        "activity": [model.activities[number] for number in histories.activity.tolist()],
        "pool": pools,
        "delay_hours": histories.delay_hours,
        "work_hours": histories.work_hours,
        "hour": histories.hour,
        "weight": np.repeat(histories.weight, steps),
        "predecessors": before,
    }
    return pl.DataFrame(columns, schema={name: kind for name, (kind, _) in COLUMNS.items()})


def _read(path: Path) -> pl.DataFrame:
    """Return a Parquet file of a sensible size."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ModelError(
                Problem(f"the file has {size:,} bytes", str(path), f"at most {MAX_BYTES:,}")
            )
        rows = pl.scan_parquet(path).select(pl.len()).collect().item()
        if rows > _MAX_STEPS:
            raise ModelError(Problem(f"{rows:,} rows", str(path), f"at most {_MAX_STEPS:,}"))
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise ModelError(
            Problem(f"cannot be read: {str(fault).splitlines()[0][:200]}", str(path), "Parquet")
        ) from fault


def _gaps(path: Path, problems: list[Problem]) -> Floats | None:
    """Return the gaps, or None; add what is wrong to *problems*."""
    table = _read(path)
    allowed = "one column, gap, of numbers from 0 whose mean is 1"
    if table.columns != ["gap"] or table.schema["gap"] != pl.Float64():
        problems.append(Problem(f"the columns are {dict(table.schema)}", str(path), allowed))
        return None
    if table["gap"].null_count():
        problems.append(Problem("a gap is missing", str(path), allowed))
        return None
    gaps: Floats = table["gap"].to_numpy().astype(np.float64)
    wrong = np.flatnonzero(~(np.isfinite(gaps) & (gaps >= 0)))
    if wrong.size:
        row = int(wrong[0])
        problems.append(Problem(f"a gap of {gaps[row]:g}", f"{path}, row {row + 1}", allowed))
    elif not gaps.size or abs(gaps.mean() - 1) > 1e-6:
        mean = f"the mean is {gaps.mean():g}" if gaps.size else "there is no gap"
        problems.append(Problem(mean, str(path), allowed))
    return gaps


def _edited(document: Document, histories: Histories, where: str) -> list[Problem]:
    """Return what was changed in the text though it is read off the histories."""
    found = facts(histories, tuple(document.activities))
    return [
        Problem(
            f"activities.{name}: {', '.join(map(str, part.facts()))} is not what the histories say",
            where=where,
            allowed=", ".join(map(str, found[name].facts()))
            + " (steps, cases, median work and delay in hours)",
            suggestion="edit work_factor or delay_factor instead",
        )
        for name, part in document.activities.items()
        if part.facts() != found[name].facts()
    ]
