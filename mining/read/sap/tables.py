"""The files of a table extract: which table each is, its rows as text, its values by kind.

An extract comes from whoever had access: any case of names, any separator, numbers with or without
leading zeros, dates as ``20240131`` or ISO, ``00000000`` for none. Everything is read as text
here, and a :class:`Field` says what a column holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from mining.read import delimited, engines
from mining.read.container import inflated, require_inside
from mining.read.sap.values import blank, clock, keys, numbers
from mining.read.times import parse
from o2c_sim.errors import LogError, Problem
from o2c_sim.eventlog import TIME

SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet")
MAX_FILES = 500
SHOWN = 3
_SEPARATORS = (";", "\t", "|", ",")
_NO_DATE = r"^(0+|0{4}-0{2}-0{2}.*|0{2}\.0{2}\.0{4}|9999-?12-?31.*|31\.12\.9999)?$"


@dataclass(frozen=True, slots=True)
class Field:
    """What a column of an extract holds.

    Parameters
    ----------
    kind
        ``key`` (a number without leading zeros), ``text``, ``money``, ``date``, ``moment`` (a
        local date and a time of day) or ``instant`` (a stamp in UTC).
    columns
        Names that the column may have, the first that is there is used; of a ``moment`` the date
        and the time.
    required
        Whether the table is of no use without it.
    """

    kind: str
    columns: tuple[str, ...]
    required: bool = False


@dataclass(slots=True)
class Extract:
    """The files of one extract, with what was noticed and what is wrong so far.

    Parameters
    ----------
    folder
        The folder.
    zone
        IANA time zone of its clock.
    frames
        Rows as text by file name; names of columns lower-case, letters and digits only.
    notes
        For people.
    problems
        Faults found; :meth:`check` raises them together.
    """

    folder: Path
    zone: str
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def check(self) -> None:
        """Raise what is wrong, all at once.

        Raises
        ------
        LogError
            If anything is.
        """
        if self.problems:
            raise LogError(self.problems)

    def project(self, name: str, fields: Mapping[str, Field]) -> pl.DataFrame:
        """Return a file's rows under other names, each value as its kind says.

        Parameters
        ----------
        name
            The file; an empty name gives no rows.
        fields
            By the new name.

        Returns
        -------
        polars.DataFrame
            One column for each field, null where the file has no such column; for a ``moment``
            ``<name>_day`` as well: whether only the day is known.
        """
        frame = self.frames.get(name, pl.DataFrame())
        columns: list[pl.Series] = []
        for new, wanted in fields.items():
            present = [c for c in wanted.columns if c in frame.columns]
            if name and wanted.required and not present:
                self.problems.append(
                    Problem(
                        f"there is no column {wanted.columns[0]!r}",
                        where=str(self.folder / name),
                        allowed=", ".join(frame.columns[:40]),
                    )
                )
            columns += self._values(name, frame, new, wanted, present)
        return pl.DataFrame(columns)

    def _values(
        self, name: str, frame: pl.DataFrame, new: str, wanted: Field, present: list[str]
    ) -> list[pl.Series]:
        def text(column: str) -> pl.Series:
            if column not in frame.columns:
                return pl.Series(column, [None] * frame.height, dtype=pl.String)
            return frame[column]

        if wanted.kind == "moment":
            date, time = wanted.columns
            days = self._dates(name, text(date))
            micros = clock(text(time))
            naive = days + micros.fill_null(0).cast(pl.Duration("us"))
            utc = parse(naive, self.zone).values
            only_day = micros.is_null() | (frame[time] == "") if time in frame.columns else None
            unknown = pl.Series([True] * frame.height) if only_day is None else only_day
            return [utc.alias(new), unknown.fill_null(value=True).alias(f"{new}_day")]
        values = text(present[0] if present else wanted.columns[0])
        if wanted.kind == "date":
            return [self._dates(name, values).dt.date().alias(new)]
        if wanted.kind == "instant":
            return [parse(blank(values), "UTC").values.cast(TIME).alias(new)]
        if wanted.kind == "money":
            read = numbers(values)
            self._refuse(name, values, read.is_null() & blank(values).is_not_null(), "number")
            return [read.alias(new)]
        return [(keys(values) if wanted.kind == "key" else blank(values)).alias(new)]

    def _dates(self, name: str, values: pl.Series) -> pl.Series:
        there = values.to_frame("v").select(
            pl.when(~pl.col("v").str.strip_chars().str.contains(_NO_DATE)).then(
                pl.col("v").str.strip_chars().str.replace(r"[T ]\d{2}:\d{2}.*$", "")
            )
        )["v"]
        odata = there.str.extract(r"^/Date\((-?\d+)", 1).cast(pl.Int64) * 1_000
        parsed = parse(there.str.replace(r"^/Date.*$", ""), "UTC")
        self.notes += [f"{name}: {note}" for note in parsed.notes if note not in self.notes]
        days = parsed.values.cast(TIME).fill_null(odata.cast(TIME)).dt.truncate("1d")
        self._refuse(name, values, days.is_null() & there.is_not_null(), "date")
        return days

    def _refuse(self, name: str, values: pl.Series, bad: pl.Series, what: str) -> None:
        index = bad.arg_true()
        if index.is_empty():
            return
        shown = "; ".join(f"row {i + 1}: {values[i]!r}" for i in index.head(SHOWN))
        allowed = {"date": "20240131, 2024-01-31 or 31.01.2024", "number": "1234.56"}
        self.problems.append(
            Problem(
                f"unreadable {what} in column {values.name!r} in {len(index)} of {len(bad)} rows "
                f"({shown})",
                where=f"{self.folder / name}, row {index[0] + 1}",
                allowed=allowed[what],
            )
        )


def tables_of(folder: Path) -> list[Path]:
    """Return the files of a folder that may be tables, by name."""
    found = []
    for path in sorted(folder.iterdir()):
        stem = path.name.lower().removesuffix(".gz")
        if stem.endswith(SUFFIXES) and not path.name.startswith(".") and path.is_file():
            found.append(path)
    return found[: MAX_FILES + 1]


def read_extract(folder: Path, zone: str, files: Iterable[Path]) -> Extract:
    """Read files of an extract as text.

    Parameters
    ----------
    folder
        Where they are.
    zone
        IANA time zone of the system's clock.
    files
        The files.

    Returns
    -------
    Extract
        With a problem for each file that is no table.
    """
    files = list(files)
    require_inside(folder, [path.name for path in files])
    extract = Extract(folder, zone)
    for path in files:
        try:
            with inflated(path) as plain:
                frame, notes = _read(plain, path)
        except LogError as error:
            extract.problems += error.problems
            continue
        extract.frames[path.name] = _plain_names(frame)
        extract.notes += [f"{path.name}: {note}" for note in notes]
    return extract


def header_of(path: Path) -> set[str]:
    """Return the names of a file's columns, as far as its first row tells; none if unreadable."""
    try:
        with inflated(path) as plain:
            if plain.suffix.lower() == ".parquet":
                return set(_plain_names(pl.read_parquet(plain, n_rows=1)).columns)
            with plain.open("rb") as file:
                head = file.read(1 << 16)
        text, _encoding, _notes = delimited.decode(head.rpartition(b"\n")[0] or head, None, "")
        if text.lstrip()[:1] in ("{", "["):
            names = re.findall(r'"(\w+)"\s*:', text)
        else:
            rows = [line for line in text.splitlines() if line.strip(" -|")]
            names = rows[0].split(_separator(rows[0])) if rows else []
        return {_plain(name) for name in names}
    except (LogError, OSError, pl.exceptions.PolarsError):
        return set()


