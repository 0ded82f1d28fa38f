"""Every value of every attribute tested against an outcome, and the findings held up to doubt."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mining.linked_objects import grouping
from mining.log_comparison.case_table import clusters_of
from mining.multiplicity import benjamini_hochberg
from mining.root_causes.attributes import Attribute, attributes_of
from mining.root_causes.cash import CaseValues, case_values, observed_days
from mining.root_causes.confounding import Adjustment, adjusted
from mining.root_causes.effects import Effect, effect
from mining.root_causes.outcomes import DAYS, SHARE, Outcome
from o2c_sim.errors import LogError, Problem, UsageError, did_you_mean
from o2c_sim.eventlog import EventLog

Integers = npt.NDArray[np.int64]
# An attribute that tells the outcome of so many cases is another word for it.
_RESTATES = 0.98
# With fewer clusters on a side their spread cannot be judged.
_FEW_CLUSTERS = 10
_DOUBTED = 30
# Whether an activity is done at all may be the outcome itself: fixing who does it would hide that.
_ALWAYS = 0.95
_NAMED_DOUBTS = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A value of an attribute that goes with the outcome.

    Parameters
    ----------
    attribute, value
        The attribute and its value.
    effect
        The outcome of the cases that have it beside the others.
    adjusted_p_value
        By Benjamini and Hochberg over all values tested.
    excess
        The difference over all cases that have the value: cases, or days.
    cash
        Currency units at stake: for shares the value of the excess cases, for days what the excess
        ties up on the average day of the log; NaN where cases have no value.
    clusters
        How many clusters its cases come from; its cases where there are none.
    doubts
        What becomes of it among cases alike in another attribute, the most damaging first.
    """

    attribute: str
    value: str
    effect: Effect
    adjusted_p_value: float
    excess: float
    cash: float
    clusters: int
    doubts: tuple[Adjustment, ...] = ()

    @property
    def explained_by(self) -> str:
        """The attribute that may account for all of it; empty where none does."""
        return next((doubt.attribute for doubt in self.doubts if doubt.explained), "")


@dataclass(frozen=True, slots=True)
class RootCauses:
    """What goes with an outcome.

    Parameters
    ----------
    outcome
        The outcome.
    cases
        Cases of which it is known.
    level
        Its mean.
    tested
        Values of attributes that were tested.
    attributes
        Names of the attributes.
    findings
        What was found at the rate of false discoveries, the largest excess first.
    value_attribute
        What the cash comes from; empty where cases have no value.
    notes
        What to know before reading the findings.
    """

    outcome: Outcome
    cases: int
    level: float
    tested: int
    attributes: tuple[str, ...]
    findings: tuple[Finding, ...]
    value_attribute: str
    notes: tuple[str, ...]


def find_causes(
    log: EventLog,
    case_type: str,
    outcome: Outcome,
    *,
    by: Sequence[str] = (),
    without: Collection[str] = (),
    value: str | None = None,
    cluster: str | None = None,
    min_cases: int = 30,
    false_discovery: float = 0.05,
    confidence: float = 0.95,
) -> RootCauses:
    """Test every attribute of the cases against an outcome.

    Parameters
    ----------
    log, case_type
        The log and what a case is.
    outcome
        See :func:`mining.root_causes.outcomes.outcome_of`.
    by
        Names of the attributes to test; all without it.
    without
        Names of attributes to leave out, such as those that are set by the outcome.
    value
        See :func:`mining.root_causes.cash.case_values`.
    cluster
        What hangs together, see :func:`mining.linked_objects.grouping`.
    min_cases
        Cases that must have a value, and must not, for it to be tested.
    false_discovery
        Expected share of false findings among all.
    confidence
        Of the intervals, which are those of each effect alone.

    Raises
    ------
    LogError
        If the outcome is known of no case.
    UsageError
        If an attribute does not exist.
    """
    outcome = _by_name(outcome, log)
    values = outcome.values
    if not values.size:
        raise LogError(
            Problem(f"the outcome ({outcome.meaning}) is known of no case", where=log.source)
        )
    constant = bool(values.min() == values.max())
    cases = outcome.cases["case"]
    everything = attributes_of(log, case_type, cases, activities=outcome.activities)
    _refuse_unknown([*by, *without], everything)
    left_out = {*without, *outcome.attributes}
    asked = [a for a in everything if a.name not in left_out and (not by or a.name in by)]
    single, on_doubles = _without_doubles(asked)
    attributes, notes = _kept(single, outcome)
    notes = [*on_doubles, *notes]
    clusters, on_clusters = _clusters(log, case_type, outcome, cluster)
    worth = case_values(log, case_type, cases, value)
    if constant:
        notes.append(f"The outcome is the same in all {values.size:,} cases: nothing to explain.")
    tested = [] if constant else attributes
    found = _tested(tested, outcome, clusters, min_cases, confidence)
    corrected = benjamini_hochberg([one[2].p_value for one in found])
    hits = [(*one, p) for one, p in zip(found, corrected, strict=True) if p <= false_discovery]
    days = observed_days(log)
    findings = [
        _finding(attribute, level, result, p, outcome, worth, days, clusters)
        for attribute, level, result, p in hits
    ]
    findings.sort(key=lambda f: (-f.excess, f.attribute, f.value))
    top = sorted(findings, key=lambda f: -abs(f.excess))[:_DOUBTED]
    named = {a.name: a for a in everything if a.name not in outcome.attributes and a in attributes}
    findings = [_doubted(f, named, outcome, confidence) if f in top else f for f in findings]
    return RootCauses(
        outcome=outcome,
        cases=values.size,
        level=float(values.mean()),
        tested=len(found),
        attributes=tuple(a.name for a in attributes),
        findings=tuple(findings),
        value_attribute=worth.attribute if worth is not None else "",
        notes=(*notes, *on_clusters),
    )


