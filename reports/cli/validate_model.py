"""``o2c validate-model``: how far a model lies from data that it has not seen."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.console import command_line, emit, plain, say
from reports.cli.faults import verb

if TYPE_CHECKING:
    from o2c_sim import CompanyModel
    from reports.cli.validation_kinds import Validated

_COMPANY = "Judging a company"
_RUNS = 10
# As in o2c calibrate.
_TUNING = 30


class Protocol(StrEnum):
    """How a log is split, and what is measured."""

    TEMPORAL_80_20 = "temporal-80-20"


@verb
def validate_model(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="[MODEL] [LOG]",
            help="A log alone: a model is discovered from its first part and judged by its last. A "
            "company file or name and a log; a company and --ar; a discovered model and a log.",
        ),
    ],
    protocol: Annotated[
        Protocol,
        typer.Option(
            help="temporal-80-20: the first 80% of the events train, the last 20% test, cases cut "
            "by the border are dropped."
        ),
    ] = Protocol.TEMPORAL_80_20,
    runs: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=10_000,
            help="Simulated logs.",
            show_default="10; of a company's customers 200",
        ),
    ] = None,
    receivables: Annotated[
        Path | None,
        typer.Option(
            "--ar",
            metavar="FILE",
            help="List of invoices that judges how the customers pay.",
            rich_help_panel=_COMPANY,
        ),
    ] = None,
    first: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DATE",
            help="First day on which cases begin that judge it.",
            rich_help_panel=_COMPANY,
        ),
    ] = None,
    last: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="DATE",
            help="Last day on which such cases begin.",
            rich_help_panel=_COMPANY,
        ),
    ] = None,
    train_first: Annotated[
        str | None,
        typer.Option(
            "--train-from",
            metavar="DATE",
            help="Compare with how far the cases since that day lie from those judged, as the "
            "company was calibrated with --from.",
            show_default="all before --from",
            rich_help_panel=_COMPANY,
        ),
    ] = None,
    uncertainty: Annotated[
        Path | None,
        typer.Option(
            "--parameter-uncertainty",
            metavar="FILE",
            help="Draws of the parameters (model.uncertainty.json): bands then include not knowing "
            "the company.",
            rich_help_panel=_COMPANY,
        ),
    ] = None,
    own_log: Annotated[
        bool,
        typer.Option(
            "--order-to-cash",
            help="Of a log alone: calibrate a company by its first part and judge it by the orders "
            "or lines that begin last, instead of discovering a model; --ar then serves the "
            "calibration.",
            rich_help_panel=_COMPANY,
        ),
    ] = False,
    tuning: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=10_000,
            metavar="RUNS",
            help="With --order-to-cash: as in o2c calibrate.",
            show_default="30",
            rich_help_panel=_COMPANY,
        ),
    ] = None,
    output: options.Output = None,
    case: options.CaseColumn = None,
    activity: options.ActivityColumn = None,
    time: options.TimeColumn = None,
    start: options.StartColumn = None,
    resource: options.ResourceColumn = None,
    time_format: options.TimeFormat = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    case_type: options.CaseType = None,
    sheet: options.Sheet = None,
    invoice_columns: options.InvoiceColumns = None,
    mapping_file: options.MappingFile = None,
    zone: options.Zone = "UTC",
    seed: options.Seed = 1,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Say how far a model lies from data that it has not seen, and what it may be used for.

    Of a log alone, the first part teaches a model and the last part judges it, by the published
    distances, beside the replayed past and what published methods reach.

    o2c validate-model process.csv --protocol temporal-80-20 --runs 3

    o2c validate-model orders.csv --order-to-cash
    """
    from reports.cli import validation_kinds as kinds
    from reports.cli.places import ready_folder

    if own_log:
        _require_log_alone(files)
    model = None if own_log else _model_of(files, receivables)
    of_log = not own_log and receivables is None and (model is None or kinds.is_discovered(model))
    _require_used(
        {"--from": first, "--until": last}
        if of_log or (receivables is not None and not own_log)
        else {},
        {"--parameter-uncertainty": uncertainty} if of_log or own_log else {},
        {"--train-from": train_first} if own_log else {},
    )
    if tuning is not None and not own_log:
        raise _tuning_alone()
    inputs = (*files, *(path for path in (receivables, uncertainty) if path is not None))
    ready_folder(output, force=force, inputs=inputs)
    reading: dict[str, Any] = {
        "zone": zone,
        "case": case,
        "activity": activity,
        "time": time,
        "start": start,
        "resource": resource,
        "time_format": time_format,
        "delimiter": delimiter,
        "encoding": encoding,
        "case_type": case_type,
        "sheet": sheet,
        "mapping_file": mapping_file,
    }
    if own_log:
        from reports.cli.held_out import company_by_own_log

        found = company_by_own_log(
            files[0], receivables, (first, last), runs or _RUNS, _TUNING if tuning is None else
            tuning, seed, reading, invoice_columns, quiet=quiet,
        )  # fmt: skip
    elif receivables is not None:
        from o2c_sim import load_company

        found = kinds.company_by_invoices(
            load_company(str(model)), receivables, runs, seed, zone, invoice_columns, uncertainty,
            quiet=quiet,
        )  # fmt: skip
    elif of_log or model is None:
        found = kinds.by_protocol(
            files[-1], protocol.value, runs or _RUNS, seed, reading,
            method=None if model is None else kinds.stored_method(model), quiet=quiet,
        )  # fmt: skip
    else:
        found = kinds.company_by_log(
            _drawn(model, uncertainty), files[1], first, last, runs or _RUNS, seed,
            reading, train_first=train_first, quiet=quiet,
        )  # fmt: skip
    if output is not None:
        _write(output, found, seed, force=force)
    if json_output:
        emit("validate-model", {**found.document, "output": str(output) if output else None})
        return
    for line in found.lines:
        say(line, quiet=quiet)
    if output is not None:
        say(f"written: {output}", quiet=quiet)


