"""The application: verbs, version, help."""

from __future__ import annotations

from typing import Annotated

import typer

from o2c_sim._version import __version__
from reports.cli import (
    breakeven,
    calibrate,
    cases,
    causes,
    check,
    columns,
    compare,
    convert,
    decompose,
    demo,
    diff,
    discovered_what_if,
    doctor,
    explain,
    init,
    lint,
    mine,
    optimise,
    plausibility,
    plot,
    report,
    rerun,
    rules,
    scenario,
    schema,
    sensitivity,
    serve,
    simulate,
    store,
    sweep,
    validate,
    validate_model,
)
from reports.cli.group import Verbs

_EPILOG = (
    "Results on stdout, messages on stderr. Exit codes: 0 done, 1 a check found something, "
    "2 usage or configuration, 3 bad input data, 4 missing package, 70 internal error, "
    "130 interrupted."
)

app = typer.Typer(
    name="o2c",
    cls=Verbs,
    help="Simulate, mine and compare the order-to-cash process: days and cash, with intervals.",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_START, _REAL, _WHAT_IF = "Start here", "Real logs", "What if"
app.command(rich_help_panel=_START)(demo.demo)
app.command(rich_help_panel=_START)(serve.serve)
app.command(rich_help_panel=_START)(doctor.doctor)
app.command(rich_help_panel=_REAL)(mine.mine)
app.command(rich_help_panel=_REAL)(columns.columns)
app.command(rich_help_panel=_REAL)(cases.cases)
app.command(rich_help_panel=_REAL)(lint.lint)
app.command(rich_help_panel=_REAL)(check.check)
app.command(rich_help_panel=_REAL)(diff.diff)
app.command(rich_help_panel=_REAL)(causes.causes)
app.command(rich_help_panel=_REAL)(calibrate.calibrate)
app.command("validate-model", rich_help_panel=_REAL)(validate_model.validate_model)
app.command(rich_help_panel=_REAL)(convert.convert)
app.command(rich_help_panel=_REAL)(rules.rules)
app.command(rich_help_panel=_WHAT_IF)(init.init)
app.command(rich_help_panel=_WHAT_IF)(explain.explain)
app.command(rich_help_panel=_WHAT_IF)(simulate.simulate)
app.command(rich_help_panel=_WHAT_IF)(compare.compare)
app.command(rich_help_panel=_WHAT_IF)(sweep.sweep)
app.command(rich_help_panel=_WHAT_IF)(decompose.decompose)
app.command(rich_help_panel=_WHAT_IF)(sensitivity.sensitivity)
app.command(rich_help_panel=_WHAT_IF)(breakeven.breakeven)
app.command(rich_help_panel=_WHAT_IF)(optimise.optimise)
app.command("what-if", rich_help_panel=_WHAT_IF)(discovered_what_if.what_if)
app.command(rich_help_panel=_WHAT_IF)(rerun.rerun)
app.add_typer(scenario.scenario, rich_help_panel=_WHAT_IF)
app.command(rich_help_panel=_WHAT_IF)(plausibility.plausibility)
app.command(rich_help_panel=_WHAT_IF)(report.report)
app.command(rich_help_panel=_WHAT_IF)(plot.plot)
app.command(rich_help_panel=_WHAT_IF)(validate.validate)
app.command(rich_help_panel=_WHAT_IF)(schema.schema)
app.command(rich_help_panel=_WHAT_IF)(store.store)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"o2c {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Simulate, mine and compare the order-to-cash process: days and cash, with intervals."""


def main() -> None:
    """Run the command line."""
    app()
