"""Cut the log of a verb down to the cases that its ``--filter`` options ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mining.read import ReadLog


def narrowed(read: ReadLog, case_type: str, texts: Sequence[str] | None) -> ReadLog:
    """Return a log with the cases that pass all filters.

    Parameters
    ----------
    read
        A log as it was read.
    case_type
        The case notion.
    texts
        Filters, see :mod:`mining.filter_text`.

    Returns
    -------
    ReadLog
        With a note that says what was left; the same where there are no filters.

    Raises
    ------
    UsageError
        If a text is no filter, names what the log does not have, or no case is left.
    """
    if not texts:
        return read
    from mining.filter_text import apply, parse
    from mining.filters import case_attributes, with_cases

    log = read.log
    cases = log.flatten(case_type)
    kept = apply(
        parse(texts), cases, attributes=case_attributes(log, case_type), zone=log.zone
    )["case"].unique()  # fmt: skip
    shown = ", ".join(texts)
    note = f"filtered by {shown}: {len(kept):,} of {cases['case'].n_unique():,} cases are left"
    return replace(read, log=with_cases(log, case_type, kept), notes=(*read.notes, note))
