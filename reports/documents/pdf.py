"""Write a document as PDF: by typst where it is installed, else as plain Matplotlib pages."""

from __future__ import annotations

import json
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from o2c_sim.errors import UsageError
from reports.documents.document import Document

PAPERS = ("a4", "us-letter")
_TEMPLATE = Path(__file__).with_name("document.typ")


def pdf(document: Document, *, paper: str = "a4") -> bytes:
    """Return a document as a PDF file: the same bytes for the same document.

    Tables that a screen shows folded stand in an appendix; numbers behind pictures are left to
    the workbook. Typefaces come with Matplotlib, so pages look the same on each machine.

    Parameters
    ----------
    document
        Any document.
    paper
        ``a4`` or ``us-letter``.

    Raises
    ------
    UsageError
        For any other paper.
    MissingDependencyError
        If Matplotlib is not installed.
    """
    if paper not in PAPERS:
        raise UsageError(f"paper must be one of {', '.join(PAPERS)}, not {paper!r}")
    if find_spec("typst") is None:
        from reports.documents.pdf_pages import pdf_pages

        return pdf_pages(document, paper=paper)
    return _typeset(document, paper)


def _typeset(document: Document, paper: str) -> bytes:
    import typst

    from reports.documents.typst_content import typst_content

    content = typst_content(document, paper)
    with tempfile.TemporaryDirectory(prefix="o2c-pdf-") as name:
        folder = Path(name)
        for file, payload in content.files.items():
            (folder / file).write_bytes(payload)
        (folder / "document.json").write_text(json.dumps(content.data), encoding="utf-8")
        (folder / _TEMPLATE.name).write_bytes(_TEMPLATE.read_bytes())
        try:
            # PDF/UA-1, the accessible kind: tags, alternative texts, a title, a language.
            return _compiled(folder, "ua-1")
        except typst.TypstError:
            # What breaks its rules is still worth reading.
            return _compiled(folder, None)


def _compiled(folder: Path, standard: Literal["ua-1"] | None) -> bytes:
    import typst

    from reports.figures.typeface import fonts_folder

    fonts: list[Path] = [fonts_folder()]
    made: bytes = typst.compile(
        folder / _TEMPLATE.name,
        root=folder,
        font_paths=fonts,
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=standard,
    )
    return made
