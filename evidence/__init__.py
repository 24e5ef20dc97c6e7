"""What PostgreSQL does with our statements, shown and not asserted."""
