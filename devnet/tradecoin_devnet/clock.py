"""One clock for chain, bank and node: real time plus an offset kept in a small file that every devnet process reads."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4


class DevnetClock:
    """Real time plus the offset in `path`; a missing file means no offset.

    Every process of a devnet is given the same path, so moving the clock in one moves it in all.
    """

    def __init__(self, path: Path) -> None:
        """Remember the file; nothing is read until the time is asked for."""
        self._path = path

    def now(self) -> datetime:
        """Return the devnet's time, aware and in UTC."""
        return datetime.now(UTC) + self.offset()

    def offset(self) -> timedelta:
        """Return how far the devnet's time is ahead of real time; negative when it is behind."""
        try:
            return timedelta(seconds=json.loads(self._path.read_text())["offset_seconds"])
        except FileNotFoundError:
            return timedelta()

    def advance(self, by: timedelta) -> None:
        """Move every reader's time by `by`; raise ValueError when it would run backwards."""
        if by < timedelta():
            raise ValueError(f"the devnet clock only moves forward, not by {by}")
        self._write(self.offset() + by)

    def start_at(self, moment: datetime) -> None:
        """Make it `moment` now, earlier or later; only for a devnet in which nothing has happened yet."""
        self._write(moment - datetime.now(UTC))

    def _write(self, offset: timedelta) -> None:
        """Replace the file in one step, so that a reader sees the old offset or the new one."""
        draft = self._path.with_name(f"{self._path.name}.{uuid4().hex}")
        draft.write_text(json.dumps({"offset_seconds": round(offset.total_seconds())}))
        os.replace(draft, self._path)
