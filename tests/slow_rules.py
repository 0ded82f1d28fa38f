"""The templates of compliance rules, judged one case at a time from their definitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mining.compliance.rule import Rule
from mining.compliance.rule import Template as T


@dataclass(frozen=True)
class Step:
    """One event of a case, in order."""

    event: int
    activity: str
    time: datetime
    person: str | None
    amount: float | None = None


@dataclass
class Found:
    """What a rule applies to in one case, in whatever form it is counted, and what breaks it."""

    applied: int = 0
    broken: int = 0
    pending: int = 0
    at_fault: list[int | None] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        """Start without faults."""
        self.at_fault = []


def weekdays_between(earlier: datetime, later: datetime) -> int:
    """Count the days from Monday to Friday after one day, up to another."""
    days = (later.date() - earlier.date()).days
    dates = (earlier.date() + timedelta(days=n) for n in range(1, days + 1))
    return sum(day.weekday() < 5 for day in dates)


def near(rule: Rule, one: datetime, two: datetime) -> bool:
    """Whether two moments are no further apart than the rule allows."""
    earlier, later = min(one, two), max(one, two)
    if rule.within is None:
        return True
    if rule.within.working_days is not None:
        return weekdays_between(earlier, later) <= rule.within.working_days
    return later - earlier <= timedelta(microseconds=rule.within.microseconds)


def pair(rule: Rule, one: Step, two: Step) -> bool:
    """Whether two events are in time of each other and by the right persons."""
    same = one.person is not None and one.person == two.person
    by = rule.person is None or (same if rule.person == "same" else not same)
    return by and near(rule, one.time, two.time)


def judge(rule: Rule, steps: Sequence[Step], end: datetime) -> Found:
    """Judge one case."""
    found = Found()

    def is_first(step: Step) -> bool:
        return step.activity in rule.activity and _meets(rule.where, step)

    def is_second(step: Step) -> bool:
        return step.activity in rule.then and _meets(rule.then_where, step)

    def verdict(step: Step, ok: bool, waits: bool = False) -> None:
        if not ok and waits:
            found.pending += 1
            return
        found.applied += 1
        if not ok:
            found.broken += 1
            found.at_fault.append(step.event)

    places = range(len(steps))
    open_still = [rule.within is not None and near(rule, s.time, end) for s in steps]
    if rule.template in (T.EXISTENCE, T.ABSENCE, T.EXACTLY):
        hits = [s for s in steps if is_first(s)]
        least, most = {
            T.EXISTENCE: (rule.times or 1, len(hits)),
            T.ABSENCE: (0, rule.times or 0),
            T.EXACTLY: (rule.times or 0, rule.times or 0),
        }[rule.template]
        found.applied, found.broken = 1, int(not least <= len(hits) <= most)
        if len(hits) < least:
            found.at_fault.append(None)
        found.at_fault += [s.event for s in hits[most:]]
    elif rule.template is T.INIT:
        verdict(steps[0], is_first(steps[0]))
    elif rule.template is T.END:
        verdict(steps[-1], is_first(steps[-1]))
    elif rule.template is T.NOT_WHILE:
        for i in places:
            if is_first(steps[i]):
                changes = [s for s in steps[:i] if s.activity in (*rule.after, *rule.until)]
                verdict(steps[i], not (changes and changes[-1].activity in rule.after))
    if rule.template in (T.RESPONSE, T.SUCCESSION):
        for i in places:
            if is_first(steps[i]):
                ok = any(is_second(s) and pair(rule, steps[i], s) for s in steps[i + 1 :])
                verdict(steps[i], ok, open_still[i])
    if rule.template in (T.PRECEDENCE, T.SUCCESSION):
        for i in places:
            if is_second(steps[i]):
                ok = any(is_first(s) and pair(rule, steps[i], s) for s in steps[:i])
                verdict(steps[i], ok)
    if rule.template in (T.RESPONDED_EXISTENCE, T.COEXISTENCE):
        for asks, answers in ((is_first, is_second), (is_second, is_first)):
            if asks is is_second and rule.template is T.RESPONDED_EXISTENCE:
                continue
            for i in places:
                if asks(steps[i]):
                    others = [*steps[:i], *steps[i + 1 :]]
                    ok = any(answers(s) and pair(rule, steps[i], s) for s in others)
                    verdict(steps[i], ok, open_still[i])
    if rule.template is T.NOT_COEXISTENCE:
        for i in places:
            if is_first(steps[i]):
                others = [*steps[:i], *steps[i + 1 :]]
                verdict(steps[i], not any(is_second(s) and pair(rule, steps[i], s) for s in others))
    if rule.template is T.NOT_SUCCESSION:
        for i in places:
            if is_first(steps[i]):
                later = steps[i + 1 :]
                verdict(steps[i], not any(is_second(s) and pair(rule, steps[i], s) for s in later))
    if rule.template in (T.CHAIN_RESPONSE, T.CHAIN_SUCCESSION, T.NOT_CHAIN_SUCCESSION):
        for i in places:
            if is_first(steps[i]):
                next_ones = steps[i + 1 : i + 2]
                beside = any(is_second(s) and pair(rule, steps[i], s) for s in next_ones)
                if rule.template is T.NOT_CHAIN_SUCCESSION:
                    verdict(steps[i], not beside)
                else:
                    verdict(steps[i], beside, open_still[i] and not next_ones)
    if rule.template in (T.CHAIN_PRECEDENCE, T.CHAIN_SUCCESSION):
        for i in places:
            if is_second(steps[i]):
                ok = i > 0 and is_first(steps[i - 1]) and pair(rule, steps[i], steps[i - 1])
                verdict(steps[i], ok)
    if rule.template in (T.ALTERNATE_RESPONSE, T.ALTERNATE_SUCCESSION):
        for i in places:
            if is_first(steps[i]):
                ok, again = False, False
                for s in steps[i + 1 :]:
                    ok = ok or (not again and is_second(s) and pair(rule, steps[i], s))
                    again = again or is_first(s)
                verdict(steps[i], ok, open_still[i] and not again)
    if rule.template in (T.ALTERNATE_PRECEDENCE, T.ALTERNATE_SUCCESSION):
        for i in places:
            if is_second(steps[i]):
                ok, again = False, False
                for s in reversed(steps[:i]):
                    ok = ok or (not again and is_first(s) and pair(rule, steps[i], s))
                    again = again or is_second(s)
                verdict(steps[i], ok)
    if rule.template is T.EACH:
        for s in steps:
            if is_first(s) and s.amount is not None:
                verdict(s, _meets(rule.must, s))
    return found


def _meets(conditions: dict[str, object], step: Step) -> bool:
    for name, condition in conditions.items():
        assert name == "amount"
        if step.amount is None or not step.amount > condition.above:  # type: ignore[attr-defined]
            return False
    return True
