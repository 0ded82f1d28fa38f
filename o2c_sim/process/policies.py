"""A company's policies: each section of its model, compiled for the stage that follows it."""

from __future__ import annotations

from dataclasses import dataclass

from o2c_sim.engine import Clock, Streams
from o2c_sim.model.company import CompanyModel
from o2c_sim.process.allowance import AllowancePolicy, allowance_policy
from o2c_sim.process.billing import BillingPolicy, billing_policy
from o2c_sim.process.capture import CapturePolicy, capture_policy
from o2c_sim.process.cash_application import CashApplicationPolicy, cash_application_policy
from o2c_sim.process.collections import CollectionsPolicy, collections_policy
from o2c_sim.process.credit import CreditPolicy, credit_policy
from o2c_sim.process.direct_debit import DirectDebitPolicy, direct_debit_policy
from o2c_sim.process.disputes import DisputePolicy, dispute_policy
from o2c_sim.process.dunning import DunningPolicy, dunning_policy
from o2c_sim.process.fulfilment import FulfilmentPolicy, fulfilment_policy
from o2c_sim.process.insolvency import InsolvencyPolicy, insolvency_policy
from o2c_sim.process.invoice_delivery import InvoiceDeliveryPolicy, invoice_delivery_policy
from o2c_sim.process.order_change import ChangePolicy, change_policy
from o2c_sim.process.own_steps import OwnStepsPolicy, own_steps_policy
from o2c_sim.process.payment import PaymentPolicy, payment_policy
from o2c_sim.process.prepayment import PrepaymentPolicy, prepayment_policy
from o2c_sim.process.quotation import QuotationPolicy, quotation_policy
from o2c_sim.process.recovery import RecoveryPolicy, recovery_policy
from o2c_sim.process.remittance import RemittancePolicy, remittance_policy
from o2c_sim.process.returns import ReturnsPolicy, returns_policy
from o2c_sim.process.write_off import WriteOffPolicy, write_off_policy


@dataclass(frozen=True, slots=True)
class Policies:
    """One policy per stage."""

    quotation: QuotationPolicy
    capture: CapturePolicy
    credit: CreditPolicy
    changes: ChangePolicy
    fulfilment: FulfilmentPolicy
    billing: BillingPolicy
    invoice_delivery: InvoiceDeliveryPolicy
    dunning: DunningPolicy
    collections: CollectionsPolicy
    disputes: DisputePolicy
    payment: PaymentPolicy
    remittance: RemittancePolicy
    prepayment: PrepaymentPolicy
    direct_debit: DirectDebitPolicy
    insolvency: InsolvencyPolicy
    cash_application: CashApplicationPolicy
    returns: ReturnsPolicy
    write_off: WriteOffPolicy
    recovery: RecoveryPolicy
    allowance: AllowancePolicy
    own_steps: OwnStepsPolicy


def compile_policies(model: CompanyModel, streams: Streams, clock: Clock) -> Policies:
    """Compile every section of a model."""
    return Policies(
        quotation=quotation_policy(model, streams),
        capture=capture_policy(model, streams),
        credit=credit_policy(model, streams, clock),
        changes=change_policy(model, streams),
        fulfilment=fulfilment_policy(model, streams, clock),
        billing=billing_policy(model, streams, clock),
        invoice_delivery=invoice_delivery_policy(model, streams),
        dunning=dunning_policy(model, clock),
        collections=collections_policy(model, streams),
        disputes=dispute_policy(model, streams),
        payment=payment_policy(model, streams),
        remittance=remittance_policy(model, streams, clock),
        prepayment=prepayment_policy(model, streams),
        direct_debit=direct_debit_policy(model, streams),
        insolvency=insolvency_policy(model, streams, clock),
        cash_application=cash_application_policy(model, streams),
        returns=returns_policy(model, streams),
        write_off=write_off_policy(model, clock),
        recovery=recovery_policy(model, streams),
        allowance=allowance_policy(model, clock),
        own_steps=own_steps_policy(model, streams),
    )
