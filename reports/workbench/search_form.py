"""The form that asks for the best settings: "make days small, while cost stays at or below"."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from o2c_sim.errors import Problem, ScenarioError, UsageError
from reports.workbench.experiment import MOST_RUNS

DEFAULT_RUNS = 120
FEWEST_RUNS = 60
# Eight points, the company as it is, and the runs that judge the last few of them.
FEWEST_BEST_RUNS = 80
DEFAULT_LIMIT = "cost_per_order"
# First in the lists to choose a KPI from: the days and the money that the mission asks for.
_FIRST_KPIS = ("order_to_cash_mean_days", "invoice_to_cash_mean_days", "cost_per_order")
_DAMAGES = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError)


@dataclass(frozen=True, slots=True)
class BestWish:
    """What a search for the best settings is asked.

    Parameters
    ----------
    kpis
        One, or two for their trade-offs.
    large
        Whether the first is to be large.
    limits
        Options that keep other KPIs within limits.
    runs
        At most.
    title
        The question in words.
    """

    kpis: tuple[str, ...]
    large: bool
    limits: tuple[str, ...]
    runs: int
    title: str


def read_best(
    fields: Mapping[str, str], today: Mapping[str, float]
) -> tuple[BestWish | None, dict[str, str]]:
    """Return what a form asks for, or what is wrong by field.

    Parameters
    ----------
    fields
        As sent.
    today
        KPI to its mean in the company as it is. A limit left at it, or left empty, is today's
        own in each replication.

    Raises
    ------
    UsageError
        If a KPI is not of the list, which no form sends.
    """
    kpis = tuple(dict.fromkeys(filter(None, (fields.get(f"kpi_{n}", "") for n in (1, 2)))))
    limited = fields.get("limit_kpi", "")
    known([*kpis, *filter(None, [limited])])
    problems: dict[str, str] = {}
    if not fields.get("kpi_1"):
        problems["kpi_1"] = "choose a KPI"
    runs = read_runs(fields, FEWEST_BEST_RUNS)
    if isinstance(runs, str):
        problems["best_runs"] = runs
    large = fields.get("aim") == "large"
    limits: tuple[str, ...] = ()
    words = f"{'Most' if large else 'Least'} {' and '.join(label(kpi) for kpi in kpis)}"
    if limited:
        option, text = _limit(fields, limited, today)
        try:
            words += f" with {_limit_words(option, text)}"
        except ScenarioError as error:
            problems["limit_value"] = _plain(error.problems[0])
        limits = (f"{option}={text}",)
    if problems or isinstance(runs, str):
        return None, problems
    return BestWish(kpis, large, limits, runs, words), {}


def read_runs(fields: Mapping[str, str], fewest: int = FEWEST_RUNS) -> int | str:
    """Return the number of runs that a form allows, or what is wrong with it."""
    text = fields.get("runs", "").strip() or str(DEFAULT_RUNS)
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        return f"{text[:40]!r} is not a whole number"
    if not fewest <= int(text) <= MOST_RUNS:
        return f"{text} is out of range; allowed: {fewest} to {MOST_RUNS:,}"
    return int(text)


def kpi_choices(today: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return the KPIs to choose from, those of the mission first, with today's value of each."""
    from mining.kpis import DEFINITIONS

    first = [key for key in _FIRST_KPIS if key in DEFINITIONS]
    keys = [*first, *(key for key in DEFINITIONS if key not in first)]
    return [
        {
            "key": key,
            "label": DEFINITIONS[key].label,
            "unit": DEFINITIONS[key].unit,
            "today": today_text(key, today),
        }
        for key in keys
    ]


def today_means(comparison: Path | None) -> dict[str, float]:
    """Return KPI to its mean in the company as it is, as a comparison's file has it."""
    if comparison is None:
        return {}
    try:
        return dict(_means(comparison, comparison.stat().st_mtime_ns))
    except _DAMAGES:
        return {}


def today_text(kpi: str, today: Mapping[str, float]) -> str:
    """Return today's mean as the form writes it, in the KPI's unit or percent; empty without."""
    from mining.kpis import DEFINITIONS

    value = today.get(kpi, math.nan)
    if not math.isfinite(value):
        return ""
    if DEFINITIONS[kpi].unit == "share":
        return f"{float(f'{100 * value:.4g}'):.15g} %"
    return f"{float(f'{value:.4g}'):.15g}"


def known(kpis: Sequence[str]) -> None:
    """Raise if a KPI is not of the list."""
    from mining.kpis import DEFINITIONS

    for kpi in kpis:
        if kpi not in DEFINITIONS:
            raise UsageError(Problem(f"there is no KPI {kpi[:80]!r}", suggestion="one of the list"))


def label(kpi: str) -> str:
    """Return a KPI's name for people."""
    from mining.kpis import DEFINITIONS

    return DEFINITIONS[kpi].label


def _limit(fields: Mapping[str, str], kpi: str, today: Mapping[str, float]) -> tuple[str, str]:
    """Return a limit as an option and its value."""
    option = "--at-least" if fields.get("limit_sense") == "at least" else "--at-most"
    value = fields.get("limit_value", "").strip()
    if not value or value == today_text(kpi, today):
        value = "today"
    return option, f"{kpi}={value}"


def _limit_words(option: str, text: str) -> str:
    from reports.limit_words import limit_words
    from scenarios.search.constraint import read_constraints

    above = option == "--at-least"
    (one,) = read_constraints([] if above else [text], [text] if above else [])
    return limit_words(one)


def _plain(problem: Problem) -> str:
    """Return what is wrong with a limit without the words of the command line."""
    said = problem.message.rpartition(": ")[2] if "no share" in problem.message else ""
    return said or "not a number in the unit of the figure; empty for today's, or today+2%"


@functools.lru_cache(maxsize=8)
def _means(comparison: Path, changed: int) -> Mapping[str, float]:
    document = json.loads(comparison.read_text(encoding="utf-8"))
    estimates = document["outcomes"][0]["estimates"]
    return {
        key: float(one["mean"]) for key, one in estimates.items() if one.get("mean") is not None
    }
