"""Files that end too early: exports stopped at a limit, rows cut off in the middle."""

from __future__ import annotations

from pathlib import Path

from mining.finding import Finding
from mining.read.container import inflated, kind

# Where programs stop: Excel's sheets old and new, with and without a header, and the usual
# limits of exports and previews.
_SHEETS = (65_535, 65_536, 1_048_575, 1_048_576)
_SMALLEST_LIMIT = 1_000


def findings(path: Path, rows: int) -> list[Finding]:
    """Return signs that a file holds only the beginning of its log.

    Parameters
    ----------
    path
        The file or folder that was read; a compressed file that breaks off is refused by the
        reader already.
    rows
        Events read from it.
    """
    found = [*_limit(rows)]
    return found if path.is_dir() else [*found, *_last_row(path, rows)]


def _limit(rows: int) -> list[Finding]:
    digits = str(rows).rstrip("0")
    is_round = rows >= _SMALLEST_LIMIT and digits in ("1", "2", "5")
    if not is_round and rows not in _SHEETS:
        return []
    what = "as many as a sheet of Excel holds" if rows in _SHEETS else "a limit of exports"
    return [
        Finding(
            "truncated", "warning",
            f"the log has exactly {rows:,} events, {what}", rows, "events",
            "every count and total, the end of the cases at the cut",
            "compare the number of rows with the source; export in parts",
        )
    ]  # fmt: skip


def _last_row(path: Path, rows: int) -> list[Finding]:
    with inflated(path) as plain:
        if kind(plain, path) != "delimited" or plain.stat().st_size == 0:
            return []
        with plain.open("rb") as file:
            head = file.readline()
            file.seek(max(plain.stat().st_size - 65_536, 0))
            tail = file.read()
    if tail.endswith((b"\n", b"\r", b"\n\x00", b"\x00\n")):
        return []
    last = tail.rpartition(b"\n")[2]
    separators = [(head.count(mark), mark) for mark in (b",", b";", b"\t", b"|")]
    expected, mark = max(separators)
    missing = expected - last.count(mark)
    whole = missing <= 0
    shown = last[:60].decode("utf-8", errors="replace")
    return [
        Finding(
            "truncated", "info" if whole else "serious",
            "the last row does not end with a line end"
            + ("" if whole else f" and lacks {missing} of {expected + 1} fields"),
            1, "rows", "the last case, and every total if more rows are missing",
            "compare the number of rows with the source, or export again",
            (f"row {rows + 1}: {shown}",),
        )
    ]  # fmt: skip
