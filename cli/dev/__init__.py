"""`authplane dev`: everything in one process."""
