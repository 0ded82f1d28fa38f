"""The command line: ``o2c``."""

from reports.cli.app import app, main

__all__ = ["app", "main"]
