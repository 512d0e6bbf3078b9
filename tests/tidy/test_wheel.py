"""What `pip install` brings: the whole of both packages, compiled contracts, migrations and samples included."""

import subprocess
import sys
import zipfile
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.tidy.house import MADE, ROOT

SOURCE_ROOTS = ("node", "devnet")


def packaged(root: Path) -> set[str]:
    """The files below the source roots, as paths in a wheel; caches are not files of ours."""
    found = (path.relative_to(root / top) for top in SOURCE_ROOTS for path in (root / top).rglob("*") if path.is_file())
    return {path.as_posix() for path in found if not MADE & set(path.parts) and path.suffix != ".pyc"}


def left_out(expected: Collection[str], brought: Collection[str]) -> list[str]:
    """The files that an installation would lack."""
    return sorted(set(expected) - set(brought))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    trouble = built.stderr if built.returncode else ""
    assert trouble == ""
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        return set(archive.namelist())


def test_the_wheel_brings_every_file_of_both_packages(wheel: set[str]) -> None:
    """An installed node needs neither the checkout nor a compiler."""
    assert left_out(packaged(ROOT), wheel) == []


def test_the_wheel_brings_nothing_else(wheel: set[str]) -> None:
    """Tests, scripts and locks stay where they are used."""
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"tradecoin", "tradecoin_devnet"}


def test_the_check_of_the_wheel_sees_a_missing_file() -> None:
    """It goes red on a file that the build leaves behind."""
    assert left_out({"tradecoin/a.py", "tradecoin/b.json"}, {"tradecoin/a.py"}) == ["tradecoin/b.json"]
