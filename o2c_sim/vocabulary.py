"""The reference vocabulary: activity names, object types and qualifiers of order to cash.

Names are verb-first English, after the activity lists of the public SAP logs and connectors
that the domain reference gives; a real log's own names are mapped to these for checking.
"""

from __future__ import annotations

RECEIVE_ORDER = "Receive Order"
CREATE_QUOTATION = "Create Quotation"
CREATE_SALES_ORDER = "Create Sales Order"
SET_ORDER_BLOCK = "Set Order Block"
CLARIFY_ORDER = "Clarify Order"
REMOVE_ORDER_BLOCK = "Remove Order Block"
CORRECT_ORDER = "Correct Order"
CHECK_CREDIT = "Check Credit"
SET_CREDIT_BLOCK = "Set Credit Block"
RELEASE_CREDIT_BLOCK = "Release Credit Block"
DENY_CREDIT = "Deny Credit"
CANCEL_ORDER = "Cancel Order"
CONFIRM_ORDER = "Confirm Order"
CHANGE_ORDER = "Change Order"
CHANGE_DELIVERY_DATE = "Change Delivery Date"
REJECT_ORDER_LINE = "Reject Order Line"
REQUEST_PREPAYMENT = "Request Prepayment"
PRODUCE_GOODS = "Produce Goods"
CREATE_DELIVERY = "Create Delivery"
PICK_AND_PACK = "Pick and Pack"
RECORD_SHORTAGE = "Record Shortage"
POST_GOODS_ISSUE = "Post Goods Issue"
CONFIRM_DELIVERY = "Confirm Delivery"
SET_BILLING_BLOCK = "Set Billing Block"
REMOVE_BILLING_BLOCK = "Remove Billing Block"
CREATE_INVOICE = "Create Invoice"
SEND_INVOICE = "Send Invoice"
REJECT_INVOICE = "Reject Invoice"
CANCEL_INVOICE = "Cancel Invoice"
SEND_DUNNING_LEVEL_1 = "Send Dunning Level 1"
SEND_DUNNING_LEVEL_2 = "Send Dunning Level 2"
SEND_DUNNING_LEVEL_3 = "Send Dunning Level 3"
CALL_CUSTOMER = "Call Customer"
RECORD_PROMISE = "Record Promise to Pay"
BREAK_PROMISE = "Record Broken Promise"
OPEN_DISPUTE = "Open Dispute"
RESOLVE_DISPUTE = "Resolve Dispute"
CREATE_CREDIT_MEMO = "Create Credit Memo"
RECEIVE_PAYMENT = "Receive Payment"
RETURN_PAYMENT = "Return Payment"
APPLY_PAYMENT = "Apply Payment"
CLEAR_INVOICE = "Clear Invoice"
ALLOW_DISCOUNT = "Allow Cash Discount"
REFUND_CUSTOMER = "Refund Customer"
AUTHORISE_RETURN = "Authorise Return"
RECEIVE_RETURN = "Receive Return"
INSPECT_RETURN = "Inspect Return"
REFER_TO_AGENCY = "Refer to Agency"
WRITE_OFF_INVOICE = "Write Off Invoice"
RECORD_RECOVERY = "Record Recovery"
DECLARE_INSOLVENCY = "Declare Insolvency"

ACTIVITIES = (
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
CREDIT_MEMO = "credit_memo"
RETURN = "return"
OBJECT_TYPES = (CUSTOMER, ORDER, ORDER_LINE, DELIVERY, INVOICE, PAYMENT, CREDIT_MEMO, RETURN)
