"""A signer on the bank's side: confirms that credits are there, and for whom they came, by the bank's own book."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from tradecoin.domain.mint import MAX_VOUCHERS, Voucher
from tradecoin.domain.money import Coins
from tradecoin.parties import checks
from tradecoin.parties.answers import Difference, Disagreement
from tradecoin.parties.book import BankBook
from tradecoin.parties.checks import Known, Rules
from tradecoin.parties.memory import VoucherMemory, open_file
from tradecoin.parties.messages import VouchersMessage
from tradecoin.parties.rpc import Rpc
from tradecoin.parties.server import PartyServer, serve_until_stopped
from tradecoin.parties.settings import PartyConfig
from tradecoin.parties.standing import Standing, standing, stem
from tradecoin.parties.web import Web
from tradecoin.signing.hashing import address_bytes, checksum_address, unix_rounded_down
from tradecoin.signing.keys import Key
from tradecoin.signing.refs import end_to_end_id
from tradecoin.signing.typed import Domain, vouchers_digest
from tradecoin.signing.wire import from_json

_DAY: Final = 24 * 60 * 60
_SETTLED: Final = 3
_LISTED: Final = 20


@dataclass(frozen=True, kw_only=True)
class BankSignerConfig(PartyConfig):
    """Settings of a bank signer.

    `accept_operator_assignments`: whether an operator's word may stand in for a payment reference. `batch_limit` and
    `day_limit` are base units in one request and in any 24 hours; None sets no limit of the signer's own.
    """

    accept_operator_assignments: bool = True
    batch_limit: Coins | None = None
    day_limit: Coins | None = None


class BankSigner:
    """The party behind the server."""

    kind = "vouchers"

    def __init__(self, config: BankSignerConfig) -> None:
        """Read the key and open the memory; bank and chain are asked when something is to be signed."""
        self.config = config
        self.key: Key = config.key()
        self._now: Callable[[], datetime] = config.clock()
        bank = Web(config.bank_url, config.timeout_seconds)
        self._book = BankBook(bank, bank_id=config.bank_id, account=config.account, currency=config.money)
        chain = Web(config.rpc_url, config.timeout_seconds)
        self._rpc = Rpc(chain, chain_id=config.chain_id, finality=config.finality)
        self._db: sqlite3.Connection = open_file(config.data)
        self._memory = VoucherMemory(self._db)
        self._count = self._memory.count()
        self._domain = Domain("NarrowBank", config.chain_id, config.narrow_bank)
        ours = frozenset(map(address_bytes, (config.token, config.narrow_bank, config.reserves)))
        self._rules = Rules(
            config.bank_id, config.account, config.money, config.scale, ours, config.accept_operator_assignments
        )

    def sign(self, message: object) -> bytes:
        """Sign vouchers if every line holds; raises Disagreement, BadMessage, NotYet."""
        request = from_json(VouchersMessage, message)
        now = unix_rounded_down(self._now())
        differences = list(self._whole(request, now))
        if not differences:
            book = standing(self._book.payments())
            differences = list(self._each(request, Known(book, self._holders(request, book)), now))
        if differences:
            raise Disagreement("vouchers_differ", differences[:_LISTED])
        digest = vouchers_digest(
            self._domain,
            signer_set=request.signer_set,
            expires_at=request.expires_at,
            vouchers=request.vouchers,
        )
        assigned = [(voucher, given.assigned_by) for voucher, given in zip(*_both(request), strict=True)]
        self._memory.keep(assigned, expiry=unix_rounded_down(request.expires_at), now=now)
        self._count = self._memory.count()
        return self.key.sign(digest)

    def status(self) -> Mapping[str, Any]:
        """Return who signs here and how much was signed."""
        return {
            "party": "bank-signer",
            "name": self.config.name,
            "signer": self.key.address,
            "signed": self._count,
            "chain_id": self.config.chain_id,
            "contract": self.config.narrow_bank,
            "now": self._now().isoformat(timespec="seconds").replace("+00:00", "Z"),
        }

    def close(self) -> None:
        """Let go of the memory."""
        self._db.close()

    def _whole(self, request: VouchersMessage, now: int) -> Iterator[Difference]:
        """Check what needs no bank: number, expiry, form, sums."""
        count, config = len(request.vouchers), self.config
        if not 1 <= count <= MAX_VOUCHERS or count != len(request.grounds):
            yield Difference("vouchers", f"1 to {MAX_VOUCHERS}, each with its ground", str(count))
            return
        expiry = unix_rounded_down(request.expires_at)
        if not now < expiry <= now + _DAY:
            yield Difference("expires_at", f"after {now}, at most {_DAY} seconds", str(expiry))
        if not 0 < request.signer_set < 1 << 32:
            yield Difference("signer_set", "1 to 2^32 - 1", str(request.signer_set))
        for at, voucher in enumerate(request.vouchers):
            yield from _placed(at, checks.form(voucher, self._rules))
        yield from checks.within(request.vouchers)
        total = sum(voucher.amount.units for voucher in request.vouchers)
        if config.batch_limit is not None and total > config.batch_limit.units:
            yield Difference("sum", f"at most {config.batch_limit.units} in one request", str(total))

    def _each(self, request: VouchersMessage, known: Known, now: int) -> Iterator[Difference]:
        """Check every voucher against the bank's book and the signer's own memory."""
        fresh = 0
        for at, (voucher, given) in enumerate(zip(*_both(request), strict=True)):
            yield from _placed(at, checks.ground(voucher, given, self._rules, known))
            earlier = self._memory.of(voucher.deposit)
            if any(one.is_of(voucher) for one in earlier):
                continue
            fresh += voucher.amount.units
            if any(one.overlaps(voucher) for one in earlier):
                past = max(one.expiry for one in earlier if one.overlaps(voucher))
                yield from _placed(at, self._superseding(voucher, past, now))
        limit = self.config.day_limit
        signed = self._memory.signed_since(now - _DAY) if limit is not None else 0
        if limit is not None and signed + fresh > limit.units:
            yield Difference("sum", f"{limit.units} in 24 hours, {signed} of it signed", str(fresh))

    def _superseding(self, voucher: Voucher, past: int, now: int) -> Iterator[Difference]:
        """Check a voucher that draws on what another was signed for: that one expired, and was never used."""
        final = self._rpc.final()
        if past >= min(now, final.timestamp):
            yield Difference("offset", f"another voucher for this part lives until {past}", str(voucher.offset.units))
            return
        words = self._rpc.call(self.config.narrow_bank, "spent(bytes32)", voucher.deposit, at=final.number)
        spent = int.from_bytes(words[0], "big")
        if spent != voucher.offset.units:
            yield Difference("offset", str(spent), str(voucher.offset.units))

    def _holders(self, request: VouchersMessage, book: Standing) -> dict[str, str]:
        """Return the holders of settled redemptions, by id stem, whose returned payouts are in the request."""
        wanted = {voucher.deposit for voucher in request.vouchers}
        names = {stem(one.end_to_end_id) for one in book.back.values() if one.key in wanted}
        if not names:
            return {}
        config, final, found = self.config, self._rpc.final().number, {}
        count = int.from_bytes(self._rpc.call(config.narrow_bank, "requestCount()", at=final)[0], "big")
        for number in range(1, count + 1):
            name = stem(end_to_end_id(config.chain_id, config.narrow_bank, number, 1))
            if name in names:
                words = self._rpc.call(config.narrow_bank, "requests(uint256)", number, at=final)
                if int.from_bytes(words[1], "big") == _SETTLED:
                    found[name] = checksum_address(words[0][12:])
        return found


def _both(request: VouchersMessage) -> tuple[Any, Any]:
    """Return vouchers and grounds, to be walked side by side."""
    return request.vouchers, request.grounds


def _placed(at: int, differences: Iterator[Difference]) -> Iterator[Difference]:
    """Name the voucher in each line."""
    for one in differences:
        yield replace(one, line=f"vouchers[{at}].{one.line}")


def serve(config: BankSignerConfig, ready: Callable[[str], None] | None = None) -> None:
    """Run a bank signer until SIGTERM; raises BadKeyFile, OSError when the port is taken. `ready` gets its address."""
    party = BankSigner(config)
    try:
        serve_until_stopped(PartyServer((config.host, config.port), party), ready)
    finally:
        party.close()