def _require_used(*options: dict[str, object]) -> None:
    """Refuse options that would change nothing: whoever gives them expects that they do.

    Raises
    ------
    UsageError
        If one has a value.
    """
    from o2c_sim.errors import Problem, UsageError

    for option, value in ((name, value) for part in options for name, value in part.items()):
        if value is not None:
            raise UsageError(
                Problem(
                    f"{option} is for a company that is judged by a log",
                    allowed="MODEL LOG --from DATE --until DATE; MODEL may be no discovered one",
                    suggestion=f"leave out {option}",
                )
            )


def _require_log_alone(files: list[Path]) -> None:
    """Refuse anything but one log."""
    from o2c_sim.errors import Problem, UsageError
    from reports.cli.validation_kinds import is_discovered

    if len(files) != 1 or is_discovered(files[0]):
        raise UsageError(
            Problem(
                "--order-to-cash calibrates a company by the first part of a log itself",
                allowed="LOG --order-to-cash",
                suggestion="give the log alone, or leave out --order-to-cash",
            )
        )


def _tuning_alone() -> Exception:
    from o2c_sim.errors import Problem, UsageError

    return UsageError(
        Problem(
            "--tuning is for a company that is calibrated here",
            allowed="LOG --order-to-cash --tuning RUNS",
            suggestion="leave out --tuning",
        )
    )


def _model_of(files: list[Path], receivables: Path | None) -> Path | None:
    """Return the model among what is given; None if there is only a log.

    Raises
    ------
    UsageError
        If it is not one of the combinations that can be judged.
    """
    from o2c_sim.errors import Problem, UsageError
    from reports.cli.validation_kinds import is_discovered

    if receivables is not None and len(files) == 1:
        return files[0]
    if receivables is None and len(files) == 1 and not is_discovered(files[0]):
        return None
    if receivables is None and len(files) == 2:
        return files[0]
    if is_discovered(files[0]) and len(files) == 1:
        raise UsageError(
            Problem(
                "a discovered model, and nothing to judge it by",
                where=str(files[0]),
                allowed="MODEL LOG",
            )
        )
    more = " and --ar" if receivables is not None else ""
    raise UsageError(
        Problem(
            f"{len(files)} files{more} are given",
            allowed="LOG; MODEL LOG; or MODEL --ar FILE",
        )
    )


def _drawn(model: Path, uncertainty: Path | None) -> list[CompanyModel]:
    """Return the company, or the companies that the data it was made from allow as well."""
    from o2c_sim import load_company

    company = load_company(str(model))
    if uncertainty is None:
        return [company]
    from mining.calibration.uncertainty import drawn_company, read_uncertainty

    draws = read_uncertainty(uncertainty, company)
    return [drawn_company(company, draws, number) for number in range(draws.count)]


def _write(folder: Path, found: Validated, seed: int, *, force: bool) -> None:
    from o2c_sim.atomic import new_folder
    from o2c_sim.simulation import versions
    from reports.documents.validation_document import FORMAT
    from reports.table_file import write_table

    made = {"format": FORMAT, **found.document}
    made |= {"seed": seed, "command": command_line(), "versions": versions()}
    text = json.dumps(plain(made), indent=1, default=str, allow_nan=False)
    with new_folder(folder, replace=force) as aside:
        (aside / "validation.json").write_text(text + "\n", encoding="utf-8")
        (aside / "validation.txt").write_text("\n".join(found.lines) + "\n", encoding="utf-8")
        if found.report:
            (aside / "validation.md").write_text(found.report, encoding="utf-8")
        for name, table in found.tables.items():
            write_table(table, aside / f"{name}.csv")
