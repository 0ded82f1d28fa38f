"""What may lie behind an outcome: the attributes of cases, each as codes of its values."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

from mining.linked_objects import linked_objects
from mining.measures import local_date
from o2c_sim.eventlog import EventLog

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_OWN = ("object", "object_id", "type")
_KINDS = (pl.String, pl.Boolean, pl.Enum, pl.Categorical)
_CLASSES = (0.2, 0.4, 0.6, 0.8)
# More values than that are an amount or a measure, not a kind.
_MOST_KINDS = 12
# Who does what fewer cases have is rather a part of what went wrong than a cause.
_USUAL = 0.5
WEEKDAY, MONTH = "weekday of the first event", "month of the first event"


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of cases.

    Parameters
    ----------
    name
        Its name; ``customer.segment`` for that of a linked object.
    levels
        Its values, as text.
    codes
        For each case the number of its value; -1 where it has none.
    """

    name: str
    levels: tuple[str, ...]
    codes: npt.NDArray[np.int64]


def attributes_of(
    log: EventLog, case_type: str, cases: pl.Series, *, activities: Collection[str] = ()
) -> list[Attribute]:
    """Return all attributes of some cases.

    The case's own attributes and those of the one object of another type that it leads to, and
    which object that is; numbers as fifths; weekday and month of the first event (local); who did
    each activity that at least half of the cases have, at its first time.

    Parameters
    ----------
    log, case_type
        The log and what a case is.
    cases
        Object numbers; attributes come in their order.
    activities
        Activities of which it does not matter who does them, because the outcome is made of them.

    Returns
    -------
    list of Attribute
        Those with at least two values, in a fixed order.
    """
    index = pl.DataFrame({"case": cases})
    found = [
        *_of_objects(log, case_type, index),
        *_of_time(log, case_type, index),
        *_of_people(log, case_type, index, activities),
    ]
    return [attribute for attribute in found if len(attribute.levels) > 1]


def _of_objects(log: EventLog, case_type: str, index: pl.DataFrame) -> Iterator[Attribute]:
    own = log.objects_of(case_type).rename({"object": "case"})
    yield from _columns(index.join(own, on="case", how="left", maintain_order="left"), "")
    for kind, links in linked_objects(log, case_type).items():
        other = log.objects_of(kind).rename({"object": "linked"})
        rows = index.join(
            links, left_on="case", right_on="object", how="left", maintain_order="left"
        ).join(other, on="linked", how="left", maintain_order="left")
        yield _coded(kind, rows["object_id"])
        yield from _columns(rows.drop("linked"), f"{kind}.")


def _columns(rows: pl.DataFrame, prefix: str) -> Iterator[Attribute]:
    for name in rows.columns:
        column = rows[name]
        if name in ("case", *_OWN) or column.null_count() == column.len():
            continue
        if column.dtype.is_numeric() and column.n_unique() > _MOST_KINDS:
            yield _fifths(prefix + name, column)
        elif column.dtype.is_numeric() or column.dtype in _KINDS:
            yield _coded(prefix + name, column.cast(pl.String))


def _of_time(log: EventLog, case_type: str, index: pl.DataFrame) -> Iterator[Attribute]:
    firsts = log.flatten(case_type).group_by("case").agg(pl.col("time").min())
    days = index.join(firsts, on="case", how="left", maintain_order="left").select(
        local_date("time", log.zone)
    )["time"]
    yield _coded(
        WEEKDAY, days.dt.weekday().replace_strict(dict(enumerate(_WEEKDAYS, 1)), default=None)
    )
    yield _coded(MONTH, days.dt.strftime("%Y-%m"))


def _of_people(
    log: EventLog, case_type: str, index: pl.DataFrame, without: Collection[str]
) -> Iterator[Attribute]:
    if log.events["resource"].null_count() == log.events.height:
        return
    firsts = (
        log.flatten(case_type)
        .lazy()
        .select(
            "case", "time", pl.col("activity").cast(pl.String), pl.col("resource").cast(pl.String)
        )
        # Of people at one instant the first by name: the order of rows is no matter.
        .sort("case", "time", "resource")
        .group_by("case", "activity", maintain_order=True)
        .agg(pl.col("resource").first())
        .join(index.lazy(), on="case", how="semi")
        .collect()
    )
    for (activity,), part in sorted(firsts.partition_by("activity", as_dict=True).items()):
        if activity in without or part.height < _USUAL * index.height:
            continue
        rows = index.join(part, on="case", how="left", maintain_order="left")
        yield _coded(f"who does {activity}", rows["resource"])


def _fifths(name: str, column: pl.Series) -> Attribute:
    values = column.cast(pl.Float64).fill_nan(None)
    cuts = sorted({float(values.quantile(level, "nearest") or 0.0) for level in _CLASSES})
    texts = [f"{cut:,.6g}" for cut in cuts]
    labels = [f"up to {texts[0]}"]
    labels += [f"{low} to {high}" for low, high in pairwise(texts)]
    labels.append(f"over {texts[-1]}")
    places = np.searchsorted(np.array(cuts), values.fill_null(0.0).to_numpy(), "left")
    places[values.is_null().to_numpy()] = -1
    used = sorted({int(place) for place in places if place >= 0})
    codes = np.searchsorted(np.array(used), places)
    codes[places < 0] = -1
    return Attribute(name, tuple(labels[place] for place in used), codes.astype(np.int64))


def _coded(name: str, column: pl.Series) -> Attribute:
    levels = column.drop_nulls().unique().sort()
    ranks = column.rank("dense").cast(pl.Int64).fill_null(0) - 1
    return Attribute(name, tuple(levels.to_list()), ranks.to_numpy().astype(np.int64))
