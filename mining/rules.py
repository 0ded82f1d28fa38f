"""The normative order-to-cash model, rule by rule: what each activity needs and what it changes.

A rule is a transition of a Petri net: it takes tokens from places, gives tokens to places, and
reads places without changing them. Flags (``shipped``/``unshipped``) hold one token between
them; ``to_...`` places count documents that await their next step, so every delivery is issued
and every invoice cleared, however many an order has.

What the rules forbid is their point: a delivery or goods issue while a block is set, while credit
is blocked or denied, or before the order is confirmed; goods issue without a delivery; an invoice
before goods issue (pro forma excepted) or under a billing block; a credit denial or a delivery
block once goods have left; price, material or customer changed after billing; payment before an
invoice; clearing without payment; a reminder, a call or a payment while the invoice is disputed;
the same level of dunning twice for one invoice; a cancelled order that goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from mining import activity_names as a
from o2c_sim import vocabulary as v

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
    "unpaid": "cash",
    "uncontested": "cash",
}
_PLACE_STAGES = {
    **_FLAGS,
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
    "paid": "cash",
}


# An invoice that is to be paid, by the notices it has had.
_ITEMS = ("open", "dunned", "dunned_twice", "dunned_thrice")


@dataclass(frozen=True, slots=True)
class Block:
    """Something that is set and removed and holds up what follows.

    Parameters
    ----------
    name
        Prefix of its places.
    set_by, removed_by
        Activities.
    holds
        Activities that it holds up.
    header
        It belongs to the order, not to its line, and may precede the line's creation.
    recurs
        Where it is set unseen it may be so again and again, not only when the order is created.
    handled_by
        Activities that need it to be set and leave it so.
    """

    name: str
    set_by: str
    removed_by: str
    holds: tuple[str, ...] = (v.CREATE_DELIVERY, v.POST_GOODS_ISSUE)
    header: bool = False
    recurs: bool = False
    handled_by: tuple[str, ...] = ()

    @property
    def activities(self) -> frozenset[str]:
        """Every activity that has to do with the block."""
        return frozenset((self.set_by, self.removed_by, *self.handled_by))


ORDER_BLOCK = Block(
    "order_block",
    v.SET_ORDER_BLOCK,
    v.REMOVE_ORDER_BLOCK,
    (v.CONFIRM_ORDER, v.CREATE_DELIVERY, v.POST_GOODS_ISSUE),
    header=True,
    handled_by=(v.CLARIFY_ORDER,),
)
DELIVERY_BLOCK = Block(
    "delivery_block",
    a.SET_DELIVERY_BLOCK,
    a.REMOVE_DELIVERY_BLOCK,
    handled_by=(a.CHANGE_DELIVERY_BLOCK,),
)
REJECTION = Block(
    "rejection",
    a.SET_REJECTION_REASON,
    a.REMOVE_REJECTION_REASON,
    handled_by=(a.CHANGE_REJECTION_REASON,),
)
BLOCKS = (
    ORDER_BLOCK,
    Block("address_block", a.SET_ADDRESS_BLOCK, a.REMOVE_ADDRESS_BLOCK, header=True),
    Block("schedule_line_block", a.SET_SCHEDULE_LINE_BLOCK, a.REMOVE_SCHEDULE_LINE_BLOCK),
    Block("logistics_check", a.SET_LOGISTICS_CHECK, a.REMOVE_LOGISTICS_CHECK),
    Block("special_test_block", a.SET_SPECIAL_TEST_BLOCK, a.REMOVE_SPECIAL_TEST_BLOCK),
    Block(
        "shipping_block",
        a.SET_SHIPPING_BLOCK,
        a.REMOVE_SHIPPING_BLOCK,
        (v.POST_GOODS_ISSUE,),
        recurs=True,
    ),
    DELIVERY_BLOCK,
    REJECTION,
    Block("billing_block", a.SET_BILLING_BLOCK, a.REMOVE_BILLING_BLOCK, (v.CREATE_INVOICE,)),
)


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
        *_cash_rules(),
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
    ):
        yield _rule("order", change, "", "", reads="exists")
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
    yield _rule("credit", v.CHECK_CREDIT, "", "", reads=ok)
    yield _rule("credit", v.SET_CREDIT_BLOCK, ok, blocked, reads=exists)
    if credit_unseen:
        yield _rule("credit", None, ok, blocked, required=True)
    yield _rule("credit", v.RELEASE_CREDIT_BLOCK, blocked, ok, reads=exists)
    yield _rule("credit", v.DENY_CREDIT, blocked, denied, reads=f"{exists} unshipped")
    yield _rule("credit", v.RELEASE_CREDIT_BLOCK, denied, ok, reads=exists)


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
    for item in _ITEMS:
        yield _rule("billing", a.CANCEL_INVOICE, item, "", reads="billed")
    for memo in (a.CREATE_CREDIT_MEMO, a.CANCEL_CREDIT_MEMO, a.CREATE_DEBIT_MEMO):
        yield _rule("billing", memo, "", "", reads="billed")


def _cash_rules() -> Iterator[Rule]:
    """Remind level by level, call, settle disputes first, and clear or write off every item."""
    notices = (v.SEND_DUNNING_LEVEL_1, v.SEND_DUNNING_LEVEL_2, v.SEND_DUNNING_LEVEL_3)
    for notice, before, after in zip(notices, _ITEMS, _ITEMS[1:], strict=False):
        yield _rule("cash", notice, before, after, reads="uncontested")
    yield _rule(
        "cash", v.RECEIVE_PAYMENT, "unpaid", "paid", reads="billed uncontested", required=True
    )
    yield _rule("cash", v.RECEIVE_PAYMENT, "", "", reads="paid uncontested")
    yield _rule("cash", v.RESOLVE_DISPUTE, "contested", "uncontested")
    for item in _ITEMS:
        yield _rule("cash", v.OPEN_DISPUTE, "uncontested", "contested", reads=item)
        for contact in (v.CALL_CUSTOMER, v.RECORD_PROMISE):
            yield _rule("cash", contact, "", "", reads=f"{item} uncontested")
        yield _rule("cash", v.CLEAR_INVOICE, item, "", reads="paid uncontested", required=True)
        yield _rule("cash", v.WRITE_OFF_INVOICE, item, "", reads="uncontested")


def _end_rules(blocks: tuple[Block, ...], preset: frozenset[str]) -> Iterator[Rule]:
    """End an order that was carried out with every block removed; end a cancelled one anyhow."""
    free = [f"{block.name}_free" for block in blocks if block is not REJECTION]
    done = f"exists confirmed credit_ok shipped billed uncontested {' '.join(free)}"
    remainder = ("rejection_free", "rejection_set") if REJECTION in blocks else ("",)
    for rejected, paid in product(remainder, ("paid", "unpaid")):
        yield _rule("order", None, f"{done} {rejected} {paid}", SINK, required=True)
    if REJECTION in blocks:
        rejects = "exists unshipped"
        yield _rule("order", None, rejects, "cancelled", reads="rejection_set", required=True)
    groups = [("unbilled unpaid uncontested",), ("unconfirmed", "confirmed")]
    groups.append(("credit_unchecked", "credit_ok", "credit_blocked", "credit_denied"))
    for block in blocks:
        states = ["free", "set"]
        states += ["preset"] if block.name in preset and not block.recurs else []
        states += ["clarified"] if block is ORDER_BLOCK else []
        groups.append(tuple(f"{block.name}_{state}" for state in states))
    # One after the other: side by side they would multiply the markings to search.
    places = ["cancelled", *(f"ending_{number}" for number in range(1, len(groups))), SINK]
    for number, group in enumerate(groups):
        for state in group:
            takes = f"{places[number]} {state}"
            yield _rule("order", None, takes, places[number + 1], required=True)
