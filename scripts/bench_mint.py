"""Settled mints a second, from a bank file to final coins: the node, a naive script, and the bare chain, in one run.

    python scripts/bench_mint.py [--credits 1000] [--naive 20] [--rounds 5] [--engine embedded|anvil] [-o json]

Ours: the simulated bank books the credits and tells them in one camt.054; the clock runs from then until the node says
that every mint order is issued, which means that its `Issued` event lies in a final block and is posted. Naive: web3.py
builds, signs and sends one mint of one voucher, waits for its receipt, and goes on to the next. Bare: the same mints in
batches of 250, signed beforehand, handed to the chain at once, until the last receipt; nobody keeps books. Naive and
bare use contracts of their own on the same chain. A rate counts only as a ratio in one run; each round measures all
three.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Any

from rich.console import Console
from web3 import Web3

from tradecoin.adapters.chain.deploy import deploy
from tradecoin.adapters.chain.rpc import HttpEndpoint
from tradecoin.artefacts import load
from tradecoin.artefacts.plan import Terms
from tradecoin.domain.mint import Voucher
from tradecoin.domain.money import Coins
from tradecoin.signing.keys import Key, pack_signatures, sign64
from tradecoin.signing.typed import Domain, attestation_digest, vouchers_digest
from tradecoin_devnet import samples
from tradecoin_devnet.demo.doors import Api, sign_text
from tradecoin_devnet.stack import actors
from tradecoin_devnet.stack.devnet import CHAIN_ID, Devnet
from tradecoin_devnet.stack.http import post
from tradecoin_devnet.stack.layout import Ports
from tradecoin_devnet.stack.wish import ReserveAccount, Wish

_BATCH = 250
_UNIT = 10**6
_OPENING = "100000000.00"
_PATIENCE_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature with its signer, as `pack_signatures` takes it."""

    signer: str
    signature: bytes


