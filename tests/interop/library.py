"""An OpenID Connect library in a process of its own, driven by one line of JSON each way.

A question is `{"verb": ..., "issuer": ..., "client": {...}, "args": {...}}`. The answer is `{"result": ...}`, or
`{"refused": {"by": "plane" | "library", "error": ..., "message": ...}}`: "plane" when the library reports what the
plane answered, "library" when the library itself would not go on. A program keeps nothing between two questions but
what it discovered about the issuer; what a web application would keep in its session is kept by the test.
"""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

Json = Any


class RefusedByPlane(Exception):
    """The plane answered with an error; `args[0]` is its OAuth error code."""


class RefusedByLibrary(Exception):
    """The library did not accept what it was given; `args[0]` says why, in its own words."""


class Library:
    """A running program; leaving its context ends it.

    Args:
        command: Starts a program that speaks the line protocol.
    """

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self._command = command

    def __repr__(self) -> str:
        return self.name

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_without_proxies(os.environ)
        )
        assert self._process.stdin
        assert self._process.stdout
        self._questions, self._answers = self._process.stdin, self._process.stdout
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._questions.close()
        self._process.wait(timeout=10)
        self._answers.close()

    def ask(self, verb: str, issuer: str, client: Mapping[str, Json], args: Mapping[str, Json]) -> Json:
        """Asks and waits for the answer; every request that a program makes has a timeout of its own.

        Raises:
            RefusedByPlane, RefusedByLibrary: As the protocol says.
        """
        question = {"verb": verb, "issuer": issuer, "client": client, "args": args}
        self._questions.write(json.dumps(question) + "\n")
        self._questions.flush()
        line = self._answers.readline()
        assert line, f"{self.name} ended without an answer to {verb}"
        answer = json.loads(line)
        if "refused" in answer:
            refusal = answer["refused"]
            raise {"plane": RefusedByPlane, "library": RefusedByLibrary}[refusal["by"]](
                refusal["error"], refusal["message"]
            )
        return answer["result"]


def _without_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    # The plane listens on loopback; a proxy of the surroundings has nothing to do with it.
    return {name: value for name, value in environment.items() if not name.lower().endswith("_proxy")}
