"""Read every file of a folder and take it apart; print what became of each, as JSON lines."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from mining import performance, variants
from mining.read import read_log
from o2c_sim.errors import ToolkitError

SECONDS = 90


def outcome(path: Path) -> dict[str, object]:
    """Return what reading and mining a file ends with."""
    try:
        read = read_log(path)
        cases = read.log.flatten(read.case_type)
        graph = performance.directly_follows(cases)
        variants.variants(cases)
    except ToolkitError as error:
        return {"refused": str(error)}
    except Exception as error:
        return {"stumbled": f"{type(error).__name__}: {error}"[:500]}
    return {"events": graph.events}


def main() -> None:
    """Try every path of the folder under limits of time and of the size of files written."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**29, 2**29))
    for path in sorted(Path(sys.argv[1]).iterdir()):
        began = time.process_time()
        found = outcome(path)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = time.process_time() - began
        line = {"name": path.name, "peak": peak, "seconds": seconds, **found}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
