"""What the tests of the token service share."""

import pytest

from tests.unit.token.world import World


@pytest.fixture
def world() -> World:
    return World()
