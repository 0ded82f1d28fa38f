"""The STRESS-DES form of a comparison, filled in from its own parameters.

References
----------
Monks, Currie, Onggo, Robinson, Kunc and Taylor, "Strengthening the reporting of empirical
simulation studies: Introducing the STRESS guidelines", Journal of Simulation 13(1), 2019, pages
55-67, https://doi.org/10.1080/17477778.2018.1442155. The names of the items are our own short
words for those of the checklist.
"""

from __future__ import annotations

import dataclasses
import os
import platform
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mining.kpis import DEFINITIONS
from scenarios import stress_des_model as text
from scenarios.comparison import Comparison
from scenarios.differences import MAIN
from scenarios.estimate import Estimate
from scenarios.warm_up import TAIL_DAYS

FORMAT = "o2c-stress-des/1"
FILLED, IN_PART, BY_AUTHOR = "filled", "in part", "to be filled in by the author"
# A drawing with every rare path cannot be read.
_PATHS_DRAWN = 24


@dataclass(frozen=True, slots=True)
class StressItem:
    """One item of the checklist.

    Parameters
    ----------
    number, section, name
        As in the checklist: ``4.1``, its section, and the item in short.
    status
        ``filled``, ``in part`` or ``to be filled in by the author``.
    paragraphs
        What the tool knows.
    head, rows
        A table; both empty where there is none.
    asked
        What the author has to add; empty if nothing.
    diagram
        A flow chart in Mermaid's notation; empty if none.
    """

    number: str
    section: str
    name: str
    status: str
    paragraphs: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    asked: str = ""
    diagram: str = ""


@dataclass(frozen=True, slots=True)
class StressForm:
    """The whole form.

    Parameters
    ----------
    title
        What it describes.
    items
        In the order of the checklist.
    """

    title: str
    items: tuple[StressItem, ...]

    def count(self, status: str) -> int:
        """Return how many items have a status."""
        return sum(item.status == status for item in self.items)


def running_system() -> dict[str, str]:
    """Return the operating system and the hardware that this process runs on."""
    return {
        "operating system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "processors": str(os.cpu_count() or "unknown"),
    }


def stress_des(comparison: Comparison, system: Mapping[str, str] | None = None) -> StressForm:
    """Fill in the form for a comparison.

    Parameters
    ----------
    comparison
        The baseline and its scenarios.
    system
        Where it was run: :func:`running_system` and, if known, ``run time``; without it the author
        has to fill in the system.

    Returns
    -------
    StressForm
        All 24 items.
    """
    return StressForm(
        title=f"{comparison.company}: order to cash, "
        + ", ".join(outcome.title for outcome in comparison.outcomes[1:]),
        items=(
            *_objectives(comparison),
            *_logic(comparison),
            *_data(comparison),
            *_experimentation(comparison),
            *_implementation(comparison, dict(system or {})),
        ),
    )


def to_document(form: StressForm) -> dict[str, Any]:
    """Return the form as JSON-ready data."""
    return {
        "format": FORMAT,
        "guideline": "STRESS-DES, Monks et al. 2019, doi:10.1080/17477778.2018.1442155",
        "counts": {status: form.count(status) for status in (FILLED, IN_PART, BY_AUTHOR)},
        **dataclasses.asdict(form),
    }


def _objectives(comparison: Comparison) -> tuple[StressItem, ...]:
    section = "Objectives"
    known = comparison.outcomes[0].estimates
    definitions = [DEFINITIONS[key] for key in known if key in DEFINITIONS]
    interval = f"{100 * comparison.confidence:g} %"
    return (
        StressItem(
            "1.1", section, "Purpose of the model", BY_AUTHOR,
            (f"A model of the order-to-cash cycle of {comparison.company}.",),
            asked="why the study was made, for whom, and which decision rests on it",
        ),
        StressItem(
            "1.2", section, "Outputs", FILLED,
            (
                text.OUTPUTS,
                f"Each is a mean over replications with a {interval} t interval; differences are "
                "paired by replication, and verdicts use Holm's correction.",
            ),
            ("KPI", "unit", "formula", "population"),
            tuple((d.label, d.unit, d.formula, d.population) for d in definitions),
        ),
        StressItem(
            "1.3", section, "Aims of the experiments", IN_PART,
            ("Scenarios are compared with the company as it is.",),
            ("scenario", "what it asks", "description"),
            tuple((o.name, o.title, o.description) for o in comparison.outcomes[1:]),
            asked="why these scenarios were chosen",
        ),
    )  # fmt: skip


