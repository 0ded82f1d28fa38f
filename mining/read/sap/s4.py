"""S/4HANA extracts: one file for each view, recognised by its columns."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from mining.read.sap.documents import COLUMNS, Documents, distinct, table_from
from mining.read.sap.tables import Extract, header_of

# What tells each view from the others: columns that it has, columns that it has not.
_MARKS: dict[str, tuple[set[str], set[str]]] = {
    "schedule_lines": ({"salesorder", "salesorderitem", "scheduleline"}, set()),
    "order_lines": ({"salesorder", "salesorderitem"}, {"scheduleline", "billingdocument"}),
    "orders": ({"salesorder", "soldtoparty"}, {"salesorderitem", "billingdocument"}),
    "delivery_lines": ({"deliverydocument", "deliverydocumentitem"}, set()),
    "deliveries": ({"deliverydocument", "creationdate"}, {"deliverydocumentitem"}),
    "billing_lines": ({"billingdocument", "billingdocumentitem"}, set()),
    "billing": ({"billingdocument", "billingdocumenttype"}, {"billingdocumentitem"}),
    "items": ({"accountingdocument", "accountingdocumenttype", "clearingdate"}, set()),
    "cleared_items": (
        {"accountingdocument", "clearingaccountingdocument"}, {"accountingdocumenttype"},
    ),
    "customers": ({"businesspartner", "customer"}, {"addressid"}),
    "addresses": ({"businesspartner", "addressid"}, set()),
    "products": ({"product", "producttype"}, set()),
    "users": ({"userid", "usertype"}, set()),
}  # fmt: skip
_SIDE = {"addresses", "cleared_items"}

_NAMES: dict[str, dict[str, tuple[str, ...] | str]] = {
    "orders": {
        "order": "salesorder", "category": "sddocumentcategory", "type": "salesordertype",
        "created": ("creationdate", "creationtime"), "user": "createdbyuser",
        "customer": "soldtoparty", "amount": "totalnetamount", "currency": "transactioncurrency",
        "requested_date": "requesteddeliverydate", "payment_terms": "customerpaymentterms",
        "delivery_block": "deliveryblockreason", "billing_block": "headerbillingblockreason",
        "credit_status": "totalcreditcheckstatus", "sales_organization": "salesorganization",
        "channel": "distributionchannel",
    },
    "order_lines": {
        "order": "salesorder", "line": "salesorderitem", "product": ("material", "product"),
        "quantity": "requestedquantity", "amount": "netamount",
        "plant": ("productionplant", "plant"), "rejection_reason": "salesdocumentrjcnreason",
        "created": ("creationdate", "creationtime"), "user": "createdbyuser",
        "predecessor": "referencesddocument",
    },
    "schedule_lines": {
        "order": "salesorder", "line": "salesorderitem", "confirmed_date": "confirmeddeliverydate",
        "quantity": "confdorderqtybymatlavailcheck",
    },
    "deliveries": {
        "delivery": "deliverydocument", "category": "sddocumentcategory",
        "created": ("creationdate", "creationtime"), "user": "createdbyuser",
        "goods_issued": ("actualgoodsmovementdate", "actualgoodsmovementtime"),
        "customer": "soldtoparty", "shipping_point": "shippingpoint",
        "goods_movement_status": "overallgoodsmovementstatus",
        "picking_status": "overallpickingstatus",
    },
    "delivery_lines": {
        "delivery": "deliverydocument", "line": "deliverydocumentitem",
        "order": "referencesddocument", "order_line": "referencesddocumentitem",
        "product": ("material", "product"), "quantity": "actualdeliveryquantity",
    },
    "billing": {
        "billing": "billingdocument", "category": "sddocumentcategory",
        "type": "billingdocumenttype", "created": ("creationdate", "creationtime"),
        "user": "createdbyuser", "billing_date": "billingdocumentdate", "customer": "soldtoparty",
        "net_amount": "totalnetamount", "tax": "totaltaxamount", "currency": "transactioncurrency",
        "company": "companycode", "year": "fiscalyear", "entry": "accountingdocument",
        "cancels": "cancelledbillingdocument", "is_cancelled": "billingdocumentiscancelled",
    },
    "billing_lines": {
        "billing": "billingdocument", "line": "billingdocumentitem",
        "product": ("material", "product"), "amount": "netamount",
        "document": "referencesddocument", "document_line": "referencesddocumentitem",
        "order": "salesdocument", "order_line": "salesdocumentitem",
    },
    "items": {
        "company": "companycode", "year": "fiscalyear", "entry": "accountingdocument",
        "line": "accountingdocumentitem",
        "billing": ("referencedocument", "originalreferencedocument", "billingdocument"),
        "entry_type": "accountingdocumenttype", "customer": "customer",
        "amount": ("amountincompanycodecurrency", "amountintransactioncurrency"),
        "currency": ("companycodecurrency", "transactioncurrency"), "posting_date": "postingdate",
        "document_date": "documentdate", "due_date": "netduedate",
        "entered": ("accountingdocumentcreationdate", "creationtime"), "user": "createdbyuser",
        "clearing_date": "clearingdate",
        "clearing": ("clearingaccountingdocument", "clearingjournalentry"),
        "clearing_year": ("clearingdocfiscalyear", "clearingjournalentryfiscalyear"),
    },
    "customers": {
        "customer": "customer", "name": ("businesspartnerfullname", "businesspartnername"),
    },
    "products": {"product": "product", "type": "producttype", "group": "productgroup"},
    "users": {"user": "userid", "user_type": "usertype"},
}  # fmt: skip
_REQUIRED = {
    "orders": ("order",), "order_lines": ("order", "line"), "deliveries": ("delivery",),
    "delivery_lines": ("delivery", "line"), "billing": ("billing",), "billing_lines": ("billing",),
    "items": ("entry", "amount"), "schedule_lines": ("order", "line"),
}  # fmt: skip


def recognise(files: list[Path]) -> dict[Path, str]:
    """Return the files that are views of an S/4HANA extract, and which."""
    found = {}
    for path in files:
        header = header_of(path)
        for view, (has, lacks) in _MARKS.items():
            if has <= header and not lacks & header:
                found[path] = view
                break
    return found


def documents(extract: Extract, files: dict[Path, str]) -> Documents:
    """Return the documents of an extract.

    Parameters
    ----------
    extract
        The files' rows.
    files
        As :func:`recognise` found them.
    """
    by_view: dict[str, list[str]] = {}
    for path, view in files.items():
        if path.name in extract.frames:
            by_view.setdefault(view, []).append(path.name)
    tables = {}
    rows = [(name, view, extract.frames[name].height) for view in by_view for name in by_view[view]]
    for table in COLUMNS:
        names, required = _NAMES.get(table, {}), _REQUIRED.get(table, ())
        given = by_view.get(table, [])
        if table == "items":
            # Cleared items are a selection of the journal's, and stand in for it where it lacks.
            given = given + by_view.get("cleared_items", [])
        parts = [table_from(extract, table, name, names, required) for name in given or [""]]
        tables[table] = pl.concat(parts)
    extract.check()
    if "addresses" in by_view:
        name = by_view["addresses"][0]
        tables["customers"] = _with_places(extract, name, tables["customers"])
    notes = [
        f"{table.replace('_', ' ')}: {was - now} of {was} rows repeat others and count once"
        for table in COLUMNS
        if (was := tables[table].height) > (now := _single(tables, table))
    ]
    return Documents(tables, rows, notes)


_KEYS = {
    "orders": ("order",), "order_lines": ("order", "line"), "deliveries": ("delivery",),
    "delivery_lines": ("delivery", "line"), "billing": ("billing",),
    "billing_lines": ("billing", "line"), "items": ("company", "year", "entry", "line"),
    "customers": ("customer",), "products": ("product",), "users": ("user",),
}  # fmt: skip


def _single(tables: dict[str, pl.DataFrame], table: str) -> int:
    """Keep the first row of each key, and return how many are left."""
    if table in _KEYS:
        tables[table] = distinct(tables[table], _KEYS[table])
    return tables[table].height


def _with_places(extract: Extract, name: str, customers: pl.DataFrame) -> pl.DataFrame:
    names: dict[str, tuple[str, ...] | str] = {
        "customer": "businesspartner", "country": "country", "city": "cityname"
    }  # fmt: skip
    places = table_from(extract, "customers", name, names).unique("customer", keep="first")
    return customers.drop("country", "city").join(
        places.drop("name"), on="customer", how="left", maintain_order="left"
    )
