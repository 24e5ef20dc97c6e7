"""Why a call is not let in, and what its caller hears."""

from enum import StrEnum

from shared.errors import Overloaded


class Refusal(StrEnum):
    """Why a call was not let in."""

    FULL = "full"
    SHARE = "share"
    """The lane is busy, and this caller has its share of it already."""
    LATE = "late"
    """It could not be answered within its deadline, or would have to wait longer than the lane's budget allows."""
    STALE = "stale"
    """It did wait for longer than the lane's budget."""


_TEXTS = {
    Refusal.FULL: "the service is full; try again",
    Refusal.SHARE: "too many calls of this caller at once; try again",
    Refusal.LATE: "the answer would come too late; try again",
    Refusal.STALE: "the call has waited too long; try again",
}
_RETRY_SECONDS = {Refusal.FULL: 0.5, Refusal.SHARE: 1.0, Refusal.LATE: 0.5, Refusal.STALE: 0.5}


def error_of(refusal: Refusal) -> Overloaded:
    """What the caller is told: nothing was done."""
    return Overloaded(_TEXTS[refusal], _RETRY_SECONDS[refusal])
