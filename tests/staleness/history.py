"""What was answered when, on one monotonic clock, and whether the promises were kept."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Probe:
    """One question and its answer.

    Attributes:
        home: Who was asked what.
        process: Where.
        began, ended: Monotonic seconds.
        yes: The answer; none when there was no answer.
        at_least: The version that the caller had seen; 0 when it passed on none.
    """

    home: str
    process: str
    began: float
    ended: float
    yes: bool | None
    at_least: int = 0


@dataclass
class Trial:
    """One subject, warmed in every home and then ended.

    Attributes:
        made: When the making of the subject began; a restore to a later state may have kept it.
        ending: How.
        process: Through which process.
        acknowledged: When the ending was acknowledged; infinity when it was not.
        version: The version that was told with it; 0 when none was.
    """

    number: int
    made: float
    ending: str
    process: str
    acknowledged: float = float("inf")
    version: int = 0
    probes: list[Probe] = field(default_factory=list)

    def delays(self) -> dict[str, float]:
        """By home: seconds from the acknowledgement to the first no; homes that gave none are left out."""
        first = dict[str, float]()
        for probe in self.probes:
            if probe.yes is False and not probe.at_least:
                first.setdefault(probe.home, probe.began)
        return {home: max(began - self.acknowledged, 0.0) for home, began in first.items()}


@dataclass(frozen=True)
class Undone:
    """A restore: whatever was committed between these moments never happened.

    Attributes:
        saved: When the state that was restored was saved.
        restored: When the store had not yet begun again; what was acknowledged by then is gone.
    """

    saved: float
    restored: float

    def concerns(self, trial: Trial) -> bool:
        """Whether the subject lives on and its ending does not: nobody can be blamed for believing in it again."""
        return trial.made < self.saved <= trial.acknowledged <= self.restored


def violations(trials: Iterable[Trial], bound: float) -> list[str]:
    """Every broken promise, in words."""
    return [problem for trial in trials for problem in _of_trial(trial, bound)]


def _of_trial(trial: Trial, bound: float) -> list[str]:
    found = []
    where = f"trial {trial.number} ({trial.ending} through {trial.process})"
    for probe in trial.probes:
        late = probe.began - trial.acknowledged
        if not probe.yes or late <= 0:
            continue
        told = f"{where}: {probe.home} said yes {late * 1000:.0f} ms after the acknowledgement"
        if late > bound:
            found.append(f"{told}, beyond the bound")
        if probe.process == trial.process:
            found.append(f"{told}, which it had given itself")
        if 0 < trial.version <= probe.at_least:
            found.append(f"{told} to a caller who had seen version {probe.at_least}")
    return [*found, *_turned(trial, where)]


def _turned(trial: Trial, where: str) -> list[str]:
    by_home = defaultdict[str, list[Probe]](list)
    for probe in trial.probes:
        by_home[probe.home].append(probe)
    found = []
    for home, probes in by_home.items():
        noes = [probe.ended for probe in probes if probe.yes is False]
        if noes and any(probe.yes and probe.began > min(noes) for probe in probes):
            found.append(f"{where}: {home} said no and then yes")
    return found


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share lies; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0
