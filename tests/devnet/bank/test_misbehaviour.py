"""Each thing that the bank does wrong on request, and that its own books stay right while it does."""

import pytest

from tests.devnet.bank.kit import BOB, Window


def kinds(window: Window) -> list[str]:
    """Return the kinds of what was sent, in order."""
    return [message.kind[:8] for message in window.messages()]


def test_a_rule_is_used_up(window: Window) -> None:
    """Asked to reject once, the bank rejects once; asked twice, twice."""
    window.misbehave("reject", reason="MS03", times=2)
    reasons = [window.pay((f"E{number}", "1.00"))["payments"][0]["reason"] for number in range(3)]
    assert reasons == ["MS03", "MS03", None]
    assert window.balance() == "999.00"


def test_rules_can_be_cleared(window: Window) -> None:
    """`none` takes back the rules of that account and no others."""
    window.misbehave("reject")
    window.misbehave("reject", end_to_end_id="E2")
    window.misbehave("none")
    assert window.pay(("E1", "1.00"))["status"] == "ACSC"
    assert window.pay(("E2", "1.00"))["status"] == "RJCT"


def test_a_rule_for_the_payee_works_too(window: Window) -> None:
    """The account named may be the one that is paid."""
    window.misbehave("reject", iban=BOB["iban"])
    assert window.pay(("E1", "1.00"))["status"] == "RJCT"


def test_a_rule_may_begin_later(window: Window) -> None:
    """Before its time it does nothing."""
    window.misbehave("reject", after="PT2H")
    assert window.pay(("E1", "1.00"))["status"] == "ACSC"
    window.advance(hours=3)
    assert window.pay(("E2", "1.00"))["status"] == "RJCT"


@pytest.mark.parametrize("installed", ["before", "after", "magic"])
def test_a_return_comes_back_days_later(window: Window, installed: str) -> None:
    """pacs.004 and a credit with the original EndToEndId and the reason; asked for before, after, or by the amount."""
    amount = "66.02" if installed == "magic" else "10.00"
    if installed == "before":
        window.misbehave("return", end_to_end_id="E1", reason="AC04")
    window.pay(("E1", amount))
    if installed == "after":
        window.misbehave("return", end_to_end_id="E1")
    assert window.get("/payments/E1")["status"] == "booked"
    window.advance(days=3, minutes=1)
    (returned,) = window.messages("pacs.004")
    assert (returned.text("OrgnlEndToEndId"), returned.text("RtrRsnInf/Rsn/Cd")) == ("E1", "AC04")
    assert returned.text("RtrdIntrBkSttlmAmt") == amount
    notice = window.messages("camt.054")[-1]
    assert (notice.text("Ntry/CdtDbtInd"), notice.text("Refs/EndToEndId")) == ("CRDT", "E1")
    assert notice.text("RtrInf/Rsn/Cd") == "AC04"
    assert (window.balance(), window.get("/payments/E1")["status"]) == ("1000.00", "returned")
    window.sound()


@pytest.mark.parametrize("installed", ["before", "after"])
def test_a_payee_of_this_bank_does_not_keep_what_is_returned(window: Window, installed: str) -> None:
    """The money that comes back to the payer is not left with the payee."""
    anna = window.post("/accounts", {"name": "Anna"})
    if installed == "before":
        window.misbehave("return", end_to_end_id="E1")
    window.pay(("E1", "10.00"), to=anna)
    if installed == "after":
        window.misbehave("return", end_to_end_id="E1")
    window.advance(days=4)
    assert window.get(f"/accounts/{anna['iban']}")["balance"] == "0.00"
    assert window.balance() == "1000.00"
    window.sound()


@pytest.mark.parametrize("magic", [True, False])
def test_a_silent_bank_debits_and_says_nothing(window: Window, magic: bool) -> None:
    """No pain.002, no camt.054, an evasive answer; only the statement shows the debit."""
    if not magic:
        window.misbehave("silence")
    answer = window.pay(("E1", "66.03" if magic else "10.00"))
    assert (answer["status"], answer["payments"][0]["booked"]) == ("RCVD", False)
    assert kinds(window) == []
    assert (window.get("/payments/E1")["status"], window.get("/payments/E1")["reference"]) == ("received", None)
    window.advance(days=1)
    (statement,) = window.messages("camt.053")
    assert statement.texts("Refs/EndToEndId") == ["E1"]


