"""Calibration: estimates become a company, with evidence, gaps and draws; bad logs are refused."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from calibration_logs import csv_log, orders
from hypothesis import given
from hypothesis import strategies as st

from mining.calibration.adoption import Value, adopt, rounded
from mining.calibration.company import assembled, calibrate
from mining.calibration.estimate import DRAWS, Estimate
from mining.calibration.gathering import Gathered, estimators, gather
from mining.calibration.model_text import model_text
from mining.calibration.reference import choose, lent, scaled
from mining.calibration.refusal import missing, require_calibratable
from mining.calibration.report import document, markdown
from mining.calibration.source import source_of
from mining.calibration.uncertainty import (
    drawn_company,
    read_uncertainty,
    uncertainty_of,
    uncertainty_text,
)
from mining.read import ReadLog, read_log
from o2c_sim import (
    LogError,
    ModelError,
    Window,
    fingerprint,
    load_company,
    override,
    parameters,
    reference_names,
    simulate,
)


@pytest.fixture
def source(tmp_path):
    """Forty orders of four steps, one a day."""
    read = csv_log(tmp_path, orders(40))
    return source_of(read, read.case_type)


def found(*estimates):
    """Return estimates as all estimators would give them."""
    return Gathered(tuple(estimates))


def test_estimates_become_values_with_their_source(source):
    """A value from data says so; all others are assumed and name the reference company."""
    one = Estimate("credit.denial_share", 0.25, "the log: 5 of 20 holds", 20, 0.1, 0.45)
    result = assembled(source, "distributor", "it was asked for", found(one))
    values = dict(parameters(result.company))
    share = values["credit.denial_share"]
    assert (share.value, share.provenance, share.source) == (0.25, "data", "the log: 5 of 20 holds")
    others = [p for path, p in values.items() if path != one.path]
    assert {p.provenance for p in others} == {"assumed"}
    touch = values["capture.touch_minutes"].source
    assert touch.startswith("as the reference company distributor: ")
    assert touch.endswith("(published there)")
    assert result.company.name == "Calibrated: log.csv"
    assert result.company.start_date == dt.date(2024, 1, 1)


def test_what_the_model_refuses_stays_out_with_the_reason(source):
    """A share above 1 and an unknown path cost themselves, and no other estimate."""
    good = Estimate("credit.denial_share", 0.25, "s", 20)
    high = Estimate("credit.auto_release_share", 1.5, "s", 20)
    odd = Estimate("credit.nonsense", 1, "s", 20)
    result = assembled(source, "distributor", "", found(good, high, odd))
    assert [one.path for one in result.estimates] == ["credit.denial_share"]
    reasons = {one.path: one.reason for one in result.refused}
    assert "less than or equal to 1" in reasons["credit.auto_release_share"]
    assert "Extra inputs" in reasons["credit.nonsense"]
    assert "credit.auto_release_share" in markdown(result)


def test_values_that_need_each_other_come_in_any_order():
    """A role's calendar may be named before the calendar itself, and beside a refused value."""
    base = load_company("distributor")
    values = [
        Value("staff.credit.calendar", "desk", "", ""),
        Value("credit.denial_share", 2, "data", "s"),
        Value("calendars.desk", {"days": ["mon"], "shifts": ["08:00-12:00"]}, "", ""),
    ]
    model, taken, refused = adopt(base, values)
    assert model.staff["credit"].calendar == "desk"
    assert {one.path for one in taken} == {"staff.credit.calendar", "calendars.desk"}
    assert [one.path for one in refused] == ["credit.denial_share"]


def test_a_key_inside_a_value_leaves_the_other_keys():
    """Touch minutes of e-mail orders say nothing about the telephone."""
    base = load_company("distributor")
    model, _, _ = adopt(base, [Value("capture.touch_minutes.email", 3, "data", "s")])
    minutes = model.capture.touch_minutes.value
    assert minutes["email"].mean() == 3
    assert minutes["phone"] == base.capture.touch_minutes.value["phone"]


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=30))
def test_rounded_shares_still_sum_to_one(weights):
    """Six digits each would miss by more than the model allows; the largest share makes up."""
    shares = {float(n): w / sum(weights) for n, w in enumerate(weights)}
    assert sum(rounded(shares).values()) == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize("name", reference_names())
def test_a_written_model_is_read_as_the_same_company(name, tmp_path):
    """The text holds all, in a file that the other verbs take."""
    path = tmp_path / "model.yaml"
    path.write_text(model_text(lent(name), ["a header: with a colon", ""]))
    assert fingerprint(load_company(path)) == fingerprint(lent(name))


ODD = (
    "\xa0", "a\xa0", " leading and trailing ", "two  blanks " + "long " * 30 + "  end",
    "colon: and # number sign", "'quoted' \"twice\"", "- dash", "? [flow, {map}]", "null", "1.5",
    "yes", "@at `tick` %percent &anchor *star !tag |pipe >", "tab\tand\nline\r\nbreaks",
    "\u2028 \u2029 \x85", "\ufeffmark", "emoji \U0001f600", "..." , "---", "long " * 40,
    "word" * 60, "it's " * 40, "a: b " * 40, "",
)  # fmt: skip


