"""The time of the next block: the devnet's clock where there is one, else real time plus an offset of its own."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

from tradecoin_devnet.evm.errors import bad_params


class Clock(Protocol):
    """What the chain needs of the devnet's clock."""

    def now(self) -> datetime:
        """Return the time, aware."""
        ...

    def advance(self, by: timedelta) -> None:
        """Move the time forward for everyone."""
        ...


class OwnClock:
    """Real time plus an offset that nobody else sees."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the time, aware."""
        return datetime.now(UTC) + self._offset

    def advance(self, by: timedelta) -> None:
        """Move the time forward."""
        self._offset += by


class ChainTime:
    """Chooses block timestamps, in Unix seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._forced: int | None = None

    def after(self, parent: int) -> int:
        """Return the time that a block after `parent` would get; each block is at least a second after the last."""
        return self._forced if self._forced is not None else max(parent + 1, self.now())

    def take_after(self, parent: int) -> int:
        """Return the time for a block that is being made; a forced time serves once."""
        chosen = self.after(parent)
        self._forced = None
        return chosen

    def now(self) -> int:
        """Return the clock's time."""
        return int(self._clock.now().timestamp())

    def advance(self, seconds: int) -> None:
        """Move the clock forward, for everyone who shares it."""
        self._clock.advance(timedelta(seconds=seconds))

    def force(self, timestamp: int, parent: int) -> None:
        """Fix the next block's time; raise RpcError when it is not after its parent's."""
        if timestamp <= parent:
            raise bad_params(f"timestamp {timestamp} is not after the latest block's, {parent}")
        self._forced = timestamp
