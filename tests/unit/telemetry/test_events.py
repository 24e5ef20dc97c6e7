"""Security events: the same names and facts for good."""

import inspect
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from shared.telemetry.event_counts import EventCounts
from shared.telemetry.events import SecurityEvents, event_names
from shared.telemetry.logging import make_logger

_EXAMPLES: dict[Any, Any] = {str: "a" * 40, int: 3, bool: True, Sequence[str]: ["one", "two"]}


@pytest.mark.parametrize("name", event_names())
def test_an_event_is_one_line_with_its_facts_and_one_more_in_its_count(name: str) -> None:
    """Whoever tells it; and no family is named in full, since its name is in tokens."""
    log, registry = io.StringIO(), CollectorRegistry()
    events = SecurityEvents(make_logger(log, "info", "json"), EventCounts(registry).count).of("token")
    tell = getattr(events, name)
    given = {
        fact: _EXAMPLES[each.annotation] for fact, each in inspect.signature(tell, eval_str=True).parameters.items()
    }
    before = _counted(registry, name)
    tell(**given)
    line = json.loads(log.getvalue())
    family = given.pop("family_id", None)
    expected = {**given, **({"family": family[:12]} if family else {})}
    assert line.pop("level") in {"info", "warning"}
    line.pop("timestamp", None)
    assert line == {"event": name, "kind": "security", "service": "token", **expected}
    assert (before, _counted(registry, name)) == (0, 1)


def _counted(registry: CollectorRegistry, name: str) -> float | None:
    return registry.get_sample_value("authplane_security_events_total", {"event": name})
