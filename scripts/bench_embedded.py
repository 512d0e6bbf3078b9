"""How fast the embedded chain mints in blocks of 200, against a naive loop on the same EVM, in one run.

    python scripts/bench_embedded.py [-o json] [--mints 400] [--rounds 5]

The naive loop does for each mint what a client with a test chain in its own process does: estimate the gas, apply the
transaction to the pending block, mine it, read the receipt. Ours sends each raw transaction and mines a block for 200
of them, on a chain in a file that is durable block by block. Both are given signed transactions. The rounds alternate;
rates are in mints a second of processor time, because the machine may be shared. Exit code 1 when the median ratio, or
more than one of five rounds, is below the gate.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
GATE = 12.0
BLOCK = 200
HOLDERS = 10**6
CHAIN_ID = 31337


def main(arguments: list[str] | None = None) -> int:
    """Run the rounds, print them, and return the exit code."""
    options = _parser().parse_args(arguments)
    # Both sides hash with the faster backend; it must be chosen before the EVM is imported.
    os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")
    sys.path[:0] = [str(ROOT), str(ROOT / "devnet")]
    rounds = [_round(options.mints) for _ in range(options.rounds)]
    ratios = [one["ratio"] for one in rounds]
    result: dict[str, Any] = {
        "bench": "embedded",
        **{key: statistics.median(one[key] for one in rounds) for key in rounds[0]},
    }
    result["rounds"] = rounds
    print(json.dumps(result) if options.output == "json" else _table(result))
    enough = sum(ratio >= GATE for ratio in ratios) >= 0.8 * len(ratios)
    return 0 if enough and result["ratio"] >= GATE else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Mints a second on the embedded chain, in blocks of 200.")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")
    parser.add_argument("--mints", type=int, default=400, help="in each of our rounds; the naive loop makes a tenth")
    parser.add_argument("--rounds", type=int, default=5)
    return parser


def _table(result: dict[str, Any]) -> str:
    lines = [f"{one['ours']:8.0f} {one['baseline']:8.1f} {one['ratio']:6.1f}x" for one in result["rounds"]]
    return "\n".join(
        ["    ours    naive  ratio   (mints a second)", *lines, f"median {result['ratio']:.1f}x, gate {GATE}x"]
    )


def _round(mints: int) -> dict[str, float]:
    ours, baseline = _ours(mints), _naive(mints // 10)
    return {"ours": ours, "baseline": baseline, "ratio": ours / baseline}


def _ours(mints: int) -> float:
    """Mint through the embedded chain's JSON-RPC methods and return mints a second."""
    from tests.devnet.evm.driver import Driver
    from tradecoin_devnet.evm.chain import EmbeddedChain

    with TemporaryDirectory() as folder:
        chain = EmbeddedChain.open(Path(folder) / "chain.sqlite")
        driver = Driver(chain.rpc)
        box = driver.deploy()
        driver.call("evm_setAutomine", False)
        raws = [_signed(order + 1, box, _mint(order), 120_000) for order in range(mints)]
        started = process_time()
        for first in range(0, mints, BLOCK):
            for raw in raws[first : first + BLOCK]:
                driver.send(raw)
            driver.call("evm_mine")
        seconds = process_time() - started
        minted = len(driver.call("eth_getLogs", {"fromBlock": "0x0"}))
        chain.close()
    if minted != mints:
        raise RuntimeError(f"{minted} of {mints} mints are on the chain")
    return mints / seconds


def _naive(mints: int) -> float:
    """Mint one by one with py-evm's own mining chain in memory and return mints a second."""
    from eth.chains.base import MiningChain
    from eth.db.atomic import AtomicDB
    from eth.vm.forks.prague import PragueVM

    from tests.devnet.evm.box import CODE
    from tradecoin_devnet.evm.accounts import DEV_ACCOUNTS
    from tradecoin_devnet.evm.rules import decode_transaction

    alice = DEV_ACCOUNTS[0]
    configured: Any = MiningChain.configure(vm_configuration=((0, PragueVM),), chain_id=CHAIN_ID)
    state = {bytes.fromhex(alice.address[2:]): {"balance": 10**24, "nonce": 0, "code": b"", "storage": {}}}
    genesis = {"difficulty": 0, "gas_limit": 60_000_000, "timestamp": 1_700_000_000}
    chain = configured.from_genesis(AtomicDB(), genesis, state)

    def transact(raw: str) -> Any:
        transaction = decode_transaction(bytes.fromhex(raw[2:]))
        chain.estimate_gas(transaction)
        _, receipt, computation = chain.apply_transaction(transaction)
        mined = chain.mine_block()
        chain.get_transaction_receipt(mined.transactions[0].hash)
        return receipt, computation

    _, made = transact(_signed(0, None, "0x" + CODE, 1_000_000))
    box = "0x" + made.msg.storage_address.hex()
    raws = [_signed(order + 1, box, _mint(order), 120_000) for order in range(mints)]
    started = process_time()
    receipts = [transact(raw)[0] for raw in raws]
    seconds = process_time() - started
    if sum(len(receipt.logs) for receipt in receipts) != mints:
        raise RuntimeError("a naive mint failed")
    return mints / seconds


def _mint(order: int) -> str:
    from tests.devnet.evm.box import call_data

    return call_data("mint", HOLDERS + order, order, 5)


def _signed(nonce: int, to: str | None, data: str, gas: int) -> str:
    from tests.devnet.evm.driver import signed

    return signed(nonce, to=to, data=data, gas=gas, value=0)


if __name__ == "__main__":
    sys.exit(main())
