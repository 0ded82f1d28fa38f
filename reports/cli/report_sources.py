"""What ``o2c report`` can be made from, and the template of each: add a line to the table."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from o2c_sim.errors import Problem, UsageError, did_you_mean
from reports.cli.console import command_line
from reports.cli.faults import require

if TYPE_CHECKING:
    from reports.documents.document import Document, Logo, Reproduction

_MOST_FILES = 40
_CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is asked of.

    Parameters
    ----------
    source
        A file or folder.
    currency
        ISO code that names the currency of a log that has none; empty where nobody said.
    zone
        Time zone of stamps that state none.
    columns
        Fields of :class:`mining.read.ColumnMapping`, and the like, for a log.
    logo
        A company's picture.
    filters
        Which cases of a log, see :mod:`mining.filter_text`.
    models
        Whether to draw process models of a log, too, which takes seconds and pm4py.
    """

    source: Path
    currency: str = ""
    zone: str = "UTC"
    columns: Mapping[str, Any] = field(default_factory=dict)
    logo: Logo | None = None
    filters: Sequence[str] = ()
    models: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of report: what it is made from, how that is known, and who makes it.

    Parameters
    ----------
    made_from
        For people.
    recognises
        Whether a file or folder is what it is made from.
    build
        Makes the document.
    """

    made_from: str
    recognises: Callable[[Path], bool]
    build: Callable[[Wanted], Document]


def template_of(source: Path, name: str | None) -> str:
    """Return the name of the template to use: the one asked for, or the first that fits.

    Raises
    ------
    UsageError
        If there is no template of that name.
    """
    if name is None:
        return next(known for known, one in TEMPLATES.items() if one.recognises(source))
    if name not in TEMPLATES:
        raise UsageError(
            Problem(
                f"--template {name!r}: there is no such template",
                allowed=", ".join(f"{key} (of {one.made_from})" for key, one in TEMPLATES.items()),
                suggestion=did_you_mean(name, TEMPLATES),
            )
        )
    return name


def reproduction(source: Path, seed: int | None = None) -> Reproduction:
    """Return what makes the same result again: this command, and the files it reads.

    Parameters
    ----------
    source
        A file, or a folder whose files are listed (the first of very many).
    seed
        Of a simulated run.
    """
    from o2c_sim.simulation import versions
    from reports.documents.document import Reproduction

    files = [source]
    if source.is_dir():
        files = sorted(path for path in source.rglob("*") if path.is_file())
    read = {
        source.name if file == source else f"{source.name}/{file.relative_to(source).as_posix()}":
        _sha256(file)
        for file in files[:_MOST_FILES]
    }  # fmt: skip
    if len(files) > _MOST_FILES:
        read[f"and {len(files) - _MOST_FILES} more files"] = "not listed"
    return Reproduction(command_line(), seed, versions(), read)


def currency_code(text: str | None) -> str:
    """Return the ISO code of ``--currency``, or nothing.

    Raises
    ------
    UsageError
        If it is not three letters.
    """
    code = (text or "").strip().upper()
    if text is not None and not _CODE.fullmatch(code):
        raise UsageError(
            Problem(
                f"--currency {text!r}",
                allowed="an ISO 4217 code of three letters",
                suggestion="EUR, USD or the like",
            )
        )
    return code


def numbers_of(locale: str | None) -> AbstractContextManager[Any]:
    """Return the context in which numbers are written as in a country."""
    if locale is None:
        return nullcontext()
    from reports.number_text import number_locale

    require("babel")
    return number_locale(locale)


def one_currency(wanted: str, own: str, source: Path) -> str:
    """Return the currency of a result.

    Raises
    ------
    UsageError
        If the result says another one than was asked for.
    """
    if wanted and own and wanted != own:
        raise UsageError(
            Problem(
                f"--currency {wanted}: its amounts are in {own}, and amounts are not converted",
                where=str(source),
                allowed=own,
                suggestion="leave --currency out",
            )
        )
    return wanted or own


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _stored(source: Path, name: str) -> Path:
    return source / name if source.is_dir() else source


def _named(source: Path, name: str) -> bool:
    return _stored(source, name).name == name


def _recogniser(name: str, mark: bytes) -> Callable[[Path], bool]:
    """Return whether a source is, or holds, a result of its usual name or with a format's mark."""

    def recognises(source: Path) -> bool:
        file = _stored(source, name)
        if not file.is_file():
            return False
        if file.name == name:
            return True
        with file.open("rb") as opened:
            return b'"' + mark in opened.read(200)

    return recognises


