"""All that a log tells of a company: every estimator of this package is asked in turn."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import mining.calibration
from mining.calibration.estimate import Estimate, Source
from o2c_sim import ToolkitError

Estimator = Callable[[Source, int], tuple[Estimate, ...]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What all estimators found.

    Parameters
    ----------
    estimates
        One a path, that with the most observations.
    second
        Estimates of a path that another one, of more observations, stands before.
    failures
        Name of an estimator to why it found nothing.
    """

    estimates: tuple[Estimate, ...]
    second: tuple[Estimate, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()


def estimators() -> tuple[Estimator, ...]:
    """Return the estimators of all modules of this package that list some, by module name."""
    found: list[Estimator] = []
    for module in sorted(m.name for m in pkgutil.iter_modules(mining.calibration.__path__)):
        listed = getattr(importlib.import_module(f"mining.calibration.{module}"), "ESTIMATORS", ())
        found += listed
    return tuple(found)


def gather(
    source: Source,
    seed: int,
    asked: Sequence[Estimator] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Gathered:
    """Return what estimators find in a source.

    An estimator that fails costs what it would have found, not the others; the failure is told.

    Parameters
    ----------
    source
        The data.
    seed
        Of the bootstraps.
    asked
        The estimators; all of :func:`estimators` by default.
    progress
        Called with the number of estimators done, and of all.
    """
    asked = estimators() if asked is None else asked
    best: dict[str, Estimate] = {}
    second: list[Estimate] = []
    failures: list[tuple[str, str]] = []
    for number, estimator in enumerate(asked, 1):
        name = getattr(estimator, "__name__", "estimator").removeprefix("estimate_")
        try:
            found = estimator(source, seed)
        except ToolkitError as error:
            found = ()
            failures.append((name, error.problems[0].message))
        except Exception as error:
            # One fault must not cost the whole company; it is told.
            found = ()
            failures.append((name, f"{type(error).__name__}: {error}".splitlines()[0][:200]))
        for estimate in found:
            before = best.get(estimate.path)
            if before is None or estimate.sample > before.sample:
                best[estimate.path] = estimate
            if before is not None:
                second.append(min(before, estimate, key=lambda one: one.sample))
        progress(number, len(asked))
    return Gathered(tuple(best.values()), tuple(second), tuple(failures))
