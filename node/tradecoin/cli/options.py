"""Options that commands share, and how what they found is shown: as a table, or as one JSON document."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource


def _settled(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path:
    """Return what was told here, else what was told to the group above, else the variable or the usual name."""
    told_here = ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE
    if not told_here and isinstance(ctx.obj, Path):
        return ctx.obj
    return value or Path("node.toml")


config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="TRADECOIN_CONFIG",
    callback=_settled,
    help="TOML file with the node's settings  [default: node.toml]",
)
output_option = click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="a table for people, or one JSON document",
)
password_option = click.option(
    "--password-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="its first line is the keystore's password; asked for when left out",
)
_NARROW: Final = 140


def password_of(path: Path | None, *, confirm: bool = False) -> str:
    """Return the password in a file's first line, or ask for it without showing it."""
    if path is not None:
        return path.read_text().partition("\n")[0]
    told: str = click.prompt("Password of the key", hide_input=True, confirmation_prompt=confirm, err=True)
    return told


def emit(output: str, document: Any, rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = ()) -> None:
    """Write the whole `document` as JSON, or `rows` as a table of `columns` (those of the first row when left out)."""
    if output == "json":
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    listed = [*rows]
    names = [*columns] or [*listed[0]] if listed else []
    if not listed:
        click.echo("nothing")
        return
    _table(names, [[_text(row.get(name)) for name in names] for row in listed])


def emit_one(output: str, document: Mapping[str, Any]) -> None:
    """Write one thing: its JSON, or a line for each member that says something."""
    flat = [{"what": name, "is": value} for name, value in _flat("", document) if value not in ("", None, [], {})]
    emit(output, document, flat)


def _flat(prefix: str, value: Any) -> list[tuple[str, Any]]:
    """Write nested members as dotted names."""
    if isinstance(value, Mapping) and value:
        return [pair for name, each in value.items() for pair in _flat(f"{prefix}.{name}".lstrip("."), each)]
    return [(prefix, value)]


def _text(value: Any) -> str:
    """Write a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "\n".join(map(_text, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else str(value)


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; away from a terminal it is as wide as it needs, so that no id is cut."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    stream = sys.stdout
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*[Text(cell) for cell in row])
    columns = [[name, *(row[at] for row in rows)] for at, name in enumerate(names)]
    wide = None if stream.isatty() else max(_NARROW, sum(map(_widest, columns)))
    Console(file=stream, width=wide, highlight=False).print(table)


def _widest(cells: Sequence[str]) -> int:
    """Return the room of a column with its padding."""
    return 3 + max(len(line) for cell in cells for line in (cell.splitlines() or [""]))
