"""Every template of the compliance rules equals a twin that goes case by case, and pm4py's."""

from __future__ import annotations

import datetime as dt
import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from real_logs import DISTRIBUTOR, pm4py_frame
from real_logs import _event_log as flat_log
from slow_rules import Step, judge

from mining.compliance import RuleFile, Template, check_rules
from mining.compliance.rule import BINARY, COUNTED
from mining.discovery import quiet_pm4py
from o2c_sim.eventlog import TIME, EventLog

START = dt.datetime(2025, 1, 3, 12)  # a Friday, so that working days and days differ
TIMED = BINARY
# (activity, hours since the step before, person, amount); no hours make ties.
STEPS = st.tuples(
    st.sampled_from("abcd"),
    st.sampled_from([0, 0, 1, 24, 60]),
    st.sampled_from([None, "p", "q", "r", "robot"]),
    st.sampled_from([None, 5.0, 50.0]),
)
CASES = st.lists(st.lists(STEPS, min_size=1, max_size=8), min_size=1, max_size=6)


def build(cases, shuffle=None):
    """Return a log of one object type and its cases as the twin reads them."""
    rows, event = [], 0
    for number, steps in enumerate(cases):
        time = START
        for activity, hours, person, amount in steps:
            time += dt.timedelta(hours=hours)
            rows.append((event, number, activity, time, person, amount))
            event += 1
    twin = [
        [Step(e, a, t, None if p == "robot" else p, m) for e, n, a, t, p, m in rows if n == number]
        for number in range(len(cases))
    ]
    if shuffle is not None:
        shuffle.shuffle(rows)
    events = pl.DataFrame(
        {
            "event": pl.Series([r[0] for r in rows], dtype=pl.UInt32),
            "activity": pl.Series([r[2] for r in rows], dtype=pl.Enum(list("abcd"))),
            "start": pl.Series([None] * len(rows), dtype=TIME),
            "time": pl.Series([r[3] for r in rows], dtype=TIME),
            "resource": pl.Series([r[4] for r in rows], dtype=pl.Enum(["p", "q", "r", "robot"])),
            "role": pl.Series([None] * len(rows), dtype=pl.Enum([])),
            "automated": pl.Series([r[4] == "robot" for r in rows], dtype=pl.Boolean),
            "amount": pl.Series([r[5] for r in rows], dtype=pl.Float64),
        }
    )
    objects = pl.DataFrame(
        {
            "object": pl.Series(range(len(cases)), dtype=pl.UInt32),
            "object_id": [f"O{n}" for n in range(len(cases))],
            "type": pl.Series(["order"] * len(cases), dtype=pl.Enum(["order"])),
        }
    )
    links = pl.DataFrame(
        {
            "event": pl.Series([r[0] for r in rows], dtype=pl.UInt32),
            "object": pl.Series([r[1] for r in rows], dtype=pl.UInt32),
            "qualifier": pl.Series(["order"] * len(rows), dtype=pl.Enum(["order"])),
        }
    )
    return EventLog(events, objects, links), twin


@st.composite
def rules(draw):
    """Draw a rule of any template with any of the keys that it knows."""
    template = draw(st.sampled_from(list(Template)))
    group = st.lists(st.sampled_from("abc"), min_size=1, max_size=2, unique=True)
    above = {"amount": {"above": 10}}
    found = {"title": "t", "case": "order", "template": template.value, "activity": draw(group)}
    if draw(st.booleans()):
        found["where"] = above
    if template in TIMED:
        found["then"] = draw(group)
        found["within"] = draw(st.sampled_from([None, "1 hour", "2.5 days", "2 working days"]))
        found["person"] = draw(st.sampled_from([None, "same", "different"]))
        if draw(st.booleans()):
            found["then_where"] = above
    elif template in COUNTED:
        found["times"] = draw(st.integers(1, 3))
    elif template is Template.NOT_WHILE:
        found["after"], found["until"] = draw(group), draw(st.one_of(st.just([]), group))
    elif template is Template.EACH:
        found["must"] = above
    return found


@pytest.mark.slow
@given(CASES, rules(), st.randoms(use_true_random=False))
@settings(max_examples=600)
def test_a_template_equals_its_definition(cases, rule, shuffle) -> None:
    """What it applies to, what is broken or pending and the events at fault, with ties."""
    # A case with all that a rule may need, so that no rule is left unchecked.
    full = [(a, 0, "p", 50.0) for a in "abcd"]
    log, twin = build([*cases, full], shuffle)
    file = RuleFile.model_validate({"rules": {"r": rule}})
    result = check_rules(log, file)[0]
    assert result.checked
    end = max(step.time for steps in twin for step in steps)
    found = [judge(file.rules["r"], steps, end) for steps in twin]
    assert result.applied == sum(f.applied for f in found)
    assert result.broken == sum(f.broken for f in found)
    assert result.pending == sum(f.pending for f in found)
    assert list(result.broken_cases) == [n for n, f in enumerate(found) if f.broken]
    assert list(result.applicable_cases) == [n for n, f in enumerate(found) if f.applied]
    expected = {(n, event) for n, f in enumerate(found) for event in f.at_fault}
    assert set(result.faults.select("case", "event").rows()) == expected


