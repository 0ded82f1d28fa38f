"""What a change is worth in money: cash once, profit every year, present value, payback, risk."""
