"""From options of the command line to where runs are made and kept, and how many there are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

if TYPE_CHECKING:
    from scenarios.executors import Executor
    from scenarios.stopping import Precision
    from scenarios.store import Store

_EXECUTORS = ("local", "dask")
_GOAL = re.compile(r"^\s*(?:(\w+)\s*=)?\s*(\d+(?:\.\d+)?)\s*(%?)\s*$", re.ASCII)


class TlsFiles(NamedTuple):
    """Files for an encrypted connection to a scheduler, as far as they are given."""

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


def open_executor(
    name: str, scheduler: str | None, workers: int | None, tls: TlsFiles | None = None
) -> Executor:
    """Return what runs the replications; a context manager.

    Raises
    ------
    UsageError
        If the options do not belong together.
    MissingDependencyError
        If Dask is asked for and not installed.
    """
    from o2c_sim import Problem, UsageError
    from o2c_sim.errors import did_you_mean
    from reports.cli.faults import require
    from scenarios.executors import Dask, default_workers, local
    from scenarios.executors.dask_cluster import Tls

    tls = tls or TlsFiles()
    given = [path for path in tls if path is not None]
    problems = []
    if name not in _EXECUTORS:
        problems.append(
            Problem(
                f"--executor {name!r}",
                allowed=" or ".join(_EXECUTORS),
                suggestion=did_you_mean(name, _EXECUTORS),
            )
        )
    if name == "local" and (scheduler is not None or given):
        problems.append(Problem("--scheduler and --tls-... go with --executor dask"))
    if scheduler is not None and workers is not None:
        problems.append(Problem("--workers and --scheduler: a cluster has workers of its own"))
    if given and len(given) < len(tls):
        problems.append(Problem("--tls-ca, --tls-cert and --tls-key go together"))
    if problems:
        raise UsageError(problems)
    if name == "local":
        return local(default_workers() if workers is None else workers)
    require("dask", "distributed")
    authority, certificate, key = tls
    if authority is None or certificate is None or key is None:
        return Dask(scheduler, workers=workers)
    return Dask(scheduler, workers=workers, tls=Tls(authority, certificate, key))


def open_store(
    folder: Path | None, no_store: bool, warn: Callable[[str], None] | None = None
) -> Store | None:
    """Return where runs are kept; None if nowhere.

    Raises
    ------
    UsageError
        If a folder is given and none is wanted.
    """
    from o2c_sim import Problem, UsageError
    from scenarios.store import Store

    if folder is not None and folder.exists() and not folder.is_dir():
        raise UsageError(Problem(f"--store {folder}: a file", allowed="a folder, there or not yet"))
    if no_store:
        if folder is not None:
            raise UsageError(Problem("--store and --no-store exclude each other"))
        return None
    return Store(folder, warn or _warned)


def _warned(text: str) -> None:
    typer.echo(f"warning: {text}", err=True)


def parse_goals(
    texts: Sequence[str], replications: int = 2, most: int = 200
) -> Mapping[str, Precision]:
    """Return KPI to precision of ``--precision``; a percentage alone is for the main KPIs.

    Parameters
    ----------
    texts
        As given.
    replications, most
        To begin with, and at most.

    Raises
    ------
    UsageError
        With every text that is not understood and every KPI that is not known.
    """
    from mining.kpis import DEFINITIONS
    from o2c_sim import Problem, UsageError
    from o2c_sim.errors import did_you_mean
    from scenarios.differences import MAIN
    from scenarios.stopping import LEAST_REPLICATIONS, Precision

    goals: dict[str, Precision] = {}
    problems = []
    if texts and most < max(replications, LEAST_REPLICATIONS):
        problems.append(
            Problem(
                f"--max-replications {most} with --precision",
                allowed=f"{LEAST_REPLICATIONS} or more, and no fewer than --replications",
            )
        )
    for text in texts:
        match = _GOAL.match(text)
        if match is None or float(match[2]) == 0 or not (match[1] or match[3]):
            problems.append(
                Problem(
                    f"--precision {text!r}",
                    allowed="KPI=WIDTH, KPI=PERCENT% or PERCENT%, above 0",
                    suggestion="'order_to_cash_mean_days=0.2' or '1%'",
                )
            )
            continue
        relative = bool(match[3])
        goal = Precision(float(match[2]) / (100 if relative else 1), relative=relative)
        for key in (match[1],) if match[1] else MAIN:
            if key not in DEFINITIONS:
                problems.append(
                    Problem(
                        f"--precision: unknown KPI {key!r}",
                        allowed="a key of docs/kpis.md",
                        suggestion=did_you_mean(key, DEFINITIONS),
                    )
                )
            goals[key] = goal
    if problems:
        raise UsageError(problems)
    return goals


def known_kpis(option: str, keys: Sequence[str]) -> list[str]:
    """Return the KPI keys of an option.

    Raises
    ------
    UsageError
        With every key that is not known.
    """
    from mining.kpis import DEFINITIONS
    from o2c_sim import Problem, UsageError
    from o2c_sim.errors import did_you_mean

    problems = [
        Problem(
            f"{option}: unknown KPI {key!r}",
            allowed="a key of docs/kpis.md",
            suggestion=did_you_mean(key, DEFINITIONS),
        )
        for key in keys
        if key not in DEFINITIONS
    ]
    if problems:
        raise UsageError(problems)
    return list(dict.fromkeys(keys))
