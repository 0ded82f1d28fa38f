"""What a result depends on besides its inputs: versions, machine type, and the code itself."""

from __future__ import annotations

import hashlib
import json
import platform
from functools import lru_cache
from pathlib import Path

import mining
import o2c_sim
import scenarios
from o2c_sim.simulation import versions

# The code behind a replication. A changed KPI formula must not be answered from old results, and
# the version number does not change while somebody works on the code.
_PACKAGES = (o2c_sim, mining)
_MODULES = ("replication.py", "replication_file.py", "task.py")


@lru_cache(maxsize=1)
def environment() -> dict[str, str]:
    """Return the versions, the kind of machine and the SHA-256 of the code that makes results."""
    machine = f"{platform.system()} {platform.machine()}"
    return {**versions(), "machine": machine, "code": code_sha256()}


@lru_cache(maxsize=1)
def environment_sha256() -> str:
    """Return the SHA-256 of :func:`environment`."""
    return hashlib.sha256(json.dumps(environment(), sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=1)
def code_sha256() -> str:
    """Return the SHA-256 of the source of the simulator, of the KPIs and of what is kept."""
    own = Path(scenarios.__file__).parent
    files = [own / name for name in _MODULES]
    for package in _PACKAGES:
        folder = Path(str(package.__file__)).parent
        # Editors leave links that lead nowhere beside what they edit.
        code = (path for path in folder.rglob("*.py") if path.is_file())
        files += sorted(code, key=lambda p: p.relative_to(folder).as_posix())
    whole = hashlib.sha256()
    for file in files:
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()
