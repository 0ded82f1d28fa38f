"""What a user's file has put in the place of something inside the simulator, by assignment.

Compiled modules call each other's functions directly, so they would go on with their own.
"""

from __future__ import annotations

import sys
from types import ModuleType

from o2c_sim.compiled import PACKAGES


def inside() -> dict[str, object]:
    """Return everything that the modules which may be compiled define now, by its full name.

    Modules that are not loaded yet have nothing that could have been replaced.
    """
    parts = tuple(f"o2c_sim.{package}." for package in PACKAGES)
    modules = [(name, m) for name, m in sys.modules.items() if name.startswith(parts)]
    found: dict[str, object] = {}
    for name, module in modules:
        found |= _members(name, module)
        for class_name, value in list(vars(module).items()):
            if isinstance(value, type) and value.__module__ == name:
                found |= _members(f"{name}.{class_name}", value)
    return found


def replaced(before: dict[str, object]) -> list[str]:
    """Return the names that stand for something else than before, or for nothing."""
    now = inside()
    return sorted(name for name, value in before.items() if now.get(name) is not value)


def _members(owner: str, thing: ModuleType | type) -> dict[str, object]:
    return {
        f"{owner}.{name}": value for name, value in vars(thing).items() if not name.startswith("__")
    }
