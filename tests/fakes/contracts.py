"""The contracts as far as the flows meet them, on the chain in memory: state by block, so that forks undo it."""

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from tests.fakes.chain import FakeBlock, FakeChain, SignedTx
from tests.stores import HandClock
from tradecoin.domain.chain import Block, Call, ChainEvent, ReserveView
from tradecoin.domain.mint import Voucher
from tradecoin.domain.money import Coins
from tradecoin.ports.chain import ContractRefused, TxFields
from tradecoin.signing.hashing import ZERO_32, address_bytes, checksum_address
from tradecoin.signing.keys import Key, recover64
from tradecoin.signing.refs import authorization_nonce
from tradecoin.signing.typed import Domain, attestation_digest, vouchers_digest

CHAIN_ID: Final = 31337
TOKEN, NARROW_BANK, RESERVES = (checksum_address(bytes([byte]) * 20) for byte in (0xA1, 0xB2, 0xC3))
SLA, MAX_AGE = 2 * 86_400, 86_400
NOTICE_OPEN, NOTICE_ACCEPTED, BRAKE = 86_400, 864_000, 86_400
MIN_REQUEST = 1_000_000
VOID = 2**256 - 1
BANK_KEYS = tuple(Key((100 + at).to_bytes(32, "big")) for at in range(3))
AUDIT_KEYS = tuple(Key((200 + at).to_bytes(32, "big")) for at in range(3))


@dataclass(frozen=True)
class Request:
    """A redemption in escrow."""

    holder: str
    amount: int
    due_at: int
    status: str = "requested"
    protested_at: int = 0
    pays: int = 0

    @property
    def is_open(self) -> bool:
        """Whether its coins are here."""
        return self.status in ("requested", "accepted")


@dataclass
class State:
    """Storage of Token, Reserves and NarrowBank after a block."""

    balances: dict[str, int] = field(default_factory=dict)
    burns: list[tuple[int, int]] = field(default_factory=list)
    blocked: frozenset[str] = frozenset()
    used: frozenset[bytes] = frozenset()
    spent: dict[bytes, int] = field(default_factory=dict)
    requests: dict[int, Request] = field(default_factory=dict)
    brake_until: int = 0
    paused_until: int = 0
    capacity: int = 10**15
    instant_cap: int = 10**14
    bank_set: int = 1
    audit_set: int = 1
    head: bytes = ZERO_32
    figures: tuple[int, int, int, int] = (0, 0, 0, 0)
    cut: int = 0
    ratio: tuple[int, int] | None = None

    def copy(self) -> "State":
        """Return a state that can be changed."""
        fresh = {name: getattr(self, name).copy() for name in ("balances", "burns", "spent", "requests")}
        return replace(self, **fresh)

    @property
    def supply(self) -> int:
        """All coins."""
        return sum(self.balances.values())

    @property
    def backing(self) -> int:
        """What the last attestation says may back coins."""
        return max(0, self.figures[0] - self.figures[1])

    @property
    def burden(self) -> int:
        """Coins that the last attestation must cover."""
        return self.supply + sum(units for at, units in self.burns if at >= self.cut) - self.figures[2]

    @property
    def overdue(self) -> bool:
        """Whether a protested request is open."""
        return any(one.protested_at and one.is_open for one in self.requests.values())


def refuse(error: str, **facts: Any) -> ContractRefused:
    """Return a typed error of the contracts."""
    return ContractRefused(error, error=error, **facts)


Told = Iterator[tuple[str, str, dict[str, Any]]]


