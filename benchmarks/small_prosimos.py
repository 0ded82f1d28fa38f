"""The small process as Prosimos reads it: a BPMN model and its simulation parameters as JSON.

Run in Prosimos's own environment, which has none of the toolkit's dependencies::

    PYTHON -m benchmarks.small_prosimos --orders 4000 --seed 1 --log log.csv

It simulates, and prints rows and CPU seconds as JSON, as :mod:`benchmarks.contender` does.

References
----------
Lopez-Pintado, Halenok, Dumas, "Prosimos: discovering and simulating business processes with
differentiated resources", EDOC 2022 workshops.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from benchmarks import small_process as process

_BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_NO_LIMIT_SECONDS = 1e9

# (from, to, probability); a decision is a node whose name ends with a question mark.
FLOWS: tuple[tuple[str, str, float | None], ...] = (
    ("start", process.RECEIVE.name, None),
    (process.RECEIVE.name, process.CHECK.name, None),
    (process.CHECK.name, "Complete?", None),
    ("Complete?", process.CLARIFY.name, process.INCOMPLETE_SHARE),
    ("Complete?", process.CREDIT.name, 1 - process.INCOMPLETE_SHARE),
    (process.CLARIFY.name, process.CHECK.name, None),
    (process.CREDIT.name, "Held?", None),
    ("Held?", process.RELEASE.name, process.HOLD_SHARE),
    ("Held?", process.CONFIRM.name, 1 - process.HOLD_SHARE),
    (process.RELEASE.name, process.CONFIRM.name, None),
    (process.CONFIRM.name, process.PICK.name, None),
    (process.PICK.name, process.PACK.name, None),
    (process.PACK.name, "Damaged?", None),
    ("Damaged?", process.REPLACE.name, process.DAMAGE_SHARE),
    ("Damaged?", process.SHIP.name, 1 - process.DAMAGE_SHARE),
    (process.REPLACE.name, process.SHIP.name, None),
    (process.SHIP.name, process.CREATE.name, None),
    (process.CREATE.name, process.INSPECT.name, None),
    (process.INSPECT.name, "Wrong?", None),
    ("Wrong?", process.CORRECT.name, process.WRONG_INVOICE_SHARE),
    ("Wrong?", process.SEND.name, 1 - process.WRONG_INVOICE_SHARE),
    (process.CORRECT.name, process.SEND.name, None),
    (process.SEND.name, "end", None),
)


def bpmn() -> ET.ElementTree[ET.Element]:
    """Return the BPMN 2.0 model; a task with two incoming flows is entered by either."""
    ET.register_namespace("", _BPMN)
    definitions = ET.Element(f"{{{_BPMN}}}definitions")
    model = ET.SubElement(definitions, f"{{{_BPMN}}}process", id="order-to-invoice")
    for node in dict.fromkeys(name for source, target, _ in FLOWS for name in (source, target)):
        kind = {"start": "startEvent", "end": "endEvent"}.get(node, "task")
        if node.endswith("?"):
            kind = "exclusiveGateway"
        ET.SubElement(model, f"{{{_BPMN}}}{kind}", id=_id(node), name=node)
    for source, target, _ in FLOWS:
        ET.SubElement(
            model,
            f"{{{_BPMN}}}sequenceFlow",
            id=_flow_id(source, target),
            sourceRef=_id(source),
            targetRef=_id(target),
        )
    return ET.ElementTree(definitions)


def parameters() -> dict[str, Any]:
    """Return the simulation parameters: arrivals, calendars, people, durations, decisions."""
    office = [
        {
            "from": "MONDAY",
            "to": "FRIDAY",
            "beginTime": _clock_time(process.OPENS_MINUTES),
            "endTime": _clock_time(process.CLOSES_MINUTES),
        }
    ]
    decisions = dict.fromkeys(source for source, _, share in FLOWS if share is not None)
    return {
        "arrival_time_distribution": _distribution(
            process.Duration("exponential", process.MEAN_GAP_MINUTES)
        ),
        "arrival_time_calendar": office,
        "resource_calendars": [{"id": "office", "name": "office", "time_periods": office}],
        "resource_profiles": [
            {
                "id": _id(role),
                "name": role,
                "resource_list": [
                    {
                        "id": f"{_id(role)}_{i + 1}",
                        "name": f"{role} {i + 1}",
                        "cost_per_hour": 0,
                        "amount": 1,
                        "calendar": "office",
                        "assignedTasks": [
                            _id(a.name) for a in process.ACTIVITIES if a.role == role
                        ],
                    }
                    for i in range(headcount)
                ],
            }
            for role, headcount in process.HEADCOUNTS.items()
        ],
        "task_resource_distribution": [
            {
                "task_id": _id(activity.name),
                "resources": [
                    {
                        "resource_id": f"{_id(activity.role)}_{i + 1}",
                        **_distribution(activity.duration),
                    }
                    for i in range(process.HEADCOUNTS[activity.role])
                ],
            }
            for activity in process.ACTIVITIES
        ],
        "gateway_branching_probabilities": [
            {
                "gateway_id": _id(decision),
                "probabilities": [
                    {"path_id": _flow_id(source, target), "value": share}
                    for source, target, share in FLOWS
                    if source == decision
                ],
            }
            for decision in decisions
        ],
    }


def write(folder: Path) -> tuple[Path, Path]:
    """Write the model and its parameters; return both paths."""
    model, values = folder / "order_to_invoice.bpmn", folder / "order_to_invoice.json"
    bpmn().write(model, encoding="utf-8", xml_declaration=True)
    values.write_text(json.dumps(parameters(), indent=1), encoding="utf-8")
    return model, values


def main() -> None:
    """Simulate in Prosimos and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--orders", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    arguments = parser.parse_args()

    import random

    import numpy as np
    from prosimos.simulation_engine import (  # type: ignore[import-not-found, unused-ignore]
        run_simulation,
    )

    random.seed(arguments.seed)
    np.random.seed(arguments.seed)  # noqa: NPY002 (Prosimos draws from the global generator)
    opens = f"{process.START_DATE}T{_clock_time(process.OPENS_MINUTES)}+00:00"
    with tempfile.TemporaryDirectory() as name:
        model, values = write(Path(name))
        began = time.process_time()
        run_simulation(
            str(model),
            str(values),
            arguments.orders,
            log_out_path=str(arguments.log),
            starting_at=opens,
        )
        seconds = time.process_time() - began
    with arguments.log.open(encoding="utf-8") as file:
        rows = sum(1 for _ in file) - 1
    print(json.dumps({"count": rows, "cpu_seconds": seconds}))


def _distribution(duration: process.Duration) -> dict[str, Any]:
    first, second = duration.first_minutes * 60, duration.second_minutes * 60
    name, values = {
        "constant": ("fix", (first,)),
        "exponential": ("expon", (first, 0, _NO_LIMIT_SECONDS)),
        "normal": ("norm", (first, second, 0, _NO_LIMIT_SECONDS)),
        "uniform": ("uniform", (first, second)),
    }[duration.family]
    return {
        "distribution_name": name,
        "distribution_params": [{"value": value} for value in values],
    }


def _id(name: str) -> str:
    return name.rstrip("?").lower().replace(" ", "_")


def _flow_id(source: str, target: str) -> str:
    return f"{_id(source)}-{_id(target)}"


def _clock_time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}:00"


if __name__ == "__main__":
    main()
