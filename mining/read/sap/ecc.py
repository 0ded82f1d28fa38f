"""Classic ECC extracts: one file for each database table, recognised by its name.

Changes of documents are in :mod:`mining.read.sap.changes`. Dates of clearing know only the day;
goods issues come from the document flow where it has them, with their minute.
"""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from mining.read.sap.documents import COLUMNS, Documents, distinct, table_from
from mining.read.sap.tables import Extract, header_of

TABLES = (
    "VBAK", "VBAP", "VBEP", "VBFA", "LIKP", "LIPS", "VBRK", "VBRP", "VBUK", "VBUP", "BKPF", "BSEG",
    "BSID", "BSAD", "CDHDR", "CDPOS", "USR02", "KNA1", "MARA",
)  # fmt: skip
_MADE = ("ERDAT", "ERZET")
# SAP's names, as its dictionary has them; the files' are compared without case and punctuation.
_NAMES: dict[str, tuple[tuple[str, ...], dict[str, tuple[str, ...] | str]]] = {
    "orders": (("VBAK",), {
        "order": "VBELN", "category": "VBTYP", "type": "AUART", "created": _MADE, "user": "ERNAM",
        "customer": "KUNNR", "amount": "NETWR", "currency": "WAERK", "requested_date": "VDATU",
        "payment_terms": "ZTERM", "delivery_block": "LIFSK", "billing_block": "FAKSK",
        "credit_status": "CMGST", "sales_organization": "VKORG", "channel": "VTWEG",
    }),
    "order_lines": (("VBAP",), {
        "order": "VBELN", "line": "POSNR", "product": "MATNR", "quantity": "KWMENG",
        "amount": "NETWR", "plant": "WERKS", "rejection_reason": "ABGRU", "created": _MADE,
        "user": "ERNAM", "predecessor": "VGBEL",
    }),
    "schedule_lines": (("VBEP",), {
        "order": "VBELN", "line": "POSNR", "confirmed_date": "EDATU", "quantity": "BMENG",
    }),
    "deliveries": (("LIKP",), {
        "delivery": "VBELN", "category": "VBTYP", "created": _MADE, "user": "ERNAM",
        "goods_issued": ("WADAT_IST", "WAUHR_IST"), "customer": "KUNNR", "shipping_point": "VSTEL",
        "goods_movement_status": "WBSTK", "picking_status": "KOSTK",
    }),
    "delivery_lines": (("LIPS",), {
        "delivery": "VBELN", "line": "POSNR", "order": "VGBEL", "order_line": "VGPOS",
        "product": "MATNR", "quantity": "LFIMG",
    }),
    "billing": (("VBRK",), {
        "billing": "VBELN", "category": "VBTYP", "type": "FKART", "created": _MADE,
        "user": "ERNAM", "billing_date": "FKDAT", "customer": ("KUNRG", "KUNAG"),
        "net_amount": "NETWR", "tax": "MWSBK", "currency": "WAERK", "company": "BUKRS",
        "year": "GJAHR", "entry": "BELNR", "cancels": "SFAKN", "is_cancelled": "FKSTO",
    }),
    "billing_lines": (("VBRP",), {
        "billing": "VBELN", "line": "POSNR", "product": "MATNR", "amount": "NETWR",
        "document": "VGBEL", "document_line": "VGPOS", "order": "AUBEL", "order_line": "AUPOS",
    }),
    "items": (("BSEG", "BSID", "BSAD"), {
        "company": "BUKRS", "year": "GJAHR", "entry": "BELNR", "line": "BUZEI",
        "billing": "VBELN", "entry_type": "BLART", "customer": "KUNNR",
        "amount": ("DMBTR", "WRBTR"), "currency": "WAERS", "posting_date": "BUDAT",
        "document_date": "BLDAT",
        "due_date": "NETDT", "clearing_date": "AUGDT", "clearing": "AUGBL",
        "clearing_year": "AUGGJ",
    }),
    "flow": (("VBFA",), {
        "from": "VBELV", "from_line": "POSNV", "to": "VBELN", "to_line": "POSNN",
        "from_category": "VBTYP_V", "category": "VBTYP_N", "created": _MADE, "user": "ERNAM",
    }),
    "users": (("USR02",), {"user": "BNAME", "user_type": "USTYP"}),
    "customers": (("KNA1",), {"customer": "KUNNR", "name": "NAME1", "country": "LAND1",
                              "city": "ORT01"}),
    "products": (("MARA",), {"product": "MATNR", "type": "MTART", "group": "MATKL"}),
}  # fmt: skip
_REQUIRED = {
    "orders": ("order", "created"), "order_lines": ("order", "line"),
    "deliveries": ("delivery",), "delivery_lines": ("delivery", "line"), "billing": ("billing",),
    "billing_lines": ("billing",), "items": ("entry", "amount"), "flow": ("from", "to"),
    "users": ("user", "user_type"),
}  # fmt: skip
_KEYS = {
    "orders": ("order",), "order_lines": ("order", "line"), "deliveries": ("delivery",),
    "delivery_lines": ("delivery", "line"), "billing": ("billing",),
    "billing_lines": ("billing", "line"), "items": ("company", "year", "entry", "line"),
    "users": ("user",), "customers": ("customer",), "products": ("product",),
}  # fmt: skip


