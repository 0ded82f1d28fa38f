"""What ``o2c mine`` shows of a list of invoices."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.cli.console import emit, say

if TYPE_CHECKING:
    import polars as pl

    from mining.invoice_list import InvoiceList
    from mining.read import ReadLog


def listed(read: ReadLog, output: Path | None) -> InvoiceList:
    """Return what a list of invoices tells.

    Raises
    ------
    LogError
        If a report is asked for of a list without dates, which has no events to draw.
    """
    from mining.invoice_list import invoice_list
    from o2c_sim.errors import LogError, Problem

    if output is not None and read.log.events.is_empty():
        raise LogError(
            Problem(
                "a list of invoices without dates has no events, so there is no report of it",
                where=read.log.source,
                suggestion="leave --output away, or name columns of dates with --column",
            )
        )
    return invoice_list(read.log)


def show(found: InvoiceList, read: ReadLog, *, quiet: bool, as_json: bool) -> None:
    """Print a list of invoices that has no dates."""
    from reports.cli.reading import mapping_lines
    from reports.cli.tables import wrapped

    if as_json:
        about = {"source": read.log.source, "notes": read.notes, "kpis": {}}
        emit("mine", {**about, "invoices": document(found)})
        return
    notes = [wrapped(f"  note: {note}", 4) for note in read.notes]
    for line in [*mapping_lines(read), read.log.source, *lines(found), "", "data quality:", *notes]:
        say(line, quiet=quiet)


def document(found: InvoiceList) -> dict[str, Any]:
    """Return it as JSON-ready data."""
    tables = {"lateness": found.lateness.to_dicts(), "ageing": found.ageing.to_dicts()}
    return {**dataclasses.asdict(dataclasses.replace(found)), **tables}


def lines(found: InvoiceList) -> list[str]:
    """Return it as text."""
    from reports.cli.tables import counted, text_table

    shown = [
        ("Invoices", f"{found.invoices:,}"),
        ("Customers", f"{found.customers:,}"),
        ("Amount", f"{found.amount:,.2f}"),
    ]
    if found.settled is not None:
        shown.append(("Settled", f"{found.settled:,}"))
    if not math.isnan(found.days_late_mean):
        shown += [
            ("Days late, mean", f"{found.days_late_mean:.1f}"),
            ("Days late, median", f"{found.days_late_median:.1f}"),
            ("Days late, 90th percentile", f"{found.days_late_p90:.1f}"),
            ("Days late, mean by amount", f"{found.days_late_weighted:.1f}"),
            ("Invoices paid late", f"{found.late_share:.1%}"),
            ("Amount paid late", f"{found.late_amount_share:.1%}"),
        ]
    if not math.isnan(found.disputed_share):
        shown.append(("Disputed", f"{found.disputed_share:.1%}"))
    parts = ["", text_table(("list of invoices", "value"), shown)]
    if found.lateness["invoices"].sum():
        parts += ["", _buckets("days late", found.lateness)]
    if found.as_of is not None:
        if found.ageing["invoices"].sum():
            parts += ["", _buckets(f"open on {found.as_of}, past due", found.ageing)]
        elif found.settled == found.invoices:
            parts += ["", f"all {counted(found.invoices, 'invoice')} are settled: what was open "
                      "and never paid may not be in the list"]  # fmt: skip
    return parts


def _buckets(title: str, table: pl.DataFrame) -> str:
    from reports.cli.tables import text_table

    rows = [(bucket, f"{count:,}", f"{amount:,.2f}") for bucket, count, amount in table.iter_rows()]
    return text_table((title, "invoices", "amount"), rows)
