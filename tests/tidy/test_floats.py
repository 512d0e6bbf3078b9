"""Money is never a float, so floats are kept out of the node and the devnet's bank, but for a listed few."""

import ast
from collections.abc import Iterable, Iterator, Mapping

from tests.tidy.house import Source, python_sources

# Where amounts live, dividing needs a direction of rounding, and `/` has none.
WITHOUT_DIVISION = tuple(f"node/tradecoin/{layer}" for layer in ("domain", "flow", "ports", "twin", "signing"))

# Files that may hold floats, each with the reason. None of these numbers is ever an amount.
ALLOWED: Mapping[str, str] = {
    "node/tradecoin/adapters/chain/rpc.py": "seconds until a request is given up",
    "devnet/tradecoin_devnet/bank/__main__.py": "seconds between two looks at the clock and the folder",
}


def floats(source: Source) -> Iterator[str]:
    """Each place where a Python file writes, names or makes a float, as `path:line: what`."""
    inner = source.is_in(*WITHOUT_DIVISION)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield f"{source.path}:{node.lineno}: the number {node.value}"
        elif isinstance(node, ast.Name) and node.id == "float":
            yield f"{source.path}:{node.lineno}: float"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div) and inner:
            yield f"{source.path}:{node.lineno}: a division that rounds in no stated direction"


def complaints(found: Iterable[Source], allowed: Mapping[str, str]) -> list[str]:
    """Floats outside the listed files, and listed files that hold none."""
    by_file = {source.path: list(floats(source)) for source in found}
    unlisted = [line for path, lines in by_file.items() if path not in allowed for line in lines]
    idle = [f"{path} is listed but holds no float" for path in allowed if not by_file.get(path)]
    return unlisted + idle


def test_the_node_holds_no_float_outside_the_listed_files() -> None:
    """A tenth is not a float; neither is a cent."""
    assert complaints(python_sources("node/tradecoin", "devnet/tradecoin_devnet/bank"), ALLOWED) == []


def test_no_listed_file_is_where_amounts_live() -> None:
    """The list of exceptions never reaches the layers that compute money."""
    assert [path for path in ALLOWED if Source(path, "").is_in(*WITHOUT_DIVISION)] == []


def test_the_check_of_floats_sees_each_kind() -> None:
    """It goes red on a literal, on float(), on an annotation and on a division; and on a list that is too long."""
    lines = ("a = 0.1", "b = float('1')", "def f(c: float): ...", "d = 1 / 3", "d /= 2")
    planted = Source("node/tradecoin/domain/planted.py", "\n".join(lines))
    assert [line.split(":")[1] for line in sorted(complaints([planted], {}))] == ["1", "2", "3", "4", "5"]
    assert complaints([planted], {planted.path: "planted"}) == []
    clean = Source("node/tradecoin/api/clean.py", "a = root / 'b'\nc = 7 // 2\n")
    assert complaints([clean], {}) == []
    assert complaints([clean], {clean.path: "no need"}) == [f"{clean.path} is listed but holds no float"]
