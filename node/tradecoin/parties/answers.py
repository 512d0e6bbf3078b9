"""What a party answers when it does not sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tradecoin.domain.attestation import Figures
from tradecoin.domain.errors import Refused, Unavailable
from tradecoin.signing.wire import to_json


@dataclass(frozen=True, slots=True)
class Difference:
    """One line on which party and node differ."""

    line: str
    mine: str
    yours: str


class Disagreement(Refused):
    """The party found something else. `differences` says what; an attestor adds the figures that it would sign."""

    code = "differs"

    def __init__(self, code: str, differences: Sequence[Difference], figures: Figures | None = None) -> None:
        """Keep the party's own word for it, such as `figures_differ`, beside the lines."""
        lines = "; ".join(f"{one.line}: {one.mine} here, {one.yours} there" for one in differences)
        super().__init__(lines)
        self.told = code
        self.differences = tuple(differences)
        self.figures = figures

    def body(self) -> dict[str, Any]:
        """Return the JSON of the answer."""
        lines = [{"line": one.line, "mine": one.mine, "yours": one.yours} for one in self.differences]
        answer: dict[str, Any] = {"code": self.told, "differences": lines}
        return answer if self.figures is None else answer | {"figures": to_json(self.figures)}


class NotYet(Unavailable):
    """The party does not see as far as the node yet, or not at all; the same question may be answered later."""

    code = "not_yet"


class Unreachable(NotYet):
    """The party's own bank or chain endpoint did not answer, or not with sense."""

    code = "view_unreachable"
