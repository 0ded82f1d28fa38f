r"""A table as a ``tabular`` or ``longtable`` with rules of booktabs, to ``\input`` in any text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reports.documents.document import Cell, Table
from reports.documents.latex_text import latex, latex_code, latex_comment
from reports.documents.paper_table import Part, fit, hidden_rows_text, paper_rows
from reports.documents.paper_text import verdict_text
from reports.figures.typeface import printed_width

# Points across A4 with margins of 25 mm, less the space that LaTeX puts beside columns.
_WIDTH = 430.0
# Lines of a table that surely fit a page with its caption.
_TALLEST_FLOAT = 55
_TYPE_SIZE = 8.0


def is_long(table: Table) -> bool:
    """Return whether a table goes on over pages, and so may not stand in a float."""
    parts = fit(table, _WIDTH, _WIDTH, _TYPE_SIZE)
    return sum(_height(table, part) for part in parts) > _TALLEST_FLOAT


def _height(table: Table, part: Part) -> float:
    """Return the estimated height of a table in lines."""
    lines = 3.0 + len(table.groups)
    for row in paper_rows(table):
        lines += 0.3 + max(
            sum(
                math.ceil(printed_width(text, _TYPE_SIZE) / width)
                for text in (row[i].text, verdict_text(row[i].kind, row[i].verdict), row[i].note)
            )
            for i, width in zip(part.columns, part.widths, strict=True)
        )
    return lines


def latex_table(table: Table) -> str:
    r"""Return a table's LaTeX, in several parts one below the other if it is too wide.

    Parameters
    ----------
    table
        Any table with columns.

    Returns
    -------
    str
        Intervals and verdicts stand in smaller lines below their numbers.
    """
    parts = fit(table, _WIDTH, _WIDTH, _TYPE_SIZE)
    environment = "longtable" if is_long(table) else "tabular"
    lines = [
        f"% {latex_comment(table.caption)}",
        "% Needs \\usepackage[T1]{fontenc} and \\usepackage{array,booktabs,longtable}.",
        r"{\footnotesize",
    ]
    for number, part in enumerate(parts):
        if number:
            lines.append(r"\par\medskip")
        lines += _part(table, part, environment)
    if more := hidden_rows_text(table):
        lines.append(rf"\par {latex(more)}")
    return "\n".join([*lines, "}"]) + "\n"


def _part(table: Table, part: Part, environment: str) -> list[str]:
    rows = paper_rows(table)
    groups = dict(table.groups)
    columns = [table.columns[index] for index in part.columns]
    layout = "".join(
        ">{\\raggedleft\\arraybackslash}" * column.right
        + ">{\\raggedright\\arraybackslash}" * (not column.right)
        + f"p{{{width:.1f}pt}}"
        for column, width in zip(columns, part.widths, strict=True)
    )
    head = _row([rf"\textbf{{{latex(column.name)}}}" for column in columns])
    lines = [
        r"\setlength{\tabcolsep}{4.5pt}",
        rf"\begin{{{environment}}}{{@{{}}{layout}@{{}}}}",
        r"\toprule",
        head,
        r"\midrule",
    ]
    if environment == "longtable":
        lines.append(r"\endhead")
    for number, row in enumerate(rows):
        if number in groups:
            title = rf"\textbf{{{latex(groups[number])}}}"
            lines.append(
                rf"\multicolumn{{{len(columns)}}}{{@{{}}p{{{_WIDTH:.0f}pt}}@{{}}}}{{{title}}} \\*"
            )
        total = table.total and number == len(rows) - 1
        if total:
            lines.append(r"\midrule")
        lines.append(_row([_cell(row[index], bold=total) for index in part.columns], "[2pt]"))
    lines += [r"\bottomrule", rf"\end{{{environment}}}"]
    return lines


def _cell(cell: Cell, *, bold: bool) -> str:
    text = latex_code(cell.text) if cell.code else latex(cell.text)
    lines = [rf"\textbf{{{text}}}" if bold and text else text]
    seconds = filter(None, (verdict_text(cell.kind, cell.verdict), cell.note))
    lines += [rf"\scriptsize {latex(second)}" for second in seconds]
    return r"\par ".join(lines)


def _row(cells: Sequence[str], space: str = "") -> str:
    return " & ".join(cells) + rf" \\{space}"
