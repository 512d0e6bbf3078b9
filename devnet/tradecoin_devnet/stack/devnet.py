"""A devnet brought up step by step: clock, bank, chain, contracts, signing parties, node. What runs is left alone."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from tradecoin.adapters.chain.deploy import deploy
from tradecoin.adapters.chain.deployment import Deployment
from tradecoin.adapters.chain.keys import write_plain_key
from tradecoin.adapters.chain.rpc import HttpEndpoint
from tradecoin.adapters.store import migrate
from tradecoin.artefacts.plan import Terms
from tradecoin.domain.money import CoinScale, Currency, Money, coins_for
from tradecoin_devnet.anvil import AnvilOptions, find_anvil, start_anvil
from tradecoin_devnet.clock import DevnetClock
from tradecoin_devnet.stack import actors
from tradecoin_devnet.stack.http import get, post
from tradecoin_devnet.stack.interrupts import uninterrupted
from tradecoin_devnet.stack.layout import ATTESTORS, BANK_SIGNERS, Layout, Ports
from tradecoin_devnet.stack.processes import Processes
from tradecoin_devnet.stack.settings import node_toml, party_toml
from tradecoin_devnet.stack.summary import api_keys, summarise
from tradecoin_devnet.stack.wish import Wish

CHAIN_ID: Final = 31337

DECIMALS: Final = 6
_MINIMUM: Final = 1

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

    @classmethod
    def again(cls, home: Path, port_base: int, engine: str | None, database: str | None, say: Say) -> "Devnet":
        """Return the devnet of this folder as it was made, or a new one; what runs keeps its ports.

        Raises DevnetDiffers when it was made with another engine or database, PortBusy.
        """
        layout = Layout(home.resolve())
        wish = Wish.again(layout, engine, database)
        processes = Processes(layout)
        ports = Ports.kept(layout) if any(map(processes.is_running, processes.names())) else None
        if ports is None:
            processes.stop()
            ports = Ports.from_base(port_base)
        return cls(home, ports, wish, say)

    def up(self, *, before_node: Callable[["Devnet"], None] = lambda devnet: None) -> dict[str, Any]:
        """Start what does not run; return what `devnet.json` says.

        `before_node` runs when the bank is up, once in the life of a devnet. When something fails, or somebody stops
        it, a devnet of which nothing ran before is down again.
        """
        ran = any(map(self.processes.is_running, self.processes.names()))
        try:
            return self._up(before_node)
        except BaseException:
            if not ran:
                self.down()
            raise

    def _up(self, before_node: Callable[["Devnet"], None]) -> dict[str, Any]:
        """Start one after the other."""
        self.ports.keep(self.layout)
        self.start_bank()
        if Wish.kept(self.layout) is None:
            before_node(self)
            self.wish.keep(self.layout)
        self.start_chain()
        deployment = self.deploy()
        self.start_parties(deployment)
        self.start_node()
        return summarise(self.layout, self.ports, deployment, self._api_keys())

    def start_bank(self) -> None:
        """Start the narrow bank, which is another party."""
        self._say("bank")
        words = ["-m", "tradecoin_devnet.bank", "--port", str(self.ports.by_name["bank"])]
        words += ["--data", str(self.layout.data("bank")), "--clock", str(self.layout.clock)]
        words += ["--zone", self.wish.reserve.zone]
        self.processes.start("bank", words)
        self.processes.wait_ready("bank", f"{self.ports.url('bank')}/status")

    def open_reserve_account(self, opening: str = "0") -> None:
        """Open the reserve account, unless the bank keeps it already; what is in it is the operator's own."""
        told = self.wish.reserve
        if any(account["iban"] == told.iban for account in get(f"{self.ports.url('bank')}/accounts")):
            return
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
        if self.processes.is_running("chain"):
            return
        options = AnvilOptions(
            port=self.ports.by_name["rpc"],
            chain_id=CHAIN_ID,
            state_path=self.layout.data("anvil.json"),
            block_time=self.wish.block_seconds,
        )
        binary = find_anvil(self.wish.node_modules)
        with uninterrupted():
            chain = start_anvil(binary, self.layout.log("chain"), options, self.clock)
            self.processes.adopt("chain", chain.pid, chain.stop)

    def deploy(self) -> Deployment:
        """Deploy the contracts, or check that they are there."""
        self._say("contracts")
        signers = actors.Signers.of(self.layout)
        with closing(HttpEndpoint(self.ports.url("rpc"))) as endpoint:
            return deploy(
                endpoint=endpoint,
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
            config = self._party_config(name)
            config.parent.mkdir(exist_ok=True)
            config.write_text(party_toml(self, name, deployment))
            self.start_party(name)
        for name in (*BANK_SIGNERS, *ATTESTORS):
            self.wait_party(name)

    def start_party(self, name: str) -> None:
        """Start one party from its settings, without waiting."""
        verb = "attestor" if name in ATTESTORS else "bank-signer"
        self.processes.start(name, ["-m", "tradecoin", verb, "serve", "--config", str(self._party_config(name))])

    def wait_party(self, name: str) -> None:
        """Wait until a party answers; raises ProcessFailed."""
        self.processes.wait_ready(name, f"{self.ports.url(name)}/status")

    def _party_config(self, name: str) -> Path:
        """Return where a party's settings lie."""
        return self.layout.home / "parties" / f"{name}.toml"

    def start_node(self) -> None:
        """Start the node on a migrated database."""
        self._say("node")
        for name, account in (("relay", actors.RELAY), ("payer", actors.PAYER)):
            if not self.layout.key(name).exists():
                write_plain_key(self.layout.key(name), bytes.fromhex(account.key[2:]))
        self.layout.config.write_text(node_toml(self))
        migrate(self.database)
        self._api_keys()
        self.run_node()
        self.wait_node()

    def run_node(self) -> None:
        """Start the node's process, without waiting."""
        self.processes.start("node", ["-m", "tradecoin", "serve", "--config", str(self.layout.config)])

    def wait_node(self) -> None:
        """Wait until the node is ready; raises ProcessFailed."""
        self.processes.wait_ready("node", f"{self.ports.url('api')}/readyz")

    @property
    def database(self) -> str:
        """Where the node keeps everything durable."""
        return self.wish.database or f"sqlite:///{self.layout.home / 'node.db'}"

    def _api_keys(self) -> dict[str, str]:
        """Return the API's keys by role."""
        return api_keys(self.layout, self.database, self.clock, self.wish.reserve.currency)

    def down(self) -> None:
        """Stop everything."""
        self.processes.stop()

    def remove(self) -> None:
        """Stop everything and delete the folder."""
        with uninterrupted():
            self.down()
            shutil.rmtree(self.layout.home, ignore_errors=True)
