"""Markdown documents: a parser reads back what was said, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from printed_document import COLUMNS, HOSTILE, picture, printed_document, rows

from reports.documents.document import (
    Cell,
    Code,
    Column,
    Heading,
    Listing,
    Section,
    Table,
    Text,
    tables_of,
)
from reports.documents.figure_files import file_stems
from reports.documents.markdown import code_span, escaped, write_markdown
from reports.documents.paper_text import verdict_text
from reports.documents.rendering import typeset
from reports.figures.text_fit import printable

# GitHub's tables and strike-through, and HTML switched on: it must be escaped, not refused.
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the hand-made document."""
    target = tmp_path_factory.mktemp("markdown") / "new" / "folder"
    write_markdown(printed_document(), target)
    return target


@pytest.fixture(scope="module")
def tokens(folder: Path):
    """Return what a parser makes of it."""
    return PARSER.parse((folder / "report.md").read_text(encoding="utf-8"))


def inline_text(text: str) -> str:
    """Return what people read of one line of Markdown, which must be plain text or code."""
    (_, inline, _) = PARSER.parse(text)
    assert {child.type for child in inline.children} <= {"text", "text_special", "code_inline"}
    return "".join(child.content for child in inline.children)


def shown(text: str) -> str:
    """Return *text* as a format for people shows it."""
    return printable(typeset(text)).strip()


@given(st.text(min_size=1, max_size=60) | st.sampled_from(HOSTILE))
def test_any_text_is_read_back_as_it_is(text: str) -> None:
    """As a paragraph of its own, whatever it looks like."""
    if wanted := shown(text):
        assert inline_text(escaped(text)) == wanted


@given(st.text(alphabet="#-+*_`<>&[]()!|\\~$:.1 a@w/=", min_size=1, max_size=20))
def test_signs_of_markdown_are_text(text: str) -> None:
    """The same with little else than signs."""
    if wanted := shown(text):
        assert inline_text(escaped(text)) == wanted


@given(st.text(alphabet="`ab |\\", min_size=1, max_size=12))
def test_code_is_read_back_as_it_is(text: str) -> None:
    """Backticks inside need a longer fence."""
    if text.strip():
        assert inline_text("x" + code_span(text)) == "x" + text


def test_no_html_comes_through(tokens) -> None:
    """Neither as blocks nor inside lines; links and pictures are our own."""
    found = {child.type for token in tokens for child in token.children or [token]}
    assert not found & {"html_block", "html_inline", "link_open", "s_open", "em_open"}
    images = [c for token in tokens for c in token.children or () if c.type == "image"]
    assert [image.attrs["src"] for image in images] == [
        "figures/logo.png", "figures/first.svg", "figures/turned.svg", "figures/small.svg",
    ]  # fmt: skip


def test_tables_have_every_cell_and_its_alignment(tokens) -> None:
    """Row by row, the texts of the document's tables, hostile ones too."""
    found: list[list[list[str]]] = []
    aligned: list[list[bool]] = []
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "table_open":
            found.append([])
            aligned.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("th_open", "td_open"):
            found[-1][-1].append("".join(c.content for c in following.children))
            if token.type == "th_open":
                aligned[-1].append("right" in str(token.attrs.get("style", "")))
    behind = [t for t in tables_of(printed_document()) if not t.key.startswith("numbers-")]
    assert len(found) == len(behind)
    for table, lines, right in zip(behind, found, aligned, strict=True):
        assert right == [column.right for column in table.columns]
        assert lines[0] == [column.name for column in table.columns]
        kept = [line for line in lines[1:] if not (line[0] and not any(line[1:]))]
        wanted = [*table.rows]
        if table.most_rows:
            wanted = [*table.rows[: table.most_rows], table.rows[-1]]
        assert kept == [[cell_text(cell) for cell in row] for row in wanted]


def cell_text(cell: Cell) -> str:
    """Return what a cell reads: text, interval in brackets, verdict."""
    note = f"({shown(cell.note)})" if cell.note else ""
    verdict = shown(verdict_text(cell.kind, cell.verdict))
    return " ".join(filter(None, (shown(cell.text), note, verdict)))


