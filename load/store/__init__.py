"""The store library beside the bare SQL, in one run."""
