"""The files of a warm start: read, written and refused."""

import datetime as dt
from dataclasses import replace
from math import inf

import pytest
from command_line import o2c, refused
from hypothesis import given
from hypothesis import strategies as st
from ideal import ideal
from warm_state import days, invoice

from o2c_sim import Opening, OpeningError, read_opening, simulate, write_opening
from o2c_sim.engine import Clock
from o2c_sim.opening import OpenOrder, StockLevel

FILES = {
    "open_invoices.csv": "invoice,customer,amount,invoice_date,due_date,disputed\n"
    "R1,K1,100.50,2024-12-20,2025-01-19,no\nR2,K2,7,2024-11-01,2024-12-01,yes\n",
    "open_orders.csv": "order,customer,value,received_date,requested_date\n"
    "A1,K1,250.00,2025-01-03,2025-01-08\n",
    "stock.csv": "product,on_hand\nbolt,500\n",
}


@pytest.fixture
def folder(tmp_path):
    """Return a folder with three good files."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_files_are_read_as_they_stand(folder, distributor):
    """Amounts in cents, dates as dates; an optional column may be missing."""
    assert read_opening(folder, distributor) == Opening(
        (
            invoice(1, "K1", 100_50, -17, 13),
            invoice(2, "K2", 7_00, -66, -36, disputed=True),
        ),
        (OpenOrder("A1", "K1", 250_00, days(-3), days(2)),),
        (StockLevel("bolt", 500),),
    )


@given(
    st.lists(
        st.tuples(st.integers(1, 10**9), st.integers(-999, -1), st.integers(0, 900), st.booleans()),
        max_size=5,
    )
)
def test_what_is_written_is_read(tmp_path_factory, distributor, rows):
    """Writing and reading gives the same state."""
    opening = Opening(
        tuple(invoice(n, "Müller, & Co", a, i, i + d, x) for n, (a, i, d, x) in enumerate(rows))
    )
    folder = tmp_path_factory.mktemp("state") / "state"
    assert read_opening(write_opening(opening, folder), distributor) == opening


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("open_invoices.csv", "amount", "ammount", "row 1: unknown column 'ammount'"),
        ("open_invoices.csv", ",customer", ",customer,customer", "twice"),
        ("open_invoices.csv", "100.50", "-100.50", "row 2: amount '-100.50'"),
        ("open_invoices.csv", "100.50", "nan", "row 2: amount 'nan'"),
        ("open_invoices.csv", "100.50", "0", "row 2: amount '0'"),
        ("open_invoices.csv", "2024-12-20", "2025-01-06", "row 2: invoice_date 2025-01-06"),
        ("open_invoices.csv", "2024-12-20", "20.12.2024", "row 2: invoice_date '20.12.2024'"),
        ("open_invoices.csv", "2024-12-20", "2024-02-30", "row 2: invoice_date '2024-02-30'"),
        ("open_invoices.csv", "2025-01-19", "2024-12-19", "row 2: due_date 2024-12-19"),
        ("open_invoices.csv", "R2", "R1", "row 3: 'R1' is there already"),
        ("open_invoices.csv", ",yes", ",perhaps", "row 3: disputed 'perhaps'"),
        ("open_invoices.csv", ",yes", "", "row 3: 5 cells"),
        ("open_invoices.csv", "R2", "", "row 3: invoice ''"),
        ("open_orders.csv", "2025-01-08", "2025-01-02", "row 2: requested_date 2025-01-02"),
        ("open_orders.csv", "requested_date", "wanted", "'requested_date' is missing"),
        ("stock.csv", "500", "-1", "row 2: on_hand '-1'"),
        ("stock.csv", "500", "1.5", "row 2: on_hand '1.5'"),
        ("stock.csv", "bolt", "b\0lt", "stock.csv"),
        ("stock.csv", "bolt", '"bolt', "is no CSV file"),
    ],
)
def test_a_bad_file_is_refused_by_row(name, old, new, said, folder, distributor):
    """Each message names the file and the row."""
    (folder / name).write_text(FILES[name].replace(old, new, 1))
    with pytest.raises(OpeningError) as caught:
        read_opening(folder, distributor)
    assert said in str(caught.value)
    assert name in str(caught.value)


def test_all_problems_are_told_at_once(folder, distributor):
    """Of all files, those of the content besides those of the form; many are cut short."""
    rows = "".join(f"R{n},K{n},1,2025-02-01,2025-03-01,no\n" for n in range(5_000))
    (folder / "open_invoices.csv").write_text(FILES["open_invoices.csv"] + rows)
    (folder / "stock.csv").write_text("product,on_hand\nbolt,many\n")
    (folder / "open_order.csv").write_text("order\n")
    with pytest.raises(OpeningError) as caught:
        read_opening(folder, distributor)
    text = str(caught.value)
    for words in ("on_hand 'many'", "did you mean 'open_orders.csv'?", "invoice_date 2025-02-01"):
        assert words in text
    assert "more problems" in text
    assert len(caught.value.problems) == 101


def test_more_customers_or_products_than_the_model_has_are_refused(distributor):
    """There is nobody they could be matched with."""
    customers, products = distributor.customers.count.value, distributor.products.count.value
    opening = Opening(
        tuple(invoice(n, f"K{n}") for n in range(customers + 1)),
        (),
        tuple(StockLevel(f"P{n}", 1) for n in range(products + 1)),
    )
    with pytest.raises(OpeningError, match=f"{customers + 1} customers") as caught:
        simulate(distributor, opening=opening)
    assert f"{products + 1} products" in str(caught.value)


def test_a_folder_without_any_of_the_files_is_refused(tmp_path, distributor):
    """Neither an empty folder nor none at all is a state."""
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(OpeningError):
            read_opening(folder, distributor)


def test_a_window_without_warm_up_is_the_default(distributor):
    """Only with a state to start from."""
    run = simulate(ideal(distributor), opening=Opening((invoice(1),)))
    assert run.manifest["warm_up_days"] == 0
    assert run.manifest["opening_sha256"] == Opening((invoice(1),)).sha256
    assert replace(Opening((invoice(1),)), invoices=()).sha256 != run.manifest["opening_sha256"]
    assert inf > run.receivables["opening_minor"][0] == 100_00


def test_the_command_line_starts_and_ends_with_a_state(folder, tmp_path):
    """``--opening`` needs no warm-up; ``--write-opening`` writes what the next run can read."""
    out = tmp_path / "next"
    done = o2c(
        "simulate", "--opening", folder, "--days", 10, "--cool-down", 0, "--write-opening", out
    )
    assert done.code == 0, done
    assert "10 days (10 measured)" in " ".join(done.out.split())
    assert "start_date 2025-01-16" in done.out
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)


def test_a_refused_state_leaves_nothing_behind(folder, tmp_path):
    """Exit code 3, the row in the message, no folder."""
    (folder / "stock.csv").write_text("product,on_hand\nbolt,many\n")
    outcome = o2c("simulate", "--opening", folder, "-o", tmp_path / "run")
    refused(outcome, 3, "stock.csv, row 2")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Europe/Berlin"])
def test_days_before_the_first_are_counted_back(zone):
    """Day -n ends where day 1 - n begins, clocks changed or not, and holds its own noon."""
    clock = Clock(dt.date(2025, 4, 7), zone)
    for day in range(-400, 1):
        length = (clock.midnight(day + 1) - clock.midnight(day)) / 3600
        assert length in ((24,) if zone == "UTC" else (23, 24, 25))
        assert clock.day(clock.midnight(day)) == day
        assert clock.day(clock.at(day, 12 * 60)) == day
        assert clock.day(clock.midnight(day + 1) - 1) == day


def test_a_comparison_may_start_from_a_state(folder):
    """Both the company and the scenario start with what is open."""
    short = ("--days", 10, "--cool-down", 0, "--replications", 2, "--workers", 1, "--json")
    found = o2c("compare", "case_b", "--opening", folder, *short).document["result"]["comparison"]
    assert found["warm_up_days"] == 0
    assert len(found["versions"]["opening state"]) == 64
