"""Print, as JSON, whether the simulator is compiled and the SHA-256 of what runs give."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from o2c_sim import (
    ModelChange,
    Window,
    compiled,
    load_company,
    override,
    reference_names,
    simulate,
)

EXAMPLES = Path(__file__).resolve().parents[1] / "docs" / "examples"


def main() -> None:
    """Run each reference company, a company that changes, and each example of an extension."""
    window = Window(30, 30, 30)
    distributor = load_company("distributor")
    other = override(distributor, {"disputes.share": 0.1, "demand.orders_per_week": 300}, "test")
    changes = (ModelChange(40, other),)
    runs = {name: simulate(load_company(name), seed=3, window=window) for name in reference_names()}
    runs["changed"] = simulate(distributor, seed=3, window=window, changes=changes)
    for example in sorted(EXAMPLES.glob("*.py")):
        runs[example.name] = simulate(distributor, seed=3, window=window, extension=example)
    found = {
        name: hashlib.sha256(
            b"".join(
                table.serialize()
                for table in (run.log.events, run.log.objects, run.postings, run.costs)
            )
        ).hexdigest()
        for name, run in runs.items()
    }
    json.dump({"compiled": compiled.in_use(), "found": found}, sys.stdout)


if __name__ == "__main__":
    main()
