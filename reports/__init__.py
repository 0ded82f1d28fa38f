"""Reports, figures and the command line."""
