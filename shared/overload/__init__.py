"""Saying no early, cheaply and politely."""
