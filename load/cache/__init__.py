"""The cache beside what keeps without asking whether it may."""
