"""Files that mean harm, made by code: each is written by a function of its name."""

from __future__ import annotations

import gzip
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import workbook

TEN_MEGABYTES = 10_000_000
HEAD = "case,activity,time\n"
XES = (
    '<log><trace><string key="concept:name" value="1"/><event>'
    '<string key="concept:name" value="%s"/><date key="time:timestamp" value="%s"/>'
    "</event></trace></log>"
)
OCEL = {
    "objectTypes": [{"name": "order", "attributes": []}],
    "eventTypes": [{"name": "A", "attributes": []}],
    "objects": [{"id": "o", "type": "order"}],
    "events": [
        {
            "id": "e",
            "type": "A",
            "time": "2024-01-01T00:00:00Z",
            "attributes": [],
            "relationships": [{"objectId": "o", "qualifier": "of"}],
        }
    ],
}
Make = Callable[[Path], object]


def text(content: str, encoding: str = "utf-8") -> Make:
    """Return a maker of a text file."""
    return lambda path: path.write_bytes(content.encode(encoding))


def rows(*lines: str) -> Make:
    """Return a maker of a CSV file."""
    return text(HEAD + "\n".join(lines) + "\n")


def squeezed(content: bytes, times: int = 1) -> Make:
    """Return a maker of a gzip file, packed several times over."""

    def make(path: Path) -> None:
        packed = content
        for _ in range(times):
            packed = gzip.compress(packed, 1)
        path.write_bytes(packed)

    return make


def laughs(root: str) -> str:
    """Return XML whose entities grow tenfold, nine times."""
    grown = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    return f'<!DOCTYPE log [<!ENTITY l0 "lol">{grown}]><log>{root}&l9;</log>'


def workbook_bomb(path: Path) -> None:
    """Write a workbook with 300 MB of blanks in a part of it."""
    workbook.write(path, {"Log": [["case", "activity", "time"], ["1", "A", "2024-01-01"]]})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", bytes(300_000_000))


def workbook_with(rows: list[list[object]]) -> Make:
    """Return a maker of a workbook of one sheet."""
    return lambda path: workbook.write(path, {"Log": [["case", "activity", "time"], *rows]})


def parquet(**columns: object) -> Make:
    """Return a maker of a Parquet file."""
    return lambda path: pl.DataFrame(columns).write_parquet(path)


