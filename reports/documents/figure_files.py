"""The figures of a document as files of their own, beside a text that includes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from reports.documents.document import Document, Picture, pictures_of
from reports.figures.canvas import figure_bytes

FOLDER = "figures"
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg"}


def write_figures(document: Document, folder: Path, kind: str) -> dict[str, tuple[Picture, str]]:
    """Write each picture of a document to ``figures/KEY.kind`` in *folder*.

    Parameters
    ----------
    document
        Any document.
    folder
        Where the text that includes them lies.
    kind
        ``svg``, ``pdf`` or ``png``.

    Returns
    -------
    dict
        Key of a picture to the picture and the relative path of its file, with ``/``.
    """
    pictures = pictures_of(document)
    if pictures:
        (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    stems = file_stems(picture.key for picture in pictures)
    written = {}
    for picture in pictures:
        path = f"{FOLDER}/{stems[picture.key]}.{kind}"
        (folder / path).write_bytes(figure_bytes(picture.figure(), kind))
        written[picture.key] = (picture, path)
    return written


def write_logo(document: Document, folder: Path) -> str:
    """Write a company's logo to ``figures/logo.png`` or ``.jpg``; empty where there is none."""
    logo = document.logo
    if logo is None or logo.media_type not in _SUFFIXES:
        return ""
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    path = f"{FOLDER}/logo.{_SUFFIXES[logo.media_type]}"
    (folder / path).write_bytes(logo.content)
    return path


def file_stems(keys: Iterable[str]) -> dict[str, str]:
    """Return a name for each key that is safe in any file system, and unique."""
    stems: dict[str, str] = {}
    # The logo has its place beside the figures.
    taken = {"logo"}
    for key in keys:
        stem = wanted = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")[:60] or "part"
        number = 2
        while stem in taken:
            stem, number = f"{wanted}-{number}", number + 1
        taken.add(stem)
        stems[key] = stem
    return stems
