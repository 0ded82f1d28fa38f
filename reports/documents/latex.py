r"""Write a document as LaTeX: a report that compiles, and its tables and figures for a paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.documents.document import (
    Answer,
    Block,
    Cards,
    Cell,
    Code,
    Document,
    Facts,
    Heading,
    Listing,
    Picture,
    Table,
    Text,
    Warnings,
    tables_of,
)
from reports.documents.figure_files import file_stems, write_figures, write_logo
from reports.documents.latex_table import is_long, latex_table
from reports.documents.latex_text import latex, latex_code, latex_comment
from reports.documents.paper_text import paper_cell, reproduction_lines, verdict_text

FILE = "report.tex"
_TABLES = "tables"
_PREAMBLE = r"""\documentclass[10pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{textcomp}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage[margin=25mm,bottom=32mm,footskip=14mm]{geometry}
\usepackage{array,booktabs,longtable}
\usepackage{float,graphicx}
\usepackage{fancyhdr}
\usepackage[hidelinks,unicode]{hyperref}
\setlength{\parindent}{0pt}
\setlength{\parskip}{5pt}
\setlength{\emergencystretch}{3em}
\setlength{\headheight}{14pt}
\setlength{\belowcaptionskip}{5pt}
\pagestyle{fancy}
\fancyhf{}
\renewcommand{\footrulewidth}{0.3pt}
"""


@dataclass(frozen=True, slots=True)
class _Files:
    """Relative paths of what the text includes."""

    figures: Mapping[str, tuple[Picture, str]]
    tables: Mapping[str, str]


def write_latex(document: Document, folder: Path) -> list[Path]:
    r"""Write ``report.tex``, each table as ``tables/KEY.tex``, each picture as ``figures/KEY.pdf``.

    A table's file holds a ``tabular`` (a ``longtable`` if it is longer than a page), so that a
    paper can ``\input`` it below its own caption; its first lines say which packages it needs.
    The numbers behind each picture have a file of their own too.

    Parameters
    ----------
    document
        Any document.
    folder
        Is made where it is missing; files in it of the same names are replaced.

    Returns
    -------
    list of Path
        What was written, the report first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures = write_figures(document, folder, "pdf")
    logo = write_logo(document, folder)
    tables = [table for table in tables_of(document) if table.columns]
    stems = file_stems(table.key for table in tables)
    if tables:
        (folder / _TABLES).mkdir(exist_ok=True)
    paths = {table.key: f"{_TABLES}/{stems[table.key]}.tex" for table in tables}
    for table in tables:
        text = latex_table(table)
        (folder / paths[table.key]).write_text(text, encoding="utf-8", newline="\n")
    target = folder / FILE
    text = _report(document, _Files(figures, paths), logo)
    target.write_text(text, encoding="utf-8", newline="\n")
    others = [*paths.values(), *(path for _, path in figures.values()), *([logo] if logo else [])]
    return [target, *(folder / path for path in others)]


def _report(document: Document, files: _Files, logo: str) -> str:
    command, versions = reproduction_lines(document.reproduction)
    footer = r"\\ ".join(filter(None, (latex_code(command.replace("\n", " ")), latex(versions))))
    parts = [
        f"% {latex_comment(document.title)}",
        _PREAMBLE
        + rf"\hypersetup{{pdftitle={{{latex(document.title)}}},pdflang={{en}}}}"
        + "\n"
        + rf"\fancyhead[L]{{\footnotesize {latex(_short(document.title))}}}"
        + "\n"
        + r"\fancyhead[R]{\footnotesize Page \thepage}"
        + "\n"
        + r"\fancyfoot[L]{\parbox[t]{\linewidth}{\raggedright\scriptsize "
        + footer
        + "}}",
        r"\begin{document}",
        rf"\hfill\includegraphics[width=53mm,height=15mm,keepaspectratio]{{{logo}}}"
        if logo
        else "",
        latex(document.kicker),
        rf"{{\LARGE\bfseries\raggedright {latex(document.heading)}\par}}",
        latex(document.basis),
    ]
    for number, section in enumerate(document.sections):
        if section.new_page and number:
            parts.append(r"\clearpage")
        parts.append(rf"\section*{{{latex(section.title)}}}")
        parts.append(rf"\addcontentsline{{toc}}{{section}}{{{latex(section.title)}}}")
        for block in section.blocks:
            parts += _block(block, files)
    parts.append(r"\end{document}")
    return "\n\n".join(filter(None, parts)) + "\n"


def _block(block: Block, files: _Files) -> list[str]:
    match block:
        case Text():
            size = r"\footnotesize " if block.small else ""
            return [f"{{{size}{latex(text)}\\par}}" for text in block.paragraphs if text.strip()]
        case Heading():
            return [rf"\subsection*{{{latex(block.text)}}}"]
        case Answer():
            return [
                "{\\large " + (rf"\textbf{{{latex(title)}}} " if title else "") + latex(text)
                + r"\par}"
                for title, text in block.items
            ]  # fmt: skip
        case Warnings():
            return _list(
                (rf"\textbf{{Warning: {latex(place)}.}} " if place else r"\textbf{Warning.} ")
                + latex(text)
                for place, text in block.items
            )
        case Cards():
            parts = []
            for card in block.cards:
                parts += [rf"\textbf{{{latex(card.title)}}}", *_facts(card.items)]
            return parts
        case Facts():
            return _facts(block.items)
        case Listing():
            title = [rf"\textbf{{{latex(block.title)}}}"] if block.title else []
            return [*title, *_list(latex(text) for text in block.items)]
        case Code():
            lines = r"\\ ".join(latex_code(line) or "~" for line in block.text.split("\n"))
            return [rf"{{\footnotesize\raggedright {lines}\par}}"]
        case Table():
            return _table(block, files)
        case Picture():
            return [_picture(block, files.figures[block.key][1])]


def _list(items: Iterable[str]) -> list[str]:
    lines = [rf"\item {{}}{text}" for text in items]
    tight = r"\setlength{\itemsep}{1pt}\setlength{\parskip}{0pt}"
    begin = rf"\begin{{itemize}}{tight}"
    return ["\n".join([begin, *lines, r"\end{itemize}"])] if lines else []


def _facts(items: Sequence[tuple[str, Cell]]) -> list[str]:
    return _list(f"{latex(label)}: {_cell(cell)}" for label, cell in items)


def _cell(cell: Cell) -> str:
    cell = paper_cell(cell)
    text = latex_code(cell.text) if cell.code else latex(cell.text)
    note = f"({latex(cell.note)})" if cell.note else ""
    return " ".join(filter(None, (text, note, latex(verdict_text(cell.kind, cell.verdict)))))


def _table(table: Table, files: _Files) -> list[str]:
    if not table.columns:
        return []
    include = rf"\input{{{files.tables[table.key]}}}"
    if is_long(table):
        # A longtable breaks over pages, which nothing inside a float can do.
        return [rf"{{\small {latex(table.caption)}\par}}", include]
    return [
        "\n".join(
            [
                r"\begin{table}[H]",
                rf"\caption{{{latex(table.caption)}}}",
                r"\centering",
                include,
                r"\end{table}",
            ]
        )
    ]


def _picture(picture: Picture, path: str) -> str:
    title, caption = latex(picture.title), latex(picture.caption)
    text = rf"\textbf{{{title}}} {caption}" if title else caption
    options = r"width=\linewidth,height=0.75\textheight,keepaspectratio"
    return "\n".join(
        [
            r"\begin{figure}[H]",
            r"\centering",
            rf"\includegraphics[{options}]{{{path}}}",
            rf"\caption{{{text}}}",
            r"\end{figure}",
        ]
    )


def _short(title: str) -> str:
    return title if len(title) <= 90 else title[:89].rstrip() + "\u2026"
