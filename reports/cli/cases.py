"""``o2c cases``: the cases of a log that filters leave, and the events of one."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.console import emit, say, working
from reports.cli.faults import verb

if TYPE_CHECKING:
    import polars as pl


class Order(StrEnum):
    """Which cases come first."""

    LONGEST = "longest"
    SHORTEST = "shortest"
    FIRST = "first"
    LAST = "last"
    MOST_EVENTS = "most-events"


@verb
def cases(
    log: Annotated[Path, typer.Argument(help="A log; see o2c mine.")],
    case_id: Annotated[
        str | None, typer.Option("--id", metavar="CASE", help="Show the events of this case.")
    ] = None,
    order: Annotated[Order, typer.Option(help="Which cases come first.")] = Order.LONGEST,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many to show.")] = 20,
    offset: Annotated[int, typer.Option(min=0, help="How many to leave out first.")] = 0,
    case: options.CaseColumn = None,
    activity: options.ActivityColumn = None,
    time: options.TimeColumn = None,
    start: options.StartColumn = None,
    resource: options.ResourceColumn = None,
    role: options.RoleColumn = None,
    automated: options.AutomatedColumn = None,
    amount: options.AmountColumn = None,
    time_format: options.TimeFormat = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    case_type: options.CaseType = None,
    filters: options.Filters = None,
    sheet: options.Sheet = None,
    invoice_columns: options.InvoiceColumns = None,
    mapping_file: options.MappingFile = None,
    zone: options.Zone = "UTC",
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """List the cases of a log, or the events of one of them.

    With --filter only those that pass: which orders went a certain way, and how long they took.

    o2c cases log.csv --order longest --limit 5
    """
    from mining.case_list import case_events, case_list
    from reports.cli.examined import require_events
    from reports.cli.filtering import narrowed
    from reports.cli.reading import read_for
    from reports.cli.tables import counted

    with working("reading", quiet=quiet):
        read, chosen = read_for(
            log,
            zone,
            case=case,
            activity=activity,
            time=time,
            start=start,
            resource=resource,
            role=role,
            automated=automated,
            amount=amount,
            time_format=time_format,
            delimiter=delimiter,
            encoding=encoding,
            case_type=case_type,
            sheet=sheet,
            invoice_columns=invoice_columns,
            mapping_file=mapping_file,
        )
        require_events(read)
        names = read.log.activities
        read = narrowed(read, chosen, filters)
    about: dict[str, Any] = {
        "source": read.log.source,
        "case_type": chosen,
        "zone": read.log.zone,
        "filters": filters or [],
        "activities": names,
    }
    if case_id is not None:
        events = case_events(read.log, chosen, case_id)
        if json_output:
            emit("cases", {**about, "case": case_id, "events": _rows(events)})
            return
        for row in events.iter_rows(named=True):
            who = f"  {row['resource']}" if row["resource"] else ""
            say(f"{row['time']:%Y-%m-%d %H:%M:%S}  {row['activity']}{who}", quiet=quiet)
        return
    found = case_list(read.log, chosen, order=order.value, offset=offset, limit=limit)
    if json_output:
        emit("cases", {**about, "total": found.total, "offset": offset, "order": order.value,
                       "cases": _rows(found.cases)})  # fmt: skip
        return
    from reports.number_text import duration_text

    say(counted(found.total, "case"), quiet=quiet)
    for row in found.cases.iter_rows(named=True):
        told = f"{duration_text(row['hours'])}, {counted(row['events'], 'event')}"
        say(f"  {row['case']}: {told}, from {row['first']:%Y-%m-%d}", quiet=quiet)


def _rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            name: value.isoformat(sep=" ") if hasattr(value, "isoformat") else value
            for name, value in row.items()
        }
        for row in table.to_dicts()
    ]
