"""One log from the tables of an SAP system, with a reconciliation of what became of each table."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from mining.read.sap import ecc, s4
from mining.read.sap.cash import add_cash
from mining.read.sap.changes import add_changes
from mining.read.sap.documents import Documents
from mining.read.sap.kinds import automated_users
from mining.read.sap.orders import add_deliveries, add_orders
from mining.read.sap.parts import Parts
from mining.read.sap.tables import MAX_FILES, read_extract, tables_of
from o2c_sim import vocabulary as v
from o2c_sim.errors import LogError, Problem
from o2c_sim.eventlog import EventLog

# A folder with none of these is not an extract of order to cash.
_HEADS = {"orders", "deliveries", "billing", "items"}
_ECC_HEADS = {"VBAK", "VBFA", "LIKP", "VBRK", "BSEG", "BSID", "BSAD"}
# What a log shows if it happens, wherever the tables are there.
_RECORDED = {
    "orders": (v.CREATE_SALES_ORDER,),
    "deliveries": (v.CREATE_DELIVERY, v.POST_GOODS_ISSUE),
    "billing": (v.CREATE_INVOICE, v.CANCEL_INVOICE, v.CREATE_CREDIT_MEMO),
    "items": (v.RECEIVE_PAYMENT, v.CLEAR_INVOICE),
}


def recognised(folder: Path) -> bool:
    """Return whether a folder holds tables of an SAP system."""
    files = tables_of(folder)
    return bool(
        _ECC_HEADS.intersection(ecc.recognise(files).values())
        or _HEADS.intersection(s4.recognise(files).values())
    )


def read(folder: Path, zone: str) -> tuple[EventLog, list[str], tuple[str, ...]]:
    """Read a folder of SAP tables.

    Parameters
    ----------
    folder
        The folder.
    zone
        IANA time zone of the system's clock.

    Returns
    -------
    tuple
        The log; notes, with what each table became; the activities that these tables would show
        if they had happened.

    Raises
    ------
    LogError
        If tables are damaged or lack columns, all faults at once.
    """
    files = tables_of(folder)
    if len(files) > MAX_FILES:
        raise LogError(
            Problem("too many files", where=str(folder), allowed=f"at most {MAX_FILES} tables")
        )
    classic = ecc.recognise(files)
    is_classic = bool(_ECC_HEADS.intersection(classic.values()))
    views = classic if is_classic else s4.recognise(files)
    extract = read_extract(folder, zone, views)
    extract.check()
    documents = (ecc if is_classic else s4).documents(extract, views)
    parts = Parts()
    users = automated_users(documents)
    add_orders(documents, parts, users)
    add_changes(documents, parts, users)
    add_deliveries(documents, parts, users)
    add_cash(documents, parts, users, zone)
    log = parts.log(zone, str(folder))
    unused = [path.name for path in files if path not in views]
    notes = [
        *_reconciliation(documents, log),
        *extract.notes,
        *documents.notes,
        *parts.notes,
        *_gaps(documents, log, classic=is_classic),
        *([f"not used: {', '.join(unused)}"] if unused else []),
    ]
    recorded = tuple(
        activity for table, names in _RECORDED.items() if documents[table].height
        for activity in names
    )  # fmt: skip
    return log, notes, recorded


def _reconciliation(documents: Documents, log: EventLog) -> list[str]:
    read_rows = ", ".join(f"{name} {rows:,}" for name, _table, rows in documents.rows)
    counts = log.objects.group_by(pl.col("type").cast(pl.String)).len().sort("type")
    objects = ", ".join(f"{name} {count:,}" for name, count in counts.iter_rows())
    return [f"rows read: {read_rows}", f"objects made: {objects}"]


def _gaps(documents: Documents, log: EventLog, *, classic: bool) -> list[str]:
    """Return what the tables that are not there, or not filled, would have told."""
    notes = []
    lost = {
        "orders": "order dates, customers and blocks",
        "deliveries": "deliveries and goods issues",
        "billing": "the link from order to invoice",
        "items": "due dates, payment and what is open",
        "schedule_lines": "promised dates",
        "users": "which users are people and which systems",
        "changes": "blocks, rejections and changes with their times",
    }
    if classic:
        lost["flow"] = "picking and the minute of each goods issue"
    for table, what in lost.items():
        if documents[table].is_empty():
            notes.append(f"no table of {table.replace('_', ' ')}: {what} are not known")
    only_day = log.events.filter("only_day") if "only_day" in log.events.columns else None
    if only_day is not None and only_day.height:
        names = ", ".join(
            f"{name} {count:,}" for name, count in
            only_day.group_by(pl.col("activity").cast(pl.String)).len().sort("activity").iter_rows()
        )  # fmt: skip
        notes.append(
            f"events of which only the day is known ({names}): what begins is put at the start of "
            "its day, what ends at its end"
        )
    rejected = documents["order_lines"]["rejection_reason"].drop_nulls().len()
    if rejected and documents["changes"].is_empty():
        notes.append(f"{rejected:,} order lines are rejected, and no table says when")
    unissued = documents["deliveries"].filter(pl.col("goods_issued").is_null()).height
    if unissued:
        notes.append(f"{unissued:,} deliveries have no goods issue")
    return notes
