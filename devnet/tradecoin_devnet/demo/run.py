"""One command: bring a devnet up, tell the story on a bank file, print what happened, leave nothing behind."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from tradecoin_devnet import samples
from tradecoin_devnet.demo import tables
from tradecoin_devnet.demo.choice import Choice, choose
from tradecoin_devnet.demo.doors import Api, Chain, DemoFailed
from tradecoin_devnet.demo.story import Story
from tradecoin_devnet.stack.devnet import Devnet
from tradecoin_devnet.stack.http import post_raw
from tradecoin_devnet.stack.interrupts import stoppable
from tradecoin_devnet.stack.layout import Layout, Ports
from tradecoin_devnet.stack.wish import ReserveAccount, Wish

_MOST_ASSIGNED = 3
_REDEEM_AT_MOST = Decimal(100)


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for. `keep` leaves everything running; `json_path` gets the report."""

    home: Path
    port_base: int
    engine: str = "embedded"
    statement: Path | None = None
    json_path: Path | None = None
    keep: bool = False


def run(options: Options, console: Console) -> dict[str, Any]:
    """Run the demo and return its report; nothing is left running or lying about unless it is to be kept.

    Raises BadBankMessage or NotForTheDemo before anything starts, PortBusy, AnvilMissing, ProcessFailed, DemoFailed,
    and HTTPError with the simulated bank's refusal of the file.
    """
    started = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:6.1f} s[/dim]  {text}", highlight=False)

    raw = samples.read(samples.STATEMENT) if options.statement is None else options.statement.read_bytes()
    choice = choose(raw, ZoneInfo(samples.ZONE))
    devnet = _fresh(options, choice, say)
    try:
        with stoppable():
            report = _tell(devnet, raw, options, say, console)
    except BaseException:
        devnet.down() if options.keep else devnet.remove()
        raise
    report["seconds"] = round(time.monotonic() - started, 1)
    if options.json_path is not None:
        options.json_path.write_text(json.dumps(report, indent=2) + "\n")
    if options.keep:
        _tell_urls(devnet, console)
    else:
        devnet.remove()
    return report


def _fresh(options: Options, choice: Choice, say: Callable[[str], None]) -> Devnet:
    """Return a devnet in an empty folder of its own; one that an earlier demo left there is stopped and removed."""
    layout = Layout((options.home / "demo").resolve())
    if layout.home.exists() and any(layout.home.iterdir()) and not layout.ports.exists():
        raise DemoFailed(f"{layout.home} holds something else than a demo; give another --home")
    wish = Wish(engine=options.engine, reserve=ReserveAccount(choice.iban, "Reserve", choice.currency))
    if layout.home.exists():
        Devnet(layout.home, Ports({}), wish).remove()
    return Devnet(layout.home, Ports.from_base(options.port_base), wish, say)


def _tell(devnet: Devnet, raw: bytes, options: Options, say: Callable[[str], None], console: Console) -> dict[str, Any]:
    """Bring the devnet up around the statement and tell the story."""
    summary = devnet.up(before_node=lambda one: _load(one, raw, say))
    story = Story(
        admin=Api(summary["api"], summary["api_keys"]["admin"]),
        operator=Api(summary["api"], summary["api_keys"]["operator"]),
        chain=Chain(summary["rpc"], summary["chain_id"]),
        bank_url=summary["bank"],
        reserve_iban=devnet.wish.reserve.iban,
        token=summary["tokens"]["NRW"],
        say=say,
    )
    story.register()
    if options.statement is None:
        _sample_story(story, raw)
    else:
        _own_story(story, raw, options.statement.name)
    told = story.audit()
    latest = story.operator.get("/v1/attestations/latest")
    report = _report(story, told, latest)
    tables.five_words(console, report, latest["tx"])
    tables.attestation(console, latest)
    tables.audit(console, told)
    return report


