"""How one cell of a document stands in a spreadsheet: real numbers, formats by unit, safe text."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeGuard

from reports.documents.document import Cell, Value
from reports.figures.text_fit import ELLIPSIS, printable
from reports.number_text import NOT_AVAILABLE

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.format import Format  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

# Excel, "Excel specifications and limits": UTF-16 units in a cell.
MOST_CHARACTERS = 32_767
_EXACT_INTEGERS = 2**53
_MOST_DECIMALS = 4
# Excel counts days from 1900 on; its calendar before March 1900 has a day too many.
_FIRST_DATE = date(1900, 3, 1)
_BASE: Mapping[str, Any] = {"font_name": "Calibri", "font_size": 10, "valign": "top"}


class Formats:
    """The cell formats of a workbook, each made once.

    Parameters
    ----------
    book
        The workbook that they belong to.
    currency
        ISO code of its money.
    """

    def __init__(self, book: Workbook, currency: str) -> None:
        self._book = book
        self._currency = re.sub(r"[^A-Za-z]", "", currency)[:8]
        self._made: dict[tuple[tuple[str, object], ...], Format] = {}

    def look(self, **properties: Any) -> Format:
        """Return the format with these properties of XlsxWriter."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({**_BASE, **properties})
        return self._made[key]

    def number_format(self, value: float, unit: str) -> str:
        """Return the number format of a value in its unit; see :func:`number_format`."""
        return number_format(value, unit, self._currency)


def number_format(value: float, unit: str, currency: str = "") -> str:
    """Return the number format of *value*.

    Parameters
    ----------
    value
        As stored: shares 0 to 1, money in currency.
    unit
        As in :class:`~reports.documents.document.Cell`.
    currency
        ISO code, letters only.

    Returns
    -------
    str
        One decimal for days, hours and percentages, none for counts and money from 100 on; more
        where the value would be shown as nothing, so that what is not zero does not look it.
    """
    if unit == "currency":
        digits = "#,##0" + _fraction(value, 0 if abs(value) >= 100 or value == 0 else 2)
        return f'"{currency}" {digits};-"{currency}" {digits}' if currency else digits
    if unit == "share":
        return f"0{_fraction(value * 100, 1)} %"
    if unit == "percentage points":
        digits = f"0{_fraction(value * 100, 1)} %"
        return f"+{digits};-{digits};{digits}"
    if unit == "count" or (unit not in ("days", "hours") and isinstance(value, int)):
        return "#,##0" if float(value).is_integer() else "#,##0" + _fraction(value, 1)
    if unit in ("days", "hours"):
        return "#,##0" + _fraction(value, 1)
    return "#,##0" + _fraction(value, 2) if abs(value) >= 0.01 or value == 0 else "General"


def number_length(value: float, unit: str, currency: str = "") -> int:
    """Return about how many characters a number takes, which must all fit: else ``###`` shows."""
    told = number_format(value, unit, currency)
    if told == "General":
        return 11
    _, _, fraction = told.split(";")[0].rstrip(" %").partition(".")
    shown = value * 100 if unit in ("share", "percentage points") else value
    length = len(f"{shown:,.{len(fraction)}f}")
    return length + (2 if "%" in told else 0) + (len(currency) + 1 if unit == "currency" else 0)


def unit_word(unit: str, currency: str) -> str:
    """Return a unit as a head says it; empty where the number needs none."""
    return {"currency": currency, "share": "%", "count": "", "percentage points": "pp"}.get(
        unit, unit
    )


def is_number(value: Value) -> TypeGuard[float]:
    """Return whether a spreadsheet holds the value as a number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def safe_text(text: str) -> str:
    """Return text that a spreadsheet shows and does nothing else with.

    Control characters become spaces, what exceeds a cell ends in an ellipsis, and nothing can be
    taken for ready-made markup. What begins like a formula stays as it is: it is written as text.
    """
    text = printable(text)
    if text.startswith("<r>") and text.endswith("</r>"):
        # The library writes such a string as markup, unescaped.
        text = "\u200b" + text
    encoded = text.encode("utf-16-le")
    if len(encoded) > 2 * MOST_CHARACTERS:
        text = encoded[: 2 * (MOST_CHARACTERS - 1)].decode("utf-16-le", "ignore") + ELLIPSIS
    return text


def head_text(text: str) -> str:
    """Return text for a title of a chart, where a leading ``=`` would refer to a cell."""
    text = safe_text(text)[:255]
    return f" {text}" if text.startswith("=") else text


def write_cell(
    sheet: Worksheet,
    row: int,
    column: int,
    cell: Cell,
    formats: Formats,
    *,
    blank: bool = False,
    **look: Any,
) -> None:
    """Write a cell: its value where it has one, else its text.

    Parameters
    ----------
    sheet, row, column
        Where, counted from 0.
    cell
        What.
    formats
        Of the workbook.
    blank
        Leave the place empty where a number is missing, as a chart needs it.
    **look
        More properties of the format.
    """
    value = cell.value
    if isinstance(value, bool) or value is None or isinstance(value, str):
        missing = cell.text.strip() in ("", NOT_AVAILABLE) and value is None
        if not (blank and missing):
            write_text(sheet, row, column, cell.text or str(value or ""), formats, **look)
    elif isinstance(value, date):
        write_date(sheet, row, column, value, formats, **look)
    else:
        write_number(sheet, row, column, value, cell.unit, formats, blank=blank, **look)


def write_number(
    sheet: Worksheet,
    row: int,
    column: int,
    value: float | None,
    unit: str,
    formats: Formats,
    *,
    blank: bool = False,
    **look: Any,
) -> None:
    """Write a number with the format of its unit; what is none as ``n/a``, or not at all."""
    if value is None or not math.isfinite(value):
        if not blank:
            write_text(sheet, row, column, NOT_AVAILABLE, formats, **{"align": "right", **look})
    elif isinstance(value, int) and abs(value) > _EXACT_INTEGERS:
        # A spreadsheet would round it.
        write_text(sheet, row, column, str(value), formats, **{"align": "right", **look})
    else:
        told = formats.number_format(value, unit)
        sheet.write_number(row, column, value, formats.look(num_format=told, **look))


def write_text(
    sheet: Worksheet, row: int, column: int, text: str, formats: Formats, **look: Any
) -> None:
    """Write text that is never a formula, a number or a link."""
    sheet.write_string(row, column, safe_text(text), formats.look(**look))


def write_date(
    sheet: Worksheet, row: int, column: int, value: date, formats: Formats, **look: Any
) -> None:
    """Write a date or a moment; what the spreadsheet's calendar cannot hold, as text."""
    aware = isinstance(value, datetime) and value.tzinfo is not None
    day = value.date() if isinstance(value, datetime) else value
    if aware or day < _FIRST_DATE:
        write_text(sheet, row, column, value.isoformat(), formats, **look)
        return
    told = "yyyy-mm-dd hh:mm" if isinstance(value, datetime) else "yyyy-mm-dd"
    shown = formats.look(**{"align": "left", **look, "num_format": told})
    sheet.write_datetime(row, column, value, shown)


def _fraction(value: float, decimals: int) -> str:
    while value and decimals < _MOST_DECIMALS and round(value, decimals) == 0:
        decimals += 1
    return "." + "0" * decimals if decimals else ""
