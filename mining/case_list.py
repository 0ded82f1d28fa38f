"""The cases of a log as a list, and the events of one of them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mining.filters import case_attributes
from mining.variants import of_cases
from o2c_sim.errors import Problem, UsageError, did_you_mean
from o2c_sim.eventlog import EventLog

ORDERS = ("longest", "shortest", "first", "last", "most-events")
_SUGGESTED_FROM = 20_000


@dataclass(frozen=True, slots=True)
class CaseList:
    """A page of cases.

    Parameters
    ----------
    total
        How many cases there are.
    cases
        ``case`` (as people call it), ``first``, ``last`` (UTC), ``hours`` (calendar hours from
        first to last completion), ``events``, ``variant`` (rank by frequency), ``start_activity``,
        ``end_activity``.
    """

    total: int
    cases: pl.DataFrame


def case_list(
    log: EventLog, case_type: str, *, order: str = "longest", offset: int = 0, limit: int = 50
) -> CaseList:
    """Return cases, the longest first unless another order is asked for.

    Parameters
    ----------
    log
        The log.
    case_type
        The object type whose objects are the cases.
    order
        One of :data:`ORDERS`; equal ones by name.
    offset, limit
        Which of them.
    """
    view = log.flatten(case_type)
    hours = (pl.col("last") - pl.col("first")).dt.total_microseconds() / 3.6e9
    listed = (
        view.sort("case", "time", "event", maintain_order=True)
        .group_by("case", maintain_order=True)
        .agg(
            pl.col("time").min().alias("first"),
            pl.col("time").max().alias("last"),
            pl.len().cast(pl.Int64).alias("events"),
            pl.col("activity").first().cast(pl.String).alias("start_activity"),
            pl.col("activity").last().cast(pl.String).alias("end_activity"),
        )
        .with_columns(hours.alias("hours"))
        .join(of_cases(view), on="case", how="left")
        .with_columns(_named(log, case_type))
    )
    keys = {
        "longest": ("hours", True),
        "shortest": ("hours", False),
        "first": ("first", False),
        "last": ("first", True),
        "most-events": ("events", True),
    }
    column, falling = keys[order]
    page = listed.sort([column, "case"], descending=[falling, False]).slice(offset, limit)
    shown = ("case", "first", "last", "hours", "events", "variant")
    return CaseList(listed.height, page.select(*shown, "start_activity", "end_activity"))


def case_events(log: EventLog, case_type: str, name: str) -> pl.DataFrame:
    """Return the events of one case, in order.

    Parameters
    ----------
    log
        The log.
    case_type
        The object type whose objects are the cases.
    name
        What people call the case.

    Returns
    -------
    polars.DataFrame
        ``activity``, ``start``, ``time`` (UTC), ``hours_since`` (calendar hours since the
        completion before; null at the first), ``resource``, ``role``, ``automated``, ``amount``.

    Raises
    ------
    UsageError
        If there is no such case.
    """
    attributes = case_attributes(log, case_type)
    found = attributes.filter(pl.col("object_id").cast(pl.String) == name)
    if found.is_empty():
        near = attributes["object_id"].cast(pl.String).head(_SUGGESTED_FROM).to_list()
        raise UsageError(Problem(f"there is no case {name!r}", suggestion=did_you_mean(name, near)))
    since = pl.col("time").diff().dt.total_microseconds() / 3.6e9
    rows = log.flatten(case_type).filter(pl.col("case") == found["case"][0]).sort("time", "event")
    return rows.with_columns(since.alias("hours_since")).select(
        pl.col("activity").cast(pl.String), "start", "time", "hours_since", "resource", "role",
        "automated", "amount",
    )  # fmt: skip


def _named(log: EventLog, case_type: str) -> pl.Expr:
    known = case_attributes(log, case_type)
    return (
        pl.col("case")
        .replace_strict(known["case"], known["object_id"].cast(pl.String), default=None)
        .cast(pl.String)
        .alias("case")
    )
