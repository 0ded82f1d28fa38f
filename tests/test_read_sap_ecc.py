"""Classic ECC tables: the hand-made extract becomes the log that it was made to be."""

import contextlib
import datetime as dt
import tempfile
from pathlib import Path

import polars as pl
import pytest
from command_line import o2c, refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sap_ecc_extract import tables, write

from mining.cash_kpis import invoice_spans
from mining.kpis import Period, measure
from mining.read import read_log
from mining.receivables import invoices
from o2c_sim import LogError
from o2c_sim import vocabulary as v

END = dt.timedelta(hours=23, minutes=59, seconds=59)
PERIOD = Period(dt.date(2024, 2, 1), dt.date(2024, 3, 11))


def of_order(log, number):
    """Return activity and time of an order's events, in order."""
    case = log.objects.filter(pl.col("object_id") == f"order:{number}")["object"][0]
    rows = log.flatten(v.ORDER).filter(pl.col("case") == case)
    return list(rows.select(pl.col("activity").cast(pl.String), "time").iter_rows())


FIRST = [
    (v.CREATE_QUOTATION, dt.datetime(2024, 1, 25, 12)),
    (v.CREATE_SALES_ORDER, dt.datetime(2024, 1, 31, 23, 59, 59)),
    (v.SET_CREDIT_BLOCK, dt.datetime(2024, 2, 1, 0, 0, 5)),
    (v.RELEASE_CREDIT_BLOCK, dt.datetime(2024, 2, 1, 9, 30)),
    (v.CREATE_DELIVERY, dt.datetime(2024, 2, 2, 9)),
    (v.PICK_AND_PACK, dt.datetime(2024, 2, 2, 10)),
    (v.POST_GOODS_ISSUE, dt.datetime(2024, 2, 2, 10, 15)),
    (v.CREATE_INVOICE, dt.datetime(2024, 2, 3, 2)),
    (v.RECEIVE_PAYMENT, dt.datetime(2024, 3, 4) + END),
    (v.CLEAR_INVOICE, dt.datetime(2024, 3, 5) + END),
]
SECOND = [
    (v.CREATE_SALES_ORDER, dt.datetime(2024, 2, 1, 8)),
    (v.REJECT_ORDER_LINE, dt.datetime(2024, 2, 2, 15)),
    (v.CREATE_DELIVERY, dt.datetime(2024, 2, 5, 9)),
    (v.POST_GOODS_ISSUE, dt.datetime(2024, 2, 6) + END),
    (v.CREATE_INVOICE, dt.datetime(2024, 2, 7, 2)),
    (v.CANCEL_INVOICE, dt.datetime(2024, 2, 8, 11)),
    (v.CREATE_INVOICE, dt.datetime(2024, 2, 9, 2)),
]


@pytest.mark.parametrize(
    "how",
    [{}, {"separator": ","}, {"separator": "\t", "lower": True}, {"separator": "|", "iso": True},
     {"iso": True, "lower": True}],
    ids=str,
)  # fmt: skip
def test_however_the_tables_were_exported_the_log_is_the_same(tmp_path, how):
    """Separators, case of names, ISO or SAP's own dates: every event at its second."""
    log = read_log(write(tmp_path / "sap", **how)).log
    assert of_order(log, 1001) == FIRST
    assert of_order(log, 1002) == SECOND


def test_objects_reconcile_with_the_tables(tmp_path):
    """One object for each document; the clearing of the cancellation is no payment."""
    read = read_log(write(tmp_path / "sap"))
    counts = dict(read.log.objects.group_by(pl.col("type").cast(pl.String)).len().iter_rows())
    assert counts == {
        v.ORDER: 2, v.ORDER_LINE: 4, "quotation": 1, v.DELIVERY: 2, v.INVOICE: 3,
        "invoice_cancellation": 1, "journal_entry": 5, v.PAYMENT: 1, "clearing": 1, v.CUSTOMER: 2,
        "product": 2,
    }  # fmt: skip
    told = "\n".join(read.notes)
    assert "2 documents clear items (1 cancellation, 1 payment)" in told
    assert "VBAK.csv 3" in told


