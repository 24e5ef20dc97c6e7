"""At home in a service on the store: polls and reads take their time, two reads may be under way at once."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.cache.model.explore import Home
from tests.cache.model.rule import BOUND, Broken, View, has_ended, may_reuse, older


class Read(NamedTuple):
    """A read that is under way: as of when it is good, and what it has seen so far."""

    as_of: str
    saw: bool | None = None


class Poll(NamedTuple):
    """A poll that is under way: ticks since it began, and what it has read so far."""

    age: int = 0
    log: str | None = None


class State(NamedTuple):
    """A store, a service, and one decision about the subject.

    Attributes:
        since: Ticks since the subject was ended.
        telling: Whether the service has ended the subject, and is about to say so.
        reads: At most two.
        entry: As of when the yes was decided that is kept.
        no: Ticks since a no was said that is kept.
        said_no: Whether anybody was told no.
    """

    log: str = ""
    since: int = 0
    telling: bool = False
    view: View = View()
    poll: Poll | None = None
    reads: tuple[Read, ...] = ()
    entry: str | None = None
    no: int | None = None
    said_no: bool = False


def _world(state: State) -> Iterator[tuple[str, State]]:
    yield (
        "tick",
        state._replace(
            since=older(state.since) if has_ended(state.log) else 0,
            view=state.view.older(),
            poll=state.poll and state.poll._replace(age=older(state.poll.age)),
            no=None if state.no is None else older(state.no),
        ),
    )
    if not has_ended(state.log):
        yield "another process ends the subject", state._replace(log=state.log + "r")
        yield "this process ends the subject", state._replace(log=state.log + "r", telling=True)
    if "u" not in state.log:
        yield "something else is changed", state._replace(log=state.log + "u")


def _feed(state: State, broken: Broken) -> Iterator[tuple[str, State]]:
    poll, view = state.poll, state.view
    if poll is None:
        yield "poll begins", state._replace(poll=Poll())
    elif poll.log is None:
        yield "poll reads", state._replace(poll=poll._replace(log=state.log))
    else:
        age = 0 if broken is Broken.FRESH_SINCE_POLL_ENDED else poll.age
        yield "poll ends", state._replace(view=view.follow(poll.log, age), poll=None)
    if view.floor < len(view.applied):
        yield "the log overflows", state._replace(view=view._replace(floor=len(view.applied)))
    if state.telling:
        noted = broken is not Broken.NOTE_LOST and not has_ended(view.applied)
        yield "it says so", state._replace(view=view._replace(noted=noted), telling=False, said_no=True)


def _cache(state: State, broken: Broken) -> Iterator[tuple[str, State]]:
    if len(state.reads) < 2:
        yield "read begins", state._replace(reads=_order(*state.reads, Read(state.view.applied)))
    for read in set(state.reads):
        others = list(state.reads)
        others.remove(read)
        if read.saw is None:
            seen = read._replace(saw=not has_ended(state.log))
            yield "read sees " + ("yes" if seen.saw else "no"), state._replace(reads=_order(*others, seen))
        elif not read.saw:
            yield "no is kept", state._replace(reads=_order(*others), entry=None, no=0, said_no=True)
        elif state.no is not None and broken is not Broken.NO_REPLACED:
            yield "yes is dropped", state._replace(reads=_order(*others))
        else:
            as_of = state.view.applied if broken is Broken.STAMPED_AFTER_THE_READ else read.as_of
            yield "yes is kept", state._replace(reads=_order(*others), entry=as_of, no=None)
    if state.entry is not None:
        yield "yes is evicted", state._replace(entry=None)
        if may_reuse(state.entry, state.view, broken):
            yield "yes is said again", state._replace(entry=state.view.applied)
    if state.no is not None and state.no > BOUND:
        yield "no expires", state._replace(no=None)


def _order(*reads: Read) -> tuple[Read, ...]:
    return tuple(sorted(reads, key=str))


def service(broken: Broken) -> Home[State]:
    """A service that follows the rule, or breaks it in this way."""

    def steps(state: State) -> Iterator[tuple[str, State]]:
        yield from _world(state)
        yield from _feed(state, broken)
        yield from _cache(state, broken)

    def wrong(state: State) -> str:
        if state.entry is None or not may_reuse(state.entry, state.view, broken):
            return ""
        if has_ended(state.log) and state.since >= BOUND:
            return "late yes"
        return "yes after its own no" if state.said_no else ""

    return Home(State(), steps, wrong)
