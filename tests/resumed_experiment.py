"""An experiment that can be killed and begun again; importable, and a program of its own."""

import hashlib
import sys
from pathlib import Path

from small_company import WINDOW, small, staffed

from scenarios.experiment import run_replications
from scenarios.replication_file import encode
from scenarios.store import Store

REPLICATIONS = 40


def experiment(**options):
    """Run two small companies."""
    plans = [small(), staffed()]
    return run_replications(plans, seed=9, replications=REPLICATIONS, window=WINDOW, **options)


def digest(results):
    """Return the SHA-256 of all that was kept, in order."""
    whole = hashlib.sha256()
    for runs in results:
        for one in runs:
            whole.update(encode(one))
    return whole.hexdigest()


if __name__ == "__main__":
    results = experiment(workers=int(sys.argv[2]), store=Store(sys.argv[1]))
    Path(sys.argv[3]).write_text(digest(results))
