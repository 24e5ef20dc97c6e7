"""Nobody learns from a login who exists: not from the words, nor from the work (ASVS 6.3.8)."""

import io
import threading
from collections import Counter
from collections.abc import Iterator
from types import FrameType

import argon2
import grpc
import pytest

from authplane.auth.v1 import user_admin_pb2, user_admin_pb2_grpc
from shared.clock import SystemClock
from tests.conftest import make_plane
from tests.refusals.flow import Flow

PASSWORD = "correct horse battery staple"
COUNTED = {
    argon2.PasswordHasher.verify.__code__: "verify",
    argon2.PasswordHasher.hash.__code__: "hash",
}


class Work:
    """Counts what argon2 does in every thread that starts from now on, and changes nothing."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code in COUNTED:
            with self._lock:
                self.done[COUNTED[frame.f_code]] += 1


@pytest.fixture(scope="module")
def observed() -> Iterator[tuple[Flow, Work]]:
    """A plane whose work is counted; the user "grace" is disabled there."""
    work = Work()
    threading.setprofile(work.count)
    try:
        with make_plane(SystemClock(), io.StringIO()) as plane:
            with grpc.insecure_channel(plane.auth_target) as channel:
                users = user_admin_pb2_grpc.UserAdminServiceStub(channel)
                users.DisableUser(user_admin_pb2.DisableUserRequest(user="grace"))
            flow = Flow(plane)
            yield flow, work
            flow.close()
    finally:
        threading.setprofile(None)


REFUSED = {
    "wrong password": ("ada", "wrong"),
    "wrong password, by e-mail": ("ada@example.com", "wrong"),
    "unknown user": ("nobody", PASSWORD),
    "unknown e-mail": ("nobody@example.com", PASSWORD),
    "disabled user, wrong password": ("grace", "wrong"),
    "disabled user, right password": ("grace", "compilers are for people"),
    "right password with a blank": ("ada", PASSWORD + " "),
    "a name like a query": ("' or 1=1 --", PASSWORD),
}


def attempt(observed: tuple[Flow, Work], username: str, password: str) -> tuple[int, str, list[str], Counter[str]]:
    """Status, page without the name, header fields, and the work that was done."""
    flow, work = observed
    page = flow.agent.settle(flow.agent.get(flow.authorization_url(prompt="login")))
    before = Counter(work.done)
    answer = flow.agent.submit(page, username=username, password=password)
    shown = answer.text.split("<form")[0]
    return answer.status_code, shown, sorted(answer.headers), work.done - before


@pytest.mark.parametrize(("username", "password"), REFUSED.values(), ids=REFUSED.keys())
def test_every_refusal_is_the_same(observed: tuple[Flow, Work], username: str, password: str) -> None:
    """Row 26: the same status, page and header fields, after exactly one verification by argon2."""
    expected = attempt(observed, "someone else who does not exist", "wrong")
    assert expected[3] == Counter(verify=1)
    assert attempt(observed, username, password) == expected


def test_a_login_does_the_same_work(observed: tuple[Flow, Work]) -> None:
    """Row 26: nor does success take more than one verification, once hashes have the present cost."""
    status, _, _, done = attempt(observed, "ada", PASSWORD)
    assert (status, done) == (303, Counter(verify=1))


@pytest.mark.parametrize(("username", "password"), [("", "x"), ("ada", ""), ("a" * 1000, "x"), ("ada", "x" * 2000)])
def test_what_cannot_be_right_is_refused_without_work(
    observed: tuple[Flow, Work], username: str, password: str
) -> None:
    """Row 26: what is refused by its form alone says nothing of users, and costs nothing."""
    status, shown, _, done = attempt(observed, username, password)
    assert (status, done) == (400, Counter())
    assert shown == attempt(observed, username.replace("a", "b"), password)[1]
