"""The file that says what is deployed and who holds which power, for a chain that is not a devnet.

TOML with two tables, named like the fields of the plan: `[parties]` (admin, governor, guardians, compliance, seizer,
payer, bank_signers, bank_threshold, auditors, auditor_threshold; addresses with their checksum) and, where the defaults
do not suit, `[terms]` (name, symbol, decimals, minor_unit, min_request, sla, max_age, announce_delay, instant_cap,
capacity; amounts in the token's smallest unit, times in seconds). The deployer is whose key is used.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from tradecoin.artefacts.plan import Parties, Terms
from tradecoin.domain.errors import Refused
from tradecoin.signing.hashing import BadAddress, address_bytes

_LISTS = ("guardians", "bank_signers", "auditors")
_NUMBERS = ("bank_threshold", "auditor_threshold")


class BadPlanFile(Refused):
    """A plan file that is missing, names something unknown, leaves somebody out, or gives one party two sides."""

    code = "bad_plan_file"


def read_plan(path: Path, *, deployer: str) -> tuple[Parties, Terms]:
    """Return parties and terms; raises BadPlanFile, with the setting in its facts."""
    try:
        tables = tomllib.loads(path.read_text())
    except (OSError, ValueError) as problem:
        raise BadPlanFile(path=str(path), problem=f"{type(problem).__name__}: {problem}") from problem
    _refuse_unknown("", tables, ("parties", "terms"))
    return _parties(tables.get("parties", {}), deployer), _terms(tables.get("terms", {}))


def _parties(table: dict[str, Any], deployer: str) -> Parties:
    names = [field.name for field in fields(Parties) if field.name != "deployer"]
    _refuse_unknown("parties.", table, names)
    values: dict[str, Any] = {}
    for name in names:
        if name in table:
            values[name] = _value(name, table[name])
        elif name not in _NUMBERS:
            raise BadPlanFile("nobody is named", setting=f"parties.{name}")
    _check_signers(values, "bank_signers", values.get("bank_threshold", 2))
    _check_signers(values, "auditors", values.get("auditor_threshold", 2))
    both = set(values["bank_signers"]) & set(values["auditors"])
    if both:
        raise BadPlanFile("nobody signs for both sides", setting="parties.auditors", got=sorted(both))
    return Parties(deployer=deployer, **values)


def _value(name: str, value: Any) -> Any:
    """Return an address, addresses in ascending order, or a number."""
    if name in _NUMBERS:
        return _number(f"parties.{name}", value)
    if name not in _LISTS:
        return _address(name, value)
    if not isinstance(value, list):
        raise BadPlanFile("a list of addresses is needed", setting=f"parties.{name}")
    return tuple(sorted((_address(name, one) for one in value), key=address_bytes))


def _address(name: str, value: Any) -> str:
    try:
        if any(address_bytes(value)):
            return str(value)
    except BadAddress as problem:
        raise BadPlanFile(problem.message, setting=f"parties.{name}", got=str(value)) from problem
    raise BadPlanFile("the zero address holds no power", setting=f"parties.{name}")


def _check_signers(values: dict[str, Any], name: str, threshold: int) -> None:
    signers = values[name]
    if len(set(signers)) != len(signers) or not 2 <= threshold <= len(signers):
        raise BadPlanFile("at least two of distinct signers are needed", setting=f"parties.{name}", threshold=threshold)


def _terms(table: dict[str, Any]) -> Terms:
    _refuse_unknown("terms.", table, [field.name for field in fields(Terms)])
    texts = ("name", "symbol")
    for name, value in table.items():
        if name not in texts:
            _number(f"terms.{name}", value)
        elif not isinstance(value, str) or not 1 <= len(value.encode()) <= 31:
            raise BadPlanFile("a text of 1 to 31 bytes is needed", setting=f"terms.{name}")
    return Terms(**table)


def _number(setting: str, value: Any) -> int:
    if type(value) is not int or value <= 0:
        raise BadPlanFile("a whole number above zero is needed", setting=setting, got=str(value))
    return value


def _refuse_unknown(prefix: str, table: dict[str, Any], known: Iterable[str]) -> None:
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise BadPlanFile("there is no such setting", setting=prefix + unknown[0])
