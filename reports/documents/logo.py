"""Read a company's logo: a small PNG or JPEG picture, checked before it goes into a document."""

from __future__ import annotations

import io
from pathlib import Path

from o2c_sim.errors import Problem, UsageError
from reports.documents.document import Logo

# The picture goes into every page as it is.
MOST_BYTES = 2_000_000
MOST_PIXELS = 16_000_000
ALLOWED = "a PNG or JPEG picture of at most 2 MB"
_STARTS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def read_logo(file: Path) -> Logo:
    """Return a logo.

    Parameters
    ----------
    file
        A PNG or JPEG picture; its first bytes count, not its name.

    Raises
    ------
    UsageError
        If it is not there, not such a picture, damaged, or too large.
    """
    where = f"--logo {file}"
    if not file.is_file():
        raise UsageError(Problem("there is no such file", where=where, allowed=ALLOWED))
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise UsageError(Problem(f"has {size / 1e6:.1f} MB", where=where, allowed=ALLOWED))
    content = file.read_bytes()
    kind = next((kind for start, kind in _STARTS.items() if content.startswith(start)), None)
    if kind is None:
        raise UsageError(
            Problem("is neither a PNG nor a JPEG picture", where=where, allowed=ALLOWED)
        )
    _require_whole(content, where)
    return Logo(kind, content)


def _require_whole(content: bytes, where: str) -> None:
    """Make sure that a picture can be decoded: a broken one would spoil the finished document."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            width, height = picture.size
            if width * height <= MOST_PIXELS:
                picture.load()
                return
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as fault:
        raise UsageError(Problem("is a damaged picture", where=where, allowed=ALLOWED)) from fault
    except Image.DecompressionBombError as fault:
        raise UsageError(
            Problem("has too many pixels", where=where, allowed=f"at most {MOST_PIXELS:,}")
        ) from fault
    raise UsageError(
        Problem(f"has {width} x {height} pixels", where=where, allowed=f"at most {MOST_PIXELS:,}")
    )
