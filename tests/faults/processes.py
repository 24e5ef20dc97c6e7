"""Processes of the plane end, asked or not, and come back."""

import random
import time

from tests.faults.asks import of_the_gateways
from tests.faults.fault import Fault, Figures, Lengths, Strike
from tests.faults.stage import Stage
from tests.faults.watch import Watch, eventually
from tests.staleness.fleet import Part

_RECONNECT_SECONDS = 2.0
"""Longest pause of a channel between two attempts to connect."""


def _killed(kind: str) -> Strike:
    """One of two; who asks through the gateways does not notice."""

    def strike(stage: Stage, lengths: Lengths) -> Figures:
        part = random.choice(_parts(stage, kind))
        with Watch(of_the_gateways(stage)) as watch:
            part.kill()
            time.sleep(lengths.brief / 4)
            part.start()
            back_in = ready(stage, part)
            watch.until_ok(time.monotonic())
        assert watch.failures() == []
        return Figures(ready_in=back_in)

    return strike


def _rolling(stage: Stage, lengths: Lengths) -> Figures:
    """One process after another is asked to end and started again; never two of a kind while a channel may not have
    noticed yet that the first is back.
    """
    fleet = stage.fleet
    with Watch(of_the_gateways(stage)) as watch:
        for siblings in zip(fleet.auth, fleet.token, fleet.gateway, strict=True):
            for part in siblings:
                assert part.stop() == 0, "".join(part.log[-5:])
                part.start()
                ready(stage, part)
            time.sleep(_RECONNECT_SECONDS)
        watch.until_ok(time.monotonic())
    assert watch.failures() == []
    return Figures()


def ready(stage: Stage, part: Part) -> float:
    """Waits until a process that was started is ready; seconds since it said that it serves."""
    began = time.monotonic()
    eventually(lambda: stage.is_ready(part))
    return time.monotonic() - began


def _at_random(stage: Stage, lengths: Lengths) -> Figures:
    """In the middle of whatever they do, an auth and a token process end: killed, or asked to and not waited for."""
    chance = random.Random()
    victims = [chance.choice(stage.fleet.auth), chance.choice(stage.fleet.token)]
    for part in victims:
        time.sleep(chance.uniform(0.0, 0.3))
        chance.choice([part.kill, part.stop])()
    for part in victims:
        part.start()
    for part in victims:
        ready(stage, part)
    return Figures()


def _parts(stage: Stage, kind: str) -> list[Part]:
    return [part for part in stage.fleet.parts if part.kind == kind]


AT_RANDOM = Fault("processes end at random moments", _at_random, people=6)
VICTIMS = 2
"""So many processes end each time."""

PROCESS_FAULTS = [
    Fault("auth process killed", _killed("auth")),
    Fault("token process killed", _killed("token")),
    Fault("gateway process killed", _killed("gateway")),
    Fault("rolling restart", _rolling),
    AT_RANDOM,
]
