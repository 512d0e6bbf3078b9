"""The demo's bank files and the people in them: one EUR reserve account, 2 and 3 November 2026, in the bank's zone.

Both files stand as a bank would send them: the notification in version .04, the statement in .08. Among the credits
are the same one told twice, two real ones that are alike, a batch of three, a mistyped reference, one ordered in US
dollars, one without a reference, one that the bank takes back, and one that is only announced.
"""

from dataclasses import dataclass
from importlib import resources
from typing import Final

NOTIFICATION: Final = "camt.054-2026-11-02.xml"
STATEMENT: Final = "camt.053-2026-11-03.xml"
RESERVE_IBAN: Final = "NL30NRWB0000000001"
ZONE: Final = "Europe/Amsterdam"


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """A payer of the samples.

    `account` is the number of the devnet account that gets the coins. The RF `reference` commits to that address and to
    `nonce`, the first 16 bytes of sha256("tradecoin demo wallet " and the first name in small letters).
    """

    name: str
    town: str
    iban: str
    account: int
    nonce: bytes
    reference: str


CUSTOMERS: Final = (
    DemoCustomer(
        name="Anna Berg",
        town="Berlin",
        iban="DE36100110010123456789",
        account=6,
        nonce=bytes.fromhex("10db6c8a5f6529e753e0d56f98e93d32"),
        reference="RF5403WIML8IIC8EFEOBXE87Z",
    ),
    DemoCustomer(
        name="Bram de Vries",
        town="Amsterdam",
        iban="NL91ABNA0417164300",
        account=7,
        nonce=bytes.fromhex("698f015cf8da98bcf01f649a1d20f968"),
        reference="RF1902XICU5F0WVYLLLKZ43NJ",
    ),
    DemoCustomer(
        name="Chloé Martin",
        town="Paris",
        iban="FR1420041010050500013M02606",
        account=8,
        nonce=bytes.fromhex("610a22fbf14791157b81267366999f3d"),
        reference="RF660IGWH35GI5SSK080WHJDY",
    ),
    DemoCustomer(
        name="Dario Rossi",
        town="Torino",
        iban="IT60X0542811101000000123456",
        account=9,
        nonce=bytes.fromhex("36d11baa2c95ba59b9822bb19aafadfa"),
        reference="RF021GLLZIPPSMREZIPV5PJ5K",
    ),
)


def read(name: str) -> bytes:
    """Return the bytes of NOTIFICATION or STATEMENT."""
    return resources.files(__name__).joinpath(name).read_bytes()
