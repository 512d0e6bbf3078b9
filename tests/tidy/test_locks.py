"""What is installed is what was locked: exact versions, hashes, no address, one set of versions for demo and test."""

import re
import tomllib
from collections.abc import Mapping

from tests.tidy.house import ROOT

LOCKS = ("run", "test", "slither")
ENTRY = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9-]*)==(?P<version>[A-Za-z0-9.!+]+)"
    r"(?P<marker> ; [^\\\n]+?)?"
    r"(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n"
)


def lock_text(name: str) -> str:
    """The text of requirements/NAME.txt."""
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def pins(text: str) -> dict[str, str]:
    """Package to `version ; marker` of a lock."""
    return {m["name"]: m["version"] + (m["marker"] or "") for m in ENTRY.finditer(text)}


def unlocked(text: str) -> str:
    """What of a lock is not an exact pin followed by hashes; empty when everything is."""
    return ENTRY.sub("", text).strip()


def moved(small: Mapping[str, str], large: Mapping[str, str]) -> list[str]:
    """The packages that the larger lock leaves out or has in another version."""
    return [f"{name}: {pin}, not {large.get(name)}" for name, pin in small.items() if large.get(name) != pin]


def canonical(requirement: str) -> str:
    """The package's name in a requirement, as locks spell it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]).lower()


def test_every_line_of_a_lock_is_an_exact_version_with_hashes() -> None:
    """Nothing comes in that was not looked at: no range, no switch, no address, no line without a hash."""
    assert {name: unlocked(lock_text(name)) for name in LOCKS} == dict.fromkeys(LOCKS, "")


def test_tests_run_on_the_versions_that_the_demo_runs_on() -> None:
    """The test lock contains the run lock exactly, so one environment serves both."""
    assert moved(pins(lock_text("run")), pins(lock_text("test"))) == []


def test_the_run_lock_holds_everything_that_the_distribution_asks_for() -> None:
    """What pyproject.toml names can be imported after `make demo`, the build backend and the devnet included."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = told["project"]["optional-dependencies"]
    asked = [*told["project"]["dependencies"], *told["build-system"]["requires"]]
    asked += extras["devnet"] + extras["postgres"]
    assert sorted({canonical(each) for each in asked} - set(pins(lock_text("run")))) == []
    assert sorted({canonical(each) for each in extras["testing"]} - set(pins(lock_text("test")))) == []


def test_only_named_packages_are_pre_releases() -> None:
    """A beta is a decision: it is pinned by name in an .in file."""
    everything = {name: pin for lock in LOCKS for name, pin in pins(lock_text(lock)).items()}
    betas = {name: pin for name, pin in everything.items() if re.search(r"\d(a|b|rc|dev)\d", pin.split(" ")[0])}
    asked = "".join((ROOT / "requirements" / f"{lock}.in").read_text() for lock in LOCKS)
    assert [name for name, pin in betas.items() if f"{name}=={pin.split(' ')[0]}" not in asked] == []


def test_the_check_of_locks_sees_what_is_not_locked() -> None:
    """It goes red on a missing hash, a range, an index switch and an address."""
    good = "abc==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:" + "0" * 64 + "\n"
    assert unlocked(good) == ""
    assert pins(good) == {"abc": "1.0 ; sys_platform == 'win32'"}
    ranged = good.replace("==", ">=")
    for bad in ("abc==1.0\n", ranged, "--pre\n", "--index-url x\n", "abc @ x\n"):
        assert unlocked(good + bad) != ""


def test_the_check_of_versions_sees_a_moved_one() -> None:
    """It goes red on another version and on a missing package."""
    assert moved({"a": "1", "b": "2"}, {"a": "1", "b": "3"}) == ["b: 2, not 3"]
    assert moved({"a": "1"}, {}) == ["a: 1, not None"]
