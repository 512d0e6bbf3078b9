"""The plan file, and the script that deploys by it on a chain behind HTTP."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.chain.kit import ADDRESSES, KEYS, fresh_endpoint, parties
from tradecoin.adapters.chain.deployment import Deployment
from tradecoin.adapters.chain.plan_file import BadPlanFile, read_plan
from tradecoin.artefacts.plan import Terms
from tradecoin_devnet.evm.server import RpcServer

ROOT = Path(__file__).parents[3]
GOOD = f"""
[parties]
admin = "{ADDRESSES["admin"]}"
governor = "{ADDRESSES["governor"]}"
guardians = ["{ADDRESSES["guardian"]}"]
compliance = "{ADDRESSES["compliance"]}"
seizer = "{ADDRESSES["seizer"]}"
payer = "{ADDRESSES["payer"]}"
bank_signers = ["{ADDRESSES["bank 3"]}", "{ADDRESSES["bank 1"]}", "{ADDRESSES["bank 2"]}"]
auditors = ["{ADDRESSES["auditor 3"]}", "{ADDRESSES["auditor 1"]}", "{ADDRESSES["auditor 2"]}"]
"""


def _plan(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("old", "new", "setting"),
    [
        ("[parties]", "[partys]", "partys"),
        ("seizer = ", "siezer = ", "parties.siezer"),
        (f'payer = "{ADDRESSES["payer"]}"', "", "parties.payer"),
        (ADDRESSES["payer"], ADDRESSES["payer"][:-1], "parties.payer"),
        (ADDRESSES["payer"], ADDRESSES["payer"].swapcase().replace("0X", "0x"), "parties.payer"),
        (ADDRESSES["payer"], "0x" + "00" * 20, "parties.payer"),
        (f'["{ADDRESSES["guardian"]}"]', f'"{ADDRESSES["guardian"]}"', "parties.guardians"),
        (ADDRESSES["bank 2"], ADDRESSES["bank 1"], "parties.bank_signers"),
        (ADDRESSES["auditor 2"], ADDRESSES["bank 1"], "parties.auditors"),
        ("[parties]", "[parties]\nbank_threshold = 1", "parties.bank_signers"),
        ("[parties]", "[parties]\nauditor_threshold = 4", "parties.auditors"),
        ("[parties]", "[parties]\nauditor_threshold = true", "parties.auditor_threshold"),
        ("[parties]", "[terms]\nsla = 0\n[parties]", "terms.sla"),
        ("[parties]", "[terms]\nsla = 1.5\n[parties]", "terms.sla"),
        ("[parties]", "[terms]\ncurrency = 'EUR'\n[parties]", "terms.currency"),
        ("[parties]", f"[terms]\nname = '{'n' * 32}'\n[parties]", "terms.name"),
    ],
)
def test_a_plan_with_a_fault_is_refused_by_its_setting(tmp_path: Path, old: str, new: str, setting: str) -> None:
    """Whoever wrote it learns which line to look at; nothing is deployed."""
    with pytest.raises(BadPlanFile) as caught:
        read_plan(_plan(tmp_path, GOOD.replace(old, new)), deployer=ADDRESSES["deployer"])
    assert caught.value.facts["setting"] == setting


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    """Neither is one that is not there."""
    for path in (_plan(tmp_path, "[parties"), tmp_path / "none"):
        with pytest.raises(BadPlanFile):
            read_plan(path, deployer=ADDRESSES["deployer"])


def test_a_good_plan_is_read_with_its_signers_in_order(tmp_path: Path) -> None:
    """The contract wants them ascending; the file need not."""
    plan = read_plan(_plan(tmp_path, GOOD + "[terms]\nsla = 100_000\n"), deployer=ADDRESSES["deployer"])
    assert plan == (parties(), Terms(sla=100_000))


@pytest.fixture
def url() -> Iterator[str]:
    """Serve a fresh chain over HTTP."""
    server = RpcServer(0)
    server.rpc = fresh_endpoint().chain.rpc
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()
    thread.join()


def _script(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "deploy"), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": f"{ROOT / 'node'}:{ROOT / 'devnet'}", "PATH": ""},
        timeout=60,
    )


def test_the_script_deploys_over_http(tmp_path: Path, url: str) -> None:
    """One command from a plan file to a deployment file; refusals and silence have their exit codes."""
    key = tmp_path / "key"
    key.write_text(KEYS["deployer"].hex())
    key.chmod(0o600)
    words = ["--key", key, "--plan", _plan(tmp_path, GOOD), "--folder", tmp_path / "deployments", "--devnet"]
    assert _script("--rpc", "http://127.0.0.1:9", *words).returncode == 3
    key.chmod(0o644)
    assert _script("--rpc", url, *words).returncode == 4
    key.chmod(0o600)
    done = _script("--rpc", url, *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert Deployment.load(Path(done.stdout.strip())).chain_id == 31337