def _comparison(wanted: Wanted) -> Document:
    from reports.documents.comparison_document import comparison_document
    from scenarios.result_file import read_comparison

    comparison = read_comparison(_stored(wanted.source, "comparison.json"))
    one_currency(wanted.currency, comparison.currency, wanted.source)
    return comparison_document(comparison, logo=wanted.logo)


def _appendix(wanted: Wanted) -> Document:
    from reports.documents.appendix_document import appendix_document
    from scenarios.result_file import read_comparison

    comparison = read_comparison(_stored(wanted.source, "comparison.json"))
    one_currency(wanted.currency, comparison.currency, wanted.source)
    return appendix_document(comparison, logo=wanted.logo)


def _calibration(wanted: Wanted) -> Document:
    from reports.documents.calibration_document import FORMAT, calibration_document

    return _of_stored(wanted, "calibration.json", FORMAT, calibration_document)


def _discovered(wanted: Wanted) -> Document:
    from o2c_sim.discovered.files import load
    from reports.documents.discovered_document import discovered_document

    if not (wanted.source / "histories.parquet").is_file():
        raise UsageError(
            Problem(
                f"{wanted.source} holds no discovered process",
                allowed="a folder that o2c calibrate --discovered has written",
            )
        )
    file = wanted.source / "calibration.json"
    told = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    document = discovered_document(load(wanted.source), told, reproduction(wanted.source))
    return dataclasses.replace(document, logo=wanted.logo)


def _validation(wanted: Wanted) -> Document:
    from reports.documents.validation_document import FORMAT, validation_document

    return _of_stored(wanted, "validation.json", FORMAT, validation_document)


def _search(wanted: Wanted) -> Document:
    from reports.documents.search_document import search_document
    from scenarios.search.search_file import read_search

    found = read_search(wanted.source)
    one_currency(wanted.currency, found.currency, wanted.source)
    again = reproduction(_stored(wanted.source, "search.json"))
    raw = json.loads(_stored(wanted.source, "search.json").read_text(encoding="utf-8"))
    document = search_document(
        found, command=again.command, versions=again.versions, seed=raw["result"].get("seed"),
        result=raw,
    )  # fmt: skip
    return dataclasses.replace(document, logo=wanted.logo)


def _of_stored(
    wanted: Wanted, name: str, format_name: str, build: Callable[[Mapping[str, Any]], Document]
) -> Document:
    from reports.documents.stored_result import built, read_stored

    file = _stored(wanted.source, name)
    document = built(file, build, read_stored(file, format_name))
    one_currency(wanted.currency, document.currency, wanted.source)
    return dataclasses.replace(document, logo=wanted.logo)


def _log(wanted: Wanted) -> Document:
    from mining.signs import file_end
    from mining.views import views
    from reports.cli.examined import require_events
    from reports.cli.filtering import narrowed
    from reports.cli.log_page import page_of_log
    from reports.cli.mine import analysed, document
    from reports.cli.reading import read_for, run_of
    from reports.cli.views import view_document
    from reports.documents.model_pictures import known_models

    run = run_of(wanted.source)
    currency = one_currency(wanted.currency, run.currency if run else "", wanted.source)
    read, chosen = read_for(wanted.source, wanted.zone, **wanted.columns)
    require_events(read)
    # What the file's end looks like is asked before cases are left out.
    findings = tuple(file_end.findings(wanted.source, read.log.events.height))
    read = narrowed(read, chosen, wanted.filters)
    found = analysed(read, chosen, run)
    seen = views(read.log, chosen, recorded=read.recorded)
    return page_of_log(
        wanted.source,
        read,
        chosen,
        found,
        findings=findings,
        views=seen,
        model=known_models(read.log.flatten(chosen)) if wanted.models else (),
        currency=currency,
        logo=wanted.logo,
        result=lambda: {**document(found), **view_document(seen)},
    )


# The first that recognises a source is taken; any source can be tried as a log.
TEMPLATES: Mapping[str, Template] = {
    "comparison": Template(
        "a comparison of scenarios", _recogniser("comparison.json", b"o2c-comparison/"), _comparison
    ),
    "discovered": Template(
        "a discovered process",
        lambda source: (source / "histories.parquet").is_file(),
        _discovered,
    ),
    "calibration": Template(
        "a calibration", _recogniser("calibration.json", b"o2c-calibration/"), _calibration
    ),
    "validation": Template(
        "a validation", _recogniser("validation.json", b"o2c-validation/"), _validation
    ),
    "search": Template(
        "the result of a search",
        lambda source: _stored(source, "search.json").is_file() and _named(source, "search.json"),
        _search,
    ),
    # Never guessed: the same source gives a comparison first.
    "appendix": Template("a comparison, when asked for", lambda source: False, _appendix),
    "log": Template("a log or a run", lambda source: True, _log),
}
