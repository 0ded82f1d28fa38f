"""KPI definitions, and what a log lacks for them, as text for the terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mining.kpi_definition import KpiDefinition

_NAMED = 4
_GROUPS = 6
_LONGEST = 60


def missing_lines(unsupported: Mapping[str, str]) -> list[str]:
    """Return which KPIs a log has no number for, by what is missing, the most KPIs first."""
    from mining.kpi_beyond import BEYOND
    from mining.kpis import DEFINITIONS
    from reports.cli.tables import wrapped

    grouped: dict[str, dict[str, None]] = {}
    for key, missing in unsupported.items():
        if key in DEFINITIONS:
            # Mean, median and 90th percentile lack the same.
            label = DEFINITIONS[key].label.removesuffix(", mean")
            grouped.setdefault(_foremost(missing), {})[label] = None
    if not grouped:
        return []
    lines = ["KPIs without a number, and what is missing for them (all of it: --json):"]
    stems = {
        missing: [text for text in labels if text.rpartition(", ")[0] not in labels]
        for missing, labels in grouped.items()
    }
    largest = sorted(stems, key=lambda missing: -len(stems[missing]))
    for missing in largest[:_GROUPS]:
        labels = stems[missing]
        more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
        lines.append(wrapped(f"  {missing}: {'; '.join(labels[:_NAMED])}{more}", 4))
    if others := largest[_GROUPS:]:
        labels = [label for missing in others for label in stems[missing]]
        lines.append(wrapped(f"  other: {'; '.join(labels)}", 4))
    beyond = "; ".join(BEYOND[key].label for key in unsupported if key in BEYOND)
    return [*lines, wrapped(f"  what no log has: {beyond}", 4)]


def _foremost(missing: str) -> str:
    """Return of several things that are missing the one that most KPIs lack."""
    parts = missing.split("; ")
    for kind in ("object type", "attribute"):
        if found := [part for part in parts if part.startswith(kind)]:
            return found[-1]
    return parts[0] if len(parts[0]) <= _LONGEST else f"{parts[0][:_LONGEST]}..."


def matching_kpis(asked: str) -> list[KpiDefinition]:
    """Return the KPIs of a key, or those whose key and label have every word."""
    from mining.kpis import DEFINITIONS

    words = _words(asked)
    key = "_".join(words)
    if key in DEFINITIONS:
        return [DEFINITIONS[key]]
    if not words:
        return []
    return [
        definition
        for definition in DEFINITIONS.values()
        if set(words) <= {*_words(definition.label), *_words(definition.key)}
    ]


def beyond_rows(asked: str) -> list[dict[str, str]]:
    """Return the measures of that name that no log carries, as JSON-ready data."""
    from mining.kpi_beyond import BEYOND

    words = set(_words(asked))
    return [
        dataclasses.asdict(measure)
        for measure in BEYOND.values()
        if words and words <= {*_words(measure.label), *_words(measure.key)}
    ]


def kpi_rows(definitions: Sequence[KpiDefinition]) -> list[dict[str, Any]]:
    """Return definitions as JSON-ready data."""
    from mining.kpi_traps import traps_of

    return [
        {
            "key": definition.key,
            "label": definition.label,
            "unit": definition.unit,
            "better": definition.better,
            "formula": definition.formula,
            "population": definition.population,
            "clock": definition.clock,
            "weighting": definition.weighting,
            "censoring": definition.censoring,
            "source": definition.source,
            "needs": {
                "one_activity_of": list(definition.needs),
                "object_types": list(definition.object_types),
                "attributes": list(definition.attributes),
            },
            "traps": list(traps_of(definition)),
        }
        for definition in definitions
    ]


def kpi_blocks(
    definitions: Sequence[KpiDefinition],
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return a head and (label, text) pairs for each formula; traps told once.

    Mean, median and 90th percentile of one time are told together.
    """
    from mining.kpi_traps import traps_of

    families: dict[str, list[KpiDefinition]] = {}
    for definition in definitions:
        families.setdefault(definition.formula, []).append(definition)
    told: set[str] = set()
    blocks = []
    for family in families.values():
        first = family[0]
        pairs = [("key", ", ".join(one.key for one in family)), ("formula", first.formula)]
        pairs += [("population", first.population), ("clock", first.clock)]
        pairs += [("weighting", first.weighting)]
        censoring: dict[str, list[str]] = {}
        for one in family:
            censoring.setdefault(one.censoring, []).append(one.label.rpartition(", ")[2])
        for number, (text, names) in enumerate(censoring.items()):
            whose = f"{', '.join(names)}: " if len(censoring) > 1 else ""
            pairs.append(("" if number else "censoring", whose + text))
        pairs += [("unit", first.unit), ("better", first.better), ("needs", _needs(first))]
        pairs.append(("source", first.source))
        traps = dict.fromkeys(text for one in family for text in traps_of(one))
        new = [text for text in traps if text not in told]
        told.update(new)
        pairs += [("" if number else "traps", f"- {text}") for number, text in enumerate(new)]
        head = first.label.removesuffix(", mean") if len(family) > 1 else first.label
        blocks.append((head, pairs))
    return blocks


def _needs(definition: KpiDefinition) -> str:
    parts = [f"activity {' or '.join(definition.needs)}"] if definition.needs else []
    parts += [f"objects of type {kind}" for kind in definition.object_types]
    return "; ".join([*parts, *definition.attributes])


def _words(text: str) -> list[str]:
    kept = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    return kept.split()
