"""What others call is explained, and no docstring is only the name again."""

import ast
import re
from collections.abc import Iterator

from tests.tidy.house import Source, functions, python_sources

OURS = ("node", "devnet", "scripts")


def undocumented(source: Source) -> Iterator[str]:
    """Public modules, classes and functions without a docstring; what is inside a function is nobody else's."""
    if not ast.get_docstring(source.tree) and source.text.strip():
        yield f"{source.path}: the module"
    yield from _undocumented(source.tree, source.path + "::")


def _undocumented(node: ast.AST, prefix: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or child.name.startswith("_"):
            continue
        if not ast.get_docstring(child) and not _is_overload(child):
            yield prefix + child.name
        if isinstance(child, ast.ClassDef):
            yield from _undocumented(child, f"{prefix}{child.name}.")


def _is_overload(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(decorator).split(".")[-1] == "overload" for decorator in node.decorator_list)


def echoes(source: Source) -> Iterator[str]:
    """Functions whose docstring says their name and nothing else."""
    for function in functions(source):
        told = re.findall(r"[a-z]+", (ast.get_docstring(function.node) or "").lower())
        named = re.findall(r"[a-z]+", function.node.name.lower())
        if told and [word for word in told if word not in ("a", "an", "the")] == named:
            yield function.name


def unpromising(source: Source) -> Iterator[str]:
    """Tests without a docstring of one line, or whose name is not a sentence of at least three words."""
    for function in functions(source):
        if not function.node.name.startswith("test_"):
            continue
        promise = ast.get_docstring(function.node) or ""
        if not promise or "\n" in promise or function.node.name.count("_") < 3:
            yield function.name


def test_everything_public_has_a_docstring() -> None:
    """A caller learns units, errors and sources without reading the body."""
    assert [complaint for source in python_sources(*OURS) for complaint in undocumented(source)] == []


def test_no_docstring_is_only_the_name_again() -> None:
    """None is better than an echo."""
    assert [complaint for source in python_sources() for complaint in echoes(source)] == []


def test_every_test_says_what_it_promises() -> None:
    """The name is a sentence, the docstring is the promise in one line."""
    assert [complaint for source in python_sources("tests") for complaint in unpromising(source)] == []


def test_the_check_of_docstrings_sees_what_is_missing() -> None:
    """It goes red on a bare module, class and method, and leaves private ones alone."""
    bare = Source("node/bare.py", "class Bare:\n    def tell(self): ...\n    def _keep(self): ...\n")
    assert list(undocumented(bare)) == ["node/bare.py: the module", "node/bare.py::Bare", "node/bare.py::Bare.tell"]


def test_the_check_of_docstrings_sees_an_echo() -> None:
    """It goes red on the name again, and on a test that promises nothing."""
    echo = Source("node/echo.py", 'def settle_payout():\n    """Settle the payout."""\n')
    assert list(echoes(echo)) == ["node/echo.py::settle_payout"]
    mute = Source("tests/test_mute.py", "def test_payout(): ...\n")
    assert list(unpromising(mute)) == ["tests/test_mute.py::test_payout"]