@given(CASES, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_shuffled_rows_change_nothing(cases, shuffle) -> None:
    """Events of one moment keep the order in which they were recorded."""
    rule = {"title": "t", "case": "order", "template": "chain_response",
            "activity": "a", "then": "b"}  # fmt: skip
    file = RuleFile.model_validate({"rules": {"r": rule}, "recorded": ["a", "b"]})
    one, two = (check_rules(build(cases, s)[0], file)[0] for s in (None, shuffle))
    assert one.faults.equals(two.faults)


PM4PY = {
    "existence": "existence", "absence": "absence", "exactly": "exactly_one", "init": "init",
    "responded_existence": "responded_existence", "coexistence": "coexistence",
    "not_coexistence": "noncoexistence", "response": "response", "precedence": "precedence",
    "succession": "succession",
    "chain_response": "chainresponse", "chain_precedence": "chainprecedence",
    "chain_succession": "chainsuccession",
    "alternate_response": "altresponse", "alternate_precedence": "altprecedence",
    "alternate_succession": "altsuccession",
}  # fmt: skip


def pm4py_says(frame, pm4py, first, second, template):
    """Return the names of the cases that break a rule of pm4py's."""
    pairs = first if template in ("existence", "absence", "exactly", "init") else (first, second)
    found = pm4py.conformance_declare(
        frame, {PM4PY[template]: {pairs: {"support": 1, "confidence": 1.0}}}
    )
    names = frame["case:concept:name"].drop_duplicates().to_list()
    return {
        name
        for name, result in zip(names, found, strict=True)
        if any(d[0] == PM4PY[template] for d in result["deviations"])
    }


@pytest.mark.parametrize("template", PM4PY)
def test_a_template_equals_pm4py(template) -> None:
    """The cases that break it, on random cases without ties."""
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pm4py")
    source = random.Random(3)
    cases = [
        [(source.choice("abcd"), 1, None, None) for _ in range(source.randint(1, 7))]
        for _ in range(150)
    ]
    log, twin = build(cases)
    rows = [(f"O{n:03}", s.activity, s.time) for n, steps in enumerate(twin) for s in steps]
    frame = pandas.DataFrame(rows, columns=["case", "activity", "time"])
    with quiet_pm4py() as pm4py:
        frame = pm4py.format_dataframe(
            frame, case_id="case", activity_key="activity", timestamp_key="time"
        )
        expected = pm4py_says(frame, pm4py, "a", "b", template)
    rule = {"title": "t", "case": "order", "template": template, "activity": "a"}
    rule |= {"times": 1} if template == "exactly" else {}
    rule |= {} if template in ("existence", "absence", "exactly", "init") else {"then": "b"}
    result = check_rules(log, RuleFile.model_validate({"rules": {"r": rule}}))[0]
    assert 0 < len(result.broken_cases) < 150
    assert {f"O{n:03}" for n in result.broken_cases} == expected


def test_never_after_is_stricter_than_pm4py() -> None:
    """pm4py forbids that the whole succession holds; here no `then` may ever come after.

    a b a: pm4py has it kept, as the last a has no b after it.
    """
    log, _ = build([[(name, 1, None, None) for name in word] for word in ("aba", "ba", "ab")])
    rule = {"title": "t", "case": "order", "template": "not_succession",
            "activity": "a", "then": "b"}  # fmt: skip
    (result,) = check_rules(log, RuleFile.model_validate({"rules": {"r": rule}}))
    assert list(result.broken_cases) == [0, 2]


@pytest.mark.parametrize("template", ["precedence", "chain_response", "alternate_precedence"])
def test_a_real_log_equals_pm4py(template) -> None:
    """The distributor's log, with its ties in the order of its rows."""
    pm4py, frame = pm4py_frame(DISTRIBUTOR)
    first, second = "Goods Issue", "Create Invoice"
    expected = len(pm4py_says(frame, pm4py, first, second, template))
    rule = {"title": "t", "case": "order_line", "template": template,
            "activity": first, "then": second}  # fmt: skip
    log = flat_log(DISTRIBUTOR)
    (result,) = check_rules(log, RuleFile.model_validate({"rules": {"r": rule}}))
    assert len(result.broken_cases) == expected > 0
