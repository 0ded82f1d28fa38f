"""The workbench: the toolkit in the browser. It computes nothing; every job is a command line."""
