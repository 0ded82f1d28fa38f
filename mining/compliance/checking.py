"""Check a log against rules: what each applies to, who breaks it, and what cannot be checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from mining.activity_names import REFERENCE, reference_names
from mining.compliance.case_view import CaseView, case_view
from mining.compliance.conditions import known, lacking, meets
from mining.compliance.nearest import Indices, Mask
from mining.compliance.rule import Rule, RuleFile
from mining.compliance.templates import Marks, Verdict, judge
from o2c_sim.errors import did_you_mean
from o2c_sim.eventlog import TIME, EventLog

FAULTS = pl.Schema(
    {
        "case": pl.Int64(),
        "object_id": pl.String(),
        "event": pl.UInt32(),
        "activity": pl.String(),
        "time": TIME,
        "resource": pl.String(),
        "other_event": pl.UInt32(),
        "other_activity": pl.String(),
        "other_time": TIME,
    }
)
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule found.

    Parameters
    ----------
    name, rule
        The rule.
    checked
        Whether the log holds what the rule needs; if not, *notes* say what it lacks and every
        count is 0, which does not mean that the rule is kept.
    case_type
        The object type that served as the case; empty where not checked.
    cases
        Cases of that type with an event.
    applicable_cases, broken_cases
        Object numbers, ascending: of the cases that the rule applies to, and that break it.
    applied, broken, pending
        Events (for a template about whole cases: cases) that the rule applies to, that break it,
        and whose time is not up when the log ends; those are not among *applied*.
    faults
        The events at fault: ``case`` (object number), ``object_id``, ``event``, ``activity``,
        ``time``, ``resource``, and ``other_event``, ``other_activity``, ``other_time`` of the
        event that it must not stand beside. An event is null where what is at fault is that
        there is none.
    notes
        What the log lacks, or what to keep in mind.
    """

    name: str
    rule: Rule
    checked: bool
    case_type: str = ""
    cases: int = 0
    applicable_cases: Indices = field(default_factory=lambda: np.empty(0, np.int64), repr=False)
    broken_cases: Indices = field(default_factory=lambda: np.empty(0, np.int64), repr=False)
    applied: int = 0
    broken: int = 0
    pending: int = 0
    faults: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FAULTS), repr=False)
    notes: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Share of what the rule applies to that breaks it (0 to 1); 0 if it applies to nothing."""
        return self.broken / self.applied if self.applied else 0.0

    @property
    def passed(self) -> bool:
        """Whether the rule is checked and kept, within the share that it tolerates."""
        return self.checked and self.share <= self.rule.limit

    @property
    def examples(self) -> list[str]:
        """Names of the first cases that break the rule."""
        return self.faults["object_id"].unique(maintain_order=True).head(EXAMPLES).to_list()


def check_rules(
    log: EventLog,
    rules: RuleFile,
    *,
    case_type: str | None = None,
    names: Mapping[str, str] | None = None,
    recorded: Collection[str] = (),
) -> list[RuleResult]:
    """Check a log against rules.

    Parameters
    ----------
    log
        The log, its rows in any order.
    rules
        The rules.
    case_type
        Object type that stands in for the case of a rule where the log has none of those that
        the rule names; the only one of the log if None and there is one only.
    names
        Mapping of the log's activity names to reference names, before that of the rules.
    recorded
        Activities that the log records even if none happened, further to those of the rules.

    Returns
    -------
    list of RuleResult
        In the order of the rules.
    """
    if case_type is None and len(log.object_types) == 1:
        case_type = log.object_types[0]
    setting = _Setting(
        log,
        rules.system_users,
        case_type,
        _own_names(log, {**rules.names, **(names or {})}),
        frozenset(name.casefold() for name in (*rules.recorded, *recorded)),
    )
    return [_check(setting, name, rule) for name, rule in rules.ready.items()]


def faults(results: Collection[RuleResult]) -> pl.DataFrame:
    """Return the events at fault of all rules, preceded by ``rule`` (its name) and ``severity``."""
    tables = [
        r.faults.select(
            pl.lit(r.name).alias("rule"), pl.lit(str(r.rule.severity)).alias("severity"), pl.all()
        )
        for r in results
    ]
    schema = pl.Schema({"rule": pl.String(), "severity": pl.String(), **FAULTS})
    return pl.concat([pl.DataFrame(schema=schema), *tables])


@dataclass(frozen=True, slots=True)
class _Setting:
    """What all rules share; views are made once."""

    log: EventLog
    system_users: tuple[str, ...]
    case_type: str | None
    own: dict[str, set[str]]
    recorded: frozenset[str]
    views: dict[str, CaseView] = field(default_factory=dict)

    def view(self, object_type: str) -> CaseView:
        if object_type not in self.views:
            self.views[object_type] = case_view(self.log, object_type, self.system_users)
        return self.views[object_type]

    def named(self, activities: tuple[str, ...]) -> set[str]:
        """Return the log's own names of activities."""
        return {own for a in activities for own in self.own.get(a.strip().casefold(), ())}

    def happens(self, activities: tuple[str, ...], object_type: str) -> bool:
        """Return whether any of these activities happens to objects of a type."""
        return not self.named(activities).isdisjoint(self.view(object_type).names)

    def absent(self, activities: tuple[str, ...], object_type: str) -> bool:
        """Return whether the log does not record any of these activities for a type."""
        recorded = any(a.strip().casefold() in self.recorded for a in activities)
        return not recorded and not self.happens(activities, object_type)


