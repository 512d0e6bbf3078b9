"""What every clerk of the bank has at hand: the books, the clock and the house rules."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tradecoin_devnet.bank.books import Books
from tradecoin_devnet.clock import DevnetClock


@dataclass(frozen=True, slots=True)
class Desk:
    """The books and the clock; `zone` is the IANA name of the zone of accounts that name none."""

    books: Books
    clock: DevnetClock
    clock_file: Path
    zone: str

    def now(self) -> datetime:
        """Return the devnet's time, cut to the millisecond because the books keep no more."""
        now = self.clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)