def test_pipes_in_code_stay_in_their_cell(tmp_path: Path) -> None:
    """A table's pipe is a border even inside code, unless escaped."""
    table = Table("t", "T", (Column("Key"), Column("B")), [(Cell("a|b`c", code=True), Cell("x"))])
    write_markdown(printed_document(sections=(Section("s", "S", (table,)),)), tmp_path)
    tokens = PARSER.parse((tmp_path / "report.md").read_text(encoding="utf-8"))
    cells = [tokens[i + 1] for i, token in enumerate(tokens) if token.type == "td_open"]
    assert [child.content for child in cells[0].children] == ["a|b`c"]
    assert cells[1].content == "x"


def test_code_cannot_close_its_fence(tmp_path: Path) -> None:
    """A fence is longer than any run of backticks inside."""
    code = Code("a\n````\n# no heading\n~~~")
    write_markdown(printed_document(sections=(Section("s", "S", (code,)),)), tmp_path)
    tokens = PARSER.parse((tmp_path / "report.md").read_text(encoding="utf-8"))
    fences = [token.content for token in tokens if token.type == "fence"]
    assert code.text + "\n" in fences


def test_headings_are_those_of_the_document(tokens) -> None:
    """One of the first level, then the sections and what stands below them."""
    told = [
        (token.tag, tokens[place + 1].content)
        for place, token in enumerate(tokens)
        if token.type == "heading_open"
    ]
    document = printed_document()
    wanted = [("h1", document.heading)]
    for section in document.sections:
        wanted.append(("h2", section.title))
        wanted += [("h3", block.text) for block in section.blocks if isinstance(block, Heading)]
    assert told == wanted


def test_every_paragraph_and_item_is_there(tokens) -> None:
    """Texts and lists, as people read them."""
    read = {
        "".join(child.content for child in token.children)
        for token in tokens
        if token.type == "inline"
    }
    for section in printed_document().sections:
        for block in section.blocks:
            if isinstance(block, Text):
                assert read >= {shown(text) for text in block.paragraphs}
            elif isinstance(block, Listing):
                assert read >= {shown(text) for text in block.items}


def test_how_to_reproduce_stands_at_the_end(tokens) -> None:
    """Command, seed, versions, inputs."""
    last = " ".join(token.content for token in tokens[-30:])
    assert printed_document().reproduction.command in last
    for text in ("Seed: 42", "o2c-toolkit 0.1.0", "abcdef0123456789"):
        assert text in last


def test_figures_are_svg_and_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    """Well-formed, and without a date."""
    written = write_markdown(printed_document(), tmp_path)
    for path in written:
        assert (folder / path.relative_to(tmp_path)).read_bytes() == path.read_bytes()
    svgs = [path for path in written if path.suffix == ".svg"]
    assert len(svgs) == 3
    for path in svgs:
        assert ElementTree.parse(path).getroot().tag.endswith("svg")


@given(st.lists(st.text(max_size=80), max_size=8, unique=True))
def test_file_names_are_safe_and_unique(keys: list[str]) -> None:
    """Any keys give names of letters, digits and hyphens, none twice."""
    stems = file_stems(keys)
    assert list(stems) == keys
    assert len(set(stems.values())) == len(keys)
    assert all(re.fullmatch(r"[a-z0-9-]{1,63}", stem) for stem in stems.values())


def test_a_document_without_pictures_has_no_folder_for_them(tmp_path: Path) -> None:
    """Only what is used is made."""
    table = Table("t", "T", COLUMNS, rows()[:2])
    document = printed_document(sections=(Section("s", "S", (table,)),), logo=None)
    assert [path.name for path in write_markdown(document, tmp_path)] == ["report.md"]
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]
    shown_twice = printed_document(
        sections=(Section("s", "S", (picture("A b"), picture("a-b"))),), logo=None
    )
    names = [path.name for path in write_markdown(shown_twice, tmp_path)]
    assert names == ["report.md", "a-b.svg", "a-b-2.svg"]