def _logic(comparison: Comparison) -> tuple[StressItem, ...]:
    section = "Logic"
    settings = [(o.name, s) for o in comparison.outcomes[1:] for s in o.settings]
    own = [
        f"Own stages and policies come from {name.removeprefix('extension ')}, SHA-256 {digest}."
        for name, digest in comparison.versions.items()
        if name.startswith("extension ")
    ]
    return (
        StressItem(
            "2.1", section, "Diagram of the base model", FILLED,
            (f"The {_PATHS_DRAWN} paths most often taken by orders of replication 0.",),
            diagram=_flow_chart(comparison),
        ),
        StressItem("2.2", section, "Logic of the base model", FILLED, (*text.LOGIC, *own)),
        StressItem(
            "2.3", section, "Logic of the scenarios", FILLED,
            ("Scenarios change parameters; the logic stays the same.",),
            ("scenario", "setting", "before", "after", "unit", "evidence"),
            tuple((name, s.label, s.before, s.after, s.unit, s.source) for name, s in settings),
        ),
        StressItem("2.4", section, "Algorithms", FILLED, text.ALGORITHMS),
        StressItem(
            "2.5.1", section, "Entities", FILLED, head=("entity", "role"), rows=text.entities()
        ),
        StressItem(
            "2.5.2", section, "Activities", FILLED,
            head=("stage", "activities"), rows=text.activities(),
        ),
        StressItem("2.5.3", section, "Resources", FILLED, text.RESOURCES),
        StressItem("2.5.4", section, "Queues", FILLED, text.QUEUES),
        StressItem("2.5.5", section, "Entry and exit", FILLED, text.BOUNDARIES),
    )  # fmt: skip


def _data(comparison: Comparison) -> tuple[StressItem, ...]:
    section = "Data"
    parameters = comparison.parameters
    kinds = Counter(p.provenance for p in parameters)
    sources = Counter((p.provenance, p.source) for p in parameters if p.provenance != "assumed")
    assumed = [p for p in parameters if p.provenance == "assumed"]
    told = ", ".join(f"{kinds[kind]} {kind}" for kind in ("data", "published", "assumed"))
    return (
        StressItem(
            "3.1", section, "Sources", FILLED,
            (f"{len(parameters)} parameters: {told}.",),
            ("provenance", "source", "parameters"),
            tuple((kind, source, str(n)) for (kind, source), n in sources.most_common()),
        ),
        StressItem(
            "3.2", section, "Pre-processing", BY_AUTHOR,
            ("The tool sees values with their sources, not how they were made.",),
            asked="what was done with the data before: cleaning, filling of gaps, outliers",
        ),
        StressItem(
            "3.3", section, "Input parameters", FILLED,
            (
                "Parameters of the base model; what scenarios change stands in 2.3. "
                "Distributions by name and parameters.",
            ),
            ("parameter", "value", "provenance", "source"),
            tuple((p.path, p.value, p.provenance, p.source) for p in parameters),
        ),
        StressItem(
            "3.4", section, "Assumptions", FILLED,
            (*text.STRUCTURE, f"{len(assumed)} parameters are assumed:"),
            ("parameter", "value", "reason"),
            tuple((p.path, p.value, p.source) for p in assumed),
        ),
    )  # fmt: skip


