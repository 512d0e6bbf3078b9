"""How a devnet is to be, kept in its folder so that it comes up the same after it was down."""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tradecoin_devnet import samples
from tradecoin_devnet.stack.layout import Layout


class DevnetDiffers(RuntimeError):
    """The devnet in this folder was made in another way than is asked for now; the message says how."""


@dataclass(frozen=True, slots=True)
class ReserveAccount:
    """The account at the simulated bank that backs the token."""

    iban: str = samples.RESERVE_IBAN
    name: str = "Narrow Coin Issuer"
    currency: str = "EUR"
    zone: str = samples.ZONE


@dataclass(frozen=True, slots=True)
class Wish:
    """Engine and database of a devnet, its reserve account, and seconds between blocks.

    `database` is a URL, blank for SQLite in the devnet's folder. `node_modules` are where anvil is looked for beside
    PATH.
    """

    engine: str = "embedded"
    database: str = ""
    reserve: ReserveAccount = ReserveAccount()
    block_seconds: float = 1
    node_modules: tuple[Path, ...] = (Path("node_modules"),)

    def keep(self, layout: Layout) -> None:
        """Write it down."""
        told = asdict(replace(self, node_modules=()))
        del told["node_modules"]
        draft = layout.wish.with_suffix(".draft")
        draft.touch(mode=0o600)  # a database's URL may hold a password
        draft.write_text(json.dumps(told, indent=2))
        os.replace(draft, layout.wish)

    @classmethod
    def kept(cls, layout: Layout) -> "Wish | None":
        """Return how the devnet in this folder was made, None when there is none."""
        try:
            told: dict[str, Any] = json.loads(layout.wish.read_text())
        except FileNotFoundError:
            return None
        return cls(**{**told, "reserve": ReserveAccount(**told["reserve"])})

    @classmethod
    def again(cls, layout: Layout, engine: str | None, database: str | None) -> "Wish":
        """Return the kept wish, or a new one of this engine and database; raises DevnetDiffers for a change of them."""
        kept = cls.kept(layout)
        if kept is None:
            return cls(engine=engine or "embedded", database=database or "")
        for name, asked, made in (("engine", engine, kept.engine), ("database", database, kept.database)):
            if asked is not None and asked != made:
                made_with = f"{name} {made or 'SQLite'}"
                raise DevnetDiffers(f"this devnet was made with {made_with}; `tradecoin devnet reset` deletes it")
        return kept
