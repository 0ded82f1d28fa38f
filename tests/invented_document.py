"""A small document with every kind of block, for tests of the formats."""

from __future__ import annotations

import math
from datetime import date, datetime

from reports.documents.document import (
    Answer,
    Card,
    Cards,
    Cell,
    Code,
    Column,
    Document,
    Facts,
    Heading,
    Listing,
    NativeChart,
    Picture,
    Reproduction,
    Section,
    Table,
    Text,
    Warnings,
)

HOSTILE = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=cmd",
    "\r=cmd",
    "http://example.org",
    "internal:Sheet1!A1",
    "<r>broken</r>",
    "<r><t>&",
    "<script>alert(1)</script>",
    "_x0041_",
    "a\x00b\x1fc",
    "\u202eright to left",
    "\U0001f4a9 emoji",
    "\ud800 lone",
    "x" * 40_000,
    "\U0001f4a9" * 20_000,
    "00123",
    "{=1}",
    "$ % \\ # _ & \" '",
)


def hostile_table(key="hostile"):
    """Return a table whose every text is hostile."""
    return Table(
        key,
        HOSTILE[0],
        (Column(HOSTILE[0]), Column(HOSTILE[3], right=True)),
        [(Cell(text), Cell(text, text)) for text in HOSTILE],
        groups=((0, "=part"), (4, "@part")),
    )


def numbers_table(key="numbers"):
    """Return a table with a number of each unit, an interval, and what is missing."""
    rows = [
        ("days", 41.26, "41.3 days", 40.1, 42.4),
        ("hours", 0.0004, "0.0004 h", None, None),
        ("share", 0.125, "12.5 %", 0.1, 0.15),
        ("percentage points", -0.031, "-3.1 pp", -0.04, -0.02),
        ("currency", 1_234_567.891, "EUR 1.2 m", 1.1e6, 1.3e6),
        ("count", 12_345, "12 345", None, None),
        ("", 3.14159, "3.14159", None, None),
        ("days", math.nan, "n/a", None, None),
        ("days", math.inf, "infinite", None, None),
        ("days", None, "n/a", None, None),
        ("count", 2**60, str(2**60), None, None),
    ]
    return Table(
        key,
        "One of each",
        (Column("What"), Column("Value", right=True)),
        [
            (Cell(f"row {i}"), Cell(text, value, unit, low, high))
            for i, (unit, value, text, low, high) in enumerate(rows)
        ],
    )


def dates_table():
    """Return a table with dates, moments, truths and a sum."""
    return Table(
        "dates",
        "Days",
        (Column("Day"), Column("Moment"), Column("True"), Column("Orders", True, "count")),
        [
            (
                Cell("2024-02-29", date(2024, 2, 29)),
                Cell("x", datetime(2024, 2, 29, 12)),
                Cell("yes", True),
                Cell("2", 2),
            ),
            (Cell("1066", date(1066, 10, 14)), Cell("", None), Cell("no", False), Cell("3", 3)),
            (Cell("All"), Cell(""), Cell(""), Cell("5", 5)),
        ],
        total=True,
    )


def picture(kind, *, key="", stacked=False, rows=4):
    """Return a picture with a native chart of *kind* over two series with one value missing."""
    return Picture(
        key or f"picture-{kind}",
        f"=A {kind}",
        "What it shows.",
        "Two series.",
        lambda: None,
        Table(
            f"data-{key or kind}",
            "Numbers drawn",
            (Column("Day", True), Column("First", True, "days"), Column("Second", True, "days")),
            [
                (
                    Cell(str(i), i, "count"),
                    Cell("", i * 1.5, "days", i * 1.5 - 1, i * 1.5 + 1),
                    Cell("n/a") if i == 1 else Cell("", 10.0 - i, "days"),
                )
                for i in range(rows)
            ],
        ),
        NativeChart(kind, "Day", ("First", "Second"), "Day", "=Days", stacked),
    )


def document(**changes):
    """Return the document; *changes* replace its fields."""
    kinds = ("line", "column", "bar", "area", "scatter")
    told = {
        "kind": "log",
        "title": "A title & more",
        "heading": "What does it cost?",
        "kicker": "Invented Ltd",
        "basis": "12 345 orders",
        "sections": (
            Section(
                "summary",
                "Summary",
                (
                    Answer((("Less", "It saves 6.4 days (4.9 to 7.8)."),)),
                    Cards((Card("Base", (("DSO", Cell("41.3 days", 41.3, "days", 40, 43)),)),)),
                    Facts((("Orders", Cell("12 345", 12_345, "count")),), large=True),
                    Warnings((("log", "no amounts"),)),
                ),
            ),
            Section(
                "detail",
                "Detail",
                (
                    Heading("Below"),
                    Text(("One.", "Two.")),
                    Listing("List", ("a", "b")),
                    Code("o2c mine log"),
                    Facts((("Cash", Cell("EUR 1.2 m", 1.2e6, "currency")),)),
                    numbers_table(),
                    hostile_table(),
                    dates_table(),
                    *(picture(kind) for kind in kinds),
                    picture("area", key="stacked", stacked=True),
                ),
            ),
        ),
        "reproduction": Reproduction("=o2c report & more", 7, {"polars": "1"}, {"log": "ab12"}),
        "currency": "EUR",
        "result": lambda: {"b": 1.5, "a": [math.nan, {"c": date(2024, 1, 2)}]},
    }
    return Document(**{**told, **changes})
