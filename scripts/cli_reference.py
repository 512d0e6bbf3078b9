"""Write docs/cli.md from the commands themselves: python scripts/cli_reference.py [--check]

With --check nothing is written; exit 1 when the file is not what the commands say.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/cli.md"
_WIDTH = 100
_HEAD = """\
# The command line

What `tradecoin COMMAND --help` prints, made by `scripts/cli_reference.py`.

Exit codes: 0 ok · 1 a check failed · 2 wrong use · 3 not reachable, not now, or a port is busy · 4 refused.
Errors stand on standard error, a code first. With `-o json` standard output holds one JSON document and nothing else.

Commands that speak to the REST API find it by `--url` and `--key`, by `TRADECOIN_URL` and `TRADECOIN_KEY`, or by the
`devnet.json` in `TRADECOIN_HOME`, whose keys are shown to its own address only. Commands of whoever runs a node read
`--config`, else `TRADECOIN_CONFIG`, else `node.toml`.
"""


def page() -> str:
    """Return the whole page."""
    sys.path[:0] = [str(ROOT / part) for part in ("node", "devnet")]
    from tradecoin.cli import app

    return _HEAD + "".join(_sections(app, "tradecoin", None))


def _sections(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    """Describe a command, then those below it."""
    settings = {**command.context_settings, "terminal_width": _WIDTH, "max_content_width": _WIDTH}
    context = click.Context(command, info_name=name if parent is None else name.split()[-1], parent=parent, **settings)
    level = "#" * (1 + len(name.split()))
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    yield f"\n{level} `{name}`\n\n```text\n{text}\n```\n"
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            if found is not None:
                yield from _sections(found, f"{name} {below}", context)


def main() -> int:
    """Write or check; return the exit code."""
    text = page()
    if "--check" in sys.argv[1:]:
        return 0 if PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
