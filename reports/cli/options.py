"""Options that several verbs share, so that they look and mean the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_LOG = "Reading the log"
_RUN = "The runs"
_WHERE = "Where they run and are kept"

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print nothing but errors and failed checks.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace what --output names.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Folder to write the results to.")
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, help="Same seed, same bytes.", rich_help_panel=_RUN)
]
Replications = Annotated[
    int,
    typer.Option(
        "--replications", "-r", min=2, max=100_000, help="Runs per scenario.", rich_help_panel=_RUN
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        max=1_024,
        help="Processes to use; one per processor by default. Results do not depend on it.",
        rich_help_panel=_RUN,
    ),
]
WarmUp = Annotated[
    int,
    typer.Option(
        "--warm-up", min=0, max=36_500, help="Days run but not measured.", rich_help_panel=_RUN
    ),
]
WarmUpUnlessOpening = Annotated[
    int | None,
    typer.Option(
        "--warm-up",
        min=0,
        max=36_500,
        help="Days run but not measured.",
        show_default="150; 0 with --opening",
        rich_help_panel=_RUN,
    ),
]
Days = Annotated[
    int, typer.Option("--days", min=1, max=36_500, help="Measured days.", rich_help_panel=_RUN)
]
CoolDown = Annotated[
    int,
    typer.Option(
        "--cool-down",
        min=0,
        max=36_500,
        help="Days run on so that measured orders get paid.",
        rich_help_panel=_RUN,
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Set a parameter of the company; repeatable."),
]
Opening = Annotated[
    Path | None,
    typer.Option(
        "--opening",
        metavar="FOLDER",
        help="Start from open_invoices.csv, open_orders.csv and stock.csv in this folder (each "
        "optional), without a warm-up.",
        rich_help_panel=_RUN,
    ),
]
Extension = Annotated[
    Path | None,
    typer.Option(
        "--extension",
        metavar="FILE",
        help="A Python file with stages or policies of your own. It is code: it is run with your "
        "rights, so use only files that you trust.",
        rich_help_panel=_RUN,
    ),
]
Executor = Annotated[
    str,
    typer.Option(
        "--executor",
        metavar="local|dask",
        help="Where to run: processes of this machine, or a Dask cluster (one of this machine's "
        "own without --scheduler). Results do not depend on it.",
        rich_help_panel=_WHERE,
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        help="Scheduler of a Dask cluster: tcp://HOST:PORT, or tls://HOST:PORT.",
        rich_help_panel=_WHERE,
    ),
]
TlsAuthority = Annotated[
    Path | None,
    typer.Option(
        "--tls-ca", metavar="FILE", help="Certificate authority (PEM).", rich_help_panel=_WHERE
    ),
]
TlsCertificate = Annotated[
    Path | None,
    typer.Option(
        "--tls-cert", metavar="FILE", help="Own certificate (PEM).", rich_help_panel=_WHERE
    ),
]
TlsKey = Annotated[
    Path | None,
    typer.Option("--tls-key", metavar="FILE", help="Own key (PEM).", rich_help_panel=_WHERE),
]
StoreFolder = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="FOLDER",
        help="Where finished runs are kept, so that none is made twice; $O2C_STORE or a folder of "
        "the user's cache by default.",
        rich_help_panel=_WHERE,
    ),
]
NoStore = Annotated[
    bool,
    typer.Option("--no-store", help="Keep no runs, use none kept.", rich_help_panel=_WHERE),
]
Precision = Annotated[
    list[str] | None,
    typer.Option(
        "--precision",
        metavar="KPI=WIDTH",
        help="Run on until the interval of the difference is as narrow: half-width in the KPI's "
        "unit, or 1% of the baseline's mean; 1% alone is for the main KPIs; repeatable.",
        rich_help_panel=_RUN,
    ),
]
MaxReplications = Annotated[
    int,
    typer.Option(
        "--max-replications",
        min=2,
        max=100_000,
        help="Runs per scenario at most, with --precision.",
        rich_help_panel=_RUN,
    ),
]
ControlVariates = Annotated[
    bool,
    typer.Option(
        "--control-variates",
        help="Free differences from the luck of demand, where that narrows their intervals.",
        rich_help_panel=_RUN,
    ),
]
ParameterUncertainty = Annotated[
    bool,
    typer.Option(
        "--parameter-uncertainty",
        help="Also run companies that the data of a calibrated one might as well have come from, "
        "so that intervals include not knowing the company.",
        rich_help_panel=_RUN,
    ),
]
UncertaintyFile = Annotated[
    Path | None,
    typer.Option(
        "--uncertainty-file",
        metavar="FILE",
        help="Draws of the company's parameters, for --parameter-uncertainty; beside its file "
        "(NAME.uncertainty.json) by default.",
        rich_help_panel=_RUN,
    ),
]
CaseColumn = Annotated[
    str | None, typer.Option("--case", help="Column with the case.", rich_help_panel=_LOG)
]
ActivityColumn = Annotated[
    str | None, typer.Option("--activity", help="Column with the activity.", rich_help_panel=_LOG)
]
TimeColumn = Annotated[
    str | None,
    typer.Option("--time", help="Column with the completion time.", rich_help_panel=_LOG),
]
StartColumn = Annotated[
    str | None, typer.Option("--start", help="Column with the start time.", rich_help_panel=_LOG)
]
ResourceColumn = Annotated[
    str | None, typer.Option("--resource", help="Column with the person.", rich_help_panel=_LOG)
]
RoleColumn = Annotated[
    str | None, typer.Option("--role", help="Column with the role.", rich_help_panel=_LOG)
]
AutomatedColumn = Annotated[
    str | None,
    typer.Option(
        "--automated", help="Column that tells people from systems.", rich_help_panel=_LOG
    ),
]
AmountColumn = Annotated[
    str | None,
    typer.Option("--amount", help="Column with the money an event moves.", rich_help_panel=_LOG),
]
TimeFormat = Annotated[
    str | None,
    typer.Option(
        "--time-format", help="Such as '%d.%m.%Y %H:%M'; guessed by default.", rich_help_panel=_LOG
    ),
]
Delimiter = Annotated[
    str | None, typer.Option("--delimiter", help="Column separator.", rich_help_panel=_LOG)
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Such as cp1252.", rich_help_panel=_LOG)
]
CaseType = Annotated[
    str | None,
    typer.Option(
        "--case-type",
        help="What a case is: the object type of an OCEL log, or a name for a flat one's cases "
        "(order, order_line).",
        rich_help_panel=_LOG,
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(
        "--sheet",
        help="Sheet of an Excel workbook; that with most rows by default.",
        rich_help_panel=_LOG,
    ),
]
InvoiceColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="PART=COLUMN",
        help="Column of a list of invoices: invoice, customer, amount, invoice_date, due_date, "
        "settled_date, days_late or disputed; repeatable.",
        rich_help_panel=_LOG,
    ),
]
MappingFile = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        metavar="FILE",
        help="YAML with columns, formats, zone and names of activities; flags come before it.",
        rich_help_panel=_LOG,
    ),
]
WriteMapping = Annotated[
    Path | None,
    typer.Option(
        "--write-mapping",
        metavar="FILE",
        help="Write how the log was read, for --mapping.",
        rich_help_panel=_LOG,
    ),
]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        metavar="FILTER",
        help="Only cases such as 'activity=Set Credit Block', 'hours>48', 'follows=A>B', "
        "'top=80%', 'started=2024-01-01..2024-03-31', 'customer=C1|C2'; != for others; "
        "repeatable.",
    ),
]
Currency = Annotated[
    str | None,
    typer.Option(
        metavar="CODE",
        help="Currency of a log that names none, such as EUR. Amounts are not converted.",
    ),
]
Locale = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="How numbers are written, such as de_DE or en_US."),
]
Zone = Annotated[
    str,
    typer.Option("--zone", help="Time zone of stamps that state none.", rich_help_panel=_LOG),
]


def warm_up_days(given: int | None, opening: Path | None) -> int:
    """Return the days of warm-up: a run that starts from a company's present needs none."""
    if given is not None:
        return given
    return 150 if opening is None else 0
