"""Takes all measurements, each number of rows in a database of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from evidence.explain.contrasts import CONTRASTS
from evidence.explain.entries import entry_sizes, share_sizes
from evidence.explain.figures import ContrastFigures, PlanFigures, RunFigures, StatementFigures
from evidence.explain.host import host_facts
from evidence.explain.indexes import contrasted, index_sizes, table_sizes, vacuum_effect
from evidence.explain.keys import Keys
from evidence.explain.load import Progress, load
from evidence.explain.measure import Side, Timer, cold, warm
from evidence.explain.server import Server
from evidence.explain.small_figures import Evidence, WriteFigures
from evidence.explain.statements import HOT_STATEMENTS
from evidence.explain.writes import ARRANGEMENTS, write_cost
from shared.store.postgres.migrate import Migrator
from shared.store.postgres.migrations import REQUIRED_VERSION
from shared.store.postgres.scratch import ScratchDatabase

_SEED = 28
# The cost of writing and the size of an entry do not depend on how many rows there are; these tables are filled often.
_WRITTEN_ROWS = 5_000
_COPIED_ROWS = 100_000


class Explainer:
    """Measures the hot statements and the indexes they use.

    Args:
        server: Where.
        repeat: With how many random rows each statement is asked.
        progress: Told what is being done.
        timer: Seconds, from any origin.
    """

    def __init__(self, server: Server, repeat: int, progress: Progress, timer: Timer) -> None:
        self._server = server
        self._repeat = repeat
        self._progress = progress
        self._timer = timer

    def explain(self, rows: Sequence[int]) -> Evidence:
        """Measures with each number of rows, the smallest first. Takes 3 GB of disk for each million."""
        smallest, *others = sorted(set(rows))
        with self._loaded(smallest) as small:
            runs = [self._run(small, small)]
            for count in others:
                with self._loaded(count) as large:
                    runs.append(self._run(large, small))
        copied, written = min(_COPIED_ROWS, runs[-1].rows), min(_WRITTEN_ROWS, runs[-1].rows)
        with ScratchDatabase(self._server.url) as scratch, scratch.connect() as connection:
            # Both indexes on the token's hash are left out, to be added where their cost is asked for.
            Migrator(scratch.url).up(to=REQUIRED_VERSION)
            with scratch.connect() as source:
                load(source, connection, copied, self._progress)
            self._progress("sizes of entries", 0, 0)
            return Evidence(
                host=host_facts(connection, self._server.is_ours),
                cold=self._server.cold,
                repeat=self._repeat,
                runs=tuple(runs),
                copied_rows=copied,
                entries=entry_sizes(connection),
                shares=share_sizes(connection, copied),
                written_rows=written,
                writes=self._writes(scratch, written),
            )

    @contextmanager
    def _loaded(self, rows: int) -> Iterator["_Loaded"]:
        with ScratchDatabase(self._server.url) as scratch:
            Migrator(scratch.url).up()
            begun = self._timer()
            with scratch.connect() as source, scratch.connect() as connection:
                load(source, connection, rows, lambda what, done, of: self._progress(f"{rows:,}: {what}", done, of))
                # A server that has everything on disk is quick to start again.
                connection.execute("CHECKPOINT")
            yield _Loaded(scratch, rows, self._timer() - begun)

    def _run(self, large: "_Loaded", small: "_Loaded") -> RunFigures:
        def progress(what: str, done: int, of: int) -> None:
            self._progress(f"{large.rows:,}: {what}", done, of)

        with large.scratch.connect() as connection:
            tables, indexes = table_sizes(connection, large.rows), index_sizes(connection)
        first = self._all_cold(large, progress)
        statements = self._all_warm(large, small, first, progress)
        with large.scratch.connect() as connection:
            # Statements that write have left dead rows behind.
            connection.execute("VACUUM (ANALYZE)")
            keys = large.keys()
            contrasts: list[ContrastFigures] = []
            for contrast in CONTRASTS:
                contrasts.append(contrasted(connection, contrast, keys, self._timer))
                progress("other indexes", len(contrasts), len(CONTRASTS))
            vacuum = vacuum_effect(connection, keys)
        return RunFigures(large.rows, large.seconds, statements, tables, indexes, tuple(contrasts), vacuum)

    def _all_cold(self, loaded: "_Loaded", progress: Progress) -> list[PlanFigures]:
        keys = loaded.keys()
        plans: list[PlanFigures] = []
        for statement in HOT_STATEMENTS:
            self._server.forget()
            with loaded.scratch.connect() as connection:
                plans.append(cold(connection, statement, keys))
            progress("statements, cold", len(plans), len(HOT_STATEMENTS))
        return plans

    def _all_warm(
        self, large: "_Loaded", small: "_Loaded", first: Sequence[PlanFigures], progress: Progress
    ) -> tuple[StatementFigures, ...]:
        keys, small_keys = large.keys(), small.keys()
        figures: list[StatementFigures] = []
        for statement, plan in zip(HOT_STATEMENTS, first, strict=True):
            with large.scratch.connect() as one, small.scratch.connect() as other:
                sides = Side(one, keys), Side(other, small_keys)
                figures.append(warm(*sides, statement, plan, self._repeat, self._timer))
            progress("statements, warm", len(figures), len(HOT_STATEMENTS))
        return tuple(figures)

    def _writes(self, scratch: ScratchDatabase, rows: int) -> tuple[WriteFigures, ...]:
        figures: list[WriteFigures] = []
        for arrangement in ARRANGEMENTS:
            with scratch.connect() as source, scratch.connect() as connection:
                figures.append(write_cost(source, connection, arrangement, rows, Random(_SEED), self._timer))
            self._progress("rotations", len(figures), len(ARRANGEMENTS))
        return tuple(figures)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A database that is loaded.

    Attributes:
        seconds: How long that took.
    """

    scratch: ScratchDatabase
    rows: int
    seconds: float

    def keys(self) -> Keys:
        """Random rows, the same each time."""
        return Keys(self.rows, Random(_SEED))
