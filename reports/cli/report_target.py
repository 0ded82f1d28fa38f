"""In what formats a report is written, and where: what the command line says and leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from o2c_sim.errors import Problem, UsageError, did_you_mean
from reports.documents.formats import FORMATS, STEM, known_formats

_BY_SUFFIX = {form.suffix: name for name, form in FORMATS.items()} | {".htm": "html"}


def report_target(formats: Sequence[str], output: Path | None) -> tuple[list[str], Path, bool]:
    """Return the formats, where they go, and whether that is a folder.

    Parameters
    ----------
    formats
        As given; the suffix of *output* decides if there are none, and a page in HTML is written
        if that has none either.
    output
        As given.

    Raises
    ------
    UsageError
        If a format is not known, or *output* names another format or a file where a folder is
        needed.
    """
    names = known_formats(formats) if formats else [_by_suffix(output)]
    is_folder = len(names) > 1 or FORMATS[names[0]].content is None
    if output is None:
        return names, Path(STEM if is_folder else f"{STEM}{FORMATS[names[0]].suffix}"), is_folder
    said = _BY_SUFFIX.get(output.suffix.lower())
    if said is not None and is_folder:
        what = "several formats go" if len(names) > 1 else f"{FORMATS[names[0]].title} goes"
        raise UsageError(
            Problem(
                f"{what} in a folder",
                where=f"--output {output}",
                allowed="the name of a folder, without the suffix of a format",
                suggestion=f"--format {','.join(names)} --output {output.with_suffix('')}",
            )
        )
    if said is not None and said not in names:
        raise UsageError(
            Problem(
                f"the suffix says {said}, --format says {names[0]}",
                where=f"--output {output}",
                suggestion=f"--output {output.with_suffix(FORMATS[names[0]].suffix)}",
            )
        )
    return names, output, is_folder


def _by_suffix(output: Path | None) -> str:
    suffix = "" if output is None else output.suffix.lower()
    if not suffix:
        return "html"
    if suffix not in _BY_SUFFIX:
        raise UsageError(
            Problem(
                f"{suffix!r} is not the suffix of a format",
                where=f"--output {output}",
                allowed=", ".join(form.suffix for form in FORMATS.values()),
                suggestion=did_you_mean(suffix, _BY_SUFFIX) or "or say --format",
            )
        )
    return _BY_SUFFIX[suffix]