def _experimentation(comparison: Comparison) -> tuple[StressItem, ...]:
    section = "Experimentation"
    warm_up, measured = comparison.warm_up_days, comparison.measured_days
    if "opening state" in comparison.versions:
        begun = (
            "Finite horizon from a given state: open orders, open invoices and stock of the first "
            f"day (SHA-256 {comparison.versions['opening state']}), the same in every replication."
        )
    else:
        begun = (
            f"Non-terminating. The company starts empty, with full stock; {warm_up:g} days are "
            "dropped. The length is checked against the longest payment terms plus "
            f"{TAIL_DAYS} days."
        )
    total = warm_up + measured + comparison.cool_down_days
    return (
        StressItem(
            "4.1", section, "Initialisation", FILLED,
            (begun, *comparison.outcomes[0].warnings),
            ("daily series", "days to drop", "method", "why") if comparison.warm_up else (),
            tuple(
                (name, str(w.days) if w.days >= 0 else "none will do", w.method, w.why)
                for name, w in comparison.warm_up.items()
            ),
        ),
        StressItem(
            "4.2", section, "Run length", FILLED,
            (
                f"{total:g} days a run: {warm_up:g} of warm-up, {measured:g} measured and "
                f"{comparison.cool_down_days:g} of cool-down, in which orders keep coming so that "
                "measured orders are paid. Inside, time is in seconds.",
            ),
        ),
        StressItem(
            "4.3", section, "Estimation", FILLED,
            (
                f"{comparison.replications} independent replications of each scenario, seed "
                f"{comparison.seed}, under common random numbers; t intervals of the mean. What "
                "precision the number gives is below.",
                comparison.decision,
            ),
            ("KPI", "scenario", "mean", "half-width", "half-width of the paired difference"),
            _precision(comparison),
        ),
    )  # fmt: skip


def _implementation(comparison: Comparison, system: dict[str, str]) -> tuple[StressItem, ...]:
    section = "Implementation"
    versions = tuple(sorted(comparison.versions.items()))
    known = bool(system)
    software = tuple((name, value) for name, value in system.items() if name == "operating system")
    return (
        StressItem(
            "5.1", section, "Software", FILLED if known else IN_PART,
            head=("name", "version"), rows=(*software, *versions),
            asked="" if known else "the operating system",
        ),
        StressItem("5.2", section, "Random sampling", FILLED, text.RANDOMNESS),
        StressItem("5.3", section, "Model execution", FILLED, text.EXECUTION),
        StressItem(
            "5.4", section, "System and run time",
            BY_AUTHOR if not known else FILLED if "run time" in system else IN_PART,
            head=("part", "value") if known else (), rows=tuple(system.items()),
            asked="" if "run time" in system else "run time" if known else "hardware and run time",
        ),
        StressItem(
            "6.1", "Code access", "How to get the model", IN_PART,
            (
                f"o2c-toolkit {comparison.versions.get('o2c-toolkit', '')}, AGPL-3.0-or-later.",
                f"Made by: {comparison.command}" if comparison.command else "",
            ),
            asked="where the company and scenario files and the data can be had",
        ),
    )  # fmt: skip


def _precision(comparison: Comparison) -> tuple[tuple[str, ...], ...]:
    paired = {
        (name, row.metric): row.difference
        for name, rows in comparison.differences.items()
        for row in rows
    }
    return tuple(
        (
            DEFINITIONS[key].label,
            outcome.name,
            f"{outcome.estimates[key].mean:,.4g}",
            _half_width(outcome.estimates[key]),
            _half_width(paired.get((outcome.name, key))),
        )
        for key in MAIN
        for outcome in comparison.outcomes
        if key in outcome.estimates
    )


def _half_width(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{(estimate.high - estimate.low) / 2:,.3g}"


def _flow_chart(comparison: Comparison) -> str:
    """Return the paths most often taken as a flow chart in Mermaid's notation."""
    edges = comparison.outcomes[0].process_map.edges
    drawn = edges.sort("count", "source", "target", descending=[True, False, False])
    names: dict[str, str] = {}
    lines = ["flowchart TD"]
    for source, target, count in (
        drawn.head(_PATHS_DRAWN).select("source", "target", "count").iter_rows()
    ):
        ends = []
        for activity in (source, target):
            new = activity not in names
            names.setdefault(activity, f"a{len(names)}")
            label = activity.replace('"', "'")
            ends.append(f'{names[activity]}["{label}"]' if new else names[activity])
        lines.append(f"  {ends[0]} -->|{count:,}| {ends[1]}")
    return "\n".join(lines)
