"""The user who does not exist."""

from shared.records import User

NOBODY = User(user_id="", username="", password_hash="", claims={}, disabled=True, created_at=0.0, updated_at=0.0)
"""Stands in for a user who was not found, so that the same work is done for both; can never log in."""
