"""The typed client: problems as errors, repetition under one key, and every resource once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.api.kit import HOLDER, PAYEE, RESERVE, Ground, camt054
from tradecoin.client import ApiRefused, ApiUnavailable, Client
from tradecoin.client import bodies as all_bodies
from tradecoin.domain.errors import Refused, Unavailable
from tradecoin.signing.siwe import personal_digest


class Flaky(httpx.BaseTransport):
    """Loses or spoils answers before it carries them."""

    def __init__(self, inner: httpx.BaseTransport, spoil: list[Callable[[httpx.Response], httpx.Response]]) -> None:
        self.inner, self.spoil, self.sent = inner, spoil, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request."""
        self.sent += 1
        answer = self.inner.handle_request(request)
        return self.spoil.pop(0)(answer) if self.spoil else answer


def _lost(answer: httpx.Response) -> httpx.Response:
    raise httpx.ReadError("the line broke")


def _busy(answer: httpx.Response) -> httpx.Response:
    problem = {"detail": "later", "code": "database_unavailable", "errors": [], "request_id": "r", "retryable": True}
    return httpx.Response(503, json=problem, headers={"Retry-After": "0"})


@contextmanager
def _node(ground: Ground, *scopes: str, transport: httpx.BaseTransport | None = None) -> Iterator[Client]:
    """Open a client with a key of these scopes."""
    key = ground.client(*scopes).headers["Authorization"].removeprefix("Bearer ") if scopes else ""
    with Client("http://node", key, transport=transport or ground.transport) as client:
        yield client


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries are nobody's business here."""
    monkeypatch.setattr("tradecoin.client.session.time.sleep", lambda seconds: None)


def test_a_refusal_is_raised_with_its_code_and_facts(ground: Ground) -> None:
    """A caller decides by code; the sentence is the node's."""
    with _node(ground, "client") as node, pytest.raises(ApiRefused) as caught:
        node.mint_orders.create(amount="1.001", currency="EUR", recipient=HOLDER.address)
    facts = caught.value.facts
    assert isinstance(caught.value, Refused)
    assert (facts["status"], facts["code"]) == (422, "amount_too_many_decimals")
    assert facts["errors"][0]["pointer"] == "/amount"


def test_a_node_that_is_away_is_said_after_the_last_try(ground: Ground) -> None:
    """Not a refusal: whoever calls may come back."""
    flaky = Flaky(ground.transport, [_lost] * 9)
    with _node(ground, "client", transport=flaky) as node, pytest.raises(ApiUnavailable) as caught:
        node.facts.status()
    assert isinstance(caught.value, Unavailable)
    assert flaky.sent == 4


def test_halted_minting_is_told_at_once(ground: Ground) -> None:
    """It will not pass in a second, so nobody waits for it."""
    ground.chain.facts = {"halted": ("paused",)}
    flaky = Flaky(ground.transport, [])
    with _node(ground, "client", transport=flaky) as node, pytest.raises(ApiUnavailable) as caught:
        node.mint_orders.create(amount="1.00", currency="EUR", recipient=HOLDER.address)
    assert caught.value.facts["facts"] == {"halted": ["paused"]}
    assert flaky.sent == 1


def test_an_answer_that_is_no_problem_document_is_an_error_all_the_same(ground: Ground) -> None:
    """A proxy in between may say anything."""
    flaky = Flaky(ground.transport, [lambda answer: httpx.Response(502, text="<html>bad gateway</html>")])
    with _node(ground, "client", transport=flaky) as node, pytest.raises(ApiUnavailable) as caught:
        node.facts.status()
    assert caught.value.facts["status"] == 502


def test_a_lost_answer_makes_no_second_order(ground: Ground) -> None:
    """The order was made, the answer was lost; the next try finds it under the same key."""
    flaky = Flaky(ground.transport, [_lost, _busy, _lost])
    with _node(ground, "client", transport=flaky) as node:
        made = node.mint_orders.create(amount="1.00", currency="EUR", recipient=HOLDER.address)
        assert [order["id"] for order in node.mint_orders.list()] == [made["id"]]


def test_a_control_of_the_devnet_is_not_repeated(ground: Ground) -> None:
    """Mining twice is not mining once."""
    flaky = Flaky(ground.transport, [_lost])
    with _node(ground, transport=flaky) as node, pytest.raises(ApiUnavailable):
        node.devnet.mine(1)
    assert ground.controls.asked == [("mine", 1)]


def test_a_list_is_read_to_its_end(ground: Ground) -> None:
    """Pages are nobody's business."""
    with _node(ground, "client") as node:
        made = [node.customers.create(name=f"Customer {n}")["id"] for n in range(120)]
        assert [customer["id"] for customer in node.customers.list()] == made


