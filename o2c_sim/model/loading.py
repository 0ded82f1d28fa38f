"""Load companies and other pydantic models, with the line of everything that is wrong."""

from __future__ import annotations

import hashlib
import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from o2c_sim.errors import ModelError, Problem, ToolkitError, did_you_mean
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.parameter import Parameter
from o2c_sim.model.yaml_tree import read_text, read_tree

_DEEPEST_EXTENDS = 8

M = TypeVar("M", bound=BaseModel)


def reference_names() -> tuple[str, ...]:
    """Return the names of the reference companies that ship with the toolkit."""
    folder = resources.files("o2c_sim.model.reference")
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".yaml")))


def load_company(source: Path | str) -> CompanyModel:
    """Load a company model.

    Parameters
    ----------
    source
        A YAML file, or the name of a reference company (:func:`reference_names`). With
        ``extends: NAME`` or ``extends: FILE`` (beside it) a file needs only what is different
        from another company.

    Returns
    -------
    CompanyModel
        The validated model.

    Raises
    ------
    ModelError
        With every problem found, each with its line.
    """
    return _company(source, _DEEPEST_EXTENDS)


def _company(source: Path | str, deepest: int) -> CompanyModel:
    if str(source) in reference_names():
        return _reference(str(source))
    path = Path(source)
    text = read_text(path, ModelError, reference_names())
    return _built(text, str(path), path.parent, deepest)


@cache
def _reference(name: str) -> CompanyModel:
    """Return a company that ships: models are frozen, and these files do not change."""
    text = (resources.files("o2c_sim.model.reference") / f"{name}.yaml").read_text("utf-8")
    return _built(text, f"{name}.yaml", None, _DEEPEST_EXTENDS)


def _built(text: str, name: str, folder: Path | None, deepest: int) -> CompanyModel:
    tree = read_tree(text, name, ModelError)
    whole: Mapping[str, Any] = tree
    if "extends" in tree:
        other = tree.pop("extends")
        if not isinstance(other, str) or deepest == 0:
            raise ModelError(
                Problem(
                    f"extends: {str(other)[:80]!r} is no company, or one company extends another "
                    f"more than {_DEEPEST_EXTENDS} times over",
                    where=f"{name}:{1 + text[: text.find('extends')].count(chr(10))}",
                    allowed="a company's YAML file, or one of " + ", ".join(reference_names()),
                )
            )
        beside = None if folder is None or other in reference_names() else folder / other
        base = beside if beside is not None and beside.exists() else other
        whole = merged(_company(base, deepest - 1).model_dump(by_alias=True), tree)
    try:
        return CompanyModel.model_validate(whole)
    except ValidationError as error:
        raise ModelError(validation_problems(error, tree, CompanyModel, name)) from error


