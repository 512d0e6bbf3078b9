"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """The Clock port, by hand."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 2, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """See Clock."""
        return self.moment

    def advance(self, **by: float) -> None:
        """Move on, by what timedelta takes."""
        self.moment += timedelta(**by)
