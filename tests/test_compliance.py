"""Compliance rules: injected breaches are found, a clean log has none, gaps are said."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hand_log import build
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.compliance import (
    Rule,
    RuleFile,
    Template,
    check_rules,
    faults,
    load_rules,
    shipped_rules,
)
from mining.object_events import ObjectEvents
from o2c_sim import EventLog, UsageError
from o2c_sim import vocabulary as v

# What the reference company's own policies bring about; everything else is kept.
POLICY = {"dunning_of_paid_invoice", "manual_credit_release"}


def found(log, name, rules=None):
    """Return the objects that break a rule, a shipped one by default."""
    file = rules or shipped_rules()
    only = file.model_copy(update={"rules": {name: file.rules[name]}})
    (result,) = check_rules(log, only, recorded=v.ACTIVITIES)
    assert result.checked
    return set(result.broken_cases.tolist())


def one_rule(**rule):
    """Return a file with one rule."""
    return RuleFile.model_validate({"rules": {"r": {"title": "t", "case": "order", **rule}}})


def alone(log: EventLog, kind: str, *activities: str) -> pl.DataFrame:
    """Return objects with exactly one event of each activity, which is of no other such object.

    Columns are ``object`` and the activities, with the event's number.
    """
    events = log.events.select("event", pl.col("activity").cast(pl.String))
    cases = log.objects.filter(pl.col("type") == kind).select("object")
    pairs = log.event_objects.select("event", "object").join(cases, on="object").join(
        events, on="event"
    )  # fmt: skip
    pairs = pairs.filter(pl.col("activity").is_in(list(activities)))
    single = pairs.filter(
        (pl.len().over("event") == 1) & (pl.len().over("object", "activity") == 1)
    )
    table = single.pivot("activity", index="object", values="event").drop_nulls().sort("object")
    # An object one of whose events was shared has another beside it.
    several = pairs.group_by("object").len().filter(pl.col("len") > len(activities))
    return table.join(several, on="object", how="anti")


@pytest.fixture(scope="module")
def clean(run) -> EventLog:
    """Return a simulated log."""
    return run.log


def test_a_clean_simulated_log_breaks_no_rule(clean) -> None:
    """All that can be checked is kept, but for what the company's own policies bring about."""
    results = check_rules(clean, shipped_rules(), recorded=v.ACTIVITIES)
    checked = [r for r in results if r.checked]
    assert {r.name for r in checked if not r.passed} <= POLICY
    assert len(checked) >= 18
    assert all(r.broken == 0 for r in checked if r.name not in POLICY)


def test_reminders_of_paid_invoices_show_the_payment(clean) -> None:
    """What the company's own policies bring about is found with both events as evidence."""
    result = {r.name: r for r in check_rules(clean, shipped_rules())}["dunning_of_paid_invoice"]
    events = ObjectEvents.of(clean)
    dunned = events.of_activities("invoice", [v.SEND_DUNNING_LEVEL_1])
    assert set(result.broken_cases) <= set(result.applicable_cases)
    assert set(dunned["case"]) <= set(result.applicable_cases)
    assert result.faults["other_activity"].unique().to_list() == [v.RECEIVE_PAYMENT]
    assert (result.faults["other_time"] <= result.faults["time"]).all()


@given(st.data())
@settings(max_examples=4)
def test_the_wrong_person(clean, data) -> None:
    """Who entered the order releases it: exactly these orders."""
    by_person = clean.events.filter(~pl.col("automated")).select("event", "resource")
    table = alone(clean, "order", v.CREATE_SALES_ORDER, v.RELEASE_CREDIT_BLOCK).join(
        by_person, left_on=v.CREATE_SALES_ORDER, right_on="event"
    )
    chosen = table.sample(data.draw(st.integers(1, 20)), seed=data.draw(st.integers(0, 99)))
    swapped = chosen.select(
        pl.col(v.RELEASE_CREDIT_BLOCK).alias("event"), pl.col("resource").alias("wrong")
    )
    events = clean.events.join(swapped, on="event", how="left").with_columns(
        pl.coalesce("wrong", "resource").alias("resource"),
        automated=pl.col("automated") & pl.col("wrong").is_null(),
    )
    log = replace(clean, events=events.drop("wrong"))
    assert found(log, "enters_and_releases_credit") == set(chosen["object"])


