"""A devnet brought up step by step: clock, chain, bank, contracts, signing parties, node."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tradecoin.adapters.chain.deploy import deploy
from tradecoin.adapters.chain.deployment import Deployment
from tradecoin.adapters.chain.keys import write_plain_key
from tradecoin.adapters.chain.rpc import HttpEndpoint
from tradecoin.adapters.store import migrate, open_store
from tradecoin.artefacts.plan import Terms
from tradecoin.domain.money import CoinScale, Currency, Money, coins_for
from tradecoin.flow.api_key import make_key
from tradecoin_devnet import samples
from tradecoin_devnet.anvil import AnvilOptions, find_anvil, start_anvil
from tradecoin_devnet.clock import DevnetClock
from tradecoin_devnet.stack import actors
from tradecoin_devnet.stack.http import post
from tradecoin_devnet.stack.layout import ATTESTORS, BANK_SIGNERS, Layout, Ports
from tradecoin_devnet.stack.processes import Processes
from tradecoin_devnet.stack.settings import node_toml, party_toml

CHAIN_ID: Final = 31337

DECIMALS: Final = 6
_MINIMUM: Final = 1
_ROLES: Final = {
    "admin": ("admin",),
    "operator": ("client", "operator", "auditor"),
    "approver": ("approver",),
    "auditor": ("auditor",),
    "client": ("client",),
}


@dataclass(frozen=True, slots=True)
class ReserveAccount:
    """The account at the simulated bank that backs the token."""

    iban: str = samples.RESERVE_IBAN
    name: str = "Narrow Coin Issuer"
    currency: str = "EUR"
    zone: str = samples.ZONE


@dataclass(frozen=True, slots=True)
class Wish:
    """How a devnet is to be: its engine, database, reserve account, and seconds between blocks."""

    engine: str = "embedded"
    database: str = ""
    reserve: ReserveAccount = ReserveAccount()
    block_seconds: float = 1
    node_modules: tuple[Path, ...] = (Path("node_modules"),)


Say = Callable[[str], None]


class Devnet:
    """One devnet in one folder."""

    def __init__(self, home: Path, ports: Ports, wish: Wish, say: Say = lambda text: None) -> None:
        """Make the folders; nothing is started."""
        self.layout = Layout(home.resolve())
        self.ports, self.wish, self._say = ports, wish, say
        self.layout.make()
        self.processes = Processes(self.layout)
        self.clock = DevnetClock(self.layout.clock)

    def up(self, *, before_node: Callable[["Devnet"], None] = lambda devnet: None) -> dict[str, Any]:
        """Start everything; return what `devnet.json` says. `before_node` runs when the bank is up."""
        self.start_bank()
        before_node(self)
        self.start_chain()
        deployment = self.deploy()
        self.start_parties(deployment)
        self.start_node(deployment)
        return self.summarise(deployment)

    def start_bank(self) -> None:
        """Start the narrow bank, which is another party."""
        self._say("bank")
        words = ["-m", "tradecoin_devnet.bank", "--port", str(self.ports.by_name["bank"])]
        words += ["--data", str(self.layout.data("bank")), "--clock", str(self.layout.clock)]
        words += ["--zone", self.wish.reserve.zone]
        self.processes.start("bank", words)
        self.processes.wait_ready("bank", f"{self.ports.url('bank')}/status")

    def open_reserve_account(self, opening: str = "0") -> None:
        """Open the reserve account; what is in it is the operator's own."""
        told = self.wish.reserve
        body = {"iban": told.iban, "name": told.name, "currency": told.currency, "kind": "reserve", "zone": told.zone}
        body["opening_balance"] = opening
        post(f"{self.ports.url('bank')}/accounts", body)

    def start_chain(self) -> None:
        """Start the chain: the embedded one, or anvil."""
        self._say(f"chain ({self.wish.engine})")
        if self.wish.engine == "anvil":
            self._start_anvil()
            return
        words = ["-m", "tradecoin_devnet.evm", "--port", str(self.ports.by_name["rpc"])]
        words += ["--data", str(self.layout.data("chain.sqlite")), "--clock", str(self.layout.clock)]
        words += ["--block-time", f"{self.wish.block_seconds:g}", "--chain-id", str(CHAIN_ID)]
        self.processes.start("chain", words)
        self.processes.wait_ready("chain", f"{self.ports.url('rpc')}/status")

    def _start_anvil(self) -> None:
        """Start anvil, which keeps time by itself from the clock's present on."""
        options = AnvilOptions(
            port=self.ports.by_name["rpc"],
            chain_id=CHAIN_ID,
            state_path=self.layout.data("anvil.json"),
            block_time=self.wish.block_seconds,
        )
        binary = find_anvil(self.wish.node_modules)
        chain = start_anvil(binary, self.layout.log("chain"), options, self.clock)
        self.processes.adopt("chain", chain.pid)

    def deploy(self) -> Deployment:
        """Deploy the contracts, or check that they are there."""
        self._say("contracts")
        signers = actors.Signers.of(self.layout)
        return deploy(
            endpoint=HttpEndpoint(self.ports.url("rpc")),
            key=bytes.fromhex(actors.DEPLOYER.key[2:]),
            parties=actors.parties(signers),
            terms=self._token_terms(),
            folder=self.layout.deployments,
        )

    def _token_terms(self) -> Terms:
        """Return the token's terms; the minor unit is the currency's."""
        currency = Currency(self.wish.reserve.currency)
        minor_unit = coins_for(Money(1, currency), CoinScale(DECIMALS)).units
        return Terms(minor_unit=minor_unit, min_request=max(minor_unit, _MINIMUM * 10**DECIMALS))

    def start_parties(self, deployment: Deployment) -> None:
        """Start bank signers and attestors, each with a key and a view of its own."""
        self._say("bank signers and attestors")
        for name in (*BANK_SIGNERS, *ATTESTORS):
            config = self.layout.home / "parties" / f"{name}.toml"
            config.parent.mkdir(exist_ok=True)
            config.write_text(party_toml(self, name, deployment))
            self.start_party(name)
        for name in (*BANK_SIGNERS, *ATTESTORS):
            self.processes.wait_ready(name, f"{self.ports.url(name)}/status")

    def start_party(self, name: str) -> None:
        """Start one party from its settings."""
        verb = "attestor" if name in ATTESTORS else "bank-signer"
        config = self.layout.home / "parties" / f"{name}.toml"
        self.processes.start(name, ["-m", "tradecoin", verb, "serve", "--config", str(config)])

    def start_node(self, deployment: Deployment) -> None:
        """Start the node on a migrated database."""
        self._say("node")
        for name, account in (("relay", actors.RELAY), ("payer", actors.PAYER)):
            if not self.layout.key(name).exists():
                write_plain_key(self.layout.key(name), bytes.fromhex(account.key[2:]))
        self.layout.config.write_text(node_toml(self))
        migrate(self.database)
        self._api_keys()
        self.run_node()
        self.processes.wait_ready("node", f"{self.ports.url('api')}/readyz")

    def run_node(self) -> None:
        """Start the node's process, without waiting."""
        self.processes.start("node", ["-m", "tradecoin", "serve", "--config", str(self.layout.config)])

    @property
    def database(self) -> str:
        """Where the node keeps everything durable."""
        return self.wish.database or f"sqlite:///{self.layout.home / 'node.db'}"

    def summarise(self, deployment: Deployment) -> dict[str, Any]:
        """Write `devnet.json`, with keys that are worth nothing anywhere else."""
        summary = {
            "api": self.ports.url("api"),
            "rpc": self.ports.url("rpc"),
            "bank": self.ports.url("bank"),
            "proxy": None,
            "chain_id": CHAIN_ID,
            "deployment": str(self.layout.deployments / f"{CHAIN_ID}.json"),
            "api_keys": self._api_keys(),
            "accounts": [
                {"name": one.name, "address": account.address, "key": account.key, "iban": one.iban}
                for one, account in zip(samples.CUSTOMERS, actors.CUSTOMERS, strict=True)
            ],
            "tokens": {"NRW": deployment.address("Token")},
        }
        draft = self.layout.summary.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(summary, indent=2))
        os.replace(draft, self.layout.summary)
        return summary

    def _api_keys(self) -> dict[str, str]:
        """Return the API's keys by role, made once, before the node is there to be asked."""
        kept = self.layout.home / "keys" / "api.json"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(json.dumps(self._made_keys()))
        found: dict[str, str] = json.loads(kept.read_text())
        return found

    def _made_keys(self) -> dict[str, str]:
        """Make a key for each role."""
        store = open_store(self.database, clock=self.clock, currency=Currency(self.wish.reserve.currency))
        try:
            return {
                role: store.write(lambda tx, role=role, scopes=scopes: make_key(tx, f"demo-{role}", scopes)[1])  # type: ignore[misc]
                for role, scopes in _ROLES.items()
            }
        finally:
            store.close()

    def down(self) -> None:
        """Stop everything."""
        self.processes.stop()

    def remove(self) -> None:
        """Stop everything and delete the folder."""
        self.down()
        shutil.rmtree(self.layout.home, ignore_errors=True)
