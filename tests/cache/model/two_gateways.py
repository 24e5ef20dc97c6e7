"""At home in two gateways, asked in turn by somebody who passes on the version that they have seen.

Of the services they ask, one lags, and the others are as good as the store itself.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tests.cache.model.explore import Home
from tests.cache.model.rule import BOUND, Broken, View, has_ended, may_reuse, older

_WRONG = "yes after the caller's no"


class Gateway(NamedTuple):
    """One of them, and as of when the yes was decided that it keeps."""

    view: View = View()
    entry: str | None = None


class Ask(NamedTuple):
    """A question on its way.

    Attributes:
        gateway: Which of them asks.
        version: The service has to answer as of this one at least.
        informed: Whether the caller had been told no before.
        answered: As of when a service decided yes.
    """

    gateway: int
    version: int
    informed: bool
    answered: str | None = None


class State(NamedTuple):
    """A store, a service that lags, two gateways, and a caller.

    Attributes:
        since: Ticks since the subject was ended.
        seen: The version of which the caller was told when they ended the subject.
        wrong: What the caller was told who knew better.
    """

    log: str = ""
    since: int = 0
    lagging: View = View()
    gateways: tuple[Gateway, Gateway] = (Gateway(), Gateway())
    ask: Ask | None = None
    seen: int = 0
    wrong: str = ""


def _world(state: State) -> Iterator[tuple[str, State]]:
    here, there = (gateway._replace(view=gateway.view.older()) for gateway in state.gateways)
    since = older(state.since) if has_ended(state.log) else 0
    yield "tick", state._replace(since=since, lagging=state.lagging.older(), gateways=(here, there))
    ended = state._replace(log=state.log + "r")
    if not has_ended(state.log):
        yield "somebody ends the subject", ended
        # Whichever gateway it is done through takes note.
        here, there = state.gateways
        told = here._replace(view=here.view._replace(noted=True))
        yield "the caller ends the subject at gateway 1", ended._replace(gateways=(told, there), seen=len(ended.log))
    if "u" not in state.log:
        yield "something else is changed", state._replace(log=state.log + "u")
    yield "the lagging service polls", state._replace(lagging=state.lagging.follow(state.log, 0))


def _at(state: State, me: int, gateway: Gateway) -> State:
    here, there = state.gateways
    return state._replace(gateways=(gateway, there) if me == 0 else (here, gateway))


def _gateway(state: State, me: int, broken: Broken) -> Iterator[tuple[str, State]]:
    name, gateway, ask = f"gateway {me + 1} ", state.gateways[me], state.ask
    view = gateway.view
    heeded = broken is not Broken.GATEWAY_IGNORES_VERSION
    if gateway.entry is not None and may_reuse(gateway.entry, view, at_least=state.seen if heeded else 0):
        again = _at(state, me, gateway._replace(entry=view.applied))
        yield name + "says yes again", again._replace(wrong=_WRONG if state.seen else "")
    if ask is None:
        version = max(state.seen, len(view.applied)) if heeded else 0
        yield name + "asks", state._replace(ask=Ask(me, version, state.seen > 0))
    elif ask.gateway == me and ask.answered is not None:
        kept = _at(state, me, gateway._replace(entry=ask.answered))
        yield name + "keeps yes", kept._replace(ask=None, wrong=_WRONG if ask.informed else "")
    for source in (state.lagging, View(state.log)):
        if len(source.applied) >= len(view.applied):
            yield name + "has news", _at(state, me, gateway._replace(view=view.follow(source.applied, source.age)))


def _services(state: State, broken: Broken) -> Iterator[tuple[str, State]]:
    ask = state.ask
    if ask is None or ask.answered is not None:
        return
    lagging = state.lagging
    at_least = 0 if broken is Broken.SERVICE_IGNORES_VERSION else ask.version
    remembered = may_reuse(lagging.applied, lagging, at_least=at_least) and not has_ended(lagging.applied)
    if remembered or not has_ended(state.log):
        yield "the lagging service answers yes", state._replace(ask=ask._replace(answered=lagging.applied))
    if has_ended(state.log):
        yield "a service answers no", state._replace(ask=None)
    else:
        yield "another service answers yes", state._replace(ask=ask._replace(answered=state.log))


def two_gateways(broken: Broken) -> Home[State]:
    """Gateways and services that heed the version asked for, or do not in this way."""

    def steps(state: State) -> Iterator[tuple[str, State]]:
        yield from _world(state)
        yield from _services(state, broken)
        for me in (0, 1):
            yield from _gateway(state, me, broken)

    def wrong(state: State) -> str:
        if state.wrong or not has_ended(state.log) or state.since < BOUND:
            return state.wrong
        said = [each.entry is not None and may_reuse(each.entry, each.view) for each in state.gateways]
        return "late yes" if any(said) else ""

    return Home(State(), steps, wrong)