@given(st.data())
@settings(max_examples=4)
def test_swapped_and_skipped(clean, data) -> None:
    """Invoice before goods issue, and invoice without: exactly these deliveries."""
    table = alone(clean, "delivery", v.POST_GOODS_ISSUE, v.CREATE_INVOICE, v.CREATE_DELIVERY,
                  v.PICK_AND_PACK, v.CONFIRM_DELIVERY)  # fmt: skip
    times = clean.events.select("event", "time")
    table = (
        table.join(times.rename({"time": "issued"}), left_on=v.POST_GOODS_ISSUE, right_on="event")
        .join(times.rename({"time": "billed"}), left_on=v.CREATE_INVOICE, right_on="event")
        .sort("object")
    )
    chosen = table.sample(data.draw(st.integers(2, 30)), seed=data.draw(st.integers(0, 99)))
    skipped, swapped = chosen.head(1), chosen.tail(-1)
    moved = pl.concat(
        [
            swapped.select(pl.col(v.POST_GOODS_ISSUE).alias("event"), pl.col("billed").alias("to")),
            swapped.select(pl.col(v.CREATE_INVOICE).alias("event"), pl.col("issued").alias("to")),
        ]
    )
    events = (
        clean.events.join(moved, on="event", how="left")
        .with_columns(pl.coalesce("to", "time").alias("time"))
        .drop("to")
        .filter(~pl.col("event").is_in(skipped[v.POST_GOODS_ISSUE].implode()))
    )
    log = replace(clean, events=events)
    assert found(log, "invoice_before_goods_issue") == set(chosen["object"])


@given(st.data())
@settings(max_examples=4)
def test_repeated(clean, data) -> None:
    """A reminder sent again after all is over: exactly these invoices."""
    table = alone(clean, "invoice", v.SEND_DUNNING_LEVEL_1, v.CLEAR_INVOICE, v.CREATE_INVOICE,
                  v.SEND_INVOICE, v.RECEIVE_PAYMENT)  # fmt: skip
    chosen = table.sample(min(5, table.height), seed=data.draw(st.integers(0, 99)))
    assert chosen.height
    end = clean.events["time"].max() + dt.timedelta(days=1)
    first = clean.events.height
    again = (
        clean.events.join(chosen, left_on="event", right_on=v.SEND_DUNNING_LEVEL_1, how="semi")
        .sort("event")
        .with_columns(
            time=pl.lit(end, pl.Datetime("us")),
            old=pl.col("event"),
            event=(pl.int_range(pl.len()) + first).cast(pl.UInt32),
        )
    )
    links = clean.event_objects.join(
        again.select("old", new="event"), left_on="event", right_on="old"
    ).select(pl.col("new").alias("event"), "object", "qualifier")
    log = replace(
        clean,
        events=pl.concat([clean.events, again.drop("old")]),
        event_objects=pl.concat([clean.event_objects, links]),
    )
    assert found(log, "dunning_of_cleared_invoice") == set(chosen["object"])


@given(st.integers(0, 99), st.integers(1, 20))
@settings(max_examples=4)
def test_out_of_time(clean, seed, many) -> None:
    """Picking long after its delivery was made: exactly these deliveries."""
    table = alone(clean, "delivery", v.CREATE_DELIVERY, v.PICK_AND_PACK)
    chosen = table.sample(many, seed=seed)
    early = chosen[v.CREATE_DELIVERY].implode()
    events = clean.events.with_columns(
        pl.when(pl.col("event").is_in(early))
        .then(pl.col("time") - pl.duration(days=300))
        .otherwise("time")
        .alias("time")
    )
    rules = one_rule(case="delivery", template="response", activity=v.CREATE_DELIVERY,
                     then=v.PICK_AND_PACK, within="200 days")  # fmt: skip
    log = replace(clean, events=events)
    assert found(log, "r", rules) == set(chosen["object"])
    assert found(clean, "r", rules) == set()


