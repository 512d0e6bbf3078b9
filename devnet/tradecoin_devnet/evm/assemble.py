"""Building one block: every transaction is applied to one state, which is hashed and saved once at the end."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from eth_utils.exceptions import ValidationError

from tradecoin_devnet.evm.pool import Pooled
from tradecoin_devnet.evm.records import Log, Mined
from tradecoin_devnet.evm.roots import bloom_of, encode_receipt, list_root
from tradecoin_devnet.evm.rules import Outcome, effective_price, execute
from tradecoin_devnet.evm.shapes import Header, State


@dataclass
class Draft:
    """A block in the making."""

    header: Header
    state: State
    receipts: list[bytes] = field(default_factory=list)
    mined: list[Mined] = field(default_factory=list)
    logs: list[list[Log]] = field(default_factory=list)
    rejected: list[bytes] = field(default_factory=list)
    gas_used: int = 0
    log_count: int = 0
    bloom: int = 0

    def apply_all(self, candidates: Iterable[Pooled]) -> None:
        """Apply transactions until the block is full; one that cannot be applied is rejected and stops its sender."""
        held_back: set[bytes] = set()
        for one in candidates:
            if self.gas_used + one.transaction.gas > self.header.gas_limit:
                break
            if one.sender in held_back:
                continue
            try:
                outcome = execute(self.state, one.transaction)
            except ValidationError:
                self.rejected.append(one.hash)
                held_back.add(one.sender)
            else:
                self._add(one, outcome)

    def sealed(self) -> Header:
        """Save the state and return the finished header; there is no proof of work to do."""
        self.state.persist()
        return self.header.copy(
            state_root=self.state.state_root,
            transaction_root=list_root([one.raw for one in self.mined]),
            receipt_root=list_root(self.receipts),
            bloom=self.bloom,
            gas_used=self.gas_used,
        )

    def _add(self, one: Pooled, outcome: Outcome) -> None:
        transaction = one.transaction
        self.gas_used += outcome.gas_used
        bloom = bloom_of(outcome.logs)
        kind = transaction.type_id or 0
        mined = Mined(
            position=len(self.mined),
            hash=one.hash,
            raw=one.raw,
            sender=one.sender,
            status=int(outcome.succeeded),
            gas_used=outcome.gas_used,
            cumulative_gas=self.gas_used,
            price=str(effective_price(transaction, self.header.base_fee_per_gas)),
            created=outcome.created,
            bloom=bloom.to_bytes(256, "big"),
            first_log=self.log_count,
            log_count=len(outcome.logs),
        )
        self.bloom |= bloom
        self.log_count += mined.log_count
        self.receipts.append(encode_receipt(kind, outcome.succeeded, self.gas_used, bloom, outcome.logs))
        self.mined.append(mined)
        self.logs.append(outcome.logs)
