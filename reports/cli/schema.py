"""``o2c schema``: what may stand in a model or scenario file."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from reports.cli import options
from reports.cli.console import emit, say
from reports.cli.faults import verb


class Kind(StrEnum):
    """What a schema is wanted of."""

    COMPANY = "company"
    SCENARIO = "scenario"
    LEVERS = "levers"
    KPIS = "kpis"


@verb
def schema(
    kind: Annotated[Kind, typer.Argument(help="company, scenario, levers or kpis.")] = Kind.COMPANY,
    json_output: options.Json = False,
) -> None:
    """Print the JSON Schema of company or scenario files, or list levers or KPIs.

    o2c schema company > company.schema.json
    """
    if kind in (Kind.COMPANY, Kind.SCENARIO):
        from o2c_sim import CompanyModel
        from scenarios.scenario_file import ScenarioFile

        model = CompanyModel if kind is Kind.COMPANY else ScenarioFile
        document = model.model_json_schema()
        if json_output:
            emit("schema", {kind.value: document})
        else:
            say(json.dumps(document, indent=1))
        return
    rows = _levers() if kind is Kind.LEVERS else _kpis()
    if json_output:
        emit("schema", {kind.value: rows})
        return
    for row in rows:
        say(f"{row['name']}: {row['label']}")
        for key, value in row.items():
            if key not in ("name", "label") and value:
                say(f"  {key}: {value}")


def _levers() -> list[dict[str, str]]:
    from scenarios.levers import LEVERS

    return [
        {
            "name": lever.name,
            "label": lever.label,
            "allowed": lever.allowed,
            "evidence": lever.evidence,
        }
        for lever in LEVERS.values()
    ]


def _kpis() -> list[dict[str, str]]:
    from mining.kpis import DEFINITIONS

    return [
        {
            "name": definition.key,
            "label": definition.label,
            "unit": definition.unit,
            "formula": definition.formula,
            "population": definition.population,
            "clock": definition.clock,
            "weighting": definition.weighting,
            "censoring": definition.censoring,
            "source": definition.source,
        }
        for definition in DEFINITIONS.values()
    ]