def small(*steps, amount=None, who="person"):
    """Return a log of one order with a step a day."""
    order = {"steps": [(a, f"01-{n:02d} 12:00", who) for n, a in enumerate(steps, 1)]}
    return build([order | ({"amount": amount, "due": "02-01"} if amount else {})])


def test_a_log_that_lacks_what_a_rule_needs_is_not_called_compliant() -> None:
    """An activity, a person, an attribute, an object type."""
    log = small(v.CREATE_SALES_ORDER, v.POST_GOODS_ISSUE, who=None)

    def lacks(**rule):
        (result,) = check_rules(log, one_rule(**rule))
        assert not result.checked
        assert not result.passed
        assert result.applied == 0
        return " ".join(result.notes)

    pair = {"activity": v.CREATE_SALES_ORDER, "then": v.POST_GOODS_ISSUE}
    assert lacks(template="response", activity=v.CREATE_SALES_ORDER, then=v.CREATE_INVOICE) == (
        "no order has 'Create Invoice'"
    )
    assert "did you mean 'Post Goods Issue'?" in lacks(
        template="absence", activity="Post Good Issue"
    )
    assert "says who did it" in lacks(template="not_coexistence", person="same", **pair)
    assert "no value of 'amount' is recorded" in lacks(
        template="response", where={"amount": {"above": 5}}, **pair
    )
    assert "no attribute 'plant'" in lacks(template="response", where={"plant": "A"}, **pair)
    assert lacks(case="invoice", template="init", activity=v.CREATE_INVOICE) == (
        "no order has 'Create Invoice'"
    ), "the only type of the log stands in"


def test_what_is_recorded_but_never_happened_is_a_finding() -> None:
    """The user says that the log would show it."""
    file = {"rules": {"r": {"title": "t", "case": "order", "template": "existence",
                            "activity": v.CREATE_INVOICE}}}  # fmt: skip
    log = small(v.CREATE_SALES_ORDER)
    assert not check_rules(log, RuleFile.model_validate(file))[0].checked
    said = RuleFile.model_validate({**file, "recorded": [v.CREATE_INVOICE]})
    assert check_rules(log, said)[0].broken == 1


def test_names_groups_and_system_users() -> None:
    """A company's own names, sets of them, and programs that have users' names."""
    log = small(v.CREATE_SALES_ORDER, v.POST_GOODS_ISSUE)
    rule = {"title": "t", "case": "order", "template": "not_coexistence", "person": "same",
            "activity": "any start", "then": "Ship it"}  # fmt: skip
    file = {"rules": {"r": rule}, "groups": {"any start": [v.RECEIVE_ORDER, v.CREATE_SALES_ORDER]},
            "names": {v.POST_GOODS_ISSUE: "Ship it"}}  # fmt: skip
    assert check_rules(log, RuleFile.model_validate(file))[0].broken == 1
    known = RuleFile.model_validate({**file, "system_users": ["PERSON"]})
    assert check_rules(log, known)[0].broken == 0


def test_conditions_limits_and_pending() -> None:
    """Amounts above a bound, a share that is tolerated, and time that is not up."""
    log = small(v.CREATE_SALES_ORDER, v.CREATE_INVOICE, v.WRITE_OFF_INVOICE, amount=50.0)
    each = {"case": "invoice", "template": "each", "activity": v.WRITE_OFF_INVOICE}
    assert check_rules(log, one_rule(**each, must={"amount": {"at_most": 49.99}}))[0].broken == 1
    assert check_rules(log, one_rule(**each, must={"amount": {"at_most": 50}}))[0].passed
    two = one_rule(template="not_succession", activity=[v.CREATE_SALES_ORDER, v.CREATE_INVOICE],
                   then=v.CREATE_INVOICE, limit=0.5)  # fmt: skip
    (result,) = check_rules(log, two)
    assert (result.broken, result.share, result.passed) == (1, 0.5, True)
    soon = one_rule(template="response", activity=v.WRITE_OFF_INVOICE, then=v.CREATE_INVOICE,
                    within="1 day")  # fmt: skip
    (result,) = check_rules(log, soon)
    assert (result.applied, result.broken, result.pending) == (0, 0, 1)


