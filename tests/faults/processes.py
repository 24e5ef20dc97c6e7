"""Processes of the plane end, asked or not, and come back."""

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.eventually import eventually
from tests.faults.asks import of_the_gateways
from tests.faults.fault import Fault, Figures, Lengths
from tests.faults.stage import Stage
from tests.faults.watch import Watch, require_none
from tests.staleness.fleet import Part

_RECONNECT_SECONDS = 2.0
"""Longest pause of a channel between two attempts to connect."""

_CALLS_SECONDS = 0.1
_ROUNDS = 5


def _killed(stage: Stage, lengths: Lengths) -> Figures:
    """One of two of each part, all at once; who asks through the gateways does not notice."""
    fleet = stage.fleet
    victims = [random.choice(siblings) for siblings in (fleet.auth, fleet.token, fleet.gateway)]
    with Watch(of_the_gateways(stage)) as watch:
        for part in victims:
            part.pause()
        # So that each of them dies with calls in it.
        time.sleep(_CALLS_SECONDS)
        for part in victims:
            part.process.kill()
            part.kill()
        time.sleep(lengths.brief)
        start(stage, victims)
        watch.until_ok(time.monotonic())
    require_none(watch.failures())
    return Figures()


def _rolling(stage: Stage, lengths: Lengths) -> Figures:
    """One process after another is asked to end and started again; never two of a kind while a channel may not have
    noticed yet that the first is back.
    """
    fleet = stage.fleet
    with Watch(of_the_gateways(stage)) as watch:
        for number in range(lengths.rolled):
            time.sleep(_RECONNECT_SECONDS * number)
            for part in (fleet.auth[number], fleet.token[number], fleet.gateway[number]):
                assert part.stop() == 0, "".join(part.log[-5:])
                start(stage, [part])
        watch.until_ok(time.monotonic())
    require_none(watch.failures())
    return Figures()


def _at_random(stage: Stage, lengths: Lengths) -> Figures:
    """In the middle of whatever they do, an auth and a token process are killed, or asked to end, again and again."""
    chance = random.Random()
    for _ in range(_ROUNDS):
        victims = [chance.choice(stage.fleet.auth), chance.choice(stage.fleet.token)]
        for part in victims:
            time.sleep(chance.uniform(0.0, 0.3))
            chance.choice([part.kill, part.stop])()
        start(stage, victims)
    return Figures()


def start(stage: Stage, parts: Sequence[Part]) -> None:
    """Starts them at once, and waits until they are ready."""
    with ThreadPoolExecutor() as threads:
        list(threads.map(Part.start, parts))
    for part in parts:
        eventually(partial(stage.is_ready, part))


PROCESS_FAULTS = [
    Fault("one process of each part killed", _killed),
    Fault("rolling restart", _rolling),
    Fault("ten processes ended at random moments", _at_random, people=6),
]
