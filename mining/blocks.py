"""Blocks of orders and order lines: what sets and removes them, and what they hold up."""

from __future__ import annotations

from dataclasses import dataclass

from mining import activity_names as a
from o2c_sim import vocabulary as v


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