@pytest.mark.parametrize("magic", [True, False])
def test_a_bank_that_loses_a_payment_knows_nothing_of_it(window: Window, magic: bool) -> None:
    """Answered, never debited, on no statement, unknown when asked."""
    if not magic:
        window.misbehave("lose")
    assert window.pay(("E1", "66.06" if magic else "10.00"))["status"] == "RCVD"
    window.advance(days=2)
    assert window.balance() == "1000.00"
    assert all(statement.texts("Ntry") == [] for statement in window.messages("camt.053"))
    assert window.refused("GET", "/payments/E1") == (404, "not_found")


@pytest.mark.parametrize("magic", [True, False])
def test_a_bank_that_repeats_itself_books_once(window: Window, magic: bool) -> None:
    """Every message twice, with the same identification and content; one entry."""
    if not magic:
        window.misbehave("duplicate")
    window.pay(("E1", "66.04" if magic else "10.00"))
    assert kinds(window) == ["pain.002"] * 4 + ["camt.054"] * 2
    keys = [message.key for message in window.messages()]
    assert keys[::2] == keys[1::2]
    assert len(window.get(f"/accounts/{window.iban}/entries")) == 1


def test_a_credit_and_a_statement_can_be_told_twice_too(window: Window) -> None:
    """The rule works on whatever the account is told next."""
    window.misbehave("duplicate", times=2)
    window.credit("5.00")
    window.post("/_bank/statement", {"iban": window.iban})
    assert kinds(window) == ["camt.054", "camt.054", "camt.053", "camt.053"]
    assert window.balance() == "1005.00"


@pytest.mark.parametrize("magic", [True, False])
def test_late_messages_come_after_later_ones(window: Window, magic: bool) -> None:
    """A day late, behind what happened meanwhile; the feed's numbers still only rise."""
    if not magic:
        window.misbehave("late", after="P1D")
    window.pay(("E1", "66.05" if magic else "10.00"))
    window.credit("5.00")
    assert kinds(window) == ["camt.054"]
    window.advance(days=1, minutes=1)
    assert kinds(window) == ["camt.054", "camt.053", "pain.002", "pain.002", "camt.054"]


def test_a_gap_is_a_statement_that_never_came(window: Window) -> None:
    """The next one's number and opening balance show that one is missing; on request it can be had."""
    window.misbehave("gap")
    window.credit("5.00")
    window.advance(days=2)
    (statement,) = window.messages("camt.053")
    assert (statement.text("ElctrncSeqNb"), statement.texts("Bal/Amt")[0]) == ("2", "1005.00")
    assert "<ElctrncSeqNb>1<" in window.get(f"/accounts/{window.iban}/statements/1")


def test_an_interim_report_that_was_asked_for_always_comes(window: Window) -> None:
    """It uses up no rule that waits for a statement."""
    window.misbehave("gap")
    key = window.post(f"/accounts/{window.iban}/report")["id"]
    assert "camt.052" in window.get(f"/messages/{key}")
    window.advance(days=1)
    assert window.messages("camt.053") == []


def test_a_short_bank_tells_less_than_it_owes(window: Window) -> None:
    """The book that auditors read understates the balance until the rule is cleared; entries and statements do not."""
    window.misbehave("short", amount="100.00")
    assert window.balance() == "900.00"
    assert window.get("/accounts")[0]["balance"] == "900.00"
    window.post("/_bank/statement", {"iban": window.iban})
    assert window.messages("camt.053")[0].texts("Bal/Amt") == ["1000.00", "1000.00"]
    window.misbehave("none")
    assert window.balance() == "1000.00"


def test_magic_amounts_can_be_switched_off(window: Window) -> None:
    """An account that wants plain dealing gets it; the table says which amounts are meant."""
    amounts = window.get("/_bank/misbehave")["magic_amounts"]
    assert {line["behaviour"] for line in amounts} == {"reject", "return", "silence", "duplicate", "late", "lose"}
    assert window.pay(("E1", "66.01"))["status"] == "RJCT"
    window.ask("PATCH", f"/accounts/{window.iban}", {"magic": False})
    assert window.pay(("E2", "66.01"))["status"] == "ACSC"
