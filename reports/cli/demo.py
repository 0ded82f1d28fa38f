"""``o2c demo``: the whole loop on the reference company, in about a minute."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reports.cli import options
from reports.cli.console import emit, progress, say, working
from reports.cli.faults import FOR_REPORTS, require, verb

if TYPE_CHECKING:
    from o2c_sim import SimulationRun

SCENARIOS = ("case_a", "case_b")
# A log long enough to show every path; models are found in it and checked against it.
CHECKED_DAYS = (30, 60, 90)


@verb
def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder to write the results to.")
    ] = Path("o2c-demo"),
    replications: options.Replications = 6,
    seed: options.Seed = 1,
    workers: options.Workers = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Simulate the reference company, mine and check its log, compare both cases, report.

    o2c demo --output o2c-demo
    """
    import dataclasses

    from o2c_sim import Window, load_company, simulate
    from o2c_sim.atomic import new_folder
    from reports.cli.compare import result_lines
    from reports.cli.places import ready_folder
    from reports.cli.tables import wrapped
    from reports.documents.comparison_document import comparison_document
    from reports.documents.html import html
    from scenarios.compare import compare
    from scenarios.request import Request
    from scenarios.result_file import to_document, write_comparison
    from scenarios.scenario import load_scenario

    began = time.perf_counter()
    ready_folder(output, force=force)
    require("pm4py", *FOR_REPORTS)
    model = load_company("distributor")
    window = Window()
    command = f"o2c demo --seed {seed} --replications {replications}"
    with progress("comparing", quiet=quiet) as step:
        comparison = compare(
            model,
            [load_scenario(name) for name in SCENARIOS],
            Request(
                seed=seed,
                replications=replications,
                window=window,
                workers=workers,
                progress=step,
            ),
            command=command,
        )
    with working("mining and checking the log", quiet=quiet):
        run = simulate(model, seed=seed, replication=0, window=Window(*CHECKED_DAYS))
        checks = log_checks(run)
    comparison = dataclasses.replace(comparison, checks=checks)
    with working("writing", quiet=quiet), new_folder(output, replace=force) as aside:
        (aside / "run").mkdir()
        run.write_tables(aside / "run", {"command": command})
        write_comparison(comparison, aside / "comparison.json")
        (aside / "report.html").write_text(html(comparison_document(comparison)), encoding="utf-8")
    if json_output:
        emit(
            "demo",
            {
                "comparison": to_document(comparison),
                "output": str(output),
                "seconds": time.perf_counter() - began,
            },
        )
        return
    for line in result_lines(comparison):
        say(line, quiet=quiet)
    say(quiet=quiet)
    for label, text in checks.items():
        say(wrapped(f"{label}: {text}", 2), quiet=quiet)
    say(
        f"\ndone in {time.perf_counter() - began:.0f} s; open {output / 'report.html'}", quiet=quiet
    )


def log_checks(run: SimulationRun) -> dict[str, str]:
    """Return what mining and checking a run's log gives, label to text."""
    from mining.variants import variants
    from o2c_sim import vocabulary as v
    from reports.cli.check import check_cases
    from reports.cli.check_tables import fitness_text

    cases = run.log.flatten(v.ORDER)
    found = variants(cases)
    checks = {
        "Log": f"{run.log.events.height:,} events, {run.log.objects.height:,} objects, "
        f"{cases['case'].n_unique():,} orders, {found.height:,} variants; the most frequent holds "
        f"{found['share'][0]:.0%} of the orders"
    }
    for label, name in (("Normative model", "normative"), ("Discovered model", "discovered")):
        results, _ = check_cases(cases, name)
        for population, result in results.items():
            checks[f"{label}, {population}"] = fitness_text(result)
    return checks
