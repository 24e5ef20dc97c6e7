"""Password hashing: argon2id of the configured cost, the same work for nobody, and none for whom it comes too late."""

import time
from random import Random

import argon2
import pytest
from argon2.exceptions import InvalidHashError

from services.auth.passwords import PasswordHasher
from shared.clock import ManualClock
from shared.deadline import Deadline, deadline
from shared.errors import DeadlineExceeded
from tests.unit.auth.world import CHEAP

COSTLY = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@pytest.fixture
def passwords() -> PasswordHasher:
    return PasswordHasher(CHEAP, Random(1).randbytes)


def test_a_hash_fits_its_password_only(passwords: PasswordHasher) -> None:
    """A password fits its own hash and no other password does."""
    stored = passwords.hash("correct horse")
    assert passwords.verify(stored, "correct horse")
    assert not passwords.verify(stored, "correct horsf")
    assert not passwords.verify(stored, "")


def test_hashes_are_salted_and_say_what_they_cost(passwords: PasswordHasher) -> None:
    """The same password has another hash each time, in PHC format with the parameters that were asked for."""
    first, second = passwords.hash("correct horse"), passwords.hash("correct horse")
    assert first != second
    assert argon2.extract_parameters(first) == argon2.extract_parameters(CHEAP.hash("x"))
    assert argon2.extract_parameters(first).type is argon2.Type.ID


def test_hashes_of_another_cost_still_fit(passwords: PasswordHasher) -> None:
    """A hash is checked at its own cost, so that the cost of new ones can be changed."""
    assert passwords.verify(argon2.PasswordHasher(time_cost=3, memory_cost=64).hash("correct horse"), "correct horse")


@pytest.mark.parametrize("password", ["", "x", "correct horse"])
def test_nothing_fits_the_hash_of_nobody(passwords: PasswordHasher, password: str) -> None:
    """Row 26: the empty hash of a user who does not exist is checked like any other and never fits."""
    assert not passwords.verify("", password)


def test_checking_nobody_takes_as_long_as_checking_somebody() -> None:
    """Row 26: the quickest of several checks takes about as much of the CPU for a user as for nobody."""
    passwords = PasswordHasher(COSTLY, Random(1).randbytes)
    stored = passwords.hash("correct horse")

    def quickest(password_hash: str) -> float:
        durations = []
        for _ in range(7):
            begun = time.thread_time()
            passwords.verify(password_hash, "wrong")
            durations.append(time.thread_time() - begun)
        return min(durations)

    assert quickest("") == pytest.approx(quickest(stored), rel=0.5)


def test_a_broken_hash_is_a_fault_and_no_refusal(passwords: PasswordHasher) -> None:
    """What is no hash was written by a fault of ours, and is not reported as a wrong password."""
    with pytest.raises(InvalidHashError):
        passwords.verify("plain text", "plain text")


def test_nobody_is_hashed_for_who_has_no_time_left(passwords: PasswordHasher) -> None:
    """A core and megabytes are not spent on an answer that nobody waits for."""
    stored = passwords.hash("correct horse")
    with deadline(Deadline(0.0, ManualClock(0.0))):
        with pytest.raises(DeadlineExceeded):
            passwords.verify(stored, "correct horse")
        with pytest.raises(DeadlineExceeded):
            passwords.hash("correct horse")
    assert passwords.verify(stored, "correct horse")
