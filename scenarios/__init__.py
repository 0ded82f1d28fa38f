"""Scenario experiments."""
