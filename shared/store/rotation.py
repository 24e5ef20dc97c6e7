"""What becomes of a refresh token that is presented: the one decision, for every store."""

import math
from dataclasses import dataclass
from enum import Enum, auto

from shared.errors import InvalidGrant, InvalidScope
from shared.records import Family
from shared.store.contract import Rotation


@dataclass(frozen=True, slots=True)
class FamilyState:
    """A live family, and what rotation has to remember of it.

    Attributes:
        rotated_at: When its newest token replaced the one before.
        previous_token_hash: Digest of the one before; empty when there was none.
    """

    family: Family
    rotated_at: float = -math.inf
    previous_token_hash: str = ""


class Outcome(Enum):
    """What the presented token is to its family."""

    NEWEST = auto()
    REPEATED = auto()
    REUSED = auto()


def judge(state: FamilyState, rotation: Rotation) -> Outcome:
    """Whether the token is the newest, the one before within the grace window, or one that was rotated.

    Raises:
        InvalidGrant: The family is another client's, or it never had this token.
        InvalidScope: More is asked for than was granted; checked before reuse, so that it convicts nobody.
    """
    family = state.family
    if family.client_id != rotation.client_id:
        raise InvalidGrant("the refresh token is not valid")
    if not set(rotation.scopes) <= set(family.scopes):
        raise InvalidScope("a requested scope goes beyond what was granted")
    if family.token_hash == rotation.token_hash:
        return Outcome.NEWEST
    if rotation.generation >= family.generation:
        raise InvalidGrant("the refresh token is not valid")
    if state.previous_token_hash == rotation.token_hash and rotation.now - state.rotated_at < rotation.grace:
        return Outcome.REPEATED
    return Outcome.REUSED
