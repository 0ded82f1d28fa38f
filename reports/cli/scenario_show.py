"""A scenario as text and as JSON: what it sets, when, at what cost, and what the model becomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios.library_entry import LibraryEntry
    from scenarios.scenario import Scenario

_MANY = 20


def scenario_lines(scenario: Scenario, entry: LibraryEntry | None = None) -> list[str]:
    """Return one scenario as lines of text, with what the library says of it."""
    from reports.cli.tables import text_table, wrapped
    from scenarios.model_changes import dated_changes

    file = scenario.file
    lines = [wrapped(f"{scenario.title} ({scenario.name})")]
    if scenario.description.strip():
        lines += ["", wrapped(" ".join(scenario.description.split()))]
    lines += ["", f"company: {scenario.baseline.name} ({file.extends})"]
    if file.evidence.strip():
        lines.append(wrapped(f"evidence: {' '.join(file.evidence.split())}", 2))
    if entry is not None:
        from scenarios.library_entry import GRADES

        graded = "; ".join(f"{grade} ({GRADES[grade]})" for grade in entry.evidence)
        said = {
            "library": f"{entry.id}, {entry.changes}",
            "published effect": entry.effect,
            "from": entry.source,
            "evidence": graded,
            "not modelled": entry.falls_short,
        }
        lines += [wrapped(f"{what}: {text}", 2) for what, text in said.items() if text]
    rows = [(s.lever, s.before, s.after, s.source) for s in scenario.settings]
    lines += ["", text_table(("setting", "before", "after", "evidence or source"), rows, "lrll")]
    lines += list(_cost_lines(scenario))
    for dated in dated_changes(scenario):
        if dated.as_before:
            lines += ["", wrapped(f"{dated.when}, then as before", 2)]
            continue
        rows3 = [(change.path, change.before, change.after) for change in dated.changes]
        head = ("parameter of the model", "before", "after")
        lines += ["", wrapped(dated.when, 2), text_table(head, rows3, "lll")]
    return lines


def grid_lines(scenarios: Sequence[Scenario]) -> list[str]:
    """Return the scenarios of a grid as lines of text."""
    from reports.cli.tables import counted, wrapped

    lines = [counted(len(scenarios), "scenario") + f" on {scenarios[0].baseline.name}", ""]
    lines += [wrapped(f"  {one.name}", 4) for one in scenarios[:_MANY]]
    if len(scenarios) > _MANY:
        lines.append(f"  and {len(scenarios) - _MANY:,} more; all of them with --json")
    return lines


def scenario_document(scenario: Scenario) -> dict[str, Any]:
    """Return one scenario as JSON-ready data."""
    from scenarios.model_changes import dated_changes

    file = scenario.file
    return {
        "name": scenario.name,
        "title": scenario.title,
        "description": scenario.description,
        "evidence": file.evidence,
        "company": scenario.baseline.name,
        "extends": file.extends,
        "settings": [asdict(setting) for setting in scenario.settings],
        "phases": [phase.model_dump(mode="json") for phase in file.phases],
        "cost": None if file.cost is None else file.cost.model_dump(mode="json"),
        "volume_response_pct": file.volume_response_pct,
        "changes": [asdict(dated) for dated in dated_changes(scenario)],
    }


def _cost_lines(scenario: Scenario) -> Iterator[str]:
    from reports.cli.tables import wrapped

    cost = scenario.file.cost
    if cost is None:
        return
    currency = scenario.baseline.currency
    yield ""
    yield wrapped(
        f"cost: {cost.one_off:,.10g} {currency} on day {cost.one_off_day}, "
        f"{cost.per_year:,.10g} {currency} a year for {cost.life_years:g} years, discounted at "
        f"{cost.discount_rate_pct_per_year:g} % a year",
        2,
    )
