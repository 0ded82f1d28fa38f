"""The files of a state to start from: read strictly, every problem told, and written.

A folder holds up to three CSV files (UTF-8, comma, a header row, ISO dates):

- ``open_invoices.csv``: invoice, customer, amount, invoice_date, due_date [, disputed]
- ``open_orders.csv``: order, customer, value, received_date, requested_date [, lines]
- ``stock.csv``: product, on_hand
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from o2c_sim.atomic import new_folder
from o2c_sim.errors import OpeningError, Problem, did_you_mean
from o2c_sim.model.company import CompanyModel
from o2c_sim.opening import (
    INVOICES,
    ORDERS,
    STOCK,
    Opening,
    OpenInvoice,
    OpenOrder,
    StockLevel,
    problems_of,
)

MAX_BYTES = 50_000_000
MAX_ROWS = 100_000
_MAX_UNITS = 10**9
_MAX_PROBLEMS = 100
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,2})?", re.ASCII)
_FILES: Mapping[str, Any] = {INVOICES: OpenInvoice, ORDERS: OpenOrder, STOCK: StockLevel}
_ALLOWED = ", ".join(_FILES)


def read_opening(folder: Path | str, model: CompanyModel) -> Opening:
    """Read the state that a model is to start from.

    Parameters
    ----------
    folder
        With one or more of the three files.
    model
        The company; every date of the past must be before its start date.

    Raises
    ------
    OpeningError
        With every problem of all files, by file and row.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise OpeningError(Problem("there is no such folder", str(folder), allowed=_ALLOWED))
    there = sorted(path.name for path in folder.glob("*.csv"))
    problems = [
        Problem("is not read", str(folder / name), _ALLOWED, did_you_mean(name, _FILES))
        for name in there
        if name not in _FILES
    ]
    if not set(there) & set(_FILES):
        problems.append(Problem("holds none of the files", str(folder), allowed=_ALLOWED))
    found: dict[str, list[tuple[int, Any]]] = {
        name: _read(folder / name, kind, problems) if name in there else []
        for name, kind in _FILES.items()
    }
    opening = Opening(*(tuple(row for _, row in found[name]) for name in _FILES))
    places = {name: [number for number, _ in rows] for name, rows in found.items()}
    problems += problems_of(opening, model, lambda n, i: f"{folder / n}, row {places[n][i]}")
    if problems:
        more = len(problems) - _MAX_PROBLEMS
        shown = problems[:_MAX_PROBLEMS]
        raise OpeningError([*shown, Problem(f"and {more} more problems")] if more > 0 else shown)
    return opening


def write_opening(opening: Opening, folder: Path | str, *, replace: bool = False) -> Path:
    """Write a state as :func:`read_opening` reads it, whole or not at all.

    Raises
    ------
    UsageError
        If *folder* exists and *replace* is false.
    """
    with new_folder(folder, replace=replace) as aside:
        for name, rows in zip(
            _FILES, (opening.invoices, opening.orders, opening.stock), strict=True
        ):
            with (aside / name).open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow([_column(field.name) for field in fields(_FILES[name])])
                names = [field.name for field in fields(_FILES[name])]
                writer.writerows([_text(getattr(row, n), n) for n in names] for row in rows)
    return Path(folder)


def _column(name: str) -> str:
    return name.removesuffix("_minor")


def _text(value: Any, name: str) -> str:
    if name.endswith("_minor"):
        return f"{value // 100}.{value % 100:02d}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _read(path: Path, kind: Any, problems: list[Problem]) -> list[tuple[int, Any]]:
    """Return (row number, row) of each row that can be read; add what is wrong to *problems*."""
    if path.stat().st_size > MAX_BYTES:
        problems.append(Problem(f"larger than {MAX_BYTES:,} bytes", str(path)))
        return []
    try:
        text = path.read_bytes().decode("utf-8-sig")
        table = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as fault:
        problems.append(Problem(f"is no CSV file in UTF-8: {fault}", str(path)))
        return []
    columns = {_column(field.name): field for field in fields(kind)}
    wanted = ", ".join(columns)
    header = [name.strip() for name in table[0]] if table else []
    faults = [
        Problem(f"unknown column {name!r}", f"{path}, row 1", wanted, did_you_mean(name, columns))
        for name in header
        if name not in columns
    ]
    faults += [
        Problem(f"the column {name!r} is missing", f"{path}, row 1", wanted)
        for name, field in columns.items()
        if name not in header and field.default is MISSING
    ]
    if len(set(header)) < len(header):
        faults.append(Problem("a column is there twice", f"{path}, row 1", wanted))
    if len(table) - 1 > MAX_ROWS:
        faults.append(Problem(f"{len(table) - 1:,} rows", str(path), f"at most {MAX_ROWS:,}"))
    problems += faults
    if faults:
        return []
    rows = []
    for number, cells in enumerate(table[1:], start=2):
        if not any(cells):
            continue
        where = f"{path}, row {number}"
        if len(cells) != len(header):
            problems.append(Problem(f"{len(cells)} cells", where, f"{len(header)}"))
            continue
        values, before = {}, len(problems)
        for name, cell in zip(header, cells, strict=True):
            field = columns[name]
            allowed, read = _CELLS[_KIND_OF.get(field.name, "text")]
            try:
                values[field.name] = read(cell.strip())
            except ValueError:
                problems.append(Problem(f"{name} {cell.strip()[:60]!r}", where, allowed=allowed))
        if len(problems) == before:
            rows.append((number, kind(**values)))
    return rows


def _minor(cell: str) -> int:
    if not _AMOUNT.fullmatch(cell):
        raise ValueError(cell)
    whole, _, part = cell.partition(".")
    minor = int(whole) * 100 + int((part + "00")[:2])
    if minor < 1:
        raise ValueError(cell)
    return minor


def _units(cell: str) -> int:
    if not cell.isascii() or not cell.isdigit() or len(cell) > 10 or int(cell) > _MAX_UNITS:
        raise ValueError(cell)
    return int(cell)


def _name(cell: str) -> str:
    if not cell or len(cell) > 100 or not cell.isprintable():
        raise ValueError(cell)
    return cell


def _date(cell: str) -> dt.date:
    if len(cell) != 10:
        raise ValueError(cell)
    return dt.date.fromisoformat(cell)


def _truth(cell: str) -> bool:
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    known[""] = False
    if cell.lower() not in known:
        raise ValueError(cell)
    return known[cell.lower()]


_KIND_OF = {
    "amount_minor": "amount",
    "value_minor": "amount",
    "invoice_date": "date",
    "due_date": "date",
    "received_date": "date",
    "requested_date": "date",
    "disputed": "truth",
    "lines": "units",
    "on_hand": "units",
}
_CELLS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "text": ("1 to 100 printable characters", _name),
    "amount": ("a number above 0 with a decimal point and at most two decimals", _minor),
    "date": ("a date such as 2025-03-31", _date),
    "truth": ("yes or no", _truth),
    "units": (f"a whole number from 0 to {_MAX_UNITS:,}", _units),
}
