"""The parties that do not trust the node: a settings file in, a running attestor or bank signer out.

Nothing of the node is imported here, so that a party starts in a moment and carries no web framework, database layer
or chain library.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from tradecoin.domain.errors import BadConfig, Unavailable
from tradecoin.domain.money import Coins
from tradecoin.parties import attestor, bank_signer
from tradecoin.parties.settings import PartyConfig

Config = TypeVar("Config", bound=PartyConfig)
Ready = Callable[[str], None]


class PartyPortBusy(Unavailable):
    """Something else listens on the party's port."""

    code = "port_busy"


def serve_attestor(path: Path, ready: Ready) -> None:
    """Answer requests to sign attestations until SIGTERM; raises BadConfig, PartyPortBusy, BadKeyFile."""
    config = _read(attestor.AttestorConfig, path)
    _serving(config, lambda: attestor.serve(config, ready=ready))


def serve_bank_signer(path: Path, ready: Ready) -> None:
    """Answer requests to sign vouchers until SIGTERM; raises BadConfig, PartyPortBusy, BadKeyFile."""
    config = _read(bank_signer.BankSignerConfig, path)
    _serving(config, lambda: bank_signer.serve(config, ready=ready))


def explain(path: Path) -> list[str]:
    """Return what an attestor sees, line by line; raises BadConfig, Unavailable."""
    return attestor.explain(_read(attestor.AttestorConfig, path))


def _serving(config: PartyConfig, serve: Callable[[], None]) -> None:
    """Tell a busy port from other trouble."""
    try:
        serve()
    except OSError as error:
        place = f"{config.host} port {config.port}"
        raise PartyPortBusy(f"{config.name} cannot listen on {place}: {error.strerror}") from error


def _read(kind: type[Config], path: Path) -> Config:
    """Read settings; raises BadConfig naming what is unknown, missing or malformed."""
    try:
        told = tomllib.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BadConfig(f"{path}: {error}") from error
    hints = get_type_hints(kind)
    _refuse_names(kind, path, told)
    return kind(**{name: _value(path, name, hints[name], value) for name, value in told.items()})


def _refuse_names(kind: type[PartyConfig], path: Path, told: Mapping[str, Any]) -> None:
    """Refuse settings that do not exist and miss none that must."""
    known = {field.name for field in fields(kind)}
    needed = {field.name for field in fields(kind) if field.default is MISSING}
    for what, names in (("unknown", set(told) - known), ("missing", needed - set(told))):
        if names:
            raise BadConfig(f"{path}: {what} settings: {', '.join(sorted(names))}")


def _value(path: Path, name: str, hint: Any, value: Any) -> Any:
    """Turn a TOML value into the type of its field: text, a whole number, a path, or coins in base units."""
    is_path = "Path" in str(hint)
    wanted = str if is_path or hint is str else int
    if type(value) is not wanted:
        raise BadConfig(f"{path}: {name} is {'text' if wanted is str else 'a whole number'}, not {value!r}")
    if is_path:
        return Path(str(value))
    return Coins(int(value)) if hint is Coins else value
