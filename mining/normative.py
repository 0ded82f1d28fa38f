"""The normative order-to-cash model and the check of a log, or a part of one, against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from mining.activity_names import (
    LINE_NAMES,
    REFERENCE,
    SET_REJECTION_REASON,
)
from mining.alignments import Alignment, Sequence, align, available_engine
from mining.conformance import Conformance, assess
from mining.discovery import Model
from mining.normative_net import CREDIT_EVENTS, Setting, build, is_until
from mining.reference_view import Grain, in_process_order, is_set_unseen, translate
from mining.rules import (
    BLOCKS,
    MILESTONES,
    ORDER_BLOCK,
    STAGES,
    rules,
)
from mining.variants import counted
from o2c_sim import vocabulary as v
from o2c_sim.errors import LogError, ModelError, Problem, UsageError, did_you_mean

_ENDINGS = {**MILESTONES, "cash": (v.CLEAR_INVOICE, v.WRITE_OFF_INVOICE)}
_CANCELLATIONS = (v.CANCEL_ORDER, SET_REJECTION_REASON)
# What is begun, and what brings it to an end: a case of several documents ends with the last.
_UNDER_WAY = (
    ((v.CREATE_DELIVERY,), (v.POST_GOODS_ISSUE,)),
    (
        (v.CREATE_INVOICE, v.RETURN_PAYMENT),
        (v.CLEAR_INVOICE, v.WRITE_OFF_INVOICE, v.CANCEL_INVOICE),
    ),
    ((v.AUTHORISE_RETURN,), (v.INSPECT_RETURN,)),
)


@dataclass(frozen=True, slots=True)
class NormativeCheck:
    """How a log agrees with the normative model.

    Parameters
    ----------
    all_cases
        The result over every case, those in progress included: what they still lack counts as
        missing.
    completed
        The result over the cases that reached the last covered stage, with nothing still under
        way, or were cancelled; None if there are none. Without a precision, which compares the
        model with the whole log.
    stages
        The stages that the log covers and the model was cut to.
    coverage
        What was checked, what was not and what was assumed, in a few sentences.
    names
        ``activity`` (of the log), ``reference`` (null where unmapped), ``events``, ``share`` (of
        events), ``doubt`` (why the mapping is a judgement; null where it is none).
    not_checked
        The rows of *names* that have no reference name and were left out of the check.
    model
        The model that was checked against.
    """

    all_cases: Conformance
    completed: Conformance | None
    stages: tuple[str, ...]
    coverage: str
    names: pl.DataFrame = field(repr=False)
    not_checked: pl.DataFrame = field(repr=False)
    model: Model = field(repr=False)


def model(
    covered: Collection[str] | None = None,
    *,
    preset: Collection[str] = (),
    credit_unseen: bool = False,
    lines: bool = False,
) -> Model:
    """Return the normative model, cut to what a log records.

    Parameters
    ----------
    covered
        Reference names that the log records; all if None. Stages after the last covered one are
        cut off. Earlier steps that are not recorded are taken to have happened unseen; optional
        ones are left out.
    preset
        Names of the blocks (see :data:`mining.rules.BLOCKS`) that may be set without an event.
    credit_unseen
        Credit blocks may be set without an event.
    lines
        The case is an order line, so that events of the order may precede its creation.

    Returns
    -------
    Model
        A Petri net built from :mod:`mining.rules`, with one start and one end.

    Raises
    ------
    UsageError
        If *covered* holds a name outside the reference vocabulary.
    ModelError
        If *covered* reaches no stage.
    """
    names = frozenset(REFERENCE if covered is None else covered)
    for name in sorted(names.difference(REFERENCE)):
        raise UsageError(
            Problem(
                f"{name!r} is not a reference activity", suggestion=did_you_mean(name, REFERENCE)
            )
        )
    stages = covered_stages(names)
    if not stages:
        raise ModelError(Problem("the normative model covers none of the activities given"))
    return build(names, Setting(stages, frozenset(preset), credit_unseen, lines))


def covered_stages(names: Iterable[str]) -> tuple[str, ...]:
    """Return the stages from the first to the last that has a milestone among *names*."""
    recorded = set(names)
    hit = [n for n, stage in enumerate(STAGES) if recorded.intersection(MILESTONES[stage])]
    return STAGES[hit[0] : hit[-1] + 1] if hit else ()


def check(
    cases: pl.DataFrame,
    names: Mapping[str, str] | None = None,
    *,
    lines: bool | None = None,
    grain: Grain = "instant",
    precision: bool = True,
    engine: str | None = None,
    case_name: str = "",
) -> NormativeCheck:
    """Check a log against the normative model, as far as the log goes.

    Parameters
    ----------
    cases
        A case view over orders or order lines, in any row order.
    names
        Mapping of the log's activity names to reference names, looked up before the shipped one.
    lines
        The case is an order line; None reads it from the name of the creating activity.
    grain
        ``instant``: events of one case and one instant are put in the order of the process, as a
        log does not know theirs. ``event``: the recorded order counts. ``day``: trust dates only,
        for logs with batch or day-end clocks; hides what goes wrong within a day.
    precision, engine
        As in :func:`mining.conformance.check`.
    case_name
        What a case is called in *coverage*; order or order line if empty.

    Returns
    -------
    NormativeCheck
        Deviations speak in reference names. A case is aligned with the runs that end as it does:
        only one that mentions a cancellation or rejection may end by one.

    Raises
    ------
    LogError
        If no activity has a reference name that marks a stage.
    UsageError
        If *names* leads to a name outside the reference vocabulary.
    """
    view, table = translate(cases, names)
    recorded = frozenset(table["reference"].drop_nulls())
    stages = covered_stages(recorded)
    if not stages:
        raise LogError(
            Problem(
                "no activity of the log is known to the reference vocabulary",
                allowed=", ".join(v.HAPPY_PATH),
                suggestion="pass a mapping of the log's activity names to these",
            )
        )
    view = in_process_order(view, grain)
    setting = Setting(
        stages,
        frozenset(b.name for b in BLOCKS if is_set_unseen(view, b.set_by, b.removed_by)),
        is_set_unseen(view, v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK),
        _is_line(table["activity"]) if lines is None else lines,
    )
    normative = build(recorded, setting)
    endings = frozenset((*_ENDINGS[stages[-1]], *_CANCELLATIONS))
    every = counted(view)
    ended = {s: count for s, count in every.items() if _has_ended(s, endings)}
    engine = engine or available_engine()
    results, shortest = _align(every, recorded, setting, engine)
    total = assess(every, results, shortest, normative, precision=precision, engine=engine)
    completed = (
        assess(ended, results, shortest, normative, precision=False, engine=engine)
        if ended
        else None
    )
    unmapped = table.filter(pl.col("reference").is_null())
    return NormativeCheck(
        all_cases=total,
        completed=completed,
        stages=stages,
        coverage=" ".join(
            (
                *_assumptions(setting, recorded, grain, case_name),
                f"{sum(ended.values()):,} of {total.cases:,} cases reached {stages[-1]} or were "
                "cancelled.",
                *_left_out(unmapped),
            )
        ),
        names=table,
        not_checked=unmapped,
        model=normative,
    )


def _has_ended(sequence: Sequence, endings: frozenset[str]) -> bool:
    """Return whether a case has an ending and nothing that was begun is still under way."""
    if endings.isdisjoint(sequence):
        return False
    if v.CLEAR_INVOICE not in endings:
        return True
    if v.CREATE_INVOICE in sequence and v.CREATE_INVOICE not in _after_last_issue(sequence):
        return False  # goods have left that are not billed yet
    done = Counter(sequence)
    return all(
        sum(done[name] for name in begun) <= sum(done[name] for name in over)
        for begun, over in _UNDER_WAY
    )


def _after_last_issue(sequence: Sequence) -> Sequence:
    backwards = sequence[::-1]
    issued = v.POST_GOODS_ISSUE in sequence
    return backwards[: backwards.index(v.POST_GOODS_ISSUE)] if issued else sequence


def _is_line(activities: pl.Series) -> bool:
    return any(str(name).strip().casefold() in LINE_NAMES for name in activities)


def _align(
    sequences: Iterable[Sequence], recorded: frozenset[str], setting: Setting, engine: str
) -> tuple[dict[Sequence, Alignment | None], dict[Sequence, int]]:
    """Align each sequence with the rules that concern it, and return its shortest run as well.

    A block that a case does not mention can only hold it up, so leaving it out changes no
    alignment and divides the markings to search. Ways to end an order early are left out too:
    an order in progress lacks its delivery, not its cancellation.
    """
    families = [*(block.activities for block in BLOCKS), CREDIT_EVENTS, {v.CANCEL_ORDER}]
    optional = frozenset(name for family in families for name in family)
    groups: dict[frozenset[str], list[Sequence]] = {}
    for sequence in sequences:
        present = optional.intersection(sequence)
        concerned = (family for family in families if not present.isdisjoint(family))
        kept = frozenset(name for family in concerned for name in family)
        groups.setdefault(recorded - (optional - kept), []).append(sequence)
    results: dict[Sequence, Alignment | None] = {}
    shortest: dict[Sequence, int] = {}
    for names, members in groups.items():
        part = build(names, setting)
        found = align([(), *members], part, engine=engine)
        empty = found[()]
        results.update((sequence, found[sequence]) for sequence in members)
        shortest.update((sequence, empty.cost if empty else 0) for sequence in members)
    return results, shortest


def _assumptions(
    setting: Setting, recorded: frozenset[str], grain: Grain, case_name: str
) -> list[str]:
    """Return what the check took for granted, one sentence each."""
    stages = setting.stages
    absent = "".join(f"; no {stage}" for stage in STAGES if stage not in stages)
    kind = case_name or ("order line" if setting.lines else "order")
    article = "an" if kind[0].lower() in "aeiou" else "a"
    span = f"{stages[0]} to {stages[-1]}" if len(stages) > 1 else stages[0]
    notes = [f"A case is {article} {kind}; {span}{absent}."]
    unseen = {
        rule.activity
        for rule in rules(BLOCKS, preset=frozenset(), credit_unseen=False, lines=False)
        if rule.required and is_until(rule.stage, stages[-1]) and rule.activity not in recorded
    }
    if ORDER_BLOCK.activities.isdisjoint(recorded):
        unseen.discard(v.CLARIFY_ORDER)
    listed = [name for name in v.ACTIVITIES if name in unseen]
    if listed:
        notes.append(f"Never recorded and taken as done: {', '.join(listed)}.")
    held = [block.name.replace("_", " ") for block in BLOCKS if block.name in setting.preset]
    held += ["credit block"] if setting.credit_unseen else []
    if held:
        notes.append(f"Removed without being set, so taken as set unseen: {', '.join(held)}.")
    if grain != "event":
        notes.append(f"Events of one {grain} are taken in the order of the process.")
    return notes


def _left_out(unmapped: pl.DataFrame) -> list[str]:
    if not unmapped.height:
        return []
    names = ", ".join(unmapped["activity"].to_list())
    return [f"Left out, {unmapped['share'].sum():.1%} of events: {names}."]
