"""How the hot statements fare at size: plans, times, sizes and the cost of writing."""
