"""Cached decisions under one rule, wherever they are kept.

A cached decision may be reused if and only if nothing it depends on was invalidated after the version it was read at,
and this process's view of the invalidations is fresh.
"""
