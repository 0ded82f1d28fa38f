"""``o2c explain``: what a value of a company, or a KPI, means, and where it comes from."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.cli import options
from reports.cli.console import emit, printable
from reports.cli.faults import verb
from reports.cli.kpis import beyond_rows, kpi_blocks, kpi_rows, matching_kpis
from reports.cli.tables import WIDTH

if TYPE_CHECKING:
    from mining.kpi_definition import KpiDefinition
    from o2c_sim import CompanyModel
    from o2c_sim.model.explanation import Explanation, Part
    from scenarios.lever import Lever

_NARROWEST, _WIDEST = 60, 120
_LABEL = 14
_BRIEF = 24
_KPIS_IN_FULL = 6


@verb
def explain(
    key: Annotated[
        list[str] | None,
        typer.Argument(
            help="A path, a section, a KPI, a name, or words to look for.", metavar="KEY"
        ),
    ] = None,
    company: Annotated[
        str, typer.Option("--company", metavar="FILE|NAME", help="Whose values to show.")
    ] = "distributor",
    json_output: options.Json = False,
) -> None:
    """Tell what a value means: unit, allowed range, value, evidence, the levers that move it.

    Of a KPI: formula, population, clock, weighting, censoring, source and traps.

    o2c explain credit.auto_release_share

    o2c explain dunning

    o2c explain credit limit

    o2c explain dso
    """
    from o2c_sim import UsageError, load_company
    from o2c_sim.model.explanation import explanations
    from o2c_sim.model.glossary import look_up, members

    model = load_company(company)
    found = explanations(model)
    asked = " ".join(key or ())
    kpis, beyond = matching_kpis(asked), beyond_rows(asked)
    try:
        matches = look_up(found, asked) if asked else members(found)
    except UsageError:
        if not kpis and not beyond:
            raise
        matches = ()
    if kpis and asked in (kpis[0].key, kpis[0].label):
        matches = ()
    elif len(matches) == 1 and asked in (matches[0].path, matches[0].name):
        kpis = []
    single = matches[0] if asked and len(matches) == 1 else None
    within = members(found, single.path) if single and single.kind == "section" else ()
    levers = _levers(model)
    if json_output:
        rows = [_row(item, levers.get(item.path, ())) for item in (*matches, *within)]
        document = {
            "company": model.name,
            "key": asked,
            "explanations": rows,
            "kpis": kpi_rows(kpis),
            "not_of_logs": beyond,
        }
        emit("explain", document)
        return
    _show_kpis(kpis)
    for row in beyond:
        _show(row["label"], bold=True)
        for label in ("formula", "missing", "source", "elsewhere"):
            _labelled(label, row[label])
    if (kpis or beyond) and matches:
        _show()
    if single and single.kind == "section":
        _show_section(single, within, found)
    elif single:
        _show_value(single, levers.get(single.path, ()), company, model.name)
    elif asked and matches:
        _show_table([(item.path, item.brief(), item.meaning) for item in matches])
        _show(f"\n{len(matches)} matches; o2c explain PATH tells more.")
    elif not asked:
        _show_sections(matches)


def _show_kpis(kpis: Sequence[KpiDefinition]) -> None:
    """Show a few KPIs in full, many as a list."""
    blocks = kpi_blocks(kpis)
    if len(blocks) > _KPIS_IN_FULL:
        _show_table([(one.key, "", one.label) for one in kpis])
        _show("\no2c explain KEY tells more of a KPI.")
        return
    for number, (head, pairs) in enumerate(blocks):
        if number:
            _show()
        _show(head, bold=True)
        for label, text in pairs:
            _labelled(label, text, 2 if text.startswith("- ") else 0)


def _levers(model: CompanyModel) -> Mapping[str, Sequence[Lever]]:
    """Return the levers that change each parameter."""
    from o2c_sim import ToolkitError
    from scenarios.levers import LEVERS

    found: dict[str, list[Lever]] = {}
    for lever in LEVERS.values():
        try:
            changed = lever.write(model, lever.read(model))
        except (ArithmeticError, ValueError, ToolkitError):
            continue  # a company in which there is nothing for this lever to move
        for path in changed:
            found.setdefault(path, []).append(lever)
    return found


def _show_value(item: Explanation, levers: Iterable[Lever], company: str, name: str) -> None:
    _show(item.path, bold=True)
    _show(_sentence(item.meaning), indent=2)
    _show()
    _labelled("unit", item.unit)
    _labelled("allowed", item.allowed)
    for number, line in enumerate(item.lines()):
        _labelled("" if number else "value", line)
    _labelled("company", name if item.lines() else "")
    _labelled("default", item.default or ("none: must be given" if item.allowed else ""))
    _labelled("evidence", _evidence(item))
    _show_parts(item.parts)
    for number, lever in enumerate(levers):
        _labelled("" if number else "levers", f"{lever.name}: {lever.label}, {lever.allowed}")
    if item.kind == "parameter":
        _labelled("try", f"o2c simulate {company} --set {item.path}=VALUE")
    if "distribution" in item.allowed:
        _labelled("families", "o2c explain distributions")


def _evidence(item: Explanation) -> str:
    if item.kind != "parameter" or not item.provenance:
        return ""
    text = f"{item.provenance}: {item.source}" if item.source else f"{item.provenance}, no source"
    return text if item.given else f"{text} (not in the file; the default)"


def _show_parts(parts: Sequence[Part]) -> None:
    width = max((len(part.name) for part in parts), default=0)
    for number, part in enumerate(parts):
        said = [part.meaning, part.unit if part.unit not in part.meaning else "", part.allowed]
        text = f"{part.name.ljust(width)}  {'; '.join(filter(None, said))}"
        _labelled("" if number else "keys", text, width + 2)


def _show_sections(top: Sequence[Explanation]) -> None:
    settings = [item for item in top if item.kind != "section"]
    _show_table([(item.name, item.brief(), item.meaning) for item in settings])
    _show()
    _show_table([(item.name, "", item.meaning) for item in top if item.kind == "section"])
    _show("\no2c explain SECTION lists its keys; o2c explain WORD looks for a word.")


def _show_section(
    section: Explanation, within: Sequence[Explanation], found: Sequence[Explanation]
) -> None:
    from o2c_sim.model.glossary import members

    _show(section.path, bold=True)
    _show(_sentence(section.meaning), indent=2)
    _show()
    if len({item.meaning for item in within}) < len(within):
        # Roles and calendars mean the same; what tells them apart is what they hold.
        held = {item: [inner.brief() for inner in members(found, item.path)] for item in within}
        _show_table([(item.name, "", ", ".join(texts)) for item, texts in held.items()])
    else:
        _show_table([(item.name, item.brief(), item.meaning) for item in within])
    if within:
        _show(f"\no2c explain {within[0].path} tells more.")


def _show_table(rows: Sequence[tuple[str, str, str]]) -> None:
    """Print one line for each: name, value in brief if there is room for it, meaning."""
    brief = [_shortened(value, _BRIEF) for _, value, _ in rows]
    first = max((len(name) for name, _, _ in rows), default=0)
    second = max(map(len, brief), default=0)
    if _width() - first - second - 6 < _BRIEF:
        second = 0
    for (name, _, meaning), value in zip(rows, brief, strict=True):
        left = f"  {name.ljust(first)}  " + (f"{value.ljust(second)}  " if second else "")
        room = _width() - len(left)
        text = _shortened(meaning.partition(";")[0], room) if room > 0 else ""
        _show_line(f"{left}{text}".rstrip())


def _row(item: Explanation, levers: Iterable[Lever]) -> dict[str, Any]:
    from pydantic_core import to_jsonable_python

    return {
        "path": item.path,
        "kind": item.kind,
        "meaning": item.meaning,
        "unit": item.unit,
        "allowed": item.allowed,
        "value": to_jsonable_python(item.value, by_alias=True),
        "text": item.lines(),
        "statistics": item.statistics(),
        "given": item.given,
        "default": item.default,
        "provenance": item.provenance,
        "source": item.source,
        "keys": [
            {"name": p.name, "meaning": p.meaning, "unit": p.unit, "allowed": p.allowed}
            for p in item.parts
        ],
        "levers": [lever.name for lever in levers],
    }


def _width() -> int:
    columns = shutil.get_terminal_size((WIDTH, 24)).columns
    return min(max(columns, _NARROWEST), _WIDEST)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(width - 3, 0)].rstrip(' ,;(')}..."


def _labelled(label: str, text: str, hanging: int = 0) -> None:
    """Print a text beside its label, wrapped; nothing if there is no text."""
    if text:
        left = f"  {label}".ljust(_LABEL)
        room = _width() - _LABEL
        lines = textwrap.wrap(text, room, subsequent_indent=" " * hanging, break_on_hyphens=False)
        for number, line in enumerate(lines):
            _show_line((" " * _LABEL if number else left) + line)


def _show(text: str = "", *, indent: int = 0, bold: bool = False) -> None:
    gap = " " * indent
    head = len(text) - len(text.lstrip("\n"))
    wrapped = textwrap.fill(text.lstrip("\n"), _width(), initial_indent=gap, subsequent_indent=gap)
    _show_line("\n" * head + wrapped, bold=bold)


def _show_line(text: str, *, bold: bool = False) -> None:
    shown = printable(text)
    typer.echo(typer.style(shown, bold=True) if bold and "NO_COLOR" not in os.environ else shown)
