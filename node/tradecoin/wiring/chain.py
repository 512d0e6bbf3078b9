"""The node's view of the chain, checked by reading the chain once more."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tradecoin.adapters.chain.deployment import Deployment
from tradecoin.adapters.chain.reader import open_chain
from tradecoin.adapters.chain.rpc import HttpEndpoint
from tradecoin.adapters.store import migrate, open_store
from tradecoin.config import Settings
from tradecoin.flow.forks import resume_chain, stopped_facts
from tradecoin.flow.verifying import verify_index
from tradecoin.ports.chain import Chain
from tradecoin.ports.store import Store
from tradecoin.wiring.node import clock_for, open_books


def verify(settings: Settings) -> dict[str, Any]:
    """Index the chain into a scratch database and compare what is final; raises ChainUnreachable, WrongChain."""
    with _books_and_chain(settings) as (store, chain, deployment), tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'scratch.db'}"
        migrate(url)
        with closing(open_store(url, clock=clock_for(settings))) as scratch:
            report = verify_index(store=store, scratch=scratch, chain=chain, first_block=deployment.block)
    return {"ok": report.live_digest == report.reindexed_digest, **asdict(report)}


def resume(settings: Settings, actor: str) -> dict[str, Any]:
    """Let money move again when the endpoint has our final block after all; raises ForkBeyondFinality otherwise."""
    with _books_and_chain(settings) as (store, chain, _):
        facts = store.read(stopped_facts)
        resume_chain(store=store, chain=chain, actor=actor)
    return {"was_stopped": facts is not None, "facts": facts or {}}


@contextmanager
def _books_and_chain(settings: Settings) -> Iterator[tuple[Store, Chain, Deployment]]:
    """Open the database and the chain, beside a node that may be running."""
    deployment = Deployment.load(settings.chain.deployment)
    with closing(HttpEndpoint(settings.chain.rpc)) as endpoint:
        chain = open_chain(endpoint, deployment, finality=settings.chain.finality)
        with closing(open_books(settings)) as store:
            yield store, chain, deployment
