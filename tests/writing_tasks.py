"""Simulate and write in a worker or a fresh process; importable, so not in a test."""

import hashlib
import json
import sys
from pathlib import Path

from o2c_sim import Window, load_company, override, simulate

WINDOW = Window(10, 20, 10)


def digests(folder):
    """Return the SHA-256 of each file under a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


def write_run(task):
    """Simulate (folder, seed, headcount) into the folder; return the digests of its files."""
    folder, seed, headcount = task
    model = override(
        load_company("distributor"), {"staff.warehouse.headcount": headcount}, "worker"
    )
    return digests(simulate(model, seed=seed, window=WINDOW).write(folder))


if __name__ == "__main__":
    print(json.dumps(write_run((sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))))
