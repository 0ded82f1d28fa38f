"""``o2c sweep``: many scenarios beside one baseline, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reports.cli import options
from reports.cli.console import command_line, emit, progress, say
from reports.cli.faults import verb
from reports.cli.what_if import load_all

if TYPE_CHECKING:
    from scenarios.sweep import Sweep

_SHOWN, _COLUMNS, _WARNED = 20, 2, 3


@verb
def sweep(
    scenarios: Annotated[
        list[str],
        typer.Argument(help="Scenario YAML files, grids among them, or scenarios that ship."),
    ],
    company: Annotated[
        str | None,
        typer.Option("--company", help="Another company than the one the scenarios name."),
    ] = None,
    overrides: options.Overrides = None,
    combine: Annotated[
        bool, typer.Option("--combine", help="Also everything together, as one more scenario.")
    ] = False,
    kpi: Annotated[
        list[str] | None,
        typer.Option("--kpi", metavar="KPI", help="KPI to show and write; repeatable."),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option("--sort", metavar="KPI", help="KPI to sort by; the first by default."),
    ] = None,
    output: options.Output = None,
    replications: options.Replications = 10,
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.9999, help="Of all intervals and verdicts.")
    ] = 0.95,
    seed: options.Seed = 1,
    workers: options.Workers = None,
    warm_up: options.WarmUpUnlessOpening = None,
    days: options.Days = 180,
    cool_down: options.CoolDown = 120,
    opening: options.Opening = None,
    extension: options.Extension = None,
    precision: options.Precision = None,
    max_replications: options.MaxReplications = 200,
    executor: options.Executor = "local",
    scheduler: options.Scheduler = None,
    tls_ca: options.TlsAuthority = None,
    tls_cert: options.TlsCertificate = None,
    tls_key: options.TlsKey = None,
    store: options.StoreFolder = None,
    no_store: options.NoStore = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Run many scenarios, or a grid of settings, beside one baseline.

    Verdicts are corrected for the number of scenarios (Holm). Finished runs are kept: the same
    command goes on where it was stopped. With --output, writes sweep.csv (one row a scenario) and
    sweep.parquet (every KPI).

    o2c sweep case_a case_b daily_billing --replications 20

    o2c sweep grid.yaml --kpi order_to_cash_mean_days --kpi cash_tied_up_mean --output sweep
    """
    from o2c_sim import Window
    from o2c_sim.atomic import new_folder
    from o2c_sim.opening_files import read_opening
    from reports.cli.places import ready_folder
    from reports.cli.running import TlsFiles, known_kpis, open_executor, open_store, parse_goals
    from reports.table_file import write_table
    from scenarios.combination import combine_scenarios
    from scenarios.differences import MAIN
    from scenarios.request import Request
    from scenarios.sweep import sweep as run_sweep

    metrics = known_kpis("--kpi", kpi or list(MAIN))
    leading = known_kpis("--sort", [sort or metrics[0]])[0]
    inputs = tuple(Path(p) for p in (*scenarios, company, opening, extension) if p is not None)
    ready_folder(output, force=force, inputs=inputs)
    baseline, loaded = load_all(scenarios, company, overrides or [], grids=True)
    if combine:
        loaded.append(combine_scenarios(loaded))
    state = None if opening is None else read_opening(opening, baseline)
    goals = parse_goals(precision or [], replications, max_replications)
    kept = open_store(store, no_store)
    with (
        open_executor(executor, scheduler, workers, TlsFiles(tls_ca, tls_cert, tls_key)) as runner,
        progress("simulating", quiet=quiet) as step,
    ):
        request = Request(
            seed=seed,
            replications=replications,
            window=Window(options.warm_up_days(warm_up, opening), days, cool_down),
            confidence=confidence,
            goals=goals,
            budget=max_replications,
            executor=runner,
            store=kept,
            extension=extension,
            opening=state,
            progress=step,
        )
        found = run_sweep(baseline, loaded, request)
    wide = found.wide(list(dict.fromkeys((*metrics, leading)))).sort(leading, nulls_last=True)
    if output is not None:
        with new_folder(output, replace=force) as aside:
            write_table(wide, aside / "sweep.csv")
            found.long().write_parquet(aside / "sweep.parquet")
            (aside / "command.txt").write_text(command_line() + "\n", encoding="utf-8")
    if json_output:
        emit(
            "sweep",
            {
                "company": found.company,
                "currency": found.currency,
                "replications": found.replications,
                "decision": found.decision,
                "scenarios": wide.to_dicts(),
                "warnings": found.warnings,
                "command": command_line(),
                "output": str(output) if output else None,
            },
        )
        return
    for line in result_lines(found, metrics, leading):
        say(line, quiet=quiet)
    if output is not None:
        say(f"table: {output / 'sweep.csv'}", quiet=quiet)


def result_lines(found: Sweep, metrics: Sequence[str], leading: str) -> list[str]:
    """Return the scenarios with the changes of some KPIs, sorted by one of them, as text."""
    from mining.kpis import DEFINITIONS
    from reports.answer import signed_text
    from reports.cli.tables import counted, text_table, wrapped

    shown = metrics[:_COLUMNS]
    order = {name: row.scenario.mean for name, row in found.of(leading).items()}
    ranked = sorted(order, key=lambda name: (order[name] != order[name], order[name]))
    if DEFINITIONS[leading].better == "higher":
        ranked.reverse()
    by_metric = {metric: found.of(metric) for metric in shown}

    def cell(name: str, metric: str) -> str:
        row = by_metric[metric][name]
        text, span = signed_text(row.difference, DEFINITIONS[metric].unit, found.currency)
        return f"{text} ({span}){'*' if row.detected else ' '}"

    head = ("scenario", *(DEFINITIONS[metric].label for metric in shown))
    rows = [(name, *(cell(name, metric) for metric in shown)) for name in ranked[:_SHOWN]]
    of_all = f", the first {_SHOWN} of them" if len(ranked) > _SHOWN else ""
    lines = [
        wrapped(
            f"{found.company}: {counted(len(ranked), 'scenario')}{of_all} by "
            f"{DEFINITIONS[leading].label}, {found.replications} replications each"
        )
    ]
    if found.decision:
        lines.append(wrapped(found.decision))
    lines += ["", text_table(head, rows), ""]
    lines.append("change from the baseline with interval; * detected after Holm's correction")
    if len(metrics) > _COLUMNS:
        lines.append("the other KPIs are in --output and --json")
    for name, texts in list(found.warnings.items())[:_WARNED]:
        lines.append(wrapped(f"warning: {name}: {texts[0]}", 2))
    if (more := len(found.warnings) - _WARNED) > 0:
        lines.append(f"warning: and {counted(more, 'scenario')} more")
    return lines
