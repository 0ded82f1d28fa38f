"""Cells from numbers: the text people read beside the value that the result holds."""

from __future__ import annotations

import math

from reports.answer import estimate_text, signed_text
from reports.documents.document import Cell, Kind, Value
from reports.number_text import NOT_AVAILABLE, count_text, duration_text, value_text
from scenarios.estimate import Estimate


def text_cell(text: str, note: str = "", *, code: bool = False) -> Cell:
    """Return a cell of words; *code* for keys and paths."""
    return Cell(text, note=note, code=code)


def value_cell(value: float | None, unit: str, currency: str = "", *, note: str = "") -> Cell:
    """Return a number with its unit, ``n/a`` for None and NaN."""
    if value is None or math.isnan(value):
        return Cell(NOT_AVAILABLE, None, unit, note=note)
    return Cell(value_text(value, unit, currency), value, unit, note=note)


def count_cell(count: float, *, note: str = "") -> Cell:
    """Return a whole number."""
    return Cell(count_text(count), count, "count", note=note)


def duration_cell(hours: float | None, *, note: str = "") -> Cell:
    """Return a duration in the unit a reader would choose; its value stays in hours."""
    known: Value = None if hours is None or math.isnan(hours) else hours
    return Cell(duration_text(hours), known, "hours", note=note)


def estimate_cell(estimate: Estimate | None, unit: str, currency: str = "") -> Cell:
    """Return an estimate with its interval in the note."""
    text, span = estimate_text(estimate, unit, currency)
    return _estimated(text, span, estimate, unit)


def change_cell(
    estimate: Estimate | None,
    unit: str,
    currency: str = "",
    *,
    kind: Kind = "",
    verdict: str = "",
) -> Cell:
    """Return a difference with its sign, its interval in the note, and a verdict."""
    text, span = signed_text(estimate, unit, currency)
    told = "percentage points" if unit == "share" else unit
    return _estimated(text, span, estimate, told, kind, verdict)


def _estimated(
    text: str,
    span: str,
    estimate: Estimate | None,
    unit: str,
    kind: Kind = "",
    verdict: str = "",
) -> Cell:
    if estimate is None or math.isnan(estimate.mean):
        return Cell(text, None, unit, kind=kind, verdict=verdict)
    low, high = (estimate.low, estimate.high) if span else (None, None)
    return Cell(text, estimate.mean, unit, low, high, span, kind, verdict)
