r"""LaTeX documents: every sign of TeX in the data is escaped, and tables stand on their own."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from printed_document import COLUMNS, HOSTILE, many_columns, printed_document, rows

from reports.documents.document import Cell, Column, Table, tables_of
from reports.documents.latex import write_latex
from reports.documents.latex_table import is_long, latex_table
from reports.documents.latex_text import latex, latex_code, latex_comment

# All that may come of a text: control words with {}, escaped signs, mathematics of one sign.
TOKEN = re.compile(
    r"\\[A-Za-z]+\{\}|\\[{}$&#%_,]|\$(?:\\[a-z]+|-)\$|\{[][*]\}|\{\}|~"
    r"|[^\\{}$&#%_^~\"`<>|\[\]*\x00-\x1f\x7f]"
)
MEANING = {
    r"\textbackslash{}": "\\", r"\textasciicircum{}": "^", r"\textasciitilde{}": "~",
    r"\textless{}": "<", r"\textgreater{}": ">", r"\textbar{}": "|", r"\textquotedbl{}": '"',
    r"\textasciigrave{}": "`", r"\allowbreak{}": "", "{}": "", "$-$": "-", "{[}": "[", "{]}": "]",
    "{*}": "*",
}  # fmt: skip


def tokens(text: str) -> list[str]:
    """Return the tokens of LaTeX that came of a text; fail if anything else is in it."""
    found, place = [], 0
    while place < len(text):
        match = TOKEN.match(text, place)
        assert match, f"unescaped at {text[place : place + 20]!r}"
        found.append(match.group())
        place = match.end()
    return found


def read_back(text: str) -> str:
    """Return the plain text that LaTeX would set."""
    return "".join(
        MEANING.get(token, token[1:] if token[0] == "\\" and len(token) == 2 else token)
        for token in tokens(text)
    )


@given(st.text(max_size=80) | st.sampled_from(HOSTILE))
def test_nothing_of_the_data_is_read_as_tex(text: str) -> None:
    """Only known tokens come out, in running text and in code."""
    tokens(latex(text))
    if text:
        assert latex_code(text).startswith(r"\texttt{")
        tokens(latex_code(text)[len(r"\texttt{") : -1])


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_ascii_is_read_back_as_it_is(text: str) -> None:
    """Every printable sign comes out as itself."""
    assert read_back(latex(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50 % of $x_1$", r"50 \% of \$x\_1\$"),
        ("-3.1 to -1.2", "$-$3.1 to $-$1.2"),
        ("--", "-{}-"),
        ("''", "'{}'"),
        ("?`", r"?{}\textasciigrave{}"),
        ("1\u202f434", r"1\,434"),
        ("caf\u00e9 \u0141\u00f3d\u017a", "caf\u00e9 \u0141\u00f3d\u017a"),
        ("\u03b1 \u2264 \u03c9", r"$\alpha$ $\leq$ $\omega$"),
        ("\U0001f69a \u652f", "{[}delivery truck{]} {[}U+652F{]}"),
        ("a\nb", "a b"),
        ("e\u0301", "\u00e9"),
    ],
)
def test_texts_by_hand(text: str, expected: str) -> None:
    """Signs, ligatures, letters of T1, mathematics, and what no encoding has."""
    assert latex(text) == expected


def test_comments_end_where_they_should() -> None:
    """A line break in a caption would end the comment and begin TeX."""
    assert latex_comment("a\nb\u2028\\x\x85") == "a?b?\\x?"


def cells_of(text: str) -> list[list[str]]:
    """Return the cells of a table's rows, as TeX parts them."""
    body = text[text.index(r"\midrule") + 8 :]
    lines = [line for line in body.split("\n") if line.rstrip().endswith((r"\\", r"\\[2pt]"))]
    return [re.split(r"(?<!\\)&", line.rsplit(r"\\", 1)[0]) for line in lines]


