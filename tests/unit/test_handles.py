"""Handles: what is genuine is read back, and nothing else is accepted."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.handles import Handle, HandleCodec, HandleKind, InvalidHandle, digest

OLD_KEY, KEY = b"o" * 32, b"k" * 32
CODEC = HandleCodec([KEY, OLD_KEY])
ID = bytes(range(16))
GENUINE = CODEC.mint(HandleKind.REFRESH_TOKEN, ID, 7)


@given(st.sampled_from(HandleKind), st.binary(min_size=16, max_size=16), st.integers(0, 2**32 - 1))
def test_a_minted_handle_is_read_back(kind: HandleKind, id: bytes, generation: int) -> None:
    """Parsing undoes minting, for every kind, id and generation."""
    assert CODEC.parse(kind, CODEC.mint(kind, id, generation)) == Handle(id, generation)


def test_the_successor_is_derived() -> None:
    """The same family and generation give the same refresh token, and the next generation another one."""
    assert CODEC.mint(HandleKind.REFRESH_TOKEN, ID, 7) == GENUINE
    assert CODEC.mint(HandleKind.REFRESH_TOKEN, ID, 8) != GENUINE


def test_handles_of_a_replaced_key_still_verify() -> None:
    """A handle minted under the previous key is accepted, one under an unknown key is not."""
    old = HandleCodec([OLD_KEY]).mint(HandleKind.SESSION, ID)
    foreign = HandleCodec([b"f" * 32]).mint(HandleKind.SESSION, ID)
    assert CODEC.parse(HandleKind.SESSION, old) == Handle(ID, 0)
    with pytest.raises(InvalidHandle):
        CODEC.parse(HandleKind.SESSION, foreign)


@pytest.mark.parametrize("kind", [HandleKind.SESSION, HandleKind.CODE])
def test_a_handle_of_another_kind_is_refused(kind: HandleKind) -> None:
    """A refresh token is neither a session nor a code, even with the prefix exchanged."""
    for text in (GENUINE, kind + GENUINE[3:]):
        with pytest.raises(InvalidHandle):
            CODEC.parse(kind, text)


@given(st.integers(0, len(GENUINE) - 1), st.characters())
def test_a_changed_character_is_refused(position: int, character: str) -> None:
    """CVE-2026-27840: no other spelling of a handle is accepted, whichever character is changed."""
    changed = GENUINE[:position] + character + GENUINE[position + 1 :]
    if changed == GENUINE:
        assert CODEC.parse(HandleKind.REFRESH_TOKEN, changed) == Handle(ID, 7)
    else:
        with pytest.raises(InvalidHandle):
            CODEC.parse(HandleKind.REFRESH_TOKEN, changed)


@given(st.integers(0, 42 * 8 - 1))
def test_a_flipped_bit_is_refused(bit: int) -> None:
    """CVE-2026-27840: every bit of a handle counts."""
    raw = bytearray(base64.urlsafe_b64decode(GENUINE[4:]))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidHandle):
        CODEC.parse(HandleKind.REFRESH_TOKEN, "apr_" + base64.urlsafe_b64encode(raw).decode())


@given(
    st.text() | st.integers(0, len(GENUINE) - 1).map(lambda n: GENUINE[:n]) | st.text(min_size=1).map(GENUINE.__add__)
)
def test_garbage_is_refused(text: str) -> None:
    """Row 6: truncated, extended and made-up handles are refused with the one error."""
    with pytest.raises(InvalidHandle):
        CODEC.parse(HandleKind.REFRESH_TOKEN, text)


def test_random_handles_never_verify() -> None:
    """Ten thousand well-formed random handles are all refused."""
    for _ in range(10_000):
        with pytest.raises(InvalidHandle):
            CODEC.parse(HandleKind.SESSION, "aps_" + base64.urlsafe_b64encode(os.urandom(42)).decode())


@pytest.mark.parametrize("keys", [[], [b"short"], [KEY, KEY]])
def test_unusable_keys_are_refused(keys: list[bytes]) -> None:
    """No key, a short key, and the same key twice are errors at construction."""
    with pytest.raises(ValueError, match="key"):
        HandleCodec(keys)


def test_only_digests_are_for_storage() -> None:
    """The stored form of a handle does not contain it, and differs from the digest of its id."""
    assert GENUINE not in digest(GENUINE)
    assert digest(GENUINE) != CODEC.parse(HandleKind.REFRESH_TOKEN, GENUINE).id_digest