@dataclass
class Execution:
    """One transaction on a state: every function yields its events, or raises ContractRefused."""

    state: State
    sender: str
    now: int

    def run(self, function: str, args: Sequence[Any]) -> Told:
        """Run a function by its name."""
        yield from getattr(self, f"_{function}")(*args)

    def _attest(self, statement: tuple[Any, ...], signatures: bytes) -> Told:
        signer_set, prev, reserves, encumbered, settling, claims, root, evidence, cut = statement
        state = self.state
        if prev != state.head:
            raise refuse("WrongPredecessor")
        if cut <= state.cut or cut > self.now or self.now - cut > MAX_AGE:
            raise refuse("BadCut", cut=cut, now=self.now)
        digest = attestation_digest(
            Domain("Reserves", CHAIN_ID, RESERVES),
            signer_set=signer_set,
            prev=prev,
            reserves=Coins(reserves),
            encumbered=Coins(encumbered),
            settling=Coins(settling),
            claims=Coins(claims),
            claims_root=root,
            evidence=evidence,
            cut=datetime.fromtimestamp(cut, tz=UTC),
        )
        _check_quorum(digest, signatures, AUDIT_KEYS, signer_set == state.audit_set)
        state.head, state.figures, state.cut = digest, (reserves, encumbered, settling, claims), cut
        yield "Reserves", "Attested", {"digest": digest, "cut": cut}

    def _attestAndMint(self, statement: Any, seal: bytes, vouchers: Any, expiry: int, signatures: bytes) -> Told:
        if statement[-1] > self.state.cut:
            yield from self._attest(statement, seal)
        yield from self._mint(vouchers, expiry, signatures)

    def _mint(self, vouchers: Sequence[tuple[Any, ...]], expiry: int, signatures: bytes) -> Told:
        state, total = self.state, sum(voucher[3] for voucher in vouchers)
        self._check_open(expiry, total)
        listed = [Voucher(d, Coins(v), Coins(o), Coins(a), to, order) for d, v, o, a, to, order in vouchers]
        digest = vouchers_digest(
            Domain("NarrowBank", CHAIN_ID, NARROW_BANK),
            signer_set=state.bank_set,
            expires_at=datetime.fromtimestamp(expiry, tz=UTC),
            vouchers=listed,
        )
        _check_quorum(digest, signatures, BANK_KEYS, True)
        for one in listed:
            if (
                state.spent.get(one.deposit, 0) != one.offset.units
                or one.offset.units + one.amount.units > one.value.units
            ):
                raise refuse("WrongOffset", spent=state.spent.get(one.deposit, 0))
            state.spent[one.deposit] = one.offset.units + one.amount.units
            state.balances[one.to] = state.balances.get(one.to, 0) + one.amount.units
            issued = {"order": one.order, "deposit": one.deposit, "to": one.to, "amount": one.amount.units}
            yield "NarrowBank", "Issued", issued
        state.capacity -= total
        if state.burden > state.backing:
            raise refuse("NotCovered", burden=state.burden, backing=state.backing)

    def _check_open(self, expiry: int, total: int) -> None:
        state = self.state
        if state.ratio or self.now < state.paused_until or not self.now <= expiry <= self.now + 86_400:
            raise refuse("Closed", expiry=expiry)
        if self.now > state.cut + MAX_AGE:
            raise refuse("StaleReport")
        if state.overdue or self.now < state.brake_until:
            raise refuse("OverdueRedemptions")
        if total > state.instant_cap or total > state.capacity:
            raise refuse("LimitExceeded")

    def _request(self, amount: int, payout: bytes) -> Told:
        yield from self._open(self.sender, amount, payout)

    def _requestWithAuthorization(
        self, holder: str, amount: int, payout: bytes, salt: bytes, after: int, before: int, signature: bytes
    ) -> Told:
        nonce = authorization_nonce(payout, salt, NARROW_BANK)
        if signature != holder.encode() or nonce in self.state.used or not after < self.now < before:
            raise refuse("BadAuthorization")
        self.state.used |= {nonce}
        yield from self._open(holder, amount, payout)

    def _open(self, holder: str, amount: int, payout: bytes) -> Told:
        self._move(holder, NARROW_BANK, amount)
        number, due_at = len(self.state.requests) + 1, self.now + SLA
        self.state.requests[number] = Request(holder, amount, due_at)
        told = {"id": number, "holder": holder, "amount": amount, "payout": payout, "dueAt": due_at}
        yield "NarrowBank", "Requested", told

    def _accept(self, ids: Sequence[int]) -> Told:
        for number in ids:
            one = self.state.requests[number]
            if one.status == "requested" and one.holder not in self.state.blocked:
                self.state.requests[number] = replace(one, status="accepted", pays=self._pays(one.amount))
                yield "NarrowBank", "Accepted", {"id": number}

    def _pays(self, amount: int) -> int:
        if self.state.ratio is None:
            return amount
        share = amount * self.state.ratio[0] // self.state.ratio[1]
        return share - share % 10_000

    def _settle(self, ids: Sequence[int], refs: Sequence[bytes]) -> Told:
        for number, ref in zip(ids, refs, strict=True):
            one = self.state.requests[number]
            if one.status == "accepted":
                self.state.requests[number] = replace(one, status="settled")
                self.state.balances[NARROW_BANK] -= one.amount
                self.state.burns.append((self.now, one.amount))
                yield "NarrowBank", "Settled", {"id": number, "amount": one.amount, "paid": one.pays, "ref": ref}

    def _giveBack(self, ids: Sequence[int], reasons: Sequence[int]) -> Told:
        for number, reason in zip(ids, reasons, strict=True):
            one = self.state.requests[number]
            if one.is_open:
                if self.now > one.due_at:
                    self.state.brake_until = self.now + BRAKE
                yield from self._return(number, "given_back", "GivenBack", {"reason": reason})

    def _cancel(self, number: int) -> Told:
        one = self.state.requests[number]
        if one.status != "requested" or self.sender != one.holder:
            raise refuse("WrongStatus")
        yield from self._return(number, "cancelled", "Cancelled", {})

    def _protest(self, number: int) -> Told:
        one = self.state.requests[number]
        if not one.is_open or one.protested_at or self.now <= one.due_at:
            raise refuse("NotDue")
        self.state.requests[number] = replace(one, protested_at=self.now)
        yield "NarrowBank", "Protested", {"id": number}

    def _reclaim(self, number: int) -> Told:
        one = self.state.requests[number]
        notice = NOTICE_ACCEPTED if one.status == "accepted" else NOTICE_OPEN
        if not one.is_open or self.sender != one.holder or not one.protested_at:
            raise refuse("NotProtested")
        if self.now < one.protested_at + notice:
            raise refuse("NoticeNotOver")
        yield from self._return(number, "reclaimed", "Reclaimed", {})

    def _return(self, number: int, status: str, name: str, facts: dict[str, Any]) -> Told:
        one = self.state.requests[number]
        self.state.requests[number] = replace(one, status=status)
        self._move(NARROW_BANK, one.holder, one.amount)
        yield "NarrowBank", name, {"id": number, **facts}

    def _move(self, giver: str, taker: str, amount: int) -> None:
        if self.state.balances.get(giver, 0) < amount:
            raise refuse("ERC20InsufficientBalance")
        self.state.balances[giver] -= amount
        self.state.balances[taker] = self.state.balances.get(taker, 0) + amount

    def _set(self, name: str, value: Any) -> Told:
        setattr(self.state, name, value)
        yield from ()

    def _void(self, deposit: bytes) -> Told:
        self.state.spent[deposit] = VOID
        yield "NarrowBank", "Voided", {"deposit": deposit}