def test_people_and_systems_come_from_the_user_type(tmp_path):
    """Dialog users are people, batch users are systems; nobody is guessed."""
    log = read_log(write(tmp_path / "sap")).log
    known = log.events.drop_nulls("automated")
    pairs = known.select(pl.col("resource").cast(pl.String), "automated").unique()
    assert set(pairs.iter_rows()) == {("ANNA", False), ("BATCH", True)}
    released = log.events.filter(pl.col("activity").cast(pl.String) == v.RELEASE_CREDIT_BLOCK)
    columns = (pl.col("resource").cast(pl.String), "automated", "transaction")
    assert released.select(columns).row(0) == ("ANNA", False, "VKM1")
    alone = read_log(write(tmp_path / "without", without=("USR02",)))
    assert alone.log.events["automated"].null_count() == alone.log.events.height
    assert any("people and which systems" in note for note in alone.notes)


def test_cash_by_hand(tmp_path):
    """Invoice 90001 (119.00): entered 3 Feb 02:00, due 3 March, paid on 4 and cleared on 5 March.

    90002 (50.00) is cancelled; 90004 (50.00) is open and due on 11 March. DSO over 39 days:
    50 x 39 / (119 + 50 + 50 - 50).
    """
    read = read_log(write(tmp_path / "sap"))
    rows = invoices(read.log).join(
        read.log.objects.select(pl.col("object").alias("invoice"), "number"), on="invoice"
    )
    found = {row["number"]: row for row in rows.iter_rows(named=True)}
    assert {n: (r["amount"], r["open"], r["due"]) for n, r in found.items()} == {
        "90001": (119.0, 0.0, dt.date(2024, 3, 3)),
        "90002": (50.0, 0.0, dt.date(2024, 3, 8)),
        "90004": (50.0, 50.0, dt.date(2024, 3, 11)),
    }
    spans = invoice_spans(read.log, PERIOD)
    entry = dt.datetime(2024, 2, 3, 2)
    day = 86_400
    assert spans["to_payment_days"].to_list() == pytest.approx(
        [(dt.datetime(2024, 3, 4) + END - entry).total_seconds() / day]
    )
    assert spans["late_days"].to_list() == [2]
    kpis = measure(read.log, PERIOD, recorded=read.recorded)
    assert kpis["dso_simple_days"] == pytest.approx(50 * 39 / 169, rel=1e-12)
    assert kpis["best_possible_dso_days"] == kpis["dso_simple_days"]
    # 119 wait for a day; receivables are 119 (4 days), 169, 119, 169 (25 days), 50 (6 days).
    owed = 4 * 119 + 169 + 119 + 25 * 169 + 6 * 50
    assert kpis["unapplied_share"] == pytest.approx(119 / owed, rel=1e-12)
    assert kpis["days_late_mean_days"] == 2


def test_changes_of_attributes_keep_their_times(tmp_path):
    """Credit status and rejection reason change at the time of the change document."""
    log = read_log(write(tmp_path / "sap")).log
    named = log.object_changes.join(log.objects.select("object", "object_id"), on="object")
    assert named.select("object_id", "time", "attribute", "value").rows() == [
        ("order:1001", dt.datetime(2024, 2, 1, 0, 0, 5), "credit_status", "B"),
        ("order:1001", dt.datetime(2024, 2, 1, 9, 30), "credit_status", "D"),
        ("order_line:1002/20", dt.datetime(2024, 2, 2, 15), "rejection_reason", "Z1"),
    ]


def test_the_clock_of_the_system_is_a_zone(tmp_path):
    """Stamps of a system in Berlin are an hour earlier in UTC; days stay its own."""
    log = read_log(write(tmp_path / "sap"), zone="Europe/Berlin").log
    hour = dt.timedelta(hours=1)
    assert of_order(log, 1001) == [(name, time - hour) for name, time in FIRST]
    assert invoices(log)["due"].to_list()[0] == dt.date(2024, 3, 3)