def _own_names(log: EventLog, names: Mapping[str, str]) -> dict[str, set[str]]:
    own: dict[str, set[str]] = {}
    for name, reference in reference_names(log.activities, names).items():
        for known_as in {name.strip().casefold(), (reference or name).strip().casefold()}:
            own.setdefault(known_as, set()).add(name)
    return own


def _check(setting: _Setting, name: str, rule: Rule) -> RuleResult:
    view, reasons = _view_of(setting, rule)
    if view is None:
        return RuleResult(name, rule, checked=False, notes=tuple(reasons))
    marked = {part: view.is_one_of(setting.named(getattr(rule, part))) for part in
              ("activity", "then", "after", "until")}  # fmt: skip
    reasons = _gaps(setting, rule, view, marked)
    if reasons:
        return RuleResult(name, rule, checked=False, notes=tuple(reasons))
    notes = _notes(rule, view, marked)
    if rule.cases:
        about = setting.log.objects_of(view.object_type)
        chosen = about.filter(pl.Series(meets(about, rule.cases), dtype=pl.Boolean))["object"]
        dropped = ~np.isin(view.objects, chosen.to_numpy())[view.case]
        marked = {part: mask[~dropped] for part, mask in marked.items()}
        view = view.without(dropped)
    activity, then = marked["activity"], marked["then"]
    everything = np.ones(len(view.case), dtype=bool)
    marks = Marks(
        activity & meets(view.rows, rule.where) if rule.where else activity,
        then & meets(view.rows, rule.then_where) if rule.then_where else then,
        marked["after"],
        marked["until"],
        meets(view.rows, rule.must) if rule.must else everything,
        known(view.rows, rule.must) if rule.must else everything,
    )
    return _result(setting.log, name, rule, view, judge(view, rule, marks), notes)


def _view_of(setting: _Setting, rule: Rule) -> tuple[CaseView | None, list[str]]:
    """Return the case view that a rule is checked on, or why there is none."""
    types = [t for t in rule.case if t in setting.log.object_types]
    if not types and setting.case_type is not None:
        types = [setting.case_type]
    if not types:
        return None, [f"the log has no objects of type {' or '.join(rule.case)}"]
    lacking_of = {t: [g for g in rule.groups if setting.absent(g, t)] for t in types}
    complete = [t for t in types if not lacking_of[t]]
    if not complete:
        nearest_type = min(types, key=lambda t: len(lacking_of[t]))
        return None, [
            f"no {nearest_type} has {_words(group)}{_hint(group, setting.log)}"
            for group in lacking_of[nearest_type]
        ]
    # Activities that are recorded but never happened say nothing about whose they are.
    happened = [t for t in complete if all(setting.happens(g, t) for g in rule.groups)]
    return setting.view((happened or complete)[0]), []


