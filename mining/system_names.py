"""Names that order-to-cash systems and process-mining connectors give to activities.

They are looked up after the reference vocabulary and after the names of the public logs. Names of
the UiPath connector for SAP and of Oracle's processes follow their public documentation; those
marked *assumed* are spellings in common use that no document at hand confirms. Case and
surrounding blanks do not matter. A caller who knows better passes a mapping of their own.
"""

from __future__ import annotations

from o2c_sim import vocabulary as v

_CHANGE_PRICE = "Change Price"
_CHANGE_QUANTITY = "Change Quantity"
_SET_DELIVERY_BLOCK = "Set Delivery Block"
_REMOVE_DELIVERY_BLOCK = "Remove Delivery Block"
_SET_REJECTION_REASON = "Set Rejection Reason"
_REMOVE_REJECTION_REASON = "Remove Rejection Reason"

# UiPath Process Mining, SAP connector for the order-to-cash accelerator, sales order activities.
_UIPATH = {
    v.CREATE_SALES_ORDER: ("Create sales order item",),
    v.SET_BILLING_BLOCK: ("Set sales order item billing block", "Set sales order billing block"),
    v.REMOVE_BILLING_BLOCK: (
        "Remove sales order item billing block",
        "Remove sales order billing block",
    ),
    _SET_DELIVERY_BLOCK: (
        "Set sales order item delivery block",
        "Set sales order delivery block",
    ),
    _REMOVE_DELIVERY_BLOCK: (
        "Remove sales order item delivery block",
        "Remove sales order delivery block",
    ),
    v.SET_CREDIT_BLOCK: ("Set sales order item credit block", "Set sales order credit block"),
    v.RELEASE_CREDIT_BLOCK: (
        "Remove sales order item credit block",
        "Remove sales order credit block",
    ),
    v.CHANGE_DELIVERY_DATE: (
        "Change sales order item expected delivery date",
        "Change sales order requested delivery date",
    ),
    _CHANGE_QUANTITY: (
        "Change sales order item confirmed quantity",
        "Change sales order item ordered quantity",
    ),
    _CHANGE_PRICE: ("Change sales order item price",),
    v.CHANGE_ORDER: (
        "Change sales order item payment terms",
        "Change sales order payment terms",
    ),
    _SET_REJECTION_REASON: ("Reject sales order item",),
    _REMOVE_REJECTION_REASON: ("Restore sales order item",),
}

# Oracle Order Management and Shipping: processes and the states that they lead to.
_ORACLE = {
    v.CREATE_SALES_ORDER: ("Enter Order", "Order Entered"),
    v.CONFIRM_ORDER: ("Book Order", "Order Booked"),
    v.CREATE_DELIVERY: ("Pick Release", "Pick Released"),
    v.PICK_AND_PACK: ("Pick Confirm", "Pick Confirmed"),
    v.POST_GOODS_ISSUE: ("Ship Confirm", "Ship Confirmed"),
    v.CREATE_INVOICE: ("AutoInvoice",),
}

# Assumed: Celonis and SAP spellings in common use.
_COMMON = {
    v.CREATE_QUOTATION: ("Create Quote", "Create Quotation Item"),
    v.RECEIVE_ORDER: ("Receive Purchase Order", "Customer PO Received", "Order Received"),
    v.CREATE_SALES_ORDER: ("Sales Order Created", "Create SO", "SO Created"),
    v.CHECK_CREDIT: ("Credit Check", "Perform Credit Check"),
    v.SET_CREDIT_BLOCK: ("Set Credit Hold", "Credit Hold", "Credit Block Set"),
    v.RELEASE_CREDIT_BLOCK: (
        "Approve Credit Check",
        "Remove Credit Block",
        "Release Credit Hold",
        "Credit Block Removed",
        "Credit Hold Released",
    ),
    v.DENY_CREDIT: ("Deny Credit Check", "Credit Denied", "Reject Credit"),
    v.CONFIRM_ORDER: ("Send Order Confirmation", "Order Confirmed", "Confirm Sales Order"),
    v.CHANGE_DELIVERY_DATE: (
        "Change Requested Delivery Date",
        "Change Confirmed Delivery Date",
        "Change Delivery Date Requested",
    ),
    _CHANGE_PRICE: ("Price Changed",),
    _CHANGE_QUANTITY: ("Quantity Changed", "Change Order Quantity"),
    _SET_DELIVERY_BLOCK: ("Delivery Block Added",),
    v.CANCEL_ORDER: ("Cancel Sales Order", "Order Cancelled", "Order Canceled"),
    v.CREATE_DELIVERY: (
        "Generate Delivery Document",
        "Create Outbound Delivery",
        "Delivery Created",
        "Create Delivery Document",
    ),
    v.PICK_AND_PACK: ("Execute Picking", "Pick and Pack Goods"),
    v.POST_GOODS_ISSUE: (
        "Record Goods Issue",
        "Goods Issue Posted",
        "Ship Goods",
        "Goods Issued",
    ),
    v.CONFIRM_DELIVERY: ("Proof of Delivery", "Confirm Proof of Delivery"),
    v.CREATE_INVOICE: (
        "Create Billing Document",
        "Create Customer Invoice",
        "Invoice Created",
        "Generate Invoice",
        "Post Invoice",
    ),
    v.SEND_INVOICE: ("Invoice Sent", "Send Billing Document"),
    v.CANCEL_INVOICE: ("Cancel Billing Document", "Reverse Invoice", "Invoice Cancelled"),
    v.SEND_DUNNING_LEVEL_1: ("Dunning Level 1", "Send First Reminder", "First Dunning"),
    v.SEND_DUNNING_LEVEL_2: ("Dunning Level 2", "Send Second Reminder", "Second Dunning"),
    v.SEND_DUNNING_LEVEL_3: ("Dunning Level 3", "Send Third Reminder", "Third Dunning"),
    v.OPEN_DISPUTE: ("Create Dispute", "Create Dispute Case", "Dispute Opened"),
    v.RESOLVE_DISPUTE: ("Close Dispute", "Close Dispute Case", "Dispute Resolved"),
    v.RECEIVE_PAYMENT: ("Payment Received", "Receive Customer Payment", "Incoming Payment"),
    v.APPLY_PAYMENT: ("Apply Receipt", "Apply Cash"),
    v.CLEAR_INVOICE: ("Clear Customer Invoice", "Invoice Cleared", "Clear Open Item"),
    v.WRITE_OFF_INVOICE: ("Write-Off Invoice", "Write Off", "Invoice Written Off"),
}

SYSTEM_NAMES = {
    name.casefold(): reference
    for names in (_COMMON, _ORACLE, _UIPATH)
    for reference, spellings in names.items()
    for name in spellings
}
"""Reference name of each of these names, case-folded."""
