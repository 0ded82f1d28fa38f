"""The gallery of the documentation: every kind of picture, from reference runs and real logs.

``python -m reports.gallery --data FOLDER`` simulates, compares, calibrates and searches with the
shipped companies, reads the real logs of the folder that are there, draws one picture of each kind
from the first source that has it, and writes them with a page that says what each of them is.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from o2c_sim.atomic import new_folder
from reports.documents.document import Picture, pictures_of

_DOTS_PER_INCH = 80
_SHORT = ("--days", "60", "--warm-up", "90", "--cool-down", "60")


@dataclass(frozen=True, slots=True)
class Source:
    """Something to draw.

    Parameters
    ----------
    title
        For the heading of its pictures.
    name
        File or folder, as the commands name it.
    make
        The command line after ``o2c`` that makes it; empty for a file of the data folder.
    again
        Kinds of picture that are drawn of it, too, although a source before had them.
    """

    title: str
    name: str
    make: tuple[str, ...] = ()
    again: tuple[str, ...] = ()


SOURCES = (
    Source(
        "Scenarios compared",
        "result",
        ("compare", "case_a", "case_b", "--replications", "8", *_SHORT, "--output", "result"),
    ),
    Source(
        "A simulated company",
        "run",
        ("simulate", "distributor", *_SHORT, "--output", "run"),
    ),
    Source(
        "A manufacturer's log",
        "sap_o2c_manufacturing_2016.csv.gz",
        again=("map-often", "cumulative-flow", "variants", "performance-spectrum"),
    ),
    Source("A municipality's log", "receipt.xes.gz"),
    Source("A list of invoices", "ar_invoices_2012.csv"),
    Source("An object-centric log", "ocel20_example.jsonocel"),
    Source(
        "What each setting of a scenario does",
        "decomposition",
        ("decompose", "case_a", "--replications", "3", *_SHORT, "--output", "decomposition"),
    ),
    Source(
        "Which settings matter",
        "sensitivity",
        (
            "sensitivity", "distributor", "--factor", "auto_match_pct=50:95", "--factor",
            "dunning_grace_days=1:14", "--factor", "invoice_errors_pct=0:5", "--replications",
            "4", *_SHORT, "--output", "sensitivity",
        ),
    ),
    Source(
        "What it takes",
        "breakeven",
        (
            "breakeven", "distributor", "--lever", "auto_match_pct=50:95", "--kpi",
            "automatic_match_share", "--target", "+10 %", "--replications", "3", "--budget", "40",
            *_SHORT, "--output", "breakeven",
        ),
    ),
    Source(
        "Trade-offs",
        "optimum",
        (
            "optimise", "case_b", "--minimise", "cost_per_order", "--minimise",
            "invoice_to_cash_mean_days", "--replications", "3", "--budget", "60", "--days", "30",
            "--warm-up", "60", "--cool-down", "30", "--output", "optimum",
        ),
    ),
    Source(
        "A company calibrated",
        "calibrated",
        (
            "calibrate", "run/log", "--tuning", "0", "--output", "calibrated",
        ),
    ),
    Source(
        "A model against data that it has not seen",
        "validation",
        ("validate-model", "LoanApp.csv.gz", "--runs", "5", "--output", "validation"),
    ),
)  # fmt: skip


def gallery(target: Path, data: Path, sources: Sequence[Source] = SOURCES) -> list[str]:
    """Make the gallery.

    Parameters
    ----------
    target
        Folder for the pictures and ``README.md``; replaced as a whole.
    data
        Folder of real logs, searched with what lies below it; those not there are passed over.
    sources
        In the order in which they are asked for a kind of picture.

    Returns
    -------
    list of str
        The kinds of picture that were drawn.
    """
    from reports.figures.picture_file import picture_bytes

    shown: dict[str, str] = {}
    page = [
        "# Gallery",
        "",
        "Every kind of picture that `o2c report` and `o2c plot` draw, from shipped companies and "
        "real logs. Made by `make gallery`; the command beside a picture draws it alone.",
    ]
    with tempfile.TemporaryDirectory() as work, new_folder(target, replace=True) as aside:
        for source in sources:
            place = _made(source, Path(work), data)
            if place is None:
                page += ["", f"## {source.title}", "", f"`{source.name}` was not at hand."]
                continue
            fresh = [
                one
                for one in _pictures(place)
                if _family(one.key) not in shown or one.key in source.again
            ]
            if not fresh:
                continue
            page += ["", f"## {source.title}"]
            if source.make:
                page += ["", f"`o2c {' '.join(source.make)}`"]
            for picture in fresh:
                family = _family(picture.key)
                if family in shown and picture.key not in source.again:
                    continue
                name = picture.key if family not in shown else f"{picture.key}-again"
                shown.setdefault(family, picture.key)
                content = picture_bytes(picture, ".png", dots_per_inch=_DOTS_PER_INCH)
                (aside / f"{name}.png").write_bytes(content)
                page += [
                    "",
                    f"### {_plain(picture.title)}",
                    "",
                    f"![{_plain(picture.alternative)}]({name}.png)",
                    "",
                    f"{_plain(picture.caption)} `o2c plot {picture.key} {source.name}`",
                ]
        (aside / "README.md").write_text("\n".join(page) + "\n", encoding="utf-8")
    return list(shown)


def _made(source: Source, work: Path, data: Path) -> Path | None:
    """Return where a source is, after its command has run; None for a file that is not there."""
    if not source.make:
        return next(iter(sorted(data.rglob(source.name))), None)
    given = [
        str(next(iter(sorted(data.rglob(word))), Path(word))) if word.endswith(".gz") else word
        for word in source.make
    ]
    code = "from reports.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *given, "--quiet"], cwd=work, capture_output=True, text=True
    )
    if done.returncode:
        print(f"o2c {' '.join(source.make)}: {done.stderr.strip()[-400:]}", file=sys.stderr)
        return None
    return work / source.name


def _pictures(place: Path) -> list[Picture]:
    from reports.cli.report_sources import TEMPLATES, Wanted, template_of

    return pictures_of(TEMPLATES[template_of(place, None)].build(Wanted(place)))


def _family(key: str) -> str:
    """Return the kind of a picture of which a source may have several: ``map-1`` is a ``map``."""
    return key.rstrip("0123456789").rstrip("-")


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("[", "(").replace("]", ")").replace("|", "\\|")


def main() -> None:
    """Run ``python -m reports.gallery``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of real logs")
    parser.add_argument("--output", type=Path, default=Path("docs/gallery"))
    given = parser.parse_args()
    kinds = gallery(given.output, given.data.resolve())
    print(f"{len(kinds)} pictures in {given.output}")


if __name__ == "__main__":
    main()
