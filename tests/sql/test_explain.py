"""`authplane explain` on a real PostgreSQL."""

import getpass
import html
import json
import platform
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from evidence.connection import Connection
from evidence.explain import report
from evidence.explain.criteria import criteria
from evidence.explain.keys import Keys
from evidence.explain.load import TABLES, load
from evidence.explain.measure import taken_back
from evidence.explain.small_figures import Evidence
from evidence.explain.statements import HOT_STATEMENTS, HotStatement
from tests.cli.conftest import Command
from tests.servers.postgres import PostgresDatabases

ROWS = 2_000
SMALLER = 1_000


@pytest.fixture(scope="module")
def written(postgres_databases: PostgresDatabases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the command wrote to."""
    folder = tmp_path_factory.mktemp("evidence")
    command = Command({"DATABASE_URL": postgres_databases.url})
    wanted = ("--rows", str(ROWS), "--rows", str(SMALLER), "--repeat", "20", "--output", str(folder))
    result = command.run("explain", *wanted)
    assert result.exit_code == 0, result.output
    assert _secret(postgres_databases.url) not in result.output
    return folder


@pytest.fixture(scope="module")
def found(written: Path) -> Evidence:
    return report.read(written / "figures.json")


@pytest.fixture(scope="module")
def loaded(postgres_databases: PostgresDatabases) -> Iterator[Connection]:
    with (
        postgres_databases.database() as url,
        psycopg.connect(url, autocommit=True) as source,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        load(source, connection, ROWS)
        yield connection


def _secret(url: str) -> str:
    password = re.search(":([^:@]+)@", url)
    assert password is not None
    return password.group(1)


def test_the_command_writes_both_pages_and_the_data(written: Path) -> None:
    assert {"index.html", "figures.json", "README.md"} == {path.name for path in written.iterdir()}


@pytest.mark.parametrize("statement", HOT_STATEMENTS, ids=lambda statement: statement.name)
def test_every_hot_statement_is_on_both_pages(statement: HotStatement, written: Path) -> None:
    """By its title."""
    for name in ("index.html", "README.md"):
        assert statement.title in (written / name).read_text()


def test_runs_come_by_rising_number_of_rows(found: Evidence) -> None:
    """Each with every statement, in whatever order they were asked for."""
    assert [SMALLER, ROWS] == [run.rows for run in found.runs]
    names = [statement.name for statement in HOT_STATEMENTS]
    assert [names, names] == [[statement.name for statement in run.statements] for run in found.runs]


def test_percentiles_rise(found: Evidence) -> None:
    """p50, p95 and p99 of each statement, in milliseconds that a person could live with."""
    for run in found.runs:
        for statement in run.statements:
            for times in (statement.client, statement.server):
                assert 0 < times.p50 <= times.p95 <= times.p99 < 10_000
            assert (20, 20) == (statement.client.count, statement.server.count)


def test_sizes_add_up(found: Evidence) -> None:
    """The indexes of a table together, and as many entries as rows."""
    for run in found.runs:
        for table in run.tables:
            own = [index for index in run.indexes if index.table == table.name]
            assert table.indexes == sum(index.size for index in own)
            assert {table.rows} == {index.entries for index in own} - {round(table.rows * 0.8)}


def test_changes_cost_heap_fetches_until_the_next_vacuum(found: Evidence) -> None:
    fetches = [[each.heap_fetches for each in run.vacuum] for run in found.runs]
    assert [(0, True, 0)] * 2 == [(before, changed > 0, after) for before, changed, after in fetches]


def test_a_rotation_is_hot_unless_its_token_is_indexed(found: Evidence) -> None:
    """And then it writes more than twice as much."""
    by_label = {(each.label, each.fillfactor): each for each in found.writes}
    assert (1.0, 0.0) == (by_label["none", 80].hot, by_label["both", 80].hot)
    assert by_label["both", 80].wal > 2 * by_label["none", 80].wal > 0
    assert (ROWS, ROWS) == (found.written_rows, by_label["none", 80].rotations)


def test_a_partial_index_has_no_revoked_rows(found: Evidence) -> None:
    """At half of them it is less than 0.55 of the full one, and never larger."""
    shares = {each.revoked: each.partial / each.full for each in found.shares}
    assert sorted(shares.values(), reverse=True) == list(shares.values())
    assert shares[0.5] < 0.55


def test_the_ways_beside_ours_read_everything(found: Evidence) -> None:
    """ILIKE, another function and no index at all take a sequential scan of many times the blocks."""
    email = found.runs[-1].contrasts[0]
    assert ["Index Scan"] + ["Seq Scan"] * 4 == [way.plan.scans for way in email.ways]
    assert all(way.plan.blocks > 5 * email.ways[0].plan.blocks for way in email.ways[1:])


def test_nothing_on_the_pages_tells_whose_machine_it_was(written: Path, postgres_databases: PostgresDatabases) -> None:
    """No host, user, path or password."""
    names = {platform.node(), str(written), str(Path.home()), _secret(postgres_databases.url), "127.0.0.1"}
    for path in written.iterdir():
        text = path.read_text()
        assert [] == [name for name in names if name in text]
        assert re.search(rf"\b{re.escape(getpass.getuser())}\b", re.sub("<svg.*?</svg>", "", text)) is None


def test_pages_can_be_written_again_without_a_database(written: Path, tmp_path: Path) -> None:
    """From the data, to the same text."""
    text = Command({}).text("explain", "--from", str(written / "figures.json"), "--output", str(tmp_path))
    assert 3 == len(text.splitlines())
    for name in ("index.html", "README.md", "figures.json"):
        assert (written / name).read_text() == (tmp_path / name).read_text()


def test_data_of_something_else_are_refused(tmp_path: Path) -> None:
    """As wrong usage, with the file's name."""
    (tmp_path / "other.json").write_text(json.dumps({"runs": 1}))
    code, message = Command({}).failure("explain", "--from", str(tmp_path / "other.json"))
    assert (2, True) == (code, "other.json" in message)


def test_a_criterion_that_is_not_met_fails_the_command(written: Path, tmp_path: Path) -> None:
    """With exit code 1 and its text, after the pages were written."""
    text = (written / "figures.json").read_text()
    (tmp_path / "figures.json").write_text(text.replace("idx_tokens_active", "idx_tokens_other"))
    result = Command({}).run("explain", "--from", str(tmp_path / "figures.json"), "--output", str(tmp_path))
    assert (1, True) == (result.exit_code, (tmp_path / "index.html").exists())
    assert "not met: Token validation uses partial index for unrevoked tokens" in result.stderr


def test_a_database_that_does_not_answer_is_told() -> None:
    """In one line, without the password, and with exit code 3."""
    code, message = Command({"DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/x"}).failure("explain")
    assert (3, True, False) == (code, message.startswith("authplane: the database does not answer"), "hush" in message)


def test_too_few_rows_are_refused() -> None:
    assert 2 == Command({}).failure("explain", "--rows", "10")[0]


def test_tables_have_their_rows(loaded: Any) -> None:
    counts = {name: loaded.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}
    assert {name: table.rows(ROWS) for name, table in TABLES.items()} == counts


def test_shares_are_as_stated(loaded: Any) -> None:
    """A fifth of families revoked, a tenth of sessions and families expired, a fifth of codes open."""
    asked = {
        "revoked": "SELECT avg((revoked_at IS NOT NULL)::int) FROM refresh_tokens",
        "expired families": "SELECT avg((expires_at < to_timestamp(1800000000))::int) FROM refresh_tokens",
        "expired sessions": "SELECT avg((expires_at < to_timestamp(1800000000))::int) FROM sessions",
        "open": "SELECT avg((family_id IS NULL AND expires_at > to_timestamp(1800000000))::int) FROM auth_codes",
    }
    found = {name: float(loaded.execute(query).fetchone()[0]) for name, query in asked.items()}
    assert {"revoked": 0.2, "expired families": 0.1, "expired sessions": 0.1, "open": 0.2} == pytest.approx(found)


@pytest.mark.parametrize("statement", HOT_STATEMENTS, ids=lambda statement: statement.name)
def test_a_hot_statement_finds_or_changes_a_row(statement: HotStatement, loaded: Any) -> None:
    """With values for any row; otherwise its plan and times would be those of asking for nothing."""
    keys = Keys(ROWS, Random(1))
    for _ in range(20):
        loaded.execute("BEGIN")
        count = loaded.execute(statement.sql, statement.parameters(keys)).rowcount
        loaded.execute("ROLLBACK")
        assert count >= 1


def test_explaining_changes_nothing(loaded: Any) -> None:
    """A statement that writes is taken back."""
    rotate = next(statement for statement in HOT_STATEMENTS if statement.name == "token_rotate")
    before = loaded.execute("SELECT sum(generation) FROM refresh_tokens").fetchone()

    plan = taken_back(loaded, rotate.sql, rotate.parameters(Keys(ROWS, Random(1))))

    assert (before, True) == (
        loaded.execute("SELECT sum(generation) FROM refresh_tokens").fetchone(),
        "ModifyTable" in plan.node_types,
    )


def test_the_criteria_are_on_both_pages(written: Path, found: Evidence) -> None:
    """With what was seen, whether or not it holds at so few rows."""
    for name in ("index.html", "README.md"):
        text = html.unescape((written / name).read_text())
        assert [] == [each.text for each in criteria(found) if each.text not in text or each.seen not in text]
