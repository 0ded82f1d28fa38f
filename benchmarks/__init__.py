"""Benchmarks: ratios within one run against a named baseline; never a timed assertion."""
