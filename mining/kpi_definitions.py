"""Every KPI by its key, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Mapping

from mining.kpi_definition import CREDIT_HOLD, KpiDefinition
from mining.kpi_definitions_deliveries import DELIVERY_DEFINITIONS
from mining.kpi_definitions_flows import FLOW_DEFINITIONS
from mining.kpi_definitions_invoices import INVOICE_DEFINITIONS
from mining.kpi_definitions_orders import ORDER_DEFINITIONS
from mining.kpi_definitions_receivables import RECEIVABLES_DEFINITIONS

__all__ = ["CREDIT_HOLD", "DEFINITIONS", "KpiDefinition"]

DEFINITIONS: Mapping[str, KpiDefinition] = {
    definition.key: definition
    for definition in (
        *ORDER_DEFINITIONS,
        *DELIVERY_DEFINITIONS,
        *INVOICE_DEFINITIONS,
        *RECEIVABLES_DEFINITIONS,
        *FLOW_DEFINITIONS,
    )
}
