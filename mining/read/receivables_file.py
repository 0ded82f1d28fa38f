"""Lists of invoices from accounts receivable: one row for each, as a log of invoices.

Such a list has no events, but dates: each invoice was created, and cleared if it has a date for
that. Where there are no dates but days late, there are invoices and no events; what can be told
of them is in :mod:`mining.invoice_list`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from mining.read.flat import FlatTable
from mining.read.sap.values import numbers
from mining.read.times import parse
from o2c_sim import vocabulary as v
from o2c_sim.errors import LogError, Problem, did_you_mean
from o2c_sim.eventlog import TIME, EventLog

# In order of preference; compared as lower-case letters and digits.
NAMES: dict[str, tuple[str, ...]] = {
    "invoice": (
        "invoice", "invoiceid", "invoicenumber", "invoiceno", "invoicenr", "docid", "documentid",
        "documentnumber", "documentno", "billingdocument", "billno", "belnr", "vbeln",
        "rechnungsnummer", "rechnung", "belegnummer",
    ),
    "customer": (
        "customer", "customerid", "custnumber", "customernumber", "custid", "debtor", "debtorid",
        "accountnumber", "account", "client", "clientid", "kunnr", "kunde", "kundennummer",
        "debitor",
    ),
    "amount": (
        "amount", "invoiceamount", "totalopenamount", "totalamount", "invoicetotal", "grossamount",
        "openamount", "value", "total", "dmbtr", "wrbtr", "betrag", "rechnungsbetrag",
    ),
    "invoice_date": (
        "invoicedate", "documentdate", "billdate", "billingdate", "documentcreatedate",
        "postingdate", "issuedate", "issued", "bldat", "fkdat", "rechnungsdatum", "belegdatum",
    ),
    "due_date": (
        "duedate", "dueindate", "netduedate", "due", "netdt", "faelligkeitsdatum",
        "fälligkeitsdatum", "faellig", "fällig",
    ),
    "settled_date": (
        "settleddate", "cleardate", "clearingdate", "cleareddate", "paiddate", "paymentdate",
        "datepaid", "settlementdate", "augdt", "ausgleichsdatum", "zahldatum",
    ),
    "days_late": ("dayslate", "actualdayslate", "dayspastdue", "delay", "delaydays",
                  "verzugstage"),
    "disputed": ("disputed", "dispute", "isdisputed", "indispute"),
}  # fmt: skip
_YES = ("yes", "y", "true", "1", "x", "ja", "j")
_LOG_NAMES = ("activity", "activityname", "conceptname", "eventname", "event", "task")
_ANY_PAYMENT = ("due_date", "settled_date", "days_late")


def guess(table: FlatTable, wanted: Mapping[str, str]) -> dict[str, str]:
    """Return which column plays which part: those given, and those whose name says it."""
    by_name: dict[str, str] = {}
    for column in table.frame.columns:
        by_name.setdefault(re.sub(r"[^\w]|_", "", column.lower()), column)
    found = dict(wanted)
    for part, names in NAMES.items():
        free = (by_name[n] for n in names if n in by_name and by_name[n] not in found.values())
        if part not in found and (named := next(free, None)) is not None:
            found[part] = named
    return found


def recognised(table: FlatTable) -> bool:
    """Return whether a table is a list of invoices and not of events."""
    plain = {re.sub(r"[^\w]|_", "", column.lower()) for column in table.frame.columns}
    found = guess(table, {})
    return (
        not plain.intersection(_LOG_NAMES)
        and {"invoice", "amount"} <= found.keys()
        and any(part in found for part in _ANY_PAYMENT)
    )


def parts(table: FlatTable, wanted: Mapping[str, str]) -> dict[str, str]:
    """Return which column plays which part, those given and those guessed.

    Raises
    ------
    LogError
        If a given column or part is unknown, or invoices or amounts have none.
    """
    problems = [
        Problem(
            f"there is no column {column!r} for {part}"
            if part in NAMES
            else f"{part!r} is no part",
            where=table.where,
            allowed=", ".join(table.frame.columns if part in NAMES else NAMES),
            suggestion=did_you_mean(column, table.frame.columns)
            if part in NAMES
            else did_you_mean(part, NAMES),
        )
        for part, column in wanted.items()
        if part not in NAMES or column not in table.frame.columns
    ]
    if problems:
        raise LogError(problems)
    used = guess(table, wanted)
    problems = [
        Problem(
            f"no column for the {part} was recognised",
            where=table.where,
            allowed=", ".join(table.frame.columns),
            suggestion=f"name it with --column {part}=COLUMN",
        )
        for part in ("invoice", "amount")
        if part not in used
    ]
    if problems:
        raise LogError(problems)
    return used


def events(
    table: FlatTable, wanted: Mapping[str, str], zone: str, time_format: str | None
) -> tuple[EventLog, dict[str, str], list[str], str | None]:
    """Return a list of invoices as a log of invoices.

    Parameters
    ----------
    table
        The rows.
    wanted
        Columns that the user named, by part; the others are guessed.
    zone
        IANA time zone of the dates.
    time_format
        As in :class:`~mining.read.mapping.ColumnMapping`.

    Returns
    -------
    tuple
        The log: invoices with ``amount``, ``due_date``, ``days_late``, ``disputed``, customers;
        an event at the start of the invoice's day and one at the end of the day it was settled.
        The columns used; notes; the format of dates.

    Raises
    ------
    LogError
        With every kind of fault found in the rows.
    """
    used = parts(table, wanted)
    rows, notes, form = _typed(table, used, time_format)
    notes = [*table.notes, *notes, *_gaps(rows, used)]
    return _log(rows, zone, table.where), used, notes, form


def _typed(
    table: FlatTable, used: Mapping[str, str], time_format: str | None
) -> tuple[pl.DataFrame, list[str], str | None]:
    problems: list[Problem] = []
    notes: list[str] = []
    height = table.frame.height

    def text(part: str) -> pl.Series:
        if part not in used:
            return pl.Series(part, [None] * height, dtype=pl.String)
        return table.frame[used[part]].str.strip_chars().replace("", None).alias(part)

    def refuse(part: str, values: pl.Series, bad: pl.Series, what: str) -> None:
        index = bad.arg_true()
        if len(index):
            first = index.head(5).to_list()
            pairs = zip(table.lines(first), first, strict=True)
            shown = "; ".join(f"row {line}: {values[row]!r}" for line, row in pairs)
            problems.append(
                Problem(
                    f"{what} in column {used[part]!r} in {len(index)} of {height} rows ({shown})",
                    where=f"{table.where}, row {table.lines(first)[0]}",
                    suggestion=f"mend the rows, or name another column with --column {part}=COLUMN",
                )
            )

    columns = [text("invoice").str.replace(r"^(\d+)\.0$", "$1"), text("customer")]
    refuse("invoice", columns[0], columns[0].is_null(), "empty invoice number")
    for part in ("amount", "days_late"):
        given = text(part)
        read = numbers(given)
        refuse(part, given, read.is_null() & given.is_not_null(), "no number")
        columns.append(read.alias(part))
    refuse("amount", text("amount"), text("amount").is_null(), "empty amount")
    dates = [part for part in ("invoice_date", "due_date", "settled_date") if part in used]
    # One file has one way to write dates: what one column proves holds for the others.
    together = pl.concat([text(part).alias("date") for part in dates]) if dates else None
    form = time_format
    if together is not None and form is None:
        form = parse(together, "UTC").time_format
        notes += [
            f"dates: {note}" for note in parse(together, "UTC").notes
        ]  # fmt: skip
    for part in ("invoice_date", "due_date", "settled_date"):
        given = text(part)
        read = parse(given, "UTC", form if form != "iso" else None).values.cast(TIME)
        refuse(part, given, read.is_null() & given.is_not_null(), "unreadable date")
        columns.append(read.dt.truncate("1d").alias(part))
    disputed = text("disputed").str.to_lowercase()
    columns.append(disputed.is_in(_YES).alias("disputed") if "disputed" in used else disputed)
    if problems:
        raise LogError(problems)
    rows = pl.DataFrame(columns)
    if rows["invoice"].n_unique() < rows.height:
        whole = rows.height - rows.unique(maintain_order=True).height
        rows = rows.unique(maintain_order=True)
        twice = rows.height - rows["invoice"].n_unique()
        if whole:
            notes.append(f"{whole:,} rows repeat another and count once")
        if twice:
            notes.append(
                f"{twice:,} invoice numbers occur again with other values: each row counts"
            )
            number = pl.int_range(pl.len()).over("invoice")
            later = pl.concat_str("invoice", pl.lit("#"), number + 1)
            rows = rows.with_columns(pl.when(number > 0).then(later).otherwise("invoice")
                                     .alias("invoice"))  # fmt: skip
    negative = rows.filter(pl.col("amount") < 0).height
    if negative:
        notes.append(f"{negative:,} rows with a negative amount (credit notes) are left out")
        rows = rows.filter(pl.col("amount") >= 0)
    if rows.is_empty():
        raise LogError(
            Problem(
                "no invoice is left: " + ("all amounts are negative" if negative else "no row"),
                where=table.where,
                allowed="one row an invoice, amounts from 0",
                suggestion="change the sign, or name another column with --column amount=COLUMN",
            )
        )
    late = pl.col("settled_date") - pl.col("due_date")
    if "days_late" in used and {"due_date", "settled_date"} <= used.keys():
        off = rows.filter(late.dt.total_days().clip(0) != pl.col("days_late").clip(0)).height
        if off:
            notes.append(f"{off:,} rows whose days late are not settled - due: the dates count")
    days = pl.coalesce(late.dt.total_days().cast(pl.Float64), "days_late").alias("days_late")
    return rows.with_columns(days), notes, form


def _log(rows: pl.DataFrame, zone: str, source: str) -> EventLog:
    rows = rows.with_row_index("row")
    customers = rows["customer"].drop_nulls().unique(maintain_order=True)
    kind = pl.Enum([v.CUSTOMER, v.INVOICE])
    objects = pl.concat(
        [
            rows.select(
                pl.concat_str(pl.lit("invoice:"), "invoice").alias("object_id"),
                pl.lit(v.INVOICE, kind).alias("type"), pl.col("invoice").alias("number"),
                "amount", "due_date", "days_late", "disputed",
            ),
            customers.to_frame("number").select(
                pl.concat_str(pl.lit("customer:"), "number").alias("object_id"),
                pl.lit(v.CUSTOMER, kind).alias("type"), "number",
            ),
        ],
        how="diagonal",
    ).with_row_index("object")  # fmt: skip
    empty = [c for c in objects.columns if objects[c].null_count() == objects.height]
    names = pl.Enum([v.CLEAR_INVOICE, v.CREATE_INVOICE, v.OPEN_DISPUTE, v.RECEIVE_PAYMENT])
    parts = []
    for rank, (activity, date, hours) in enumerate(
        ((v.CREATE_INVOICE, "invoice_date", 0), (v.RECEIVE_PAYMENT, "settled_date", 24),
         (v.CLEAR_INVOICE, "settled_date", 24))
    ):  # fmt: skip
        end = pl.duration(hours=hours) - pl.duration(seconds=1 if hours else 0)
        parts.append(
            rows.drop_nulls(date).select(
                "row", pl.lit(activity, names).alias("activity"),
                (pl.col(date) + end).alias("local"), "amount", pl.lit(rank).alias("rank"),
            )
        )  # fmt: skip
    events = pl.concat(parts).sort("local", "rank", "row").with_row_index("event")
    events = events.with_columns(parse(events["local"], zone).values.alias("time"))
    number = objects.select("object", "object_id")
    related = events.select("event", "row").join(
        rows.select("row", "invoice", "customer"), on="row", how="left"
    )
    pairs = pl.concat(
        [
            related.select("event", pl.concat_str(pl.lit(f"{name}:"), name).alias("object_id"),
                           pl.lit(name, kind).alias("qualifier"))
            for name in (v.INVOICE, v.CUSTOMER)
        ]
    ).drop_nulls().join(number, on="object_id")  # fmt: skip
    owed = rows.select(
        pl.concat_str(pl.lit("invoice:"), "invoice").alias("object_id"),
        pl.concat_str(pl.lit("customer:"), "customer").alias("customer_id"),
    ).drop_nulls().join(number, on="object_id").join(
        number.rename({"object_id": "customer_id", "object": "target"}), on="customer_id"
    )  # fmt: skip
    return EventLog(
        events=events.select(
            "event", "activity", pl.lit(None, TIME).alias("start"), "time",
            pl.lit(None, pl.Enum([])).alias("resource"), pl.lit(None, pl.Enum([])).alias("role"),
            pl.lit(None, pl.Boolean).alias("automated"), "amount",
        ),
        objects=objects.drop(empty),
        event_objects=pairs.select("event", "object", "qualifier").sort("event", "object"),
        object_relations=owed.select(
            pl.col("object").alias("source"), "target",
            pl.lit("owed by", pl.Enum(["owed by"])).alias("qualifier"),
        ).sort("source", "target"),
        zone=zone,
        source=source,
    )  # fmt: skip


def _gaps(rows: pl.DataFrame, used: Mapping[str, str]) -> list[str]:
    """Return what the columns that are not there would have told."""
    lost = {
        "invoice_date": "days to pay, DSO and receivables",
        "due_date": "ageing and best possible DSO",
        "settled_date": "days to pay and what is open on which day",
        "customer": "what goes with which customer",
    }
    notes = [
        f"no column for the {part.replace('_', ' ')}: {what} are not known"
        for part, what in lost.items()
        if part not in used
    ]
    if rows["invoice_date"].null_count() < rows.height:
        notes.append("dates know only the day: an invoice stands at its start, cash at its end")
    return notes
