"""What is answered again without being decided again is what would be decided."""

import math
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from typing import Any

import pytest

from authplane.token.v1 import token_pb2
from shared.cache.cache import Bounds, Cache
from shared.cache.log import Position
from shared.cache.recording import current, record
from shared.errors import InvalidRequest, InvalidToken
from shared.rpc.basis import basis_message
from shared.rpc.kept import KeptReplies
from tests.cache.scene import Scene, yes


@pytest.fixture
def scene() -> Scene:
    return Scene()


class Kept:
    """Kept replies over a behaviour that counts how often it is asked, and rests on the tag `a`."""

    def __init__(self, scene: Scene, at_once: bool) -> None:
        self.asked, self.active, self.refuses, self.scope = 0, True, False, ""
        self.meanwhile: Callable[[], None] | None = None
        self._scene = scene
        self._cache = scene.cache()
        bounds = Bounds(max_entries=100, max_bytes=1_000_000, max_seconds=math.inf)
        cache = Cache[bytes]("replies", scene.view, scene.clock, bounds)
        replies = KeptReplies(
            cache, token_pb2.IntrospectResponse, scene.clock, lambda reply: not reply.active, InvalidToken
        )
        answer: Callable[[bytes, Any], bytes] = replies.around(self._decide, token_pb2.IntrospectRequest.FromString)

        def at_once_if_it_can_be(question: bytes, context: Any) -> bytes:
            reply = replies.hit(question)
            return answer(question, context) if reply is None else reply

        self._answer = at_once_if_it_can_be if at_once else answer
        self.state = cache.state

    def ask(self, token: str = "t", min_store_version: int = 0) -> token_pb2.IntrospectResponse:
        question = token_pb2.IntrospectRequest(token=token, min_store_version=min_store_version).SerializeToString()
        return token_pb2.IntrospectResponse.FromString(self.raw(question))

    def raw(self, question: bytes) -> bytes:
        return bytes(Context().run(self._answer, question, None))  # As gRPC does.

    def _decide(self, request: token_pb2.IntrospectRequest, _: object) -> token_pb2.IntrospectResponse:
        self.asked += 1
        record()
        current().at_least = request.min_store_version
        active, refuses, scope, meanwhile = self.active, self.refuses, self.scope, self.meanwhile
        if meanwhile:
            meanwhile()
            record()
        self._cache.get_or_load(request.token, lambda: yes("a"))
        if refuses:
            raise InvalidToken("the token is not good")
        return token_pb2.IntrospectResponse(active=active, scope=scope, basis=basis_message(current().basis))


@pytest.fixture(params=[False, True], ids=["by a thread", "at once if it can be"])
def kept(scene: Scene, request: pytest.FixtureRequest) -> Kept:
    return Kept(scene, request.param)


def test_a_question_is_decided_once(scene: Scene, kept: Kept) -> None:
    """Until what the answer rests on is invalidated."""
    assert [kept.ask().active for _ in range(3)] == [True] * 3
    assert kept.asked == 1
    scene.log.commit("a")
    scene.poll()
    kept.ask()
    assert kept.asked == 2


def test_another_question_is_another_one(scene: Scene, kept: Kept) -> None:
    """Every byte of it counts."""
    kept.ask("t")
    kept.ask("u")
    assert kept.asked == 2


def test_a_question_counts_once(scene: Scene, kept: Kept) -> None:
    """However often was looked."""
    for _ in range(3):
        kept.ask()
    counted = kept.state().statistics
    assert (counted.hits, sum(counted.misses.values())) == (2, 1)


def test_an_answer_says_as_of_when_it_is_good_now(scene: Scene, kept: Kept) -> None:
    """Or whoever keeps it in turn would take it for too old once the log has moved on."""
    kept.ask()
    for _ in range(3):
        scene.log.commit("another")
    scene.poll()
    answer = kept.ask()
    assert kept.asked == 1
    assert Position(answer.basis.decided_at.version, answer.basis.decided_at.stamp) == scene.view.position
    assert list(answer.basis.tags) == ["a"]


def test_a_stale_view_repeats_nothing(scene: Scene, kept: Kept) -> None:
    """The services decide then, who ask the store."""
    kept.ask()
    scene.clock.advance(10)
    kept.ask()
    assert kept.asked == 2


def test_a_question_with_a_version_is_not_kept(scene: Scene, kept: Kept) -> None:
    """Whether the version was reached is asked each time."""
    kept.ask(min_store_version=1)
    kept.ask(min_store_version=1)
    assert kept.asked == 2


def test_after_a_no_to_who_had_seen_a_version_nobody_hears_yes(scene: Scene, kept: Kept) -> None:
    """What was found out for one caller is kept for all."""
    assert kept.ask().active
    kept.active = False
    assert not kept.ask(min_store_version=1).active
    assert not kept.ask().active
    assert kept.asked == 2


def test_a_yes_that_was_begun_earlier_does_not_replace_one_begun_later(scene: Scene, kept: Kept) -> None:
    """It may say what was true then."""

    def meanwhile() -> None:
        kept.meanwhile, kept.scope = None, "new"
        scene.clock.advance(0.1)
        kept.ask()

    kept.meanwhile = meanwhile
    assert [kept.ask().scope, kept.ask().scope] == ["", "new"]


def test_a_yes_that_took_long_does_not_replace_a_no(scene: Scene, kept: Kept) -> None:
    """Two ask at once; who began first saw it last, and was answered first."""
    answers = list[bool]()

    def meanwhile() -> None:
        kept.meanwhile, kept.active = None, False
        answers.append(kept.ask(min_store_version=1).active)

    kept.meanwhile = meanwhile
    answers.append(kept.ask().active)
    answers.append(kept.ask().active)
    assert answers == [False, True, False]


def test_after_a_refusal_nobody_hears_yes(scene: Scene, kept: Kept) -> None:
    """Where the no of a method is an error: its replies of before are not given again, also one that took long."""
    answers = list[bool]()

    def refused(version: int = 0) -> bool:
        with suppress(InvalidToken):
            return not kept.ask(min_store_version=version).active
        return True

    def meanwhile() -> None:
        kept.meanwhile, kept.refuses = None, True
        answers.append(refused(1))

    assert kept.ask("u").active
    kept.meanwhile = meanwhile
    answers.append(refused())
    answers.append(refused())
    assert answers == [True, False, True]


def test_a_refusal_is_found_out_anew_each_time(scene: Scene, kept: Kept) -> None:
    """It may be undone; what was never read anything for takes no room."""
    kept.refuses = True
    for _ in range(2):
        with pytest.raises(InvalidToken):
            kept.ask()
    kept.refuses = False
    assert kept.ask().active
    assert kept.asked == 3


def test_what_is_no_message_is_refused(scene: Scene, kept: Kept) -> None:
    """As invalid, without internals."""
    with pytest.raises(InvalidRequest):
        kept.raw(b"\xff\xff\xff")