@pytest.mark.parametrize(
    ("without", "told", "kept"),
    [
        (("CDHDR", "CDPOS"), "no table of changes", v.CREATE_INVOICE),
        (("VBFA",), "no table of flow", v.POST_GOODS_ISSUE),
        (("LIKP", "LIPS"), "no table of deliveries", v.CLEAR_INVOICE),
        (("BKPF",), "", v.CLEAR_INVOICE),
        (("BKPF", "BSID", "BSAD"), "no journal items", v.CREATE_INVOICE),
        (("VBRK", "VBRP"), "without a billing document", v.CLEAR_INVOICE),
        (("VBEP",), "promised dates", v.CLEAR_INVOICE),
        (("VBAK", "VBAP"), "no table of orders", v.CLEAR_INVOICE),
    ],
    ids=str,
)
def test_a_missing_table_costs_what_it_held_and_the_notes_say_so(tmp_path, without, told, kept):
    """The rest is read; nothing fails."""
    read = read_log(write(tmp_path / "sap", without=without))
    assert kept in read.log.activities
    assert any(told in note for note in read.notes)


def test_another_client_is_not_mixed_in(tmp_path):
    """Numbers repeat from client to client; one is read, and the notes say which."""
    rows = tables()
    other = [{**row, "MANDT": "200", "NETWR": "1"} for row in rows["VBAK"][:1]]
    read = read_log(write(tmp_path / "sap", changed={"VBAK": rows["VBAK"] + other}))
    assert any("only 100 is read" in note for note in read.notes)
    assert of_order(read.log, 1001) == FIRST


def test_what_is_wrong_is_named_all_at_once(tmp_path):
    """A missing column, an unreadable date and a number that is none, in three files."""
    rows = tables()
    changed = {
        "VBAK": [{**row, "ERDAT": "32.13.2024"} for row in rows["VBAK"]],
        "LIPS": [{k: x for k, x in row.items() if k != "POSNR"} for row in rows["LIPS"]],
        "VBRK": [{**row, "NETWR": "about 5"} for row in rows["VBRK"]],
    }
    with pytest.raises(LogError) as caught:
        read_log(write(tmp_path / "sap", changed=changed))
    text = str(caught.value)
    for said in ("VBAK.csv", "'32.13.2024'", "LIPS.csv", "'posnr'", "VBRK.csv", "'about 5'"):
        assert said in text


def test_money_on_account_is_told_and_not_netted(tmp_path):
    """An open payment leaves the invoices as they are; the notes give its amount."""
    rows = tables()
    account = {**rows["BSID"][0], "BELNR": "0140000009", "SHKZG": "H", "DMBTR": "20.00"}
    read = read_log(write(tmp_path / "sap", changed={"BSID": [*rows["BSID"], account]}))
    assert any("1 open items are credits (20.00" in note for note in read.notes)
    assert invoices(read.log)["open"].sum() == 50


@pytest.mark.parametrize("columns", [("BUKRS",), ("GJAHR",), ("BUKRS", "GJAHR", "BUZEI")], ids=str)
def test_an_export_without_parts_of_a_number_still_links(tmp_path, columns):
    """Company code, fiscal year or line left out: the same invoices, the same money."""
    rows = tables()
    changed = {
        name: [{k: x for k, x in row.items() if k not in columns} for row in rows[name]]
        for name in ("VBRK", "BKPF", "BSID", "BSAD")
    }
    log = read_log(write(tmp_path / "sap", changed=changed)).log
    assert of_order(log, 1001) == FIRST
    assert of_order(log, 1002) == SECOND
    assert invoices(log)["open"].to_list() == [0, 0, 50]


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(sorted(tables())),
    at=st.floats(0, 1),
    junk=st.sampled_from(
        [b"", b"\x00", b"\xff\xfe", b'"', b";;;;", b"NaN", b"99999999", b"-1e400", b"\n\n", b"[{"]
    ),
    cut=st.booleans(),
)
def test_damaged_files_give_a_log_or_one_clear_error(name, at, junk, cut):
    """Never anything but a log or a LogError, wherever the damage is."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "sap") / f"{name}.csv"
        data = path.read_bytes()
        place = int(at * len(data))
        path.write_bytes(data[:place] + junk + (b"" if cut else data[place:]))
        with contextlib.suppress(LogError):
            assert read_log(path.parent).log.events.height > 0


def test_mine_takes_the_folder_and_says_what_became_of_the_tables(tmp_path):
    """KPIs and the reconciliation on stdout; a folder without tables ends with exit code 3."""
    done = o2c("mine", write(tmp_path / "sap"))
    assert done.code == 0, done.err
    assert "DSO (simple)" in done.out
    assert "objects made: clearing 1" in done.out
    (tmp_path / "empty").mkdir()
    refused(o2c("mine", tmp_path / "empty"), 3, "SAP tables")