def _by_name(outcome: Outcome, log: EventLog) -> Outcome:
    """Return the outcome with its cases in the order of their names, whatever that of the rows."""
    names = log.objects.select("object_id", case="object")
    cases = outcome.cases.join(names, on="case").sort("object_id", "case")
    return replace(outcome, cases=cases.select("case", "value"))


def _refuse_unknown(names: Sequence[str], attributes: Sequence[Attribute]) -> None:
    known = [attribute.name for attribute in attributes]
    problems = [
        Problem(
            f"the cases have no attribute {name!r}",
            allowed=", ".join(known),
            suggestion=did_you_mean(name, known),
        )
        for name in names
        if name not in known
    ]
    if problems:
        raise UsageError(problems)


def _kept(attributes: list[Attribute], outcome: Outcome) -> tuple[list[Attribute], list[str]]:
    """Return the attributes that are not the outcome in other words, and a note on the others."""
    if outcome.unit != SHARE or outcome.values.min() == outcome.values.max():
        return attributes, []
    values = outcome.values
    kept, notes = [], []
    for attribute in attributes:
        known = attribute.codes >= 0
        sizes = np.bincount(attribute.codes[known], minlength=len(attribute.levels))
        hits = np.bincount(attribute.codes[known], values[known], minlength=len(attribute.levels))
        usual = max(float(hits.sum()), float((sizes - hits).sum())) / max(int(sizes.sum()), 1)
        right = float(np.maximum(hits, sizes - hits).sum()) / max(int(sizes.sum()), 1)
        few_levels = len(attribute.levels) <= 0.1 * values.size
        if few_levels and right >= _RESTATES and right > usual + (1 - usual) / 2:
            notes.append(
                f"{attribute.name} tells the outcome of {right:.1%} of the cases: another word "
                "for it, not a cause, and left out."
            )
        else:
            kept.append(attribute)
    return kept, notes


def _without_doubles(attributes: list[Attribute]) -> tuple[list[Attribute], list[str]]:
    """Return the attributes that part the cases anew, and a note on the others."""
    seen: dict[bytes, str] = {}
    kept, notes = [], []
    for attribute in attributes:
        _, first, code = np.unique(attribute.codes, return_index=True, return_inverse=True)
        key = first[code].tobytes()
        if key in seen:
            notes.append(f"{attribute.name} parts the cases exactly as {seen[key]} does; left out.")
        else:
            seen[key] = attribute.name
            kept.append(attribute)
    return kept, notes


def _clusters(
    log: EventLog, case_type: str, outcome: Outcome, cluster: str | None
) -> tuple[Integers | None, list[str]]:
    if cluster is None or grouping(log, case_type, cluster) is None:
        return None, [
            "Cases are taken to be independent; where they hang together (orders of one customer), "
            "intervals are too narrow and p-values too small."
        ]
    names = log.objects.select("object_id", case="object")
    named = outcome.cases.select("case").join(names, on="case", how="left", maintain_order="left")
    numbers = clusters_of(log, case_type, named, cluster)
    return numbers, [
        f"Cases of one {cluster.lower()} are taken to hang together, unless a value has them from "
        f"fewer than {_FEW_CLUSTERS}."
    ]


