"""The embedded chain behind HTTP, an attestation on it, and a node's settings for it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.adapters.chain.kit import ADDRESSES, KEYS, InProcess, node_keys
from tests.cli.kit import Shell, edited, new_node
from tradecoin.adapters.chain.deployment import Deployment
from tradecoin.adapters.chain.reader import open_chain
from tradecoin.domain.attestation import Claim
from tradecoin.domain.chain import Call
from tradecoin.domain.money import Coins
from tradecoin.ports.chain import TxFields
from tradecoin.ports.parties import Signature
from tradecoin.signing.keys import Key, pack_signatures
from tradecoin.signing.tree import ClaimTree
from tradecoin.signing.typed import Domain, attestation_digest

SALT = b"\x07" * 32
CLAIMS = [Claim("deposit one", SALT, Coins(40_000_000)), Claim("deposit two", SALT, Coins(2_000_000))]
WHO = ("auditor 1", "auditor 2")


@dataclass
class Chained:
    """A chain and where it is."""

    url: str
    endpoint: InProcess
    deployment: Deployment
    path: Path

    def node(self, shell: Shell, folder: Path, *more: object) -> Path:
        """Make the settings of a node on this chain, with keys that are the chain's payer and relay."""
        config = new_node(shell, folder, "--rpc", self.url, "--finality", "instant", *more)
        edited(config, str(folder / "deployments" / "31337.json"), str(self.path))
        for name in ("relay", "payer"):
            (folder / "keys" / f"{name}.key").write_text(KEYS[name].hex())
        return config

    def statement(self, *, signers: tuple[str, ...] = WHO, reserves: int = 100_000_000) -> dict[str, Any]:
        """Return an attestation that follows the contract's head, as the API shows it."""
        chain = open_chain(self.endpoint, self.deployment, finality="instant")
        view, tree = chain.reserve_view(), ClaimTree.of(CLAIMS)
        cut = datetime.fromtimestamp(max(view.cut + 1, chain.head().timestamp - 5), tz=UTC) + timedelta(
            microseconds=7000
        )
        figures = {"reserves": reserves, "encumbered": 0, "settling": 0, "claims": tree.total.units}
        digest = attestation_digest(
            Domain("Reserves", 31337, self.deployment.address("Reserves")),
            signer_set=view.auditor_set,
            prev=view.head,
            claims_root=tree.root,
            evidence=b"\x09" * 32,
            cut=cut,
            **{name: Coins(units) for name, units in figures.items()},
        )
        packed, names = pack_signatures([Signature(ADDRESSES[who], Key(KEYS[who]).sign(digest)) for who in signers])
        return {
            "signer_set": view.auditor_set,
            "prev": f"0x{view.head.hex()}",
            "digest": f"0x{digest.hex()}",
            "figures": {name: f"{units // 10**6}.{units % 10**6:06d}" for name, units in figures.items()},
            "claims_root": f"0x{tree.root.hex()}",
            "evidence": "0x" + "09" * 32,
            "cut": cut.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "signatures": f"0x{packed.hex()}",
            "signers": list(names),
        }

    def publish(self, told: dict[str, Any]) -> None:
        """Put an attestation into the contract."""
        chain = open_chain(self.endpoint, self.deployment, finality="instant")
        units = [
            int(told["figures"][name].replace(".", "")) for name in ("reserves", "encumbered", "settling", "claims")
        ]
        hashes = [bytes.fromhex(told[name][2:]) for name in ("prev", "claims_root", "evidence")]
        cut = int(datetime.fromisoformat(told["cut"]).timestamp())
        struct = (told["signer_set"], hashes[0], *units, hashes[1], hashes[2], cut)
        call = Call("Reserves", "attest", (struct, bytes.fromhex(told["signatures"][2:])))
        to, data = chain.encode(call)
        relay, fees = ADDRESSES["relay"], chain.fees()
        fields = TxFields(31337, chain.nonce(relay), to, data, 0, 1_000_000, 2 * fees.base + fees.tip, fees.tip)
        raw, tx_hash = node_keys().sign("relay", fields)
        chain.send_raw(raw)
        receipt = chain.receipt(tx_hash)
        assert receipt is not None
        assert receipt.succeeded
