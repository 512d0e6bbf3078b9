"""Importing a module opens no socket, starts nothing and reads no environment; only running it does."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator

from tests.tidy.house import ROOT, Source, python_sources

# Run in a process of its own: an audit hook cannot be taken out again.
LISTENER = """
import sys
def listen(event, args):
    if event == "subprocess.Popen" and list(args[1])[:1] == ["file"]:
        return  # `platform.architecture`, asked by a cipher library of the keystore
    if event in {"socket.connect", "socket.bind", "subprocess.Popen", "os.system", "os.fork"}:
        raise RuntimeError(f"importing did {event} {args[1:]}")
sys.addaudithook(listen)
for name in sys.argv[1:]:
    __import__(name)
"""

# Where the environment is read: settings, and the doors through which a process is started.
READERS = ("node/tradecoin/config", "node/tradecoin/config.py", "node/tradecoin/cli", "node/tradecoin/cli.py")


def modules(found: Iterable[Source]) -> list[str]:
    """The import names of files below the source roots; `__main__` and a migration's `env` are run, not imported."""
    names = [source.path.partition("/")[2].removesuffix(".py").replace("/", ".") for source in found]
    return sorted(n.removesuffix(".__init__") for n in names if not n.endswith(("__main__", "migrations.env")))


def environment_reads(source: Source) -> Iterator[str]:
    """Each use of os.environ or os.getenv, as `path:line`."""
    for node in ast.walk(source.tree):
        named = isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
        brought = isinstance(node, ast.ImportFrom) and any(a.name in ("environ", "getenv") for a in node.names)
        if named or brought:
            yield f"{source.path}:{getattr(node, 'lineno', 0)}"


def test_importing_everything_starts_nothing() -> None:
    """Every module of node and devnet can be imported by anyone at no risk."""
    names = modules(python_sources("node", "devnet"))
    path = f"import sys; sys.path[:0] = {[str(ROOT / 'node'), str(ROOT / 'devnet')]}"
    command = [sys.executable, "-c", f"{path}\n{LISTENER}", *names]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    trouble = told.stderr if told.returncode else ""
    assert trouble == ""


def test_the_environment_is_read_in_one_place() -> None:
    """A setting that is read somewhere else is a setting that nobody can find."""
    found = [s for s in python_sources("node/tradecoin") if not s.is_in(*READERS)]
    assert [complaint for source in found for complaint in environment_reads(source)] == []


def test_the_listener_hears_a_socket() -> None:
    """It goes red when an import opens one."""
    planted = "import sys, types, importlib.abc\n" + LISTENER.replace(
        "for name", "import socket; socket.socket().bind(('127.0.0.1', 0))\nfor name"
    )
    told = subprocess.run([sys.executable, "-c", planted], capture_output=True, text=True, check=False)
    assert told.returncode != 0
    assert "importing did socket.bind" in told.stderr


def test_the_check_of_the_environment_sees_each_way_of_reading_it() -> None:
    """It goes red on os.environ, os.getenv and names taken from os."""
    planted = Source("node/tradecoin/x.py", "import os\nos.environ['A']\nos.getenv('B')\nfrom os import environ\n")
    assert list(environment_reads(planted)) == [f"node/tradecoin/x.py:{line}" for line in (4, 2, 3)]
    package = [Source("devnet/d/__init__.py", ""), Source("devnet/d/__main__.py", "")]
    assert modules([planted, *package]) == ["d", "tradecoin.x"]
