"""Results of searches from their files: what a picture is made from, long after the search."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from o2c_sim import Problem, ScenarioError
from scenarios.decomposition import Contribution, Decomposition
from scenarios.estimate import Estimate
from scenarios.search.break_even import BreakEven
from scenarios.search.constrained import BestWithin, Passed, Setting
from scenarios.search.constraint import Constraint, read_constraints, shared_level
from scenarios.search.factor import Factor
from scenarios.search.line import Line
from scenarios.search.pareto import Candidate, Front
from scenarios.search.sensitivity import Importance, Index, Screening
from scenarios.search.target import read_target
from scenarios.search.tornado import Effect, TornadoBar
from scenarios.search.watch import Node

NAN = float("nan")
VERBS = ("decompose", "sensitivity", "optimise", "breakeven")
_POINT_KEYS = {"number", "standing", "dominated_by"}
_SUFFIXES = ("", "_low", "_high", "_change", "_change_low", "_change_high")
_DAMAGES = (KeyError, TypeError, ValueError, AttributeError, IndexError)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a file of a search holds; what its verb does not give is empty.

    Parameters
    ----------
    verb
        ``decompose``, ``sensitivity``, ``optimise`` or ``breakeven``.
    company, currency
        Name, and ISO code of its money.
    decompositions
        By response.
    bars
        KPI key to the bars of a tornado.
    screenings
        By Morris or Sobol, one a KPI.
    front
        Trade-offs; None without.
    within
        The best within limits; None without.
    break_evens
        One, or two where the search went on beyond the scenario.
    command
        What made it.
    """

    verb: str
    company: str
    currency: str
    decompositions: tuple[Decomposition, ...] = ()
    bars: Mapping[str, tuple[TornadoBar, ...]] = field(default_factory=dict)
    screenings: tuple[Screening, ...] = ()
    front: Front | None = None
    within: BestWithin | None = None
    break_evens: tuple[BreakEven, ...] = ()
    command: str = ""


def read_search(path: Path) -> SearchResult:
    """Read ``search.json`` of a search, or the folder that holds it.

    Standard deviations are not in the files of all searches; they are NaN then, and settings of
    a break-even are those of its answer only.

    Raises
    ------
    ScenarioError
        If it is no such file.
    """
    file = path / "search.json" if path.is_dir() else path
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        verb, result = document["command"], document["result"]
        if verb not in VERBS:
            raise ScenarioError(
                Problem(f"is the result of {verb}", where=str(file), allowed=", ".join(VERBS))
            )
        return _READERS[verb](result)
    except OSError as error:
        raise ScenarioError(
            Problem(f"cannot be read: {error.strerror}", where=str(file))
        ) from error
    except _DAMAGES as error:
        raise ScenarioError(
            Problem(
                f"is no result of a search ({type(error).__name__}: {str(error)[:120]})",
                where=str(file),
                allowed="search.json, as o2c decompose, sensitivity, optimise and breakeven write "
                "it with --output",
            )
        ) from error


def _head(result: Mapping[str, Any], verb: str) -> SearchResult:
    return SearchResult(
        verb,
        str(result["company"]),
        str(result["currency"]),
        command=str(result.get("command", "")),
    )


def _decompose(result: Mapping[str, Any]) -> SearchResult:
    found = tuple(
        Decomposition(
            one["response"],
            _estimate(one["before"]),
            _estimate(one["after"]),
            _estimate(one["change"]),
            tuple(
                Contribution(
                    part["part"],
                    tuple(part["settings"]),
                    *(_estimate(part[name]) for name in ("first_in", "last_out", "shapley")),
                )
                for part in one["contributions"]
            ),
            one["exact"],
            one["points"],
        )
        for one in result["decompositions"]
    )
    return replace(_head(result, "decompose"), decompositions=found)


def _sensitivity(result: Mapping[str, Any]) -> SearchResult:
    factors = {one["name"]: _factor(one) for one in result["factors"]}
    rows, method = result["effects"], result["method"]
    kpis = dict.fromkeys(row["kpi"] for row in rows)
    n, confidence = result["replications"], result["confidence"]
    if method != "tornado":
        screenings = tuple(
            Screening(
                method,
                kpi,
                tuple(
                    _importance(row, factors, method == "morris")
                    for row in rows
                    if row["kpi"] == kpi
                ),
                _number(result["noise_share"][kpi]),
                result["runs"] // n,
                n,
                confidence,
            )
            for kpi in kpis
        )
        return replace(_head(result, "sensitivity"), screenings=screenings)
    bars: dict[str, tuple[TornadoBar, ...]] = {}
    for kpi in kpis:
        own: dict[str, list[Mapping[str, Any]]] = {}
        for row in rows:
            if row["kpi"] == kpi:
                own.setdefault(row["factor"], []).append(row)
        bars[kpi] = tuple(
            TornadoBar(
                factors[name],
                tuple(
                    Effect(
                        _value(row["value"]),
                        Estimate(_number(row["mean"]), NAN, NAN, NAN, n, confidence),
                        _interval(row, "change", n, confidence),
                        _interval(row, "change_pct", n, confidence),
                    )
                    for row in effects
                ),
                _number(effects[0]["swing"]),
            )
            for name, effects in own.items()
        )
    return replace(_head(result, "sensitivity"), bars=bars)


def _optimise(result: Mapping[str, Any]) -> SearchResult:
    head = _head(result, "optimise")
    constraints = _constraints(result.get("constraints", []))
    if result["method"] == "pareto":
        return replace(head, front=_front(result, constraints))
    if not constraints:
        raise ValueError("a search for one best point without limits has nothing to draw")
    return replace(head, within=_within(result, constraints))


