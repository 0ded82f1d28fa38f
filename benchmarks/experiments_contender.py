"""Replications in a process of its own; prints what they took as JSON."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time

from o2c_sim import CompanyModel, Window, load_company, override
from scenarios.experiment import run_replications
from scenarios.replication_file import encode


def variants(number: int) -> list[CompanyModel]:
    """Return the reference company and others that differ in one number."""
    company = load_company("distributor")
    return [
        override(company, {"credit.denial_share": round(0.01 + 0.0005 * i, 6)}, "sweep")
        for i in range(number)
    ]


def main() -> int:
    """Run, and print seconds by the clock, of the processor, and the digest of all results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--companies", type=int, default=1)
    parser.add_argument("--replications", type=int, required=True)
    parser.add_argument("--window", type=int, nargs=3, required=True)
    given = parser.parse_args()
    if given.workers == 1 and hasattr(os, "sched_setaffinity"):
        # Data frames would use the other core as well.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    companies = variants(given.companies)
    began = time.perf_counter()
    results = run_replications(
        companies,
        seed=1,
        replications=given.replications,
        window=Window(*given.window),
        workers=given.workers,
    )
    seconds = time.perf_counter() - began
    whole = hashlib.sha256()
    for runs in results:
        for run in runs:
            whole.update(encode(run))
    print(json.dumps({"seconds": seconds, "digest": whole.hexdigest()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
