"""Which uploaded files may be logs: their endings and first bytes, checked before any is read.

This looks at a few bytes only. What is inside is read by a process of its own with limits, which
also bounds what a compressed file may unfold to.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from o2c_sim.errors import Problem, UsageError

HEAD = 4096
MOST_FILES = 60
_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TABLE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

TEXT, XML, JSON, ZIP, PARQUET, SQLITE = "text", "xml", "json", "zip", "parquet", "sqlite"
ENDINGS = {
    ".csv": TEXT,
    ".tsv": TEXT,
    ".txt": TEXT,
    ".xes": XML,
    ".xml": XML,
    ".xmlocel": XML,
    ".json": JSON,
    ".jsonocel": JSON,
    ".jsonl": JSON,
    ".ndjson": JSON,
    ".xlsx": ZIP,
    ".parquet": PARQUET,
    ".sqlite": SQLITE,
    ".db": SQLITE,
}
# Of a folder of tables; the reader of SAP tables knows these.
TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet")
PACKED = (TEXT, XML, JSON)
ALLOWED = (
    "CSV, TSV, Excel (.xlsx), XES, OCEL 2.0 (.jsonocel, .xmlocel, .sqlite), Parquet, .gz of the "
    "text formats, or several SAP tables at once"
)
ACCEPT = ",".join([*ENDINGS, ".gz"])
_MEANT = {
    TEXT: "a table as text",
    XML: "XML",
    JSON: "JSON",
    ZIP: "an Excel workbook",
    PARQUET: "Parquet",
    SQLITE: "an SQLite database",
}


@dataclass(frozen=True, slots=True)
class Ending:
    """What the name of a file says it is.

    Parameters
    ----------
    suffix
        Such as ``.csv``; one of :data:`ENDINGS`.
    packed
        Whether ``.gz`` follows.
    """

    suffix: str
    packed: bool

    @property
    def stored(self) -> str:
        """The ending under which the server keeps it."""
        return self.suffix + (".gz" if self.packed else "")


def ending_of(name: str) -> Ending:
    """Return what a file's name says it is.

    Raises
    ------
    UsageError
        If it ends in none of the known ways.
    """
    lower = name.lower().strip()
    packed = lower.endswith(".gz")
    suffix = Path(lower.removesuffix(".gz").rpartition("/")[2]).suffix
    if suffix in ENDINGS and (not packed or ENDINGS[suffix] in PACKED):
        return Ending(suffix, packed)
    raise UsageError(
        Problem(f"{shown(name)!r} does not end like a file with a log", allowed=ALLOWED)
    )


def table_name(name: str) -> str:
    """Return the file name under which one of several tables is kept: its own, if it is plain.

    Raises
    ------
    UsageError
        If the name is no table's.
    """
    own = name.replace("\\", "/").rpartition("/")[2]
    ending = ending_of(own)
    stem = own[: len(own) - len(ending.stored)]
    if ending.suffix not in TABLE_ENDINGS or not _TABLE_NAME.fullmatch(stem):
        raise UsageError(
            Problem(
                f"{shown(name)!r} is no table of an SAP system",
                allowed="letters, digits, - and _, then " + ", ".join(TABLE_ENDINGS),
                suggestion="choose one log, or the tables of one extract such as VBAK.csv",
            )
        )
    return stem + ending.stored


def require_kind(path: Path, name: str) -> None:
    """Refuse a file whose first bytes are not what its name says.

    Parameters
    ----------
    path
        Where it was written to.
    name
        What the user calls it.

    Raises
    ------
    UsageError
        If the file is empty or is something else.
    """
    ending = ending_of(name)
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise UsageError(Problem(f"{shown(name)!r} is empty", allowed=ALLOWED))
    if head.startswith(_GZIP) != ending.packed:
        told = "ends in .gz but is not compressed" if ending.packed else "is compressed"
        raise UsageError(
            Problem(f"{shown(name)!r} {told}", allowed="names that end in .gz where it is")
        )
    if ending.packed:
        head = _unpacked(head, name)
    found = _kind(head)
    wanted = ENDINGS[ending.suffix]
    if found != wanted and not (wanted == TEXT and found == JSON):
        is_what = _MEANT.get(found, "something else")
        raise UsageError(
            Problem(
                f"{shown(name)!r} should be {_MEANT[wanted]} by its name, but begins like "
                f"{is_what}",
                allowed=ALLOWED,
            )
        )


def shown(name: str) -> str:
    """Return a file's name as messages show it: one line, not endless."""
    name = " ".join(name.replace("\\", "/").rpartition("/")[2].split())
    return name if len(name) <= 80 else name[:79] + "…"


def size_text(size: int) -> str:
    """Return a size for people, such as ``100 MB``."""
    return f"{size / 1_000_000:,.0f} MB" if size >= 1_000_000 else f"{size:,} bytes"


def names_problem(names: Sequence[str]) -> Problem | None:
    """Return what is wrong with a choice of files, before any is read."""
    if not names:
        return Problem("no file was chosen", allowed=ALLOWED)
    if len(names) > MOST_FILES:
        return Problem(f"{len(names)} files were chosen", allowed=f"at most {MOST_FILES} at once")
    if len({name.lower() for name in names}) < len(names):
        return Problem("two of the chosen files have the same name")
    return None


def _unpacked(head: bytes, name: str) -> bytes:
    try:
        # At most so many bytes come out, however strongly they are packed.
        return zlib.decompressobj(wbits=31).decompress(head, HEAD)
    except zlib.error:
        raise UsageError(Problem(f"{shown(name)!r} is a damaged .gz file")) from None


def _kind(head: bytes) -> str:
    if head.startswith(b"PK\x03\x04"):
        return ZIP
    if head.startswith(b"PAR1"):
        return PARQUET
    if head.startswith(b"SQLite format 3\x00"):
        return SQLITE
    if b"\x00" in head and not head.startswith(_UTF16):
        return "binary"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return XML
    return JSON if text[:1] in (b"{", b"[") else TEXT
