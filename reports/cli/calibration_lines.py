"""What ``o2c calibrate`` tells: the lines on the terminal, the data, the model file's header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mining.calibration.company import Calibration
    from mining.calibration.tuning import Tuned
    from scenarios.calibration_ranking import Ranking

SHOWN = 12


def lines(
    found: Calibration, tuned: Tuned | None, ranked: Ranking | None, *, show_all: bool
) -> list[str]:
    """Return what was found, tuned and ranked as text."""
    from reports.cli.tables import counted, wrapped

    told = [
        wrapped(found.company.description),
        wrapped(
            f"{counted(len(found.estimates), 'value')} from data, {len(found.assumed)} assumed; "
            f"begun from {found.extends}, because {found.because}"
        ),
        *(wrapped(f"missing: {text}", 2) for text in found.missing),
        "",
        _value_table(found) if show_all else _section_table(found),
    ]
    told += [wrapped(f"not used: {one.path}: {one.reason}", 2) for one in found.refused]
    told += [
        wrapped(f"warning: {name} could not be estimated: {why}", 2) for name, why in found.failures
    ]
    if tuned is not None:
        told += ["", *(wrapped(text) for text in tuned.lines())]
    if ranked is not None:
        told += ["", *(wrapped(text, 4) for text in ranked.lines(SHOWN))]
    return [*told, ""]


def _value_table(found: Calibration) -> str:
    from mining.calibration.report import value_text
    from reports.cli.tables import text_table

    rows = [
        (
            one.path,
            value_text(one, found),
            "" if one.low is None or one.high is None else f"{one.low:.4g} to {one.high:.4g}",
            f"{one.sample:,}",
        )
        for one in found.estimates
    ]
    return text_table(("from the data", "value", "95 % interval", "n"), rows, "lllr")


def _section_table(found: Calibration) -> str:
    """Return how much of each part of the company comes from the data."""
    from collections import Counter

    from o2c_sim import parameters
    from reports.cli.tables import text_table

    kinds = Counter(
        (path.partition(".")[0], one.provenance) for path, one in parameters(found.company)
    )
    sections = dict.fromkeys(section for section, _ in kinds)
    rows = [
        (section.replace("_", " "), str(kinds[section, "data"]), str(kinds[section, "assumed"]))
        for section in sections
    ]
    return text_table(("part of the company", "from data", "assumed"), rows)


def header(found: Calibration) -> list[str]:
    """Return the first lines of the model file."""
    from o2c_sim import __version__

    return [
        "yaml-language-server: $schema=company.schema.json",
        "",
        f"Calibrated by o2c-toolkit {__version__} from {found.source.name}.",
        "Every value says where it comes from:",
        "  data     found in the log; the source says how, in how many observations",
        f"  assumed  as in the reference company {found.extends}: replace it with your own figure",
        "The report beside this file has intervals, what is missing and what matters most.",
    ]


def document(found: Calibration, tuned: Tuned | None, ranked: Ranking | None) -> dict[str, Any]:
    """Return what was found, tuned and ranked as JSON-ready data."""
    from mining.calibration import report

    return {
        **report.document(found),
        "tuning": None if tuned is None else tuned.document(),
        "ranking": None if ranked is None else ranked.document(),
    }
