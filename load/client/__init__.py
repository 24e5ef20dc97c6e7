"""Decisions of the Python client from its memory."""
