"""`authplane exercises` on a real PostgreSQL."""

import re
from dataclasses import replace
from io import StringIO

import pytest

from evidence.exercises import EXERCISES
from evidence.exercises.check import Check, Outcome, Verdict
from evidence.exercises.step import Exercise, Explain
from evidence.exercises.tour import Tour
from evidence.plan import Plan
from shared.store.postgres.scratch import ScratchDatabase
from tests.cli.conftest import Command
from tests.servers.postgres import PostgresDatabases

ROWS = 100_000
# A busy machine decides these, so either outcome is good.
TIMES = {"Faster than what is really done with two indexes, by a tenth or more", "~40% query speedup"}
OTHERWISE = {
    1: {
        "Index Scan on idx_email_lower, right after the index was made",
        "It fails because it is a pattern match",
        "Index Scan, not Seq Scan, with few rows",
    },
    2: {"Two Bitmap Index Scans, with statistics", "Single Index Scan"},
    3: {
        "Heap Fetches count",
        "Heap Fetches: 0, right after the index was made",
        "Heap Fetches: 0, after a session of the same page changed",
        "Heap Fetches: 0, after the next VACUUM",
        "Standard: ~24 bytes per entry",
        "Covering: ~56 bytes per entry",
        "2.3x index size",
    },
}


@pytest.fixture
def authplane(postgres_databases: PostgresDatabases) -> Command:
    return Command({"DATABASE_URL": postgres_databases.url})


def take(exercise: Exercise, databases: PostgresDatabases) -> list[Verdict]:
    with ScratchDatabase(databases.url) as scratch, scratch.connect() as connection:
        return Tour(StringIO()).take([exercise], connection, ROWS)


def databases_there(databases: PostgresDatabases) -> set[str]:
    with ScratchDatabase(databases.url) as scratch, scratch.connect() as connection:
        names = {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}
    return names - {scratch.name}


@pytest.mark.parametrize("number", EXERCISES)
def test_an_exercise_comes_out_as_documented(number: int, postgres_databases: PostgresDatabases) -> None:
    """What is otherwise than stated is exactly what docs/exercises.md says; nothing is unexpected."""
    verdicts = take(EXERCISES[number](ROWS), postgres_databases)

    assert [verdict for verdict in verdicts if verdict.outcome is Outcome.UNEXPECTED] == []
    otherwise = {verdict.stated for verdict in verdicts if verdict.outcome is Outcome.OTHERWISE}
    assert otherwise - TIMES == OTHERWISE[number]


def test_the_primary_key_wins_before_a_vacuum_when_it_is_lower(postgres_databases: PostgresDatabases) -> None:
    """At 50,000 rows the covering index is a level higher, and an Index Only Scan saves nothing yet."""
    verdicts = take(EXERCISES[3](50_000), postgres_databases)

    first = next(verdict for verdict in verdicts if verdict.stated.startswith("Heap Fetches: 0, right after"))
    assert (first.outcome, "primary key" in first.why) == (Outcome.OTHERWISE, True)


@pytest.mark.parametrize("number", EXERCISES)
def test_a_wrong_expectation_is_found(number: int, postgres_databases: PostgresDatabases) -> None:
    """Each plan in turn is expected to have a step that it has not; every one of them is told."""
    exercise = EXERCISES[number](ROWS)
    wrong = Check[Plan]("WindowAgg", lambda plan: "WindowAgg" in plan.node_types)
    steps = [replace(step, checks=[wrong]) if isinstance(step, Explain) else step for step in exercise.steps]

    verdicts = take(replace(exercise, steps=steps), postgres_databases)

    expected = sum(isinstance(step, Explain) for step in steps)
    assert expected == sum(verdict.outcome is Outcome.UNEXPECTED for verdict in verdicts) > 0


def test_the_command_shows_statements_plans_and_answers(
    authplane: Command, postgres_databases: PostgresDatabases
) -> None:
    """In lines of at most a hundred characters, without the password, and leaving no database behind."""
    before = databases_there(postgres_databases)

    text = authplane.text("exercises", "1", "--rows", "50000")

    assert "EXPLAIN ANALYZE SELECT * FROM users_test WHERE email ILIKE 'user50000@example.com';" in text
    assert re.search(r"^    Seq Scan on users_test  \(rows 1", text, re.MULTILINE)
    assert "    => as stated" in text
    assert "    => otherwise here: " in text
    assert max(map(len, text.splitlines())) <= 100
    assert databases_there(postgres_databases) == before
    password = re.search(":([^:@]+)@", postgres_databases.url)
    assert password is not None
    assert password.group(1) not in text


def test_a_planner_that_has_no_way_to_an_index_fails_the_command(postgres_databases: PostgresDatabases) -> None:
    """With exit code 1, after all steps were shown."""
    ruled_out = "".join(f"%20-c%20enable_{way}scan%3Doff" for way in ("index", "indexonly", "bitmap"))
    command = Command({"DATABASE_URL": f"{postgres_databases.url}?options={ruled_out.removeprefix('%20')}"})

    result = command.run("exercises", "3", "--rows", "50000")

    assert result.exit_code == 1
    assert "=> unexpected: " in result.stdout
    assert re.fullmatch(r"authplane: \d+ of \d+ checks came out as nobody expected; see above\n", result.stderr)


@pytest.mark.parametrize("arguments", [("4",), ("0",), ("1", "--rows", "10")])
def test_wrong_numbers_are_refused(arguments: tuple[str, ...], authplane: Command) -> None:
    """There are three exercises, and they need the rows that their queries name."""
    assert authplane.failure("exercises", *arguments)[0] == 2
