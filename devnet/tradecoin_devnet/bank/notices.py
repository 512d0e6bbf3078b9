"""camt.054: telling an account's owner about entries as they happen."""

from collections.abc import Sequence
from datetime import timedelta

from tradecoin_devnet.bank import accounts, camt, entries, misbehave, outbox
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.outbox import Delivery


def notify(desk: Desk, account_id: int, entry_ids: Sequence[int], at: str, delivery: Delivery | None = None) -> None:
    """Send one notification of these entries, if the account wants any.

    Without `delivery` the account's own misbehaviour decides how it goes out.
    """
    account = accounts.numbered(desk, account_id)
    if account["notify"] == "none" or not entry_ids:
        return
    if delivery is None:
        fault = misbehave.take(desk, misbehave.OF_NOTICES, at, (account["iban"],))
        delivery = misbehave.delivery(fault.behaviour, fault.wait) if fault else misbehave.delivery(None, timedelta())
    rows = [entries.numbered(desk, entry_id) for entry_id in entry_ids]
    report = camt.Report("054", outbox.new_id(desk, "C054"), at, rows)
    body = camt.write(account, report)
    outbox.put(desk, account_id, camt.message_type(account, "054"), report.msg_id, body, at, delivery)
