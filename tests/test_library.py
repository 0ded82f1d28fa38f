"""The library: every id is there, with evidence, page, and an effect on what it is about."""

from pathlib import Path

import pytest

from o2c_sim import Window, load_company, override, simulate
from scenarios.experiment import measured_period, summarise
from scenarios.inheritance import read_scenario
from scenarios.library_entry import GRADES, library_settings
from scenarios.library_index import LIBRARY
from scenarios.library_page import entry_lines, library_page
from scenarios.scenario import apply, scenario_names

PAGE = Path(__file__).resolve().parent.parent / "docs" / "library.md"
IDS = {
    *(f"A{n}" for n in range(12)),
    "B0",
    *(f"P{n}" for n in range(1, 13)),
    *(f"R{n}" for n in range(1, 8)),
}


def test_every_lever_and_shock_ships():
    """Each id has a scenario, and each scenario that ships has an entry."""
    assert {entry.id for entry in LIBRARY.values()} == IDS
    assert set(LIBRARY) == set(scenario_names())
    assert [entry.id for entry in LIBRARY.values()].count("A0") == 2


@pytest.mark.parametrize("name", LIBRARY)
def test_an_entry_says_what_it_rests_on(name):
    """A grade for each source, a guess only where no source is, settings with their range."""
    entry = LIBRARY[name]
    assert entry.scenario == name
    assert entry.evidence
    assert set(entry.evidence) <= set(GRADES)
    assert list(entry.evidence) == sorted(entry.evidence, key=list(GRADES).index), "best first"
    assert (entry.source == "") == (entry.evidence == ("guess",)) == (entry.effect == NONE)
    assert entry.changes
    assert entry.falls_short
    assert all(s.allowed for s in library_settings(entry))
    lines = entry_lines(entry)
    assert lines[0].startswith(f"library: {entry.id}, ")
    assert GRADES[entry.grade] in lines[3]


NONE = "none was found"


def test_the_page_is_what_the_library_says():
    """``docs/library.md`` is made from the entries and the files."""
    assert PAGE.read_text("utf-8") == library_page()


def test_cases_stand_on_their_baselines():
    """Typical and poor, each with both cases."""
    for case in ("case_a", "case_b"):
        assert read_scenario(case).file.extends == "distributor"
        assert read_scenario(f"{case}_poor").file.extends == "distributor_poor"


@pytest.mark.parametrize("name", [n for n, e in LIBRARY.items() if e.id[0] == "R"])
def test_shocks_come_in_the_measured_days(distributor, name):
    """As it is before, something else from a measured day on; and over again, but for two."""
    scenario, window = apply(read_scenario(name).file, distributor, name), Window()
    assert scenario.model == scenario.baseline
    changes = scenario.changes(window)
    first, end = window.warm_up_days, window.warm_up_days + window.measured_days
    assert all(first <= change.day <= end for change in changes)
    assert changes[0].model != scenario.baseline
    ends = changes[-1].model == scenario.baseline
    assert ends == (name not in {"outage", "key_customer_insolvency", "e_invoice_mandate"})


# What each scenario is about, and whether it rises.
EFFECTS = {
    "case_a": ("order_processing_mean_hours", False),
    "case_b": ("invoice_to_cash_mean_days", False),
    "case_a_poor": ("order_processing_mean_hours", False),
    "case_b_poor": ("invoice_to_cash_mean_days", False),
    "edi_migration": ("touchless_share", True),
    "order_capture_ai": ("touchless_share", True),
    "master_data_governance": ("touchless_share", True),
    "credit_auto_decision": ("order_processing_mean_hours", False),
    "e_invoicing": ("dispute_share", False),
    "daily_billing": ("billing_lag_mean_days", False),
    "dunning_automation": ("days_late_mean_days", False),
    "cash_application_automation": ("automatic_match_share", True),
    "dispute_workflow": ("dispute_resolution_mean_days", False),
    "order_to_cash_digital": ("order_processing_mean_hours", False),
    "collections_ai": ("past_due_share", False),
    "shorter_terms": ("invoice_to_cash_mean_days", False),
    "longer_terms": ("invoice_to_cash_mean_days", True),
    "early_payment_discount": ("discount_share", True),
    "dynamic_discounting": ("discount_share", True),
    "credit_tightening": ("credit_hold_share", True),
    "credit_loosening": ("credit_hold_share", False),
    "prioritised_collections": None,
    "credit_insurance": None,
    "staffing": ("order_processing_mean_hours", False),
    "cross_training": ("order_processing_mean_hours", False),
    "lean_stock": ("backorder_share", True),
    "summary_invoicing": ("billing_lag_mean_days", True),
    "card_acceptance": ("invoice_to_cash_mean_days", False),
    "direct_debit": ("payment_return_share", True),
    "small_balance": ("dispute_resolution_mean_days", None),
    "demand_surge": ("order_processing_mean_hours", True),
    "flu_season": ("order_processing_mean_hours", True),
    "key_customer_insolvency": ("past_due_share", True),
    "slowdown": ("days_late_mean_days", True),
    "outage": ("order_processing_mean_hours", True),
    "e_invoice_mandate": ("invoice_rejection_share", True),
    "postal_strike": ("invoice_to_payment_mean_days", True),
}
WINDOW = Window(30, 70, 50)


def test_every_scenario_is_about_something():
    """A new one needs a word on what it moves."""
    assert set(EFFECTS) == set(LIBRARY)


def small(name):
    """Return a company at a quarter of its orders and customers."""
    company = load_company(name)
    orders = 0.25 * company.demand.orders_per_week.value
    return override(company, {"demand.orders_per_week": orders, "customers.count": 75}, "test")


def kpis(model, changes=()):
    """Return the KPIs of one short run."""
    run = simulate(model, seed=5, window=WINDOW, changes=changes)
    return summarise(run, measured_period(model, WINDOW), with_map=False).kpis


@pytest.fixture(scope="module")
def before():
    """Return company to its model and the KPIs as it is."""
    found = {}
    for name in ("distributor", "distributor_poor"):
        model = small(name)
        found[name] = model, kpis(model)
    return found


@pytest.mark.parametrize("name", [n for n, effect in EFFECTS.items() if effect])
def test_a_scenario_moves_what_it_is_about(before, name):
    """One run with the same orders and luck as the baseline's."""
    model, was = before["distributor_poor" if name.endswith("_poor") else "distributor"]
    scenario = apply(read_scenario(name).file, model, name)
    found = kpis(scenario.model, scenario.changes(WINDOW))
    key, rises = EFFECTS[name]
    if rises is None:
        assert found[key] != was[key]
    else:
        assert found[key] > was[key] if rises else found[key] < was[key]
