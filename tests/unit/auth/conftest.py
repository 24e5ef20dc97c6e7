"""What the tests of the auth service share."""

import pytest

from tests.unit.auth.world import World


@pytest.fixture
def world() -> World:
    return World()
