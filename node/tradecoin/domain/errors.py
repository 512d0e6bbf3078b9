"""The tree of errors that callers may expect, each with a stable code and the facts.

TradecoinError
├── Refused            the request breaks a rule; asking again changes nothing
│   ├── NotFound       there is no such thing
│   ├── Conflict       it is in a state, or was already used, so that this cannot be done
│   └── Forbidden      the caller may not
├── Unavailable        cannot be done now; asking again later may work
└── BrokenInvariant    must not happen; the worker stops on it
"""

from typing import Any, ClassVar


class TradecoinError(Exception):
    """An error with a stable `code`, a sentence and the facts it rests on.

    A subclass may be a plain class, raised with a sentence and facts by keyword, or a dataclass whose fields are the
    facts.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str = "", **facts: Any) -> None:
        """Keep the sentence and the facts (JSON-able values, amounts as text)."""
        super().__init__(message)
        vars(self).update(facts)

    @property
    def message(self) -> str:
        """The sentence it was raised with, or else the first line of its class's description."""
        said = self.args[0] if self.args and not hasattr(type(self), "__dataclass_fields__") else ""
        return said or (type(self).__doc__ or type(self).__name__).splitlines()[0]

    @property
    def facts(self) -> dict[str, Any]:
        """What was got, what the limit was: whatever the raiser stated."""
        return dict(vars(self))

    def __str__(self) -> str:
        """Return the sentence with its facts behind it."""
        told = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.message} ({told})" if told else self.message


class Refused(TradecoinError):
    """The request breaks a rule; the same request will be refused again."""

    code = "refused"


class NotFound(Refused):
    """There is no such thing."""

    code = "not_found"


class Conflict(Refused):
    """The thing's present state, or an earlier use, rules this out."""

    code = "conflict"


class Forbidden(Refused):
    """The caller may not do this."""

    code = "forbidden"


class Unavailable(TradecoinError):
    """It cannot be done now; the same request may work later."""

    code = "unavailable"


class BrokenInvariant(TradecoinError):
    """Something that must never happen has happened; whoever sees it stops."""

    code = "broken_invariant"


class IllegalTransition(Conflict):
    """The state table has no arrow from the present state to the wanted one."""

    code = "illegal_transition"


class StaleVersion(Conflict):
    """Somebody else changed the row first; read it again and decide anew."""

    code = "stale_version"


class MintingHalted(Unavailable):
    """The contract would refuse a mint now; the facts say why."""

    code = "minting_halted"


class BadConfig(Refused):
    """A setting is unknown, missing, malformed, or not allowed in this profile."""

    code = "config_invalid"


class WrongChain(Refused):
    """The endpoint is another chain, or holds other code, than the database and the deployment file name."""

    code = "wrong_chain"


class UnmigratedDatabase(Refused):
    """The database's schema is not the one this version works with."""

    code = "unmigrated_database"
