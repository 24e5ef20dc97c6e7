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
    Rotation,
    SessionStatus,
    SessionStore,
    Store,
    UserStore,
)

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
    "Rotation",
    "SessionStatus",
    "SessionStore",
    "Store",
    "UserStore",
]