def _read(plain: Path, source: Path) -> tuple[pl.DataFrame, list[str]]:
    suffix = plain.suffix.lower()
    if suffix == ".parquet":
        frame, _spoken = engines.run(lambda: pl.read_parquet(plain), str(source))
        return frame.cast(pl.String, strict=False), []
    text, _encoding, notes = delimited.decode(plain.read_bytes(), None, str(source))
    if text.lstrip()[:1] in ("{", "["):
        return _json_rows(text, source), notes
    # Some programs print tables with a rule above and below the header.
    lines = [line for line in text.splitlines() if line.strip(" -|\t")]
    if not lines:
        raise LogError(Problem("the table is empty", where=str(source), allowed="a header"))
    separator = _separator(lines[0])
    try:
        frame = pl.read_csv(
            "\n".join(lines).encode(), separator=separator, infer_schema=False,
            truncate_ragged_lines=False,
        )  # fmt: skip
    except pl.exceptions.PolarsError as error:
        why = str(error).partition("\n")[0][:200]
        raise LogError(Problem(f"not a table: {why}", where=str(source))) from error
    return frame, notes


def _separator(header: str) -> str:
    return max(_SEPARATORS, key=header.count)


def _json_rows(text: str, source: Path) -> pl.DataFrame:
    problems: list[Problem] = []
    rows: list[dict[str, Any]] = []
    try:
        whole: Any = json.loads(text)
    except RecursionError as error:
        raise LogError(Problem("nested too deeply", where=str(source))) from error
    except ValueError:
        whole = None
    if whole is None:
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                problems.append(Problem(f"not JSON: {error}", where=f"{source}, line {number}"))
                continue
            rows.append(row)
    else:
        rows = _unwrapped(whole)
    wrong = [i for i, row in enumerate(rows, 1) if not isinstance(row, dict)]
    if wrong:
        problems.append(
            Problem(f"{len(wrong)} rows are not objects", where=f"{source}, row {wrong[0]}")
        )
    if problems:
        shown = problems[:SHOWN]
        more = len(problems) - len(shown)
        raise LogError([*shown, *([Problem(f"{more} more", where=str(source))] if more else [])])
    names = list(dict.fromkeys(name for row in rows for name in row))
    data = {name: [_json_text(row.get(name)) for row in rows] for name in names}
    return pl.DataFrame(data, schema=dict.fromkeys(names, pl.String))


def _unwrapped(whole: Any) -> list[Any]:
    """Return the rows of a JSON document: a list, or the list in an OData answer."""
    for key in ("value", "d", "results"):
        if isinstance(whole, dict) and isinstance(whole.get(key), list | dict):
            whole = whole[key]
    return whole if isinstance(whole, list) else [whole]


def _json_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict) and "hours" in value:
        parts = (value.get(part) or 0 for part in ("hours", "minutes", "seconds"))
        return ":".join(f"{part:02}" if isinstance(part, int) else "" for part in parts)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _plain_names(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows under names of lower-case letters and digits; the first of equals stays."""
    kept: dict[str, str] = {}
    for column in frame.columns:
        kept.setdefault(_plain(column), column)
    kept.pop("", None)
    return frame.select(pl.col(old).alias(new) for new, old in kept.items())