def recognise(files: list[Path]) -> dict[Path, str]:
    """Return the files that are tables of ECC, by a table's name in theirs, and which.

    ``VBAK.csv``, ``vbak_2024.csv`` and ``export-VBAK.csv`` are all ``VBAK``; a name is not
    believed where the file has none of the columns that every one of these tables has.
    """
    found = {}
    for path in files:
        words = re.split(r"[^A-Z0-9]+", path.name.upper())
        tables = [table for table in TABLES if table in words]
        if len(tables) == 1 and _ANY.intersection(header_of(path)):
            found[path] = tables[0]
    return found


_ANY = {"vbeln", "vbelv", "belnr", "bname", "changenr", "kunnr", "matnr"}


def documents(extract: Extract, files: dict[Path, str]) -> Documents:
    """Return the documents of an extract.

    Parameters
    ----------
    extract
        The files' rows.
    files
        As :func:`recognise` found them.
    """
    by_table: dict[str, list[str]] = {}
    for path, table in files.items():
        if path.name in extract.frames:
            by_table.setdefault(table, []).append(path.name)
    _one_client(extract, by_table)
    notes: list[str] = []
    for names in by_table.values():
        for name in names:
            extract.frames[name] = _prepared(extract.frames[name])
    tables = {}
    for table in COLUMNS:
        sources, columns = _NAMES.get(table, ((), {}))
        spelled = {
            column: tuple(map(_plain, (given,) if isinstance(given, str) else given))
            for column, given in columns.items()
        }
        names = [name for source in sources for name in by_table.get(source, [])]
        if table == "items" and "BSEG" in by_table:
            # The general table has every line of a journal entry: those of customers are meant.
            for name in by_table["BSEG"]:
                extract.frames[name] = _of_customers(extract.frames[name])
        parts = [
            table_from(extract, table, name, spelled, _REQUIRED.get(table, ()))
            for name in names or [""]
        ]
        rows = pl.concat(parts)
        if table in _KEYS:
            kept = distinct(rows, _KEYS[table])
            if kept.height < rows.height:
                notes.append(
                    f"{table.replace('_', ' ')}: {rows.height - kept.height:,} of "
                    f"{rows.height:,} rows repeat others and count once"
                )
            rows = kept
        tables[table] = rows
    tables["items"] = _with_headers(extract, by_table, tables["items"])
    tables["delivery_lines"] = _with_flow(tables)
    tables["changes"] = _changes(extract, by_table)
    tables["orders"] = _with_status(extract, by_table, tables["orders"])
    extract.check()
    rows_read = [(name, table, extract.frames[name].height) for table in by_table
                 for name in by_table[table]]  # fmt: skip
    return Documents(tables, rows_read, notes)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _one_client(extract: Extract, by_table: dict[str, list[str]]) -> None:
    """Keep the rows of one client of the system, that with most; numbers repeat in others."""
    frames = {n: extract.frames[n] for names in by_table.values() for n in names}
    clients = pl.concat(
        [pl.Series("mandt", [], dtype=pl.String)]
        + [frame["mandt"].cast(pl.String) for frame in frames.values() if "mandt" in frame.columns]
    ).drop_nulls().str.zfill(3)  # fmt: skip
    if clients.n_unique() < 2:
        return
    counts = clients.value_counts(sort=True)
    kept = counts["mandt"][0]
    extract.notes.append(
        f"{counts.height} clients (MANDT); only {kept} is read, the one with most rows"
    )
    for name, frame in frames.items():
        if "mandt" in frame.columns:
            extract.frames[name] = frame.filter(pl.col("mandt").str.zfill(3) == kept)


