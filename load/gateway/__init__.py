"""A warm gateway beside one that answers a constant, and beside one that makes a call that does nothing."""
