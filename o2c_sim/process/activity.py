"""Activity numbers: the vocabulary's names as the small integers that the recorder keeps."""

from __future__ import annotations

from dataclasses import dataclass

from o2c_sim import vocabulary

(
    RECEIVE_ORDER,
    CREATE_QUOTATION,
    CREATE_SALES_ORDER,
    SET_ORDER_BLOCK,
    CLARIFY_ORDER,
    REMOVE_ORDER_BLOCK,
    CORRECT_ORDER,
    CHECK_CREDIT,
    SET_CREDIT_BLOCK,
    RELEASE_CREDIT_BLOCK,
    DENY_CREDIT,
    CANCEL_ORDER,
    CONFIRM_ORDER,
    CHANGE_ORDER,
    CHANGE_DELIVERY_DATE,
    REJECT_ORDER_LINE,
    REQUEST_PREPAYMENT,
    PRODUCE_GOODS,
    CREATE_DELIVERY,
    PICK_AND_PACK,
    RECORD_SHORTAGE,
    POST_GOODS_ISSUE,
    CONFIRM_DELIVERY,
    SET_BILLING_BLOCK,
    REMOVE_BILLING_BLOCK,
    CREATE_INVOICE,
    SEND_INVOICE,
    REJECT_INVOICE,
    CANCEL_INVOICE,
    SEND_DUNNING_LEVEL_1,
    SEND_DUNNING_LEVEL_2,
    SEND_DUNNING_LEVEL_3,
    CALL_CUSTOMER,
    RECORD_PROMISE,
    BREAK_PROMISE,
    OPEN_DISPUTE,
    RESOLVE_DISPUTE,
    CREATE_CREDIT_MEMO,
    RECEIVE_PAYMENT,
    RETURN_PAYMENT,
    APPLY_PAYMENT,
    CLEAR_INVOICE,
    ALLOW_DISCOUNT,
    REFUND_CUSTOMER,
    AUTHORISE_RETURN,
    RECEIVE_RETURN,
    INSPECT_RETURN,
    REFER_TO_AGENCY,
    WRITE_OFF_INVOICE,
    RECORD_RECOVERY,
    DECLARE_INSOLVENCY,
) = range(len(vocabulary.ACTIVITIES))

# The registers (process/documents.py) that recorded numbers point into, where they are no objects.
LINE = vocabulary.ORDER_LINE
DATE_CHANGE = "date_change"
SHORTAGE = "shortage"
APPLICATION = "application"
REFUND = "refund"
# What an activity is about: the number recorded with it is one of this register.
ABOUT: dict[str, tuple[int, ...]] = {
    vocabulary.ORDER: (
        RECEIVE_ORDER,
        CREATE_QUOTATION,
        CREATE_SALES_ORDER,
        SET_ORDER_BLOCK,
        CLARIFY_ORDER,
        REMOVE_ORDER_BLOCK,
        CORRECT_ORDER,
        CHECK_CREDIT,
        SET_CREDIT_BLOCK,
        RELEASE_CREDIT_BLOCK,
        DENY_CREDIT,
        CANCEL_ORDER,
        CONFIRM_ORDER,
        CHANGE_ORDER,
        REQUEST_PREPAYMENT,
    ),
    DATE_CHANGE: (CHANGE_DELIVERY_DATE,),
    LINE: (REJECT_ORDER_LINE, PRODUCE_GOODS),
    vocabulary.DELIVERY: (
        CREATE_DELIVERY,
        PICK_AND_PACK,
        POST_GOODS_ISSUE,
        CONFIRM_DELIVERY,
        SET_BILLING_BLOCK,
        REMOVE_BILLING_BLOCK,
    ),
    SHORTAGE: (RECORD_SHORTAGE,),
    vocabulary.INVOICE: (
        CREATE_INVOICE,
        SEND_INVOICE,
        REJECT_INVOICE,
        CANCEL_INVOICE,
        SEND_DUNNING_LEVEL_1,
        SEND_DUNNING_LEVEL_2,
        SEND_DUNNING_LEVEL_3,
        CALL_CUSTOMER,
        RECORD_PROMISE,
        BREAK_PROMISE,
        OPEN_DISPUTE,
        RESOLVE_DISPUTE,
        ALLOW_DISCOUNT,
        REFER_TO_AGENCY,
        WRITE_OFF_INVOICE,
        RECORD_RECOVERY,
    ),
    vocabulary.PAYMENT: (RECEIVE_PAYMENT, RETURN_PAYMENT),
    APPLICATION: (APPLY_PAYMENT, CLEAR_INVOICE),
    vocabulary.CREDIT_MEMO: (CREATE_CREDIT_MEMO,),
    REFUND: (REFUND_CUSTOMER,),
    vocabulary.RETURN: (AUTHORISE_RETURN, RECEIVE_RETURN, INSPECT_RETURN),
    vocabulary.CUSTOMER: (DECLARE_INSOLVENCY,),
}
# Done by the customer, the carrier or the bank: neither automated nor manual work of the company.
EXTERNAL = (
    RECEIVE_ORDER,
    CONFIRM_DELIVERY,
    REJECT_INVOICE,
    OPEN_DISPUTE,
    RECEIVE_PAYMENT,
    RETURN_PAYMENT,
    RECEIVE_RETURN,
    DECLARE_INSOLVENCY,
)
# Related to each line of the order, or of the delivery or invoice, as well, so that a log by order
# line can be had.
WITH_LINES = (
    RECEIVE_ORDER,
    CREATE_SALES_ORDER,
    CONFIRM_ORDER,
    CREATE_DELIVERY,
    POST_GOODS_ISSUE,
    CREATE_INVOICE,
)


@dataclass(frozen=True, slots=True)
class OwnActivity:
    """An activity that the vocabulary does not have.

    Parameters
    ----------
    name
        As it stands in the log; verb first.
    about
        The object type whose number is recorded with it: order, order_line, delivery, invoice,
        payment, credit_memo, return or customer.
    external
        Whether somebody outside the company does it.
    """

    name: str
    about: str
    external: bool = False
