"""Lists of invoices: dates where there are dates, and what is missing by name where not."""

import csv
import datetime as dt
import statistics

import polars as pl
import pytest
from command_line import o2c, refused
from real_logs import folder
from workbook import Stamp, write

from mining.analysis import analyse
from mining.invoice_list import invoice_list
from mining.read import read_log
from mining.receivables import invoices
from o2c_sim import LogError

DATED, UNDATED = "ar_invoices_2012.csv", "ar_days_late_grocery_supplier.csv"


def real(name):
    """Return a real list and its rows as plain Python reads them."""
    path = folder() / name
    if not path.is_file():
        pytest.skip(f"{path} is absent; set O2C_DATA to the folder of the public logs")
    with path.open(encoding="utf-8", newline="") as file:
        return path, list(csv.DictReader(file))


def us_date(text):
    """Return a date written month first."""
    return dt.datetime.strptime(text, "%m/%d/%Y").date()


def test_the_dated_list_equals_plain_python():
    """US dates; days late and to pay, DSO at the last invoice, and the buckets."""
    path, rows = real(DATED)
    read = read_log(path)
    assert read.mapping.time_format == "month-first"
    assert set(read.invoice_columns) == {
        "invoice", "customer", "amount", "invoice_date", "due_date", "settled_date", "days_late",
        "disputed",
    }  # fmt: skip
    found = invoice_list(read.log)
    late = [(us_date(r["SettledDate"]) - us_date(r["DueDate"])).days for r in rows]
    cents = [round(100 * float(r["InvoiceAmount"])) for r in rows]
    assert (found.invoices, found.customers, found.settled) == (1277, 100, 1277)
    assert found.amount == sum(cents) / 100
    assert found.days_late_mean == pytest.approx(statistics.fmean(late), rel=1e-12)
    assert found.days_late_median == statistics.median(late)
    assert found.late_share == pytest.approx(sum(d > 0 for d in late) / len(late), rel=1e-12)
    weighted = sum(d * c for d, c in zip(late, cents, strict=True)) / sum(cents)
    assert found.days_late_weighted == pytest.approx(weighted, rel=1e-12)
    assert found.lateness["invoices"].to_list() == [
        sum(d <= 0 for d in late), sum(0 < d <= 30 for d in late),
        sum(30 < d <= 60 for d in late), 0, 0,
    ]  # fmt: skip
    assert found.disputed_share == sum(r["Disputed"] == "Yes" for r in rows) / 1277
    kpis = analyse(read).kpis
    last = max(us_date(r["InvoiceDate"]) for r in rows)
    days = (last - min(us_date(r["InvoiceDate"]) for r in rows)).days + 1
    still_open = sum(
        c for r, c in zip(rows, cents, strict=True) if us_date(r["SettledDate"]) > last
    )
    assert kpis["dso_simple_days"] == pytest.approx(still_open * days / sum(cents), rel=1e-12)
    paid = [(us_date(r["SettledDate"]) - us_date(r["InvoiceDate"])).days for r in rows]
    end = (86_400 - 1) / 86_400  # settled at the end of the day
    assert kpis["invoice_to_payment_mean_days"] == pytest.approx(statistics.fmean(paid) + end)
    assert kpis["days_late_mean_days"] == pytest.approx(statistics.fmean(late), rel=1e-12)


def test_the_list_without_dates_tells_what_it_can_and_names_what_is_missing():
    """No event is made up; repeated rows count once; `o2c mine` ends well."""
    path, rows = real(UNDATED)
    read = read_log(path)
    assert read.log.events.is_empty()
    single = {tuple(row.values()) for row in rows}
    found = invoice_list(read.log)
    assert found.invoices == len(single)
    late = [float(row[-1]) for row in single]
    assert found.days_late_mean == pytest.approx(statistics.fmean(late), rel=1e-9)
    assert found.late_share == pytest.approx(sum(d > 0 for d in late) / len(late), rel=1e-12)
    assert (found.settled, found.as_of, found.ageing.height) == (None, None, 0)
    done = o2c("mine", path)
    assert done.code == 0, done.err
    for said in ("81 rows repeat", "no column for the invoice date", "Days late, mean",
                 "over 90 days", "--column days_late='actual_days_late'"):  # fmt: skip
        assert said in done.out
    assert o2c("mine", path, "--json").document["result"]["invoices"]["invoices"] == found.invoices


