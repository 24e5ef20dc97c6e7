"""At home in a gateway that keeps the answers of two services, and follows either of them."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.cache.model.explore import Home
from tests.cache.model.rule import BOUND, Broken, View, has_ended, may_reuse, older


class Ask(NamedTuple):
    """A question on its way: as of when the gateway asked, and as of when a service said yes."""

    asked: str
    answered: str | None = None


class Sync(NamedTuple):
    """A question for news on its way: ticks since it was asked, what a service knew, and how old that was."""

    age: int = 0
    known: str | None = None
    source_age: int = 0


class State(NamedTuple):
    """A store, two services, a gateway, and one answer about the subject.

    Attributes:
        since: Ticks since the subject was ended.
        services: What each knows, in no order; whatever they keep, they answer by that.
        entry: As of when the yes was decided that the gateway keeps.
    """

    log: str = ""
    since: int = 0
    services: tuple[View, View] = (View(), View())
    view: View = View()
    ask: Ask | None = None
    sync: Sync | None = None
    entry: str | None = None


def _world(state: State) -> Iterator[tuple[str, State]]:
    one, two = state.services
    yield (
        "tick",
        state._replace(
            since=older(state.since) if has_ended(state.log) else 0,
            services=_order(one.older(), two.older()),
            view=state.view.older(),
            sync=state.sync and state.sync._replace(age=older(state.sync.age)),
        ),
    )
    if not has_ended(state.log):
        yield "the subject is ended", state._replace(log=state.log + "r")
    if "u" not in state.log:
        yield "something else is changed", state._replace(log=state.log + "u")


def _services(state: State) -> Iterator[tuple[str, State]]:
    one, two = state.services
    for polling, other in ((one, two), (two, one)):
        yield "a service polls", state._replace(services=_order(polling.follow(state.log, 0), other))
    for view in {one, two}:
        if state.ask is not None and state.ask.answered is None:
            remembered = may_reuse(view.applied, view) and not has_ended(view.applied)
            if remembered or not has_ended(state.log):
                yield "a service answers yes", state._replace(ask=state.ask._replace(answered=view.applied))
            if has_ended(state.log):
                yield "a service answers no", state._replace(ask=None)
        if state.sync is not None and state.sync.known is None:
            news = state.sync._replace(known=view.applied, source_age=view.age)
            yield "a service tells its news", state._replace(sync=news)


def _gateway(state: State, broken: Broken) -> Iterator[tuple[str, State]]:
    view, ask, sync = state.view, state.ask, state.sync
    if ask is None:
        yield "gateway asks", state._replace(ask=Ask(view.applied))
    elif ask.answered is not None:
        as_of = ask.asked if broken is Broken.OWN_STAMP else ask.answered
        yield "gateway keeps yes", state._replace(ask=None, entry=as_of)
    if state.entry is not None and may_reuse(state.entry, view, broken):
        yield "gateway says yes again", state._replace(entry=view.applied)
    if sync is None:
        yield "gateway asks for news", state._replace(sync=Sync())
    elif sync.known is not None:
        yield "gateway has news", state._replace(view=_informed(view, sync, sync.known, broken), sync=None)


def _informed(view: View, sync: Sync, known: str, broken: Broken) -> View:
    asked = 0 if broken is Broken.FRESH_SINCE_SYNC_ARRIVED else sync.age
    age = min(asked + (0 if broken is Broken.AGE_IGNORED else sync.source_age), BOUND + 1)
    return view.follow(known, age) if len(known) >= len(view.applied) else view


def _order(one: View, two: View) -> tuple[View, View]:
    return (one, two) if one < two else (two, one)


def gateway(broken: Broken) -> Home[State]:
    """A gateway that follows the rule, or breaks it in this way."""

    def steps(state: State) -> Iterator[tuple[str, State]]:
        yield from _world(state)
        yield from _services(state)
        yield from _gateway(state, broken)

    def wrong(state: State) -> str:
        late = has_ended(state.log) and state.since >= BOUND
        return "late yes" if late and state.entry is not None and may_reuse(state.entry, state.view, broken) else ""

    return Home(State(), steps, wrong)
