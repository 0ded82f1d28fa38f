"""A small document with every kind of block and hostile names, as paper and text formats set it."""

from __future__ import annotations

import io
from dataclasses import replace

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
    Logo,
    Picture,
    Reproduction,
    Section,
    Table,
    Text,
    Warnings,
)
from reports.figures.canvas import dress, new_figure

RIGHT_TO_LEFT = "\u05e9\u05dc\u05d5\u05dd (42) \u0641\u0627\u062a\u0648\u0631\u0629"
HOSTILE = (
    "<script>alert(1)</script>",
    "=1+1",
    "@SUM(A1)",
    RIGHT_TO_LEFT,
    "\u202elive\u202c",
    "x" * 500,
    "a \U0001f69a \u652f\u6255 \U0001f600 caf\u00e9",
    "$x_1$ 100% \\frac{a}{b} #let x = 1 & ~ ^ _u_ *b*",
    "a|b `c` [l](http://x.org) ![i](y) \\| ``d``",
    "tab\tnew\nline\x00nul\ud800",
    "--- '''quote\" ``q''",
    "order_processing_median_hours.over.very.long.path/which/never/ends/and/ends",
    "\\end{tabular}\\input{/etc/passwd} ^^41 %",
    "] [ } { *",
    "# no heading",
    "1. no list",
    "- no list",
    "> no quote",
    "    no code",
    '#include "x" #eval("1") <label> @ref // no comment',
)
COLUMNS = (
    Column("Name"),
    Column("Events", right=True, unit="count"),
    Column("Change of the cycle time", right=True, unit="days"),
    Column("Share", right=True),
)


def figure(width=9.2, height=4.0):
    """Return a plain figure."""
    made = new_figure(width, height)
    axes = made.subplots()
    axes.plot([0, 1, 2], [0, 3, 2])
    dress(axes, xlabel="Days", ylabel="Cash (EUR m)", title=RIGHT_TO_LEFT)
    made.subplots_adjust(bottom=0.15)
    return made


def picture(key, *, wide=False, width=9.2, height=4.0):
    """Return a picture of the plain figure."""
    numbers = Table(
        f"numbers-{key}", "Drawn", (Column("x"), Column("y", True)), ((Cell("1"), Cell("3", 3)),)
    )
    return Picture(
        key, f"Picture {key}", f"Caption of {key}.", f"A line of {key}.",
        lambda: figure(width, height), numbers, wide=wide,
    )  # fmt: skip


def rows(names=HOSTILE):
    """Return a row for each name, with every kind of verdict."""
    verdicts = (
        ("better", "better, -12 %"), ("worse", ""), ("none", "no detectable difference"),
        ("changed", ""), ("", ""),
    ) * 9  # fmt: skip
    return [
        (
            Cell(name),
            Cell(f"{place + 1}\u202f{place:03}", 1000 * (place + 1) + place, "count"),
            Cell(f"-{place}.4 days", -place - 0.4, "days", note="-3.1 to -1.2 days", kind=kind,
                 verdict=verdict),
            Cell(f"{place}.5 %", (place + 0.5) / 100, "share", bar=place / 20),
        )
        for place, (name, (kind, verdict)) in enumerate(zip(names, verdicts, strict=False))
    ]  # fmt: skip


def many_columns(key, number):
    """Return a table with as many columns of money beside its first."""
    heads = (Column("Row"), *(Column(f"Scenario number {j}", True) for j in range(number)))
    lines = [
        (Cell(f"row {i}"), *(Cell(f"EUR {j}.{i} m", note="1.0 to 2.0 m") for j in range(number)))
        for i in range(4)
    ]
    return Table(key, f"{number} scenarios", heads, lines)


def png():
    """Return the bytes of a small picture."""
    from PIL import Image

    page = io.BytesIO()
    Image.new("RGB", (40, 12), "#0a5c93").save(page, "PNG")
    return page.getvalue()


def printed_document(**changes):
    """Return the document; *changes* replace its fields."""
    card = Card("Scenario", (("Cash freed", Cell("EUR 1.2 m", 1.2e6, kind="better")),))
    summary = Section(
        "summary",
        "Summary",
        (
            Answer((("Automate", "Saves 6.4 days (4.9 to 7.8)."), ("", "Frees cash."))),
            Cards((card,) * 4),
            Warnings((("Stock", "too few returns"), ("", HOSTILE[7]))),
            picture("first"),
            Facts((("Orders", Cell("1\u202f434", 1434, "count")),), large=True),
        ),
    )
    tables = Section(
        "tables",
        "Tables",
        (
            Text(("A paragraph.", "Another.")),
            Text(("A small note.",), small=True),
            Heading("Hostile"),
            Table("names", "Names", COLUMNS, rows(), ((0, "First"), (5, HOSTILE[0])), total=True),
            many_columns("wide", 9),
            many_columns("too-wide", 25),
            Table("details", "Folded details", COLUMNS, rows()[:3], folded=True),
            Table("short", "Cut short", COLUMNS, rows(), total=True, most_rows=4),
            Table("empty", "Nothing", COLUMNS, ()),
        ),
        new_page=True,
    )
    pictures = Section(
        "pictures",
        "Pictures",
        (
            Text(("What they show.",)),
            picture("turned", wide=True, width=14.0),
            picture("small", width=5.0),
            Listing("Findings", HOSTILE),
            Listing("Assumptions", ("one", "two"), folded=True),
        ),
        new_page=True,
    )
    last = Section(
        "reproduce",
        "Reproduce",
        (
            Code("o2c compare a b \\\n  --output DIR --long " + "x/y" * 60),
            Facts((("File", Cell("abc/def_ghi", code=True)), (HOSTILE[5], Cell(HOSTILE[5])))),
        ),
    )
    document = Document(
        "comparison", "Order to cash", "Does it free cash?", "ACME <b>Ltd</b>", "180 days",
        (summary, tables, pictures, last),
        Reproduction("o2c compare a b --seed 42 -- " + HOSTILE[7], 42, {"o2c-toolkit": "0.1.0"},
                     {"log.csv": "abcdef0123456789"}),
        "EUR", Logo("image/png", png()),
    )  # fmt: skip
    return replace(document, **changes)
