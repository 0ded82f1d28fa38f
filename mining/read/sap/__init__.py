"""SAP tables: a folder of them becomes one object-centric log from the order to clearing."""

from mining.read.sap.log import read, recognised

__all__ = ["read", "recognised"]
