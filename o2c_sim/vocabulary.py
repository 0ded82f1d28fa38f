"""The reference vocabulary: activity names, object types and qualifiers of order to cash.

Names are verb-first English, after the activity lists of the public SAP logs and connectors
that the domain reference gives; a real log's own names are mapped to these for checking.
"""

from __future__ import annotations

RECEIVE_ORDER = "Receive Order"
CREATE_SALES_ORDER = "Create Sales Order"
SET_ORDER_BLOCK = "Set Order Block"
CLARIFY_ORDER = "Clarify Order"
REMOVE_ORDER_BLOCK = "Remove Order Block"
CHECK_CREDIT = "Check Credit"
SET_CREDIT_BLOCK = "Set Credit Block"
RELEASE_CREDIT_BLOCK = "Release Credit Block"
DENY_CREDIT = "Deny Credit"
CANCEL_ORDER = "Cancel Order"
CONFIRM_ORDER = "Confirm Order"
CREATE_DELIVERY = "Create Delivery"
PICK_AND_PACK = "Pick and Pack"
POST_GOODS_ISSUE = "Post Goods Issue"
CREATE_INVOICE = "Create Invoice"
SEND_INVOICE = "Send Invoice"
SEND_DUNNING_LEVEL_1 = "Send Dunning Level 1"
SEND_DUNNING_LEVEL_2 = "Send Dunning Level 2"
SEND_DUNNING_LEVEL_3 = "Send Dunning Level 3"
CALL_CUSTOMER = "Call Customer"
RECORD_PROMISE = "Record Promise to Pay"
OPEN_DISPUTE = "Open Dispute"
RESOLVE_DISPUTE = "Resolve Dispute"
CREATE_CREDIT_MEMO = "Create Credit Memo"
RECEIVE_PAYMENT = "Receive Payment"
CLEAR_INVOICE = "Clear Invoice"
WRITE_OFF_INVOICE = "Write Off Invoice"

ACTIVITIES = (
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
)

HAPPY_PATH = (
    RECEIVE_ORDER,
    CREATE_SALES_ORDER,
    CHECK_CREDIT,
    CONFIRM_ORDER,
    CREATE_DELIVERY,
    PICK_AND_PACK,
    POST_GOODS_ISSUE,
    CREATE_INVOICE,
    SEND_INVOICE,
    RECEIVE_PAYMENT,
    CLEAR_INVOICE,
)

CUSTOMER = "customer"
ORDER = "order"
ORDER_LINE = "order_line"
DELIVERY = "delivery"
INVOICE = "invoice"
PAYMENT = "payment"
OBJECT_TYPES = (CUSTOMER, ORDER, ORDER_LINE, DELIVERY, INVOICE, PAYMENT)
