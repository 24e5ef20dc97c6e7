"""What a call rests on, put together from its parts."""

import math

import pytest

from shared.cache.log import Position
from shared.cache.recording import NOTHING_RECORDED, Basis, current, recording
from shared.cache.view import Stamp

EARLY, LATE = Stamp(1, Position(3, "x")), Stamp(1, Position(5, "y"))


def test_a_whole_is_as_old_as_its_oldest_part() -> None:
    """It depends on all their tags, and ends with the first of them."""
    with recording() as made:
        current().rest_on(LATE, ("a", "b"), 100.0)
        current().rest_on(EARLY, ("b", "c"), 200.0)
    assert made.basis == Basis(EARLY, ("a", "b", "c"), 100.0)


def test_what_is_recorded_inside_counts_outside() -> None:
    """But not the other way round."""
    with recording() as outer:
        current().rest_on(EARLY, ("a",), math.inf)
        with recording() as inner:
            current().rest_on(LATE, ("b",), 100.0)
    assert inner.basis == Basis(LATE, ("b",), 100.0)
    assert outer.basis == Basis(EARLY, ("a", "b"), 100.0)


def test_what_was_read_counts_after_an_error_too() -> None:
    """Whoever catches it decides by it."""

    def fail() -> None:
        with recording():
            current().rest_on(EARLY, ("a",), math.inf)
            current().change(7, ("x",))
            raise ValueError("inner")

    with recording() as outer:
        with pytest.raises(ValueError, match="inner"):
            fail()
        assert current() is outer
    assert outer.basis == Basis(EARLY, ("a",), math.inf)
    assert (outer.store_version, outer.invalidated) == (7, ("x",))


def test_two_histories_give_no_basis() -> None:
    """No single position stands for both; not even in different recordings."""
    with recording() as outer:
        with recording() as inner:
            current().rest_on(EARLY, ("a",), math.inf)
        current().rest_on(Stamp(2, EARLY.position), ("b",), math.inf)
    assert inner.basis is not None
    assert outer.basis is None


def test_what_must_not_be_kept_has_no_basis_on_any_floor() -> None:
    """It used something up, however deep inside."""
    with recording() as outer:
        current().rest_on(EARLY, ("a",), math.inf)
        with recording() as inner:
            current().rest_on(EARLY, ("a",), math.inf)
            with recording():
                current().forgo()
    assert (inner.basis, outer.basis) == (None, None)


def test_what_rests_on_nothing_known_has_no_basis() -> None:
    """There would be nothing to judge it by."""
    with recording() as made:
        current().end_at(100.0)
    assert made.basis is None


def test_an_end_may_come_from_the_decision_itself() -> None:
    """The earliest one counts."""
    with recording() as made:
        current().rest_on(EARLY, (), 100.0)
        current().end_at(50.0)
        current().end_at(70.0)
    assert made.basis == Basis(EARLY, (), 50.0)


def test_the_newest_change_is_the_version_of_a_call() -> None:
    """And it tells the tags of all."""
    with recording() as made:
        current().change(8, ("a",))
        current().change(7, ("b", "c"))
        current().change(0, ())
    assert (made.store_version, made.invalidated) == (8, ("a", "b", "c"))


def test_what_a_caller_has_seen_holds_inside_too() -> None:
    """A recording inside another one asks for the same version."""
    with recording() as outer:
        outer.at_least = 9
        with recording():
            assert current().at_least == 9
    with recording():
        assert current().at_least == 0


def test_nobody_hears_what_is_not_recorded() -> None:
    """Reads and changes outside of a recording leave no trace."""
    current().rest_on(EARLY, ("a",), math.inf)
    current().change(8, ("a",))
    current().forgo()
    assert current() is NOTHING_RECORDED
    assert (NOTHING_RECORDED.basis, NOTHING_RECORDED.store_version, NOTHING_RECORDED.invalidated) == (None, 0, ())
    with recording() as made:
        current().rest_on(LATE, ("b",), math.inf)
    assert made.basis == Basis(LATE, ("b",), math.inf)
