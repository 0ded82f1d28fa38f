"""Order-to-cash documents as any SAP system keeps them, whatever its tables are called.

:mod:`mining.read.sap.s4` and :mod:`mining.read.sap.ecc` fill these tables; from here on nothing
knows which system they came from. Numbers have no leading zeros; times are naive UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from mining.read.sap.tables import Extract, Field

# Columns of every table by kind; the kinds are those of tables.Field.
COLUMNS: dict[str, dict[str, str]] = {
    "orders": {
        "order": "key", "category": "text", "type": "text", "created": "moment", "user": "text",
        "customer": "key", "amount": "money", "currency": "text", "requested_date": "date",
        "payment_terms": "text", "delivery_block": "text", "billing_block": "text",
        "credit_status": "text", "sales_organization": "text", "channel": "text",
    },
    "order_lines": {
        "order": "key", "line": "key", "product": "key", "quantity": "money", "amount": "money",
        "plant": "text", "rejection_reason": "text", "created": "moment", "user": "text",
        "predecessor": "key",
    },
    "schedule_lines": {
        "order": "key", "line": "key", "confirmed_date": "date", "quantity": "money",
    },
    "deliveries": {
        "delivery": "key", "category": "text", "created": "moment", "user": "text",
        "goods_issued": "moment", "customer": "key", "shipping_point": "text",
        "goods_movement_status": "text", "picking_status": "text",
    },
    "delivery_lines": {
        "delivery": "key", "line": "key", "order": "key", "order_line": "key", "product": "key",
        "quantity": "money",
    },
    "billing": {
        "billing": "key", "category": "text", "type": "text", "created": "moment", "user": "text",
        "billing_date": "date", "customer": "key", "net_amount": "money", "tax": "money",
        "currency": "text", "company": "text", "year": "text", "entry": "key", "cancels": "key",
        "is_cancelled": "text",
    },
    "billing_lines": {
        "billing": "key", "line": "key", "product": "key", "amount": "money", "document": "key",
        "document_line": "key", "order": "key", "order_line": "key",
    },
    "items": {
        "company": "text", "year": "text", "entry": "key", "line": "key", "billing": "key",
        "entry_type": "text", "customer": "key", "amount": "money", "currency": "text",
        "posting_date": "date", "document_date": "date", "due_date": "date", "entered": "moment",
        "user": "text", "clearing_date": "date", "clearing": "key", "clearing_year": "text",
    },
    "flow": {
        "from": "key", "from_line": "key", "to": "key", "to_line": "key", "from_category": "text",
        "category": "text", "created": "moment", "user": "text",
    },
    "changes": {
        "object_class": "text", "document": "key", "change": "key", "user": "text",
        "changed": "moment", "transaction": "text", "table": "text", "key": "text",
        "field": "text", "old": "text", "new": "text",
    },
    "users": {"user": "text", "user_type": "text"},
    "customers": {"customer": "key", "name": "text", "country": "text", "city": "text"},
    "products": {"product": "key", "type": "text", "group": "text"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Documents:
    """The tables of :data:`COLUMNS`, each with every column, null or empty where nothing is known.

    Parameters
    ----------
    tables
        By name.
    rows
        Rows of each file that was read, by file and table, for the reconciliation.
    notes
        What was left out or assumed.
    """

    tables: dict[str, pl.DataFrame]
    rows: list[tuple[str, str, int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a table."""
        return self.tables[name]


def table_from(
    extract: Extract, table: str, file: str, names: Mapping[str, tuple[str, ...] | str],
    required: tuple[str, ...] = (),
) -> pl.DataFrame:  # fmt: skip
    """Return one of the tables from a file.

    Parameters
    ----------
    extract
        The files.
    table
        Key of :data:`COLUMNS`.
    file
        Name of the file; empty for an empty table.
    names
        The file's column for each column of the table, or several of which the first that is
        there is used; of a moment the date and the time.
    required
        Columns without which the table is of no use.
    """
    fields = {}
    for column, kind in COLUMNS[table].items():
        given = names.get(column, ())
        given = (given,) if isinstance(given, str) else given
        if kind == "moment":
            given = (*given, "", "")[:2]
        fields[column] = Field(kind, given or ("",), column in required)
    return extract.project(file, fields)


def distinct(rows: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Return the first row of each key, of each whole row where a part of the key is missing."""
    unfilled = any(rows[key].null_count() for key in keys)
    by = None if unfilled else list(keys)
    return rows.unique(by, keep="first", maintain_order=True)
