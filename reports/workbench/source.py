"""The source of what runs here, as section 13 of the licence asks, and the colours of the style."""

from __future__ import annotations

import functools
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from o2c_sim._version import __version__
from reports.figures.palette import css_variables

router = APIRouter()
_ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("o2c_sim", "mining", "scenarios", "reports")
_BESIDE = ("LICENSE", "README.md", "pyproject.toml", "requirements.txt", "CHANGELOG.md", "Makefile")


@router.get("/static/palette.css")
def palette() -> Response:
    """Return the colours of figures and reports as variables, light and dark."""
    text = (
        f":root{{color-scheme:light dark;{css_variables()}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{css_variables(dark=True)}}}}}\n"
    )
    return Response(text, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@router.get("/source.zip")
def archive() -> Response:
    """Return the four packages as they run here, changes included."""
    name = f"o2c-toolkit-{__version__}-source.zip"
    return Response(
        _packed(),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@functools.cache
def _packed() -> bytes:
    """Return the archive, made once: everybody may ask for it, and packing takes a second."""
    buffer = io.BytesIO()
    # Files of some installations are dated 1970, which the format cannot say.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as file:
        for path in _files():
            file.write(path, Path(f"o2c-toolkit-{__version__}") / path.relative_to(_ROOT))
    return buffer.getvalue()


def _files() -> Iterator[Path]:
    for package in _PACKAGES:
        for path in sorted((_ROOT / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path
    # An installed package keeps these elsewhere; a checkout has them beside it.
    yield from (path for name in _BESIDE if (path := _ROOT / name).is_file())
