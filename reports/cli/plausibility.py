"""``o2c plausibility``: does a company behave as real ones are reported to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.console import command_line, emit, progress, say
from reports.cli.faults import verb

if TYPE_CHECKING:
    from o2c_sim import CompanyModel, Window
    from reports.documents.plausibility_page import CompanyFigures


@verb
def plausibility(
    companies: Annotated[
        list[str] | None,
        typer.Argument(
            help="Company YAML files, or reference companies; the distributor by default.",
            metavar="COMPANY...",
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="Kind of company to compare with: distributor, manufacturer, consumer_supplier. "
            "A reference company is compared with its own kind, a file with the distributor.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Markdown file to write the tables to.")
    ] = None,
    replications: options.Replications = 5,
    seed: options.Seed = 1,
    workers: options.Workers = None,
    warm_up: Annotated[
        int,
        typer.Option(
            min=0,
            max=36_500,
            help="Days run but not measured.",
            rich_help_panel="The runs",
        ),
    ] = 150,
    days: options.Days = 180,
    cool_down: options.CoolDown = 120,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Compare what a company brings forth with what is published of real ones.

    Each figure has its published range and source; where nothing is published, it has no verdict.

    o2c plausibility manufacturer

    o2c plausibility company.yaml --against distributor --output figures.md
    """
    from mining.published_figures import KINDS
    from o2c_sim import Problem, UsageError, Window, load_company
    from o2c_sim.errors import did_you_mean
    from reports.cli.places import ready_file
    from reports.documents.plausibility_page import page

    names = companies or ["distributor"]
    if against is not None and against not in KINDS:
        raise UsageError(
            Problem(
                f"--against {against!r}",
                allowed=", ".join(KINDS),
                suggestion=did_you_mean(against, KINDS),
            )
        )
    if output is not None:
        ready_file(output, force=force, inputs=tuple(map(Path, names)))
    models = [(load_company(name), _kind(name, against)) for name in names]
    window = Window(warm_up, days, cool_down)
    found, warnings = [], []
    for model, kind in models:
        one, said = _measured(model, kind, window, seed, replications, workers, quiet)
        found.append(one)
        warnings += said
    if output is not None:
        how = (
            f"{replications} replications, seed {seed}, {warm_up} days of warm-up, {days} measured"
        )
        output.write_text(page(found, _made_by(names, replications, output), how), "utf-8")
    if json_output:
        emit(
            "plausibility",
            {
                "companies": [_document(one) for one in found],
                "warnings": warnings,
                "command": command_line(),
                "output": str(output) if output else None,
            },
        )
        return
    for one in found:
        _show(one, quiet)
    for text in warnings:
        say(f"warning: {text}", quiet=quiet)
    if output is not None:
        say(f"written to {output}", quiet=quiet)


def _kind(name: str, against: str | None) -> str:
    from mining.published_figures import DISTRIBUTOR, KINDS

    return against or (name if name in KINDS else DISTRIBUTOR)


def _made_by(names: list[str], replications: int, output: Path) -> str:
    return f"o2c plausibility {' '.join(names)} --replications {replications} --output {output}"


def _measured(
    model: CompanyModel,
    kind: str,
    window: Window,
    seed: int,
    replications: int,
    workers: int | None,
    quiet: bool,
) -> tuple[CompanyFigures, list[str]]:
    """Return the findings about one company, and the warnings of its runs, each once."""
    from mining.plausibility import assess
    from reports.documents.plausibility_page import CompanyFigures
    from scenarios.executors import default_workers
    from scenarios.plausibility import replicate_figures

    with progress(f"simulating {model.name}", quiet=quiet) as step:
        runs = replicate_figures(
            model,
            seed=seed,
            replications=replications,
            window=window,
            workers=workers or default_workers(),
            progress=step,
        )
    figures = CompanyFigures(
        name=model.name,
        kind=kind,
        currency=model.currency,
        orders=sum(run.orders for run in runs) / len(runs),
        findings=assess(kind, [run.figures for run in runs]),
        utilisation={
            role: sum(run.utilisation[role] for run in runs) / len(runs)
            for role in runs[0].utilisation
        },
    )
    warnings = dict.fromkeys(f"{model.name}: {text}" for run in runs for text in run.warnings)
    return figures, list(warnings)


def _show(company: CompanyFigures, quiet: bool) -> None:
    from mining.plausibility import tally
    from reports.cli.tables import text_table, wrapped
    from reports.documents.plausibility_page import HEAD, busy, cells

    counts = tally(company.findings)
    rows = [cells(finding, company.currency) for finding in company.findings]
    say(
        wrapped(
            f"{company.name}, compared as {company.kind}: {counts['within']} figures within or "
            f"near, {counts['outside']} outside, {counts['unknown']} without a published figure"
        ),
        quiet=quiet,
    )
    kept = [0, 1, 3, 4]
    head = tuple(HEAD[i] for i in kept)
    table = text_table(head, [tuple(row[i] for i in kept) for row in rows], "lrrl")
    say(f"\n{table}", quiet=quiet)
    say(wrapped(f"\nbusy: {busy(company.utilisation)}") + "\n", quiet=quiet)


def _document(company: CompanyFigures) -> dict[str, Any]:
    return {
        "company": company.name,
        "kind": company.kind,
        "currency": company.currency,
        "orders": company.orders,
        "utilisation": dict(company.utilisation),
        "figures": [
            {
                "key": finding.figure.key,
                "label": finding.figure.label,
                "unit": finding.figure.unit,
                "value": finding.value,
                "low": finding.low,
                "high": finding.high,
                "published_low": finding.published.low if finding.published else None,
                "published_high": finding.published.high if finding.published else None,
                "source": finding.published.source if finding.published else None,
                "verdict": finding.verdict,
                "distance": finding.distance,
            }
            for finding in company.findings
        ],
    }