OPEN = """Invoice No;Customer;Amount;Invoice Date;Net due date;Cleared;Dispute
0001;A;1.000,50;01.02.2024;02.03.2024;05.03.2024;
0002;A;200,00;15.02.2024;16.03.2024;;x
0003;B;300,00;20.02.2024;05.03.2024;;
0004;B;-50,00;20.02.2024;05.03.2024;;
"""


def test_open_items_age_by_hand(tmp_path):
    """On 5 March: 0002 is not due, 0003 is due today; German numbers; the credit note is told."""
    path = tmp_path / "open.csv"
    path.write_text(OPEN.replace("Cleared", "Clearing date").replace("Net due date", "Due date"))
    read = read_log(path)
    found = invoice_list(read.log)
    assert (found.invoices, found.settled, found.amount) == (3, 1, 1500.5)
    assert found.as_of == dt.date(2024, 3, 5)
    assert found.ageing.row(0) == ("not late", 2, 500.0)
    assert invoices(read.log)["open"].sum() == 500
    assert any("negative amount" in note for note in read.notes)
    assert found.days_late_mean == 3
    # February's 1 to 20 with 1,500.50 sold and all of it open: 20 days.
    assert analyse(read).kpis["dso_simple_days"] == 20


def test_columns_with_other_names_are_named_once(tmp_path):
    """A column that is not recognised is asked for; --column names it, and a wrong one is told."""
    path = tmp_path / "open.csv"
    path.write_text("Ref;Who;Sum;Begin;Late\n1;A;10;2024-01-01;5\n2;B;20;2024-01-02;0\n")
    named = ("--column", "invoice=Ref", "--column", "days_late=Late")
    refused(o2c("mine", path, *named), 3, "--column amount=COLUMN", "Sum")
    named = (*named, "--column", "amount=Sum")
    assert o2c("mine", path, *named, "--json").document["result"]["invoices"]["amount"] == 30
    refused(o2c("mine", path, *named, "--column", "customer=Whom"), 3, "did you mean 'Who'")
    refused(o2c("mine", path, "--column", "amount"), 2, "PART=COLUMN")


def test_rows_that_are_no_invoices_are_named_all_at_once(tmp_path):
    """An amount that is none, a date that is none, an empty number, by row."""
    path = tmp_path / "open.csv"
    path.write_text("invoice,amount,due date\n1,ten,2024-01-01\n2,20,sometime\n,30,2024-01-01\n")
    with pytest.raises(LogError) as caught:
        read_log(path)
    for said in ("row 2: 'ten'", "row 3: 'sometime'", "empty invoice number", "row 4"):
        assert said in str(caught.value)


def test_a_list_may_be_an_excel_sheet(tmp_path):
    """Dates of the sheet are dates."""
    rows = [["Invoice", "Amount", "Invoice date", "Due date"],
            [7, 100, Stamp(45323), Stamp(45337)]]  # fmt: skip
    log = read_log(write(tmp_path / "open.xlsx", {"AR": rows})).log
    due = log.objects.filter(pl.col("type").cast(pl.String) == "invoice")["due_date"][0]
    assert due == dt.datetime(2024, 2, 15)


def test_a_log_of_events_is_no_list_of_invoices(tmp_path):
    """A column of activities decides, whatever the others are called."""
    path = tmp_path / "log.csv"
    path.write_text("case,activity,due date,invoice,amount\n1,Create Invoice,2024-01-01,7,5\n")
    assert read_log(path).invoice_columns is None
