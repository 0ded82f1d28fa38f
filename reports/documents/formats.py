"""The formats of a document, and how they are written: one file, or a folder of all asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from o2c_sim.atomic import new_file, new_folder
from o2c_sim.errors import Problem, UsageError, did_you_mean
from reports.documents.document import Document

MANIFEST = "manifest.json"
MANIFEST_FORMAT = "o2c-report/1"
# Name of the files in a folder; the formats differ by their suffix.
STEM = "report"


@dataclass(frozen=True, slots=True)
class Format:
    """A format and its writer: exactly one of *content* and *into* is there.

    Parameters
    ----------
    name
        As on the command line.
    suffix
        Of its file.
    title
        For people.
    needs
        Modules without which it cannot be written.
    content
        Makes the bytes of a format that is one file.
    into
        Writes a format of several files (text and figures) into a folder.
    """

    name: str
    suffix: str
    title: str
    needs: tuple[str, ...]
    content: Callable[[Document], bytes] | None = None
    into: Callable[[Document, Path], object] | None = None


def write(
    document: Document,
    target: Path,
    formats: Sequence[str],
    *,
    replace: bool = False,
    about: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write a document, whole or not at all.

    Parameters
    ----------
    document
        What to write.
    target
        The file of a single format that is one file; otherwise a folder, which also gets a
        ``manifest.json`` with the SHA-256 of each file in it.
    formats
        Names of :data:`FORMATS`.
    replace
        Whether what is there may be replaced.
    about
        More entries for the manifest.

    Returns
    -------
    list of Path
        The files written, those of the formats before their figures and the manifest.

    Raises
    ------
    UsageError
        If *target* exists and may not be replaced, or a format is not known.
    MissingDependencyError
        If a package that a format needs is not installed.
    """
    chosen = [FORMATS[name] for name in known_formats(formats)]
    content = chosen[0].content if len(chosen) == 1 else None
    if content is not None:
        with new_file(target, replace=replace) as aside:
            aside.write_bytes(content(document))
        return [target]
    with new_folder(target, replace=replace) as aside:
        for form in chosen:
            if form.content is not None:
                (aside / f"{STEM}{form.suffix}").write_bytes(form.content(document))
            elif form.into is not None:
                form.into(document, aside)
        first = [f"{STEM}{form.suffix}" for form in chosen]
        others = sorted(
            path.relative_to(aside).as_posix()
            for path in aside.rglob("*")
            if path.is_file() and path.relative_to(aside).as_posix() not in first
        )
        files = [*first, *others]
        manifest = _manifest(document, aside, files, about or {})
        text = json.dumps(manifest, indent=1, default=str) + "\n"
        (aside / MANIFEST).write_text(text, encoding="utf-8")
    return [target / name for name in (*files, MANIFEST)]


def known_formats(names: Sequence[str]) -> list[str]:
    """Return names of formats, each once, in the order given.

    Parameters
    ----------
    names
        Each a name or several, with commas between them.

    Raises
    ------
    UsageError
        With every name that is not one of :data:`FORMATS`, or if there is none.
    """
    parts = [part.strip().lower() for text in names for part in text.split(",")]
    found = list(dict.fromkeys(part for part in parts if part))
    problems = [
        Problem(
            f"unknown format {name!r}",
            allowed=", ".join(FORMATS),
            suggestion=did_you_mean(name, FORMATS),
        )
        for name in found
        if name not in FORMATS
    ]
    if not found:
        problems = [Problem("no format is named", allowed=", ".join(FORMATS))]
    if problems:
        raise UsageError(problems)
    return found


def _manifest(
    document: Document, folder: Path, files: Sequence[str], about: Mapping[str, Any]
) -> dict[str, Any]:
    reproduction = document.reproduction
    return {
        "format": MANIFEST_FORMAT,
        "kind": document.kind,
        "title": document.title,
        "command": reproduction.command,
        "seed": reproduction.seed,
        "versions": dict(reproduction.versions),
        "made_from": dict(reproduction.made_from),
        "currency": document.currency,
        **about,
        "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files},
    }


def _html(document: Document) -> bytes:
    from reports.documents.html import html

    # Surrogates from badly decoded logs cannot be written as UTF-8.
    return html(document).encode("utf-8", "replace")


def _pdf(document: Document) -> bytes:
    from reports.documents.pdf import pdf

    return pdf(document)


def _workbook(document: Document) -> bytes:
    from reports.documents.workbook import workbook

    return workbook(document)


def _json(document: Document) -> bytes:
    from reports.documents.json_document import json_text

    return json_text(document).encode("utf-8", "replace")


def _markdown(document: Document, folder: Path) -> None:
    from reports.documents.markdown import write_markdown

    write_markdown(document, folder)


def _latex(document: Document, folder: Path) -> None:
    from reports.documents.latex import write_latex

    write_latex(document, folder)


FORMATS: Mapping[str, Format] = {
    form.name: form
    for form in (
        Format("html", ".html", "one self-contained page", ("jinja2", "matplotlib"), _html),
        Format("pdf", ".pdf", "pages for print", ("matplotlib",), _pdf),
        Format("xlsx", ".xlsx", "a workbook with native charts", ("xlsxwriter",), _workbook),
        Format("md", ".md", "Markdown with its figures", ("matplotlib",), into=_markdown),
        Format("tex", ".tex", "LaTeX with its figures", ("matplotlib",), into=_latex),
        Format("json", ".json", "everything, for programs", (), _json),
    )
}
