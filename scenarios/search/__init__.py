"""Search: which factors matter, what value reaches a target, which trade-offs are best."""
