"""anvil is found where it is; where it is missing, the message helps."""

from pathlib import Path

import pytest

from tradecoin_devnet.anvil import AnvilMissing, find_anvil


def test_a_missing_anvil_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where was looked, and what to do."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AnvilMissing, match=rf"looked in PATH, {tmp_path}/node_modules.*--engine embedded"):
        find_anvil([tmp_path / "node_modules"])


def test_the_binary_is_preferred_to_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PATH first, then the package's binary, then the script that starts it."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("platform.system", lambda: "Linux")
    script = tmp_path / ".bin" / "anvil"
    binary = tmp_path / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
    on_path = tmp_path / "bin" / "anvil"
    for place in (script, binary, on_path):
        place.parent.mkdir(parents=True)
        place.touch(mode=0o755)
        assert find_anvil([tmp_path]) == place
