"""Order-to-cash simulation."""
