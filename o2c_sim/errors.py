"""Faults that a user can mend: what is wrong, where, what is allowed, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    Parameters
    ----------
    message
        What is wrong, in one sentence, with the offending value in it.
    where
        ``file:line``, ``file, row N`` or a path inside a model; empty when there is no place.
    allowed
        What would have been right; empty when the message says it.
    suggestion
        What to do about it; empty when nothing better than *allowed* can be said.
    """

    message: str
    where: str = ""
    allowed: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        """Return the problem as one to three lines."""
        lines = [f"{self.where}: {self.message}" if self.where else self.message]
        if self.allowed:
            lines.append(f"  allowed: {self.allowed}")
        if self.suggestion:
            lines.append(f"  try: {self.suggestion}")
        return "\n".join(lines)


class ToolkitError(Exception):
    """Base of every fault reported to a user; carries all problems found at once.

    Parameters
    ----------
    problems
        One or more problems; a bare string counts as one.
    """

    exit_code = 2
    kind = "error"

    def __init__(self, problems: Iterable[Problem] | Problem | str) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems: tuple[Problem, ...] = (
            (problems,) if isinstance(problems, Problem) else tuple(problems)
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes with all problems."""
        return _restored, (type(self), self.problems)


def _restored(kind: type[ToolkitError], problems: tuple[Problem, ...]) -> ToolkitError:
    error = kind.__new__(kind)
    ToolkitError.__init__(error, problems)
    return error


class ModelError(ToolkitError):
    """A company model that cannot be used (exit code 2)."""

    kind = "model"


class ScenarioError(ToolkitError):
    """A scenario or comparison that cannot be used (exit code 2)."""

    kind = "scenario"


class ExtensionError(ToolkitError):
    """A user's own Python file that cannot be used, or that fails (exit code 2)."""

    kind = "extension"


class UsageError(ToolkitError):
    """A request that cannot be carried out as given (exit code 2)."""

    kind = "usage"


class OpeningError(ToolkitError):
    """A state to start from that cannot be used (exit code 3)."""

    exit_code = 3
    kind = "opening"


class LogError(ToolkitError):
    """An event log that cannot be read or does not hold what is asked of it (exit code 3)."""

    exit_code = 3
    kind = "log"


class MissingDependencyError(ToolkitError):
    """An optional dependency that is not installed (exit code 4)."""

    exit_code = 4
    kind = "dependency"

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            Problem(
                f"this needs the package {package!r}, which is not installed",
                suggestion=f"pip install 'o2c-toolkit[{extra}]'",
            )
        )


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` for the nearest allowed word, or an empty string."""
    nearest = difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return f"did you mean {nearest[0]!r}?" if nearest else ""
