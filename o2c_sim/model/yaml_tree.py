"""Read YAML from files that nobody vouches for: small, plain, and with the line of each fault."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import CollectionNode, MappingNode, ScalarNode

from o2c_sim.errors import Problem, ToolkitError, did_you_mean

MAX_BYTES = 1_000_000
MAX_NODES = 100_000
# Far more than any file needs; the parser takes a square of it.
_DEEPEST_BRACKETS = 100


def read_text(path: Path, fault: type[ToolkitError], names: tuple[str, ...] = ()) -> str:
    """Return the text of a small UTF-8 file.

    Parameters
    ----------
    path
        The file.
    fault
        The exception to raise.
    names
        Names that could have been meant instead of a file.

    Raises
    ------
    ToolkitError
        Of type *fault*, if the file is absent, too large or not text.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise fault(
                Problem(
                    f"the file has {path.stat().st_size:,} bytes",
                    where=str(path),
                    allowed=f"at most {MAX_BYTES:,} bytes",
                )
            )
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise fault(
            Problem(f"byte {error.start} is not UTF-8 text", where=str(path), allowed="YAML, UTF-8")
        ) from error
    except OSError as error:
        raise fault(
            Problem(
                f"cannot be read: {error.strerror or error}",
                where=str(path),
                allowed=("a YAML file, or one of " + ", ".join(names)) if names else "a YAML file",
                suggestion=str(path / "model.yaml")
                if (path / "model.yaml").is_file()
                else did_you_mean(str(path), names),
            )
        ) from error


def read_tree(text: str, name: str, fault: type[ToolkitError]) -> CommentedMap:
    """Return YAML text as a mapping that knows its lines.

    Parameters
    ----------
    text
        YAML 1.2.
    name
        File name for messages.
    fault
        The exception to raise.

    Raises
    ------
    ToolkitError
        Of type *fault*, if it is not valid YAML, no mapping, or expands to too many values.
    """
    if _brackets(text) > _DEEPEST_BRACKETS:
        raise fault(
            Problem(
                "not valid YAML: brackets within brackets",
                where=name,
                allowed=f"{_DEEPEST_BRACKETS} levels of them",
            )
        )
    yaml = YAML(typ="rt", pure=True)
    try:
        tree = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}" if mark else name
        raise fault(Problem(f"not valid YAML: {error.problem}", where=where)) from error
    # Tags that do not fit their values end in faults of many kinds.
    except (YAMLError, ValueError, RecursionError, LookupError, AttributeError) as error:
        line = _unreadable_line(text) if isinstance(error, ValueError) else None
        where = f"{name}:{line}" if line else name
        raise fault(Problem(f"not valid YAML: {error}", where=where)) from error
    if not isinstance(tree, CommentedMap):
        what = "empty" if tree is None else "a list" if isinstance(tree, list) else "plain text"
        raise fault(
            Problem(f"the file is {what}", where=name, allowed="a mapping: 'key: value' lines")
        )
    nodes = _count(tree, MAX_NODES)
    if nodes >= MAX_NODES:
        raise fault(
            Problem("the file expands to too many values", where=name, allowed=f"{MAX_NODES:,}")
        )
    return tree


def _brackets(text: str) -> int:
    """Return how deep brackets stand within brackets, those in texts and comments included."""
    depth = deepest = 0
    for sign in text:
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}" and depth:
            depth -= 1
    return deepest


def _unreadable_line(text: str) -> int | None:
    """Return the line of the first value that YAML cannot make sense of, such as 2025-02-30."""
    stack = [YAML(typ="safe", pure=True).compose(text)]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if isinstance(node, ScalarNode) and node.style is None:
            try:
                YAML(typ="safe", pure=True).load(node.value)
            except ValueError:
                return int(node.start_mark.line) + 1
            except YAMLError:
                continue
        elif isinstance(node, CollectionNode) and id(node) not in seen:
            seen.add(id(node))
            pairs = isinstance(node, MappingNode)
            stack.extend(
                part for item in node.value[::-1] for part in (item[::-1] if pairs else [item])
            )
    return None


def _count(node: Any, limit: int) -> int:
    # Aliases make a small file large when it is walked; stop as soon as it is too large.
    stack, nodes = [node], 0
    while stack and nodes < limit:
        item = stack.pop()
        nodes += 1
        if isinstance(item, Mapping):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return nodes