class Baseline:
    """A second set of contracts on the same chain, driven without a node."""

    def __init__(self, devnet: Devnet) -> None:
        """Deploy it and attest reserves that cover everything."""
        rpc = devnet.ports.url("rpc")
        self._w3 = Web3(Web3.HTTPProvider(rpc))
        self._bank_keys = [Key.new() for _ in range(3)]
        self._audit_keys = [Key.new() for _ in range(3)]
        self.sender = self._w3.eth.account.from_key(actors.CUSTOMERS[3].key)
        deployer = actors.CUSTOMERS[2]
        parties = actors.parties(actors.Signers(tuple(self._bank_keys), tuple(self._audit_keys)), deployer.address)
        self._deployment = deploy(
            endpoint=HttpEndpoint(rpc),
            key=bytes.fromhex(deployer.key[2:]),
            parties=parties,
            terms=Terms(),
            folder=devnet.layout.home / "baseline",
        )
        self._bank = self._contract("NarrowBank")
        self._attest(self._contract("Reserves"))

    def _contract(self, name: str) -> Any:
        """Return web3.py's object for a contract."""
        address = Web3.to_checksum_address(self._deployment.address(name))
        return self._w3.eth.contract(address=address, abi=load(name).abi)

    def _attest(self, reserves: Any) -> None:
        """Publish reserves far above what is minted here."""
        cut = datetime.fromtimestamp(self._w3.eth.get_block("latest")["timestamp"], tz=UTC)
        zero, nothing, plenty = bytes(32), Coins(0), Coins(10**9 * _UNIT)
        digest = attestation_digest(
            Domain("Reserves", CHAIN_ID, self._deployment.address("Reserves")),
            signer_set=1,
            prev=zero,
            reserves=plenty,
            encumbered=nothing,
            settling=nothing,
            claims=nothing,
            claims_root=zero,
            evidence=zero,
            cut=cut,
        )
        struct = (1, zero, plenty.units, 0, 0, 0, zero, zero, int(cut.timestamp()))
        call = reserves.functions.attest(struct, _signed(self._audit_keys, digest))
        self._wait(self._send(self._signed_call(call, self._nonce(), 500_000)))

    def naive(self, count: int) -> float:
        """Mint one by one, waiting for each receipt; return mints a second."""
        started = time.monotonic()
        for _ in range(count):
            call = self._mint_call(1)
            fields = call.build_transaction({"from": self.sender.address, "nonce": self._nonce()})
            signed = self.sender.sign_transaction(fields)
            self._wait(self._w3.eth.send_raw_transaction(signed.raw_transaction))
        return count / (time.monotonic() - started)

    def bare(self, count: int) -> float:
        """Hand over signed batches at once; return mints a second until the last receipt."""
        sizes = [_BATCH] * (count // _BATCH) + ([count % _BATCH] if count % _BATCH else [])
        first = self._nonce()
        raws = [
            self._signed_call(self._mint_call(size), first + place, 60_000 * size + 200_000)
            for place, size in enumerate(sizes)
        ]
        started = time.monotonic()
        for tx_hash in [self._send(raw) for raw in raws]:
            self._wait(tx_hash)
        return count / (time.monotonic() - started)

    def _mint_call(self, size: int) -> Any:
        """Return a mint of fresh vouchers, signed by the bank side."""
        vouchers = [
            Voucher(token_bytes(32), Coins(_UNIT), Coins(0), Coins(_UNIT), self.sender.address, token_bytes(32))
            for _ in range(size)
        ]
        expiry = datetime.fromtimestamp(self._w3.eth.get_block("latest")["timestamp"], tz=UTC) + timedelta(hours=6)
        domain = Domain("NarrowBank", CHAIN_ID, self._deployment.address("NarrowBank"))
        digest = vouchers_digest(domain, signer_set=1, expires_at=expiry, vouchers=vouchers)
        words = [(v.deposit, v.value.units, v.offset.units, v.amount.units, v.to, v.order) for v in vouchers]
        return self._bank.functions.mint(words, int(expiry.timestamp()), _signed(self._bank_keys, digest))

    def _signed_call(self, call: Any, nonce: int, gas: int) -> bytes:
        """Build and sign without asking the chain for an estimate."""
        base = self._w3.eth.get_block("latest")["baseFeePerGas"]
        fields = {"nonce": nonce, "gas": gas, "maxFeePerGas": 2 * base + 10**9, "maxPriorityFeePerGas": 10**9}
        fields |= {"chainId": CHAIN_ID, "to": call.address, "data": call._encode_transaction_data(), "value": 0}
        return bytes(self.sender.sign_transaction(fields).raw_transaction)

    def _nonce(self) -> int:
        """Return the sender's next nonce."""
        return self._w3.eth.get_transaction_count(self.sender.address, "pending")

    def _send(self, raw: bytes) -> Any:
        """Hand a transaction over."""
        return self._w3.eth.send_raw_transaction(raw)

    def _wait(self, tx_hash: Any) -> None:
        """Wait for a good receipt."""
        receipt = self._w3.eth.wait_for_transaction_receipt(tx_hash, timeout=300, poll_latency=0.01)
        if receipt["status"] != 1:
            raise SystemExit(f"a transaction of the baseline reverted: {tx_hash.hex()}")


def _signed(keys: list[Key], digest: bytes) -> bytes:
    """Return two signatures, packed."""
    return pack_signatures([Signature(key.address, sign64(key, digest)) for key in keys[:2]])[0]


class Ours:
    """The node with its bank, chain and signing parties."""

    def __init__(self, devnet: Devnet, summary: dict[str, Any]) -> None:
        """Register the customer whose credits are minted."""
        self._api = Api(summary["api"], summary["api_keys"]["operator"])
        self._bank, self._iban = summary["bank"], devnet.wish.reserve.iban
        customer = samples.CUSTOMERS[0]
        account = actors.CUSTOMERS[0]
        told = self._api.post("/v1/customers", {"name": customer.name})
        challenge = self._api.post("/v1/wallets/challenge", {"address": account.address})["message"]
        wish = {"customer_id": told["id"], "message": challenge, "signature": sign_text(account, challenge)}
        self._reference = self._api.post("/v1/wallets", wish)["reference"]
        self._done = 0

    def settle(self, count: int) -> float:
        """Have the bank book credits; return mints a second until all are issued."""
        credit = {"iban": self._iban, "amount": "1.00", "currency": "EUR", "reference": self._reference}
        credit |= {"debtor": {"name": samples.CUSTOMERS[0].name}, "structured": True}
        post(f"{self._bank}/_bank/credits", {"credits": [credit] * count})
        started = time.monotonic()
        self._done += count
        wanted = self._done * _UNIT
        while int(self._supply() * _UNIT) < wanted or self._open():
            if time.monotonic() - started > _PATIENCE_SECONDS:
                raise SystemExit("the mints were not settled in time")
            time.sleep(0.2)
        return count / (time.monotonic() - started)

    def _supply(self) -> float:
        """Return the token's supply in whole tokens."""
        return float(self._api.get("/v1/supply")["supply"])

    def _open(self) -> bool:
        """Whether an order is still under way."""
        under_way = ("approved", "batched")
        return any(self._api.get("/v1/mint-orders", state=state, limit="1")["data"] for state in under_way)


def measure(options: argparse.Namespace, say: Any) -> dict[str, Any]:
    """Bring a devnet up, run the rounds, and return the figures."""
    home = Path(tempfile.mkdtemp(prefix="bench-mint-"))
    wish = Wish(engine=options.engine, block_seconds=options.block_seconds, reserve=ReserveAccount())
    devnet = Devnet(home, Ports.from_base(0), wish, say)
    try:
        summary = devnet.up(before_node=lambda one: one.open_reserve_account(_OPENING))
        ours, baseline = Ours(devnet, summary), Baseline(devnet)
        rounds = []
        for number in range(options.rounds):
            row = {
                "ours": ours.settle(options.credits),
                "naive": baseline.naive(options.naive),
                "bare": baseline.bare(options.credits),
            }
            rounds.append(row)
            say(f"round {number + 1}: " + ", ".join(f"{name} {rate:.1f}/s" for name, rate in row.items()))
    finally:
        devnet.remove()
        shutil.rmtree(home, ignore_errors=True)
    return {
        "bench": "mint",
        "engine": options.engine,
        "block_seconds": options.block_seconds,
        "credits": options.credits,
        "ours": round(statistics.median(row["ours"] for row in rounds), 2),
        "baseline": round(statistics.median(row["naive"] for row in rounds), 2),
        "bare": round(statistics.median(row["bare"] for row in rounds), 2),
        "ratio": round(statistics.median(row["ours"] / row["naive"] for row in rounds), 2),
        "ratio_to_bare": round(statistics.median(row["ours"] / row["bare"] for row in rounds), 3),
        "rounds": [{name: round(rate, 2) for name, rate in row.items()} for row in rounds],
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--credits", type=int, default=1000, help="credits in the bank's file")
    parser.add_argument("--naive", type=int, default=20, help="mints of the naive script in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engine", choices=("embedded", "anvil"), default="embedded")
    parser.add_argument("--block-seconds", type=float, default=1)
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    options = parser.parse_args()
    console = Console(stderr=True)
    figures = measure(options, lambda text: console.print(text, highlight=False))
    if options.output == "json":
        print(json.dumps(figures))
    else:
        print(f"ours {figures['ours']}/s, naive {figures['baseline']}/s, bare chain {figures['bare']}/s")
        print(f"{figures['ratio']} times the naive script, {figures['ratio_to_bare']} of the bare chain")
    return 0


if __name__ == "__main__":
    sys.exit(main())
