"""Extensions: a user's Python file that puts own stages or policies into a company.

The file is ordinary code, run with the rights of whoever runs the toolkit. It may define

- ``extend(stages)``, which returns the :class:`~o2c_sim.process.stages.Stages` to use;
- ``adapt(policies, model)``, which returns the :class:`~o2c_sim.process.policies.Policies`;
- activities of its own, as module-level :class:`Activity` objects.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any

from o2c_sim import compiled
from o2c_sim.errors import ExtensionError, Problem, ToolkitError, did_you_mean
from o2c_sim.model.company import CompanyModel
from o2c_sim.process.activity import OwnActivity as Activity
from o2c_sim.process.policies import Policies
from o2c_sim.process.stages import STAGES_THAT_TAKE_TIME, Stages
from o2c_sim.replacements import inside, replaced
from o2c_sim.vocabulary import ACTIVITIES, OBJECT_TYPES

__all__ = ["Activity", "Extension", "Policies", "Stages", "load_extension"]

MAX_BYTES = 1_000_000
_HOOKS = ("extend", "adapt")
_AS_SOURCES = f"with {compiled.SWITCHED_OFF}=1 in the environment the simulator runs as Python"


@dataclass(frozen=True, slots=True)
class Extension:
    """What a user's file defines.

    Parameters
    ----------
    path
        The file.
    sha256
        Of its bytes.
    activities
        Its own activities, in the order of their definition.
    extend, adapt
        Its functions; None where it has none.
    """

    path: Path
    sha256: str
    activities: tuple[Activity, ...] = ()
    extend: Callable[[Stages], Stages] | None = None
    adapt: Callable[[Policies, CompanyModel], Policies] | None = None

    def stages(self) -> Stages:
        """Return the stages to use.

        Raises
        ------
        ExtensionError
            If ``extend`` fails or returns something else than usable stages.
        """
        if self.extend is None:
            return Stages()
        with blamed_on(self.path), _replacing_nothing(self.path):
            stages = self.extend(Stages())
        self._require("extend", stages, Stages)
        problems = [
            problem
            for field in fields(Stages)
            if (problem := _misfit(field.name, getattr(stages, field.name), field.default))
        ]
        if problems:
            raise ExtensionError([Problem(text, where=str(self.path)) for text in problems])
        return stages

    def adapted(self, policies: Policies, model: CompanyModel) -> Policies:
        """Return the policies to go by, for a company whose own policies are given.

        Raises
        ------
        ExtensionError
            If ``adapt`` fails or returns something else than policies.
        """
        if self.adapt is None:
            return policies
        with blamed_on(self.path), _replacing_nothing(self.path):
            adapted = self.adapt(policies, model)
        self._require("adapt", adapted, Policies)
        for field in fields(Policies):
            expected = type(getattr(policies, field.name))
            self._require(f"adapt, {field.name}", getattr(adapted, field.name), expected)
        return adapted

    def _require(self, what: str, value: object, kind: type) -> None:
        if not isinstance(value, kind):
            raise ExtensionError(
                Problem(
                    f"{what} returns {type(value).__name__}",
                    where=str(self.path),
                    allowed=kind.__name__,
                    suggestion="dataclasses.replace(...) of what it was given",
                )
            )


def load_extension(path: Path | str) -> Extension:
    """Run a user's Python file and return what it defines.

    Parameters
    ----------
    path
        The file. It is code: it may do whatever its reader may do.

    Raises
    ------
    ExtensionError
        If it cannot be read, is no Python, fails as it is run, or defines nothing of use.
    """
    path = Path(path)
    content = _read(path)
    digest = hashlib.sha256(content).hexdigest()
    # Under a name of its own: dataclasses look up the module they are defined in.
    module = ModuleType(f"o2c_extension_{digest[:16]}")
    module.__file__ = str(path)
    with blamed_on(path), _replacing_nothing(path):
        code = compile(content, str(path), "exec")
        sys.modules[module.__name__] = module
        exec(code, module.__dict__)
    hooks = {name: getattr(module, name, None) for name in _HOOKS}
    found = {name: hook for name, hook in hooks.items() if hook is not None}
    problems = [
        f"{name} is no function" for name, hook in found.items() if not inspect.isfunction(hook)
    ]
    if not found:
        own = [name for name, value in vars(module).items() if inspect.isfunction(value)]
        near = next((text for name in own if (text := did_you_mean(name, _HOOKS))), "")
        raise ExtensionError(
            Problem(
                "neither extend nor adapt is defined",
                where=str(path),
                allowed="extend(stages) -> Stages, adapt(policies, model) -> Policies, or both",
                suggestion=near,
            )
        )
    activities = tuple(v for v in vars(module).values() if isinstance(v, Activity))
    problems += _misnamed(activities)
    if problems:
        raise ExtensionError([Problem(text, where=str(path)) for text in problems])
    return Extension(path, digest, activities, **found)


@contextmanager
def blamed_on(path: Path | None) -> Iterator[None]:
    """Turn a fault raised in a user's file into a message with its line.

    What is raised elsewhere goes on as it is.

    Raises
    ------
    ExtensionError
        In place of any exception that passed through the file.
    """
    try:
        yield
    except ToolkitError:
        raise
    except Exception as fault:
        line = None if path is None else _line_in(path, fault)
        if line is None:
            raise
        text = fault.msg if isinstance(fault, SyntaxError) else str(fault)
        raise ExtensionError(
            Problem(
                f"{type(fault).__name__}: {text}".rstrip(": "),
                where=f"{path}:{line}",
                suggestion=_AS_SOURCES if _stricter_compiled(fault) else "",
            )
        ) from fault


def _stricter_compiled(fault: Exception) -> bool:
    """Return whether a fault may be one of machine code alone."""
    return isinstance(fault, (TypeError, AttributeError)) and compiled.in_use()


@contextmanager
def _replacing_nothing(path: Path) -> Iterator[None]:
    """See to it that a file replaces nothing inside a compiled simulator, which would not use it.

    Raises
    ------
    ExtensionError
        If it has done so: its results would be those of the toolkit's own code.
    """
    before = inside() if compiled.in_use() else {}
    yield
    names = replaced(before) if before else []
    if names:
        raise ExtensionError(
            Problem(
                f"{names[0]} is replaced, which the compiled simulator does not heed",
                where=str(path),
                allowed="extend(stages), adapt(policies, model)",
                suggestion=_AS_SOURCES,
            )
        )


def _line_in(path: Path, fault: Exception) -> int | None:
    """Return the last line of a file that a fault passed through; None if it did not."""
    if isinstance(fault, SyntaxError) and fault.filename == str(path):
        return fault.lineno
    frames = traceback.extract_tb(fault.__traceback__)
    return next((f.lineno for f in reversed(frames) if f.filename == str(path)), None)


def _read(path: Path) -> bytes:
    place, wanted = str(path), "a Python file with extend or adapt"
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "there is no such file"
        raise ExtensionError(Problem(what, where=place, allowed=wanted))
    if path.stat().st_size > MAX_BYTES:
        raise ExtensionError(Problem(f"larger than {MAX_BYTES:,} bytes", place, allowed=wanted))
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise ExtensionError(Problem(str(fault.strerror), place, allowed=wanted)) from None
    if b"\0" in content:
        raise ExtensionError(Problem("is no text", place, allowed=wanted))
    return content


def _misnamed(activities: tuple[Activity, ...]) -> list[str]:
    names = [activity.name for activity in activities]
    problems = [f"the activity {name!r} exists already" for name in names if name in ACTIVITIES]
    problems += [f"two activities are named {n!r}" for n in set(names) if names.count(n) > 1]
    problems += [
        f"the activity {a.name!r} is about {a.about!r}, not one of {', '.join(OBJECT_TYPES)}"
        for a in activities
        if a.about not in OBJECT_TYPES
    ]
    return problems


def _misfit(name: str, stage: Any, default: Any) -> str:
    """Return why a function cannot stand in for a stage; an empty string if it can."""
    if not callable(stage):
        return f"the stage {name} is {stage!r}, which cannot be called"
    takes_time = name in STAGES_THAT_TAKE_TIME
    if _takes_time(stage) not in (takes_time, None):
        return (
            f"the stage {name} takes time: its function must yield (`yield from ...`)"
            if takes_time
            else f"the stage {name} acts at once: its function must not yield"
        )
    needed = len(inspect.signature(default).parameters)
    try:
        inspect.signature(stage).bind(*range(needed))
    except TypeError:
        wanted = ", ".join(inspect.signature(default).parameters)
        return f"the stage {name} is called with ({wanted}), which its function does not take"
    return ""


def _takes_time(stage: Any) -> bool | None:
    """Return whether a function yields; None if it cannot be told of a compiled one."""
    if not inspect.isbuiltin(stage):
        return inspect.isgeneratorfunction(stage)
    own = (field.name for field in fields(Stages) if field.default is stage)
    name = next(own, None)
    return None if name is None else name in STAGES_THAT_TAKE_TIME
