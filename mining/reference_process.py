"""The order-to-cash process as a process tree, for reading and drawing."""

from __future__ import annotations

from mining.discovery import Model, from_tree, quiet_pm4py
from o2c_sim import vocabulary as v


def overview() -> Model:
    """Return the reference process as a process tree: the same steps, without their conditions.

    Returns
    -------
    Model
        For reading and drawing: blocks, dunning and write-off as choices along one line. What is
        rare or may come at any time (changes, returns, refunds...) is left out. Checks use
        :func:`mining.normative.model`, whose rules a block structure cannot express.
    """

    def optional(step: str) -> str:
        return f"X(tau, {step})"

    def sequence(*steps: str) -> str:
        return "->(" + ", ".join(step if "(" in step else f"'{step}'" for step in steps) + ")"

    second = sequence(v.SEND_DUNNING_LEVEL_2, optional(f"'{v.SEND_DUNNING_LEVEL_3}'"))
    called = sequence(v.CALL_CUSTOMER, optional(f"'{v.RECORD_PROMISE}'"))
    disputed = sequence(v.OPEN_DISPUTE, v.RESOLVE_DISPUTE, optional(f"'{v.CREATE_CREDIT_MEMO}'"))
    paid = sequence(v.RECEIVE_PAYMENT, optional(f"'{v.SEND_DUNNING_LEVEL_1}'"), v.CLEAR_INVOICE)
    late = sequence(
        v.SEND_DUNNING_LEVEL_1,
        optional(second),
        optional(called),
        f"X({sequence(v.RECEIVE_PAYMENT, v.CLEAR_INVOICE)}, '{v.WRITE_OFF_INVOICE}')",
    )
    carried_out = sequence(
        optional(sequence(v.SET_CREDIT_BLOCK, v.RELEASE_CREDIT_BLOCK)),
        v.CONFIRM_ORDER,
        v.CREATE_DELIVERY,
        v.PICK_AND_PACK,
        v.POST_GOODS_ISSUE,
        v.CREATE_INVOICE,
        v.SEND_INVOICE,
        optional(disputed),
        f"X({paid}, {late}, '{v.WRITE_OFF_INVOICE}')",
    )
    denied = sequence(v.SET_CREDIT_BLOCK, v.DENY_CREDIT, v.CANCEL_ORDER)
    text = sequence(
        v.RECEIVE_ORDER,
        v.CREATE_SALES_ORDER,
        optional(sequence(v.SET_ORDER_BLOCK, v.CLARIFY_ORDER, v.REMOVE_ORDER_BLOCK)),
        v.CHECK_CREDIT,
        f"X({carried_out}, {denied})",
    )
    with quiet_pm4py() as pm4py:
        return from_tree(pm4py.parse_process_tree(text), "reference process")
