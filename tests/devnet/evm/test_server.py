"""The chain as a process: its door, its death, and its life after it."""

import json
import signal
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from web3 import Web3
from web3.exceptions import ContractCustomError, ContractLogicError
from web3.types import Nonce

from tests.devnet.evm.box import CODE, call_data
from tests.devnet.evm.driver import ALICE, BOB, Driver, signed
from tradecoin_devnet.evm.__main__ import main
from tradecoin_devnet.evm.chain import EmbeddedChain
from tradecoin_devnet.evm.process import ChainFailed, ChainProcess, start_embedded
from tradecoin_devnet.evm.server import RpcServer, answer

HOLDER = 0xB0B
BOX_ABI = [
    {"type": "error", "name": "TooMuch", "inputs": [{"type": "uint256", "name": n} for n in ("wanted", "most")]},
    {
        "type": "function",
        "name": "mint",
        "stateMutability": "nonpayable",
        "inputs": [{"type": kind, "name": kind} for kind in ("address", "uint256", "uint256")],
        "outputs": [],
    },
    {
        "type": "function",
        "name": "balanceOf",
        "stateMutability": "view",
        "inputs": [{"type": "address", "name": "holder"}],
        "outputs": [{"type": "uint256", "name": ""}],
    },
    {
        "type": "event",
        "name": "Minted",
        "anonymous": False,
        "inputs": [
            {"type": "address", "name": "to", "indexed": True},
            {"type": "uint256", "name": "order", "indexed": True},
            {"type": "uint256", "name": "amount", "indexed": False},
        ],
    },
]


@pytest.fixture
def server() -> Iterator[RpcServer]:
    """Serve a chain from this process."""
    chain = EmbeddedChain.in_memory()
    server = RpcServer(0)
    server.rpc = chain.rpc
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
    chain.close()


@pytest.fixture
def connection(server: RpcServer) -> Iterator[HTTPConnection]:
    """Open one connection for the whole test."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    yield connection
    connection.close()


def post(connection: HTTPConnection, body: object) -> Any:
    """Post bytes or JSON and return the JSON of the answer."""
    connection.request("POST", "/", body if isinstance(body, bytes) else json.dumps(body))
    response = connection.getresponse()
    assert response.status == 200
    return json.loads(response.read())


def start(folder: Path, **options: str | int | float | Path) -> ChainProcess:
    """Start the real process on a free port with its data in a folder."""
    return start_embedded(folder / "log", {"port": 0, "data": folder / "chain.sqlite", **options})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[" * 100_000, -32700),
        (b"{", -32700),
        (b"[]", -32600),
        (b"7", -32600),
        (b'{"id": 1}', -32600),
        (b'{"id": 1, "method": "eth_chainId", "params": {}}', -32600),
        (b'{"id": 1, "method": "nope"}', -32601),
        (b'{"id": 1, "method": "eth_getBalance", "params": ["0x1"]}', -32602),
    ],
)
def test_a_request_that_is_none_is_refused(connection: HTTPConnection, body: bytes, code: int) -> None:
    """With the code of the JSON-RPC specification, and the connection lives on."""
    assert post(connection, body)["error"]["code"] == code
    assert post(connection, {"id": 2, "method": "eth_chainId"})["result"] == "0x7a69"


def test_a_huge_request_is_refused(connection: HTTPConnection) -> None:
    """Before it is read."""
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(10**9))
    connection.endheaders()
    assert connection.getresponse().status == 413


def test_an_unknown_page_is_refused(connection: HTTPConnection) -> None:
    """There is only /status."""
    connection.request("GET", "/metrics")
    assert connection.getresponse().status == 404


def test_a_fault_inside_becomes_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """The client is told, the log has the trace."""

    def broken(method: str, params: list[Any]) -> Any:
        raise KeyError(method)

    assert json.loads(answer(broken, b'{"id": 1, "method": "x"}'))["error"]["code"] == -32603
    assert "KeyError" in capsys.readouterr().err


def test_a_batch_is_answered_in_order(connection: HTTPConnection) -> None:
    """Refusals among the results."""
    batch = [{"jsonrpc": "2.0", "id": n, "method": m} for n, m in enumerate(("eth_chainId", "nope", "eth_blockNumber"))]
    replies = post(connection, batch)
    assert [reply["id"] for reply in replies] == [0, 1, 2]
    assert ["result" in reply for reply in replies] == [True, False, True]


def test_health_is_shown(connection: HTTPConnection) -> None:
    """A launcher can wait for it."""
    connection.request("GET", "/status")
    assert json.loads(connection.getresponse().read()) == {"ok": True, "chain_id": 31337, "block": 0}


def test_many_connections_at_once_leave_one_whole_chain(server: RpcServer) -> None:
    """Threads never see half a block."""

    def send(raws: list[str]) -> None:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
        for raw in raws:
            post(connection, {"id": 1, "method": "eth_sendRawTransaction", "params": [raw]})
        connection.close()

    raws = {account: [signed(nonce, account) for nonce in range(10)] for account in (ALICE, BOB)}
    threads = [Thread(target=send, args=(of_account,)) for of_account in raws.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chain = Driver(server.rpc)
    assert (chain.height(), chain.nonce(ALICE), chain.nonce(BOB)) == (20, 10, 10)


def test_web3_works_against_it(server: RpcServer) -> None:
    """Deploy, send, wait, call, decode an event and an error, read fees: as an integrator would."""
    w3 = Web3(Web3.HTTPProvider(f"http://127.0.0.1:{server.port}"))
    account = w3.eth.account.from_key(ALICE.key)
    made = w3.eth.send_raw_transaction(bytes.fromhex(signed(0, to=None, data="0x" + CODE, gas=10**6, value=0)[2:]))
    address = w3.eth.wait_for_transaction_receipt(made, poll_latency=0.01)["contractAddress"]
    assert address is not None
    box = w3.eth.contract(address=address, abi=BOX_ABI)
    holder = w3.to_checksum_address(f"0x{HOLDER:040x}")
    built = box.functions.mint(holder, 1, 500).build_transaction({"from": account.address, "nonce": Nonce(1)})
    sent = w3.eth.send_raw_transaction(account.sign_transaction(built).raw_transaction)
    receipt = w3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)
    (event,) = box.events.Minted().process_receipt(receipt)
    assert (event["args"]["amount"], receipt["status"]) == (500, 1)
    assert box.functions.balanceOf(holder).call() == 500
    assert box.events.Minted().get_logs(from_block=0)[0]["transactionHash"] == sent
    with pytest.raises(ContractCustomError):
        box.functions.mint(holder, 1, 10**25).call()
    with pytest.raises(ContractLogicError, match="nothing to mint"):
        box.functions.mint(holder, 1, 0).call()
    assert w3.eth.get_block("finalized")["number"] == 0
    assert w3.eth.fee_history(2, "latest", [50])["oldestBlock"] == 1
    assert w3.eth.get_transaction(sent)["blockNumber"] == 2


def test_a_busy_port_ends_the_process_with_three(tmp_path: Path) -> None:
    """And the message names the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ChainFailed, match=f"port {port}"):
            start(tmp_path, port=port)