def _prepared(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows with signed amounts and due dates, which ECC keeps in parts."""
    columns = set(frame.columns)
    if "shkzg" in columns and {"dmbtr", "wrbtr"} & columns:
        credit = pl.col("shkzg").str.strip_chars().str.to_uppercase() == "H"
        frame = frame.with_columns(
            pl.when(credit.fill_null(value=False))
            .then(pl.concat_str(pl.lit("-"), pl.col(name).str.strip_chars()))
            .otherwise(name)
            .alias(name)
            for name in ("dmbtr", "wrbtr")
            if name in columns
        )
    return frame


def _of_customers(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("koart") == "D") if "koart" in frame.columns else frame


def _with_headers(
    extract: Extract, by_table: dict[str, list[str]], items: pl.DataFrame
) -> pl.DataFrame:
    """Fill in what only the header of a journal entry says, and the due date from its base."""
    due = _due_dates(extract, by_table)
    keys = ["company", "year", "entry"]
    if due.height:
        items = items.join(
            due, on=[*keys, "line"], how="left", maintain_order="left", nulls_equal=True
        ).with_columns(pl.coalesce("due_date", "due").alias("due_date"))
        items = items.drop("due")
    parts = [
        table_from(extract, "items", name, {
            "company": "bukrs", "year": "gjahr", "entry": "belnr", "entry_type": "blart",
            "posting_date": "budat", "document_date": "bldat", "entered": ("cpudt", "cputm"),
            "user": "usnam", "billing": "awkey", "currency": "waers",
        }, ("entry",))
        for name in by_table.get("BKPF", [])
    ]  # fmt: skip
    if not parts:
        return items
    headers = pl.concat(parts).unique(keys, keep="first").select(
        *keys, "entry_type", "posting_date", "document_date", "entered", "entered_day", "user",
        # AWKEY is the billing document's number, with zeros before and, at times, blanks after.
        pl.col("billing").str.slice(0, 10).str.replace(r"^0+(\d+)$", "$1"), "currency",
    )  # fmt: skip
    joined = items.join(
        headers, on=keys, how="left", maintain_order="left", nulls_equal=True, suffix="_head"
    )
    filled = [c for c in headers.columns if c not in (*keys, "entered_day")]
    return joined.with_columns(
        *(pl.coalesce(c, f"{c}_head").alias(c) for c in filled),
        pl.coalesce("entered_day_head", "entered_day").alias("entered_day"),
    ).select(items.columns)


def _due_dates(extract: Extract, by_table: dict[str, list[str]]) -> pl.DataFrame:
    """Return net due dates: base date and the last of the terms' days that is filled.

    As SAP computes it: ZFBDT + ZBD3T, else ZBD2T, else ZBD1T.
    """
    parts = []
    for table in ("BSEG", "BSID", "BSAD"):
        for name in by_table.get(table, []):
            if "zfbdt" not in extract.frames[name].columns:
                continue
            rows = table_from(extract, "items", name, {
                "company": "bukrs", "year": "gjahr", "entry": "belnr", "line": "buzei",
                "document_date": "zfbdt", "entry_type": "zbd3t", "user": "zbd2t",
                "currency": "zbd1t",
            })  # fmt: skip
            days = [
                pl.col(c).cast(pl.Float64, strict=False).fill_null(0)
                for c in ("entry_type", "user", "currency")
            ]
            last = pl.when(days[0] > 0).then(days[0]).when(days[1] > 0).then(days[1])
            parts.append(
                rows.select(
                    "company", "year", "entry", "line",
                    (pl.col("document_date") + pl.duration(days=last.otherwise(days[2])))
                    .alias("due"),
                ).drop_nulls("due")
            )  # fmt: skip
    keys = ["company", "year", "entry", "line"]
    return pl.concat(parts).unique(keys, keep="first") if parts else pl.DataFrame()


def _with_flow(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return delivery lines, from the document flow where there is no table of them."""
    lines = tables["delivery_lines"]
    known = lines.select("delivery", "line")
    flow = tables["flow"].filter((pl.col("category") == "J") & (pl.col("from_category") == "C"))
    added = flow.select(
        pl.col("to").alias("delivery"), pl.col("to_line").alias("line"),
        pl.col("from").alias("order"), pl.col("from_line").alias("order_line"),
    ).join(known, on=["delivery", "line"], how="anti").unique(maintain_order=True)  # fmt: skip
    return pl.concat([lines, added], how="diagonal")


def _with_status(
    extract: Extract, by_table: dict[str, list[str]], orders: pl.DataFrame
) -> pl.DataFrame:
    """Fill in the credit status, which the older releases keep in a table of its own."""
    parts = [
        table_from(extract, "orders", name, {"order": "vbeln", "credit_status": "cmgst"})
        for name in by_table.get("VBUK", [])
    ]
    if not parts:
        return orders
    status = pl.concat(parts).select("order", pl.col("credit_status").alias("status"))
    return (
        orders.join(status.unique("order"), on="order", how="left", maintain_order="left")
        .with_columns(pl.coalesce("credit_status", "status").alias("credit_status"))
        .drop("status")
    )


def _changes(extract: Extract, by_table: dict[str, list[str]]) -> pl.DataFrame:
    """Return changed fields with who and when, which are in the header of the change."""
    headers = [
        table_from(extract, "changes", name, {
            "object_class": "objectclas", "document": "objectid", "change": "changenr",
            "user": "username", "changed": ("udate", "utime"), "transaction": "tcode",
        }, ("change",))
        for name in by_table.get("CDHDR", [])
    ]  # fmt: skip
    fields = [
        table_from(extract, "changes", name, {
            "change": "changenr", "table": "tabname", "key": "tabkey", "field": "fname",
            "old": "valueold", "new": "valuenew", "document": "objectid",
        }, ("change", "field"))
        for name in by_table.get("CDPOS", [])
    ]  # fmt: skip
    empty = table_from(extract, "changes", "", {})
    if not headers or not fields:
        return empty
    known = pl.concat(headers).unique("change", keep="first").select(
        "change", "object_class", "user", "changed", "changed_day", "transaction"
    )  # fmt: skip
    return (
        pl.concat(fields)
        .drop("object_class", "user", "changed", "changed_day", "transaction")
        .join(known, on="change", how="inner", maintain_order="left")
        .select(empty.columns)
    )
