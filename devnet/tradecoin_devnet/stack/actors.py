"""Who holds which key on the devnet. All keys are public knowledge or made on the spot: play money only."""

from dataclasses import dataclass

from tradecoin.artefacts.plan import Parties
from tradecoin.signing.keys import Key, load_key, make_key
from tradecoin_devnet.evm.accounts import DEV_ACCOUNTS, DevAccount, dev_accounts
from tradecoin_devnet.stack.layout import ATTESTORS, BANK_SIGNERS, Layout

# The chain funds ten accounts; the last four are the customers of the demo.
DEPLOYER, ADMIN, GOVERNOR, GUARDIAN, RELAY, PAYER = DEV_ACCOUNTS[:6]
CUSTOMERS: tuple[DevAccount, ...] = DEV_ACCOUNTS[6:10]
COMPLIANCE, SEIZER = dev_accounts(12)[10:]


@dataclass(frozen=True, slots=True)
class Signers:
    """The signing keys of the parties, made once and kept in the devnet's folder."""

    bank: tuple[Key, ...]
    auditors: tuple[Key, ...]

    @classmethod
    def of(cls, layout: Layout) -> "Signers":
        """Read the keys, making those that are missing."""
        return cls(_keys(layout, BANK_SIGNERS), _keys(layout, ATTESTORS))


def _keys(layout: Layout, names: tuple[str, ...]) -> tuple[Key, ...]:
    """Read or make one key each."""
    paths = [layout.key(name) for name in names]
    return tuple(load_key(path) if path.exists() else make_key(path) for path in paths)


def parties(signers: Signers, deployer: str = DEPLOYER.address) -> Parties:
    """Return who holds which power in the contracts."""
    return Parties(
        deployer=deployer,
        admin=ADMIN.address,
        governor=GOVERNOR.address,
        guardians=(GUARDIAN.address,),
        compliance=COMPLIANCE.address,
        seizer=SEIZER.address,
        payer=PAYER.address,
        bank_signers=_ascending(signers.bank),
        auditors=_ascending(signers.auditors),
    )


def _ascending(keys: tuple[Key, ...]) -> tuple[str, ...]:
    """Return the addresses in the order that the contracts want."""
    return tuple(sorted((key.address for key in keys), key=lambda address: int(address, 16)))
