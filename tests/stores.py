"""Stores for tests: the same test runs on SQLite and on PostgreSQL."""

import atexit
import shutil
import tempfile
from collections.abc import Generator
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import count
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

import pytest

from tests.postgres import wiped_database
from tradecoin.adapters.store import migrate, open_store
from tradecoin.domain.money import Coins, Currency, Money
from tradecoin.ports.store import Store

Row = TypeVar("Row")

EUR = Currency("EUR")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_numbers = count(1)


@dataclass
class HandClock:
    """A clock that goes when it is told to."""

    moment: datetime = NOON

    def now(self) -> datetime:
        """Return the moment it stands at."""
        return self.moment

    def advance(self, **duration: float) -> None:
        """Move on, or back."""
        self.moment += timedelta(**duration)


@cache
def _migrated_file() -> Path:
    """Make the SQLite file that every test copies."""
    folder = tempfile.mkdtemp(prefix="tradecoin-sqlite-")
    atexit.register(shutil.rmtree, folder)
    path = Path(folder) / "template.db"
    migrate(f"sqlite:///{path}")
    return path


def fresh_file(folder: Path) -> str:
    """Put a migrated SQLite database into `folder` and return its URL."""
    path = folder / "store.db"
    shutil.copy(_migrated_file(), path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty, migrated database; each test runs once on either kind."""
    return fresh_file(tmp_path) if request.param == "sqlite" else wiped_database()


@pytest.fixture
def clock() -> HandClock:
    """A clock at noon."""
    return HandClock()


@pytest.fixture
def store(url: str, clock: HandClock) -> Generator[Store]:
    """An open store on a fresh database."""
    opened = open_store(url, clock=clock)
    yield opened
    opened.close()


def row(cls: type[Row], **given: Any) -> Row:
    """Make a row of `cls` with the fields that matter to the test; the others get something plain, the id a new one."""
    hints = get_type_hints(cls)
    asked = [each.name for each in fields(cls) if each.default is MISSING]  # type: ignore[arg-type]
    plain = {name: _plain(hints[name]) for name in asked}
    return cls(**{**plain, "id": f"row_{next(_numbers):08d}", "version": 1, **given})


def _plain(hint: Any) -> Any:
    """Return a plain value of a type."""
    if NoneType in get_args(hint):
        return None
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return next(iter(hint))
    return _PLAIN.get(hint, ())


_PLAIN: dict[Any, Any] = {
    str: "",
    int: 0,
    bool: False,
    bytes: b"",
    date: NOON.date(),
    datetime: NOON,
    Money: Money.zero(EUR),
    Coins: Coins(0),
}
