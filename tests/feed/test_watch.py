"""`SyncInvalidations` and `WatchInvalidations` of a running token service."""

import io
import math
import threading
from collections.abc import Iterator

import grpc
import pytest

from authplane.cache.v1.cache_pb2 import Position
from authplane.token.v1 import token_pb2_grpc
from authplane.token.v1.token_pb2 import SyncInvalidationsRequest, WatchInvalidationsRequest
from cli.dev.plane import DevPlane
from services.token.watch_invalidations import InvalidationWatch, Subscriber
from shared.cache.log import Invalidation, News
from shared.cache.log import Position as LogPosition
from shared.clock import SystemClock
from shared.rpc.server import MAX_MESSAGE_BYTES
from tests.conftest import make_plane
from tests.eventually import eventually
from tests.stores import fresh_view


@pytest.fixture
def tokens(plane: DevPlane) -> Iterator[token_pb2_grpc.TokenServiceStub]:
    with grpc.insecure_channel(plane.token_target) as channel:
        yield token_pb2_grpc.TokenServiceStub(channel)


def test_a_follower_gets_all_and_then_what_follows(plane: DevPlane, tokens: token_pb2_grpc.TokenServiceStub) -> None:
    """Without a position it begins anew; from where it is it gets what came since, in parts if it wants."""
    first = tokens.SyncInvalidations(SyncInvalidationsRequest())
    assert first.restart
    assert first.complete
    assert 0 <= first.age < 1
    since = first.invalidations[-1].position
    for number in range(3):
        plane.store.record_invalidations([f"token:{number}"])

    def newest() -> list[list[str]]:
        following = tokens.SyncInvalidations(SyncInvalidationsRequest(since=since)).invalidations
        return [list(each.tags) for each in following[-3:]]

    eventually(lambda: newest() == [["token:0"], ["token:1"], ["token:2"]])
    part = tokens.SyncInvalidations(SyncInvalidationsRequest(since=since, limit=2))
    assert [each.position.version for each in part.invalidations] == [since.version + 1, since.version + 2]
    assert not part.complete
    assert not part.restart


def test_however_much_was_invalidated_it_comes_in_messages_that_fit() -> None:
    """Or a follower could never begin."""
    wanted, found = [f"token:{number:064x}" for number in range(20_000)], set[str]()
    with (
        make_plane(SystemClock(), io.StringIO()) as plane,
        grpc.insecure_channel(plane.token_target) as channel,
    ):
        tokens = token_pb2_grpc.TokenServiceStub(channel)
        position = tokens.SyncInvalidations(SyncInvalidationsRequest()).position
        for begin in range(0, len(wanted), 1000):
            plane.store.record_invalidations(wanted[begin : begin + 1000])

        def has_all() -> bool:
            nonlocal position
            reply = tokens.SyncInvalidations(SyncInvalidationsRequest(since=position))
            assert reply.ByteSize() <= MAX_MESSAGE_BYTES
            for each in reply.invalidations:
                position = each.position
                found.update(each.tags)
            return reply.complete and found.issuperset(wanted)

        eventually(has_all)


def test_a_stranger_begins_anew(tokens: token_pb2_grpc.TokenServiceStub) -> None:
    """A position with another stamp is none of this history."""
    known = tokens.SyncInvalidations(SyncInvalidationsRequest()).invalidations[-1].position
    stranger = Position(version=known.version, stamp="another")
    assert tokens.SyncInvalidations(SyncInvalidationsRequest(since=stranger)).restart
    assert not tokens.SyncInvalidations(SyncInvalidationsRequest(since=known)).restart


@pytest.mark.parametrize("question", [{"limit": -1}, {"since": Position(version=-1)}])
def test_what_makes_no_sense_is_refused(tokens: token_pb2_grpc.TokenServiceStub, question: dict[str, object]) -> None:
    """With INVALID_REQUEST."""
    with pytest.raises(grpc.RpcError) as refused:
        tokens.SyncInvalidations(SyncInvalidationsRequest(**question))  # type: ignore[arg-type]  # Its fields by name.
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_forty_subscribers_are_woken_and_calls_still_answered(
    plane: DevPlane, tokens: token_pb2_grpc.TokenServiceStub
) -> None:
    """More than there are threads: no stream holds one."""
    streams, begun = [], []
    for _ in range(40):  # One after the other, as the share of one caller in a lane wants it.
        streams.append(tokens.WatchInvalidations(WatchInvalidationsRequest(), timeout=60))
        begun.append(next(streams[-1]).version)
    plane.store.record_invalidations(["token:x"])
    assert all(next(stream).version > version for stream, version in zip(streams, begun, strict=True))
    assert tokens.SyncInvalidations(SyncInvalidationsRequest()).complete
    for stream in streams:
        stream.cancel()


def test_a_subscription_ends_after_many_events() -> None:
    """A thousand fit into what a connection takes unread, so whoever does not read holds nobody up."""
    view, stop = fresh_view(SystemClock()), threading.Event()
    watch, told, ended = InvalidationWatch(view), list[int](), threading.Event()
    thread = threading.Thread(target=watch.run, args=(stop,))
    thread.start()
    watch.subscribe(Subscriber(told.append, ended.set))
    version = 0
    while not ended.is_set():
        version += 1
        position = LogPosition(version, str(version))
        view.follow(News(False, (Invalidation(position, ("token:x",)),), position, True, 0.0), math.inf)
        eventually(lambda: told[-1] == version or ended.is_set())  # noqa: B023 - It is called here and now.
    assert len(told) == 1000
    stop.set()
    thread.join()
