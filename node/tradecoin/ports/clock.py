"""Time, asked for."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from: the system, or the devnet's one clock."""

    def now(self) -> datetime:
        """Return the time, aware and in UTC."""
