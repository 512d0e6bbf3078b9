"""Sending and indexing are tested on both databases; the flows of money on SQLite, in a world of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.world import World
from tests.postgres import server
from tests.stores import url as url


@pytest.fixture(scope="session", autouse=True)
def _server_before_sockets_are_refused() -> None:
    """Start PostgreSQL, which looks for a free port, before the tests that may not open one."""
    server()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A node with nothing in its books yet."""
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def funded(world: World) -> World:
    """A node whose operator has paid in 1000.00."""
    world.capital()
    return world
