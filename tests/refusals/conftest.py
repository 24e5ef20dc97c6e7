"""The running plane, and a client that has been through its flows."""

from collections.abc import Iterator

import pytest

from cli.dev.plane import DevPlane
from tests.refusals.flow import Flow


@pytest.fixture
def flow(plane: DevPlane) -> Iterator[Flow]:
    """A fresh browser and HTTP client at the shared plane."""
    flow = Flow(plane)
    yield flow
    flow.close()
