"""Signs that a log is not what it seems, one module for each kind of evidence."""
