"""The store in PostgreSQL: what several processes share, and what outlives them."""