def database(*statements: str) -> Make:
    """Return a maker of an SQLite file."""

    def make(path: Path) -> None:
        connection = sqlite3.connect(path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    return make


def ocel(**changes: object) -> Make:
    """Return a maker of an OCEL 2.0 file in JSON with some parts replaced."""
    return text(json.dumps({**OCEL, **changes}))


def with_event(**changes: object) -> Make:
    """Return a maker of an OCEL 2.0 file whose one event is changed."""
    return ocel(events=[{**OCEL["events"][0], **changes}])


def million_activities(path: Path) -> None:
    """Write a million rows, each of an activity of its own."""
    number = pl.int_range(1_000_000, eager=True)
    frame = pl.DataFrame({"case": number // 4, "activity": number.cast(pl.String)})
    frame.with_columns(time=pl.lit("2024-01-01 08:00:00")).write_csv(path)


def linked(path: Path) -> None:
    """Write a folder of tables, one of which is a link to a file outside."""
    path.mkdir()
    outside = path.parent / "outside.txt"
    outside.write_text("VBELN;ERDAT;ERZET\n1;20240101;080000\n")
    for name in ("VBAK", "VBAP", "VBFA", "LIKP", "VBRK"):
        (path / f"{name}.csv").symlink_to(outside)


def linked_log(path: Path) -> None:
    """Write a folder that looks like the toolkit's own, with a link to a file outside."""
    path.mkdir()
    outside = path.parent / "outside.json"
    outside.write_text('{"format_version": 1, "zone": "UTC", "source": "secret"}')
    for name in ("events", "objects", "object_changes", "event_objects", "object_relations"):
        pl.DataFrame({"event": [1]}).write_parquet(path / f"{name}.parquet")
    (path / "log.json").symlink_to(outside)


LONG = "x" * TEN_MEGABYTES
_TABLES = (
    "CREATE TABLE event (ocel_id, ocel_type)",
    "CREATE TABLE object (ocel_id, ocel_type)",
    "CREATE TABLE event_object (ocel_event_id, ocel_object_id, ocel_qualifier)",
    "CREATE TABLE object_object (ocel_source_id, ocel_target_id, ocel_qualifier)",
    "CREATE TABLE event_map_type (ocel_type, ocel_type_map)",
    "CREATE TABLE object_map_type (ocel_type, ocel_type_map)",
)

# What must be refused, with a piece of what is said.
REFUSED: dict[str, tuple[Make, str]] = {
    "xxe.xes": (
        text('<!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/passwd">]><log>&x;</log>'),
        "entities",
    ),
    "laughs.xes": (text(laughs("<trace/>")), "entities"),
    "laughs.xmlocel": (text(laughs("<events/>")), "entities"),
    "laughs-after-a-long-comment.xes": (
        text(f"<!--{'-' * 2_000_000}-->{laughs('<trace/>')}"), "entities",
    ),
    "laughs-utf16.xes": (text(laughs("<trace/>"), "utf-16"), ""),
    "zeros.csv.gz": (squeezed(bytes(300_000_000)), "grows beyond"),
    "nested.csv.gz": (squeezed(bytes(30_000_000), times=3), "binary"),
    "cut.csv.gz": (
        lambda path: path.write_bytes(gzip.compress(HEAD.encode() * 100_000)[:-100]), "cut off",
    ),
    "wrong-checksum.csv.gz": (
        lambda path: path.write_bytes(gzip.compress(HEAD.encode())[:-8] + bytes(8)), "damaged",
    ),
    "bomb.xlsx": (workbook_bomb, "grows beyond"),
    "nul.csv": (rows("1,A\0B,2024-01-01", "1,B,2024-01-02"), "byte 22 is zero"),
    "utf16-without-mark.csv": (text(HEAD + "1,A,2024-01-01\n", "utf-16-le"), "binary"),
    "nan.csv": (rows("1,A,NaN", "1,B,2024-01-02"), "row 2"),
    "infinite.csv": (rows("1,A,inf", "1,B,2024-01-02"), "row 2"),
    "year-99999.csv": (rows("1,A,99999-01-01 00:00:00", "1,B,2024-01-02 00:00:00"), "row 2"),
    "year-9999.csv": (rows("1,A,2024-01-01", "1,B,9999-12-31"), "edge of the calendar (event 2)"),
    "year-9999.xes": (text(XES % ("A", "9999-12-31T23:59:59Z")), "edge of the calendar (event 1)"),
    "nan.parquet": (
        parquet(case=[1, 1], activity=["A", "B"], time=[float("nan"), 1.7e9]), "time",
    ),
    "nan.xlsx": (workbook_with([["1", "A", "NaN"], ["1", "B", "2024-01-02"]]), "row 2"),
    "nested.parquet": (
        parquet(case=[[1], [1]], activity=["A", "B"], time=["2024-01-01", "2024-01-02"]), "case",
    ),
    "binary.parquet": (
        parquet(case=["1", "1"], activity=[b"\xff", b"\xfe"], time=["2024-01-01", "2024-01-02"]),
        "activity",
    ),
    "nothing.sqlite": (database("CREATE TABLE a (b)"), "not an OCEL 2.0 database"),
    "empty.sqlite": (database(*_TABLES), ""),
    "quoted.sqlite": (
        database(*_TABLES, "INSERT INTO event VALUES ('e', 'A')",
                 "INSERT INTO event_map_type VALUES ('A', 'A\"; DROP TABLE event; --')"),
        "not an OCEL 2.0 database",
    ),
    "deep.jsonocel": (text('{"events": ' + "[" * 200_000 + "]" * 200_000 + "}"), ""),
    "time-nan.jsonocel": (with_event(time="NaN"), ""),
    "wrong-type.jsonocel": (ocel(events={"e": 1}), ""),
    "cut.jsonocel": (lambda path: path.write_text(json.dumps(OCEL)[:-20]), ""),
    "time-nan.xes": (text(XES % ("A", "NaN")), ""),
    "links": (linked, "outside"),
    "linked-log": (linked_log, "outside"),
}  # fmt: skip

# What may be read: it is strange, and no more than that.
READ: dict[str, Make] = {
    "long-field.csv": rows(f"1,A{LONG},2024-01-01", "1,B,2024-01-02"),
    "long-field.xes": text(XES % (LONG, "2024-01-01T00:00:00Z")),
    "long-field.jsonocel": with_event(id=LONG),
    "formula.csv": rows("1,=cmd|' /C calc'!A0,2024-01-01", "1,@SUM(1+1),2024-01-02"),
    "formula.xlsx": workbook_with(
        [["1", "=cmd|' /C calc'!A0", "2024-01-01"], ["1", "+1+1", "2024-01-02"]]
    ),
    "latin1.csv": text(HEAD + "1,Pr\u00fcfen,2024-01-01\n1,B,2024-01-02\n", "cp1252"),
    "mixed-zones.csv": rows("1,A,2024-01-01T08:00:00+02:00", "1,B,2024-01-01T08:00:00Z"),
    "disguised-json.csv": ocel(),
    "disguised-xes.xlsx": text(XES % ("A", "2024-01-01T00:00:00Z")),
    "million-activities.csv": million_activities,
}
