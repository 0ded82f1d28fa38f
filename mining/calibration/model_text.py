"""A company as the text of a model file: every value with its meaning and its evidence."""

from __future__ import annotations

import datetime as dt
import io
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML

from o2c_sim import CompanyModel
from o2c_sim.model.explanation import explanations

_WIDTH = 100
_LAYOUT = {
    "default_flow_style": True,
    "width": 1_000_000,
    "allow_unicode": True,
    "sort_base_mapping_type_on_output": False,
}


def model_text(company: CompanyModel, header: Sequence[str] = ()) -> str:
    """Return a company as YAML that :func:`o2c_sim.load_company` reads back as the same company.

    Parameters
    ----------
    company
        The company.
    header
        Lines for the top, without the comment sign.
    """
    meanings = {
        item.path: item.meaning for item in explanations(company) if item.kind != "distribution"
    }
    lines = [f"# {line}".rstrip() for line in header]
    tree = company.model_dump(by_alias=True, mode="python")
    said: set[str] = set()
    for key, value in tree.items():
        if isinstance(value, Mapping):
            lines.append("")
        lines += _entry(str(key), value, str(key), 0, meanings, said)
    return "\n".join(lines) + "\n"


def _entry(
    key: str,
    value: Any,
    path: str,
    depth: int,
    meanings: Mapping[str, str],
    said: set[str],
) -> Iterator[str]:
    indent = "  " * depth
    meaning = meanings.get(path, "")
    if meaning and meaning not in said:
        said.add(meaning)
        sentence = meaning[:1].upper() + meaning[1:]
        yield from textwrap.wrap(
            sentence, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# "
        )
    if _is_parameter(value):
        yield f"{indent}{key}:"
        for part in ("value", "provenance", "source"):
            yield from _folded(part, _flow(_clean(value[part])), depth + 1)
    elif isinstance(value, Mapping) and path in meanings and _is_section(value):
        yield f"{indent}{key}:"
        for name, item in value.items():
            if item is not None:
                yield from _entry(str(name), item, f"{path}.{name}", depth + 1, meanings, said)
    else:
        yield from _folded(key, _flow(_clean(value)), depth)


def _folded(key: str, text: str, depth: int) -> Iterator[str]:
    """Yield ``key: text``; a long text goes on in further lines, which YAML reads as one."""
    indent = "  " * depth
    line = f"{indent}{key}: {text}"
    # Breaks must fall between single blanks, and not among the escapes of a double-quoted text.
    if len(line) <= _WIDTH or text.startswith('"') or "  " in text:
        yield line
        return
    yield f"{indent}{key}:"
    # At blanks alone: other white space, such as a non-breaking one, belongs to the text.
    row = ""
    # Of a mapping or a list only between its parts: a name of several words must not be broken.
    words = re.split("(?<=,) ", text) if text[0] in "{[" else text.split(" ")
    for word in words:
        if row and len(indent) + 2 + len(row) + 1 + len(word) > _WIDTH:
            yield f"{indent}  {row}"
            row = word
        else:
            row = f"{row} {word}" if row else word
    yield f"{indent}  {row}"


def _is_parameter(value: Any) -> bool:
    return isinstance(value, Mapping) and {"value", "provenance", "source"} == value.keys()


def _is_section(value: Mapping[str, Any]) -> bool:
    return any(isinstance(item, Mapping) for item in value.values())


def _clean(value: Any) -> Any:
    """Return a value without what is not given, whole numbers without a point."""
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, dt.time):
        return value.isoformat("minutes")
    return value


def _flow(value: Any) -> str:
    yaml = YAML(typ="safe", pure=True)
    # Set like this, as the library's own defaults are typed as None.
    for option, setting in _LAYOUT.items():
        setattr(yaml, option, setting)
    out = io.StringIO()
    yaml.dump(value, out)
    return out.getvalue().removesuffix("\n").removesuffix("\n...")