def test_money_goes_in_and_is_ordered_out(ground: Ground) -> None:
    """An order, its payment, a wallet, an account and a redemption, by name."""
    with _node(ground, "client", "operator", "auditor", "admin") as node:
        order = node.mint_orders.create(amount="100.00", currency="EUR", recipient=HOLDER.address)
        brought = node.bank_messages.bring(camt054(("100.00", "B1", order["reference"]), ("5.00", "B2", "?")))
        assert [entry["amount"] for entry in brought["entries"]] == ["100.00", "5.00"]
        assert node.mint_orders.get(order["id"])["state"] == "approved"
        unmatched = next(node.deposits.list(state="unmatched"))
        assert node.deposits.assign(unmatched["id"], recipient=HOLDER.address)["amount"] == "5.00"
        customer = node.customers.create(name="Ada")
        wallet = node.wallets.register(
            customer_id=customer["id"],
            address=HOLDER.address,
            sign=lambda text: f"0x{HOLDER.sign(personal_digest(text)).hex()}",
        )
        assert next(node.wallets.list())["reference"] == wallet["reference"]
        account = node.bank_accounts.create(customer_id=customer["id"], iban=PAYEE, town="Berlin")
        ready = node.redemptions.create(
            holder=HOLDER.address, amount="25.00", bank_account=account["id"], mode="gasless"
        )
        assert ready["typed_data"] is not None
        assert node.redemptions.sign(ready["id"], "0x" + "11" * 65)["state"] == "requested"
        assert node.ledger.audit()["ok"] is True
        assert [entry["seq"] for entry in node.ledger.journals()] == [1, 2]
        assert node.transactions.get(next(node.transactions.list())["id"])["purpose"] == "redeem"


def test_whatever_is_public_is_read_without_a_key(ground: Ground) -> None:
    """Reserves, card, status, contracts; and the devnet's controls."""
    with _node(ground) as node:
        assert node.facts.reserves()["halted"] == ["stale", "not_covered"]
        assert node.facts.token_card()["symbol"] == "NRW"
        assert node.facts.status()["chain"]["chain_id"] == 31337
        assert node.facts.contracts()["chain_id"] == 31337
        assert node.devnet.advance("P1D") == "2026-03-03T12:00:00.000Z"
        assert node.devnet.credit(iban=RESERVE, amount="1.00", currency="EUR") == {"reference": "BANK1"}
        assert node.devnet.invariants()["ok"] is True


def test_keys_are_made_and_ended_by_name(ground: Ground) -> None:
    """The administrator's part."""
    with _node(ground, "admin") as node:
        made = node.api_keys.create(client="shop", scopes=["client"])
        assert made["token"].startswith("tck_")
        assert node.api_keys.revoke(made["id"])["revoked_at"]
        assert [client["client"] for client in node.api_keys.clients()] == ["admin", "shop"]


_VIEWS = {
    "MintOrder": "MintOrderView",
    "Step": "StepView",
    "Deposit": "DepositView",
    "Entry": "EntryView",
    "Imported": "ImportedView",
    "BankMessage": "MessageView",
    "TransactionCall": "CallView",
    "Calldata": "Calldata",
    "Redemption": "RedemptionView",
    "PreparedRedemption": "PreparedView",
    "Payout": "PayoutView",
    "Customer": "CustomerView",
    "BankAccount": "BankAccountView",
    "Challenge": "ChallengeView",
    "Wallet": "WalletView",
    "Figures": "FiguresView",
    "Attestation": "AttestationView",
    "Proof": "ProofView",
    "Reserves": "ReservesView",
    "Supply": "SupplyView",
    "ChainStatus": "ChainStatus",
    "AttestationStatus": "AttestationStatus",
    "Status": "StatusView",
    "Contracts": "ContractsView",
    "TokenCard": "TokenCardView",
    "LedgerAccount": "AccountView",
    "JournalLine": "LineView",
    "Journal": "JournalView",
    "TrialBalance": "TrialBalanceView",
    "AuditCheck": "CheckView",
    "Audit": "AuditView",
    "Attempt": "AttemptView",
    "Transaction": "TransactionView",
    "Event": "EventView",
    "ApiKey": "ApiKeyView",
    "ApiKeyWithToken": "MadeApiKey",
    "ClientOfNode": "ClientView",
}


def test_the_clients_bodies_are_those_of_the_api(ground: Ground) -> None:
    """A member that the API gains, loses or renames turns this red."""
    schemas = ground.client().get("/openapi.json").json()["components"]["schemas"]
    assert set(_VIEWS) == set(all_bodies.__all__)
    wrong = [
        name
        for name, view in _VIEWS.items()
        if set(getattr(all_bodies, name).__annotations__) != set(schemas[view]["properties"])
    ]
    assert wrong == []
