"""``o2c plot``: one picture of a report as a file of its own."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from reports.cli import options
from reports.cli.console import emit, say, working
from reports.cli.faults import FOR_REPORTS, require, verb

_LIST = "list"
# Drawn only when asked for: they need pm4py, and seconds.
_MODELS = ("bpmn", "normative")


@verb
def plot(
    kind: Annotated[
        str,
        typer.Argument(help="Which picture: its name in `o2c plot list SOURCE`."),
    ],
    source: Annotated[
        Path,
        typer.Argument(
            help="A comparison, calibration, validation, result of a search, run or log."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="File to write: .svg, .pdf, .png, or .csv for the numbers; KIND.svg if nothing "
            "is said.",
        ),
    ] = None,
    resolution: Annotated[
        int, typer.Option(min=50, max=1200, metavar="DPI", help="Dots per inch of a .png.")
    ] = 150,
    currency: options.Currency = None,
    locale: options.Locale = None,
    case: options.CaseColumn = None,
    activity: options.ActivityColumn = None,
    time: options.TimeColumn = None,
    start: options.StartColumn = None,
    resource: options.ResourceColumn = None,
    case_type: options.CaseType = None,
    zone: options.Zone = "UTC",
    force: options.Force = False,
    quiet: options.Quiet = False,
    json_output: options.Json = False,
) -> None:
    """Draw one picture: for a slide, a paper, or its numbers for a sheet.

    Every picture of `o2c report` can be had alone, and of a log its process models, too;
    `o2c plot list SOURCE` names those of a source.

    o2c plot list log.csv

    o2c plot variants log.csv --output variants.pdf
    """
    from o2c_sim.atomic import new_file
    from reports.cli.places import ready_file
    from reports.cli.report_sources import TEMPLATES, Wanted, currency_code, numbers_of, template_of
    from reports.documents.document import pictures_of
    from reports.figures.picture_file import picture_bytes

    require(*FOR_REPORTS, *(("pm4py",) if kind in _MODELS else ()))
    target = _target(kind, output)
    if kind != _LIST:
        ready_file(target, force=force, inputs=(source,))
    columns = {
        "case": case,
        "activity": activity,
        "time": time,
        "start": start,
        "resource": resource,
        "case_type": case_type,
    }
    models = kind in _MODELS or (kind == _LIST and find_spec("pm4py") is not None)
    wanted = Wanted(source, currency_code(currency), zone, columns, models=models)
    with numbers_of(locale):
        with working("reading and analysing", quiet=quiet):
            document = TEMPLATES[template_of(source, None)].build(wanted)
        pictures = {picture.key: picture for picture in pictures_of(document)}
        if kind == _LIST:
            if json_output:
                emit("plot", {"pictures": {k: one.title for k, one in pictures.items()}})
                return
            width = max((len(key) for key in pictures), default=0)
            for key, one in pictures.items():
                say(f"{key:{width}}  {one.title}")
            return
        chosen = _known(kind, list(pictures), source)
        with working("drawing", quiet=quiet), new_file(target, replace=force) as aside:
            aside.write_bytes(
                picture_bytes(pictures[chosen], target.suffix.lower(), dots_per_inch=resolution)
            )
    if json_output:
        emit("plot", {"picture": chosen, "output": str(target), "title": pictures[chosen].title})
        return
    say(f"picture: {target}", quiet=quiet)


def _target(kind: str, output: Path | None) -> Path:
    from o2c_sim import Problem, UsageError
    from reports.figures.picture_file import SUFFIXES

    if output is None:
        return Path(f"{kind}.svg")
    if output.suffix.lower() not in SUFFIXES:
        raise UsageError(
            Problem(
                f"{output.suffix!r} is not the suffix of a picture",
                where=f"--output {output}",
                allowed=", ".join(SUFFIXES),
            )
        )
    return output


def _known(kind: str, known: list[str], source: Path) -> str:
    from o2c_sim import Problem, UsageError
    from o2c_sim.errors import did_you_mean

    if kind in known:
        return kind
    raise UsageError(
        Problem(
            f"{kind!r} is no picture of {source}",
            allowed=", ".join(known) or "none: the source has nothing to draw",
            suggestion=did_you_mean(kind, known) or f"o2c plot list {source}",
        )
    )