def test_a_table_has_every_cell_of_its_rows() -> None:
    """Number by number, with interval and verdict; groups and sum between rules."""
    table = Table("t", "T", COLUMNS, rows(), ((0, "First"), (5, HOSTILE[0])), total=True)
    lines = cells_of(latex_table(table))
    assert len(lines) == len(table.rows)
    for row, cells in zip(table.rows, lines, strict=True):
        assert len(cells) == len(COLUMNS)
        for cell, found in zip(row, cells, strict=True):
            assert latex(cell.text) in found
            assert latex(cell.note) in found
            assert latex(cell.verdict) in found
    text = latex_table(table)
    assert text.count(r"\multicolumn{4}") == 2
    assert text.count(r"\midrule") == 2


def test_a_long_table_goes_over_pages_and_a_short_one_floats() -> None:
    """By its lines: many rows, or few with much text."""
    short = Table("t", "T", (Column("A"),), [(Cell("x"),)] * 20)
    many = Table("t", "T", (Column("A"),), [(Cell("x"),)] * 60)
    tall = Table("t", "T", (Column("A"), Column("B")), [(Cell("x " * 200), Cell("y " * 200))] * 9)
    assert [is_long(table) for table in (short, many, tall)] == [False, True, True]
    assert r"\begin{tabular}" in latex_table(short)
    assert r"\begin{longtable}" in latex_table(many)
    assert r"\endhead" in latex_table(many)


def test_a_wide_table_comes_in_parts() -> None:
    """Each with the first column."""
    text = latex_table(many_columns("t", 25))
    assert text.count(r"\begin{tabular}") > 1
    assert text.count("row 0") == text.count(r"\begin{tabular}")
    for column in range(25):
        assert latex(f"EUR {column}.3 m") in text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the hand-made document."""
    target = tmp_path_factory.mktemp("latex") / "new"
    write_latex(printed_document(), target)
    return target


def test_every_table_and_picture_has_its_file(folder: Path) -> None:
    """The numbers behind pictures too; the report includes what it shows, and nothing else."""
    document = printed_document()
    tables = {f"{table.key}.tex" for table in tables_of(document)}
    assert {path.name for path in (folder / "tables").iterdir()} == tables
    report = (folder / "report.tex").read_text(encoding="utf-8")
    included = re.findall(r"\\input\{tables/([^}]+)\}", report)
    assert sorted(included) == sorted(name for name in tables if "numbers-" not in name)
    pictures = re.findall(r"\\includegraphics\[[^]]*\]\{figures/([^}]+)\}", report)
    assert pictures == ["logo.png", "first.pdf", "turned.pdf", "small.pdf"]
    for name in pictures[1:]:
        with pypdfium2.PdfDocument(folder / "figures" / name) as figure:
            assert len(figure) == 1


def test_the_same_document_gives_the_same_files(folder: Path, tmp_path: Path) -> None:
    """No date in any of them."""
    for path in write_latex(printed_document(), tmp_path):
        assert (folder / path.relative_to(tmp_path)).read_bytes() == path.read_bytes()


def test_environments_and_braces_are_balanced(folder: Path) -> None:
    """What is opened is closed, in order; escaped braces do not count."""
    for path in (folder / "report.tex", *(folder / "tables").iterdir()):
        text = re.sub(r"(?m)^%.*$", "", path.read_text(encoding="utf-8"))
        text = re.sub(r"\\[{}]", "", text)
        depth = 0
        for sign in re.findall(r"[{}]", text):
            depth += 1 if sign == "{" else -1
            assert depth >= 0
        assert depth == 0
        opened: list[str] = []
        for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", text):
            if kind == "begin":
                opened.append(name)
            else:
                assert opened.pop() == name
        assert opened == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="LaTeX is not installed")
def test_the_report_compiles(folder: Path) -> None:
    """Without an error, and with every hostile name on a page."""
    run = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "report"],
        cwd=folder, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-2000:]
    with pypdfium2.PdfDocument(folder / "report.pdf") as file:
        text = "".join(page.get_textpage().get_text_range() for page in file)
    assert "alert(1)" in text
    assert "Page 1" in text
