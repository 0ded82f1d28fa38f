"""What ``o2c validate-model`` can judge: a log, a discovered model, a company, its customers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.cli.console import progress, working
from reports.cli.reading import mapping_lines, read_for

if TYPE_CHECKING:
    import polars as pl

    from mining.calibration.estimate import Source
    from mining.validation.protocol import Method, ProtocolResult
    from mining.validation.scores import Score
    from o2c_sim import CompanyModel


@dataclass(frozen=True, slots=True)
class Validated:
    """A validation, ready to be shown and written.

    Parameters
    ----------
    document
        JSON-ready data.
    lines
        The same as lines of text.
    tables
        Tables to be written as CSV, by name.
    report
        A report in Markdown; empty if the lines are all there is.
    """

    document: dict[str, Any]
    lines: list[str]
    tables: dict[str, pl.DataFrame] = field(repr=False)
    report: str = ""


def by_protocol(
    path: Path,
    protocol: str,
    runs: int,
    seed: int,
    reading: dict[str, Any],
    *,
    method: Method | None = None,
    quiet: bool,
) -> Validated:
    """Judge what a method learns from the first part of a log by the last part.

    Parameters
    ----------
    path
        The log.
    protocol, runs, seed
        As the verb has them.
    reading
        See :func:`reports.cli.reading.read_for`.
    method
        What learns; discovers a model by default.
    quiet
        Whether to show no progress.
    """
    import polars as pl

    from mining.validation.event_table import event_table
    from mining.validation.protocol import run_protocol
    from reports.cli.examined import require_events
    from reports.cli.validation_tables import protocol_lines

    with working("reading", quiet=quiet):
        read, _ = read_for(path, **reading)
        require_events(read)
        events = event_table(read)
    with progress("simulating", quiet=quiet) as step:
        found = run_protocol(
            events, source=str(path), runs=runs, seed=seed, method=method, step=step
        )
    measures = found.measures
    tables = {
        name: pl.DataFrame([dataclasses.asdict(row) for row in rows])
        for name, rows in (
            ("activities", measures.prevalence),
            ("lags", measures.lags),
            ("kpis", measures.kpis),
        )
        if rows
    }
    return Validated(
        document=protocol_document(found, protocol),
        lines=[*mapping_lines(read), *protocol_lines(found)],
        tables={**tables, "simulated": found.simulated},
    )


def is_discovered(path: Path) -> bool:
    """Tell whether a folder holds a discovered model."""
    return (path / "histories.parquet").is_file()


def stored_method(path: Path) -> Method:
    """Return a discovered model of a folder as what is judged instead of a new one."""
    from mining.validation.protocol import stored
    from o2c_sim.discovered.files import load

    return stored(load(path))


def protocol_document(found: ProtocolResult, protocol: str) -> dict[str, Any]:
    """Return the outcome of the protocol as JSON-ready data."""
    measures, published = found.measures, found.published
    return {
        "log": found.log,
        "protocol": protocol,
        "runs": found.runs,
        "train": found.train,
        "test": found.test,
        "cut_cases": found.cut_cases,
        "follow_up_hours": None if math.isinf(found.follow_up_hours) else found.follow_up_hours,
        "model": _scores(found.model),
        "replay": _scores(found.replay),
        "train_to_test": found.train_to_test,
        "floor": _scores(found.floor),
        "published": published
        and {"log": published.log, "best": published.best, "median": published.median},
        "next_activity": found.next_activity,
        "measures": {
            **dataclasses.asdict(measures),
            "prevalence_gap": measures.prevalence_gap,
            "lag_ratio": measures.lag_ratio,
        },
        "curves": found.curves.to_dicts(),
        "clock": found.clock.to_dicts(),
        "cpu_seconds": found.cpu_seconds,
        "verdict": found.verdict,
    }


def _scores(scores: dict[str, Score]) -> dict[str, Any]:
    return {
        name: {"mean": one.mean, "sd": one.sd, "runs": list(one.runs)}
        for name, one in scores.items()
    }


def company_by_log(
    models: list[CompanyModel],
    path: Path,
    first: str | None,
    last: str | None,
    runs: int,
    seed: int,
    reading: dict[str, Any],
    *,
    train_first: str | None = None,
    quiet: bool,
) -> Validated:
    """Judge a company by a part of a log that it has not seen.

    Parameters
    ----------
    models
        The company, or draws from its uncertainty.
    path
        The log.
    first, last
        First and last day, as text, on which the cases begin that judge it.
    runs, seed, reading, quiet
        See :func:`by_protocol`.
    train_first
        First day, as text, on which the cases begin that they are compared with; all if None.

    Raises
    ------
    UsageError
        If a day is missing or is no date, or the training part begins after its end.
    """
    from mining.calibration.source import source_of
    from o2c_sim.errors import Problem, UsageError

    begin, end = day_of("--from", first), day_of("--until", last)
    train = None if train_first is None else day_of("--train-from", train_first)
    if train is not None and train >= begin:
        raise UsageError(
            Problem(
                f"--train-from {train} leaves no day before --from {begin}",
                allowed="a day before --from",
            )
        )
    with working("reading", quiet=quiet):
        read, case_type = read_for(path, **reading)
        source = source_of(read, case_type)
    until = end + dt.timedelta(days=1)
    return judged(
        models, source, (begin, until), runs, seed, mapping_lines(read),
        train_first=train, quiet=quiet,
    )  # fmt: skip


def judged(
    models: list[CompanyModel],
    source: Source,
    period: tuple[dt.date, dt.date],
    runs: int,
    seed: int,
    said: list[str],
    *,
    train_first: dt.date | None = None,
    quiet: bool,
) -> Validated:
    """Judge a company by the cases that begin in a period.

    Parameters
    ----------
    models
        The company, or draws from its uncertainty.
    source
        The whole log.
    period
        First day on which the cases begin that judge it, and the day after the last.
    runs, seed, quiet
        As the verb has them.
    said
        Lines on how the log was read.
    train_first
        First day on which the cases begin that they are compared with; all if None.
    """
    from mining.validation.company_report import markdown
    from mining.validation.order_to_cash import validate_company
    from reports.cli.validation_tables import company_lines

    with working("simulating", quiet=quiet):
        found = validate_company(
            models, source, *period, train_first=train_first, runs=runs, seed=seed
        )
    tables = {
        "lags": found.lags,
        "activities": found.prevalence,
        "profiles": found.profiles,
        "kpis": found.kpis,
        **({"cash": found.cash} if found.cash is not None else {}),
    }
    return Validated(
        document=found.to_json(),
        lines=[*said, *company_lines(found)],
        tables=tables,
        report=markdown(found),
    )


def company_by_invoices(
    model: CompanyModel,
    path: Path,
    runs: int | None,
    seed: int,
    zone: str,
    invoice_columns: list[str] | None,
    uncertainty: Path | None,
    *,
    quiet: bool,
) -> Validated:
    """Judge the customers of a company by a list of invoices.

    Parameters
    ----------
    model
        The company.
    path
        The list.
    runs
        How often the customers pay it; as often as the module says if None.
    seed, zone, invoice_columns, quiet
        As the verb has them.
    uncertainty
        File with draws of the company's parameters, if any.
    """
    from mining.calibration.source import source_of
    from mining.calibration.uncertainty import read_uncertainty
    from mining.validation.receivables import RUNS, validate_receivables, words
    from reports.cli.validation_tables import receivables_lines

    drawn = None if uncertainty is None else read_uncertainty(uncertainty, model)
    with working("reading", quiet=quiet):
        read, case_type = read_for(path, zone, invoice_columns=invoice_columns)
        source = source_of(read, case_type)
    with working("paying", quiet=quiet):
        table = validate_receivables(model, source, uncertainty=drawn, seed=seed, runs=runs or RUNS)
    verdict = words(table, "invoices of " + path.name)
    return Validated(
        document={
            "company": model.name,
            "invoices": path.name,
            "seed": seed,
            "runs": runs or RUNS,
            "measures": table.to_dicts(),
            "passed": bool(table["holds"].all()),
            "verdict": [verdict],
        },
        lines=[*mapping_lines(read), *receivables_lines(table, verdict)],
        tables={"receivables": table},
    )


def day_of(option: str, text: str | None) -> dt.date:
    """Return the day that an option names; raises UsageError if it is missing or no date."""
    from o2c_sim.errors import Problem, UsageError

    if text is None:
        raise UsageError(
            Problem(
                f"{option} is missing: a company is judged by cases that it was not made from",
                allowed="--from and --until, the first and the last day on which such cases begin",
                suggestion="leave days at the end of the log for the cases to go on",
            )
        )
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(Problem(f"{option} {text!r} is no date", allowed="YYYY-MM-DD")) from None
