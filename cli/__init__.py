"""The `authplane` command."""
