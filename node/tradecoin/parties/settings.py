"""What a party is told at its start: where bank and chain are, which contracts it signs for, where its key lies."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tradecoin.domain.money import CoinScale, Currency
from tradecoin.signing.keys import Key, load_key


@dataclass(frozen=True, kw_only=True)
class PartyConfig:
    """Settings that every party needs. `port` 0 takes a free one; `data` is the party's own folder.

    `bank_id` names the bank in deposit keys, `account` is the reserve account, `currency` its ISO 4217 code, `decimals`
    the token's. `first_block` is where the contracts' history begins. `finality` is instant, depth:n or finalized.
    `clock_file` holds {"offset_seconds": n} on a devnet, whose clock is ahead of or behind real time.
    """

    name: str
    port: int
    key_file: Path
    data: Path
    bank_url: str
    bank_id: str
    account: str
    currency: str
    decimals: int
    rpc_url: str
    chain_id: int
    token: str
    narrow_bank: str
    reserves: str
    first_block: int = 0
    finality: str = "finalized"
    host: str = "127.0.0.1"
    timeout_seconds: int = 10
    clock_file: Path | None = None

    @property
    def money(self) -> Currency:
        """The account's currency."""
        return Currency(self.currency)

    @property
    def scale(self) -> CoinScale:
        """The token's decimals."""
        return CoinScale(self.decimals)

    def key(self) -> Key:
        """Read the key file; raises BadKeyFile."""
        return load_key(self.key_file)

    def clock(self) -> Callable[[], datetime]:
        """Return what tells the time: the system's clock, moved as the clock file says."""
        return lambda: datetime.now(UTC) + _offset(self.clock_file)


def _offset(path: Path | None) -> timedelta:
    """Read how far the devnet's time is from real time; a file that is not there means not at all."""
    try:
        return timedelta(seconds=json.loads(path.read_text())["offset_seconds"]) if path else timedelta()
    except FileNotFoundError:
        return timedelta()
