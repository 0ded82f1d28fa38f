"""The document of a log: the same for ``o2c report``, ``o2c mine`` and ``o2c check``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mining.analysis import Analysis
    from mining.finding import Finding
    from mining.read import ReadLog
    from reports.documents.document import Document


def page_of_log(
    source: Path,
    read: ReadLog,
    case_type: str,
    found: Analysis,
    *,
    currency: str = "",
    findings: tuple[Finding, ...] | None = None,
    **more: Any,
) -> Document:
    """Return the document of a log with every picture that the log supports.

    Parameters
    ----------
    source
        The file or folder that was read.
    read
        The log.
    case_type
        The object type whose objects are the cases.
    found
        Its analysis.
    currency
        ISO code of amounts, or empty.
    findings
        What is wrong with the file, as against its events; looked for by default. A log that
        was cut down by filters tells nothing of its file.
    **more
        Of :func:`reports.documents.log_report.log_report`: views, model, conformance and the
        like.
    """
    from mining.path_cases import path_cases
    from mining.signs import file_end
    from reports.cli.report_sources import reproduction
    from reports.documents.log_document import log_document
    from reports.documents.log_pictures import picture_sections
    from reports.documents.log_report import log_report

    log = read.log
    if findings is None:
        findings = tuple(file_end.findings(source, log.events.height))
    report = log_report(
        found,
        findings=findings,
        path_cases=path_cases(log.flatten(case_type), log.objects),
        sections=picture_sections(log, case_type, found, currency, headcounts(source)),
        currency=currency,
        reproduction=reproduction(source, _seed(source)),
        **more,
    )
    return log_document(report)


def headcounts(source: Path) -> Mapping[str, float] | None:
    """Return how many people each role of a simulated run has; None for any other log."""
    import polars as pl

    try:
        table = pl.read_parquet(_run_folder(source) / "utilisation.parquet")
        return {str(role): float(size) for role, size in table.select("role", "headcount").rows()}
    except (OSError, TypeError, ValueError, pl.exceptions.PolarsError):
        return None


def _seed(source: Path) -> int | None:
    """Return the seed of a simulated run; None for any other log."""
    try:
        text = (_run_folder(source) / "manifest.json").read_text(encoding="utf-8")
        seed = json.loads(text)["seed"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return seed if isinstance(seed, int) else None


def _run_folder(source: Path) -> Path:
    return source.resolve().parent if source.name == "log" else source
