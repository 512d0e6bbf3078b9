"""Rooms that stay liveable: short functions, short files, short contracts."""

import json
import re
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.tidy.house import Function, Source, functions, python_sources, sources

FUNCTION_LINES_MAX = 60
FUNCTION_LINES_MEDIAN = 10
FILE_LINES_MAX = 400
FILE_LINES_MEDIAN = 150
CONTRACT_LINES_MAX = 280

OURS = ("node", "devnet", "scripts")
RATCHET: Mapping[str, int] = json.loads(Path(__file__).with_name("ratchet.json").read_text())["functions"]


def long_functions(found: Iterable[Function], ratchet: Mapping[str, int]) -> list[str]:
    """Complaints about functions over the limit, over their ratchet, or on the ratchet without a need.

    The ratchet names the few long functions and their length. They may shrink, then the ratchet shrinks with them;
    nothing grows back.
    """
    lengths = {function.name: function.length for function in found}
    complaints = []
    for name, length in lengths.items():
        if length > ratchet.get(name, FUNCTION_LINES_MAX):
            complaints.append(f"{name} has {length} lines, allowed are {ratchet.get(name, FUNCTION_LINES_MAX)}")
    for name, allowed in ratchet.items():
        if lengths.get(name, 0) < allowed:
            has = lengths.get(name, 0)
            complaints.append(f"the ratchet allows {name} {allowed} lines, it has {has}: lower or remove it")
    return complaints


def long_files(found: Iterable[Source]) -> list[str]:
    """Complaints about files over the limit."""
    return [f"{s.path} has {len(s.lines)} lines" for s in found if len(s.lines) > FILE_LINES_MAX]


def code_lines(solidity: str) -> int:
    """The lines of a Solidity file that are neither blank nor only a comment."""
    without_comments = re.sub(r"/\*.*?\*/", "", solidity, flags=re.DOTALL)
    return sum(1 for line in without_comments.splitlines() if line.strip() and not line.strip().startswith("//"))


def long_contracts(found: Iterable[Source]) -> list[str]:
    """Complaints about contracts whose code is over the limit; prose does not count, it lives in the interfaces."""
    lengths = {s.path: code_lines(s.text) for s in found}
    return [f"{path} has {lines} lines of code" for path, lines in lengths.items() if lines > CONTRACT_LINES_MAX]


def test_no_function_is_longer_than_a_screen() -> None:
    """A function that no longer fits a screen is split where its subject changes."""
    found = [f for source in python_sources(*OURS, "tests") for f in functions(source)]
    assert long_functions(found, RATCHET) == []


def test_the_median_function_has_ten_lines_or_less() -> None:
    """Most functions can be read at a glance."""
    lengths = [f.length for source in python_sources("node", "devnet") for f in functions(source)]
    assert statistics.median(lengths) <= FUNCTION_LINES_MEDIAN


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    """A file has one subject."""
    assert long_files(python_sources()) == []


def test_the_median_file_is_short() -> None:
    """Most files can be read in one sitting; package markers do not count."""
    lengths = [len(s.lines) for s in python_sources("node", "devnet") if not s.path.endswith("__init__.py")]
    assert statistics.median(lengths) <= FILE_LINES_MEDIAN


def test_no_contract_has_more_code_than_can_be_checked_in_one_go() -> None:
    """A contract is small enough that an auditor keeps it in mind."""
    assert long_contracts([s for s in sources() if s.is_in("contracts") and s.path.endswith(".sol")]) == []


def test_the_check_of_functions_sees_a_long_one() -> None:
    """It goes red on one line too many, on growth past the ratchet, and on a ratchet that is too generous."""
    planted = Source("node/planted.py", "class Planted:\n    def long(self):\n" + "        pass\n" * FUNCTION_LINES_MAX)
    found = list(functions(planted))
    name = "node/planted.py::Planted.long"
    assert long_functions(found, {}) == [f"{name} has 61 lines, allowed are 60"]
    assert long_functions(found, {name: 61}) == []
    assert long_functions(found, {name: 62}) == [f"the ratchet allows {name} 62 lines, it has 61: lower or remove it"]


def test_the_check_of_files_sees_a_long_one() -> None:
    """It goes red on the line after the last allowed one."""
    assert long_files([Source("a.py", "\n" * FILE_LINES_MAX)]) == []
    assert long_files([Source("a.py", "\n" * (FILE_LINES_MAX + 1))]) == ["a.py has 401 lines"]


def test_the_check_of_contracts_counts_code_and_not_prose() -> None:
    """It goes red on code, and lets comments be as long as they need to be."""
    prose = "// why\n/* and\n   how */\n\n" * 300
    code = "a;\n" * CONTRACT_LINES_MAX
    assert long_contracts([Source("C.sol", prose + code)]) == []
    assert long_contracts([Source("C.sol", prose + code + "a;\n")]) == ["C.sol has 281 lines of code"]
