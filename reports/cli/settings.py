"""``--set path=value``: parameters from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from o2c_sim.errors import Problem, UsageError


def parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    """Return path to value; values are read as YAML, so lists and mappings can be given.

    Raises
    ------
    UsageError
        With every setting that is not ``PATH=VALUE``.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    found: dict[str, Any] = {}
    problems = []
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals or not path.strip() or not text.strip():
            problems.append(
                Problem(
                    f"--set {setting!r}", allowed="PATH=VALUE", suggestion="credit.denial_share=0.1"
                )
            )
            continue
        try:
            found[path.strip()] = YAML(typ="safe", pure=True).load(text)
        except (YAMLError, ValueError, RecursionError) as error:
            # The library's own text repeats the value over several lines.
            why = getattr(error, "problem", None) or str(error).partition("\n")[0]
            problems.append(Problem(f"--set {setting!r}: the value is not valid YAML ({why})"))
    if problems:
        raise UsageError(problems)
    return found
