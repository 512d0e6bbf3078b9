"""A pain.001 from the door to the statement: what is rejected, what is paid, and that nothing is paid twice."""

from datetime import date

import pytest

from tests.devnet.bank.kit import BOB, TODAY, Window, payment_file


def reason_of(window: Window, raw: bytes) -> str:
    """Send a file with one bad payment; return the reason that the answer and the pain.002 agree on."""
    status, answer = window.ask("POST", "/payments", raw)
    report = window.messages("pain.002")[-1]
    told = answer["reason"] if status == 422 else answer["payments"][0]["reason"]
    assert report.text("StsRsnInf/Rsn/Cd") == told
    assert "RJCT" in report.texts("GrpSts")
    window.sound()
    assert isinstance(told, str)
    return told


def test_a_payee_that_cannot_be_is_rejected(window: Window) -> None:
    """Wrong check digits and a number of this bank that nobody has are AC01; a closed account is AC04."""
    good = payment_file(window.iban, ("E1", "10.00"))
    assert reason_of(window, good.replace(b"DE89", b"DE88")) == "AC01"
    assert (
        reason_of(window, payment_file(window.iban, ("E2", "10.00"), to={**BOB, "iban": "NL73NRWB0000000003"}))
        == "AC01"
    )
    anna = window.post("/accounts", {"name": "Anna"})
    window.ask("PATCH", f"/accounts/{anna['iban']}", {"closed": True})
    assert reason_of(window, payment_file(window.iban, ("E3", "10.00"), to=anna)) == "AC04"
    assert window.balance() == "1000.00"


def test_a_payment_beyond_the_balance_is_rejected(window: Window) -> None:
    """AM04 for what is not there, with everything promised before counted in."""
    assert reason_of(window, payment_file(window.iban, ("E1", "1000.01"))) == "AM04"
    window.pay(("E2", "600.00"), on=date(2026, 10, 2))
    assert reason_of(window, payment_file(window.iban, ("E3", "400.01"))) == "AM04"
    assert window.balance() == "1000.00"


def test_another_currency_is_rejected(window: Window) -> None:
    """AM03: the bank converts nothing on the way out."""
    assert reason_of(window, payment_file(window.iban, ("E1", "10.00"), currency="USD")) == "AM03"


def test_totals_that_contradict_the_payments_reject_the_file(window: Window) -> None:
    """AM18 for a wrong count, AM10 for a wrong sum; not one payment of the file is made."""
    good = payment_file(window.iban, ("E1", "10.00"), ("E2", "5.00"))
    assert reason_of(window, good.replace(b"<NbOfTxs>2", b"<NbOfTxs>3", 1)) == "AM18"
    other = payment_file(window.iban, ("E1", "10.00"), ("E2", "5.00"))
    assert reason_of(window, other.replace(b"<CtrlSum>15.00", b"<CtrlSum>15.01", 1)) == "AM10"
    assert window.balance() == "1000.00"


def test_a_debtor_that_is_no_customer_is_rejected(window: Window) -> None:
    """AC02: nobody pays from an account that the bank does not keep."""
    status, answer = window.ask("POST", "/payments", payment_file(BOB["iban"], ("E1", "10.00")))
    assert (status, answer["payments"][0]["reason"]) == (202, "AC02")


def test_a_file_sent_twice_is_paid_once(window: Window) -> None:
    """After a cut connection the same bytes get the same answer, and nothing else happens."""
    raw = payment_file(window.iban, ("E1", "10.00"))
    first = window.ask("POST", "/payments", raw)
    sent = len(window.messages())
    assert window.ask("POST", "/payments", raw) == first
    assert window.balance() == "990.00"
    assert len(window.messages()) == sent


def test_another_file_with_the_same_id_is_a_duplicate(window: Window) -> None:
    """DUPL for the whole file: the bank cannot know which of the two was meant."""
    raw = payment_file(window.iban, ("E1", "10.00"))
    window.post("/payments", raw)
    other = raw.replace(b"E1", b"E2")
    assert reason_of(window, other) == "DUPL"
    assert window.ask("POST", "/payments", other)[0] == 422
    assert window.balance() == "990.00"


def test_a_payment_id_is_paid_once_whatever_file_it_comes_in(window: Window) -> None:
    """DUPL for the payment alone; one that was rejected may come again."""
    window.pay(("E1", "10.00"))
    assert reason_of(window, payment_file(window.iban, ("E1", "10.00"))) == "DUPL"
    assert reason_of(window, payment_file(window.iban, ("E2", "9999.00"))) == "AM04"
    window.pay(("E2", "10.00"))
    assert window.balance() == "980.00"


