"""How values of PostgreSQL and of the records become each other.

Results come in binary. A timestamp is seconds since the epoch, a digest is hexadecimal text.
"""

import math
import struct
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format

Row = tuple[Any, ...]

_MICROSECONDS = struct.Struct(">q")
_YEAR_2000 = 946_684_800_000_000
_INFINITY = 2**63 - 1


class _EpochLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> float:
        (microseconds,) = _MICROSECONDS.unpack(data)
        return math.inf if microseconds == _INFINITY else (_YEAR_2000 + microseconds) / 1e6


class _HexLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        return bytes(data).hex()


def register(connection: psycopg.Connection[Any]) -> None:
    """Makes the results of this connection such values."""
    connection.adapters.register_loader("timestamptz", _EpochLoader)
    connection.adapters.register_loader("bytea", _HexLoader)


def frozen(row: Row) -> Row:
    """The row with its arrays as tuples, as records have them."""
    return tuple([tuple(value) if value.__class__ is list else value for value in row])


def key(digest: str) -> bytes:
    """The key to look a row up by, from a digest in hexadecimal; what is none gives a key that no row has."""
    try:
        value = bytes.fromhex(digest)
    except ValueError:
        return b""
    # fromhex takes capitals and blanks too, which would be another name for the same row.
    return value if value.hex() == digest else b""