def test_any_source_survives_the_model_file(tmp_path):
    """A source may hold quotes, colons, number signs, line breaks and runs of blanks."""
    base = load_company("distributor")
    plain = [p for p, one in parameters(base) if isinstance(one.value, float)]
    values = [
        Value(path, dict(parameters(base))[path].value, "assumed", text)
        for path, text in zip(plain, ODD, strict=False)
    ]
    company, taken, _ = adopt(base, values)
    assert len(taken) == len(ODD)
    path = tmp_path / "model.yaml"
    path.write_text(model_text(company), encoding="utf-8", newline="")
    again = dict(parameters(load_company(path)))
    assert [again[one.path].source for one in taken] == list(ODD)


def test_the_estimate_with_more_observations_counts(source):
    """Two estimators of one path: the larger sample wins, the other is told."""

    def estimate_few(source, seed):
        return (Estimate("credit.denial_share", 0.1, "few", 5),)

    def estimate_many(source, seed):
        return (Estimate("credit.denial_share", 0.3, "many", 50),)

    for asked in ((estimate_few, estimate_many), (estimate_many, estimate_few)):
        result = calibrate(source, estimators=asked)
        assert result.company.credit.denial_share.value == 0.3
        assert [(one.value, one.reason) for one in result.refused] == [
            (0.1, "another estimate has more observations")
        ]


def test_an_estimator_that_fails_is_told_and_costs_no_other(source):
    """Fault injection: one estimator divides by zero, one refuses the log."""

    def estimate_broken(source, seed):
        return (Estimate("x", 1 / 0, "", 0),)

    def estimate_picky(source, seed):
        raise LogError("no rows")

    def estimate_good(source, seed):
        return (Estimate("credit.denial_share", 0.3, "many", 50),)

    result = calibrate(source, estimators=(estimate_broken, estimate_picky, estimate_good))
    assert result.failures == (
        ("broken", "ZeroDivisionError: division by zero"),
        ("picky", "no rows"),
    )
    assert len(result.estimates) == 1
    assert "ZeroDivisionError" in markdown(result)


def test_people_follow_the_orders_unless_the_data_know_them(source):
    """Four times the orders need four times the people; a known headcount stays."""
    orders_per_week = Estimate("demand.orders_per_week", 1000.0, "s", 100)
    credit = Estimate("staff.credit.headcount", 3, "s", 100)
    company = assembled(source, "distributor", "", found(orders_per_week, credit)).company
    assert company.staff["warehouse"].headcount.value == 8
    assert company.staff["credit"].headcount.value == 3
    assert company.customers.count.value == 1200
    few = scaled(lent("distributor"), "distributor", 1.0)
    assert {one.value for one in few if one.path.endswith("headcount")} == {1}


def test_the_reference_company_is_chosen_by_the_time_goods_take(tmp_path, source):
    """Two days to goods issue is stock, sixteen is made to order; a wish comes first."""
    assert choose(source)[0] == "distributor"
    slow = csv_log(tmp_path, orders(40, step_days=8))
    late = source_of(slow, slow.case_type)
    assert choose(late)[0] == "manufacturer"
    assert choose(late, "consumer_supplier")[0] == "consumer_supplier"
    with pytest.raises(ModelError, match="no reference company 'distributer'") as error:
        choose(late, "distributer")
    assert error.value.problems[0].suggestion == "did you mean 'distributor'?"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (orders(1), "one case is no company"),
        (orders(10), "10 cases say too little"),
        (orders(40, gap_days=0.1, step_days=0.1), "the log covers 4.2 days"),
        (orders(40, gap_days=0, step_days=0), "all events have the same time stamp"),
        (orders(40, step_days=0), "within each case all events have the same"),
        (orders(40, ("Walk", "Swim", "Fly")), "none of the 3 activities"),
        (orders(40, ("Receive Order", "Create Sales Order")), "all cases are open"),
    ],
)
def test_a_log_that_tells_too_little_is_refused(tmp_path, rows, said):
    """The reason, what would do, and what to try; never a model of nothing."""
    read = csv_log(tmp_path, rows)
    with pytest.raises(LogError, match=said) as error:
        require_calibratable(source_of(read, read.case_type))
    assert all(problem.suggestion for problem in error.value.problems)


def test_a_partial_log_says_what_is_missing(source):
    """Four activities with completion stamps: no people, no customers, no cash."""
    told = " ".join(missing(source))
    for word in ("--resource", "--start", "no customer", "no credit holds", "--ar"):
        assert word in told


def test_a_second_file_is_stitched_and_said(tmp_path, source):
    """The description, which every report shows, names both sources."""
    path = tmp_path / "ar.csv"
    path.write_text(
        "invoice,customer,amount,invoice_date,due_date,settled_date\n"
        "1,A,10,2024-01-02,2024-02-01,2024-02-05\n2,B,20,2024-01-03,2024-02-02,2024-03-09\n"
    )
    read = csv_log(tmp_path, orders(40))
    both = source_of(read, read.case_type, last=dt.date(2024, 2, 20), receivables=read_log(path))
    rows = both.receivables.to_dicts()
    assert [row["customer"] for row in rows] == ["A", "B"]
    assert [row["settled_date"] for row in rows] == [dt.date(2024, 2, 5), None]
    said = assembled(both, "distributor", "", found()).company.description
    assert said.startswith("Stitched of two sources")
    assert "log.csv" in said
    assert "ar.csv" in said
    with pytest.raises(LogError, match="no list of invoices"):
        source_of(read, read.case_type, receivables=read)