def test_the_events_at_fault_name_both() -> None:
    """Case, event and its counterpart, with times and people."""
    log = small(v.CREATE_SALES_ORDER, v.RELEASE_CREDIT_BLOCK)
    table = faults(check_rules(log, shipped_rules()))
    assert table.select("rule", "object_id", "activity", "other_activity", "resource").row(0) == (
        "enters_and_releases_credit", "O0", v.CREATE_SALES_ORDER, v.RELEASE_CREDIT_BLOCK, "person",
    )  # fmt: skip


def test_every_fault_of_a_file_is_named_with_its_line(tmp_path) -> None:
    """All at once, with what is allowed."""
    path = tmp_path / "rules.yaml"
    path.write_text(
        "rules:\n"
        "  one:\n"
        "    title: a\n"
        "    case: order\n"
        "    template: precedense\n"
        "    activity: A\n"
        "  two:\n"
        "    title: a\n"
        "    case: order\n"
        "    template: existence\n"
        "    activity: A\n"
        "    within: 3 dayz\n"
        "    wher: {amount: 3}\n"
        "  three: {title: a, case: order, template: response, activity: A}\n"
        "  four: {title: a, case: order, template: absence, activity: A, then: B}\n"
    )
    with pytest.raises(UsageError) as caught:
        load_rules(path)
    said = {p.where.rpartition(":")[2]: str(p) for p in caught.value.problems}
    assert sorted(said, key=int) == ["5", "12", "13", "14", "15"]
    assert "did you mean 'precedence'?" in said["5"]
    assert "5 working days" in said["12"]
    assert "did you mean 'where'?" in said["13"]
    assert "needs 'then'" in said["14"]
    assert "knows no 'then'" in said["15"]


def test_the_shipped_rules_speak_the_reference_vocabulary() -> None:
    """No name is misspelt; the approval of a write-off is the one that no log is known to have."""
    from mining.activity_names import REFERENCE

    names = {n for rule in shipped_rules().ready.values() for g in rule.groups for n in g}
    assert names - set(REFERENCE) == {"Approve Write-Off"}
    assert all(rule.why for rule in shipped_rules().rules.values())


def test_the_names_of_systems_lead_to_the_reference_vocabulary() -> None:
    """Names of connectors are known, whatever their case; the vocabulary itself comes first."""
    from mining.activity_names import REFERENCE, reference_names
    from mining.system_names import SYSTEM_NAMES

    assert set(SYSTEM_NAMES.values()) <= set(REFERENCE)
    assert not {n for n in SYSTEM_NAMES if n in {r.casefold() for r in REFERENCE}}
    names = ("Set sales order item delivery block", "BOOK ORDER", "Ship Confirm")
    assert list(reference_names(names).values()) == [
        "Set Delivery Block", v.CONFIRM_ORDER, v.POST_GOODS_ISSUE,
    ]  # fmt: skip


def test_the_page_names_every_template_and_key() -> None:
    """What can be written in a file stands in docs/rules.md, and its example is a valid file."""
    docs = Path(__file__).parents[1] / "docs"
    page = (docs / "rules.md").read_text(encoding="utf-8")
    keys = {*Rule.model_fields} - {"activity", "then", "why", "severity"}
    assert {t.value for t in Template} <= set(re.findall(r"`(\w+)`", page))
    assert {k for k in keys if f"`{k}`" not in page} <= {"after", "until"}
    assert len(load_rules(docs / "examples" / "rules.yaml").ready) == 4
