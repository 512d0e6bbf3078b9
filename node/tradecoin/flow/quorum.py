"""Asking several parties at once: whoever is down or refuses is named, and the others count."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tradecoin.ports.parties import PartyRefused, PartyUnreachable, Signature

Ask = tuple[str, Callable[[], Signature]]


def collect(asks: Sequence[Ask]) -> tuple[list[Signature], list[str]]:
    """Ask all parties side by side; return the signatures, and a sentence for each party that gave none."""
    signatures, refusals = ask_all(asks)
    return signatures, [f"{name}: {problem}" for name, problem in refusals]


def ask_all(
    asks: Sequence[Ask],
) -> tuple[list[Signature], list[tuple[str, PartyRefused | PartyUnreachable]]]:
    """Ask all parties side by side; return the signatures, and each refusal with its facts."""
    if not asks:
        return [], []
    signatures: list[Signature] = []
    refusals: list[tuple[str, PartyRefused | PartyUnreachable]] = []
    with ThreadPoolExecutor(max_workers=len(asks)) as pool:
        for (name, _), answer in zip(asks, [pool.submit(ask) for _, ask in asks], strict=True):
            try:
                signatures.append(answer.result())
            except (PartyRefused, PartyUnreachable) as problem:
                refusals.append((name, problem))
    return signatures, refusals
