"""`authplane seed --users N …` on a real PostgreSQL: what it adds is as good as what was made one by one."""

import hashlib
import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import psycopg
import pytest
from psycopg import sql

from authplane.auth.v1.auth_pb2 import LoginRequest, ValidateSessionRequest
from authplane.auth.v1.auth_pb2_grpc import AuthServiceStub
from authplane.token.v1.token_pb2 import ClientAuthentication, RefreshTokenRequest
from authplane.token.v1.token_pb2_grpc import TokenServiceStub
from cli import bulk_seeding
from cli.bulk_seeding import username
from cli.dev.plane import DevPlane
from cli.seed_file import load_seed
from shared.clock import SystemClock
from shared.store.postgres.bulk_load import BulkLoad, Loadable
from tests.cli.conftest import Command
from tests.conftest import SECRET, SEED, make_plane
from tests.eventually import eventually
from tests.refusals.flow import SECRETS
from tests.servers.postgres import PostgresDatabases

AMOUNTS = ("--users", "30", "--sessions", "50", "--tokens", "70", "--client", "web")

OTHERS = len(load_seed(SEED).users)
"""The users of the plane itself."""


@pytest.fixture
def database(postgres_databases: PostgresDatabases) -> Iterator[str]:
    with postgres_databases.database() as url:
        yield url


@pytest.fixture
def plane(database: str) -> Iterator[DevPlane]:
    with make_plane(SystemClock(), io.StringIO(), store="postgres", database_url=database) as running:
        yield running


@pytest.fixture
def authplane(database: str) -> Command:
    return Command({"DATABASE_URL": database, "AUTHPLANE_SECRET": SECRET, "COLUMNS": "100"})


def handles(path: Path) -> dict[str, list[str]]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {name: [line[name] for line in lines if name in line] for name in ("session_handle", "refresh_token")}


def test_what_is_added_works(plane: DevPlane, authplane: Command, tmp_path: Path) -> None:
    """The users log in, their sessions are live, and their tokens are rotated."""
    file = tmp_path / "handles.jsonl"
    assert authplane.text("seed", *AMOUNTS, "--handles", str(file)).startswith("there are 30 users, 50 sessions and 70")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    made = handles(file)
    with grpc.insecure_channel(plane.auth_target) as auth, grpc.insecure_channel(plane.token_target) as token:
        login = LoginRequest(username=username(29), password="correct horse battery staple")
        assert AuthServiceStub(auth).Login(login, timeout=10).session_handle
        for handle in made["session_handle"]:
            assert AuthServiceStub(auth).ValidateSession(ValidateSessionRequest(session_handle=handle)).active
        client = ClientAuthentication(client_id="web", client_secret_basic=SECRETS["web"])
        for each in made["refresh_token"]:
            rotated = TokenServiceStub(token).RefreshToken(RefreshTokenRequest(refresh_token=each, client=client))
            assert rotated.tokens.id_token
    assert (len(made["session_handle"]), len(made["refresh_token"])) == (50, 70)