def merged(company: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a company's content with what another file says, key by key down to whole values.

    A parameter, also one whose value is a mapping, is replaced as a whole.
    """
    result = dict(company)
    for key, value in changes.items():
        before = result.get(key)
        section = isinstance(before, Mapping) and not {"value", "provenance"} <= before.keys()
        if section and isinstance(value, Mapping) and isinstance(before, Mapping):
            result[key] = merged(before, value)
        else:
            result[key] = value
    return result


def parse(text: str, model: type[M], name: str, fault: type[ToolkitError]) -> M:
    """Parse YAML text into *model*.

    Parameters
    ----------
    text
        YAML 1.2.
    model
        The pydantic model to build.
    name
        File name for messages.
    fault
        The exception to raise.

    Raises
    ------
    ToolkitError
        Of type *fault*, with every problem found and its line.
    """
    tree = read_tree(text, name, fault)
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        raise fault(validation_problems(error, tree, model, name)) from error


def parameters(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, Parameter[Any]]]:
    """Yield the dotted path and the parameter of every value that has a provenance."""
    for name in type(model).model_fields:
        yield from _parameters(getattr(model, name), f"{prefix}{name}")


def fingerprint(model: BaseModel) -> str:
    """Return the SHA-256 of a model's content, the same whatever the file's layout."""
    return hashlib.sha256(model.model_dump_json(by_alias=True).encode()).hexdigest()


def _parameters(value: Any, path: str) -> Iterator[tuple[str, Parameter[Any]]]:
    if isinstance(value, Parameter):
        yield path, value
    elif isinstance(value, BaseModel):
        yield from parameters(value, f"{path}.")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _parameters(item, f"{path}.{key}")


def validation_problems(
    error: ValidationError, tree: CommentedMap, model: type[BaseModel], name: str
) -> list[Problem]:
    """Return what *model* refuses in a tree of :func:`read_tree`, each with its line."""
    problems = []
    for item in error.errors(include_url=False):
        location = item["loc"]
        line = line_of(tree, location)
        path = ".".join(str(p) for p in _written(tree, location)) or "the file"
        where = f"{name}:{line}" if line else name
        if item["type"] == "extra_forbidden":
            known = _fields_at(model, location[:-1])
            problems.append(
                Problem(
                    f"unknown key {str(location[-1])!r} in {_parent(location)}",
                    where=where,
                    allowed=", ".join(known),
                    suggestion=did_you_mean(str(location[-1]), known),
                )
            )
        elif item["type"] == "missing":
            problems.append(Problem(f"{'.'.join(map(str, location))} is missing", where=where))
        else:
            message = item["msg"].removeprefix("Value error, ")
            value = item.get("input")
            shown = "" if isinstance(value, Mapping | BaseModel) else f" (got {_shown(value)!r})"
            problems.append(Problem(f"{path}: {message}{shown}", where=where))
    return problems


def _shown(value: Any) -> str:
    try:
        return str(value)[:80]
    except ValueError:
        return "a number of thousands of digits"


def _parent(location: tuple[int | str, ...]) -> str:
    return repr(".".join(map(str, location[:-1]))) if len(location) > 1 else "the file"


def _written(tree: Any, location: tuple[int | str, ...]) -> Iterator[int | str]:
    """Yield the parts of a pydantic location that stand in the file (tags do not)."""
    node = tree
    for part in location:
        in_map = isinstance(node, CommentedMap) and part in node
        in_list = isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node)
        if in_map or in_list:
            yield part
            node = node[part]


def line_of(tree: CommentedMap, location: tuple[int | str, ...]) -> int | None:
    """Return the line of a location (keys and indices), or of what holds it; None if none has."""
    node: Any = tree
    line: int | None = None
    for part in _written(tree, location):
        # A key that a merge (<<) brought in has no line of its own here.
        if part in (node.lc.data or ()):
            position = node.lc.key(part) if isinstance(node, CommentedMap) else node.lc.item(part)
            line = int(position[0]) + 1
        node = node[part]
    return line


def _fields_at(model: type[BaseModel], location: tuple[int | str, ...]) -> tuple[str, ...]:
    """Return the keys allowed at a pydantic location, following tags and mappings."""
    kinds: list[Any] = [model]
    for part in location:
        following: list[Any] = []
        for kind in kinds:
            following.extend(_step(kind, part))
        kinds = following or kinds
    names = {
        field.alias or name
        for kind in kinds
        if isinstance(kind, type) and issubclass(kind, BaseModel)
        for name, field in kind.model_fields.items()
    }
    return tuple(sorted(names))


def _step(kind: Any, part: int | str) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if part in kind.model_fields:
            return _plain(kind.model_fields[str(part)].annotation)
        tag = kind.model_fields.get("distribution")
        return [kind] if tag is not None and part in typing.get_args(tag.annotation) else []
    if typing.get_origin(kind) is dict:
        return _plain(typing.get_args(kind)[1])
    if typing.get_origin(kind) in (list, tuple):
        return _plain(typing.get_args(kind)[0])
    return []


def _plain(annotation: Any) -> list[Any]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _plain(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return [kind for option in typing.get_args(annotation) for kind in _plain(option)]
    return [annotation]
