"""Whether minting is off for longer, asked of the chain at most once a second while all is well."""

import time
from typing import Final

from tradecoin.api.services import Services
from tradecoin.domain.chain import ReserveView
from tradecoin.domain.errors import MintingHalted
from tradecoin.flow.intake import lasting_halts
from tradecoin.ports.chain import ChainUnreachable

_GOOD_SECONDS: Final = 1


class HaltWatch:
    """Remembers for a second that nothing was wrong; what is wrong is asked about each time.

    An order that slips in just after a pause only waits, since the contract itself refuses to mint.
    """

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._well_until_seconds = time.monotonic()

    def refuse(self, services: Services) -> None:
        """Raise MintingHalted with the facts that no attestation mends; a silent chain is no such fact."""
        stopped = services.store.read(lambda tx: tx.get_value("mint.stopped")) or ""
        now = time.monotonic()
        if not stopped and now < self._well_until_seconds:
            return
        view = view_or_none(services)
        facts = lasting_halts(view, stopped)
        if facts:
            raise MintingHalted("nothing is minted now", halted=facts)
        if view is not None:
            self._well_until_seconds = now + _GOOD_SECONDS


def view_or_none(services: Services) -> ReserveView | None:
    """Return what the contracts say, None when the chain is silent."""
    try:
        return services.chain.reserve_view()
    except ChainUnreachable:
        return None
