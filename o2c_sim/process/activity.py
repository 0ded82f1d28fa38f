"""Activity numbers: the vocabulary's names as the small integers that the recorder keeps."""

from __future__ import annotations

from o2c_sim import vocabulary

(
    RECEIVE_ORDER,
    CREATE_SALES_ORDER,
    SET_ORDER_BLOCK,
    CLARIFY_ORDER,
    REMOVE_ORDER_BLOCK,
    CHECK_CREDIT,
    SET_CREDIT_BLOCK,
    RELEASE_CREDIT_BLOCK,
    DENY_CREDIT,
    CANCEL_ORDER,
    CONFIRM_ORDER,
    CREATE_DELIVERY,
    PICK_AND_PACK,
    POST_GOODS_ISSUE,
    CREATE_INVOICE,
    SEND_INVOICE,
    SEND_DUNNING_LEVEL_1,
    SEND_DUNNING_LEVEL_2,
    SEND_DUNNING_LEVEL_3,
    CALL_CUSTOMER,
    RECORD_PROMISE,
    OPEN_DISPUTE,
    RESOLVE_DISPUTE,
    CREATE_CREDIT_MEMO,
    RECEIVE_PAYMENT,
    CLEAR_INVOICE,
    WRITE_OFF_INVOICE,
) = range(len(vocabulary.ACTIVITIES))

# What an activity is about: the number recorded with it is one of this type.
ABOUT: dict[str, tuple[int, ...]] = {
    vocabulary.ORDER: tuple(range(RECEIVE_ORDER, CONFIRM_ORDER + 1)),
    vocabulary.DELIVERY: (CREATE_DELIVERY, PICK_AND_PACK, POST_GOODS_ISSUE),
    vocabulary.INVOICE: (*range(CREATE_INVOICE, CREATE_CREDIT_MEMO + 1), WRITE_OFF_INVOICE),
    vocabulary.PAYMENT: (RECEIVE_PAYMENT, CLEAR_INVOICE),
}
# Done by the customer or the bank: neither automated nor manual work of the company.
EXTERNAL = (RECEIVE_ORDER, OPEN_DISPUTE, RECEIVE_PAYMENT)
# Related to each line of the order as well, so that a log by order line can be had.
WITH_LINES = (
    RECEIVE_ORDER,
    CREATE_SALES_ORDER,
    CONFIRM_ORDER,
    CREATE_DELIVERY,
    POST_GOODS_ISSUE,
    CREATE_INVOICE,
)
