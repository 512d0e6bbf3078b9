"""The app over a fresh SQLite database."""

import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from tests.api.kit import Ground, ground_over
from tests.stores import HandClock, fresh_file
from tradecoin import logs
from tradecoin.adapters.store import open_store
from tradecoin.ports.store import Store


@pytest.fixture(autouse=True)
def lines() -> Iterator[StringIO]:
    """The log of the process, as lines of JSON."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    written = StringIO()
    logs.configure(written)
    yield written
    root.handlers[:], root.level = before, level


@pytest.fixture
def clock() -> HandClock:
    """A clock at noon."""
    return HandClock()


@pytest.fixture
def store(tmp_path: Path, clock: HandClock) -> Iterator[Store]:
    """An open store."""
    opened = open_store(fresh_file(tmp_path), clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def ground(store: Store, clock: HandClock) -> Iterator[Ground]:
    """A devnet node's API."""
    with ground_over(store, clock) as made:
        yield made