def _hint(group: tuple[str, ...], log: EventLog) -> str:
    """Return a better spelling for a name that neither log nor vocabulary knows."""
    unknown = [name for name in group if name not in REFERENCE]
    found = did_you_mean(unknown[0], (*log.activities, *REFERENCE)) if unknown else ""
    return f" ({found})" if found else ""


def _gaps(setting: _Setting, rule: Rule, view: CaseView, marked: Mapping[str, Mask]) -> list[str]:
    """Return what attributes the log lacks for a rule."""
    reasons = []
    for part, conditions in (
        ("activity", rule.where), ("then", rule.then_where), ("activity", rule.must),
    ):  # fmt: skip
        if conditions and marked[part].any():
            rows = view.rows.filter(pl.Series(marked[part]))
            reasons += lacking(rows, conditions, f"events {_words(getattr(rule, part))}")
    if rule.cases:
        about = setting.log.objects_of(view.object_type)
        reasons += lacking(about, rule.cases, f"objects of type {view.object_type}")
    if rule.person is not None:
        for part in ("activity", "then"):
            rows = view.rows.filter(pl.Series(marked[part]))
            nobody = rows["resource"].is_null() & ~rows["automated"].fill_null(value=False)
            if rows.height and nobody.all():
                reasons.append(f"no event {_words(getattr(rule, part))} says who did it")
    return reasons


def _notes(rule: Rule, view: CaseView, marked: Mapping[str, Mask]) -> tuple[str, ...]:
    if rule.person is None:
        return ()
    rows = view.rows.filter(pl.Series(marked["activity"] | marked["then"]))
    if rows.height and rows["automated"].null_count() == rows.height:
        return (
            "the log does not say which users are programs, so a program counts as a person "
            "unless it is named under system_users",
        )
    return ()


def _words(names: tuple[str, ...]) -> str:
    return " or ".join(map(repr, names))


def _result(
    log: EventLog, name: str, rule: Rule, view: CaseView, verdict: Verdict, notes: tuple[str, ...]
) -> RuleResult:
    decided = ~verdict.pending
    return RuleResult(
        name,
        rule,
        checked=True,
        case_type=view.object_type,
        cases=view.cases,
        applicable_cases=view.objects[np.unique(verdict.case[decided])],
        broken_cases=view.objects[np.unique(verdict.case[verdict.broken])],
        applied=int(decided.sum()),
        broken=int(verdict.broken.sum()),
        pending=int(verdict.pending.sum()),
        faults=_fault_table(log, view, verdict),
        notes=notes,
    )


def _fault_table(log: EventLog, view: CaseView, verdict: Verdict) -> pl.DataFrame:
    order = np.lexsort((verdict.other, verdict.fault, verdict.fault_case))
    ids = pl.DataFrame({"case": view.objects[verdict.fault_case[order]]}).join(
        log.objects.select(pl.col("object").cast(pl.Int64).alias("case"), "object_id"),
        on="case",
        how="left",
        maintain_order="left",
    )
    about = view.rows.select(
        "event", pl.col("activity").cast(pl.String), "time", pl.col("resource").cast(pl.String)
    )
    rows = (_picked(about, verdict.fault[order]), _picked(about, verdict.other[order]))
    other = rows[1].drop("resource").rename(lambda column: f"other_{column}")
    return pl.concat([ids, rows[0], other], how="horizontal").unique(maintain_order=True)


def _picked(table: pl.DataFrame, rows: Indices) -> pl.DataFrame:
    """Return rows by number; a negative number gives a row of nulls."""
    numbers = pl.Series(rows, dtype=pl.Int64)
    wanted = numbers.set(numbers < 0, None).cast(pl.UInt32)
    return table.select(pl.all().gather(wanted))
