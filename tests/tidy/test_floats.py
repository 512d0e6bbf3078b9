"""Money is never a float, so the node and the devnet's bank hold none, but what says in its name that it is seconds."""

import ast
from collections.abc import Iterable, Iterator, Mapping

import pytest

from tests.tidy.house import Source, python_sources

# Where amounts live: nothing is a float here, whatever its name, and `/` rounds in no stated direction.
WHERE_AMOUNTS_LIVE = tuple(f"node/tradecoin/{layer}" for layer in ("domain", "flow", "ports", "twin", "signing"))

# Files that may hold other floats, each with the reason. None of these numbers is ever an amount.
ALLOWED: Mapping[str, str] = {
    "devnet/tradecoin_devnet/bank/__main__.py": "times between two looks at the clock, the folder and the socket",
    "node/tradecoin/adapters/chain/deploy.py": "a pause between two looks at the chain, which grows",
}


def floats(source: Source) -> Iterator[str]:
    """Each place where a Python file writes, names or makes a float, as `path:line: what`."""
    inner = source.is_in(*WHERE_AMOUNTS_LIVE)
    for node in _walk(source.tree, let_seconds_pass=not inner):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield f"{source.path}:{node.lineno}: the number {node.value}"
        elif isinstance(node, ast.Name) and node.id == "float":
            yield f"{source.path}:{node.lineno}: float"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div) and inner:
            yield f"{source.path}:{node.lineno}: a division that rounds in no stated direction"


def _walk(node: ast.AST, *, let_seconds_pass: bool) -> Iterator[ast.AST]:
    """Every node of a tree, but what is given to a name that counts seconds."""
    yield node
    exempt = set(_given_to_seconds(node)) if let_seconds_pass else set()
    for child in ast.iter_child_nodes(node):
        if child not in exempt:
            yield from _walk(child, let_seconds_pass=let_seconds_pass)


def _given_to_seconds(node: ast.AST) -> Iterator[ast.AST]:
    """The annotation, default or value of an argument, a name or a keyword that says `seconds`."""
    if isinstance(node, ast.arguments):
        positional = [*node.posonlyargs, *node.args]
        named = [*positional[len(positional) - len(node.defaults) :], *node.kwonlyargs]
        defaults = zip(named, [*node.defaults, *node.kw_defaults], strict=True)
        yield from (default for argument, default in defaults if default and _says(argument.arg))
    elif isinstance(node, ast.arg) and node.annotation and _says(node.arg):
        yield node.annotation
    elif isinstance(node, ast.AnnAssign) and _says(ast.unparse(node.target)):
        yield from (each for each in (node.annotation, node.value) if each)
    elif isinstance(node, ast.keyword | ast.Assign):
        names = [node.arg or ""] if isinstance(node, ast.keyword) else [ast.unparse(each) for each in node.targets]
        yield from [node.value] if all(_says(name) for name in names) else []


def _says(name: str) -> bool:
    return "seconds" in name.lower()


def complaints(found: Iterable[Source], allowed: Mapping[str, str]) -> list[str]:
    """Floats outside the listed files, and listed files that hold none."""
    by_file = {source.path: list(floats(source)) for source in found}
    unlisted = [line for path, lines in by_file.items() if path not in allowed for line in lines]
    idle = [f"{path} is listed but holds no float" for path in allowed if not by_file.get(path)]
    return unlisted + idle


def test_no_number_that_could_be_money_is_a_float() -> None:
    """A tenth is not a float; neither is a cent."""
    assert complaints(python_sources("node/tradecoin", "devnet/tradecoin_devnet/bank"), ALLOWED) == []


def test_no_listed_file_is_where_amounts_live() -> None:
    """The list of exceptions never reaches the layers that compute money."""
    assert [path for path in ALLOWED if Source(path, "").is_in(*WHERE_AMOUNTS_LIVE)] == []


@pytest.mark.parametrize(
    "line",
    ["a = 0.1", "b = float('1')", "def f(c: float): ...", "d = 1 / 3", "d /= 2", "seconds: float = 1", "f(seconds=.1)"],
)
def test_the_check_of_floats_sees_each_kind_where_amounts_live(line: str) -> None:
    """It goes red on a literal, on float(), on an annotation, on a division, and on seconds as well."""
    assert complaints([Source("node/tradecoin/domain/planted.py", line)], {})


@pytest.mark.parametrize(
    "line", ["rate = 0.1", "def f(share: float): ...", "def f(seconds=f(0.1), part=0.2): ...", "float(s)"]
)
def test_the_check_of_floats_sees_one_elsewhere(line: str) -> None:
    """It goes red on anything that does not say that it is seconds."""
    assert len(complaints([Source("node/tradecoin/api/planted.py", line)], {})) == 1


@pytest.mark.parametrize(
    "line",
    [
        "IDLE_SECONDS: Final = 0.1",
        "self.wait_seconds = float(text)",
        "def f(a, /, b=1, *, wait_seconds: float = 0.5): ...",
        "f(timeout_seconds=0.5)",
        "path = root / 'b'",
        "half = 7 // 2",
    ],
)
def test_the_check_of_floats_lets_seconds_pass_elsewhere(line: str) -> None:
    """A timeout is no money, and says so in its name."""
    assert complaints([Source("node/tradecoin/api/clean.py", line)], {}) == []


def test_the_check_of_floats_sees_an_idle_exception() -> None:
    """It goes red on a list that is longer than it needs to be."""
    planted = Source("node/tradecoin/api/planted.py", "a = 0.1")
    assert complaints([planted], {planted.path: "planted"}) == []
    clean = Source("node/tradecoin/api/clean.py", "a = 1")
    assert complaints([clean], {clean.path: "no need"}) == [f"{clean.path} is listed but holds no float"]
