"""Activity numbers: the vocabulary's names as the small integers that the recorder keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from o2c_sim import vocabulary

RECEIVE_ORDER: Final = 0
CREATE_QUOTATION: Final = 1
CREATE_SALES_ORDER: Final = 2
SET_ORDER_BLOCK: Final = 3
CLARIFY_ORDER: Final = 4
REMOVE_ORDER_BLOCK: Final = 5
CORRECT_ORDER: Final = 6
CHECK_CREDIT: Final = 7
SET_CREDIT_BLOCK: Final = 8
RELEASE_CREDIT_BLOCK: Final = 9
DENY_CREDIT: Final = 10
CANCEL_ORDER: Final = 11
CONFIRM_ORDER: Final = 12
CHANGE_ORDER: Final = 13
CHANGE_DELIVERY_DATE: Final = 14
REJECT_ORDER_LINE: Final = 15
REQUEST_PREPAYMENT: Final = 16
PRODUCE_GOODS: Final = 17
CREATE_DELIVERY: Final = 18
PICK_AND_PACK: Final = 19
RECORD_SHORTAGE: Final = 20
POST_GOODS_ISSUE: Final = 21
CONFIRM_DELIVERY: Final = 22
SET_BILLING_BLOCK: Final = 23
REMOVE_BILLING_BLOCK: Final = 24
CREATE_INVOICE: Final = 25
SEND_INVOICE: Final = 26
REJECT_INVOICE: Final = 27
CANCEL_INVOICE: Final = 28
SEND_DUNNING_LEVEL_1: Final = 29
SEND_DUNNING_LEVEL_2: Final = 30
SEND_DUNNING_LEVEL_3: Final = 31
CALL_CUSTOMER: Final = 32
RECORD_PROMISE: Final = 33
BREAK_PROMISE: Final = 34
OPEN_DISPUTE: Final = 35
RESOLVE_DISPUTE: Final = 36
CREATE_CREDIT_MEMO: Final = 37
RECEIVE_PAYMENT: Final = 38
RETURN_PAYMENT: Final = 39
APPLY_PAYMENT: Final = 40
CLEAR_INVOICE: Final = 41
ALLOW_DISCOUNT: Final = 42
REFUND_CUSTOMER: Final = 43
AUTHORISE_RETURN: Final = 44
RECEIVE_RETURN: Final = 45
INSPECT_RETURN: Final = 46
REFER_TO_AGENCY: Final = 47
WRITE_OFF_INVOICE: Final = 48
RECORD_RECOVERY: Final = 49
DECLARE_INSOLVENCY: Final = 50

# The registers (process/documents.py) that recorded numbers point into, where they are no objects.
LINE = vocabulary.ORDER_LINE
DATE_CHANGE: Final = "date_change"
SHORTAGE: Final = "shortage"
APPLICATION: Final = "application"
REFUND: Final = "refund"
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
