"""KPIs that a log cannot support, and what it lacks for them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import polars as pl

from mining.kpi_beyond import BEYOND
from mining.kpi_definition import KAPLAN_MEIER, KpiDefinition
from mining.kpi_definitions import DEFINITIONS
from o2c_sim.eventlog import EventLog

TOO_MANY_OPEN = "cases that have ended: too many are open when the log ends"
NO_CASE = "a case in the measured period"


def unsupported(
    log: EventLog,
    found: Mapping[str, float],
    recorded: Collection[str] | None = None,
) -> dict[str, str]:
    """Return the KPIs that a log has no number for, and what is missing.

    Parameters
    ----------
    log
        A log in the reference vocabulary.
    found
        What :func:`mining.kpis.measure` gave for it.
    recorded
        Activities that the log would show if they had happened; those that occur when None.

    Returns
    -------
    dict
        KPI key to what is missing, in the order of :data:`mining.kpis.DEFINITIONS`: activities,
        object types and attributes or, where the log has all of these, cases. After them the
        measures of the trade that no event log carries.
    """
    known = set(log.activities if recorded is None else recorded)
    lacking = {
        key: "; ".join(_lacking(log, definition, known)) or _no_number(key, definition, found)
        for key, definition in DEFINITIONS.items()
        if math.isnan(found.get(key, math.nan))
    }
    return {**lacking, **{key: measure.missing for key, measure in BEYOND.items()}}


def _lacking(log: EventLog, definition: KpiDefinition, known: Collection[str]) -> list[str]:
    parts = []
    if definition.needs and not set(definition.needs) & set(known):
        parts.append(f"activity {' or '.join(map(repr, definition.needs))}")
    missing = [kind for kind in definition.object_types if kind not in log.object_types]
    parts += [f"object type {kind!r}" for kind in missing]
    for text in definition.attributes:
        name, _, owner = text.partition(" of ")
        if owner not in missing and not _has(log, name, owner):
            parts.append(f"attribute {name!r} of {owner}s")
    return parts


def _has(log: EventLog, name: str, owner: str) -> bool:
    if owner == "event":
        table = log.events
    elif owner in log.object_types:
        table = log.objects.filter(pl.col("type").cast(pl.String) == owner)
    else:
        return False
    return name in table.columns and table[name].null_count() < table.height


def _no_number(key: str, definition: KpiDefinition, found: Mapping[str, float]) -> str:
    """Return what else is missing where the log records all that the KPI is made of."""
    mean = key.replace("_median_", "_mean_").replace("_p90_", "_mean_")
    ended = not math.isnan(found.get(mean, math.nan))
    return TOO_MANY_OPEN if definition.censoring == KAPLAN_MEIER and ended else NO_CASE