def _check_quorum(digest: bytes, packed: bytes, keys: Sequence[Key], is_current: bool) -> None:
    signers = [recover64(packed[at : at + 64], digest) for at in range(0, len(packed), 64)]
    ascending = sorted({address_bytes(one) for one in signers})
    members = {key.address for key in keys}
    if (
        not is_current
        or len(signers) < 2
        or not members.issuperset(signers)
        or ascending != list(map(address_bytes, signers))
    ):
        raise refuse("BadQuorum")


@dataclass
class ContractChain(FakeChain):
    """The chain in memory with our contracts on it; its time is the clock's."""

    clock: HandClock = field(default_factory=HandClock)
    states: dict[str, State] = field(default_factory=dict)
    logs: dict[str, list[ChainEvent]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the first block, just before now."""
        timestamp = int(self.clock.now().timestamp()) - 1
        header = Block(0, self._block_hash(0, ""), "0x0", timestamp)
        self.chain.append(FakeBlock(header, (), frozenset()))
        self.states[header.hash], self.logs[header.hash] = State(), []

    @property
    def state(self) -> State:
        """The storage at the head."""
        return self.states[self.chain[-1].header.hash]

    def _append(self, txs: Sequence[SignedTx]) -> None:
        parent = self.chain[-1].header
        timestamp = max(parent.timestamp + 1, int(self.clock.now().timestamp()))
        header = Block(parent.number + 1, self._block_hash(parent.number + 1, parent.hash), parent.hash, timestamp)
        state, failed, logs = self.state, set(), list[ChainEvent]()
        for tx in txs:
            trial = state.copy()
            try:
                told = list(self._run(trial, tx, timestamp))
            except ContractRefused:
                failed.add(tx.hash)
                continue
            state = trial
            logs += [ChainEvent(header, len(logs) + at, tx.hash, *one) for at, one in enumerate(told)]
        self.chain.append(FakeBlock(header, tuple(txs), frozenset(failed)))
        self.states[header.hash], self.logs[header.hash] = state, logs
        for tx in txs:
            self.pool.pop((tx.sender, tx.fields.nonce), None)

    def _run(self, state: State, tx: SignedTx, timestamp: int) -> Told:
        if not tx.fields.data:
            return
        _, function, args = pickle.loads(tx.fields.data)
        yield from Execution(state, tx.sender, timestamp).run(function, args)

    def _events_of(self, block: FakeBlock) -> list[ChainEvent]:
        return self.logs[block.header.hash]

    def encode(self, call: Call) -> tuple[str, bytes]:
        """See Chain."""
        if not call.function:
            return call.contract, call.args[0]
        addresses = {"Token": TOKEN, "NarrowBank": NARROW_BANK, "Reserves": RESERVES}
        return addresses[call.contract], pickle.dumps((call.contract, call.function, call.args))

    def preflight(self, call: Call, sender: str) -> int:
        """See Chain."""
        self._visible()
        to, data = self.encode(call)
        tx = SignedTx("", sender, TxFields(CHAIN_ID, 0, to, data, 0, 10**6, 0, 0))
        timestamp = max(self.chain[-1].header.timestamp + 1, int(self.clock.now().timestamp()))
        list(self._run(self.state.copy(), tx, timestamp))
        return 50_000

    def act(self, sender: str, function: str, *args: Any) -> None:
        """Let somebody outside do something, in a block of its own; raises ContractRefused."""
        call = Call("NarrowBank", function, args)
        self.preflight(call, sender)
        data = self.encode(call)[1]
        fields = TxFields(CHAIN_ID, len(self.chain), NARROW_BANK, data, 0, 10**6, 0, 0)
        self._append([SignedTx(f"0x{len(self.chain):060x}{self.forks:04x}", sender, fields)])

    def read(self, contract: str, function: str, *args: Any, at: Block | None = None) -> Any:
        """See Chain."""
        self._visible()
        state = self.state if at is None else self.states[at.hash]
        views: dict[str, Any] = {
            "totalSupply": lambda: state.supply,
            "balanceOf": lambda owner: state.balances.get(owner, 0),
            "canSend": lambda owner: owner not in state.blocked,
            "minRequest": lambda: MIN_REQUEST,
            "requests": lambda number: (state.requests[number].holder, state.requests[number].pays),
        }
        return views[function](*args)

    def reserve_view(self, at: Block | None = None) -> ReserveView:
        """See Chain."""
        block = at or self.head()
        state, now = self.states[block.hash], int(self.clock.now().timestamp())
        fresh, covered = now <= state.cut + MAX_AGE, state.cut != 0 and state.burden <= state.backing
        facts = {
            "stale": not fresh,
            "not_covered": not covered,
            "overdue": state.overdue,
            "brake": now < state.brake_until,
            "paused": now < state.paused_until,
            "wound_down": state.ratio is not None,
        }
        reserves, encumbered, settling, claims = state.figures
        return ReserveView(
            block=block,
            supply=state.supply,
            reserves=reserves,
            encumbered=encumbered,
            settling=settling,
            claims=claims,
            head=state.head,
            cut=state.cut,
            covered=covered,
            fresh=fresh,
            halted=tuple(name for name, holds in facts.items() if holds),
            headroom=max(0, state.backing - state.burden),
            rate_capacity=state.capacity,
            instant_cap=state.instant_cap,
            signer_set=state.bank_set,
            auditor_set=state.audit_set,
        )
