"""One measurement after the other: generators beside the plane, and what the plane says of itself."""

import json
import subprocess
import sys
import urllib.request
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from load.overload.calls import LANE, SERVICE
from load.overload.generator import Job, Outcome
from load.overload.subjects import Subjects
from load.plane import Plane

DEADLINE = {"login": 2.0, "refresh": 0.5, "introspect": 0.25, "userinfo": 0.25, "revoke": 1.0}


@dataclass(frozen=True)
class Step:
    """What calls of one kind got at one rate.

    Attributes:
        offered: Calls a second.
        seconds: Of calling.
        wasted: Calls that the plane finished when nobody waited any more.
        left: Calls in its lane once all was over.
    """

    kind: str
    offered: float
    seconds: float
    outcome: Outcome
    wasted: int
    left: int

    @property
    def goodput(self) -> float:
        """Calls a second that were answered in time, while calls were made."""
        return sum(at <= self.seconds for at in self.outcome.good_at) / self.seconds


class Bench:
    """Asks one plane.

    Args:
        tells_deadlines: Whether the plane is told how long callers wait.
        core: For generators, so that they leave the rest to the plane; -1 for any.
    """

    def __init__(self, plane: Plane, subjects: Subjects, tells_deadlines: bool, core: int) -> None:
        self._tells_deadlines = tells_deadlines
        self._plane = plane
        self._subjects = subjects
        self._core = core

    def peak(self, kind: str, callers: int, seconds: float) -> float:
        """Calls a second when so many callers each make the next one as soon as they have an answer."""
        return self.step(kind, 0.0, seconds, callers).goodput

    def step(self, kind: str, rate: float, seconds: float, callers: int = 0) -> Step:
        """Calls of one kind."""
        return self.together([(kind, rate, seconds)], callers)[0]

    def together(self, wanted: Sequence[tuple[str, float, float]], callers: int = 0) -> list[Step]:
        """Calls of several kinds at the same time."""
        before = self._lanes("authplane_lane_wasted_total")
        with ThreadPoolExecutor(len(wanted)) as runners:
            outcomes = list(runners.map(lambda each: self._generate(each[0], each[1], each[2], callers), wanted))
        after, left = self._lanes("authplane_lane_wasted_total"), self._lanes("authplane_lane_calls")
        return [
            Step(
                kind,
                rate,
                seconds,
                outcome,
                int(after[SERVICE[kind], LANE[kind]] - before[SERVICE[kind], LANE[kind]]),
                int(left[SERVICE[kind], LANE[kind]]),
            )
            for (kind, rate, seconds), outcome in zip(wanted, outcomes, strict=True)
        ]

    def _generate(self, kind: str, rate: float, seconds: float, callers: int) -> Outcome:
        target = self._plane.auth_target if SERVICE[kind] == "auth" else self._plane.token_target
        job = Job(kind, target, rate, callers, seconds, DEADLINE[kind], self._tells_deadlines, self._core)
        told = {
            "job": asdict(job),
            "subjects": {**vars(self._subjects), "refresh_tokens": [*self._subjects.refresh_tokens]},
        }
        command = [sys.executable, "-m", "load.overload.generator"]
        run = subprocess.run(command, input=json.dumps(told), capture_output=True, text=True, check=False)
        if run.returncode:
            raise RuntimeError(run.stderr)
        answer = json.loads(run.stdout)
        if kind == "refresh":
            self._subjects.refresh_tokens = deque(answer["refresh_tokens"])
        return Outcome(**answer["outcome"])

    def _lanes(self, name: str) -> Mapping[tuple[str, str], float]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self._plane.admin_url}/metrics", timeout=5) as response:
            text = response.read().decode()
        found: dict[tuple[str, str], Any] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name:
                    key = sample.labels["server"], sample.labels["lane"]
                    found[key] = found.get(key, 0.0) + sample.value
        return found
