"""What each template asks, judged for all events of all cases at once.

The templates are those of DECLARE over finite cases: what has not come by the end of a case has
not come. An event never answers to itself, and events of one moment are in the order in which
they were recorded.

References
----------
Pesic, van der Aalst, "A Declarative Approach for Flexible Business Processes Management",
BPM Workshops 2006. Di Ciccio, Mecella, "On the Discovery of Declarative Control Flows for Artful
Processes", ACM TMIS 5(4), 2015 (the templates and their activations).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mining.compliance.case_view import CaseView
from mining.compliance.nearest import NONE, Indices, Mask, nearest
from mining.compliance.rule import UNARY, Rule, Template


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule applies to, and what breaks it.

    Parameters
    ----------
    case
        Case of everything that the rule applies to: an event, or the case as a whole.
    broken
        Whether it breaks the rule.
    pending
        Whether the log ends before the time is up: neither broken nor met.
    fault_case, fault, other
        Case, row and other row of each pair at fault; -1 where there is no such row.
    """

    case: Indices
    broken: Mask
    pending: Mask
    fault_case: Indices
    fault: Indices
    other: Indices


@dataclass(frozen=True, slots=True)
class Marks:
    """The rows that count as each part of a rule."""

    activity: Mask
    then: Mask
    after: Mask
    until: Mask
    must: Mask
    judged: Mask


def judge(view: CaseView, rule: Rule, marks: Marks) -> Verdict:
    """Return what a rule applies to in a view, and what breaks it."""
    if rule.template in UNARY:
        return _whole_cases(view, rule, marks)
    if rule.template is Template.EACH:
        rows = np.flatnonzero(marks.activity & marks.judged)
        return _of_rows(view, rows, ~marks.must[rows])
    if rule.template is Template.NOT_WHILE:
        return _not_while(view, marks)
    first, second, parts = marks.activity, marks.then, _PARTS[rule.template]
    return _joined([part(view, rule, first, second) for part in parts])


def _whole_cases(view: CaseView, rule: Rule, marks: Marks) -> Verdict:
    cases = np.arange(view.cases)
    times = np.bincount(view.case[marks.activity], minlength=view.cases)
    least, most = {
        Template.EXISTENCE: (1 if rule.times is None else rule.times, None),
        Template.ABSENCE: (0, rule.times or 0),
        Template.EXACTLY: (rule.times, rule.times),
        Template.INIT: (None, None),
        Template.END: (None, None),
    }[rule.template]
    if least is None:
        edge = np.flatnonzero(view.first if rule.template is Template.INIT else view.last)
        return _of_rows(view, edge, ~marks.activity[edge])
    broken = times < least
    fault_case, fault = cases[broken], np.full(int(broken.sum()), NONE)
    if most is not None:
        rows = np.flatnonzero(marks.activity)
        owner = view.case[rows]
        # How many of the kind came before, in the same case.
        rank = np.arange(len(rows)) - np.searchsorted(owner, owner)
        surplus = rows[rank >= most]
        fault_case = np.concatenate((fault_case, view.case[surplus]))
        fault = np.concatenate((fault, surplus))
        broken = broken | (times > most)
    return Verdict(
        cases, broken, np.zeros(view.cases, bool), fault_case, fault, np.full(len(fault), NONE)
    )


def _not_while(view: CaseView, marks: Marks) -> Verdict:
    """Judge events that must not happen between what begins a state and what ends it."""
    change = marks.after | marks.until
    before = nearest(view.case, view.person, change, None, later=False)
    rows = np.flatnonzero(marks.activity)
    last = before[rows]
    # One event that ends and begins a state at once leaves it begun.
    return _of_rows(view, rows, (last != NONE) & marks.after[last], last)


def _later(view: CaseView, rule: Rule, first: Mask, second: Mask) -> Verdict:
    """Judge that every first is followed by a second."""
    return _answered(view, rule, first, second, later=True)


def _earlier(view: CaseView, rule: Rule, first: Mask, second: Mask) -> Verdict:
    """Judge that every second is preceded by a first."""
    return _answered(view, rule, second, first, later=False)


def _answered(view: CaseView, rule: Rule, asks: Mask, answers: Mask, *, later: bool) -> Verdict:
    rows = np.flatnonzero(asks)
    found = nearest(view.case, view.person, answers, rule.person, later=later)[rows]
    met = _in_time(view, rule, rows, found)
    return _of_rows(view, rows, ~met, pending=_still_time(view, rule, rows) if later else None)


def _either(view: CaseView, rule: Rule, asks: Mask, answers: Mask) -> Verdict:
    """Judge that every ask has an answer somewhere in its case."""
    rows = np.flatnonzero(asks)
    met = np.zeros(len(rows), dtype=bool)
    for later in (True, False):
        found = nearest(view.case, view.person, answers, rule.person, later=later)[rows]
        met |= _in_time(view, rule, rows, found)
    return _of_rows(view, rows, ~met, pending=_still_time(view, rule, rows))


def _either_back(view: CaseView, rule: Rule, first: Mask, second: Mask) -> Verdict:
    return _either(view, rule, second, first)


def _never_both(view: CaseView, rule: Rule, first: Mask, second: Mask) -> Verdict:
    """Judge that no first has a second anywhere in its case."""
    rows = np.flatnonzero(first)
    found = np.full(len(rows), NONE)
    for later in (False, True):
        match = nearest(view.case, view.person, second, rule.person, later=later)[rows]
        found = np.where(_in_time(view, rule, rows, match), match, found)
    return _of_rows(view, rows, found != NONE, found)


