"""Process mining of order-to-cash logs."""
