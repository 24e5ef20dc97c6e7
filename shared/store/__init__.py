"""The store: one contract, several adapters. Import the contract from here, an adapter from its own module."""

from shared.store.contract import (
    AccessTokenStore,
    Announce,
    AssertionStore,
    ClientStore,
    CodeRedemption,
    CodeStore,
    ConsentStore,
    FamilyStore,
    InvalidationStore,
    KeyStore,
    Rotated,
    Rotation,
    SessionStatus,
    SessionStore,
    Store,
    UserStore,
)
from shared.store.sweep_state import SweepState
from shared.store.sweeping import OpenSweepStore, Pressure, Sweeping, SweepStore, SweptTable

__all__ = [
    "AccessTokenStore",
    "Announce",
    "AssertionStore",
    "ClientStore",
    "CodeRedemption",
    "CodeStore",
    "ConsentStore",
    "FamilyStore",
    "InvalidationStore",
    "KeyStore",
    "OpenSweepStore",
    "Pressure",
    "Rotated",
    "Rotation",
    "SessionStatus",
    "SessionStore",
    "Store",
    "SweepState",
    "SweepStore",
    "Sweeping",
    "SweptTable",
    "UserStore",
]
