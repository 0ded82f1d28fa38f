"""What a BPMN or PNML file must not hold: what its reader would pass over in silence."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from pathlib import Path

from o2c_sim.errors import ModelError, Problem, did_you_mean

_LARGEST_BYTES = 50_000_000
_ROOTS = {".pnml": "pnml", ".bpmn": "definitions"}
# Elements that change what a BPMN diagram allows and that its translation into a net leaves out.
_UNKNOWN = {
    "subProcess": "a sub-process",
    "adHocSubProcess": "an ad-hoc sub-process",
    "transaction": "a transaction",
    "boundaryEvent": "an event on the border of a task",
    "complexGateway": "a complex gateway",
}


def require_readable(path: Path) -> None:
    """Refuse a model file that would not be read as it is meant.

    Parameters
    ----------
    path
        A file that ends in ``.pnml`` or ``.bpmn``.

    Raises
    ------
    ModelError
        Names all that is wrong: what is not XML or another kind of it, too large, arcs and flows
        that lead nowhere, elements that have no translation, several processes.
    """
    size = path.stat().st_size
    if size > _LARGEST_BYTES:
        raise ModelError(
            Problem(f"has {size:,} bytes", str(path), f"at most {_LARGEST_BYTES:,} for a model")
        )
    try:
        root = ElementTree.fromstring(path.read_bytes())
    except (OSError, ElementTree.ParseError, LookupError, ValueError) as error:
        raise ModelError(Problem(f"is not readable XML: {error}", str(path))) from error
    wanted = _ROOTS[path.suffix.lower()]
    if _tag(root) != wanted:
        raise ModelError(Problem(f"holds <{_tag(root)}>", str(path), allowed=f"<{wanted}>"))
    elements = list(root.iter())
    if wanted == "pnml":
        problems = list(_dangling(path, elements, "arc", "source", "target"))
    else:
        problems = [
            *_dangling(path, elements, "sequenceFlow", "sourceRef", "targetRef"),
            *_untranslatable(path, elements),
        ]
    if problems:
        raise ModelError(problems)


def _untranslatable(path: Path, elements: list[ElementTree.Element]) -> Iterable[Problem]:
    for element in elements:
        if _tag(element) in _UNKNOWN:
            name = element.get("name") or element.get("id") or ""
            yield Problem(
                f"{_UNKNOWN[_tag(element)]} {name!r} cannot be checked",
                str(path),
                allowed="tasks, start and end events, exclusive, parallel and inclusive gateways",
                suggestion="draw its tasks in the process itself",
            )
    full = [
        e for e in elements if _tag(e) == "process" and any(_tag(c) == "task" for c in e.iter())
    ]
    if len(full) > 1:
        names = ", ".join(repr(e.get("name") or e.get("id") or "") for e in full)
        yield Problem(
            f"holds {len(full)} processes ({names})", str(path), allowed="one process a file"
        )


def _dangling(
    path: Path, elements: list[ElementTree.Element], kind: str, source: str, target: str
) -> Iterable[Problem]:
    ids = {element.get("id") for element in elements if element.get("id")}
    for element in elements:
        if _tag(element) != kind:
            continue
        for end, verb in ((source, "begins at"), (target, "leads to")):
            named = element.get(end) or ""
            if named not in ids:
                yield Problem(
                    f"{kind} {element.get('id') or ''!r} {verb} {named!r}, which the file does not "
                    "hold",
                    str(path),
                    suggestion=did_you_mean(named, [i for i in ids if i]),
                )


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]
