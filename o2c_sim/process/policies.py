"""A company's policies: each section of its model, compiled for the stage that follows it."""

from __future__ import annotations

from dataclasses import dataclass

from o2c_sim.engine import Clock, Streams
from o2c_sim.model.company import CompanyModel
from o2c_sim.process.billing import BillingPolicy, billing_policy
from o2c_sim.process.capture import CapturePolicy, capture_policy
from o2c_sim.process.cash_application import CashApplicationPolicy, cash_application_policy
from o2c_sim.process.collections import CollectionsPolicy, collections_policy
from o2c_sim.process.credit import CreditPolicy, credit_policy
from o2c_sim.process.disputes import DisputePolicy, dispute_policy
from o2c_sim.process.dunning import DunningPolicy, dunning_policy
from o2c_sim.process.fulfilment import FulfilmentPolicy, fulfilment_policy
from o2c_sim.process.payment import PaymentPolicy, payment_policy
from o2c_sim.process.write_off import WriteOffPolicy, write_off_policy


@dataclass(frozen=True, slots=True)
class Policies:
    """One policy per stage."""

    capture: CapturePolicy
    credit: CreditPolicy
    fulfilment: FulfilmentPolicy
    billing: BillingPolicy
    dunning: DunningPolicy
    collections: CollectionsPolicy
    disputes: DisputePolicy
    payment: PaymentPolicy
    cash_application: CashApplicationPolicy
    write_off: WriteOffPolicy


def compile_policies(model: CompanyModel, streams: Streams, clock: Clock) -> Policies:
    """Compile every section of a model."""
    return Policies(
        capture=capture_policy(model, streams),
        credit=credit_policy(model, streams),
        fulfilment=fulfilment_policy(model, streams, clock),
        billing=billing_policy(model, streams, clock),
        dunning=dunning_policy(model, clock),
        collections=collections_policy(model, streams),
        disputes=dispute_policy(model, streams),
        payment=payment_policy(model, streams, clock),
        cash_application=cash_application_policy(model, streams),
        write_off=write_off_policy(model, clock),
    )
