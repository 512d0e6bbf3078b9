"""The chain's machinery: the head, the pool, mining, reorganisation and snapshots. Use from one thread at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tradecoin_devnet.evm.assemble import Draft
from tradecoin_devnet.evm.chaintime import ChainTime
from tradecoin_devnet.evm.errors import refused
from tradecoin_devnet.evm.pool import Pool, Pooled, pooled
from tradecoin_devnet.evm.records import Block
from tradecoin_devnet.evm.rules import next_base_fee, next_header, open_state
from tradecoin_devnet.evm.shapes import Header, State
from tradecoin_devnet.evm.store import ChainStore


@dataclass(frozen=True, slots=True)
class Settings:
    """What is fixed for the life of a chain process; `finality` is the distance of the tag `finalized` in blocks."""

    chain_id: int = 31337
    gas_limit: int = 60_000_000
    finality: int = 2
    log_limit: int = 10_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A place to come back to."""

    head: Block
    waiting: list[Pooled]


@dataclass
class Engine:
    """One chain with everything that changes it."""

    settings: Settings
    store: ChainStore
    time: ChainTime
    head: Block
    pool: Pool = field(default_factory=Pool)
    automine: bool = True
    block_time: float = 0
    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    _reader: State | None = None

    # Reading

    def state(self) -> State:
        """Return the state of the head, for reading only."""
        if self._reader is None:
            self._reader = self.state_at(self.head)
        return self._reader

    def state_at(self, block: Block) -> State:
        """Return the state after a block, in that block's own context."""
        return self._open(block.header, block.state_root)

    def pending_header(self) -> Header:
        """Return the header that a block made now would begin with."""
        return self._next_header(self.head, self.time.after(self.head.timestamp))

    def pending_state(self) -> State:
        """Return the state of the head in the context of the next block."""
        return self._open(self.pending_header(), self.head.state_root)

    def nonce_of(self, address: bytes) -> int:
        """Return the number of transactions that the head has from an account."""
        return self.state().get_nonce(address)

    # Mining

    def submit(self, new: Pooled) -> None:
        """Take a transaction into the pool and, when mining is automatic, into a block."""
        self.pool.add(new)
        self.mine_ready()

    def mine_ready(self) -> None:
        """Make a block if mining is automatic and something is ready."""
        ready = self._ready() if self.automine else []
        if ready:
            self._mine(ready)

    def mine(self) -> Block:
        """Make one block of what is ready, possibly nothing."""
        return self._mine(self._ready())

    def begin(self) -> tuple[Draft, list[Pooled]]:
        """Return the next block with nothing in it yet, and what is ready to go in.

        `Draft.apply_all` then only reads the store, so other threads may read meanwhile; `finish` comes last.
        """
        return self._draft(self.head, self.time.take_after(self.head.timestamp)), self._ready()

    def finish(self, draft: Draft) -> Block:
        """Make a drafted block the head; nothing but the pool may have changed since it was begun."""
        with self.store.transaction():
            block = self.store.add_block(draft.sealed(), draft.mined, draft.logs)
        self._move_to(block)
        for rejected in draft.rejected:
            self.pool.drop(rejected)
        return block

    def _mine(self, ready: list[Pooled]) -> Block:
        draft = self._draft(self.head, self.time.take_after(self.head.timestamp))
        draft.apply_all(ready)
        return self.finish(draft)

    def set_balance(self, address: bytes, balance: int) -> None:
        """Change a balance on top of the head, without a block."""
        state = self.state_at(self.head)
        state.set_balance(address, balance)
        with self.store.transaction():
            state.persist()
            self.store.patch_state(self.head, state.state_root)
        self._move_to(self.store.block_by_row(self.head.row))

    # Going back

    def reorganise(self, depth: int, placed: dict[int, list[Pooled]], *, keep: bool) -> None:
        """Replace the last `depth` blocks by others that hold only `placed`: transactions by place among the new.

        With `keep`, what the orphaned blocks held goes back to the pool; otherwise it is gone until sent again.
        """
        if not 0 < depth <= self.head.number:
            raise refused(f"reorg depth {depth} is not between 1 and the chain's length, {self.head.number}")
        orphaned = self._canonical_above(self.head.number - depth)
        dropped = [pooled(mined.raw) for block in orphaned for mined in self.store.mined_in(block)]
        with self.store.transaction():
            self.store.set_setting("branch", self._branch() + 1)
            self.store.orphan_above(self.head.number - depth)
            head = self._block(self.head.number - depth)
            for place, old in enumerate(orphaned):
                time = max(head.timestamp + 1, old.timestamp)
                head = self._append(head, placed.get(place, []), time)
        self._move_to(head)
        self._refill([*dropped, *self.pool] if keep else self.pool)

    def take_snapshot(self) -> int:
        """Remember the head and the pool; return a number for `revert`."""
        number = max(self.snapshots, default=0) + 1
        self.snapshots[number] = Snapshot(self.head, list(self.pool))
        return number

    def revert(self, number: int) -> bool:
        """Go back to a snapshot, using it up with all later ones; return False when there is none of that number."""
        target = self.snapshots.get(number)
        if target is None:
            return False
        path = [target.head]
        while not self.store.is_canonical(path[-1]):
            path.append(self._parent(path[-1]))
        with self.store.transaction():
            self.store.orphan_above(path[-1].number)
            for block in path:
                self.store.adopt(block)
            self.store.patch_state(target.head, target.head.state_root)
        self._move_to(target.head)
        self.snapshots = {key: value for key, value in self.snapshots.items() if key < number}
        self._refill(target.waiting)
        return True

    # Inside

    def _ready(self) -> list[Pooled]:
        return self.pool.ready(self.nonce_of, next_base_fee(self.head.header))

    def _append(self, parent: Block, candidates: Iterable[Pooled], timestamp: int) -> Block:
        draft = self._draft(parent, timestamp)
        draft.apply_all(candidates)
        return self.store.add_block(draft.sealed(), draft.mined, draft.logs)

    def _draft(self, parent: Block, timestamp: int) -> Draft:
        header = self._next_header(parent, timestamp)
        return Draft(header, self._open(header, parent.state_root))

    def _next_header(self, parent: Block, timestamp: int) -> Header:
        branch = self._branch()
        # Two branches may hold the same transactions at the same second; their blocks must still differ.
        extra = f"branch {branch}".encode() if branch else b""
        return next_header(parent.header, timestamp=timestamp, gas_limit=self.settings.gas_limit, extra_data=extra)

    def _branch(self) -> int:
        return self.store.setting("branch") or 0

    def _open(self, header: Header, root: bytes) -> State:
        ancestors = self.store.ancestors(header.parent_hash)
        return open_state(self.store.nodes, header, root, ancestors, self.settings.chain_id)

    def _move_to(self, head: Block) -> None:
        self.head = head
        self._reader = None
        self.pool.forget_used(self.nonce_of)

    def _refill(self, waiting: Iterable[Pooled]) -> None:
        refill = list(waiting)
        self.pool.clear()
        for one in refill:
            if one.nonce >= self.nonce_of(one.sender) and self.pool.next_nonce(one.sender, one.nonce) == one.nonce:
                self.pool.add(one)

    def _canonical_above(self, number: int) -> list[Block]:
        return [self._block(height) for height in range(number + 1, self.head.number + 1)]

    def _block(self, number: int) -> Block:
        found = self.store.block_by_number(number)
        if found is None:
            raise refused(f"block {number} is not on the chain")
        return found

    def _parent(self, block: Block) -> Block:
        found = self.store.block_by_hash(block.header.parent_hash)
        if found is None:
            raise refused(f"the parent of block {block.number} is missing")
        return found
