"""The scenarios, one after the other: Introspect, ValidateSession, and the mix over HTTP."""

import asyncio
from dataclasses import dataclass
from functools import partial

from rich.progress import Progress

from load.figures import Figures, Samples, figures_of
from load.flow import Flow
from load.ghz import run_ghz
from load.open_loop import OpenLoop
from load.plane import Plane
from load.population import Population


@dataclass(frozen=True)
class Load:
    """How much, and for how long each scenario.

    Args:
        rate: Requests a second.
        duration: Seconds.
    """

    rate: int
    duration: int

    @property
    def in_hand(self) -> int:
        """Codes and refresh tokens that circulate: enough for four seconds of the mix without an answer."""
        return self.rate


def run_all(plane: Plane, population: Population, load: Load, progress: Progress) -> tuple[list[Figures], Figures]:
    """Runs everything; returns the figures of the scenarios, and how late the HTTP requests were sent.

    Raises:
        GhzFailed: A gRPC scenario gave no figures.
        Failed: The requests that prepare a scenario did not succeed.
    """
    tokens = asyncio.run(_access_tokens(plane, population, load))
    sessions = population.session_handles
    introspect = [{"token": token} for token in tokens]
    validate = [{"session_handle": handle} for handle in sessions]
    samples = {
        "gRPC Introspect": _ghz("introspect", plane.token_target, introspect, load, progress),
        "gRPC ValidateSession": _ghz("validate_session", plane.auth_target, validate, load, progress),
    }
    with_http, lateness = asyncio.run(_http(plane, population, load, progress))
    figures = [figures_of(name, measured) for name, measured in {**samples, **with_http}.items()]
    return figures, figures_of("lateness", lateness)


async def _access_tokens(plane: Plane, population: Population, load: Load) -> list[str]:
    async with Flow(plane, population) as flow:
        await flow.prime(load.in_hand)
        return list(flow.access_tokens)


def _ghz(scenario: str, target: str, messages: list[dict[str, str]], load: Load, progress: Progress) -> Samples:
    bar = progress.add_task(f"gRPC {scenario}", total=load.duration)
    return run_ghz(scenario, target, messages, load.rate, load.duration, partial(progress.advance, bar))


async def _http(
    plane: Plane, population: Population, load: Load, progress: Progress
) -> tuple[dict[str, Samples], Samples]:
    bar = progress.add_task("HTTP mix", total=load.rate * load.duration)
    async with Flow(plane, population) as flow:
        await flow.prime(load.in_hand)
        kinds = {
            "HTTP authorize": flow.authorize,
            "HTTP token, code": flow.redeem,
            "HTTP userinfo": flow.userinfo,
            "HTTP token, refresh": flow.refresh,
        }
        loop = OpenLoop(kinds, load.rate, load.duration, partial(progress.advance, bar))
        await loop.run()
    return loop.samples, loop.lateness
