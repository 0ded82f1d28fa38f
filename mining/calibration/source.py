"""From a log as it was read to what calibration works on: one vocabulary, one case, one period."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import polars as pl

from mining.activity_names import LINE_NAMES, reference_names
from mining.calibration.estimate import Source
from mining.filters import with_cases
from mining.read import ReadLog
from mining.read.times import parse
from o2c_sim import vocabulary as v
from o2c_sim.errors import LogError, Problem
from o2c_sim.eventlog import TIME, EventLog

# What a table of invoices may tell; those that a file does not have are left out.
RECEIVABLES = (
    "customer",
    "amount",
    "invoice_date",
    "due_date",
    "settled_date",
    "days_late",
    "disputed",
)
_CASES = (v.ORDER, v.ORDER_LINE)


def source_of(
    read: ReadLog,
    case_type: str,
    *,
    first: dt.date | None = None,
    last: dt.date | None = None,
    receivables: ReadLog | None = None,
) -> Source:
    """Return what a company is calibrated from.

    Parameters
    ----------
    read
        The log as it was read.
    case_type
        Its case notion. A flat log's ``case`` becomes ``order_line`` if its names show that the
        case is a line, and ``order`` otherwise.
    first
        Cases that start before this local date are left out; orders and their lines start when
        the order is created, so that one with an older quotation stays, with its quotation.
    last
        What happens after this local date is left out, as if the log had been taken on it: cases
        that are under way then stay open.
    receivables
        A second file, a list of invoices; None if there is none.

    Returns
    -------
    Source
        With activities under the names of :mod:`o2c_sim.vocabulary` where they have one.

    Raises
    ------
    LogError
        If no event is left, or the second file is no list of invoices.
    """
    log, case_type = _in_one_vocabulary(read.log, case_type)
    opening = v.CREATE_SALES_ORDER if case_type in _CASES else None
    log = within(log, case_type, first, last, opening=opening)
    table, name = None, ""
    listed = receivables
    if listed is None and read.invoice_columns is not None:
        listed = read
    if listed is not None:
        table, name = _invoices(listed, first, last), _file_name(listed.log.source)
    return Source(log, case_type, log.zone, _file_name(log.source), table, name, first)


def _file_name(source: str) -> str:
    """Return a file's name without its folder, which says nothing about the company."""
    return source if source.startswith("simulated:") else Path(source).name


def _in_one_vocabulary(log: EventLog, case_type: str) -> tuple[EventLog, str]:
    lines = any(name.strip().casefold() in LINE_NAMES for name in log.activities)
    names = {own: name for own, name in reference_names(log.activities).items() if name}
    known = pl.Enum(sorted({names.get(own, own) for own in log.activities}))
    activity = pl.col("activity").cast(pl.String).replace(names).cast(known)
    log = replace(
        log,
        events=log.events.with_columns(activity.alias("activity")),
        objects=_with_dates(log.objects, log.zone),
    )
    if case_type in (*_CASES, v.INVOICE) or case_type not in log.object_types:
        return log, case_type
    wanted = v.ORDER_LINE if lines else v.ORDER
    if wanted in log.object_types:
        return log, case_type
    kinds = {name: wanted if name == case_type else name for name in log.object_types}
    kind = pl.col("type").cast(pl.String).replace(kinds).cast(pl.Enum(sorted(kinds.values())))
    return replace(log, objects=log.objects.with_columns(kind.alias("type"))), wanted


