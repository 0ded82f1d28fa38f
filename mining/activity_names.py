"""Names: what the activities of real logs are called in the reference vocabulary.

The reference vocabulary is that of :mod:`o2c_sim.vocabulary` and the further names below, for
what simulated companies do not do but real ones do: changes told apart by what was changed, other
blocks, rejections that may be withdrawn, pro forma invoices, debit memos.

Doubtful mappings carry their reason in :data:`DOUBTFUL`; a caller who knows the company better
passes a mapping of their own, which is looked up first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mining.system_names import SYSTEM_NAMES
from o2c_sim import vocabulary

CREATE_QUOTATION = vocabulary.CREATE_QUOTATION
CHANGE_PRICE = "Change Price"
CHANGE_MATERIAL = "Change Material"
CHANGE_CUSTOMER = "Change Customer"
CHANGE_QUANTITY = "Change Quantity"
CHANGE_DELIVERY_DATE = vocabulary.CHANGE_DELIVERY_DATE
CHANGE_SHIPPING_CONDITIONS = "Change Shipping Conditions"
CHANGE_ROUTE = "Change Route"
SET_ADDRESS_BLOCK = "Set Address Block"
REMOVE_ADDRESS_BLOCK = "Remove Address Block"
SET_SCHEDULE_LINE_BLOCK = "Set Schedule Line Block"
REMOVE_SCHEDULE_LINE_BLOCK = "Remove Schedule Line Block"
SET_LOGISTICS_CHECK = "Set Logistics Check"
REMOVE_LOGISTICS_CHECK = "Remove Logistics Check"
SET_SPECIAL_TEST_BLOCK = "Set Special Test Block"
REMOVE_SPECIAL_TEST_BLOCK = "Remove Special Test Block"
SET_SHIPPING_BLOCK = "Set Shipping Block"
REMOVE_SHIPPING_BLOCK = "Remove Shipping Block"
SET_DELIVERY_BLOCK = "Set Delivery Block"
CHANGE_DELIVERY_BLOCK = "Change Delivery Block"
REMOVE_DELIVERY_BLOCK = "Remove Delivery Block"
SET_REJECTION_REASON = "Set Rejection Reason"
CHANGE_REJECTION_REASON = "Change Rejection Reason"
REMOVE_REJECTION_REASON = "Remove Rejection Reason"
CREATE_PRO_FORMA_INVOICE = "Create Pro Forma Invoice"
SET_BILLING_BLOCK = vocabulary.SET_BILLING_BLOCK
REMOVE_BILLING_BLOCK = vocabulary.REMOVE_BILLING_BLOCK
CANCEL_INVOICE = vocabulary.CANCEL_INVOICE
CREATE_CREDIT_MEMO = vocabulary.CREATE_CREDIT_MEMO
CANCEL_CREDIT_MEMO = "Cancel Credit Memo"
CREATE_DEBIT_MEMO = "Create Debit Memo"

EXTRA_ACTIVITIES = (
    CHANGE_PRICE,
    CHANGE_MATERIAL,
    CHANGE_CUSTOMER,
    CHANGE_QUANTITY,
    CHANGE_SHIPPING_CONDITIONS,
    CHANGE_ROUTE,
    SET_ADDRESS_BLOCK,
    REMOVE_ADDRESS_BLOCK,
    SET_SCHEDULE_LINE_BLOCK,
    REMOVE_SCHEDULE_LINE_BLOCK,
    SET_LOGISTICS_CHECK,
    REMOVE_LOGISTICS_CHECK,
    SET_SPECIAL_TEST_BLOCK,
    REMOVE_SPECIAL_TEST_BLOCK,
    SET_SHIPPING_BLOCK,
    REMOVE_SHIPPING_BLOCK,
    SET_DELIVERY_BLOCK,
    CHANGE_DELIVERY_BLOCK,
    REMOVE_DELIVERY_BLOCK,
    SET_REJECTION_REASON,
    CHANGE_REJECTION_REASON,
    REMOVE_REJECTION_REASON,
    CREATE_PRO_FORMA_INVOICE,
    CANCEL_CREDIT_MEMO,
    CREATE_DEBIT_MEMO,
)
REFERENCE = (*vocabulary.ACTIVITIES, *EXTRA_ACTIVITIES)

# The names of the manufacturing log (SAP, case = order line).
_MANUFACTURING = {
    "Line Creation": vocabulary.CREATE_SALES_ORDER,
    "Header Block Set": vocabulary.SET_ORDER_BLOCK,
    "Header Block Removed": vocabulary.REMOVE_ORDER_BLOCK,
    "Document blocked for credit": vocabulary.SET_CREDIT_BLOCK,
    "Document released for credit": vocabulary.RELEASE_CREDIT_BLOCK,
    "Address missing Block Set": SET_ADDRESS_BLOCK,
    "Address missing Block Removed": REMOVE_ADDRESS_BLOCK,
    "Sched.Line Block Set": SET_SCHEDULE_LINE_BLOCK,
    "Sched.Line Block Removed": REMOVE_SCHEDULE_LINE_BLOCK,
    "LgstCheckOnConfDat Set": SET_LOGISTICS_CHECK,
    "LgstCheckOnConfDat Removed": REMOVE_LOGISTICS_CHECK,
    "Special test Block Set": SET_SPECIAL_TEST_BLOCK,
    "Special test Block Removed": REMOVE_SPECIAL_TEST_BLOCK,
    "CTR Block Set": SET_SHIPPING_BLOCK,
    "CTR Block Removed": REMOVE_SHIPPING_BLOCK,
    "Sched.Line Changed Delivery Date": CHANGE_DELIVERY_DATE,
    "Schedule Line Rejected": SET_REJECTION_REASON,
    "Delivery": vocabulary.CREATE_DELIVERY,
    "Good Issue": vocabulary.POST_GOODS_ISSUE,
}

# The names of the distributor's log (SAP, case = order line).
_DISTRIBUTOR = {
    "Create Sales Order Item": vocabulary.CREATE_SALES_ORDER,
    "Change Net Price": CHANGE_PRICE,
    "Change Scheduled date": CHANGE_DELIVERY_DATE,
    "Change Shipping Terms": CHANGE_SHIPPING_CONDITIONS,
    "Set Reason for rejection": SET_REJECTION_REASON,
    "Change Reason for rejection": CHANGE_REJECTION_REASON,
    "Remove Reason for rejection": REMOVE_REJECTION_REASON,
    "Credit Check Release": vocabulary.RELEASE_CREDIT_BLOCK,
    "Credit Check Denied": vocabulary.DENY_CREDIT,
    "Delivery Block changed": CHANGE_DELIVERY_BLOCK,
    "Delivery Block removed": REMOVE_DELIVERY_BLOCK,
    "Goods Issue": vocabulary.POST_GOODS_ISSUE,
    "Pro forma invoice": CREATE_PRO_FORMA_INVOICE,
    "Billing Block set": SET_BILLING_BLOCK,
    "Billing Block removed": REMOVE_BILLING_BLOCK,
    "Delivery Block set": SET_DELIVERY_BLOCK,
    "Invoice cancellation": CANCEL_INVOICE,
    "Credit memo": CREATE_CREDIT_MEMO,
    "Credit memo cancellation": CANCEL_CREDIT_MEMO,
    "Debit memo": CREATE_DEBIT_MEMO,
}

# The activity names of a common SAP connector for order to cash.
_CONNECTOR = {
    "Create sales order item": vocabulary.CREATE_SALES_ORDER,
    "Set sales order credit block": vocabulary.SET_CREDIT_BLOCK,
    "Remove sales order credit block": vocabulary.RELEASE_CREDIT_BLOCK,
    "Change expected delivery date": CHANGE_DELIVERY_DATE,
    "Change confirmed quantity": CHANGE_QUANTITY,
    "Reject sales order item": SET_REJECTION_REASON,
    "Restore sales order item": REMOVE_REJECTION_REASON,
    "Create delivery item": vocabulary.CREATE_DELIVERY,
    "Create invoice item": vocabulary.CREATE_INVOICE,
}

LINE_NAMES = frozenset(
    name.casefold()
    for names in (_MANUFACTURING, _DISTRIBUTOR, _CONNECTOR)
    for name, reference in names.items()
    if reference == vocabulary.CREATE_SALES_ORDER
)
"""Names (case-folded) by which a log shows that its case is an order line, not an order."""

DOUBTFUL = {
    "CTR Block Set": "meaning not documented; occurs between delivery and goods issue, so taken "
    "as a block on shipping",
    "CTR Block Removed": "meaning not documented; occurs between delivery and goods issue, so "
    "taken as a block on shipping",
    "LgstCheckOnConfDat Set": "a flag that logistics has yet to confirm the date; taken as a block",
    "LgstCheckOnConfDat Removed": "a flag that logistics has yet to confirm the date; taken as a "
    "block",
    "Schedule Line Rejected": "always a line's last event; taken as the rejection of the line",
    "Credit Check Denied": "often followed by a release; taken as a denial that may be reversed",
    "Remove Reason for rejection": "more frequent than its setting; lines seem to be entered as "
    "rejected until someone accepts them",
}
"""Names whose mapping is a judgement, with the judgement."""

_KNOWN = {
    **SYSTEM_NAMES,
    **{name.casefold(): name for name in REFERENCE},
    **{
        name.casefold(): reference
        for names in (_CONNECTOR, _DISTRIBUTOR, _MANUFACTURING)
        for name, reference in names.items()
    },
}


def reference_names(
    activities: Iterable[str], names: Mapping[str, str] | None = None
) -> dict[str, str | None]:
    """Return the reference name of each activity.

    Parameters
    ----------
    activities
        A log's own names; case and surrounding blanks do not matter.
    names
        Further or other mappings, looked up first; map a name to ``""`` to leave it unmapped.

    Returns
    -------
    dict
        None for activities without a reference name.
    """
    own = {key.strip().casefold(): value for key, value in (names or {}).items()}
    mapped: dict[str, str | None] = {}
    for activity in activities:
        key = activity.strip().casefold()
        mapped[activity] = (own[key] or None) if key in own else _KNOWN.get(key)
    return mapped
