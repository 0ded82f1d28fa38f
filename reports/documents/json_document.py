"""A document as JSON: every number with its text, unit and interval, and the whole result."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date
from typing import Any

from reports.documents.document import (
    Answer,
    Block,
    Cards,
    Cell,
    Code,
    Document,
    Facts,
    Heading,
    Listing,
    Picture,
    Section,
    Table,
    Text,
    Warnings,
)

FORMAT = "o2c-document/1"


def json_text(document: Document) -> str:
    """Return a document as JSON text.

    Parameters
    ----------
    document
        Any document.

    Returns
    -------
    str
        One object: ``format``, ``kind``, ``title``, ``heading``, ``kicker``, ``basis``,
        ``currency``, ``reproduction``, ``logo`` (media type and base64, or null), ``sections``
        and ``result``. Each block has a ``type``; each cell ``text`` and, where it has them,
        ``value``, ``unit``, ``low``, ``high``, ``note``, ``kind``, ``verdict``, ``bar`` and
        ``code``. A cell that has a unit always has a ``value``, null where it is not known. What
        is not a finite number is null, dates are ISO 8601. Keys stand in a fixed order.
    """
    told = document.reproduction
    logo = document.logo
    content = {
        "format": FORMAT,
        "kind": document.kind,
        "title": document.title,
        "heading": document.heading,
        "kicker": document.kicker,
        "basis": document.basis,
        "currency": document.currency,
        "reproduction": {
            "command": told.command,
            "seed": told.seed,
            "versions": dict(told.versions),
            "made_from": dict(told.made_from),
        },
        "logo": None
        if logo is None
        else {
            "media_type": logo.media_type,
            "base64": base64.b64encode(logo.content).decode("ascii"),
        },
        "sections": [_section(section) for section in document.sections],
        "result": None if document.result is None else document.result(),
    }
    # Escaped to ASCII, a lone surrogate or a line separator of a log stays harmless anywhere.
    text = json.dumps(plain(content), allow_nan=False, separators=(",", ":"))
    return text + "\n"


def plain(value: Any) -> Any:
    """Return *value* as what JSON has: NaN and infinity become null, dates text, arrays lists.

    Raises
    ------
    TypeError
        If there is no such form of it.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            # A float of NumPy is one of Python as well, but prints its type.
            return float(value) if math.isfinite(value) else None
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=str)
        case Sequence():
            return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    # Arrays and scalars of NumPy, series of Polars.
    for method in ("tolist", "to_list"):
        if hasattr(value, method):
            return plain(getattr(value, method)())
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _section(section: Section) -> dict[str, Any]:
    return {
        "key": section.key,
        "title": section.title,
        "blocks": [_block(block) for block in section.blocks],
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Text(paragraphs, small):
            return {"type": "text", "paragraphs": paragraphs, "small": small}
        case Answer(items):
            told = [{"title": title, "text": text} for title, text in items]
            return {"type": "answer", "items": told}
        case Cards(cards):
            shown = [{"title": card.title, "items": _facts(card.items)} for card in cards]
            return {"type": "cards", "cards": shown}
        case Facts(items, large):
            return {"type": "facts", "items": _facts(items), "large": large}
        case Warnings(items):
            limits = [{"where": where, "what": what} for where, what in items]
            return {"type": "warnings", "items": limits}
        case Listing(title, items):
            return {"type": "listing", "title": title, "items": items}
        case Code(text):
            return {"type": "code", "text": text}
        case Heading(text):
            return {"type": "heading", "text": text}
        case Table():
            return {"type": "table", **_table(block)}
        case Picture():
            return {
                "type": "picture",
                "key": block.key,
                "title": block.title,
                "caption": block.caption,
                "alternative": block.alternative,
                "chart": None if block.chart is None else asdict(block.chart),
                "data": _table(block.data),
            }
    raise TypeError(f"{type(block).__name__} is not a block of a document")


def _table(table: Table) -> dict[str, Any]:
    return {
        "key": table.key,
        "caption": table.caption,
        "columns": [{"name": column.name, "unit": column.unit} for column in table.columns],
        "groups": [{"row": row, "title": title} for row, title in table.groups],
        "total": table.total,
        "rows": [[_cell(cell, column.unit) for cell, column in zip(row, table.columns, strict=True)]
                 for row in table.rows],
    }  # fmt: skip


def _facts(items: Sequence[tuple[str, Cell]]) -> list[dict[str, Any]]:
    return [{"label": label, **_cell(cell)} for label, cell in items]


def _cell(cell: Cell, unit: str = "") -> dict[str, Any]:
    told: dict[str, Any] = {"text": cell.text}
    unit = cell.unit or (unit if isinstance(cell.value, int | float) else "")
    if cell.value is not None or unit:
        told["value"] = cell.value
    if unit:
        told["unit"] = unit
    if cell.low is not None or cell.high is not None:
        told |= {"low": cell.low, "high": cell.high}
    for name in ("note", "kind", "verdict"):
        if getattr(cell, name):
            told[name] = getattr(cell, name)
    if cell.bar is not None:
        told["bar"] = cell.bar
    if cell.code:
        told["code"] = True
    return told
