"""The benchmark of order to cash: its commands, its rows, and what it says was not met."""

import datetime as dt
import subprocess

import polars as pl
import pytest

from benchmarks import order_to_cash as benchmark
from mining.validation.order_to_cash import CompanyValidation

LAG = {
    "source": "Create Sales Order",
    "target": "Create Delivery",
    "milestone": True,
    "floor_days": 0.4,
    "known_days": None,
    "distance_days": 0.48,
    "ratio": 1.2,
    "within": True,
}
ACTIVITY = {
    "activity": "Change Order",
    "train_percent": 20.0,
    "test_percent": 18.0,
    "simulated_percent": 21.5,
    "within": False,
}
KPI = {
    "label": "Hold rate",
    "unit": "percent",
    "train": 6.0,
    "test": 7.25,
    "low": None,
    "high": 7.0,
    "within": False,
}
VALIDATION = CompanyValidation(
    company="a company",
    log="log.csv",
    case_type="order",
    first=dt.date(2024, 5, 1),
    until=dt.date(2024, 6, 1),
    train_first=dt.date(2024, 1, 1),
    follow_up_days=90,
    seed=1,
    runs=2,
    train_cases=9_000,
    test_cases=1_200,
    simulated_cases=1_100.0,
    lags=pl.DataFrame(
        [
            LAG,
            LAG | {"target": "Goods Issue", "distance_days": 0.6, "ratio": 1.5, "within": False},
            LAG | {"target": "Change Order", "milestone": False},
        ]
    ),
    prevalence=pl.DataFrame([ACTIVITY]),
    profiles=pl.DataFrame(),
    kpis=pl.DataFrame([KPI]),
    variants={"simulated": 0.5, "train": 0.94},
    cash=None,
    not_compared=pl.DataFrame(),
    day_stamped=(),
    uses=(),
    curves=pl.DataFrame(),
    clock=pl.DataFrame(),
)


def test_the_company_is_never_shown_what_judges_it():
    """The log is taken before the first judged day, and both commands know the same training."""
    for case in benchmark.CASES:
        calibrate = case.calibrate("log", benchmark.Path("out"), ["--json"])
        judge = case.judge("log", benchmark.Path("out"), ["--json"])
        assert calibrate[calibrate.index("--until") + 1] < judge[judge.index("--from") + 1]
        assert judge[1] == "out/model.yaml"
        if "--from" in calibrate:
            since = calibrate[calibrate.index("--from") + 1]
            assert judge[judge.index("--train-from") + 1] == since


def test_the_rows_and_what_is_not_met():
    """Milestones only; each miss is named with what was observed; what is not known is a dash."""
    found = benchmark.Judged(benchmark.CASES[0], VALIDATION.to_json(), 100.4, 20.0)
    first, second = benchmark.lag_lines(found)
    assert first.endswith("| 0.400 | - | 0.480 | 1.20 | yes |")
    assert second == "|  | Create Sales Order to Goods Issue | 0.400 | - | 0.600 | 1.50 | **no** |"
    head, activity, kpi = benchmark.summary_lines(found)
    assert "train to test, or an hour: 1 of 2; activities within 3 points: 0 of 1" in head
    assert "calibration 100 s" in head
    assert "simulated 21.5 % of the cases, observed 18.0 %, in the training part 20.0 %" in activity
    assert kpi.endswith("observed 7.25, band - to 7.00, in the training part 6.00")


def test_a_command_gives_its_document_or_fails():
    """The document is what the verb prints; an error of the verb is one of the benchmark."""
    document, seconds = benchmark.command(["init", "--list", "--json"])
    assert document["command"] == "init"
    assert seconds > 0
    with pytest.raises(subprocess.CalledProcessError):
        benchmark.command(["validate-model", "no-such-log.csv"])


def test_without_the_logs_it_is_left_out(monkeypatch, tmp_path, capsys):
    """No data is no failure."""
    monkeypatch.setenv("O2C_DATA", str(tmp_path))
    assert benchmark.main([]) == 0
    assert "set O2C_DATA" in capsys.readouterr().out


def test_an_unknown_company_is_refused(capsys):
    """With those that there are."""
    with pytest.raises(SystemExit):
        benchmark.main(["baker"])
    assert "no company baker; there are manufacturer, distributor" in capsys.readouterr().err
