"""File containers: what a file really is, and its bytes without compression.

A log arrives from somebody else. Before any reader sees it, this module bounds what a
compressed file may grow to, recognises the format by content rather than by name, and
refuses XML that declares a document type, because entities are how a small XML file is made
to fill the memory or to fetch other files.
"""

from __future__ import annotations

import gzip
import re
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from o2c_sim.errors import LogError, Problem

MAX_INFLATED = 4 * 2**30
MAX_RATIO = 200
RATIO_CHECKED_FROM = 256 * 2**20
HEAD = 1 << 20
CHUNK = 1 << 20

FORMATS = (
    "CSV or TSV, Excel (.xlsx), XES, OCEL 2.0 (JSON, XML, SQLite), Parquet, each text format also "
    "as .gz"
)

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@contextmanager
def inflated(path: Path, *, max_size: int = MAX_INFLATED) -> Iterator[Path]:
    """Yield a path to the content of *path* without gzip compression.

    Parameters
    ----------
    path
        Any file; one that is not gzip is yielded as it is.
    max_size
        Most bytes the content may have after decompression.

    Raises
    ------
    LogError
        If the compressed file is damaged, cut off, or grows beyond *max_size* or beyond
        ``MAX_RATIO`` times its own size.
    """
    with path.open("rb") as file:
        magic = file.read(2)
    if magic != b"\x1f\x8b":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="o2c-") as folder:
        plain = Path(folder) / (path.name.removesuffix(".gz") or "log")
        _inflate(path, plain, max_size)
        yield plain


def kind(plain: Path, source: Path) -> str:
    """Return the format of a file by its content.

    Parameters
    ----------
    plain
        The file without compression.
    source
        The file that the user named, for messages.

    Returns
    -------
    str
        ``parquet``, ``ocel-sqlite``, ``ocel-json``, ``ocel-xml``, ``xes``, ``zip`` or
        ``delimited``.

    Raises
    ------
    LogError
        If the file is empty or not a log.
    """
    with plain.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        raise LogError(Problem("the file is empty", where=str(source), allowed=FORMATS))
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"SQLite format 3\x00"):
        return "ocel-sqlite"
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return _xml_kind(plain, head, source)
    if text[:1] in (b"{", b"["):
        return _json_kind(text, source)
    if b"\x00" in head and not head.startswith(_UTF16):
        at = head.index(b"\x00")
        raise not_a_log(source, f"a binary file (byte {at} is zero)", "")
    return "delimited"


def _inflate(path: Path, plain: Path, max_size: int) -> None:
    where = str(path)
    allowed_ratio = max(MAX_RATIO * path.stat().st_size, RATIO_CHECKED_FROM)
    written = 0
    try:
        with gzip.open(path, "rb") as packed, plain.open("wb") as out:
            while block := packed.read(CHUNK):
                written += len(block)
                if written > max_size or written > allowed_ratio:
                    raise LogError(
                        Problem(
                            f"the file grows beyond {written >> 20} MiB when decompressed "
                            f"(from {path.stat().st_size} bytes)",
                            where=where,
                            allowed=f"at most {max_size >> 20} MiB and {MAX_RATIO} times its size",
                            suggestion="decompress it yourself if you trust it",
                        )
                    )
                out.write(block)
    except EOFError as error:
        raise LogError(
            Problem(
                f"the compressed file is cut off after {written} decompressed bytes",
                where=where,
                suggestion="copy or download it again",
            )
        ) from error
    except (OSError, zlib.error) as error:
        raise LogError(Problem(f"the compressed file is damaged: {error}", where=where)) from error


def require_inside(folder: Path, names: Iterable[str]) -> None:
    """Refuse files of a folder that are links to somewhere else.

    Raises
    ------
    LogError
        With every such file.
    """
    home = folder.resolve()
    problems = [
        Problem(
            f"is a link out of the folder, to {target}",
            where=str(folder / name),
            suggestion="copy the file itself into the folder if you trust it",
        )
        for name in names
        if not (target := (folder / name).resolve()).is_relative_to(home)
    ]
    if problems:
        raise LogError(problems)


def not_a_log(source: Path, what: str, suggestion: str) -> LogError:
    """Return the error for a file that is something else."""
    return LogError(
        Problem(
            f"not an event log: this is {what}",
            where=str(source),
            allowed=FORMATS,
            suggestion=suggestion,
        )
    )


def _json_kind(text: bytes, source: Path) -> str:
    if b'"ocel:events"' in text or b'"ocel:global' in text:
        raise not_a_log(
            source, "OCEL 1.0", "convert it to OCEL 2.0 (pm4py: read_ocel, then write_ocel2_json)"
        )
    if not text.startswith(b"{") or not re.search(
        rb'"(eventTypes|objectTypes|events|objects)"\s*:', text
    ):
        raise not_a_log(source, "JSON that is not OCEL 2.0", "export the events as CSV")
    return "ocel-json"


def _xml_kind(plain: Path, head: bytes, source: Path) -> str:
    prolog = re.match(rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*", head, flags=re.DOTALL)
    root = head[prolog.end() :] if prolog else head
    if re.match(rb"<!doctype\s+html|<html", root, flags=re.IGNORECASE):
        raise not_a_log(source, "an HTML page", "download the file itself, not its page")
    if root.startswith(b"<!"):
        raise LogError(
            Problem(
                "the XML declares a document type or entities, which is refused",
                where=str(source),
                allowed="XES or OCEL without <!DOCTYPE ...>",
                suggestion="remove the declaration if you trust the file",
            )
        )
    if not re.match(rb"<(?:[\w.-]+:)?log[\s/>]", root):
        raise not_a_log(source, "XML that is neither XES nor OCEL 2.0", "")
    with plain.open("rb") as file:
        file.seek(max(plain.stat().st_size - 4096, 0))
        tail = file.read()
    closed = re.search(rb"</(?:[\w.-]+:)?log\s*>(?:\s|<!--.*?-->)*$", tail, flags=re.DOTALL)
    if not closed and not re.match(rb"<(?:[\w.-]+:)?log[^>]*/>\s*$", root):
        raise LogError(
            Problem(
                "the XML is cut off: it does not end with </log>",
                where=str(source),
                suggestion="copy or export it again",
            )
        )
    is_ocel = re.search(rb"<(object-types|event-types|objects)[\s/>]", root)
    return "ocel-xml" if is_ocel else "xes"
