"""Run one replication of a company and return its log, its books and its people's work."""

from __future__ import annotations

import ctypes
import functools
import gc
import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import polars as pl

from o2c_sim._version import __version__
from o2c_sim.assembly import ROLE_TITLES, event_log
from o2c_sim.atomic import new_folder
from o2c_sim.change import ModelChange, expected_orders, in_force
from o2c_sim.costs import by_stage
from o2c_sim.engine import Streams
from o2c_sim.errors import ModelError, OpeningError, Problem
from o2c_sim.eventlog import EventLog
from o2c_sim.extension import Extension, blamed_on, load_extension
from o2c_sim.ledger import roll_forward
from o2c_sim.model.company import CompanyModel
from o2c_sim.model.loading import fingerprint
from o2c_sim.model.section import ROLES
from o2c_sim.opening import Opening, problems_of
from o2c_sim.process.closing import closing_state
from o2c_sim.process.company import Company
from o2c_sim.process.cycle import found, run

MAX_ORDERS = 20_000_000
# Orders of a run after which memory matters more than the time to get it back.
_LONG = 200_000


@dataclass(frozen=True, slots=True)
class Window:
    """What part of a run is measured, in whole days.

    Parameters
    ----------
    warm_up_days
        Dropped: the company starts empty. Longer than payment terms plus their tail, or the
        receivables have not settled (domain reference, section 2: at least 120 days).
    measured_days
        Orders received in these days, and the receivables of these days, are measured.
    cool_down_days
        The run goes on, orders keep coming, so that measured orders are paid.
    """

    warm_up_days: int = 150
    measured_days: int = 180
    cool_down_days: int = 120

    def __post_init__(self) -> None:
        """Refuse a window without measured days."""
        if self.measured_days < 1 or self.warm_up_days < 0 or self.cool_down_days < 0:
            raise ModelError(
                Problem(
                    f"a window of {self.warm_up_days}, {self.measured_days} and "
                    f"{self.cool_down_days} days",
                    allowed="at least 1 measured day, no negative warm-up or cool-down",
                )
            )

    @property
    def days(self) -> int:
        """Length of the whole run."""
        return self.warm_up_days + self.measured_days + self.cool_down_days


@dataclass(frozen=True, slots=True)
class SimulationRun:
    """What one replication gave.

    Parameters
    ----------
    log
        Object-centric event log of the whole run, warm-up included.
    postings
        The journal: see :meth:`o2c_sim.ledger.Ledger.postings`.
    receivables
        The roll-forward by local day: see :func:`o2c_sim.ledger.roll_forward`.
    costs
        The costs of the measured days by stage: see :func:`o2c_sim.costs.by_stage`.
    utilisation
        One row a role, for the measured days: ``role``, ``headcount`` (at their end), ``tasks``,
        ``busy_hours``, ``open_hours``, ``utilisation``, ``mean_wait_hours``,
        ``p90_wait_hours``, ``waiting_at_start``, ``waiting_at_end``.
    manifest
        What reproduces the run: model hash, seed, replication, window, versions, counts.
    warnings
        What limits the result, in words: saturated pools.
    closing
        The state in which it ended; None if it was not asked for.
    """

    log: EventLog
    postings: pl.DataFrame
    receivables: pl.DataFrame
    costs: pl.DataFrame
    utilisation: pl.DataFrame
    manifest: Mapping[str, Any]
    warnings: tuple[str, ...]
    closing: Opening | None = None

    def write(
        self, folder: Path | str, *, replace: bool = False, about: Mapping[str, Any] | None = None
    ) -> Path:
        """Write the run as Parquet tables and ``manifest.json``, whole or not at all.

        Parameters
        ----------
        folder
            Where to; the log's five tables go into ``log/``.
        replace
            Replace an existing folder.
        about
            Further entries of the manifest, such as the command line.

        Raises
        ------
        UsageError
            If *folder* exists and *replace* is false.
        """
        with new_folder(folder, replace=replace) as aside:
            self.write_tables(aside, about)
        return Path(folder)

    def write_tables(self, folder: Path, about: Mapping[str, Any] | None = None) -> None:
        """Write what :meth:`write` writes into a folder that exists."""
        self.log.write(folder / "log")
        self.postings.write_parquet(folder / "postings.parquet")
        self.receivables.write_parquet(folder / "receivables.parquet")
        self.costs.write_parquet(folder / "costs.parquet")
        self.utilisation.write_parquet(folder / "utilisation.parquet")
        manifest = {**self.manifest, "warnings": list(self.warnings), **(about or {})}
        text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
        (folder / "manifest.json").write_text(text, encoding="utf-8")


