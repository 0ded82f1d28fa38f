"""The S/4HANA extract: every document accounted for, linked to the cash, DSO as by hand."""

import datetime as dt
import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from command_line import o2c
from real_logs import folder

from mining.cash_kpis import invoice_spans
from mining.kpis import Period, measure
from mining.read import ColumnMapping, ocel, read_log
from mining.receivables import invoices
from o2c_sim import LogError
from o2c_sim import vocabulary as v

EXTRACT = "sap_s4_tables"
PERIOD = Period(dt.date(2025, 3, 31), dt.date(2025, 7, 25))


@pytest.fixture(scope="module")
def extract():
    """Return the folder of the extract."""
    path = folder() / EXTRACT
    if not path.is_dir():
        pytest.skip(f"{path} is absent; set O2C_DATA to the folder of the public logs")
    return path


@pytest.fixture(scope="module")
def read(extract):
    """Return the extract as a log."""
    return read_log(extract)


def rows(path: Path, name: str):
    """Return a table as plain Python reads it."""
    text = (path / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def sizes(log):
    """Return the number of objects by type."""
    return dict(log.objects.group_by(pl.col("type").cast(pl.String)).len().iter_rows())


def test_document_counts_reconcile_with_the_tables(extract, read):
    """Each table's documents are there once: no more, no fewer, nothing silent."""
    billing = rows(extract, "billing_document_headers")
    cancels = [row for row in billing if row["cancelledBillingDocument"]]
    journal = rows(extract, "journal_entry_items_accounts_receivable")
    entries = {row["accountingDocument"] for row in journal}
    named = {row["accountingDocument"] for row in billing}
    assert sizes(read.log) == {
        v.ORDER: len(rows(extract, "sales_order_headers")),
        v.ORDER_LINE: len(rows(extract, "sales_order_items")),
        v.DELIVERY: len(rows(extract, "outbound_delivery_headers")),
        v.INVOICE: len(billing) - len(cancels),
        "invoice_cancellation": len(cancels),
        "journal_entry": len(entries | named),
        "clearing": len({r["clearingAccountingDocument"] for r in journal} - {""}),
        v.CUSTOMER: len(rows(extract, "business_partners")),
        "product": len(rows(extract, "products")),
    }
    told = "\n".join(read.notes)
    assert f"{len(named - entries)} journal entries are only named" in told
    assert "billing_document_cancellations.jsonl 80" in told
    assert "not used: " in told
    assert "plants.jsonl" in told


def test_every_event_is_one_entry_of_a_table(extract, read):
    """Events by activity are the rows that have the date."""
    deliveries = rows(extract, "outbound_delivery_headers")
    counted = dict(read.log.events.group_by(pl.col("activity").cast(pl.String)).len().iter_rows())
    assert counted == {
        v.CREATE_SALES_ORDER: 100,
        v.CREATE_DELIVERY: len(deliveries),
        v.POST_GOODS_ISSUE: sum(d["actualGoodsMovementDate"] is not None for d in deliveries),
        v.CREATE_INVOICE: 83,
        v.CANCEL_INVOICE: 80,
    }


def pairs(log, qualifier, source, target):
    """Return the numbers that a relation ties, without the type before them."""
    ids = log.objects.select("object", "number", pl.col("type").cast(pl.String))
    joined = (
        log.object_relations.filter(pl.col("qualifier").cast(pl.String) == qualifier)
        .join(ids, left_on="source", right_on="object")
        .join(ids, left_on="target", right_on="object", suffix="_target")
        .filter((pl.col("type") == source) & (pl.col("type_target") == target))
    )
    return set(joined.select("number", "number_target").iter_rows())


def test_the_chain_from_order_to_clearing_is_linked_as_the_tables_say(extract, read):
    """Order, delivery, invoice, journal entry, clearing: each pair, by plain Python."""
    log = read.log
    delivered = {
        (r["deliveryDocument"], r["referenceSdDocument"])
        for r in rows(extract, "outbound_delivery_items")
    }
    assert pairs(log, "delivers", v.DELIVERY, v.ORDER) == delivered
    shipped = {
        (r["deliveryDocument"], f"{r['referenceSdDocument']}/{int(r['referenceSdDocumentItem'])}")
        for r in rows(extract, "outbound_delivery_items")
    }
    assert pairs(log, "ships", v.DELIVERY, v.ORDER_LINE) == shipped
    cancelling = {
        r["billingDocument"]: r["cancelledBillingDocument"]
        for r in rows(extract, "billing_document_headers") if r["cancelledBillingDocument"]
    }  # fmt: skip
    billed = {
        (r["billingDocument"], r["referenceSdDocument"])
        for r in rows(extract, "billing_document_items") if r["billingDocument"] not in cancelling
    }  # fmt: skip
    assert pairs(log, "bills", v.INVOICE, v.DELIVERY) == billed
    assert pairs(log, "cancels", "invoice_cancellation", v.INVOICE) == set(cancelling.items())
    journal = rows(extract, "journal_entry_items_accounts_receivable")
    posted = {
        (f"ABCD/2025/{r['accountingDocument']}", r["billingDocument"])
        for r in rows(extract, "billing_document_headers")
        if r["billingDocument"] not in cancelling
    }
    assert pairs(log, "posts", "journal_entry", v.INVOICE) == posted
    cleared = {
        (f"ABCD/2025/{r['clearingAccountingDocument']}", f"ABCD/2025/{r['accountingDocument']}")
        for r in journal if r["clearingAccountingDocument"]
    }  # fmt: skip
    assert pairs(log, "clears", "clearing", "journal_entry") == cleared


def open_by_hand(extract):
    """Return what is open of invoices that stand, and what was invoiced of them, in cents."""
    journal = rows(extract, "journal_entry_items_accounts_receivable")
    cancelled = {
        row["billingDocument"]
        for row in rows(extract, "billing_document_headers")
        if row["billingDocumentIsCancelled"] or row["cancelledBillingDocument"]
    }
    standing = [row for row in journal if row["referenceDocument"] not in cancelled]
    cents = {r["referenceDocument"]: round(100 * float(r["amountInTransactionCurrency"]))
             for r in standing}  # fmt: skip
    unpaid = sum(cents[r["referenceDocument"]] for r in standing if not r["clearingDate"])
    return unpaid, sum(cents.values())


def test_dso_equals_that_of_plain_python(extract, read):
    """Open items x days / (invoiced - cancelled), from the raw JSON; here nothing was ever paid."""
    unpaid, sales = open_by_hand(extract)
    assert (unpaid, sales) == (265464, 265464)
    found = measure(read.log, PERIOD, recorded=read.recorded)
    assert found["dso_simple_days"] == pytest.approx(unpaid * PERIOD.days / sales, rel=1e-12)
    assert invoices(read.log)["open"].sum() == pytest.approx(unpaid / 100, abs=1e-9)
    assert all(found[key] != found[key] for key in ("best_possible_dso_days", "cash_tied_up_mean"))


def test_no_clearing_of_a_cancelled_invoice_passes_for_a_payment(extract, read):
    """All clearing documents of this extract are entries of cancellations; the notes say so."""
    entries = {
        row["accountingDocument"]
        for row in rows(extract, "billing_document_headers") if row["cancelledBillingDocument"]
    }  # fmt: skip
    clearing = {
        r["clearingAccountingDocument"] for r in rows(extract, "payments_accounts_receivable")
    }
    assert clearing <= entries
    assert v.PAYMENT not in read.log.object_types
    assert any("no customer's money is in this extract" in note for note in read.notes)
    assert invoice_spans(read.log, PERIOD).height == 0


@pytest.fixture(scope="module")
def paid(extract, tmp_path_factory):
    """Return the extract with 30 cancellations turned into payments on various days."""
    path = tmp_path_factory.mktemp("paid") / EXTRACT
    shutil.copytree(extract, path)
    path.chmod(0o755)
    headers = rows(extract, "billing_document_headers")
    journal = rows(extract, "journal_entry_items_accounts_receivable")
    invoiced = [r for r in journal if float(r["amountInTransactionCurrency"]) > 0]
    chosen = [r for r in invoiced if r["clearingDate"]][:30]
    freed = {row["referenceDocument"] for row in chosen}
    gone = {h["billingDocument"] for h in headers if h["cancelledBillingDocument"] in freed}
    kept = [h for h in headers if h["billingDocument"] not in gone]
    for header in kept:
        header["billingDocumentIsCancelled"] &= header["billingDocument"] not in freed
    money = []
    for index, row in enumerate(chosen):
        day = (dt.date(2025, 5, 20) + dt.timedelta(days=index % 7)).isoformat()
        row["clearingAccountingDocument"] = f"14000{index // 2:05}"
        row["clearingDate"] = (
            f"{day}T00:00:00.000Z" if index % 2 == 0 else money[-1]["clearingDate"]
        )
        if index % 2:
            both = float(money[-1]["amountInTransactionCurrency"])
            money[-1]["amountInTransactionCurrency"] = str(
                round(both - float(row["amountInTransactionCurrency"]), 2)
            )
            continue
        money.append(
            {**row, "accountingDocument": row["clearingAccountingDocument"],
             "referenceDocument": "", "accountingDocumentType": "DZ",
             "postingDate": row["clearingDate"],
             "amountInTransactionCurrency": "-" + row["amountInTransactionCurrency"]}
        )  # fmt: skip
        money[-1]["amountInCompanyCodeCurrency"] = None
    journal = [r for r in journal if r["referenceDocument"] not in gone]
    for row in [*journal, *money]:
        row["amountInCompanyCodeCurrency"] = row["amountInTransactionCurrency"]
    tables = {
        "billing_document_headers": kept,
        "journal_entry_items_accounts_receivable": [*journal, *money],
    }
    for name, changed in tables.items():
        target = path / f"{name}.jsonl"
        target.chmod(0o644)
        target.write_text("\n".join(map(json.dumps, changed)), encoding="utf-8")
    for name in ("payments_accounts_receivable", "billing_document_cancellations"):
        (path / f"{name}.jsonl").unlink()
    return path, chosen, money, kept


def test_days_to_pay_and_dso_of_paid_invoices_equal_those_of_plain_python(paid):
    """Each of 15 payments settles two invoices; days from the invoice's entry to the money."""
    path, chosen, money, headers = paid
    read = read_log(path)
    entered = {
        h["billingDocument"]: dt.datetime.fromisoformat(h["creationDate"][:10])
        + dt.timedelta(**h["creationTime"])
        for h in headers
    }
    end = dt.timedelta(hours=23, minutes=59, seconds=59)
    expected = sorted(
        (dt.datetime.fromisoformat(row["clearingDate"][:10]) + end
         - entered[row["referenceDocument"]]).total_seconds() / 86_400
        for row in chosen
    )  # fmt: skip
    spans = invoice_spans(read.log, PERIOD)
    assert sorted(spans["to_payment_days"]) == pytest.approx(expected, rel=1e-12)
    assert sorted(spans["to_cash_days"]) == pytest.approx(expected, rel=1e-12)
    assert sizes(read.log)[v.PAYMENT] == 15
    received = -sum(round(100 * float(m["amountInTransactionCurrency"])) for m in money)
    found = measure(read.log, PERIOD, recorded=read.recorded)
    invoiced = 265464 + received
    assert found["dso_simple_days"] == pytest.approx(265464 * PERIOD.days / invoiced, rel=1e-12)
    assert found["invoices_per_payment"] == 2
    assert found["payments_per_invoice"] == 1
    assert found["unapplied_share"] == pytest.approx(0, abs=1e-12)


def test_the_verbs_take_the_folder(extract, tmp_path):
    """`o2c mine` gives KPIs; `o2c convert` writes OCEL that pm4py reads back with equal counts."""
    mined = o2c("mine", extract, "--json").document["result"]
    assert mined["case_type"] == v.ORDER
    assert mined["kpis"]["dso_simple_days"] == pytest.approx(116)
    pytest.importorskip("pm4py")
    for form, name in (
        ("ocel-json", "log.json"), ("ocel-xml", "log.xml"), ("ocel-sqlite", "log.sqlite")
    ):  # fmt: skip
        path = tmp_path / name
        told = o2c("convert", extract, "--to", form, "--output", path, "--json").document["result"]
        wanted = [told[key] for key in ("events", "event_object_relations", "object_relations")]
        for engine in ("r4pm", "pm4py"):
            back, _notes = ocel.read(path, path, ColumnMapping(), form, "UTC", engine=engine)
            tables = (back.events, back.event_objects, back.object_relations)
            alone = 0 if engine == "r4pm" else told["objects"] - back.objects.height
            # pm4py leaves out the objects without an event, here products, and their relations.
            assert [table.height for table in tables][:2] == wanted[:2]
            assert alone or tables[2].height == wanted[2]
            assert back.objects.height + alone == told["objects"]


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("sales_order_headers", "{not json", "line 101"),
        ("sales_order_headers", '{"salesOrder": "1", "creationDate": "soon"}', "unreadable date"),
        ("journal_entry_items_accounts_receivable", '{"amountInCompanyCodeCurrency": "much"}',
         "unreadable number"),
    ],
)  # fmt: skip
def test_damaged_rows_are_named(extract, tmp_path, name, line, said):
    """File, row and value; nothing is guessed."""
    path = tmp_path / EXTRACT
    shutil.copytree(extract, path)
    target = path / f"{name}.jsonl"
    target.chmod(0o644)
    target.write_text(target.read_text("utf-8").rstrip() + "\n" + line + "\n", "utf-8")
    with pytest.raises(LogError, match=said) as caught:
        read_log(path)
    assert name in str(caught.value)


def test_a_folder_of_anything_else_is_refused(tmp_path):
    """It says what kinds of folder there are."""
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    with pytest.raises(LogError, match="SAP tables"):
        read_log(tmp_path)
