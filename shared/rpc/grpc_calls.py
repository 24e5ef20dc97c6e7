"""What grpcio knows of a call, and does with it, at the moment it hands it to a pool of threads.

No public interface shows that. grpcio is pinned, and tests/rpc/test_admission.py fails when it changes; what it submits
in a form that is not known here is left as it is.
"""

import importlib
import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from shared.overload.admission import Refusal
from shared.overload.lane import Arguments, Arrival
from shared.rpc.client_address import address_of

_FAR_FUTURE_SECONDS = 10 * 365 * 86_400.0  # A call without a deadline has one in the year 292 billion.
_SERVER: Any = importlib.import_module("grpc._server")
_CORE: Any = importlib.import_module("grpc._cython.cygrpc")
_ONE_REQUEST = b"the method takes one request"


class _Submitted(NamedTuple):
    """Arguments with which grpcio submits a call."""

    work: Any
    event: Any
    state: Any
    behaviour: Any
    request: Any
    """Gives what the behaviour is called with."""
    deserializer: Any
    serializer: Any


class GrpcCalls:
    """Calls as grpcio submits them."""

    def arrival(self, arguments: Arguments) -> Arrival | None:
        """Who calls, and until when; none for what is no call."""
        call = _submitted(arguments)
        if call is None:
            return None
        event = call.event
        seconds_left = _seconds_left(call)
        deadline = time.monotonic() + seconds_left if seconds_left < _FAR_FUTURE_SECONDS else math.inf
        caller = address_of(event.invocation_metadata, lambda: event.call.peer().decode())
        return Arrival(caller, deadline, call.behaviour.at_once is not None)

    def refuse(self, arguments: Arguments, refusal: Refusal) -> None:
        """Ends a call with what its method says of refusals: no thread is taken, and no request waited for."""
        call = _Submitted(*arguments)
        status = call.behaviour.refused(refusal, call.event.invocation_metadata, _seconds_left(call))
        with call.state.condition:
            call.state.trailing_metadata = status.trailing_metadata
            _SERVER._abort(call.state, call.event.call, status.code.value[0], status.details.encode())

    def answer(self, arguments: Arguments) -> bool:
        """Answers a call that was read and takes no thread; whether it was one."""
        call = _submitted(arguments)
        if call is None or call.behaviour.at_once is None or call.state.request is None:
            return False
        state = call.state
        answer = state.context.run(call.behaviour.at_once, state.request, call.event.invocation_metadata)
        if answer is None:
            return False
        state.trailing_metadata = answer.trailing_metadata
        _SERVER._status(call.event, state, answer.message)
        return True

    def read(self, arguments: Arguments, ready: Callable[[Arguments], None], gone: Callable[[], None]) -> None:
        """Reads the one request of a call before a thread is taken for it.

        grpcio has the thread ask for the request and wait: another two changes of threads for each call, and whoever
        sends the head of a call and no request would have a thread for as long as it likes.

        Args:
            ready: Called with arguments for a thread, now or from the thread that takes in calls.
            gone: Called instead when the caller has gone.
        """
        call = _submitted(arguments)
        if call is None or call.request.__name__ != "unary_request":
            ready(arguments)
            return
        state, read = call.state, _SERVER._receive_message(call.state, call.event.call, call.deserializer)

        def received(event: Any) -> Any:
            finished = read(event)
            if state.request is None and state.client is not _SERVER._CLOSED:
                gone()
            else:
                ready(call._replace(request=lambda: _taken(call)))
            return finished

        # grpcio holds the state's lock meanwhile.
        call.event.call.start_server_batch((_CORE.ReceiveMessageOperation(0),), received)
        state.due.add(_SERVER._RECEIVE_MESSAGE_TOKEN)


def _submitted(arguments: Arguments) -> _Submitted | None:
    if len(arguments) == len(_Submitted._fields) and hasattr(arguments[1], "call_details"):
        return _Submitted(*arguments)
    return None


def _seconds_left(call: _Submitted) -> float:
    return float(call.event.call_details.deadline - time.time())


def _taken(call: _Submitted) -> Any:
    """The request; none when the call has ended, or ends because it brought none."""
    state = call.state
    with state.condition:
        request, state.request = state.request, None
        if not _SERVER._is_rpc_state_active(state):
            return None
        if request is None:
            _SERVER._abort(state, call.event.call, _CORE.StatusCode.unimplemented, _ONE_REQUEST)
        return request
