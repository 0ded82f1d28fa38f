"""Discovery of a model that can be simulated, from any log."""
