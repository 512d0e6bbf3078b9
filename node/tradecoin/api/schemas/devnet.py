"""Bodies of /_devnet."""

from typing import Literal

from pydantic import Field

from tradecoin.api.schemas.base import Amount, Ask, Currency, Iban, OptionalText, Stamp, View


class Advance(Ask):
    """How far the clock moves on, an ISO 8601 duration of weeks, days, hours, minutes and seconds."""

    advance: str = Field(max_length=40, examples=["P1D"])


class ClockView(View):
    """The one clock."""

    now: Stamp


class Blocks(Ask):
    """How many blocks to make."""

    blocks: int = Field(default=1, ge=1, le=10_000)


class Depth(Ask):
    """How many blocks to replace."""

    depth: int = Field(ge=1, le=1_000)


class HeadView(View):
    """The chain's head."""

    head: int


class Credit(Ask):
    """A payment that the simulated bank books."""

    iban: Iban
    amount: Amount
    currency: Currency
    reference: OptionalText = ""
    debtor: OptionalText = ""


class Misbehaviour(Ask):
    """What the simulated bank does wrong with the next payment to an account, and how long it waits."""

    iban: Iban
    behaviour: Literal["reject", "return", "silence", "duplicate", "late", "gap"]
    after: str = Field(default="", max_length=40, examples=["P3D"])
