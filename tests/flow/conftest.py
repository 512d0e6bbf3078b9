"""Flows are tested on both databases."""

import pytest

from tests.postgres import server
from tests.stores import url as url


@pytest.fixture(scope="session", autouse=True)
def _server_before_sockets_are_refused() -> None:
    """Start PostgreSQL, which looks for a free port, before the tests that may not open one."""
    server()