def simulate(
    model: CompanyModel,
    *,
    seed: int = 1,
    replication: int = 0,
    window: Window | None = None,
    extension: Extension | Path | str | None = None,
    opening: Opening | None = None,
    keep_closing: bool = False,
    changes: Sequence[ModelChange] = (),
    streams: Streams | None = None,
) -> SimulationRun:
    """Simulate one replication of a company.

    Parameters
    ----------
    model
        The company.
    seed
        Seed of the experiment; the same seed gives the same bytes.
    replication
        Number of the replication, from 0; replications are independent of one another, and the
        same replication of two models shares its random draws.
    window
        Warm-up, measured days and cool-down; the default is 150, 180 and 120 days.
    extension
        A user's own stages and policies, or the Python file that has them.
    opening
        The state on the first day, see :func:`o2c_sim.read_opening`; there is then no
        need of a warm-up, and the default window has none.
    keep_closing
        Whether the run keeps the state in which it ends.
    changes
        What the company becomes during the run, in order of the days; a change on day 0 or before
        holds from the start.
    streams
        The draws of the same seed and replication, from a run before this one: what that has drawn
        need not be drawn again. Not to be used by two runs at a time. The result is the same.

    Returns
    -------
    SimulationRun
        Log, ledger, utilisation and manifest.

    Raises
    ------
    ModelError
        If the model would make more than 20 million orders; if a change comes after the run, out
        of order, or changes what cannot change in a run.
    OpeningError
        If the state does not fit the model.
    ExtensionError
        If the extension cannot be used, or fails.
    ValueError
        If the draws are those of another seed or replication.
    """
    if streams is not None and (streams.seed, streams.replication) != (seed, replication):
        raise ValueError(
            f"draws of seed {streams.seed}, replication {streams.replication} for a run of seed "
            f"{seed}, replication {replication}"
        )
    window = window or (Window() if opening is None else Window(warm_up_days=0))
    model, changes = in_force(model, changes, window.days)
    if opening is not None and (problems := list(problems_of(opening, model))):
        raise OpeningError(problems)
    if extension is not None and not isinstance(extension, Extension):
        extension = load_extension(extension)
    expected = expected_orders(model, changes, window.days)
    if expected > MAX_ORDERS:
        raise ModelError(
            Problem(
                f"about {expected:,.0f} orders would be simulated",
                where="demand.orders_per_week",
                allowed=f"at most {MAX_ORDERS:,} a run",
                suggestion="fewer orders a week or a shorter window",
            )
        )
    # A company is one large cycle of references that holds together until its run has been written
    # down: looking for garbage before would only walk through all of it, again and again.
    with _without_garbage_collection():
        return _lived(
            model,
            changes,
            seed=seed,
            replication=replication,
            window=window,
            extension=extension,
            opening=opening,
            keep_closing=keep_closing,
            streams=streams,
            long=expected > _LONG,
        )


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _lived(
    model: CompanyModel,
    changes: tuple[ModelChange, ...],
    *,
    seed: int,
    replication: int,
    window: Window,
    extension: Extension | None,
    opening: Opening | None,
    keep_closing: bool,
    streams: Streams | None,
    long: bool,
) -> SimulationRun:
    """Found a company, let it live, and write down what happened."""
    company = found(model, seed, replication, extension, opening, changes, streams)
    with blamed_on(extension.path if extension else None):
        run(company, window.days)
    if long or streams is None:
        # What a run has drawn is not asked for again, and its log needs the room.
        company.streams.forget()
    if long:
        _return_freed_memory()
    closing = closing_state(company) if keep_closing else None
    log = event_log(company, f"simulated: {model.name}, seed {seed}, replication {replication}")
    if long:
        _return_freed_memory()
    postings = company.ledger.postings(company.clock)
    receivables = roll_forward(postings, 0, window.days, company.clock)
    utilisation = _utilisation(company, window)
    manifest = {
        "toolkit": __version__,
        "company": model.name,
        "currency": model.currency,
        "zone": model.zone,
        "start_date": model.start_date.isoformat(),
        "model_sha256": fingerprint(model),
        "seed": seed,
        "replication": replication,
        "warm_up_days": window.warm_up_days,
        "measured_days": window.measured_days,
        "cool_down_days": window.cool_down_days,
        "orders": company.documents.orders - company.documents.quotations_without_order,
        "events": log.events.height,
        "versions": versions(),
    }
    if extension is not None:
        manifest["extension"] = {"file": extension.path.name, "sha256": extension.sha256}
    if changes:
        manifest["changes"] = [
            {"day": change.day, "model_sha256": change.sha256} for change in changes
        ]
    if opening is not None:
        manifest["opening_sha256"] = opening.sha256
    done = SimulationRun(
        log=log,
        postings=postings,
        receivables=receivables,
        costs=by_stage(company, postings, receivables, window.warm_up_days, window.measured_days),
        utilisation=utilisation,
        manifest=manifest,
        warnings=saturation_warnings(utilisation),
        closing=closing,
    )
    company.dissolve()
    return done


def _return_freed_memory() -> None:
    # The C library keeps what is freed for itself, hundreds of megabytes after a long run, which
    # the tables of the log cannot use. Only some systems have this call.
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    return {
        "python": platform.python_version(),
        "o2c-toolkit": __version__,
        **{package: _version(package) for package in ("numpy", "polars", "scipy", "simpy")},
    }


@functools.cache
def _version(package: str) -> str:
    # Every run asks, and each answer is read from a file.
    return metadata.version(package)


def saturation_warnings(utilisation: pl.DataFrame) -> tuple[str, ...]:
    """Return a warning for each pool that cannot keep up.

    A pool is called saturated when it worked 97 % of its hours or more, or 85 % with a queue that
    grew over the measured days by more than 2 % of the tasks done in them and by more than 20.
    """
    found = []
    for row in utilisation.iter_rows(named=True):
        growth = row["waiting_at_end"] - row["waiting_at_start"]
        grew = growth > max(20, 0.02 * row["tasks"])
        if row["utilisation"] >= 0.97 or (row["utilisation"] >= 0.85 and grew):
            found.append(
                f"{row['role']} cannot keep up: {row['utilisation']:.0%} busy, queue "
                f"{row['waiting_at_start']} -> {row['waiting_at_end']}; averages that depend on it "
                "describe a growing backlog, not a steady state"
            )
    return tuple(found)


def _utilisation(company: Company, window: Window) -> pl.DataFrame:
    start = company.clock.midnight(window.warm_up_days)
    end = company.clock.midnight(window.warm_up_days + window.measured_days)
    return pl.DataFrame(
        [
            {
                "role": ROLE_TITLES[role],
                "headcount": company.pools[role].headcount_at(end),
                **company.pools[role].statistics(start, end)._asdict(),
            }
            for role in ROLES
        ]
    )
