"""The normative order-to-cash model, rule by rule: what each activity needs and what it changes.

A rule is a transition of a Petri net: it takes tokens from places, gives tokens to places, and
reads places without changing them. Flags (``shipped``/``unshipped``) hold one token between
them; ``to_...`` places count documents that await their next step, so every delivery is issued
and every invoice cleared, however many an order has.

What the rules forbid is their point: a delivery or goods issue while a block is set, while credit
is blocked or denied, or before the order is confirmed; goods issue without a delivery; an invoice
before goods issue (pro forma excepted) or under a billing block; a delivery block once goods have
left, or a credit denial then, unless what is left is rejected; price, material or customer changed
after billing; payment before an invoice, unless a prepayment was requested; clearing without
payment; a reminder, a call or a clearing while the invoice is disputed; a level of dunning twice or
left out for one invoice; goods back that nobody authorised; money recovered on an invoice that was
not written off; a cancelled order that goes on.

A disputed invoice is a token of its own (``contested``...), so that one invoice of an order may be
disputed while another is paid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mining import activity_names as a
from mining.blocks import BLOCKS, DELIVERY_BLOCK, ORDER_BLOCK, REJECTION, Block
from o2c_sim import vocabulary as v

__all__ = [
    "BLOCKS",
    "MILESTONES",
    "ORDER_BLOCK",
    "SINK",
    "SOURCE",
    "STAGES",
    "Rule",
    "rules",
    "stage_of",
]

STAGES = ("order", "credit", "delivery", "goods issue", "billing", "cash")
MILESTONES = {
    "order": (v.CREATE_SALES_ORDER,),
    "credit": (v.CHECK_CREDIT, v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK, v.DENY_CREDIT),
    "delivery": (v.CREATE_DELIVERY,),
    "goods issue": (v.POST_GOODS_ISSUE,),
    "billing": (v.CREATE_INVOICE,),
    "cash": (v.RECEIVE_PAYMENT, v.CLEAR_INVOICE, v.WRITE_OFF_INVOICE),
}
SOURCE, SINK = "start", "end"
_FLAGS = {
    "expected": "order",
    "unconfirmed": "order",
    "credit_unchecked": "credit",
    "unshipped": "goods issue",
    "unbilled": "billing",
    "not_requested": "order",
    "no_line_rejected": "order",
    "unpaid": "cash",
    "all_hoped_for": "cash",
}
_PLACE_STAGES = {
    **_FLAGS,
    "credit_ok": "credit",
    "credit_blocked": "credit",
    "credit_denied": "credit",
    "rest_denied": "credit",
    "to_pick": "delivery",
    "to_issue": "goods issue",
    "shipped": "goods issue",
    "to_bill": "billing",
    "billed": "billing",
    "to_send": "billing",
    "open": "cash",
    "dunned": "cash",
    "dunned_twice": "cash",
    "dunned_thrice": "cash",
    "contested": "cash",
    "contested_dunned": "cash",
    "contested_dunned_twice": "cash",
    "contested_dunned_thrice": "cash",
    "requested": "order",
    "line_rejected": "order",
    "to_bill_held": "billing",
    "to_send_settled": "billing",
    "to_receive": "goods issue",
    "to_inspect": "goods issue",
    "lost": "cash",
    "paid": "cash",
}


# An invoice that is to be paid, by the notices it has had.
_ITEMS = ("open", "dunned", "dunned_twice", "dunned_thrice")
_CONTESTED = ("contested", "contested_dunned", "contested_dunned_twice", "contested_dunned_thrice")


@dataclass(frozen=True, slots=True)
class Rule:
    """One transition.

    Parameters
    ----------
    activity
        Its name, or None for a silent one.
    takes, gives
        Places; one in both is read.
    stage
        The stage that it belongs to.
    required
        Where a log does not record it, it is taken to have happened unseen; a rule that is not
        required is left out.
    """

    activity: str | None
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    stage: str
    required: bool = False


def stage_of(place: str) -> str:
    """Return the stage from which a place matters; blocks and ends matter from the first."""
    return _PLACE_STAGES.get(place, STAGES[0])


def rules(
    blocks: tuple[Block, ...], *, preset: frozenset[str], credit_unseen: bool, lines: bool
) -> list[Rule]:
    """Return all rules.

    Parameters
    ----------
    blocks
        The blocks that exist.
    preset
        Names of the blocks that may be set without an event.
    credit_unseen
        Credit blocks may be set without an event.
    lines
        The case is an order line, so events of the order may precede its creation.
    """
    return [
        *_order_rules(blocks, preset),
        *_block_rules(blocks, preset, lines),
        *_credit_rules(credit_unseen, lines),
        *_fulfilment_rules(blocks),
        *_billing_rules(blocks),
        *_return_rules(),
        *_cash_rules(),
        *_recourse_rules(),
        *_end_rules(blocks, preset),
    ]


def _rule(
    stage: str,
    activity: str | None,
    takes: str,
    gives: str,
    reads: str = "",
    required: bool = False,
) -> Rule:
    read = tuple(reads.split())
    return Rule(activity, (*takes.split(), *read), (*gives.split(), *read), stage, required)


def _held(blocks: tuple[Block, ...], activity: str) -> str:
    return " ".join(f"{block.name}_free" for block in blocks if activity in block.holds)


def _order_rules(blocks: tuple[Block, ...], preset: frozenset[str]) -> Iterator[Rule]:
    states = (
        f"{b.name}_{'preset' if b.name in preset and not b.recurs else 'free'}" for b in blocks
    )
    yield _rule("order", None, SOURCE, " ".join((*_FLAGS, *states)), required=True)
    yield _rule("order", a.CREATE_QUOTATION, "", "", reads="expected")
    yield _rule("order", v.RECEIVE_ORDER, "expected", "received", required=True)
    yield _rule("order", v.CREATE_SALES_ORDER, "received", "exists", required=True)
    held = _held(blocks, v.CONFIRM_ORDER)
    yield _rule(
        "order",
        v.CONFIRM_ORDER,
        "unconfirmed",
        "confirmed",
        reads=f"exists credit_ok {held}",
        required=True,
    )
    for change in (
        a.CHANGE_DELIVERY_DATE,
        a.CHANGE_QUANTITY,
        a.CHANGE_SHIPPING_CONDITIONS,
        a.CHANGE_ROUTE,
        v.CHANGE_ORDER,
        v.CORRECT_ORDER,
        v.DECLARE_INSOLVENCY,
    ):
        yield _rule("order", change, "", "", reads="exists")
    yield _rule("order", v.CONFIRM_ORDER, "", "", reads=f"confirmed credit_ok {held}")
    reject = ("order", v.REJECT_ORDER_LINE)
    yield _rule(*reject, "no_line_rejected", "line_rejected", reads="exists")
    yield _rule(*reject, "", "", reads="line_rejected exists")
    yield _rule("order", v.PRODUCE_GOODS, "", "", reads="confirmed")
    yield _rule("order", v.REQUEST_PREPAYMENT, "not_requested", "requested", reads="exists")
    yield _rule("order", v.REQUEST_PREPAYMENT, "", "", reads="requested exists")
    for change in (a.CHANGE_PRICE, a.CHANGE_MATERIAL, a.CHANGE_CUSTOMER):
        yield _rule("order", change, "", "", reads="exists unbilled")
    yield _rule("order", v.CANCEL_ORDER, "exists unshipped", "cancelled")


def _block_rules(blocks: tuple[Block, ...], preset: frozenset[str], lines: bool) -> Iterator[Rule]:
    for block in blocks:
        free, held = f"{block.name}_free", f"{block.name}_set"
        exists = "" if block.header and lines else "exists"
        controls = f"{exists} unshipped" if block is DELIVERY_BLOCK else exists
        yield _rule("order", block.set_by, free, held, reads=controls)
        if block.name in preset and block.recurs:
            yield _rule("order", None, free, held, reads=controls, required=True)
        elif block.name in preset:
            yield _rule("order", None, f"{block.name}_preset", free, required=True)
            yield _rule("order", block.removed_by, f"{block.name}_preset", free, reads=exists)
        if block is ORDER_BLOCK:
            clarified = f"{block.name}_clarified"
            yield _rule("order", v.CLARIFY_ORDER, held, clarified, reads=exists, required=True)
            yield _rule("order", block.removed_by, clarified, free, reads=exists)
            continue
        yield _rule("order", block.removed_by, held, free, reads=exists)
        for activity in block.handled_by:
            yield _rule("order", activity, "", "", reads=held)


def _credit_rules(credit_unseen: bool, lines: bool) -> Iterator[Rule]:
    exists = "" if lines else "exists"
    ok, blocked, denied = "credit_ok", "credit_blocked", "credit_denied"
    yield _rule("credit", v.CHECK_CREDIT, "credit_unchecked", ok, reads=exists, required=True)
    yield _rule("credit", v.CHECK_CREDIT, "", "", reads=f"{exists} {ok}")
    yield _rule("credit", v.SET_CREDIT_BLOCK, ok, blocked, reads=exists)
    if credit_unseen:
        yield _rule("credit", None, ok, blocked, required=True)
    yield _rule("credit", v.RELEASE_CREDIT_BLOCK, blocked, ok, reads=exists)
    yield _rule("credit", v.DENY_CREDIT, blocked, denied, reads=f"{exists} unshipped")
    # Of an order in delivery what is left is denied, and rejected.
    yield _rule("credit", v.DENY_CREDIT, blocked, "rest_denied", reads=f"{exists} shipped")
    for refused in (denied, "rest_denied"):
        yield _rule("credit", v.RELEASE_CREDIT_BLOCK, refused, ok, reads=exists)


def _fulfilment_rules(blocks: tuple[Block, ...]) -> Iterator[Rule]:
    ready = "exists confirmed credit_ok"
    held = _held(blocks, v.CREATE_DELIVERY)
    # Nothing limits deliveries, so unseen ones would breed; a log without them drops their place.
    yield _rule("delivery", v.CREATE_DELIVERY, "", "to_pick", reads=f"{ready} {held}")
    yield _rule("delivery", v.PICK_AND_PACK, "to_pick", "to_issue", required=True)
    held = _held(blocks, v.POST_GOODS_ISSUE)
    issue = ("goods issue", v.POST_GOODS_ISSUE)
    yield _rule(
        *issue, "to_issue unshipped", "shipped to_bill", reads=f"{ready} {held}", required=True
    )
    yield _rule(*issue, "to_issue", "to_bill", reads=f"shipped {ready} {held}")
    # A further delivery on the invoice that is still to come.
    yield _rule(*issue, "to_issue", "", reads=f"to_bill shipped {ready} {held}")
    for awaiting in ("to_pick", "to_issue"):
        yield _rule("delivery", v.RECORD_SHORTAGE, "", "", reads=awaiting)
    yield _rule("goods issue", v.CONFIRM_DELIVERY, "", "", reads="shipped")


def _billing_rules(blocks: tuple[Block, ...]) -> Iterator[Rule]:
    yield _rule("order", a.CREATE_PRO_FORMA_INVOICE, "", "", reads="exists")
    held = _held(blocks, v.CREATE_INVOICE)
    invoice = ("billing", v.CREATE_INVOICE)
    yield _rule(
        *invoice, "to_bill unbilled", "billed to_send", reads=f"exists {held}", required=True
    )
    yield _rule(*invoice, "to_bill", "to_send", reads=f"exists billed {held}", required=True)
    # A split invoice, or a new one in place of one that was cancelled.
    yield _rule(*invoice, "", "to_send", reads=f"exists billed {held}")
    yield _rule("billing", v.SEND_INVOICE, "to_send", "open", required=True)
    # A block that is set when the goods have left holds up their own delivery alone.
    yield _rule("billing", v.SET_BILLING_BLOCK, "to_bill", "to_bill_held")
    yield _rule("billing", v.REMOVE_BILLING_BLOCK, "to_bill_held", "to_bill")
    yield _rule("billing", v.REJECT_INVOICE, "open", "to_send")
    yield _rule("billing", v.REJECT_INVOICE, "", "", reads="to_send")
    # A deposit settles its invoice before, or after, it goes out.
    yield _rule("cash", v.CLEAR_INVOICE, "to_send", "to_send_settled", reads="requested paid")
    yield _rule("billing", v.SEND_INVOICE, "to_send_settled", "")
    yield _rule("billing", v.REJECT_INVOICE, "", "to_send_settled", reads="requested paid")
    for item in ("to_send", *_ITEMS, *_CONTESTED):
        yield _rule("billing", a.CANCEL_INVOICE, item, "", reads="billed")
    for memo in (a.CREATE_CREDIT_MEMO, a.CANCEL_CREDIT_MEMO, a.CREATE_DEBIT_MEMO):
        yield _rule("billing", memo, "", "", reads="billed")


def _return_rules() -> Iterator[Rule]:
    """Goods come back once somebody has authorised it, and are inspected."""
    yield _rule("goods issue", v.AUTHORISE_RETURN, "", "to_receive", reads="shipped")
    yield _rule("goods issue", v.RECEIVE_RETURN, "to_receive", "to_inspect")
    yield _rule("goods issue", v.INSPECT_RETURN, "to_inspect", "")


def _cash_rules() -> Iterator[Rule]:
    """Remind level by level, call, settle disputes first, and clear every item."""
    notices = (v.SEND_DUNNING_LEVEL_1, v.SEND_DUNNING_LEVEL_2, v.SEND_DUNNING_LEVEL_3)
    for notice, before, after in zip(notices, _ITEMS, _ITEMS[1:], strict=False):
        yield _rule("cash", notice, before, after)
    yield _rule("cash", v.RECEIVE_PAYMENT, "", "", reads="paid")
    # A deposit comes before the invoice, but not before it was asked for.
    yield _rule("cash", v.RECEIVE_PAYMENT, "unpaid", "paid", reads="requested")
    for item, contested in zip(_ITEMS, _CONTESTED, strict=True):
        yield _rule("cash", v.RECEIVE_PAYMENT, "unpaid", "paid", reads=item, required=True)
        yield _rule("cash", v.OPEN_DISPUTE, item, contested)
        yield _rule("cash", v.RESOLVE_DISPUTE, contested, item)
        for contact in (v.CALL_CUSTOMER, v.RECORD_PROMISE, v.BREAK_PROMISE):
            yield _rule("cash", contact, "", "", reads=item)
        for part in (v.APPLY_PAYMENT, v.ALLOW_DISCOUNT):
            yield _rule("cash", part, "", "", reads=f"paid {item}")
            yield _rule("cash", part, "", "", reads=f"paid {contested}")
        # A customer who contests a part may pay the rest.
        yield _rule("cash", v.RECEIVE_PAYMENT, "unpaid", "paid", reads=contested)
        yield _rule("cash", v.CLEAR_INVOICE, item, "", reads="paid", required=True)
        # A memo, or a discount, may be all that was left to pay.
        yield _rule("cash", v.CREATE_CREDIT_MEMO, item, "")
        yield _rule("cash", v.CREATE_CREDIT_MEMO, contested, "")
        yield _rule("cash", v.ALLOW_DISCOUNT, item, "", reads="paid")
        yield _rule("cash", v.RETURN_PAYMENT, "", item, reads="paid")
    yield _rule("cash", v.RETURN_PAYMENT, "", "", reads="paid")
    yield _rule("cash", v.RETURN_PAYMENT, "", "open open", reads="paid")
    yield _rule("cash", v.REFUND_CUSTOMER, "", "", reads="paid")


def _recourse_rules() -> Iterator[Rule]:
    """Give up what is open, to an agency or for good; recover only what was given up."""
    for item in _ITEMS:
        yield _rule("cash", v.WRITE_OFF_INVOICE, f"{item} all_hoped_for", "lost")
        yield _rule("cash", v.WRITE_OFF_INVOICE, item, "", reads="lost")
        yield _rule("cash", v.REFER_TO_AGENCY, "", "", reads=item)
    for step in (v.REFER_TO_AGENCY, v.RECORD_RECOVERY):
        yield _rule("cash", step, "", "", reads="lost")


def _end_rules(blocks: tuple[Block, ...], preset: frozenset[str]) -> Iterator[Rule]:
    """End an order that was carried out with every block removed; end a cancelled one anyhow."""
    free = [f"{block.name}_free" for block in blocks if block is not REJECTION]
    for credit, reads in (("credit_ok", ""), ("rest_denied", "line_rejected")):
        done = " ".join(("exists confirmed shipped billed", credit, *free))
        yield _rule("order", None, done, "done", reads=reads, required=True)
    either: list[tuple[str, ...]] = [
        ("paid", "unpaid"),
        ("lost", "all_hoped_for"),
        ("requested", "not_requested"),
        ("line_rejected", "no_line_rejected"),
    ]
    yield from _ending(
        "done", [*either, *([("rejection_free", "rejection_set")] if REJECTION in blocks else [])]
    )
    # With every line rejected nothing is left of an order.
    for rejected in ("line_rejected", *(["rejection_set"] if REJECTION in blocks else [])):
        takes = "exists unshipped"
        yield _rule("order", None, takes, "cancelled", reads=rejected, required=True)
    groups: list[tuple[str, ...]] = [("unbilled",), ("unconfirmed", "confirmed"), *either]
    groups.append(("credit_unchecked", "credit_ok", "credit_blocked", "credit_denied"))
    for block in blocks:
        states = ["free", "set"]
        states += ["preset"] if block.name in preset and not block.recurs else []
        states += ["clarified"] if block is ORDER_BLOCK else []
        groups.append(tuple(f"{block.name}_{state}" for state in states))
    yield from _ending("cancelled", groups)


def _ending(first: str, groups: list[tuple[str, ...]]) -> Iterator[Rule]:
    """Take the flags off one after the other: at once they would multiply the markings."""
    places = [first, *(f"{first}_{number}" for number in range(1, len(groups))), SINK]
    for number, group in enumerate(groups):
        for state in group:
            takes = f"{places[number]} {state}"
            yield _rule("order", None, takes, places[number + 1], required=True)
