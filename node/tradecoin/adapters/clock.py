"""Clocks: the system's, and the devnet's, which is real time plus an offset in a file that every process reads."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """Return the time, aware and in UTC."""
        return datetime.now(UTC)


class DevnetClock:
    """Real time plus the offset in `path` (`{"offset_seconds": n}`); a missing file means no offset."""

    def __init__(self, path: Path) -> None:
        """Remember the file; nothing is read until the time is asked for."""
        self._path = path

    def now(self) -> datetime:
        """Return the devnet's time, aware and in UTC."""
        try:
            offset = json.loads(self._path.read_text())["offset_seconds"]
        except FileNotFoundError:
            offset = 0
        return datetime.now(UTC) + timedelta(seconds=offset)
