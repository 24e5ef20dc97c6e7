"""Takes all measurements, each number of rows in a database of its own."""

from collections.abc import Sequence
from random import Random

from evidence.explain.contrasts import CONTRASTS
from evidence.explain.entries import entry_sizes, share_sizes
from evidence.explain.figures import ContrastFigures, PlanFigures, RunFigures, StatementFigures
from evidence.explain.host import host_facts
from evidence.explain.indexes import contrasted, index_sizes, table_sizes, vacuum_effect
from evidence.explain.keys import Keys
from evidence.explain.load import Progress, load
from evidence.explain.measure import Timer, cold, warm
from evidence.explain.server import Server
from evidence.explain.small_figures import Evidence, WriteFigures
from evidence.explain.statements import HOT_STATEMENTS
from evidence.explain.writes import ARRANGEMENTS, write_cost
from shared.store.postgres.migrate import Migrator
from shared.store.postgres.scratch import ScratchDatabase

_SEED = 28
# The cost of writing and the size of an entry do not depend on how many rows there are; these tables are filled often.
_WRITTEN_ROWS = 5_000
_COPIED_ROWS = 100_000
_SERVED_SCHEMA = 3


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
        """Measures with each number of rows, the smallest first. Takes a few GB of disk for each million."""
        counts = sorted(set(rows))
        runs = tuple(self._run(count) for count in counts)
        copied, written = min(_COPIED_ROWS, counts[-1]), min(_WRITTEN_ROWS, counts[-1])
        with ScratchDatabase(self._server.url) as scratch, scratch.connect() as connection:
            # Both indexes on the token's hash are left out, to be added where their cost is asked for.
            Migrator(scratch.url).up(to=_SERVED_SCHEMA)
            load(connection, copied, self._progress)
            self._progress("sizes of entries", 0, 0)
            return Evidence(
                host=host_facts(connection, self._server.is_ours),
                cold=self._server.cold,
                repeat=self._repeat,
                runs=runs,
                copied_rows=copied,
                entries=entry_sizes(connection),
                shares=share_sizes(connection, copied),
                written_rows=written,
                writes=self._writes(scratch, written),
            )

    def _run(self, rows: int) -> RunFigures:
        def progress(what: str, done: int, of: int) -> None:
            self._progress(f"{rows:,}: {what}", done, of)

        keys = Keys(rows, Random(_SEED))
        with ScratchDatabase(self._server.url) as scratch:
            Migrator(scratch.url).up()
            begun = self._timer()
            with scratch.connect() as connection:
                load(connection, rows, progress)
                seconds = self._timer() - begun
                # A server that has everything on disk is quick to start again.
                connection.execute("CHECKPOINT")
            first = self._all_cold(scratch, keys, progress)
            with scratch.connect() as connection:
                statements = self._all_warm(scratch, first, keys, progress)
                # Statements that write have left dead rows behind.
                connection.execute("VACUUM (ANALYZE)")
                tables, indexes = table_sizes(connection), index_sizes(connection)
                contrasts: list[ContrastFigures] = []
                for contrast in CONTRASTS:
                    contrasts.append(contrasted(connection, contrast, keys, self._timer))
                    progress("other indexes", len(contrasts), len(CONTRASTS))
                vacuum = vacuum_effect(connection, keys)
        return RunFigures(rows, seconds, statements, tables, indexes, tuple(contrasts), vacuum)

    def _all_cold(self, scratch: ScratchDatabase, keys: Keys, progress: Progress) -> list[PlanFigures]:
        plans: list[PlanFigures] = []
        for statement in HOT_STATEMENTS:
            self._server.forget()
            with scratch.connect() as connection:
                plans.append(cold(connection, statement, keys))
            progress("statements, cold", len(plans), len(HOT_STATEMENTS))
        return plans

    def _all_warm(
        self, scratch: ScratchDatabase, first: Sequence[PlanFigures], keys: Keys, progress: Progress
    ) -> tuple[StatementFigures, ...]:
        figures: list[StatementFigures] = []
        for statement, plan in zip(HOT_STATEMENTS, first, strict=True):
            with scratch.connect() as connection:
                figures.append(warm(connection, statement, plan, keys, self._repeat, self._timer))
            progress("statements, warm", len(figures), len(HOT_STATEMENTS))
        return tuple(figures)

    def _writes(self, scratch: ScratchDatabase, rows: int) -> tuple[WriteFigures, ...]:
        figures: list[WriteFigures] = []
        for arrangement in ARRANGEMENTS:
            with scratch.connect() as connection:
                figures.append(write_cost(connection, arrangement, rows, Random(_SEED), self._timer))
            self._progress("rotations", len(figures), len(ARRANGEMENTS))
        return tuple(figures)
