"""The store: one contract, several adapters. Import the contract from here, an adapter from its own module."""

from shared.store.contract import (
    AccessTokenStore,
    AssertionStore,
    ClientStore,
    CodeRedemption,
    CodeStore,
    ConsentStore,
    FamilyStore,
    KeyStore,
    Rotation,
    SessionStatus,
    SessionStore,
    Store,
    UserStore,
)

__all__ = [
    "AccessTokenStore",
    "AssertionStore",
    "ClientStore",
    "CodeRedemption",
    "CodeStore",
    "ConsentStore",
    "FamilyStore",
    "KeyStore",
    "Rotation",
    "SessionStatus",
    "SessionStore",
    "Store",
    "UserStore",
]
