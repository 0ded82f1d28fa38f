"""The performance views of ``o2c mine``: as text, as JSON-ready data, as files."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from mining.views import Views

_SHOWN = 5


def view_document(views: Views) -> dict[str, Any]:
    """Return the views as JSON-ready data."""
    graph = views.object_graph
    return {
        "happy_path": dataclasses.asdict(views.happy_path),
        "bottlenecks": views.bottlenecks.to_dicts(),
        "value_source": views.value_source,
        "handovers": {"people": _handovers(views.people), "roles": _handovers(views.roles)},
        "batches": views.batches.to_dicts(),
        "drift": {
            "months": views.drift.months.to_dicts(),
            "changes": views.drift.changes.to_dicts(),
            "unit": views.drift.unit,
            "values": views.drift.values,
            "test": views.drift.test,
        },
        "object_graph": None
        if graph is None
        else {field.name: getattr(graph, field.name).to_dicts() for field in _fields(graph)},
        "segments": None
        if views.segments is None
        else {"attribute": views.segment, "rows": views.segments.to_dicts()},
        "segment_kpis": _rows(views.segment_kpis),
        "monthly_kpis": _rows(views.monthly_kpis),
    }


def write_views(views: Views, folder: Path) -> None:
    """Write the tables of the views as CSV."""
    from reports.table_file import write_table

    tables: dict[str, pl.DataFrame | None] = {
        "bottlenecks": views.bottlenecks,
        "handovers_people": views.people.pairs,
        "handovers_roles": views.roles.pairs,
        "batches": views.batches,
        "drift_months": views.drift.months,
        "drift_changes": views.drift.changes,
        "object_graph": None if views.object_graph is None else views.object_graph.edges,
        "segments": views.segments,
        "segment_kpis": views.segment_kpis,
        "monthly_kpis": views.monthly_kpis,
    }
    for name, table in tables.items():
        if table is not None:
            write_table(table, folder / f"{name}.csv")


def view_lines(views: Views, currency: str) -> list[str]:
    """Return the views as lines of text: what holds the most, and what changed."""
    from reports.cli.tables import text_table, wrapped
    from reports.documents.view_sections import table_of, text_of, view_sections

    lines: list[str] = []
    for section in view_sections(views, currency):
        if section.key == "drift":
            lines += ["", wrapped(f"drift: {text_of(section).partition(' Cases of')[0]}", 2)]
            continue
        table = table_of(section)
        rows = table.rows if section.key == "segments" else table.rows[:_SHOWN]
        head = (section.title.lower(), *(column.name.lower() for column in table.columns[1:]))
        told = [[cell.text.replace("→", "->") for cell in row] for row in rows]
        lines += ["", text_table(head, told)]
    return lines


def _rows(table: pl.DataFrame | None) -> list[dict[str, Any]] | None:
    return None if table is None else table.to_dicts()


def _handovers(found: Any) -> dict[str, Any]:
    own = {field.name: getattr(found, field.name) for field in _fields(found)}
    return {**own, "pairs": found.pairs.to_dicts()}


def _fields(value: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(value)
