"""Run every benchmark: ``python -m benchmarks``, or ``make bench``."""

from __future__ import annotations

import sys

from benchmarks import simulation

if __name__ == "__main__":
    sys.exit(simulation.main())
