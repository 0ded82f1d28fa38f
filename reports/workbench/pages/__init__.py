"""The pages of the workbench, one module each; every module offers a ``router``."""
