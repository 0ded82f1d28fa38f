"""The normative model: what it allows and what it forbids."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import naive
import pytest

from mining import activity_names as a
from mining import conformance, discovery, normative
from mining.reference_process import overview
from mining.reference_view import PROCESS_ORDER
from mining.rules import BLOCKS
from o2c_sim import vocabulary as v
from o2c_sim.errors import ModelError, UsageError

HAPPY = list(v.HAPPY_PATH)
BLOCKED = [v.SET_ORDER_BLOCK, v.CLARIFY_ORDER, v.REMOVE_ORDER_BLOCK]
MODEL = normative.model()


def insert(after: str, *activities: str, path: Sequence[str] = HAPPY) -> list[str]:
    """Return the happy path with activities put in after one of its steps."""
    place = list(path).index(after) + 1
    return [*path[:place], *activities, *path[place:]]


def without(*activities: str) -> list[str]:
    """Return the happy path without some of its steps."""
    return [activity for activity in HAPPY if activity not in activities]


def deviations(trace: Sequence[str]) -> list[tuple[str, str]]:
    """Return (kind, activity) of one case against the whole model."""
    result = conformance.check(naive.case_view([trace]), MODEL, precision=False)
    return sorted((kind, name) for kind, name, *_ in result.deviations.rows())


ALLOWED = {
    "happy path": HAPPY,
    "order block": insert(v.CREATE_SALES_ORDER, *BLOCKED),
    "credit released": insert(v.CHECK_CREDIT, v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK),
    "credit denied": [
        *HAPPY[:3],
        v.SET_CREDIT_BLOCK,
        v.DENY_CREDIT,
        v.CANCEL_ORDER,
    ],
    "the rest denied after a partial shipment": insert(
        v.POST_GOODS_ISSUE,
        *(v.CHECK_CREDIT, v.SET_CREDIT_BLOCK, v.DENY_CREDIT, v.REJECT_ORDER_LINE),
    ),
    "the rest denied after the first part is paid": [
        *HAPPY,
        *(v.CHECK_CREDIT, v.SET_CREDIT_BLOCK, v.DENY_CREDIT, v.REJECT_ORDER_LINE),
    ],
    "dunned": insert(v.SEND_INVOICE, v.SEND_DUNNING_LEVEL_1),
    "dunned although paid": insert(v.RECEIVE_PAYMENT, v.SEND_DUNNING_LEVEL_1),
    "written off": [*without(v.RECEIVE_PAYMENT, v.CLEAR_INVOICE), v.WRITE_OFF_INVOICE],
    "two deliveries, one invoice": insert(
        v.POST_GOODS_ISSUE, v.CREATE_DELIVERY, v.PICK_AND_PACK, v.POST_GOODS_ISSUE
    ),
    "two deliveries side by side": [
        *HAPPY[:4],
        *(v.CREATE_DELIVERY, v.CREATE_DELIVERY),
        *(v.PICK_AND_PACK, v.PICK_AND_PACK),
        *(v.POST_GOODS_ISSUE, v.POST_GOODS_ISSUE),
        *HAPPY[7:],
    ],
    "second delivery with its invoice": [
        *HAPPY[:9],
        v.CREATE_DELIVERY,
        v.PICK_AND_PACK,
        v.POST_GOODS_ISSUE,
        v.CREATE_INVOICE,
        v.SEND_INVOICE,
        v.RECEIVE_PAYMENT,
        v.CLEAR_INVOICE,
        v.CLEAR_INVOICE,
    ],
    "partial payments": insert(v.RECEIVE_PAYMENT, v.RECEIVE_PAYMENT),
    "quotation and changes": [
        a.CREATE_QUOTATION,
        *insert(v.CREATE_SALES_ORDER, a.CHANGE_PRICE, a.CHANGE_DELIVERY_DATE),
    ],
    "pro forma before goods issue": insert(v.CONFIRM_ORDER, a.CREATE_PRO_FORMA_INVOICE),
    "rejected": [*HAPPY[:2], a.SET_REJECTION_REASON],
    "rejection withdrawn": insert(
        v.CREATE_SALES_ORDER, a.SET_REJECTION_REASON, a.REMOVE_REJECTION_REASON
    ),
    "invoice cancelled and made anew": insert(
        v.SEND_INVOICE, a.CANCEL_INVOICE, v.CREATE_INVOICE, v.SEND_INVOICE
    ),
    "credit memo after invoice": insert(v.SEND_INVOICE, a.CREATE_CREDIT_MEMO),
    "prepaid": [
        *HAPPY[:4],
        *(v.REQUEST_PREPAYMENT, v.RECEIVE_PAYMENT),
        *HAPPY[4:9],
        v.CLEAR_INVOICE,
    ],
    "one of two invoices disputed while the other is paid": [
        *HAPPY[:4],
        *2 * [v.CREATE_DELIVERY, v.PICK_AND_PACK, v.POST_GOODS_ISSUE, v.CREATE_INVOICE],
        *(v.SEND_INVOICE, v.SEND_INVOICE, v.SEND_DUNNING_LEVEL_1, v.OPEN_DISPUTE),
        *(v.RECEIVE_PAYMENT, v.CLEAR_INVOICE),
        *(v.RESOLVE_DISPUTE, v.CREATE_CREDIT_MEMO, v.RECEIVE_PAYMENT, v.CLEAR_INVOICE),
    ],
    "short paid, and the rest contested": insert(
        v.SEND_INVOICE,
        *(v.RECEIVE_PAYMENT, v.OPEN_DISPUTE, v.APPLY_PAYMENT, v.ALLOW_DISCOUNT),
        *(v.RESOLVE_DISPUTE, v.SEND_DUNNING_LEVEL_1),
    ),
    "prepaid, and cleared before it is sent": [
        *HAPPY[:4],
        *(v.REQUEST_PREPAYMENT, v.RECEIVE_PAYMENT),
        *HAPPY[4:8],
        *(v.CLEAR_INVOICE, v.SEND_INVOICE, v.REJECT_INVOICE, v.SEND_INVOICE),
    ],
    "paid in two parts with a discount": insert(
        v.RECEIVE_PAYMENT, v.APPLY_PAYMENT, v.RECEIVE_PAYMENT, v.ALLOW_DISCOUNT
    ),
    "credited in full": [
        *without(v.RECEIVE_PAYMENT, v.CLEAR_INVOICE),
        *(v.AUTHORISE_RETURN, v.RECEIVE_RETURN, v.INSPECT_RETURN, v.CREATE_CREDIT_MEMO),
    ],
    "payment returned, then paid": [
        *HAPPY,
        *(v.RETURN_PAYMENT, v.SEND_DUNNING_LEVEL_1, v.RECEIVE_PAYMENT, v.CLEAR_INVOICE),
    ],
    "goods back after payment, and refunded": [
        *HAPPY,
        *(v.AUTHORISE_RETURN, v.RECEIVE_RETURN, v.INSPECT_RETURN),
        *(v.CREATE_CREDIT_MEMO, v.REFUND_CUSTOMER),
    ],
    "invoice rejected and sent again": insert(v.SEND_INVOICE, v.REJECT_INVOICE, v.SEND_INVOICE),
    "invoice rejected and made anew": insert(
        v.SEND_INVOICE, v.REJECT_INVOICE, v.CANCEL_INVOICE, v.CREATE_INVOICE, v.SEND_INVOICE
    ),
    "billing block on one delivery": insert(
        v.POST_GOODS_ISSUE, v.SET_BILLING_BLOCK, v.REMOVE_BILLING_BLOCK
    ),
    "a line not found, delivered later": [
        *HAPPY[:5],
        *(v.RECORD_SHORTAGE, v.PICK_AND_PACK, v.POST_GOODS_ISSUE, v.CONFIRM_DELIVERY),
        *HAPPY[4:],
    ],
    "every line rejected": [*HAPPY[:4], v.REJECT_ORDER_LINE, v.REJECT_ORDER_LINE],
    "some lines rejected": insert(v.CONFIRM_ORDER, v.REJECT_ORDER_LINE),
    "cancelled after its confirmation": [*HAPPY[:4], v.CHANGE_ORDER, v.CANCEL_ORDER],
    "written off, referred and recovered": [
        *without(v.RECEIVE_PAYMENT, v.CLEAR_INVOICE),
        *(v.WRITE_OFF_INVOICE, v.REFER_TO_AGENCY, v.RECORD_RECOVERY),
    ],
    "promise broken": insert(
        v.SEND_INVOICE, v.CALL_CUSTOMER, v.RECORD_PROMISE, v.BREAK_PROMISE, v.CALL_CUSTOMER
    ),
}
FORBIDDEN = {
    "goods issue before delivery": (
        without(v.CREATE_DELIVERY),
        [("missing", v.CREATE_DELIVERY)],
    ),
    "invoice before goods issue": (
        without(v.POST_GOODS_ISSUE),
        [("missing", v.POST_GOODS_ISSUE)],
    ),
    "delivery while a block is set": (
        insert(v.CONFIRM_ORDER, a.SET_DELIVERY_BLOCK),
        [("unexpected", a.SET_DELIVERY_BLOCK)],
    ),
    "delivery while credit is blocked": (
        insert(v.CONFIRM_ORDER, v.SET_CREDIT_BLOCK),
        [("unexpected", v.SET_CREDIT_BLOCK)],
    ),
    "block removed without clarification": (
        insert(v.CREATE_SALES_ORDER, v.SET_ORDER_BLOCK, v.REMOVE_ORDER_BLOCK),
        [("missing", v.CLARIFY_ORDER)],
    ),
    "delivery without confirmation": (
        without(v.CONFIRM_ORDER),
        [("missing", v.CONFIRM_ORDER)],
    ),
    "no credit check": (without(v.CHECK_CREDIT), [("missing", v.CHECK_CREDIT)]),
    "clearing without payment": (
        without(v.RECEIVE_PAYMENT),
        [("missing", v.RECEIVE_PAYMENT)],
    ),
    "payment before invoice": (
        [*HAPPY[:7], v.RECEIVE_PAYMENT, v.CREATE_INVOICE, v.SEND_INVOICE, v.CLEAR_INVOICE],
        [("missing", v.REQUEST_PREPAYMENT)],
    ),
    "more delivered after a denial": (
        insert(
            v.POST_GOODS_ISSUE,
            *(v.CHECK_CREDIT, v.SET_CREDIT_BLOCK, v.DENY_CREDIT, v.REJECT_ORDER_LINE),
            *(v.CREATE_DELIVERY, v.PICK_AND_PACK, v.POST_GOODS_ISSUE),
        ),
        [("missing", v.RELEASE_CREDIT_BLOCK)],
    ),
    "denied with nothing left to reject": (
        insert(v.POST_GOODS_ISSUE, v.CHECK_CREDIT, v.SET_CREDIT_BLOCK, v.DENY_CREDIT),
        [("missing", v.REJECT_ORDER_LINE)],
    ),
    "dunned twice": (
        insert(v.SEND_INVOICE, v.SEND_DUNNING_LEVEL_1, v.SEND_DUNNING_LEVEL_1),
        [("unexpected", v.SEND_DUNNING_LEVEL_1)],
    ),
    "dunned at the second level first": (
        insert(v.SEND_INVOICE, v.SEND_DUNNING_LEVEL_2),
        [("unexpected", v.SEND_DUNNING_LEVEL_2)],
    ),
    "cleared while disputed": (
        insert(v.RECEIVE_PAYMENT, v.OPEN_DISPUTE),
        [("unexpected", v.OPEN_DISPUTE)],
    ),
    "checked again after its cancellation": (
        [*HAPPY[:4], v.CANCEL_ORDER, v.CHECK_CREDIT],
        [("unexpected", v.CHECK_CREDIT)],
    ),
    "dunned while disputed": (
        insert(v.SEND_INVOICE, v.OPEN_DISPUTE, v.SEND_DUNNING_LEVEL_1, v.RESOLVE_DISPUTE),
        [("unexpected", v.SEND_DUNNING_LEVEL_1)],
    ),
    "billed while a billing block is set": (
        insert(v.POST_GOODS_ISSUE, v.SET_BILLING_BLOCK),
        [("unexpected", v.SET_BILLING_BLOCK)],
    ),
    "goods back that nobody authorised": (
        insert(v.CLEAR_INVOICE, v.RECEIVE_RETURN, v.INSPECT_RETURN),
        [("missing", v.AUTHORISE_RETURN)],
    ),
    "recovered without a write-off": (
        insert(v.CLEAR_INVOICE, v.RECORD_RECOVERY),
        [("unexpected", v.RECORD_RECOVERY)],
    ),
    "price changed after billing": (
        insert(v.CREATE_INVOICE, a.CHANGE_PRICE),
        [("unexpected", a.CHANGE_PRICE)],
    ),
    "delivered but never billed": (
        insert(v.CLEAR_INVOICE, v.CREATE_DELIVERY, v.PICK_AND_PACK, v.POST_GOODS_ISSUE),
        [("missing", a.CANCEL_INVOICE), ("missing", v.CREATE_INVOICE)],
    ),
    "delivery block after goods issue": (
        insert(v.POST_GOODS_ISSUE, a.SET_DELIVERY_BLOCK),
        [("unexpected", a.SET_DELIVERY_BLOCK)],
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_practice_is_allowed(name: str) -> None:
    """No deviation at all."""
    assert deviations(ALLOWED[name]) == []


@pytest.mark.parametrize("name", FORBIDDEN)
def test_breaches_are_found(name: str) -> None:
    """Exactly the expected deviations."""
    trace, expected = FORBIDDEN[name]
    assert deviations(trace) == sorted(expected)


def test_a_clean_log_fits_entirely() -> None:
    """Fitness one, every stage covered, nothing left out."""
    result = normative.check(naive.case_view([ALLOWED["happy path"], ALLOWED["credit denied"]]))
    assert result.all_cases.average_fitness == 1.0
    assert result.all_cases.fitting_share == 1.0
    assert result.stages == ("order", "credit", "delivery", "goods issue", "billing", "cash")
    assert result.not_checked.height == 0
    assert "A case is an order;" in result.coverage


def test_every_reference_activity_has_a_rule_and_a_place() -> None:
    """No name is forgotten in the model, in the order of an instant or among the blocks."""
    assert MODEL.activities == tuple(sorted(a.REFERENCE))
    assert sorted(PROCESS_ORDER) == sorted(a.REFERENCE)
    assert all(block.activities <= set(a.REFERENCE) for block in BLOCKS)
    assert set(a.reference_names(a.DOUBTFUL).values()) <= set(a.REFERENCE)


def test_the_overview_is_part_of_what_the_rules_allow() -> None:
    """Every run that pm4py plays out of the process tree fits the rules."""
    drawn = overview()
    assert set(v.HAPPY_PATH) < set(drawn.activities) < set(v.ACTIVITIES)
    with discovery.quiet_pm4py() as pm4py:
        log = pm4py.play_out(drawn.tree)
        runs = {tuple(event["concept:name"] for event in trace) for trace in log}
    result = conformance.check(naive.case_view(sorted(runs)), MODEL, precision=False)
    assert result.fitting_share == 1.0


@pytest.mark.parametrize("write", [discovery.write_pnml, discovery.write_bpmn])
def test_the_rules_can_be_exported(write: object, tmp_path: Path) -> None:
    """Read again, they still tell a clean case from a breach."""
    assert callable(write)
    suffix = ".pnml" if write is discovery.write_pnml else ".bpmn"
    again = discovery.read_model(write(normative.model(v.ACTIVITIES), tmp_path / f"o2c{suffix}"))
    log = naive.case_view([HAPPY, without(v.CREATE_DELIVERY)])
    result = conformance.check(log, again, precision=False)
    assert result.deviations.select("kind", "activity", "cases").rows() == [
        ("missing", v.CREATE_DELIVERY, 1)
    ]


def test_names_outside_the_vocabulary_and_no_stage_are_refused() -> None:
    """The nearest name is suggested."""
    with pytest.raises(UsageError, match="Create Invoice"):
        normative.model(["Create Invoce"])
    with pytest.raises(ModelError, match="none of the activities"):
        normative.model([a.CHANGE_PRICE])