@pytest.mark.parametrize("version", ["03", "09"])
def test_a_payment_is_told_taken_then_debited(window: Window, version: str) -> None:
    """pain.002 ACTC, then ACSC; a camt.054 with the EndToEndId; the same reference in the book."""
    answer = window.pay(("E1", "10.00"), ("E2", "5.50"), version=version)
    assert (answer["status"], answer["accepted"], answer["rejected"]) == ("ACSC", 2, 0)
    taken, done = window.messages("pain.002")
    assert taken.kind == {"03": "pain.002.001.03", "09": "pain.002.001.10"}[version]
    assert (taken.texts("TxSts"), done.texts("TxSts")) == (["ACTC", "ACTC"], ["ACSC", "ACSC"])
    assert done.text("OrgnlGrpInfAndSts/OrgnlMsgId") == answer["msg_id"]
    (notice,) = window.messages("camt.054")
    assert notice.texts("Refs/EndToEndId") == ["E1", "E2"]
    assert notice.texts("Ntry/CdtDbtInd") == ["DBIT", "DBIT"]
    book = window.get(f"/accounts/{window.iban}/entries")
    assert notice.texts("Ntry/AcctSvcrRef") == [line["reference"] for line in book]
    assert window.get("/payments/E2")["reference"] == book[1]["reference"]
    window.sound()


def test_a_file_in_which_one_payment_is_bad_is_paid_in_part(window: Window) -> None:
    """PART: the good one is debited, the bad one is not."""
    answer = window.pay(("E1", "10.00"), ("E2", "9999.00"))
    assert (answer["status"], answer["accepted"], answer["rejected"]) == ("PART", 1, 1)
    assert window.messages("pain.002")[0].texts("TxSts") == ["ACTC", "RJCT"]
    assert window.balance() == "990.00"


def test_a_payment_for_a_later_day_waits_for_it(window: Window) -> None:
    """Booked with the first moment of its execution day, and on that day's statement."""
    window.pay(("E1", "10.00"), on=date(2026, 10, 2))
    assert (window.balance(), window.get("/payments/E1")["status"]) == ("1000.00", "accepted")
    window.advance(days=3)
    assert window.balance() == "990.00"
    assert window.get("/payments/E1")["booked_at"] == "2026-10-02T00:00:00.000Z"
    statement = window.messages("camt.053")[-1]
    assert statement.texts("BookgDt/Dt") == ["2026-10-02"]


def test_an_account_may_want_its_debits_at_acceptance(window: Window) -> None:
    """With `debit: acceptance` the money is gone at once."""
    window.ask("PATCH", f"/accounts/{window.iban}", {"debit": "acceptance"})
    window.pay(("E1", "10.00"), on=date(2026, 10, 2))
    assert window.balance() == "990.00"


def test_money_that_is_gone_when_the_day_comes_is_a_rejection(window: Window) -> None:
    """ACTC is no promise: a charge in between leads to RJCT with AM04."""
    window.pay(("E1", "995.00"), on=date(2026, 10, 2))
    window.post("/_bank/charges", {"iban": window.iban, "amount": "10.00"})
    window.advance(days=2)
    assert window.balance() == "990.00"
    assert window.messages("pain.002")[-1].text("TxInfAndSts/StsRsnInf/Rsn/Cd") == "AM04"


def test_a_customer_of_this_bank_is_paid(window: Window) -> None:
    """The payee's account is credited with the payer's name and EndToEndId; the bank's books stay balanced."""
    anna = window.post("/accounts", {"name": "Anna"})
    window.pay(("E1", "10.00"), to=anna)
    (line,) = window.get(f"/accounts/{anna['iban']}/entries?full")
    assert (line["amount"], line["credit"], line["end_to_end_id"]) == ("10.00", True, "E1")
    assert line["party"]["iban"] == window.iban
    window.sound()


def test_a_charge_is_netted_into_the_payment(window: Window) -> None:
    """The entry is payment and charge together, and says so; the payment's own amount stands in its details."""
    window.ask("PATCH", f"/accounts/{window.iban}", {"payout_charge": "0.15"})
    window.pay(("E1", "10.00"))
    assert window.balance() == "989.85"
    (notice,) = window.messages("camt.054")
    assert (notice.text("Ntry/Amt"), notice.text("Chrgs/Rcrd/Amt"), notice.text("TxDtls/Amt")) == (
        "10.15",
        "0.15",
        "10.00",
    )
    window.sound()


def test_the_day_of_a_payment_in_the_past_is_today(window: Window) -> None:
    """A requested day that has gone is no reason to refuse."""
    window.pay(("E1", "10.00"), on=date(TODAY.year, 9, 1))
    assert window.balance() == "990.00"
