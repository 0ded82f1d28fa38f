"""Validation: how far a model lies from data that it has not seen."""