def test_a_database_in_use_is_refused_with_three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two processes never write one chain."""
    file = tmp_path / "chain.sqlite"
    holder = EmbeddedChain.open(file)
    assert main(["--port", "0", "--data", str(file)]) == 3
    assert "database is locked" in capsys.readouterr().err
    holder.close()


def test_a_database_of_another_chain_is_refused_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A chain never changes its id."""
    file = tmp_path / "chain.sqlite"
    EmbeddedChain.open(file).close()
    assert main(["--port", "0", "--data", str(file), "--chain-id", "5"]) == 2
    assert "of chain 31337, not 5" in capsys.readouterr().err


def test_the_chain_is_whole_after_a_kill(tmp_path: Path) -> None:
    """Every block that was answered for is there, with its state, and the chain goes on."""
    process = start(tmp_path)
    chain = Driver(process.rpc)
    box = chain.deploy()
    hashes = [chain.mint(box, HOLDER, order, 5) for order in range(5)]
    head = chain.head()
    assert process.kill() == -signal.SIGKILL
    with start(tmp_path) as again:
        chain = Driver(again.rpc)
        assert chain.head() == head
        assert [chain.receipt(one)["status"] for one in hashes] == ["0x1"] * 5
        assert chain.number("eth_call", {"to": box, "data": call_data("totalSupply")}, "latest") == 25
        assert len(chain.call("eth_getLogs", {"fromBlock": "0x0"})) == 5
        chain.mint(box, HOLDER, 6, 5)
        assert again.stop() == 0


def test_a_reorganisation_is_kept(tmp_path: Path) -> None:
    """Opened again the chain has the new branch, and a further one differs from all before."""
    file = tmp_path / "chain.sqlite"
    chain = EmbeddedChain.open(file)
    heads = []
    for _ in range(3):
        driver = Driver(chain.rpc)
        driver.call("anvil_mine", "0x1")
        driver.call("anvil_reorg", 1, [])
        heads.append(driver.head())
        chain.close()
        chain = EmbeddedChain.open(file)
        assert Driver(chain.rpc).head() == heads[-1]
    assert len({head["extraData"] for head in heads}) == 3
    chain.close()


def test_a_kill_in_the_middle_leaves_a_whole_chain(tmp_path: Path) -> None:
    """Killed while it mines without pause, it comes back at some block whose state and receipts are all there."""
    process = start(tmp_path)
    chain = Driver(process.rpc)
    box = chain.deploy()

    def mint_until_killed() -> None:
        try:
            for order in range(1000):
                chain.mint(box, HOLDER, order, 5)
        except (OSError, ValueError):
            return

    minting = Thread(target=mint_until_killed)
    minting.start()
    while Driver(process.rpc).height() < 5:
        pass
    process.kill()
    minting.join()
    again = EmbeddedChain.open(tmp_path / "chain.sqlite")
    chain = Driver(again.rpc)
    mints = chain.height() - 1
    assert mints >= 4
    assert chain.number("eth_call", {"to": box, "data": call_data("totalSupply")}, "latest") == 5 * mints
    assert len(chain.call("eth_getLogs", {"fromBlock": "0x0"})) == mints
    assert chain.nonce(ALICE) == mints + 1
    again.close()


def test_the_options_reach_the_chain(tmp_path: Path) -> None:
    """Chain id, clock, finality, gas limit and interval."""
    clock = tmp_path / "clock.json"
    clock.write_text('{"offset_seconds": 1000000000}')
    options = {"chain-id": 5, "finality": 6, "gas-limit": 30_000_000, "block-time": 0.05}
    with start(tmp_path, clock=clock, **options) as process:
        chain = Driver(process.rpc)
        sent = chain.send(signed(0, chainId=5))
        assert chain.receipt(sent)["status"] == "0x1"
        while chain.height() < 8:
            pass
        head = chain.head()
        assert int(head["gasLimit"], 16) == 30_000_000
        assert int(head["timestamp"], 16) > 2_600_000_000
        assert chain.call("eth_chainId") == "0x5"
