"""Buckets of all histograms of durations."""

BUCKETS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
"""Seconds; fine where calls answered from memory lie."""