def drawn_estimates():
    """Return two estimates with draws, one draw of which the model refuses."""
    shares = tuple(0.2 + 0.001 * n for n in range(DRAWS))
    waits = tuple({"distribution": "exponential", "mean": n - 3} for n in range(DRAWS))
    return (
        Estimate("credit.denial_share", 0.25, "s", 20, draws=shares),
        Estimate(
            "credit.review_wait_days", {"distribution": "exponential", "mean": 1}, "s", 9,
            draws=waits,
        ),
        Estimate("credit.auto_release_share", 0.5, "without draws", 20),
    )  # fmt: skip


def test_draws_are_kept_beside_the_model(source, tmp_path):
    """Draw n of all paths makes one company; a refused draw has the value itself instead."""
    result = assembled(source, "distributor", "", found(*drawn_estimates()))
    path = tmp_path / "model.uncertainty.json"
    path.write_text(uncertainty_text(result.uncertainty))
    again = read_uncertainty(path, result.company)
    assert again == result.uncertainty
    assert again.count == DRAWS
    assert set(again.draws) == {"credit.denial_share", "credit.review_wait_days"}
    fifth = drawn_company(result.company, again, 5)
    assert fifth.credit.denial_share.value == 0.205
    assert fifth.credit.review_wait_days.value.mean_value == 2
    assert drawn_company(result.company, again, DRAWS + 5) == fifth
    first = drawn_company(result.company, again, 0)
    assert first.credit.review_wait_days.value.mean_value == 1


def test_shares_with_numbers_as_keys_survive_the_file(source, tmp_path):
    """JSON knows only text as keys; payment terms of 30 days are a number."""
    terms = tuple(
        {"distribution": "empirical", "shares": {30.0: 0.5 + n / 1000, 45.5: 0.5 - n / 1000}}
        for n in range(DRAWS)
    )
    one = Estimate("customers.payment_terms_days", terms[0], "s", 9, draws=terms)
    result = assembled(source, "distributor", "", found(one))
    path = tmp_path / "u.json"
    path.write_text(uncertainty_text(result.uncertainty))
    again = read_uncertainty(path, result.company)
    drawn = drawn_company(result.company, again, 7).customers.payment_terms_days.value
    assert drawn.shares == {30.0: 0.507, 45.5: 0.493}


def test_draws_of_another_company_are_refused(source, tmp_path):
    """A model that was changed by hand, and files that hold something else."""
    result = assembled(source, "distributor", "", found(*drawn_estimates()))
    path = tmp_path / "u.json"
    path.write_text(uncertainty_text(result.uncertainty))
    changed = override(result.company, {"customers.count": 12}, "by hand")
    with pytest.raises(ModelError, match="belongs to another company"):
        read_uncertainty(path, changed)
    whole = json.loads(path.read_text())
    for text in ("", "[]", "{}", json.dumps({**whole, "draws": [{"path": "x"}]}),
                 json.dumps({**whole, "draws": []})):  # fmt: skip
        path.write_text(text)
        with pytest.raises(ModelError):
            read_uncertainty(path, result.company)


def test_without_draws_the_company_is_itself(source):
    """Nothing uncertain: every draw is the company."""
    result = assembled(source, "distributor", "", found())
    assert result.uncertainty.count == 0
    assert uncertainty_of(result.company, ()) == result.uncertainty
    assert drawn_company(result.company, result.uncertainty, 3) is result.company


@pytest.fixture(scope="module")
def simulated():
    """Simulate a small company for a quarter of a year."""
    small = override(
        load_company("distributor"), {"customers.count": 60, "demand.orders_per_week": 80}, "small"
    )
    run = simulate(small, seed=3, window=Window(20, 100, 40))
    return source_of(ReadLog(run.log, "order", None, ()), "order")


@pytest.mark.slow
def test_a_simulated_log_gives_a_company_that_runs(simulated, tmp_path):
    """All estimators together: none fails, the model is valid, and it makes a log again."""
    result = calibrate(simulated)
    assert result.failures == ()
    assert result.extends == "distributor"
    known = {one.path for one in result.estimates}
    assert "demand.orders_per_week" in known
    assert result.company.demand.orders_per_week.value == pytest.approx(80, rel=0.25)
    assert len(known) >= 20
    path = tmp_path / "model.yaml"
    path.write_text(model_text(result.company))
    assert simulate(load_company(path), seed=1, window=Window(5, 10, 5)).log.events.height > 0
    json.dumps(document(result), default=str)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_company(simulated):
    """Draws included."""
    one, other = (gather(simulated, 7, estimators()) for _ in range(2))
    assert one == other
