"""What a failure of PostgreSQL is in the one error vocabulary, decided by SQLSTATE and not by class.

psycopg's OperationalError covers a lost connection and a statement that took too long alike, and a primary that became
read-only is an InternalError to it.
"""

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from shared.errors import AuthplaneError, InternalError, InvalidRequest, Overloaded, Unavailable

RETRYABLE = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: nothing was done, and doing it again is expected to succeed."""

_LOST_SERVER = frozenset({"25006", "57P01", "57P02", "57P03", "57P04", "57P05"})
_FULL = frozenset({"53000", "53200", "53300", "55P03", *RETRYABLE})


def is_connection_lost(error: psycopg.Error) -> bool:
    """Whether the connection is of no more use: cut, refused, or its server shuts down or became read-only."""
    state = error.sqlstate
    if state is None:
        return isinstance(error, psycopg.OperationalError) and not isinstance(error, PoolTimeout | TooManyRequests)
    return state.startswith("08") or state in _LOST_SERVER


def domain_error(error: psycopg.Error) -> AuthplaneError:
    """The error of the vocabulary; what PostgreSQL said stays in its `__cause__`."""
    state = error.sqlstate or ""
    if isinstance(error, PoolTimeout | TooManyRequests) or state in _FULL:
        return Overloaded("the store is busy; try again", retry_after=1.0)
    if isinstance(error, PoolClosed) or is_connection_lost(error) or state.startswith(("53", "57", "58")):
        return Unavailable("the store does not answer; try again")
    if state.startswith("22") or isinstance(error, psycopg.DataError):
        return InvalidRequest("a value cannot be stored; it has characters or numbers beyond what text and JSON allow")
    return InternalError("the store failed")
