"""Statuses of calls that were not let in: few, and made once, since refusing has to cost little."""

import math
from functools import cache

from shared.overload.admission import Refusal, error_of
from shared.rpc.status import ErrorStatus, status_of


def refusal_status(refusal: Refusal, time_remaining: float) -> ErrorStatus:
    """As `shared.rpc.status.status_of` has it."""
    return _status(refusal, error_of(refusal).retry_after < time_remaining)


@cache
def _status(refusal: Refusal, has_time: bool) -> ErrorStatus:
    return status_of(error_of(refusal), math.inf if has_time else 0.0)