def _tested(
    attributes: list[Attribute],
    outcome: Outcome,
    clusters: Integers | None,
    min_cases: int,
    confidence: float,
) -> list[tuple[Attribute, int, Effect]]:
    found = []
    for attribute in attributes:
        known = attribute.codes >= 0
        codes, values = attribute.codes[known], outcome.values[known]
        groups = clusters[known] if clusters is not None else None
        sizes = np.bincount(codes, minlength=len(attribute.levels))
        # Of two values each is what the other is not: one test says both.
        levels = range(1 if (sizes > 0).sum() == 2 and len(sizes) == 2 else len(sizes))
        for level in levels:
            if min(sizes[level], codes.size - sizes[level]) < min_cases:
                continue
            exposed = codes == level
            together = groups if _many(groups, exposed) else None
            result = effect(values, exposed, outcome.unit, cluster=together, confidence=confidence)
            found.append((attribute, level, result))
    return [_upwards(*one, outcome, clusters, confidence) for one in found]


def _upwards(
    attribute: Attribute,
    level: int,
    result: Effect,
    outcome: Outcome,
    clusters: Integers | None,
    confidence: float,
) -> tuple[Attribute, int, Effect]:
    """Of an attribute with two values, speak of the one that has more of the outcome."""
    if len(attribute.levels) != 2 or result.difference >= 0:
        return attribute, level, result
    known = attribute.codes >= 0
    exposed = attribute.codes[known] == 1 - level
    groups = clusters[known] if clusters is not None else None
    together = groups if _many(groups, exposed) else None
    values = outcome.values[known]
    other = effect(values, exposed, outcome.unit, cluster=together, confidence=confidence)
    return attribute, 1 - level, other


def _many(groups: Integers | None, exposed: npt.NDArray[np.bool_]) -> bool:
    if groups is None:
        return False
    return all(np.unique(groups[side]).size >= _FEW_CLUSTERS for side in (exposed, ~exposed))


def _finding(
    attribute: Attribute,
    level: int,
    result: Effect,
    p_value: float,
    outcome: Outcome,
    worth: CaseValues | None,
    days: float,
    clusters: Integers | None,
) -> Finding:
    exposed = attribute.codes == level
    cash = math.nan
    if worth is not None:
        cash = result.difference * float(worth.values[exposed].sum())
        cash /= days if outcome.unit == DAYS else 1
    return Finding(
        attribute=attribute.name,
        value=attribute.levels[level],
        effect=result,
        adjusted_p_value=p_value,
        excess=result.difference * result.cases,
        cash=cash,
        clusters=int(np.unique(clusters[exposed]).size) if clusters is not None else result.cases,
    )


def _doubted(
    finding: Finding, attributes: dict[str, Attribute], outcome: Outcome, confidence: float
) -> Finding:
    """Return a finding with the attributes that take most of it away, or cannot be told apart."""
    own = attributes[finding.attribute]
    known = own.codes >= 0
    exposed = own.codes[known] == own.levels.index(finding.value)
    values = outcome.values[known]
    doubts = []
    for other in attributes.values():
        if other is own or (other.codes >= 0).mean() < _ALWAYS:
            continue
        fixed = Attribute(other.name, other.levels, other.codes[known])
        doubt = adjusted(values, exposed, fixed, outcome.unit, confidence)
        if not doubt.separable and _finer(own.codes[known], fixed.codes):
            # A value that sums up others (a region and its customers) is not in doubt by them.
            continue
        doubts.append(doubt)
    apart = sorted((d for d in doubts if d.separable), key=lambda d: (-d.gone, d.attribute))
    aliased = sorted((d for d in doubts if not d.separable), key=lambda d: d.comparable_share)
    said = (*apart[:_NAMED_DOUBTS], *aliased[:1])
    return Finding(
        finding.attribute,
        finding.value,
        finding.effect,
        finding.adjusted_p_value,
        finding.excess,
        finding.cash,
        finding.clusters,
        said,
    )


def _finer(own: Integers, other: Integers) -> bool:
    """Return whether the value of the other attribute tells that of the own."""
    pairs = np.unique(np.stack([other[other >= 0], own[other >= 0]]), axis=1)
    return bool(np.unique(pairs[0]).size == pairs.shape[1])
