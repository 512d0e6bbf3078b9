"""The books can be put aside and brought back."""

from tests.devnet.bank.kit import Window


def test_an_unknown_snapshot_is_not_found(window: Window) -> None:
    """404 for one that was never taken, 400 for a name that could leave the folder."""
    assert window.refused("POST", "/_bank/restore", {"id": "never"}) == (404, "not_found")
    assert window.refused("POST", "/_bank/restore", {"id": "../bank"}) == (400, "invalid_request")


def test_restoring_brings_back_everything(window: Window) -> None:
    """Balances, entries, messages, rules and numbers are as they were, however often it is done."""
    window.credit("5.00")
    window.misbehave("reject")
    kept = window.post("/_bank/snapshot")["id"]
    before = [window.get(path) for path in ("/messages", f"/accounts/{window.iban}/entries", "/_bank/misbehave")]
    for _ in range(2):
        window.pay(("E1", "10.00"), checked=False)
        reference = window.credit("7.00")["reference"]
        assert window.post("/_bank/restore", {"id": kept}) == {"id": kept}
        after = [window.get(path) for path in ("/messages", f"/accounts/{window.iban}/entries", "/_bank/misbehave")]
        assert after == before
        assert window.credit("7.00")["reference"] == reference
        window.post("/_bank/restore", {"id": kept})
    window.sound()


def test_the_devnet_may_name_the_snapshot(window: Window) -> None:
    """Chain, bank and node are put aside under one name; the later copy of a name counts."""
    assert window.post("/_bank/snapshot", {"id": "evening"}) == {"id": "evening"}
    window.credit("5.00")
    window.post("/_bank/snapshot", {"id": "evening"})
    window.credit("6.00")
    window.post("/_bank/restore", {"id": "evening"})
    assert window.balance() == "1005.00"
