"""The real process: it starts fast, keeps what it answered through kill -9, ends cleanly, and shares files."""

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.devnet.bank.kit import BOB, START, TODAY, payment_file
from tradecoin_devnet.clock import DevnetClock

ROOT = Path(__file__).parents[3]
IBAN = "NL30NRWB0000000001"


class Process:
    """A bank in a process of its own, with one connection to it that stays open."""

    def __init__(self, folder: Path, *more: str) -> None:
        """Start it and read the line in which it says where it is."""
        seed = folder / "seed.json"
        account = {"iban": IBAN, "name": "Issuer", "kind": "reserve", "opening_balance": "1000.00"}
        seed.write_text(json.dumps({"accounts": [account]}))
        command = [sys.executable, "-m", "tradecoin_devnet.bank", "--port", "0", "--data", str(folder / "data")]
        command += ["--clock", str(folder / "clock.json"), "--seed", str(seed), *more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT / "devnet", text=True)
        assert self.process.stdout is not None
        self.ready = json.loads(self.process.stdout.readline())
        self.address = urlsplit(self.ready["bank"]).netloc
        self.connection = http.client.HTTPConnection(self.address, timeout=10)

    def ask(self, method: str, path: str, body: bytes | dict[str, object] | None = None) -> tuple[int, Any]:
        """Return status and content."""
        raw = json.dumps(body).encode() if isinstance(body, dict) else body
        self.connection.request(method, path, raw)
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())

    def end(self, number: int) -> int:
        """Send a signal and return the exit code."""
        self.connection.close()
        self.process.send_signal(number)
        code = self.process.wait(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a starter of banks that all work on the same data; none is left running."""
    DevnetClock(tmp_path / "clock.json").start_at(START)
    started: list[Process] = []

    def start(*more: str) -> Process:
        started.append(Process(tmp_path, *more))
        return started[-1]

    yield start
    for bank in started:
        if bank.process.poll() is None:
            bank.end(signal.SIGKILL)


def test_a_port_that_is_taken_ends_the_bank_with_three(start: Start, tmp_path: Path) -> None:
    """The message names the port; the exit code is the one that scripts rely on."""
    port = start().address.split(":")[1]
    command = [sys.executable, "-m", "tradecoin_devnet.bank", "--port", port, "--data", str(tmp_path / "other")]
    command += ["--clock", str(tmp_path / "clock.json")]
    second = subprocess.run(command, cwd=ROOT / "devnet", capture_output=True, text=True, timeout=10, check=False)
    assert (second.returncode, port in second.stderr) == (3, True)


def test_it_says_where_it_is_and_ends_cleanly(start: Start) -> None:
    """One line of JSON when it can be asked; exit code 0 on SIGTERM."""
    bank = start()
    assert bank.ready["started_ms"] >= 0
    assert bank.ask("GET", "/status")[1]["status"] == "ok"
    assert bank.end(signal.SIGTERM) == 0


def test_what_was_answered_survives_kill_9(start: Start) -> None:
    """Killed at any moment, the bank comes back with every entry that it confirmed, and pays a repeated file once."""
    bank = start()
    payment = payment_file(IBAN, ("E1", "10.00"))
    credit = bank.ask("POST", "/_bank/credits", {"iban": IBAN, "amount": "5.00", "debtor": BOB})[1]
    paid = bank.ask("POST", "/payments", payment)
    book, sent = bank.ask("GET", f"/accounts/{IBAN}/entries"), bank.ask("GET", "/messages")
    assert bank.end(signal.SIGKILL) == -signal.SIGKILL
    bank = start()
    assert bank.ask("GET", f"/accounts/{IBAN}/entries") == book
    assert bank.ask("GET", "/messages") == sent
    assert bank.ask("POST", "/payments", payment) == paid
    assert bank.ask("GET", f"/accounts/{IBAN}")[1]["balance"] == "995.00"
    assert book[1][0]["reference"] == credit["reference"]
    assert bank.ask("GET", "/status")[1]["contradictions"] == []


def test_a_request_that_kill_9_cuts_off_happened_wholly_or_not_at_all(start: Start) -> None:
    """Money without a message, or a message without money, is never found after the restart."""
    bank = start()
    files = [payment_file(IBAN, (f"E{number}", "1.00"), checked=False) for number in range(8)]
    for number, raw in enumerate(files):
        with closing(http.client.HTTPConnection(bank.address, timeout=10)) as connection:
            connection.request("POST", "/payments", raw)
            if number % 2:
                time.sleep(0.004 * number)  # the kill lands before, in and after the commit
            bank.end(signal.SIGKILL)
        bank = start()
        status = bank.ask("GET", "/status")[1]
        debits = len(bank.ask("GET", f"/accounts/{IBAN}/entries")[1])
        notices = len(bank.ask("GET", "/messages?kind=camt.054")[1])
        assert (status["contradictions"], debits, status["payments"]) == ([], notices, notices)
    answers = [bank.ask("POST", "/payments", raw)[1]["status"] for raw in files]
    assert answers == ["ACSC"] * len(files)
    assert bank.ask("GET", f"/accounts/{IBAN}")[1]["balance"] == "992.00"


def test_many_may_ask_at_once(start: Start) -> None:
    """Each of eight customers on connections of their own gets their answer; no two entries share a reference."""
    bank = start()

    def pay_in(_: int) -> list[str]:
        with closing(http.client.HTTPConnection(bank.address, timeout=30)) as connection:
            references = []
            for _ in range(5):
                connection.request("POST", "/_bank/credits", json.dumps({"iban": IBAN, "amount": "1.00"}))
                references.append(json.loads(connection.getresponse().read())["reference"])
            return references

    with ThreadPoolExecutor(8) as customers:
        references = [reference for made in customers.map(pay_in, range(8)) for reference in made]
    assert len(set(references)) == 40
    assert bank.ask("GET", f"/accounts/{IBAN}")[1]["balance"] == "1040.00"
    assert [message["seq"] for message in bank.ask("GET", "/messages")[1]] == list(range(1, 41))


def test_a_body_that_is_too_long_is_not_read(start: Start) -> None:
    """413 before the body is sent, in JSON like every refusal."""
    bank = start()
    bank.connection.putrequest("POST", "/payments")
    bank.connection.putheader("Content-Length", str(6 * 1024 * 1024))
    bank.connection.endheaders()
    response = bank.connection.getresponse()
    assert (response.status, json.loads(response.read())["code"]) == (413, "too_large")


def wait_for(found: Callable[[], bool]) -> None:
    """Wait until it is so, at most ten seconds."""
    deadline = time.monotonic() + 10
    while not found():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def test_messages_are_exchanged_as_files(start: Start, tmp_path: Path) -> None:
    """A pain.001 in `in/` is taken in and put aside; what the bank sends appears whole in `out/`."""
    folder = tmp_path / "files"
    bank = start("--files", str(folder))
    for name, raw in (("good", payment_file(IBAN, ("E1", "10.00"), on=TODAY)), ("bad", b"<no/>")):
        draft = folder / "in" / f".{name}.part"
        draft.write_bytes(raw)
        draft.rename(folder / "in" / f"{name}.xml")
    wait_for(lambda: len(list((folder / "out").glob("[!.]*.xml"))) == 3)
    names = sorted(path.name for path in (folder / "out").iterdir())
    assert names == ["00000001-pain.002.001.10.xml", "00000002-pain.002.001.10.xml", "00000003-camt.054.001.08.xml"]
    wait_for(lambda: not any((folder / "in").iterdir()))
    assert json.loads((folder / "done" / "good.json").read_text())["status"] == "ACSC"
    assert json.loads((folder / "refused" / "bad.json").read_text())["code"] == "unreadable_file"
    sent = bank.ask("GET", "/messages")[1]
    assert (folder / "out" / names[2]).read_text() == sent[2]["body"]


def test_the_day_ends_without_anybody_asking(start: Start, tmp_path: Path) -> None:
    """The clock alone makes the bank write its statement into the folder."""
    folder = tmp_path / "files"
    start("--files", str(folder))
    clock = DevnetClock(tmp_path / "clock.json")
    clock.start_at(START.replace(hour=23, minute=59, second=59))
    wait_for(lambda: (folder / "out" / "00000001-camt.053.001.08.xml").exists())
