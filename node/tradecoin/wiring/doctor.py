"""Everything that a node needs from outside, asked one by one; nothing is changed."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, Final

from tradecoin.adapters.chain.deployment import Deployment
from tradecoin.adapters.chain.reader import JsonRpcChain, open_chain
from tradecoin.adapters.chain.roles import check_roles
from tradecoin.adapters.chain.rpc import HttpEndpoint
from tradecoin.adapters.parties_http import HttpParty
from tradecoin.config import Settings
from tradecoin.domain.errors import Refused, Unavailable
from tradecoin.wiring.database import revisions
from tradecoin.wiring.node import bank_for, clock_for, keys_for, open_books, parties_for
from tradecoin.wiring.settings import Finding, check_settings, look

_ENOUGH_WEI: Final = 10**16
_SKEW_SECONDS_MOST: Final = 60
_AFTER_EVERYTHING: Final = "2000000000"
_SIDES: Final = (("bank_signers", "NarrowBank"), ("attestors", "Reserves"))


class Trouble(Refused):
    """Something is not as a node needs it."""

    code = "trouble"


def examine(settings: Settings) -> list[Finding]:
    """Return what was found, in the order in which it is worth mending."""
    found = check_settings(settings)
    found += [
        look("database schema", lambda: _schema(settings)),
        look("database binding", lambda: _binding(settings)),
        look("bank", lambda: _bank(settings)),
    ]
    return [*found, *_on_chain(settings)]


def _on_chain(settings: Settings) -> list[Finding]:
    """Return what was found on the chain, or that it is not there or not the right one."""
    try:
        with closing(HttpEndpoint(settings.chain.rpc)) as endpoint:
            deployment = Deployment.load(settings.chain.deployment)
            chain = open_chain(endpoint, deployment, finality=settings.chain.finality)
            return [look(name, question) for name, question in _chain_questions(settings, chain, endpoint)]
    except (Refused, Unavailable) as problem:
        return [Finding("chain", False, str(problem))]


def _schema(settings: Settings) -> str:
    """The schema is that of this version."""
    present, wanted = revisions(settings)
    if present != wanted:
        raise Trouble(f"schema {present or 'none'}, this version works with {wanted}; run `tradecoin migrate`")
    return wanted


def _binding(settings: Settings) -> str:
    """The database belongs to the deployment, or to none yet."""
    deployment = Deployment.load(settings.chain.deployment)
    with closing(open_books(settings)) as store:
        bound = store.read(lambda tx: tx.get_value("chain.binding"))
    wanted = f"{deployment.chain_id}:{deployment.address('NarrowBank')}"
    if bound not in (None, wanted):
        raise Trouble("this database belongs to another chain or deployment", database=bound, deployment=wanted)
    return bound or "none yet"


def _bank(settings: Settings) -> str:
    """The bank's channel answers; what came is left alone, so the question is for what comes after everything."""
    bank_for(settings).new_messages(_AFTER_EVERYTHING)
    return settings.bank.url or f"folder {settings.bank.inbox or settings.bank.outbox}"


def _chain_questions(
    settings: Settings, chain: JsonRpcChain, endpoint: HttpEndpoint
) -> Iterator[tuple[str, Callable[[], str]]]:
    """Return what is asked once the chain is known to be the right one."""
    yield "chain", lambda: f"{chain.chain_id} at block {chain.head().number}, final {chain.final_number()}"
    yield "chain clock", lambda: _skew("chain", clock_for(settings).now().timestamp() - chain.head().timestamp)
    yield "roles", lambda: _roles(endpoint, chain.deployment)
    for name in ("relay", "payer"):
        yield f"gas of {name}", lambda name=name: _funds(settings, chain, name)  # type: ignore[misc]
    yield "payer's power", lambda: _payer(settings, chain)
    for parties, (setting, contract) in zip(parties_for(settings, chain.deployment), _SIDES, strict=True):
        told: Sequence[Any] = parties
        yield (
            f"parties.{setting}",
            lambda told=told, contract=contract: _quorum(  # type: ignore[misc]
                settings, chain, told, contract
            ),
        )


def _skew(whose: str, seconds: float) -> str:
    """Two clocks agree; a block may be old, but not from the future."""
    if seconds < -_SKEW_SECONDS_MOST:
        raise Trouble(f"the {whose} is {-seconds:.0f} s ahead of this machine")
    return f"last block {max(0, seconds):.0f} s ago"


def _roles(endpoint: HttpEndpoint, deployment: Deployment) -> str:
    """The powers on the chain are those of the deployment file."""
    differences = check_roles(endpoint, deployment)
    if differences:
        told = "; ".join(f"{one.role} {one.account}: {one.found}, not {one.wanted}" for one in differences)
        raise Trouble(told)
    return f"{len(deployment.roles)} as written"


def _funds(settings: Settings, chain: JsonRpcChain, name: str) -> str:
    """A key can pay for gas."""
    address = keys_for(settings).address(name)
    wei = chain.balance(address)
    if wei < _ENOUGH_WEI:
        raise Trouble(f"{address} has {wei} wei, less than {_ENOUGH_WEI}")
    return f"{address} has {wei} wei"


def _payer(settings: Settings, chain: JsonRpcChain) -> str:
    """The contract lets our payer settle."""
    ours, theirs = keys_for(settings).address("payer"), chain.read("NarrowBank", "payer")
    if ours != theirs:
        raise Trouble("the contract has another payer", key=ours, contract=theirs)
    return str(ours)


def _quorum(settings: Settings, chain: JsonRpcChain, parties: Sequence[HttpParty], contract: str) -> str:
    """Enough of the contract's signers answer, and their clocks agree with ours."""
    signers, needed = chain.read(contract, "signers"), chain.read(contract, "threshold")
    told = [_asked(settings, party, signers) for party in parties]
    good = {signer for signer, _ in told if signer}
    trouble = "; ".join(problem for _, problem in told if problem)
    text = f"{len(good)} of {len(signers)} answer, {needed} needed"
    if len(good) < needed:
        raise Trouble(f"{text}: {trouble}" if trouble else text)
    return f"{text}; {trouble}" if trouble else text


def _asked(settings: Settings, party: HttpParty, signers: Sequence[str]) -> tuple[str, str]:
    """Return a party's address when it is good for a signature, else what is wrong with it."""
    started = time.monotonic()
    try:
        status = party.status()
        signer, theirs = str(status["signer"]), datetime.fromisoformat(str(status["now"]))
    except (Unavailable, KeyError, ValueError) as problem:
        return "", f"{party.name}: {problem}"
    finally:
        party.close()
    if signer not in signers:
        return "", f"{party.name}: {signer} is not of the contract's set"
    ahead = (theirs - clock_for(settings).now()).total_seconds()
    if abs(ahead) > _SKEW_SECONDS_MOST + time.monotonic() - started:
        return "", f"{party.name}: its clock is {ahead:+.0f} s from ours"
    return signer, ""