def _front(result: Mapping[str, Any], constraints: tuple[Constraint, ...]) -> Front:
    keys = (*result["minimise"], *result["maximise"])
    every = dict.fromkeys([*keys, *(one.kpi for one in constraints)])
    n, confidence = result["replications"], result["confidence"]
    named = {f"{key}{suffix}" for key in every for suffix in _SUFFIXES} | _POINT_KEYS
    limits = [f"limit_{number}_margin" for number in range(1, len(constraints) + 1)]
    named |= {f"{name}{end}" for name in limits for end in ("", "_low", "_high")}
    level = shared_level(len(result["points"]), len(constraints), confidence)
    candidates = tuple(
        Candidate(
            {name: value for name, value in row.items() if name not in named},
            {key: _interval(row, key, n, confidence) for key in every},
            {key: _interval(row, f"{key}_change", n, confidence) for key in every},
            row["standing"],
            -1 if row["dominated_by"] is None else row["dominated_by"] - 1,
            tuple(_interval(row, name, n, level) for name in limits),
        )
        for row in result["points"]
    )
    return Front(
        tuple(keys), candidates, result["searched"], n, result["runs"], confidence, constraints
    )


def _within(result: Mapping[str, Any], constraints: tuple[Constraint, ...]) -> BestWithin:
    keys = [*result["minimise"], *result["maximise"]]
    settings = tuple(
        Setting(
            one["settings"],
            one["verdict"],
            _estimate(one["aim"]),
            _estimate(one["change"]),
            tuple(_estimate(part) for part in one["limited"]),
            tuple(_estimate(part) for part in one["margins"]),
        )
        for one in result["settings"]
    )
    if any(len(one.margins) != len(constraints) for one in settings):
        raise ValueError("settings and limits do not fit together")
    passed = tuple(
        Passed(
            one["settings"],
            _number(one["aim"]),
            tuple(_number(value) for value in one["limited"]),
            one["replications"],
        )
        for one in result["passed"]
    )
    best = result["best_number"]
    return BestWithin(
        str(keys[0]),
        "large" if result["maximise"] else "small",
        constraints,
        settings,
        -1 if best is None else best - 1,
        passed,
        result["probability"],
        result["runs"],
        result["confidence"],
    )


def _constraints(rows: Any) -> tuple[Constraint, ...]:
    def of(sense: str) -> list[str]:
        return [f"{row['kpi']}={row['limit']}" for row in rows if row["sense"] == sense]

    return read_constraints(of("at most"), of("at least"))


def _break_even(result: Mapping[str, Any]) -> SearchResult:
    target = read_target(result["target"])
    found = []
    rows = list(result["places"])
    for number, one in enumerate(result["searches"]):
        confidence = one["confidence"]
        low, high = sorted((one["from"], one["to"]))
        # The end of the first search is the start of the second; each has its own row of it.
        own = {row["value"]: row for row in (rows if number else reversed(rows))}
        nodes = tuple(
            Node(
                row["value"],
                _interval(row, "", row["replications"], confidence),
                _interval(row, "change", row["replications"], confidence),
                _interval(row, "change_pct", row["replications"], confidence),
            )
            for row in sorted(own.values(), key=lambda row: float(row["value"]))
            if low <= row["value"] <= high
        )
        best = next(node for node in nodes if node.value == one["most"]["value"])
        point = one["settings"]
        found.append(
            BreakEven(
                line=Line(one["along"], one["unit"], one["from"], one["to"], False, lambda _: {}),
                target=target,
                response=result["kpi"],
                status=one["status"],
                value=_number(one["value"]),
                low=_number(one["low"]),
                high=_number(one["high"]),
                point=point,
                best=best,
                nodes=nodes,
                today=_estimate({**one["today"], "confidence": confidence}),
                jump=one["jump"],
                warnings=tuple(one["warnings"]),
                runs=one["runs"],
                replications=one["replications"],
                confidence=confidence,
            )
        )
    return replace(_head(result, "breakeven"), break_evens=tuple(found))


def _factor(one: Mapping[str, Any]) -> Factor:
    values = one["values"]
    numbers = len(values) == 2 and all(isinstance(v, int | float) for v in values)
    low, high = (float(v) for v in values) if numbers else (NAN, NAN)
    choices = () if numbers else tuple(values)
    return Factor(
        one["name"], low, high, False, choices, one["now"], str(one["label"]), str(one["unit"])
    )


def _importance(row: Mapping[str, Any], factors: Mapping[str, Factor], morris: bool) -> Importance:
    first, total = ("mu", "mu_star") if morris else ("first", "total")

    def index(name: str) -> Index:
        return Index(_number(row[name]), _number(row[f"{name}_half_width"]))

    return Importance(factors[row["factor"]], index(first), index(total), _number(row["sigma"]))


def _interval(row: Mapping[str, Any], name: str, n: int, confidence: float) -> Estimate:
    """Return the estimate of the columns *name* (or ``mean``), ``name_low`` and ``name_high``."""
    mean = _number(row[name or "mean"])
    low, high = (_number(row[f"{name}_{end}" if name else end]) for end in ("low", "high"))
    return Estimate(mean, low, high, NAN, n, confidence)


def _estimate(one: Mapping[str, Any]) -> Estimate:
    mean, low, high = (_number(one[name]) for name in ("mean", "low", "high"))
    return Estimate(
        mean,
        low,
        high,
        _number(one.get("standard_deviation")),
        one["replications"],
        one["confidence"],
    )


def _number(value: Any) -> float:
    return NAN if value is None else float(value)


def _value(text: str) -> Any:
    """Return a factor's value from the text it was written as."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() and "." not in text else number


_READERS = {
    "decompose": _decompose,
    "sensitivity": _sensitivity,
    "optimise": _optimise,
    "breakeven": _break_even,
}
