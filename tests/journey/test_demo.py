"""`tradecoin demo`: the whole story by one command, its report, and files that cannot carry it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tradecoin.cli import main
from tradecoin_devnet import samples

pytestmark = pytest.mark.slow
FILES = Path(__file__).parents[1] / "data" / "bank"


def demo(home: Path, *options: str) -> subprocess.Popen[str]:
    """Start the command."""
    words = [sys.executable, "-m", "tradecoin", "demo", "--home", str(home), *options]
    search = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "TRADECOIN_PORT_BASE": "0", "PYTHONPATH": search}
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(home: Path, *options: str) -> tuple[int, str, str]:
    """Run the command; return exit code, output and errors."""
    process = demo(home, *options)
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


def running_below(home: Path) -> list[str]:
    """Return the command lines of processes that name the folder."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            lines.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return [line for line in lines if str(home) in line and "tradecoin demo" not in line]


def test_the_story_ends_with_all_zeros_and_leaves_nothing(tmp_path: Path) -> None:
    """Twelve credits, each with its own fate; two redemptions paid, one given back; bank, ledger and chain agree."""
    code, out, err = finished(tmp_path / "home", "--json", str(tmp_path / "report.json"))
    assert (code, err) == (0, "")
    report: dict[str, Any] = json.loads((tmp_path / "report.json").read_text())
    assert set(report) == {"ok", "seconds", "deposits", "mints", "attestation", "redemptions", "payouts", "audit"}
    assert set(report["attestation"]) == {"digest", "cut", "reserves", "supply", "signers"}
    assert len(report["attestation"]["signers"]) == 2
    states = [row["state"] for row in report["deposits"]]
    assert {state: states.count(state) for state in states} == {
        "consumed": 9,
        "unmatched": 1,
        "returned": 1,
        "reversed": 1,
    }
    assert [(row["mode"], row["state"]) for row in report["redemptions"]] == [
        ("direct", "settled"),
        ("gasless", "settled"),
        ("gasless", "given_back"),
    ]
    assert sorted(row["state"] for row in report["payouts"]) == ["booked", "booked", "booked", "rejected"]
    assert report["audit"]["ok"]
    assert all(check["ok"] for check in report["audit"]["checks"])
    assert max(len(line) for line in out.splitlines()) <= 100
    assert not (tmp_path / "home" / "demo").exists()
    assert running_below(tmp_path) == []


def test_the_users_own_statement_carries_the_story(tmp_path: Path) -> None:
    """Two pages, equal credits without references, Latin-1, a customer's own account: read, minted, paid, attested."""
    file = FILES / "fr_camt053_13_two_pages_latin1.xml"
    code, out, err = finished(tmp_path / "home", "--statement", str(file), "--json", str(tmp_path / "report.json"))
    assert (code, err) == (0, "")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["ok"]
    assert [row["amount"] for row in report["mints"]] == ["10.00", "10.00"]
    assert "all zeros" in out


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (samples.read(samples.STATEMENT)[:900], "line "),
        (samples.read(samples.STATEMENT).replace(b"<Amt Ccy", b"<Amt Xcy", 1), "/Document"),
        (samples.read(samples.NOTIFICATION), "a notification without balances"),
        ((FILES / "nl_mt940_swift.txt").read_bytes(), "a SWIFT statement"),
        ((FILES / "nordic_camt053_08_two_accounts.xml").read_bytes(), "overdrawn"),
        (samples.read(samples.STATEMENT).replace(b"NL30NRWB0000000001", b"NL31NRWB0000000001"), "check digit"),
        (b"hello", "neither an ISO 20022 message nor an MT940"),
    ],
)
def test_a_file_that_cannot_carry_it_is_refused_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], raw: bytes, reason: str
) -> None:
    """Exit code 4, the file and the reason in one line, and no folder, process or port was ever taken."""
    file = tmp_path / "file.xml"
    file.write_bytes(raw)
    assert main(["demo", "--home", str(tmp_path / "home"), "--statement", str(file)]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert str(file) in err
    assert reason in err
    assert not (tmp_path / "home").exists()


def test_a_taken_port_is_named_with_who_has_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3 says which of the devnet's ports is taken, and by whom."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("TRADECOIN_PORT_BASE", str(port - 1))
        assert main(["demo", "--home", str(tmp_path / "home")]) == 3
    err = capsys.readouterr().err
    assert f"port {port}, which rpc needs" in err
    assert f"process {os.getpid()}" in err
    assert running_below(tmp_path) == []


def test_stopped_in_the_middle_it_leaves_nothing(tmp_path: Path) -> None:
    """Whoever changes their mind gets the machine back as it was."""
    process = demo(tmp_path / "home")
    deadline = time.monotonic() + 60
    while len(running_below(tmp_path)) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "nothing is left running" in err
    assert running_below(tmp_path) == []
    assert not (tmp_path / "home" / "demo").exists()


def test_a_folder_that_holds_something_else_is_not_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The demo empties its own folder only."""
    theirs = tmp_path / "demo" / "thesis.tex"
    theirs.parent.mkdir()
    theirs.write_text("years of work")
    assert main(["demo", "--home", str(tmp_path)]) == 1
    assert "something else" in capsys.readouterr().err
    assert theirs.read_text() == "years of work"