def test_an_interruption_loses_nothing_and_doubles_nothing(
    plane: DevPlane, authplane: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever it comes; the same command goes on, and a third one finds nothing to do."""
    monkeypatch.setattr(bulk_seeding, "BATCH", 8)
    added, add = list[int](), BulkLoad.add

    def interrupted(self: BulkLoad, records: Sequence[Loadable], epoch: int = 0) -> None:
        if len(added) % 4 == 3:
            added.append(0)
            raise KeyboardInterrupt
        add(self, records, epoch)
        added.append(len(records))

    with monkeypatch.context() as patch:
        patch.setattr(BulkLoad, "add", interrupted)
        interruptions = 0
        while authplane.run("seed", *AMOUNTS).exit_code:
            interruptions += 1
    assert interruptions > 3
    assert sum(added) == 30 + 50 + 70
    added.clear()
    authplane.text("seed", *AMOUNTS)
    assert added == []


def test_a_process_that_is_killed_loses_nothing_and_doubles_nothing(plane: DevPlane, database: str) -> None:
    """In the middle of a COPY, as likely as not; what it had committed is there, and the next one goes on."""
    arguments = ("--users", "2000", "--sessions", "30000", "--tokens", "10", "--client", "web")
    environ = {**os.environ, "DATABASE_URL": database, "AUTHPLANE_SECRET": SECRET}
    with subprocess.Popen([sys.executable, "-m", "cli", "seed", *arguments], env=environ) as process:
        eventually(lambda: count(database, "sessions") >= bulk_seeding.BATCH, 60)
        process.kill()
    before = count(database, "sessions")
    assert before % bulk_seeding.BATCH == 0
    assert before < 30_000
    Command({"DATABASE_URL": database, "AUTHPLANE_SECRET": SECRET}).text("seed", *arguments)
    assert [count(database, table) for table in ("users", "sessions", "refresh_tokens")] == [2000 + OTHERS, 30_000, 10]


def test_more_may_be_added_later(plane: DevPlane, authplane: Command, database: str, tmp_path: Path) -> None:
    """What is there stays as it is, and what is added to it fits."""
    authplane.text("seed", "--users", "5", "--sessions", "9")
    authplane.text("seed", "--users", "12", "--sessions", "15", "--tokens", "15", "--client", "web")
    assert [count(database, table) for table in ("users", "sessions", "refresh_tokens")] == [12 + OTHERS, 15, 15]
    with psycopg.connect(database) as connection:
        query = "SELECT count(*) FROM refresh_tokens AS t JOIN sessions AS s USING (session_id, user_id)"
        assert connection.execute(query).fetchone() == (15,)


def test_tokens_of_sessions_that_were_swept_are_refused(
    plane: DevPlane, authplane: Command, database: str, tmp_path: Path
) -> None:
    """They would belong to nobody; what to do is said, and nothing is added."""
    file = tmp_path / "handles.jsonl"
    authplane.text("seed", "--users", "5", "--sessions", "9", "--handles", str(file))
    swept = hashlib.sha256(handles(file)["session_handle"][2].encode()).digest()
    with psycopg.connect(database) as connection:
        assert connection.execute("DELETE FROM sessions WHERE session_id = %s", (swept,)).rowcount == 1
    code, said = authplane.failure("seed", "--users", "5", "--sessions", "9", "--tokens", "20", "--client", "web")
    assert code
    assert "fill another database" in said
    assert count(database, "refresh_tokens") == 0


def test_under_another_secret_there_are_others(
    plane: DevPlane, authplane: Command, database: str, tmp_path: Path
) -> None:
    """Nobody gets handles that open nothing."""
    Command({"DATABASE_URL": database, "AUTHPLANE_SECRET": SECRET[::-1]}).text("seed", *AMOUNTS)
    file = tmp_path / "handles.jsonl"
    file.touch(mode=0o644)
    authplane.text("seed", *AMOUNTS, "--handles", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with grpc.insecure_channel(plane.auth_target) as auth, grpc.insecure_channel(plane.token_target) as token:
        client = ClientAuthentication(client_id="web", client_secret_basic=SECRETS["web"])
        made = handles(file)
        question = ValidateSessionRequest(session_handle=made["session_handle"][0])
        assert AuthServiceStub(auth).ValidateSession(question).active
        again = RefreshTokenRequest(refresh_token=made["refresh_token"][0], client=client)
        assert TokenServiceStub(token).RefreshToken(again).tokens.id_token


def count(database: str, table: str) -> int:
    with psycopg.connect(database) as connection:
        row: Any = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    return int(row[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give --file, or some of --users, --sessions and --tokens"),
        (("--file", "seed.toml", "--users", "1"), "give --file, or some of"),
        (("--file", "seed.toml", "--client", "web"), "--client, --handles and --secret-file belong to"),
        (("--sessions", "1"), "sessions need --users"),
        (("--users", "1", "--tokens", "1"), "tokens need --sessions"),
        (("--users", "1", "--sessions", "1", "--tokens", "1", "--client", "nobody"), "there is no client 'nobody'"),
    ],
)
def test_what_is_wrong_is_said(authplane: Command, arguments: tuple[str, ...], message: str) -> None:
    """With what to do about it."""
    code, said = authplane.failure("seed", *arguments)
    assert code
    assert message in said


def test_without_a_database_or_a_secret_nothing_is_done(database: str) -> None:
    """Each is asked for by name."""
    assert "DATABASE_URL" in Command({"DATABASE_URL": None}).failure("seed", "--users", "1")[1]
    assert "AUTHPLANE_SECRET" in Command({"DATABASE_URL": database}).failure("seed", "--users", "1")[1]


def test_a_schema_that_is_not_there_is_told(postgres_databases: PostgresDatabases) -> None:
    """With the command that makes it."""
    command = Command({"DATABASE_URL": postgres_databases.url, "AUTHPLANE_SECRET": SECRET})
    assert "authplane migrate up" in command.failure("seed", "--users", "1")[1]
