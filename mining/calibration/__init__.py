"""Calibration: a real log becomes a model of the company, with the evidence of each value."""
