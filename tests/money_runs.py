"""Made-up replications with books that close: what the money of scenarios is tried on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

FLOWS = (
    "invoices",
    "cancellations",
    "credit_memos",
    "discounts",
    "cash_applied",
    "reopened",
    "write_offs",
    "receipts",
    "account_credits",
    "refunds",
    "returned",
    "recoveries",
    "fees",
)
STAGES = ("order", "credit", "cash_application")


@dataclass(frozen=True)
class Run:
    """One replication, as far as money looks at it."""

    kpis: dict = field(default_factory=dict)
    receivables: np.ndarray = field(default_factory=lambda: np.zeros(0))
    costs: dict = field(default_factory=dict)
    flows: dict = field(default_factory=dict)


def made(flows, *, opening=0, unapplied=0, cash=0, tied_up=0.0, costs=None, more=None):
    """Return a run whose balances follow from its daily flows (minor units, missing ones zero)."""
    days = len(next(iter(flows.values())))
    f = {name: np.asarray(flows.get(name, np.zeros(days)), dtype=np.int64) for name in FLOWS}
    change = (
        f["invoices"] - f["cancellations"] - f["credit_memos"] - f["discounts"]
        - f["cash_applied"] + f["reopened"] - f["write_offs"]
    )  # fmt: skip
    on_account = (
        f["receipts"] + f["account_credits"] - f["cash_applied"] - f["refunds"]
        - f["returned"] + f["reopened"]
    )  # fmt: skip
    in_bank = f["receipts"] + f["recoveries"] - f["refunds"] - f["returned"] - f["fees"]
    f["closing"] = opening + np.cumsum(change)
    f["opening"] = np.concatenate([[opening], f["closing"][:-1]])
    f["closing_unapplied"] = unapplied + np.cumsum(on_account)
    f["closing_cash"] = cash + np.cumsum(in_bank)
    f |= {name: np.asarray(value, dtype=np.int64) for name, value in (more or {}).items()}
    return Run(
        kpis={"cash_tied_up_mean": tied_up},
        receivables=f["closing"] / 100,
        costs={
            **{f"{s}.{kind}": 0.0 for s in STAGES for kind in ("labour", "transaction", "fees")},
            "inventory.financing": 0.0,
            "financing.financing": 0.0,
            **(costs or {}),
        },
        flows={f"{name}_minor": value for name, value in f.items()},
    )


def random_runs(seed, replications=5, days=60):
    """Return replications whose every flow moves by chance."""
    rng = np.random.Generator(np.random.Philox(seed))
    return [
        made(
            {name: rng.integers(0, 100_000, days) for name in FLOWS},
            opening=int(rng.integers(0, 10**7)),
            tied_up=float(rng.normal(1e5, 1e4)),
            costs={
                "order.labour": float(rng.normal(500, 50)),
                "order.transaction": float(rng.normal(200, 20)),
                "credit.fees": float(rng.normal(80, 8)),
                "inventory.financing": float(rng.normal(300, 30)),
                "financing.financing": float(rng.normal(900, 90)),
            },
        )
        for _ in range(replications)
    ]


def scaled(run, factor):
    """Return a run in which every amount is *factor* times as large; *factor* is whole."""
    return Run(
        kpis={key: value * factor for key, value in run.kpis.items()},
        receivables=run.receivables * factor,
        costs={key: value * factor for key, value in run.costs.items()},
        flows={key: value * factor for key, value in run.flows.items()},
    )
