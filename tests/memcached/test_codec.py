"""What opens and what does not."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.memcached.codec import SealedCodec

KEY, OTHER = b"k" * 32, b"o" * 32
CODEC = SealedCodec([KEY])


@given(st.text(), st.binary())
def test_what_was_sealed_opens(name: str, value: bytes) -> None:
    """Any name and any value."""
    assert CODEC.open(name, CODEC.seal(name, value)) == value


@given(st.text(), st.binary(), st.data())
def test_what_was_changed_does_not_open(name: str, value: bytes, data: st.DataObject) -> None:
    """Whatever part is replaced by whatever: a bit flipped, an end cut off, something added."""
    sealed = CODEC.seal(name, value)
    begin = data.draw(st.integers(0, len(sealed)))
    end = data.draw(st.integers(begin, len(sealed)))
    changed = sealed[:begin] + data.draw(st.binary(max_size=8)) + sealed[end:]
    assert CODEC.open(name, changed) == (value if changed == sealed else None)


@given(st.text(), st.binary(), st.integers(0))
def test_no_bit_may_flip(name: str, value: bytes, bit: int) -> None:
    """Every single one is covered."""
    sealed = bytearray(CODEC.seal(name, value))
    bit %= 8 * len(sealed)
    sealed[bit // 8] ^= 1 << bit % 8
    assert CODEC.open(name, bytes(sealed)) is None


@given(st.text(), st.text(min_size=1), st.binary())
def test_a_value_belongs_to_its_name(name: str, more: str, value: bytes) -> None:
    """Copied to another name it is none, also where name and value run together."""
    assert CODEC.open(name + more, CODEC.seal(name, value)) is None
    sealed = CODEC.seal(name, more.encode() + value)
    assert CODEC.open(name + more, sealed[:33] + value) is None


@given(st.binary())
def test_nobody_else_s_bytes_open(garbage: bytes) -> None:
    """Nor those of pickle."""
    assert CODEC.open("name", garbage) is None
    assert CODEC.open("name", pickle.dumps(garbage)) is None


def test_another_version_does_not_open() -> None:
    """A later format is a miss for us, even with the right MAC behind it."""
    assert CODEC.open("name", b"\x02" + CODEC.seal("name", b"value")[1:]) is None


def test_a_key_is_replaced_step_by_step() -> None:
    """The first seals and all open; a stranger's opens nothing."""
    both = SealedCodec([OTHER, KEY])
    assert both.open("name", CODEC.seal("name", b"value")) == b"value"
    assert CODEC.open("name", both.seal("name", b"value")) is None
    assert SealedCodec([OTHER]).open("name", both.seal("name", b"value")) == b"value"


@pytest.mark.parametrize("keys", [[], [b"short"], [KEY, b""]])
def test_keys_are_long(keys: list[bytes]) -> None:
    """32 bytes at least, and there must be one."""
    with pytest.raises(ValueError, match="32 bytes"):
        SealedCodec(keys)