def _never_later(view: CaseView, rule: Rule, first: Mask, second: Mask) -> Verdict:
    rows = np.flatnonzero(first)
    found = nearest(view.case, view.person, second, rule.person, later=True)[rows]
    return _of_rows(view, rows, _in_time(view, rule, rows, found), found)


def _next(view: CaseView, rule: Rule, first: Mask, second: Mask) -> Verdict:
    """Judge that every first has a second right after it."""
    rows = np.flatnonzero(first)
    met = _beside(view, rule, rows, second, 1)
    pending = _still_time(view, rule, rows) & view.last[rows]
    return _of_rows(view, rows, ~met, pending=pending)


def _previous(view: CaseView, rule: Rule, first: Mask, second: Mask) -> Verdict:
    """Judge that every second has a first right before it."""
    rows = np.flatnonzero(second)
    return _of_rows(view, rows, ~_beside(view, rule, rows, first, -1))


def _never_next(view: CaseView, rule: Rule, first: Mask, second: Mask) -> Verdict:
    rows = np.flatnonzero(first)
    return _of_rows(view, rows, _beside(view, rule, rows, second, 1), rows + 1)


def _next_in_turn(view: CaseView, rule: Rule, first: Mask, second: Mask) -> Verdict:
    """Judge that every first is followed by a second before the next first."""
    rows = np.flatnonzero(first)
    found = nearest(view.case, view.person, second, rule.person, later=True)[rows]
    again = nearest(view.case, view.person, first, None, later=True)[rows]
    met = _in_time(view, rule, rows, found) & ((again == NONE) | (found <= again))
    pending = _still_time(view, rule, rows) & (again == NONE)
    return _of_rows(view, rows, ~met, pending=pending)


def _previous_in_turn(view: CaseView, rule: Rule, first: Mask, second: Mask) -> Verdict:
    """Judge that every second is preceded by a first after the previous second."""
    rows = np.flatnonzero(second)
    found = nearest(view.case, view.person, first, rule.person, later=False)[rows]
    again = nearest(view.case, view.person, second, None, later=False)[rows]
    met = _in_time(view, rule, rows, found) & ((again == NONE) | (found >= again))
    return _of_rows(view, rows, ~met)


_Part = Callable[[CaseView, Rule, Mask, Mask], Verdict]
_PARTS: dict[Template, tuple[_Part, ...]] = {
    Template.RESPONDED_EXISTENCE: (_either,),
    Template.COEXISTENCE: (_either, _either_back),
    Template.NOT_COEXISTENCE: (_never_both,),
    Template.RESPONSE: (_later,),
    Template.PRECEDENCE: (_earlier,),
    Template.SUCCESSION: (_later, _earlier),
    Template.NOT_SUCCESSION: (_never_later,),
    Template.CHAIN_RESPONSE: (_next,),
    Template.CHAIN_PRECEDENCE: (_previous,),
    Template.CHAIN_SUCCESSION: (_next, _previous),
    Template.NOT_CHAIN_SUCCESSION: (_never_next,),
    Template.ALTERNATE_RESPONSE: (_next_in_turn,),
    Template.ALTERNATE_PRECEDENCE: (_previous_in_turn,),
    Template.ALTERNATE_SUCCESSION: (_next_in_turn, _previous_in_turn),
}


def _in_time(view: CaseView, rule: Rule, rows: Indices, found: Indices) -> Mask:
    """Return which rows have another row, no further away than the rule allows."""
    there: Mask = found != NONE
    if rule.within is None or not there.any():
        return there
    met = np.zeros(len(rows), dtype=bool)
    first, last = np.minimum(rows, found)[there], np.maximum(rows, found)[there]
    met[there] = rule.within.holds(
        view.time[first], view.time[last], (view.day[first], view.day[last])
    )
    return met


def _still_time(view: CaseView, rule: Rule, rows: Indices) -> Mask:
    """Return after which rows the log ends before the time is up."""
    if rule.within is None:
        return np.zeros(len(rows), dtype=bool)
    end, last_day = (np.full(len(rows), moment) for moment in view.end)
    return rule.within.holds(view.time[rows], end, (view.day[rows], last_day))


def _beside(view: CaseView, rule: Rule, rows: Indices, wanted: Mask, step: int) -> Mask:
    beside = rows + step
    inside = (beside >= 0) & (beside < len(view.case))
    beside = np.where(inside, beside, rows)
    met = inside & wanted[beside] & (view.case[beside] == view.case[rows])
    if rule.person is not None:
        same = (view.person[rows] != NONE) & (view.person[rows] == view.person[beside])
        met &= same if rule.person == "same" else ~same
    return _in_time(view, rule, rows, np.where(met, beside, NONE))


def _of_rows(
    view: CaseView,
    rows: Indices,
    broken: Mask,
    other: Indices | None = None,
    *,
    pending: Mask | None = None,
) -> Verdict:
    waits = np.zeros(len(rows), dtype=bool) if pending is None else pending & broken
    broken = broken & ~waits
    fault = rows[broken]
    partner = np.full(len(fault), NONE) if other is None else other[broken]
    return Verdict(view.case[rows], broken, waits, view.case[fault], fault, partner)


def _joined(parts: list[Verdict]) -> Verdict:
    names = Verdict.__dataclass_fields__
    if len(parts) == 1:
        return parts[0]
    return Verdict(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})
