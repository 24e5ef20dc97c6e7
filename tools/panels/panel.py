"""A graph of the dashboard, and what queries are made of.

In queries `$at` stands for the chosen jobs and instances, and `$w` for the window of rates.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Panel:
    """A graph.

    Attributes:
        meaning: What a bad picture looks like, and what to do then.
        unit: In Grafana's words: s, reqps, short, percentunit, bytes, ops, none.
        queries: PromQL by legend.
    """

    title: str
    meaning: str
    unit: str
    queries: dict[str, str]


def quantiles(metric: str, by: str, legend: str) -> dict[str, str]:
    """The median and the 99th percentile of a histogram, by these labels."""
    return {
        f"p{per_cent} {legend}": f"histogram_quantile({per_cent / 100}, "
        f"sum by (le, {by}) (rate({metric}_bucket{{$at}}[$w])))"
        for per_cent in (50, 99)
    }


def rates(metric: str, by: str) -> str:
    """So many a second, by these labels."""
    return f"sum by ({by}) (rate({metric}{{$at}}[$w]))"
