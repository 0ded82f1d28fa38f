"""``o2c validate-model LOG --order-to-cash``: the end of a log judges what its begin teaches."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

from reports.cli.console import progress, working
from reports.cli.reading import mapping_lines, read_for
from reports.cli.validation_kinds import Validated, day_of, judged


def company_by_own_log(
    path: Path,
    invoices: Path | None,
    period: tuple[str | None, str | None],
    runs: int,
    tuning: int,
    seed: int,
    reading: dict[str, Any],
    invoice_columns: list[str] | None,
    *,
    quiet: bool,
) -> Validated:
    """Calibrate a company by the first part of a log, and judge it by the last part.

    Parameters
    ----------
    path
        The log.
    invoices
        A list of invoices for how the customers pay; what it tells after the border is left out.
    period
        First and last day, as text, on which the cases begin that judge it; by
        :func:`mining.validation.own_end.own_end` if both are None.
    runs
        Simulated logs that are judged.
    tuning
        Simulated runs of the calibration, as ``o2c calibrate --tuning`` has them.
    seed, reading, quiet
        As the verb has them.
    invoice_columns
        Columns of the list.
    """
    from mining.calibration.company import calibrate
    from mining.calibration.matching import match
    from mining.calibration.source import source_of
    from mining.calibration.tuning import tune
    from mining.validation.own_end import own_end

    with working("reading", quiet=quiet):
        read, case_type = read_for(path, **reading)
        listed = None
        if invoices is not None:
            listed, _ = read_for(invoices, reading["zone"], invoice_columns=invoice_columns)
        whole = source_of(read, case_type, receivables=listed)
        if period == (None, None):
            end = own_end(whole)
            first, until = end.first, end.until
        else:
            first = day_of("--from", period[0])
            until = day_of("--until", period[1]) + dt.timedelta(days=1)
        border = first - dt.timedelta(days=1)
        known = source_of(read, case_type, last=border, receivables=listed)
    with progress("calibrating by the first part", quiet=quiet) as step:
        found = calibrate(known, seed=seed, progress=step)
    if tuning:
        with progress("tuning by simulation", quiet=quiet) as step:
            found, _ = tune(found, seed=seed, budget=tuning, progress=step)
        with progress("matching the first part by simulation", quiet=quiet) as step:
            found, _ = match(found, seed=seed, progress=step)
    made = judged(
        [found.company], whole, (first, until), runs, seed, mapping_lines(read), quiet=quiet
    )
    return dataclasses.replace(
        made, document={**made.document, "calibrated_until": border.isoformat()}
    )
