"""Reads the metrics of a process."""

import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families

_TIMEOUT_SECONDS = 2.0
_MAX_BYTES = 16 * 1024 * 1024

Labels = frozenset[tuple[str, str]]


class NoMetrics(Exception):
    """The process does not answer, or not with metrics; the message says why, in few words."""


@dataclass(frozen=True, slots=True)
class Scrape:
    """Every series of a process at one moment.

    Attributes:
        at: Monotonic seconds.
        series: By name and labels.
    """

    at: float
    series: Mapping[str, Mapping[Labels, float]]

    def of(self, name: str, **labels: str) -> Iterator[tuple[Mapping[str, str], float]]:
        """The series of this name that have these labels among theirs, each with all of its labels."""
        wanted = set(labels.items())
        for found, value in self.series.get(name, {}).items():
            if wanted <= found:
                yield dict(found), value

    def total(self, name: str, **labels: str) -> float:
        """Their sum."""
        return sum(value for _, value in self.of(name, **labels))

    def most(self, name: str, **labels: str) -> float | None:
        """The largest of them; None when there is none."""
        return max((value for _, value in self.of(name, **labels)), default=None)


def parse(text: str, at: float) -> Scrape:
    """A scrape out of Prometheus text.

    Raises:
        NoMetrics: It is something else.
    """
    series: dict[str, dict[Labels, float]] = {}
    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                series.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    except ValueError as error:
        raise NoMetrics("answers with something else than metrics") from error
    return Scrape(at, series)


def scrape(url: str, token: str, at: float) -> Scrape:
    """The metrics of the process whose admin port this is.

    Args:
        token: Its admin token; empty for none.

    Raises:
        NoMetrics: It does not answer, or not with metrics.
    """
    headers = {"Accept": "text/plain", **({"Authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(f"{url}/metrics", headers=headers)  # noqa: S310 - the command checks it.
    here = urlsplit(url).hostname in {"127.0.0.1", "::1", "localhost"}
    proxies = urllib.request.ProxyHandler({}) if here else urllib.request.ProxyHandler()
    try:
        with urllib.request.build_opener(proxies).open(request, timeout=_TIMEOUT_SECONDS) as answer:
            return parse(answer.read(_MAX_BYTES).decode("utf-8", "replace"), at)
    except urllib.error.HTTPError as error:
        told = "wants its admin token: --admin-token-file" if error.code == 401 else f"answers {error.code}"
        raise NoMetrics(told) from error
    except TimeoutError as error:
        raise NoMetrics("does not answer in time") from error
    except OSError as error:
        raise NoMetrics("does not answer") from error
