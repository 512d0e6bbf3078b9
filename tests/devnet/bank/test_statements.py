"""Statements add up, follow each other, and say what the bank's own book says."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.devnet.bank.kit import BOB, Message, Window

CENTS = st.integers(1, 20_000).filter(lambda cents: cents not in range(6601, 6607))
STEPS = st.one_of(
    st.tuples(st.just("credit"), CENTS),
    st.tuples(st.just("pay"), CENTS),
    st.tuples(st.just("return"), CENTS),
    st.tuples(st.just("charge"), CENTS),
    st.tuples(st.just("reverse"), CENTS),
    st.tuples(st.just("pending"), CENTS),
    st.tuples(st.just("day"), st.integers(1, 3)),
    st.tuples(st.just("hour"), st.integers(1, 30)),
    st.tuples(st.just("close"), st.just(0)),
    st.tuples(st.just("report"), st.just(0)),
)


def take_step(window: Window, kind: str, size: int, number: int) -> None:
    """Let one thing happen at the bank."""
    amount = f"{size // 100}.{size % 100:02d}"
    if kind == "credit" or kind == "pending":
        window.credit(amount, pending=kind == "pending")
    elif kind in ("pay", "return"):
        if kind == "return":
            window.misbehave("return", end_to_end_id=f"E{number}", after=2)
        window.pay((f"E{number}", amount), on=date(2026, 10, 1), checked=False)
    elif kind == "charge":
        window.post("/_bank/charges", {"iban": window.iban, "amount": amount})
    elif kind == "reverse":
        window.post("/_bank/reversals", {"reference": window.credit(amount)["reference"]})
    elif kind == "close":
        window.post("/_bank/statement", {"iban": window.iban})
    elif kind == "report":
        window.post(f"/accounts/{window.iban}/report")
    else:
        window.advance(**{f"{kind}s": size})


def signed(message: Message, path: str) -> list[Decimal]:
    """Return amounts along the path, those of debits below zero."""
    amounts = zip(message.texts(f"{path}/Amt"), message.texts(f"{path}/CdtDbtInd"), strict=True)
    return [Decimal(amount) if side == "CRDT" else -Decimal(amount) for amount, side in amounts]


@settings(max_examples=25)
@given(st.lists(STEPS, max_size=14))
def test_every_statement_adds_up_and_opens_with_the_last_closing(steps: list[tuple[str, int]]) -> None:
    """Whatever happens: numbers rise by one, entries explain the difference, and the book holds the same references."""
    with TemporaryDirectory() as folder:
        window = Window(Path(folder))
        for number, (kind, size) in enumerate(steps):
            take_step(window, kind, size, number)
        window.advance(days=2)
        statements = window.messages("camt.053")
        balance = Decimal("1000.00")
        for number, statement in enumerate(statements, start=1):
            opening, closing = signed(statement, "Stmt/Bal")
            assert statement.text("Stmt/ElctrncSeqNb") == str(number)
            assert opening == balance
            assert closing == opening + sum(signed(statement, "Ntry"))
            balance = closing
        cut = window.get(f"/accounts/{window.iban}/statements")[-1]["to"]
        assert Decimal(window.get(f"/accounts/{window.iban}/balance?at={cut}")["balance"]) == balance
        book = [line["reference"] for line in window.get(f"/accounts/{window.iban}/entries?before={cut}")]
        assert [ref for statement in statements for ref in statement.texts("Ntry/AcctSvcrRef")] == book
        window.sound()
        window.bank.close()


def test_a_reference_is_the_same_in_every_message_and_in_the_book(window: Window) -> None:
    """camt.054, camt.052, camt.053 and the book name an entry alike; a pending one keeps its name when it is booked."""
    booked, pending = window.credit("5.00")["reference"], window.credit("6.00", pending=True)["reference"]
    window.post(f"/accounts/{window.iban}/report")
    window.post("/_bank/bookings", {"reference": pending})
    window.post("/_bank/statement", {"iban": window.iban})
    told = {message.kind[:8]: message.texts("Ntry/AcctSvcrRef") for message in window.messages("camt.05")}
    assert told["camt.052"] == told["camt.053"] == [booked, pending]
    assert [line["reference"] for line in window.get(f"/accounts/{window.iban}/entries")] == [booked, pending]
    assert [message.text("Ntry/Sts/Cd") for message in window.messages("camt.054")] == ["BOOK", "PDNG", "BOOK"]


def test_a_pending_credit_is_in_no_balance(window: Window) -> None:
    """Announced is not booked: neither balance nor statement nor book hold it."""
    window.credit("6.00", pending=True)
    assert window.balance() == "1000.00"
    assert window.get(f"/accounts/{window.iban}/entries") == []
    assert len(window.get(f"/accounts/{window.iban}/entries?pending")) == 1
    window.advance(days=1)
    assert window.messages("camt.053")[0].texts("Ntry") == []


def test_the_day_ends_in_the_zone_of_the_account(window: Window) -> None:
    """In Tokyo the day is over at three in the afternoon, UTC; the closing balance carries the local date."""
    tokyo = window.post("/accounts", {"name": "Tokyo", "kind": "reserve", "zone": "Asia/Tokyo", "currency": "JPY"})
    window.advance(hours=7)
    (statement,) = window.messages("camt.053")
    assert statement.text("Acct/Id/IBAN") == tokyo["iban"]
    assert statement.texts("Bal/Dt/Dt") == ["2026-09-30", "2026-09-30"]
    assert statement.texts("Bal/Amt") == ["0", "0"]


def test_each_day_that_ends_has_its_statement(window: Window) -> None:
    """Three days ahead are three statements, an empty one too."""
    window.credit("5.00")
    window.advance(days=3)
    days = [statement.texts("Bal/Dt/Dt")[1] for statement in window.messages("camt.053")]
    assert days == ["2026-09-30", "2026-10-01", "2026-10-02"]


def test_years_without_an_entry_are_told_in_few_statements(window: Window) -> None:
    """The clock may jump far; the chain of statements stays whole."""
    window.credit("5.00")
    window.advance(days=3650)
    statements = window.messages("camt.053")
    assert len(statements) < 40
    assert statements[-1].texts("Bal/Amt") == ["1005.00", "1005.00"]


def test_nothing_is_booked_before_a_balance_that_was_told(window: Window) -> None:
    """An auditor's cut holds: later money has a later time, also when the clock is turned back."""
    at = window.post(f"/accounts/{window.iban}/report")["at"]
    before = window.get(f"/accounts/{window.iban}/balance?at={at}")
    window.clock.start_at(window.clock.now().replace(hour=3))
    assert window.credit("5.00")["booked_at"] >= at
    assert window.get(f"/accounts/{window.iban}/balance?at={at}") == before
    assert window.get(f"/accounts/{window.iban}/entries?before={at}") == []
    assert window.balance() == "1005.00"


