"""A company file to begin with: a reference company's text, with every key explained in it."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from o2c_sim._version import __version__
from o2c_sim.errors import Problem, UsageError, did_you_mean
from o2c_sim.model.explanation import explanations
from o2c_sim.model.loading import load_company, reference_names

_WIDTH = 100
# What makes a company this one and not another; the rest can wait.
REPLACE_FIRST = {
    "who and where": ("name", "currency", "zone", "start_date"),
    "how much": ("demand.orders_per_week", "demand.line_value", "customers.count"),
    "on which terms": ("customers.payment_terms_days", "customers.lateness_effect_days"),
    "with how many people": ("staff.order_desk.headcount", "and the other roles"),
}


def template_text(name: str, file: str) -> str:
    """Return the text of a new company file.

    Parameters
    ----------
    name
        A reference company (:func:`o2c_sim.model.reference_names`).
    file
        The name that the file is to have, for the commands in its header.

    Returns
    -------
    str
        YAML whose content is the reference company's; every key has its meaning above it.

    Raises
    ------
    UsageError
        If there is no such reference company.
    """
    if name not in reference_names():
        raise UsageError(
            Problem(
                f"there is no template {name!r}",
                allowed=", ".join(reference_names()),
                suggestion=did_you_mean(name, reference_names()) or "o2c init --list",
            )
        )
    text = (resources.files("o2c_sim.model.reference") / f"{name}.yaml").read_text("utf-8")
    lines = _explained(text, name)
    # The editor's schema line works in the first line only.
    first = lines[:1] if lines[0].startswith("# yaml-language-server") else []
    return "\n".join([*first, *_header(name, file), *lines[len(first) :]]) + "\n"


def _header(name: str, file: str) -> list[str]:
    # A file's name may hold anything; a line break in it would end the comment.
    file = "".join(sign if sign.isprintable() else "?" for sign in shlex.quote(file))
    commands = (
        (f"o2c explain --company {file}", "what each value means, its unit and range"),
        (f"o2c validate {file}", "every mistake, with its line"),
        (f"o2c simulate {file} --output run", "a run of your company"),
        ("o2c schema company > company.schema.json", "lets an editor check as you type"),
    )
    width = max(len(command) for command, _ in commands)
    said = [
        f"Your company, begun from the template {name} of o2c-toolkit {__version__}.",
        "",
        "Replace first:",
        *(f"  {what}: {', '.join(paths)}" for what, paths in REPLACE_FIRST.items()),
        "then every value with `provenance: assumed`: it is a guess, and not about your company.",
        "With your figure, say where it comes from: `provenance: data` and a source.",
        "Keys that may be left out are not all here; `o2c explain SECTION` lists every one.",
        "",
        *(f"  {command.ljust(width)}  {what}" for command, what in commands),
    ]
    return ["#", *(f"# {line}".rstrip() for line in said)]


def _explained(text: str, name: str) -> list[str]:
    """Return the lines of a company file, with the meaning of each key above it."""
    known = {item.path: item for item in explanations(load_company(name))}
    lines = text.splitlines()
    above: dict[int, str] = {}
    said: set[tuple[str, str]] = set()
    for path, row, column in _keys(YAML(typ="rt", pure=True).load(text)):
        item = known.get(path)
        if item is None or lines[row][:column].strip():
            continue  # a key inside a value, or inside a line
        # Roles and calendars repeat their keys; to say once what they mean is enough.
        key = "" if item.kind == "section" else item.name
        if (key, item.meaning) not in said:
            said.add((key, item.meaning))
            above[row] = item.meaning
    found: list[str] = []
    for number, line in enumerate(lines):
        if number in above:
            indent = " " * (len(line) - len(line.lstrip())) + "# "
            sentence = above[number][:1].upper() + above[number][1:]
            found += textwrap.wrap(
                sentence, _WIDTH, initial_indent=indent, subsequent_indent=indent
            )
        found.append(line)
    return found


def _keys(tree: Any, prefix: str = "") -> Iterator[tuple[str, int, int]]:
    """Yield path, line and column (from 0) of every key of a YAML mapping."""
    for key, value in tree.items() if isinstance(tree, Mapping) else ():
        path = f"{prefix}{key}"
        if isinstance(tree, CommentedMap) and key in (tree.lc.data or ()):
            line, column = tree.lc.key(key)
            yield path, line, column
        yield from _keys(value, f"{path}.")
