"""Change values of a model by path, and validate the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from o2c_sim.errors import ModelError, Problem, did_you_mean
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.loading import parameters


def override(model: CompanyModel, changes: Mapping[str, Any], source: str) -> CompanyModel:
    """Return the model with other values.

    Parameters
    ----------
    model
        The model to start from; it is not changed.
    changes
        Dotted path of a parameter (as :func:`o2c_sim.parameters` gives them) to its new value.
    source
        What changed it; becomes the provenance of the values (``assumed``).

    Raises
    ------
    ModelError
        With every unknown path and every value that the model does not allow.
    """
    known = {path for path, _ in parameters(model)}
    problems = [
        Problem(
            f"{path!r} is not a parameter of the model",
            where=source,
            suggestion=did_you_mean(path, known) or "o2c schema lists the parameters",
        )
        for path in changes
        if path not in known
    ]
    if problems:
        raise ModelError(problems)
    tree = model.model_dump(by_alias=True, mode="python")
    for path, value in changes.items():
        node = tree
        *parents, last = path.split(".")
        for part in parents:
            node = node[part]
        node[last] = {"value": value, "provenance": "assumed", "source": source}
    try:
        return CompanyModel.model_validate(tree)
    except ValidationError as error:
        raise ModelError(
            Problem(
                f"{_path(item['loc'])}: {item['msg'].removeprefix('Value error, ')}"
                f"{_rejected(item.get('input'))}",
                where=source,
            )
            for item in error.errors(include_url=False)
        ) from error


def _path(location: tuple[int | str, ...]) -> str:
    """Return the path that a user gave: the value of a parameter is the parameter."""
    return ".".join(str(part) for part in location if part != "value")


def _rejected(value: object) -> str:
    return "" if isinstance(value, Mapping) else f" (got {str(value)[:80]!r})"