def test_a_statement_can_be_asked_for_again(window: Window) -> None:
    """By its number or by its day; what was never issued is not found."""
    window.credit("5.00")
    window.advance(days=1)
    (sent,) = window.messages("camt.053")
    for asked in ("1", "2026-09-30"):
        assert window.get(f"/accounts/{window.iban}/statements/{asked}") == sent.body
    assert window.refused("GET", f"/accounts/{window.iban}/statements/2") == (404, "not_found")
    (figures,) = window.get(f"/accounts/{window.iban}/statements")
    assert (figures["opening"], figures["closing"], figures["to"]) == ("1000.00", "1005.00", "2026-10-01T00:00:00.000Z")


def test_a_batch_is_one_entry_with_its_payments(window: Window) -> None:
    """One sum in the book; each payer and reference in the details."""
    batch = [
        {"amount": "1.00", "reference": "RF18539007547034"},
        {"amount": "2.50", "debtor": BOB, "remittance": "hello"},
    ]
    window.credit("3.50", batch=batch, debtor=None)
    (notice,) = window.messages("camt.054")
    assert (notice.text("Ntry/Amt"), notice.text("Btch/NbOfTxs")) == ("3.50", "2")
    assert notice.texts("TxDtls/Amt") == ["1.00", "2.50"]
    assert (notice.text("CdtrRefInf/Ref"), notice.text("RmtInf/Ustrd")) == ("RF18539007547034", "hello")


def test_several_credits_are_told_in_one_message(window: Window) -> None:
    """A list of credits is one camt.054 with an entry for each."""
    body = {"iban": window.iban, "amount": "1.00"}
    window.post("/_bank/credits", {"credits": [body, body, body]})
    (notice,) = window.messages("camt.054")
    assert len(set(notice.texts("Ntry/AcctSvcrRef"))) == 3


def test_a_foreign_credit_shows_what_was_sent_and_what_it_cost(window: Window) -> None:
    """The booked amount is in the account's currency; original amount, rate and charges stand beside it."""
    original = {"amount": "110.00", "currency": "USD", "rate": "0.9"}
    window.credit("97.50", original=original, charges="1.50")
    (notice,) = window.messages("camt.054")
    assert (notice.text("Ntry/Amt"), notice.text("Chrgs/Rcrd/Amt")) == ("97.50", "1.50")
    assert (notice.text("InstdAmt/Amt"), notice.text("TxDtls/Amt"), notice.text("XchgRate")) == (
        "110.00",
        "99.00",
        "0.9",
    )
    assert window.balance() == "1097.50"
    window.sound()


def test_a_reversal_stands_on_the_other_side_and_says_so(window: Window) -> None:
    """RvslInd on a debit that names the payer of the credit it undoes."""
    reference = window.credit("5.00", end_to_end_id="X1")["reference"]
    undone = window.post("/_bank/reversals", {"reference": reference, "reason": "AC04"})
    assert (undone["credit"], undone["reversal"], undone["reverses"]) == (False, True, reference)
    notice = window.messages("camt.054")[-1]
    assert (notice.text("Ntry/CdtDbtInd"), notice.text("RvslInd"), notice.text("RtrInf/Rsn/Cd")) == (
        "DBIT",
        "true",
        "AC04",
    )
    assert notice.text("RltdPties/Dbtr/Pty/Nm") == "Bob"
    assert window.balance() == "1000.00"
    window.sound()


def test_interest_and_charges_carry_their_own_codes(window: Window) -> None:
    """A reader tells the bank's own entries from payments by the transaction code."""
    window.post("/_bank/interest", {"iban": window.iban, "amount": "2.00"})
    window.post("/_bank/charges", {"iban": window.iban, "amount": "0.50"})
    codes = [message.text("BkTxCd/Domn/Fmly/SubFmlyCd") for message in window.messages("camt.054")]
    assert codes == ["INTR", "CHRG"]
    assert window.balance() == "1001.50"
    window.sound()


def test_a_reference_that_is_not_structured_stands_in_the_free_text(window: Window) -> None:
    """A payer who writes the reference as text is found by reading the text."""
    window.credit("1.00", reference="RF18539007547034", structured=False)
    (notice,) = window.messages("camt.054")
    assert (notice.texts("RmtInf/Ustrd"), notice.texts("CdtrRefInf/Ref")) == (["RF18539007547034"], [])