def _load(devnet: Devnet, raw: bytes, say: Callable[[str], None]) -> None:
    """The statement becomes the bank's book, and the devnet's clock stands just after its closing time."""
    told = post_raw(f"{devnet.ports.url('bank')}/_bank/load?set_clock=1", raw, "application/xml")
    pages = [page for page in told["accounts"] if page["iban"] == devnet.wish.reserve.iban]
    name = pages[0]["name"] if pages[0]["name"] != pages[0]["iban"] else "Reserve"
    devnet.wish = replace(devnet.wish, reserve=replace(devnet.wish.reserve, name=name))
    others = sorted({page["iban"] for page in told["accounts"]} - {devnet.wish.reserve.iban})
    beside = f", beside {', '.join(others)}" if others else ""
    opening, closing, currency = pages[0]["opening"], pages[-1]["closing"], devnet.wish.reserve.currency
    say(f"the bank keeps {devnet.wish.reserve.iban}{beside}: {opening} to {closing} {currency}")


def _sample_story(story: Story, statement: bytes) -> None:
    """The committed files: every kind of credit, and one of everything that can happen to coins."""
    anna, bram, chloe, dario = story.holders
    story.import_file(samples.read(samples.NOTIFICATION), samples.NOTIFICATION)
    story.import_file(statement, samples.STATEMENT)
    story.import_file(statement, f"{samples.STATEMENT} again")
    story.wait_minted()
    for deposit in story.tell_unmatched():
        if deposit["reason"].startswith("ordered in"):
            story.assign(deposit, dario)
        elif deposit["debtor"] not in {holder.name for holder in story.holders}:
            story.send_back(deposit)
    story.wait_minted()
    story.transfer(anna, bram, "250.00")
    story.let_bank_reject(chloe)
    story.redeem(anna, "500.00", "direct")
    story.redeem(bram, "300.00", "gasless")
    story.redeem(chloe, "200.00", "gasless")
    _close(story)


def _own_story(story: Story, statement: bytes, name: str) -> None:
    """A user's own file: its credits name nobody here, so an operator assigns the largest ones."""
    story.import_file(statement, name)
    credits = sorted(story.tell_unmatched(), key=lambda row: Decimal(row["amount"]), reverse=True)[:_MOST_ASSIGNED]
    for deposit, holder in zip(credits, story.holders, strict=False):
        story.assign(deposit, holder)
    story.wait_minted()
    for deposit, holder, mode in zip(credits, story.holders, ("direct", "gasless"), strict=False):
        amount = min(Decimal(deposit["amount"]), _REDEEM_AT_MOST)
        if amount >= 1:
            story.redeem(holder, f"{amount}", mode)
    _close(story)


def _close(story: Story) -> None:
    """See the redemptions to their end and the books closed by the bank's next statement."""
    story.wait_redeemed()
    story.wait_payouts_booked()
    story.close_statement()
    story.attest()


def _report(story: Story, audit: dict[str, Any], latest: dict[str, Any]) -> dict[str, Any]:
    """Put together what scripts read."""
    figures = latest["figures"]
    mints = [
        {
            "order": row["id"],
            "deposit": row.get("deposit", ""),
            "to": row["recipient"],
            "amount": row["amount"],
            "tx": row["tx"],
            "state": row["state"],
        }
        for row in story.orders()
    ]
    redemptions = [story.operator.get(f"/v1/redemptions/{one}") for one in story.redemptions]
    return {
        "ok": audit["ok"],
        "seconds": 0,
        "deposits": [_picked(row, "id reference amount state") for row in story.operator.all("/v1/deposits")],
        "mints": mints,
        "attestation": {
            "digest": latest["digest"],
            "cut": latest["cut"],
            "reserves": figures["reserves"],
            "supply": figures["supply"],
            "signers": latest["signers"],
        },
        "redemptions": [_picked(row, "id request_id mode amount state") for row in redemptions],
        "payouts": [_picked(row, "id end_to_end_id amount state") for row in story.operator.all("/v1/payouts")],
        "audit": {"ok": audit["ok"], "checks": audit["checks"]},
    }


def _picked(row: dict[str, Any], names: str) -> dict[str, Any]:
    """Return some members of a row."""
    return {name: row[name] for name in names.split()}


def _tell_urls(devnet: Devnet, console: Console) -> None:
    """Say where everything is and how to end it."""
    console.print(f"API       {devnet.ports.url('api')}/docs")
    console.print(f"chain     {devnet.ports.url('rpc')}")
    console.print(f"bank      {devnet.ports.url('bank')}/accounts")
    console.print(f"keys      {devnet.layout.summary}")
    console.print(f"stop with: tradecoin devnet down --home {devnet.layout.home}")


__all__ = ["DemoFailed", "Options", "run"]
