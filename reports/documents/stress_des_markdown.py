"""The STRESS-DES form as Markdown, to be completed and put beside a report."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from scenarios.stress_des import BY_AUTHOR, FILLED, IN_PART, StressForm, StressItem


def stress_des_markdown(form: StressForm) -> str:
    """Return the form as Markdown: one heading an item, tables where there are many values."""
    lines = [
        f"# STRESS-DES: {_cell(form.title)}",
        "",
        "After Monks et al., Strengthening the reporting of empirical simulation studies, Journal "
        "of Simulation 13(1), 2019, doi:10.1080/17477778.2018.1442155.",
        "",
        f"{form.count(FILLED)} of {len(form.items)} items are filled in by the toolkit, "
        f"{form.count(IN_PART)} in part, {form.count(BY_AUTHOR)} are left to the author.",
    ]
    for section, items in groupby(form.items, key=lambda item: item.section):
        lines += ["", f"## {section}"]
        for item in items:
            lines += _item(item)
    return "\n".join(lines) + "\n"


def _item(item: StressItem) -> list[str]:
    lines = ["", f"### {item.number} {item.name}"]
    for paragraph in filter(None, item.paragraphs):
        lines += ["", _text(paragraph)]
    if item.diagram:
        lines += ["", "```mermaid", item.diagram, "```"]
    if item.rows:
        lines += ["", *_table(item.head, item.rows)]
    if item.asked:
        lines += ["", f"**To be filled in by the author:** {item.asked}."]
    return lines


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        _row(head),
        _row(["---"] * len(head)),
        *(_row([_cell(cell) for cell in row]) for row in rows),
    ]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Return a text that cannot break out of its paragraph into HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _cell(text: str) -> str:
    """Return a text that cannot break a table: a bar or a new line would."""
    return " ".join(_text(text).split()).replace("\\", "\\\\").replace("|", "\\|")