def _with_dates(objects: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Return objects whose dates are dates: flat files hold them as text."""
    texts = [c for c in objects.columns if c.endswith("_date") and objects[c].dtype == pl.String]
    read = [parse(objects[c], zone).values.cast(TIME).alias(c) for c in texts]
    # A column that only looks like one, by its name, is left as it is.
    return objects.with_columns(
        new for new in read if new.null_count() == objects[new.name].null_count()
    )


def within(
    log: EventLog,
    case_type: str,
    first: dt.date | None,
    last: dt.date | None,
    *,
    opening: str | None = None,
) -> EventLog:
    """Return a log as it stood at the end of a day, with the cases that began from another on.

    A case begins with its first *opening*, or with its first event where it has none. See
    :func:`source_of`, also for what is raised.
    """
    if first is None and last is None:
        return log
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(log.zone).dt.date()
    if last is not None:
        events = log.events.filter(local <= last)
        with_any = log.event_objects.select("object").unique()
        links = log.event_objects.join(events.select("event"), on="event", how="semi")
        # An object whose events all lie later did not exist yet.
        later = with_any.join(links.select("object"), on="object", how="anti")
        log = replace(
            log,
            events=events,
            event_objects=links,
            objects=log.objects.join(later, on="object", how="anti"),
        )
    if case_type in log.object_types:
        cases = log.flatten(case_type)
        if first is not None:
            opened = local.filter(pl.col("activity").cast(pl.String) == opening).min()
            begun = cases.group_by("case").agg(pl.coalesce(opened, local.min()).alias("begun"))
            cases = begun.filter(pl.col("begun") >= first)
        log = with_cases(log, case_type, cases["case"].unique())
    if log.events.is_empty():
        span = f"{first or 'the beginning'} to {last or 'the end'}"
        raise LogError(
            Problem(
                f"no case from {span}", where=log.source, suggestion="another --from or --until"
            )
        )
    return log


def _invoices(read: ReadLog, first: dt.date | None, last: dt.date | None) -> pl.DataFrame:
    """Return the invoices of a list, in the columns of :data:`RECEIVABLES` that it has."""
    log = read.log
    if read.invoice_columns is None or v.INVOICE not in log.object_types:
        raise LogError(
            Problem(
                "is no list of invoices",
                where=log.source,
                allowed="one row an invoice, with its amount and a due date, a date of settlement "
                "or the days it was late",
                suggestion="name the columns with --column PART=COLUMN",
            )
        )
    rows = log.objects_of(v.INVOICE)
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(log.zone).dt.date()
    for activity, column in (
        (v.CREATE_INVOICE, "invoice_date"),
        (v.CLEAR_INVOICE, "settled_date"),
    ):
        dated = log.events.filter(pl.col("activity").cast(pl.String) == activity).select(
            "event", local.alias(column)
        )
        dates = dated.join(log.event_objects, on="event").group_by("object").agg(
            pl.col(column).min()
        )  # fmt: skip
        rows = rows.join(dates, on="object", how="left", maintain_order="left")
    owed = log.object_relations.select(pl.col("source").alias("object"), "target").join(
        log.objects.select(pl.col("object").alias("target"), pl.col("object_id").alias("customer")),
        on="target",
    )
    rows = rows.join(
        owed.select("object", pl.col("customer").str.strip_prefix("customer:")),
        on="object",
        how="left",
        maintain_order="left",
    )
    if "due_date" in rows.columns:
        rows = rows.with_columns(pl.col("due_date").dt.date())
    dated_on = rows["invoice_date"].drop_nulls()
    # A list of other years than the log's is stitched to it as it is.
    if first is not None and (dated_on >= first).any():
        rows = rows.filter(pl.col("invoice_date").is_null() | (pl.col("invoice_date") >= first))
    if last is not None and (dated_on <= last).any():
        rows = rows.filter(pl.col("invoice_date").is_null() | (pl.col("invoice_date") <= last))
        unknown_yet = pl.col("settled_date") > last
        censored = [c for c in ("settled_date", "days_late") if c in rows.columns]
        rows = rows.with_columns(
            pl.when(unknown_yet).then(None).otherwise(pl.col(c)).alias(c) for c in censored
        )
    kept = [c for c in RECEIVABLES if c in rows.columns and rows[c].null_count() < rows.height]
    return rows.select(kept)
