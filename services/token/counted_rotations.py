"""Counts what becomes of refresh tokens that are presented."""

from collections.abc import Callable
from typing import Protocol

from shared.errors import AuthplaneError, InvalidGrant, Overloaded, RefreshTokenRaced, RefreshTokenReused
from shared.store import Rotated, Rotation

_OUTCOMES: tuple[tuple[type[AuthplaneError], str], ...] = (
    (RefreshTokenReused, "reuse_detected"),
    (InvalidGrant, "expired"),
    (RefreshTokenRaced, "raced"),
    (Overloaded, "shed"),
    (AuthplaneError, "failed"),
)
"""By the error, those that are particular before those that are general."""


class Rotations(Protocol):
    """Where refresh tokens are rotated."""

    def rotate_refresh_token(self, rotation: Rotation) -> Rotated:
        """See `shared.store.FamilyStore`."""


class CountedRotations:
    """A store's rotations, each of them counted by its outcome.

    - `rotated`: the newest token was replaced.
    - `grace_replay`: the one before was presented again in the grace window, and answered with the same successor.
    - `reuse_detected`: it was presented later; the family is revoked.
    - `raced`: others rotated the family meanwhile, again and again; the caller may retry.
    - `expired`: the family has ended, or never had this token.
    - `shed`: there was too much to do in the store. Calls that a lane refuses do not get here.
    - `failed`: anything else, such as a store that is gone, or a scope that was not granted.

    Args:
        count: Takes the outcome.
    """

    def __init__(self, rotations: Rotations, count: Callable[[str], None]) -> None:
        self._rotations = rotations
        self._count = count

    def rotate_refresh_token(self, rotation: Rotation) -> Rotated:
        """See `shared.store.FamilyStore`."""
        try:
            rotated = self._rotations.rotate_refresh_token(rotation)
        except AuthplaneError as error:
            self._count(next(outcome for kind, outcome in _OUTCOMES if isinstance(error, kind)))
            raise
        self._count("grace_replay" if rotated.is_repeat else "rotated")
        return rotated
